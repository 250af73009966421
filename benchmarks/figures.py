"""Results as files: ``benchmarks/results/<name>.json``, each with the versions that it was measured with."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from otel_kit.policy.load import load_policy
from otel_kit.version import __version__

RESULTS = Path(__file__).with_name("results")


def versions() -> dict[str, Any]:
    """Return what a figure depends on: interpreter, libraries, policy, machine."""
    return {
        "otel-kit": __version__,
        "policy": load_policy().id,
        "python": platform.python_version(),
        "opentelemetry-sdk": _version("opentelemetry-sdk"),
        "hyperscan": _version("hyperscan"),
        "fastapi": _version("fastapi"),
        "machine": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def spread(samples: Sequence[float]) -> dict[str, float]:
    """Return median and quartiles of at least two samples."""
    low, middle, high = statistics.quantiles(samples, n=4)
    return {"median": round(middle, 3), "q1": round(low, 3), "q3": round(high, 3), "samples": len(samples)}


def write(name: str, result: Mapping[str, Any]) -> Path:
    """Write a result with the versions of now; returns the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"versions": versions(), "figures": result}, indent=1, ensure_ascii=False) + "\n")
    return path


def read(name: str) -> dict[str, Any] | None:
    """Return a result with its versions, None if it was never measured."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def lines(result: Any, place: str = "") -> Iterator[str]:
    """Yield a result of any shape as lines of place and figure; a spread in one line."""
    if isinstance(result, Mapping) and {"median", "q1", "q3"} <= result.keys():
        yield f"{place:<70} {result['median']:>12,.2f}   [{result['q1']:,.2f} - {result['q3']:,.2f}]"
    elif isinstance(result, Mapping):
        for key, value in result.items():
            yield from lines(value, f"{place} / {key}" if place else str(key))
    elif isinstance(result, list):
        for number, value in enumerate(result):
            label = value.get("name", number) if isinstance(value, Mapping) else number
            yield from lines(value, f"{place} / {label}" if place else str(label))
    elif isinstance(result, float):
        yield f"{place:<70} {result:>12,.3f}"
    else:
        yield f"{place:<70} {result!s:>12}"
