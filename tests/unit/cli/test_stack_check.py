"""``otel-kit stack check`` without a binary: what is in use, where variables come from, how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from otel_kit.cli import main
from otel_kit.errors import ConfigError
from otel_kit.stack.assets import root
from otel_kit.stack.check.surroundings import surroundings

_VALUES = """\
OTELCOL_KEYS_FILE=/dev/null
OTELCOL_LOKI_ENDPOINT=http://loki:3100/otlp
OTELCOL_PROMETHEUS_ENDPOINT=http://prometheus:9090/api/v1/otlp
OTELCOL_TEMPO_ENDPOINT=tempo:4317
"""
_TAP = "exporters: {debug: }\nservice: {pipelines: {logs/tap: {receivers: [forward/received], exporters: [debug]}}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A stack's folder: the Collector's files and a `.env`."""
    for name in ("gateway.yaml", "generated", "overlays"):
        source = root() / "collector" / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        (tmp_path / "collector").mkdir(exist_ok=True)
        copy(source, tmp_path / "collector" / name)
    (tmp_path / "collector" / "local.d").mkdir()
    (tmp_path / ".env").write_text(_VALUES)
    return tmp_path


def test_sound_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0; each overlay has a line; it is said that the Collector was not asked."""
    assert main(["stack", "check", str(folder), "--rules-only"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0].rstrip(",") for line in lines} >= {path.stem for path in _overlays(folder)}
    assert lines[-2:] == ["the Collector was not asked (--rules-only)", "no faults"]


def test_fault_is_told_once_and_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user's file is in two combinations; its fault stands in the text once, and in each in JSON."""
    mine = folder / "collector" / "local.d" / "tap.yaml"
    mine.write_text(_TAP)

    assert main(["stack", "check", str(folder), "--rules-only"]) == 1
    text = capsys.readouterr().out
    assert text.count(f"{mine}:2 pipeline logs/tap gets unredacted data") == 1
    assert text.endswith("\n1 fault\n")

    assert main(["stack", "check", str(folder), "--rules-only", "--json"]) == 1
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["combinations"]}
    assert [name for name, row in rows.items() if row["faults"]] == ["in use", "all overlays, and local.d"]
    (fault,) = rows["in use"]["faults"]
    assert fault["where"] == f"{mine}:2"


def test_own_settings_choose_the_overlays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """OTELCOL_OVERLAYS of `.env`, by spaces or commas; their variables have to be there."""
    with (folder / ".env").open("a") as env:
        env.write("OTELCOL_OVERLAYS='lgtm, otlp'\n")

    assert main(["stack", "check", str(folder), "--rules-only", "--in-use"]) == 1

    said = capsys.readouterr().out
    assert "needs the variable OTELCOL_OTLP_ENDPOINT, which is not set" in said
    assert "needs the variable OTELCOL_OTLP_HEADERS, which is not set" in said
    assert "2 faults" in said


def test_files_that_are_not_loaded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another ending than .yaml is a fault that names the file; README.md and hidden files are none."""
    local = folder / "collector" / "local.d"
    for name in ("mine.yml", "other.yaml.bak", "README.md", ".gitignore", "sound.yaml"):
        (local / name).write_text("exporters: {debug: }\n")

    assert main(["stack", "check", str(folder), "--rules-only", "--in-use"]) == 1

    said = capsys.readouterr().out
    assert f"{local}/mine.yml is not loaded" in said
    assert f"{local}/other.yaml.bak is not loaded" in said
    assert said.endswith("\n2 faults\n")


@pytest.mark.parametrize(("image", "is_loaded"), [("own", True), ("stock", False)])
def test_upstream_image_goes_without_what_needs_the_guard(
    folder: Path, capsys: pytest.CaptureFixture[str], image: str, is_loaded: bool
) -> None:
    """`stack init` leaves those overlays out of its command line, so they are not in use."""
    with (folder / ".env").open("a") as env:
        env.write(f"OTELCOL_OVERLAYS='lgtm notifications'\nSTACK_COLLECTOR_IMAGE={image}\n")

    assert main(["stack", "check", str(folder), "--rules-only", "--in-use", "--json"]) == 0

    (row,) = json.loads(capsys.readouterr().out)["combinations"]
    assert any(file.endswith("/notifications.yaml") for file in row["files"]) is is_loaded


def test_mistyped_variable_in_env_is_a_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the line of `.env`, and the name that was meant."""
    (folder / ".env").write_text(_VALUES + "OTELCOL_MEMORY_LIMIT_MB=600\n")

    assert main(["stack", "check", str(folder), "--rules-only"]) == 1

    said = capsys.readouterr().out
    assert f"{folder}/.env:5" in said
    assert "OTELCOL_MEMORY_LIMIT_MIB" in said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--overlay", "lgmt"], "Did you mean lgtm?"),
        (["--overlay", "lgtm", "--overlay", "nosuch"], "names nosuch, which is not there"),
        (["--env", "/no/such/env", "--rules-only"], "names /no/such/env, which is no file"),
        (["--collector", "/no/such/otelcol"], "/no/such/otelcol cannot be run"),
    ],
)
def test_what_cannot_be_checked(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    """Status 2 and one sentence."""
    assert main(["stack", "check", str(folder), *arguments]) == 2

    assert expected in capsys.readouterr().err


def test_folder_without_stack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says which file is missing."""
    assert main(["stack", "check", str(tmp_path), "--rules-only"]) == 2

    assert f"{tmp_path}/collector/gateway.yaml is missing" in capsys.readouterr().err


def test_compose_files_set_what_nobody_else_does(tmp_path: Path) -> None:
    """The Collector's part of both files, with their defaults; `.env` and the process come first."""
    (tmp_path / "docker-compose.yml").write_text(
        "x-a: &a {A: from-compose}\n"
        "services:\n"
        "  collector:\n"
        "    environment: {<<: *a, B: '${B_SOURCE:-default}', C: '${C_SOURCE:-default}', D: from-compose, PASSED: }\n"
        "  loki: {environment: {E: other}}\n"
    )
    (tmp_path / "compose.override.yaml").write_text("services: {collector: {environment: {D: from-override}}}\n")
    (tmp_path / ".env").write_text("C_SOURCE=from-env\nA=from-env\n")

    found = surroundings(tmp_path, None, {"F": "from-process"})

    wanted = {"A": "from-env", "B": "default", "C": "from-env", "D": "from-override", "F": "from-process"}
    assert {name: found.variables.get(name) for name in (*wanted, "E", "PASSED")} == {
        **wanted,
        "E": None,
        "PASSED": None,
    }
    assert found.in_container
    # What compose loads by default; otherwise only a destination is sure.
    assert {"tls", "lgtm", "archive"} <= set(found.overlays)
    assert surroundings(tmp_path / "none", None, {}).overlays == ["lgtm"]


def test_named_env_file_has_to_be_there(tmp_path: Path) -> None:
    """A folder without `.env` is no fault, a named file that is missing is."""
    assert dict(surroundings(tmp_path, None, {}).variables) == {}
    with pytest.raises(ConfigError, match="cannot be read"):
        surroundings(tmp_path, tmp_path / "none", {})


def _overlays(folder: Path) -> list[Path]:
    return sorted((folder / "collector" / "overlays").glob("*.yaml"))
