"""Refresh the vendored files of the viewer's page from npm: ``python tests/page/vendor_page_files.py``.

Needs ``npm``. Fetches the pinned packages with ``npm pack``, copies the files named here with their licences into
``otel_kit/local/page/vendor`` and writes ``VENDOR.json`` (package, version, licence, SHA-256 of each file).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).parents[2] / "otel_kit" / "local" / "page" / "vendor"

# The standalone build of htm contains preact, so preact's licence goes along with it. `files`: in the package -> here.
PACKAGES: tuple[dict[str, Any], ...] = (
    {
        "package": "htm",
        "version": "3.1.1",
        "licence": "Apache-2.0",
        "files": {"preact/standalone.module.js": "htm-preact.js", "LICENSE": "LICENSE-htm.txt"},
    },
    {
        "package": "preact",
        "version": "11.2.0",
        "licence": "MIT",
        "note": "Only the licence text: the code is inside htm-preact.js.",
        "files": {"LICENSE": "LICENSE-preact.txt"},
    },
    {
        "package": "uplot",
        "version": "1.6.32",
        "licence": "MIT",
        "files": {
            "dist/uPlot.iife.min.js": "uplot.js",
            "dist/uPlot.min.css": "uplot.css",
            "LICENSE": "LICENSE-uplot.txt",
        },
    },
)


def fetch(package: str, version: str, folder: Path) -> Path:
    """Return the folder with the unpacked content of one npm package."""
    done = subprocess.run(
        ["npm", "pack", "--silent", f"{package}@{version}"], cwd=folder, check=True, capture_output=True, text=True
    )
    target = folder / package
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def main() -> None:
    """Rewrite the vendor folder and its record."""
    record = []
    with tempfile.TemporaryDirectory() as name:
        for wanted in PACKAGES:
            source = fetch(wanted["package"], wanted["version"], Path(name))
            files = []
            for inside, here in wanted["files"].items():
                shutil.copyfile(source / inside, VENDOR / here)
                digest = hashlib.sha256((VENDOR / here).read_bytes()).hexdigest()
                files.append({"file": here, "from": inside, "sha256": digest})
            record.append({**wanted, "files": files})
    (VENDOR / "VENDOR.json").write_text(json.dumps({"packages": record}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
