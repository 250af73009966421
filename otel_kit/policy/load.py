"""Loading the policy: the shipped packs, the user's layer over it, every fault at once."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from otel_kit.errors import ConfigError, Fault, PolicyError
from otel_kit.policy.layers import merged
from otel_kit.policy.model import Policy
from otel_kit.settings.document import Document, parse_document, read_document

# Merged in this order; within one text the rules run in the order in which they are named.
PACKS = ("secrets-core", "pii-core", "keys")


def load_policy(path: Path | None = None) -> Policy:
    """Return the shipped policy with the user's layer at ``path`` merged over it, by the ids of rules and key classes.

    Reads files; meant for start-up and reload.

    Raises:
        PolicyError: every fault of the layer, each with ``file:line`` and the nearest known name.
    """
    try:
        documents = shipped_documents()
        if path is not None:
            documents.append(read_document(path))
    except ConfigError as error:
        raise PolicyError(error.faults) from error
    return merge_policies(documents)


def shipped_documents() -> list[Document]:
    """Return the shipped packs as documents, in the order of ``PACKS``; each of their rules names its pack."""
    folder = resources.files("otel_kit.policy") / "packs"
    documents = []
    for pack in PACKS:
        text = (folder / f"{pack}.yaml").read_text(encoding="utf-8")
        document = parse_document(text, f"otel_kit/policy/packs/{pack}.yaml")
        for rule in document.data.get("rules", {}).values():
            rule.setdefault("pack", pack)
        documents.append(document)
    return documents


def merge_policies(documents: Sequence[Document]) -> Policy:
    """Return the policy that the documents make, each merged over the ones before it.

    Raises:
        PolicyError: every fault of every document.
    """
    faults: list[Fault] = []
    policy = merged(documents, faults)
    if faults:
        raise PolicyError(faults)
    return policy
