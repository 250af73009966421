"""Whose data skips the rules for values: what carries the mark of a policy that is accepted, from a trusted key.

A mark in front of the routing is always that of a trusted key: the gateway has removed every other one. Each resource
of a request is routed for itself. What an attribute of a record or scope says does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from otel_kit.errors import Fault, PolicyError
from otel_kit.policy.model import Policy
from otel_kit.semconv import REDACTION_POLICY

_SIGNALS = ("traces", "logs", "metrics")
_ID = re.compile("[0-9a-f]{16}")


def accepted(policy: Policy, previous: Sequence[str]) -> list[str]:
    """Return the ids of the policies whose mark is accepted; none if ``policy`` was loosened.

    Raises:
        PolicyError: an id in ``previous`` that is none.
    """
    wrong = [one for one in previous if not _ID.fullmatch(one)]
    if wrong:
        raise PolicyError([Fault(one, "is no id of a policy", "16 hexadecimal digits in lower case") for one in wrong])
    return list(dict.fromkeys([policy.id, *previous])) if policy.only_stricter else []


def routing(ids: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the connectors between the gateway's way in and its two ways through the redaction."""
    condition = " or ".join(f'resource.attributes["{REDACTION_POLICY}"] == "{one}"' for one in ids)
    yield "# Only trusted keys still have a mark here. What matches nothing is searched in full."
    yield "connectors:"
    for signal in _SIGNALS:
        yield f"  routing/redaction_{signal}:"
        yield f"    default_pipelines: [{signal}/redact]"
        yield "    table:"
        yield "      - context: resource"
        yield f"        condition: '{condition or 'false'}'"
        yield f"        pipelines: [{signal}/trusted]"
