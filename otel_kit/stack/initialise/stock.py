"""The gateway for the upstream image of the Collector, which has none of our components; what it lacks."""

from __future__ import annotations

from typing import Any, Final

import yaml

GUARD: Final = "ingest_guard"
_TOKENS: Final = "bearertokenauth/ingest"
_NESTING: Final = "nesting_limit"

LACKS: Final = (
    "keys stand in secrets/collector/tokens in the clear, one a line; `otel-kit keys` does not manage them",
    "no tenants: otel_kit.ingest.tenant and otel_kit.ingest.key_id stay empty, otel_kit.ingest.authenticated is false",
    "no limits: a key may send as much as the machine takes, nothing answers 429 but the memory limit's 503",
    "no expiry, no age, no metrics by key: a key goes out of use when its line goes",
    "no key is trusted to redact: everything is searched by all rules, which costs more and hides nothing",
    "no limit of nesting: whoever holds a key can take gigabytes of memory with one small, deeply nested log body",
    "no overlay whose receiver asks for keys: no history of notifications",
    "no health checks of Collector and Tempo: their images can ask nothing, others wait for their start only",
)


def needs_guard(text: str) -> bool:
    """Tell whether an overlay names the guard, so that the upstream image cannot load it."""
    return f"authenticator: {GUARD}" in text


def gateway(text: str) -> str:
    """Return the gateway's configuration with ``bearertokenauth`` in the place of ``ingest_guard``.

    ``nesting_limit`` goes as well. Everything else stays, redaction above all. Comments are lost; the head says what is
    lacking.

    Raises:
        KeyError: one of the two is not where it should be.
    """
    configuration: dict[str, Any] = yaml.safe_load(text)
    del configuration["extensions"][GUARD]
    configuration["extensions"] = {
        _TOKENS: {"scheme": "Bearer", "filename": "${env:OTELCOL_TOKENS_FILE}"},
        **configuration["extensions"],
    }
    service = configuration["service"]
    service["extensions"] = [_TOKENS if name == GUARD else name for name in service["extensions"]]
    del configuration["processors"][_NESTING]
    for pipeline in service["pipelines"].values():
        if _NESTING in pipeline.get("processors", ()):
            pipeline["processors"].remove(_NESTING)
    for receiver in configuration["receivers"].values():
        for protocol in receiver["protocols"].values():
            protocol["auth"] = {"authenticator": _TOKENS}
            del protocol["middlewares"]
            # It would write the tokens themselves into the queue's files.
            protocol.pop("include_metadata", None)
    head = ["Written by `otel-kit stack init --collector-image stock` from collector/gateway.yaml: change that one.",
            "What the upstream image lacks:", *(f"- {line}" for line in LACKS)]  # fmt: skip
    body = yaml.safe_dump(configuration, sort_keys=False, width=10_000)
    return "".join(f"# {line}\n" for line in head) + "\n" + body
