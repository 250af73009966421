"""docs/collector.md says what is so: its blocks run, its tables are those of the configuration and of the tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.collector_page import FILES
from tests.stack.collector_process import REPOSITORY, free_ports
from tests.stack.surfaces import MASKED, NOT_REACHED, REMOVED

TEXT = (REPOSITORY / "docs" / "collector.md").read_text()


def test_every_variable_is_in_the_table_with_its_default() -> None:
    """The table lists what the configurations read, no more and no less, with the defaults they have."""
    texts = "".join((REPOSITORY / "collector" / file).read_text() for file in FILES)
    read = dict(re.findall(r"\$\{env:(OTELCOL_\w+)(?::-([^}]*))?\}", texts))

    listed = {
        name: "" if default.startswith("none") else default.strip("`")
        for name, default in re.findall(r"^\| `(OTELCOL_\w+)` \| ([^|]*?) *\|", TEXT, re.MULTILINE)
    }

    assert read == listed


def test_every_surface_is_said_to_be_what_the_tests_show() -> None:
    """Each surface that a test covers stands in the docs, in the place that fits."""
    table, _, rest = TEXT.partition("### What it does not reach")
    rows: dict[str, str] = dict(re.findall(r"^\| ([^|`]+?) \| ([^|]+) \|$", table, re.MULTILINE))
    unreached = set(re.findall(r"^- (.+)$", rest.partition("Not looked for")[0], re.MULTILINE))

    def row_of(surface: str) -> str:
        return next(what for row, what in rows.items() if surface.partition(" (")[0] in row)

    assert {s.name for s in MASKED if s.takes_all_rules and row_of(s.name) != "all rules"} == set()
    assert {s.name for s in MASKED if not s.takes_all_rules and "e-mail, card, SSN" not in row_of(s.name)} == set()
    assert {s.name for s in REMOVED if "removed" not in row_of(s.name)} == set()
    assert {part for line in unreached for part in _unreached_names(line)} == {s.name for s in NOT_REACHED}


@pytest.mark.stack
def test_blocks_run_as_they_stand(otelcol: Path, tmp_path: Path) -> None:
    """A reader who types the blocks one after the other gets the 200 and the masked line that the text promises."""
    if shutil.which("curl") is None:
        pytest.skip("not run: the blocks of docs/collector.md, because curl is not installed")
    (tmp_path / "collector").symlink_to(REPOSITORY / "collector")
    (tmp_path / "otelcol").mkdir()
    (overlay,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "otelcol" / "console.yaml").write_text(overlay)
    script = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL))
    grpc_port, http_port, health_port, metrics_port = free_ports(4)

    done = subprocess.run(
        ["/bin/bash", "-e", "-m", "-c", script.replace("127.0.0.1:4318", f"127.0.0.1:{http_port}")],
        cwd=tmp_path,
        env={
            **os.environ,  # noqa: TID251 - for the build: HOME, XDG_CACHE_HOME, Go's own variables
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # noqa: TID251 - for Go and curl
            "OTELCOL_GRPC_ENDPOINT": f"127.0.0.1:{grpc_port}",
            "OTELCOL_HTTP_ENDPOINT": f"127.0.0.1:{http_port}",
            "OTELCOL_HEALTH_ENDPOINT": f"127.0.0.1:{health_port}",
            "OTELCOL_METRICS_PORT": str(metrics_port),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "200" in done.stdout
    printed = (tmp_path / "otelcol" / "log").read_text()
    assert "Body: Str(paid by ****)" in printed
    assert "otel_kit.ingest.tenant: Str(shop)" in printed
    assert "otk_" not in printed


def _unreached_names(line: str) -> list[str]:
    """Return the surfaces that one line of the list names: "bytes value, bytes body" are two."""
    return [line] if line in {surface.name for surface in NOT_REACHED} else line.split(", ")
