"""Run benchmarks by name, or all: ``python -m benchmarks [redaction] [web] [exit] ...``; ``--help`` names them.

Each prints its table and writes ``benchmarks/results/<name>.json`` with the versions it ran on. A benchmark that cannot
run here says why and leaves its file as it is. ``python -m docs.reference`` brings the figures into the pages.
"""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks import figures

NAMES = ("redaction", "evaluation", "web", "collector", "ingest", "exit", "logs", "machine", "durability", "alerts")


def main(arguments: list[str]) -> int:
    """Run them; returns 1 when one was named and could not run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}; default: all")
    names = parser.parse_args(arguments).names
    if unknown := set(names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    failed = 0
    for name in names or NAMES:
        print(f"\n== {name} ==", flush=True)
        try:
            module = importlib.import_module(f"benchmarks.{name}")
            result = module.measure()
        except (ImportError, FileNotFoundError, RuntimeError) as error:
            print(f"not run: {error}")
            failed += bool(names)
            continue
        if result is None:
            print("not run: what it needs is not here")
            failed += bool(names)
            continue
        if hasattr(module, "show"):
            module.show(result)
        else:
            print("\n".join(figures.lines(result)))
        print(f"-> {figures.write(name, result).relative_to(figures.RESULTS.parents[1])}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
