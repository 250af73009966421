"""What every program has in common: the same is planted in three runs, over http and gRPC redacted, over http raw."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import otel_kit
from otel_kit.kit import Kit

Plant = Callable[[str, Kit], Mapping[str, Any] | None]


def runs(plant: Plant, start: Callable[..., Kit] = otel_kit.init, **settings: Any) -> None:
    """Call ``plant(run, kit)`` in each run; what it returns is written to ``<run>.json``, beside the kit's status."""
    ports = dict(argument.split("=") for argument in sys.argv[1:])
    for run, port in ports.items():
        for stream in (sys.stdout, sys.stderr):
            print(f"--- run {run}", file=stream, flush=True)
        kit = start(
            protocol="grpc" if run == "grpc" else "http/protobuf",
            endpoint=f"http://127.0.0.1:{port}",
            settings={
                "redaction.enabled": run != "off",
                "export.compression": "gzip",
                "metrics.machine": False,
                "metrics.interval": "1h",
                "metrics.client_values": 1000,  # every URL is a case of its own here
                **settings,
            },
        )
        told = plant(run, kit)
        assert kit.flush(20)
        status = kit.status().as_dict()
        kit.shutdown(20)
        Path(f"{run}.json").write_text(json.dumps({"status": status, **(told or {})}, default=str))
