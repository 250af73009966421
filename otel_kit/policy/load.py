"""Loading the policy: the shipped file, the user's layer over it, every fault at once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from otel_kit.errors import ConfigError, Fault, PolicyError
from otel_kit.policy.layers import merged
from otel_kit.policy.model import Policy
from otel_kit.settings.document import Document, parse_document, read_document

DEFAULT_NAME = "otel_kit/policy/default.yaml"


def load_policy(path: Path | None = None) -> Policy:
    """Return the shipped policy with the user's layer at ``path`` merged over it, by the ids of rules and key classes.

    Reads files; meant for start-up and reload.

    Raises:
        PolicyError: every fault of the layer, each with ``file:line`` and the nearest known name.
    """
    shipped = resources.files("otel_kit.policy").joinpath("default.yaml").read_text(encoding="utf-8")
    try:
        documents = [parse_document(shipped, DEFAULT_NAME)]
        if path is not None:
            documents.append(read_document(path))
    except ConfigError as error:
        raise PolicyError(error.faults) from error
    return merge_policies(documents)


def merge_policies(documents: list[Document]) -> Policy:
    """Return the policy that the documents make, each merged over the ones before it.

    Raises:
        PolicyError: every fault of every document.
    """
    faults: list[Fault] = []
    policy = merged(documents, faults)
    if faults:
        raise PolicyError(faults)
    return policy
