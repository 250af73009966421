"""What redaction costs in the Collector: spans and log records for each second of its CPU time, by policy and by trust.

    python -m benchmarks.collector

The real binary (it needs Go to be built), once for each variant, all at the same time; requests go to them in turn, so
that other load on the machine meets all of them. The CPU time is that of the process: receiving, decoding and the way
to a file that is thrown away are in it.

"trusted key" is the shipped policy for data that carries its mark and comes with a key that is trusted to redact: the
rules for keys alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import yaml

from benchmarks import figures
from benchmarks.redaction_texts import records, span
from otel_kit.policy.collector import render
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy
from otel_kit.semconv import REDACTION_POLICY
from tests.stack.collector_process import BUILD, GATEWAY, Collector
from tests.stack.otlp_client import Request, send_http
from tests.stack.payloads import Plain, key_values, log_request, new_record, new_span, trace_request

ROUNDS = 9
_WARM_UP = 3
_IN_A_ROUND = 4  # requests
_SPANS = 200
_RECORDS = 300
_WITHOUT = "no redaction"
_TRUSTED = "shipped policy, trusted key"
_SIGNALS = ("traces", "logs", "metrics")
_AWAY = {
    "exporters": {"file/away": {"path": os.devnull}},
    "service": {
        "pipelines": {
            f"{signal}/away": {"receivers": ["forward/redacted"], "exporters": ["file/away"]} for signal in _SIGNALS
        }
    },
}
_UNREDACTED: Mapping[str, object] = {
    "service": {"pipelines": {f"{signal}/redact": {"processors": []} for signal in _SIGNALS}}
}

Samples = dict[str, list[float]]


def measure() -> dict[str, Any]:
    """Return spans and records for each CPU second, by variant, and each variant's share of the one without redaction.

    Raises:
        RuntimeError: the Collector cannot be built here.
    """
    built = subprocess.run([sys.executable, str(BUILD)], capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise RuntimeError(built.stderr.strip())
    policy = load_policy()
    smaller = replace(policy, rules=tuple(rule for rule in policy.rules if rule.pack != "secrets-extended"))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        started: dict[str, Collector] = {}
        for name, one in (
            (_WITHOUT, policy),
            ("without secrets-extended", smaller),
            ("shipped policy", policy),
            (_TRUSTED, policy),
        ):
            overlays = [_UNREDACTED] if name == _WITHOUT else []
            started[name] = _start(Path(built.stdout.strip()), Path(folder) / name.replace(" ", "-"), one, overlays)
            ends.callback(started[name].stop)
        return {
            "spans of 20 attributes": _summary(_rates(started, _spans, _SPANS, policy.id)),
            "log records of 255 bytes": _summary(_rates(started, _records, _RECORDS, policy.id)),
        }


def _start(binary: Path, folder: Path, policy: Policy, overlays: Sequence[Mapping[str, object]]) -> Collector:
    folder.mkdir()
    processors = folder / "redaction.yaml"
    processors.write_text(render(policy).text)
    files = [GATEWAY, processors]
    for number, overlay in enumerate([_AWAY, *overlays]):
        files.append(folder / f"{number}.yaml")
        files[-1].write_text(yaml.safe_dump(overlay))
    collector = Collector(binary, folder, tuple(files))
    collector.start()
    return collector


def _rates(started: dict[str, Collector], make: Callable[[int], Request], count: int, mark: str) -> Samples:
    """Return the items for each CPU second of every round and variant."""
    samples: Samples = {name: [] for name in started}
    for number in range(_WARM_UP + ROUNDS):
        for name, collector in started.items():
            token = collector.trusted_token if name == _TRUSTED else collector.token
            requests = [_marked(make(number * _IN_A_ROUND + part), mark) for part in range(_IN_A_ROUND)]
            before = collector.cpu_seconds
            for request in requests:
                status = send_http(collector.http_port, request, token)
                if status != 200:
                    raise RuntimeError(f"the Collector answered {status}")
            if number >= _WARM_UP:
                samples[name].append(_IN_A_ROUND * count / (collector.cpu_seconds - before))
    return samples


def _marked(request: Any, mark: str) -> Request:
    """Write the SDK's mark on each resource, as it does; only that of a trusted key counts."""
    for group in (*getattr(request, "resource_spans", ()), *getattr(request, "resource_logs", ())):
        group.resource.attributes.extend(key_values({REDACTION_POLICY: mark}))
    return cast(Request, request)


def _spans(seed: int) -> Request:
    return trace_request(
        new_span(f"u{number}", **cast(dict[str, Plain], span(seed * _SPANS + number))) for number in range(_SPANS)
    )


def _records(seed: int) -> Request:
    texts = records(_RECORDS, dirty_share=0.05, seed=seed)
    return log_request(
        new_record(f"u{number}", text, **{"code.function.name": "charge", "thread.name": "MainThread"})
        for number, text in enumerate(texts)
    )


def _summary(samples: Samples) -> dict[str, Any]:
    rates = {name: figures.spread(values) for name, values in samples.items()}
    base = rates[_WITHOUT]["median"]
    return {
        "each CPU second": rates,
        "CPU time against no redaction": {name: round(base / rate["median"], 2) for name, rate in rates.items()},
    }


def main() -> None:
    """Print the table and write the result."""
    result = measure()
    print("\n".join(figures.lines(result)))
    print(figures.write("collector", result))


if __name__ == "__main__":
    main()
