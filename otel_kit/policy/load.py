"""Loading the policy: the shipped packs, the user's layer over it, every fault at once."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

from otel_kit.errors import ConfigError, Fault, PolicyError
from otel_kit.policy.layers import merged
from otel_kit.policy.model import Policy
from otel_kit.policy.strictness import loosened
from otel_kit.settings.document import Document, parse_document, read_document

# Merged in this order; within one text the rules run in the order in which they are named.
PACKS = ("secrets-core", "secrets-extended", "pii-core", "us-ids", "eu-ids", "geo", "keys")


def load_policy(path: Path | None = None, *, minimum_class: str | None = None) -> Policy:
    """Return the shipped policy with the user's layer at ``path`` merged over it, by the ids of rules and key classes.

    ``minimum_class`` stands above what the files say. The policy knows the shipped one below it and whether it is
    only stricter. Reads files; meant for start-up and reload.

    Raises:
        PolicyError: every fault of the layer, each with ``file:line`` and the nearest known name.
    """
    try:
        layer = None if path is None else read_document(path)
    except ConfigError as error:
        raise PolicyError(error.faults) from error
    base = shipped_policy()
    policy = base if layer is None else merge_policies([*_shipped_documents(), layer])
    if minimum_class is not None:
        policy = replace(policy, minimum_class=minimum_class)
    return replace(policy, base_id=base.id, loosened=loosened(base, policy))


@functools.cache
def shipped_policy() -> Policy:
    """Return the shipped policy alone, read once per process.

    Raises:
        PolicyError: every fault of the packs.
    """
    return merge_policies(_shipped_documents())


def shipped_documents() -> list[Document]:
    """Return the shipped packs as documents, in the order of ``PACKS``; each of their rules names its pack."""
    return list(_shipped_documents())


@functools.cache
def _shipped_documents() -> tuple[Document, ...]:
    folder = resources.files("otel_kit.policy") / "packs"
    documents = []
    for pack in PACKS:
        text = (folder / f"{pack}.yaml").read_text(encoding="utf-8")
        document = parse_document(text, f"otel_kit/policy/packs/{pack}.yaml")
        for rule in document.data.get("rules", {}).values():
            rule.setdefault("pack", pack)
        documents.append(document)
    return tuple(documents)


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
