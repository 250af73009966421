"""From a fault to the webhook of whoever is paged, and from its end to the message that it is over, in seconds.

    python -m benchmarks.alerts [--rounds 3]

The native stack (it needs Go to be built) with the shipped rules, an application under traffic and a small volume; one
fault after the other. Windows and the time that a rule waits are shorter than shipped, see "with": what is measured is
what comes on top of them. Without the right to mount a volume the disk is left out.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks import figures
from tests.stack.alert_faults import SECTION, scene
from tests.stack.collector_process import BUILD, REPOSITORY

ROUNDS = 3
_BINARIES = ("loki", "tempo", "prometheus", "alertmanager")


def measure(rounds: int = ROUNDS) -> dict[str, Any]:
    """Return, for each fault, the seconds to the webhook and to the message that it is over, in each round.

    Raises:
        RuntimeError: a program of the stack cannot be built here.
    """
    script = str(REPOSITORY / "backends" / "build_natively.py")
    binaries = {"collector": _built(str(BUILD)), **{name: _built(script, name) for name in _BINARIES}}
    told: dict[str, list[float]] = {}
    over: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, scene(Path(folder), binaries) as made:
        for number in range(rounds):
            for name, fault in made.faults.items():
                outcome = made.follow([[fault]])[name]
                told.setdefault(name, []).append(round(outcome.told_after_s, 2))
                over.setdefault(name, []).append(round(outcome.over_after_s, 2))
                print(
                    f"  {number + 1}: {name}, {told[name][-1]} s, over {over[name][-1]} s", file=sys.stderr, flush=True
                )
        alerts = {name: fault.alert for name, fault in made.faults.items()}
    section = yaml.safe_load(SECTION)["alerting"]
    return {
        "rounds": rounds,
        "with": {"evaluated every": section["interval"], "rate_window": section["thresholds"]["rate_window"]},
        "faults": {
            name: {
                "alert": alerts[name],
                "waits": section["durations"][alerts[name]],
                "to the webhook, s": _row(told[name]),
                "from its end to the message, s": _row(over[name]),
            }
            for name in told
        },
    }


def _row(samples: list[float]) -> Mapping[str, Any]:
    return {"median": round(statistics.median(samples), 2), "each": samples}


def _built(*command: str) -> Path:
    built = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise RuntimeError(built.stderr.strip())
    return Path(built.stdout.strip())


def main() -> None:
    """Print the table and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each fault happens")
    result = measure(parser.parse_args().rounds)
    print("\n".join(figures.lines(result)))
    print(figures.write("alerts", result))


if __name__ == "__main__":
    main()
