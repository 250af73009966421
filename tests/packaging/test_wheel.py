"""What is published works: sdist -> wheel, installed with the base lock only, outside of the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.otlp_sink import OtlpSink

ROOT = Path(__file__).parents[2]
ALERTS = ("alerts/thresholds.yaml", "alerts/runbooks", "alerts/own")
STACK = ("collector", "backends", "grafana", "docker-compose.yml", *ALERTS)
PROGRAM = """
import logging
import otel_kit
from opentelemetry import trace

kit = otel_kit.init("bare", strict=True)
with trace.get_tracer("app").start_as_current_span("work"):
    logging.getLogger("app").warning("mail %s", "jane@example.com")
assert kit.flush(), kit.status()
print(kit.status().guarantee)
"""


def stack_files(root: Path) -> dict[str, bytes]:
    """Return the files of the stack below ``root``, without what running them leaves behind."""
    found = [path for name in STACK for path in [root / name, *(root / name).rglob("*")] if path.is_file()]
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in found
        if "__pycache__" not in path.parts and ".mypy_cache" not in path.parts
    }


def run(*words: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a clean environment and return what it said."""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "OTEL_KIT_STATE_DIR": str(cwd / "state"), **variables}
    return subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from it."""
    folder = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[-2000:]
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel with the base lock into an environment of its own; returns its bin folder."""
    folder = tmp_path_factory.mktemp("bare")
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    installed = subprocess.run(
        [*pip, "-c", str(ROOT / "locks/base.txt"), str(wheel)], capture_output=True, text=True, check=False
    )
    assert installed.returncode == 0, installed.stderr[-2000:]
    return folder / "bin"


@pytest.mark.timeout(300)
def test_wheel_carries_everything_that_runs(wheel: Path) -> None:
    """Policy, page, schema, typing marker and the demo's services are in the wheel; tests and caches are not."""
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {
        "otel_kit/py.typed",
        "otel_kit/policy/packs/pii-core.yaml",
        "otel_kit/local/page/index.html",
        "otel_kit/local/store/schema.sql",
        "otel_kit/local/page/vendor/VENDOR.json",
    } <= names
    assert any(name.startswith("otel_kit/examples/shop/") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/")) or "__pycache__" in name]
    packaged = {f"otel_kit/{path.relative_to(ROOT / 'otel_kit')}" for path in (ROOT / "otel_kit").rglob("*.py")}
    assert packaged - names == set()


@pytest.mark.timeout(300)
def test_base_install_traces_logs_and_redacts(bare: Path, otlp: OtlpSink, tmp_path: Path) -> None:
    """With the base packages alone a program is traced, its log line redacted, and both arrive over OTLP."""
    result = run(bare / "python", "-c", PROGRAM, cwd=tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=otlp.endpoint)

    assert (result.returncode, result.stdout.strip()) == (0, "all"), result.stderr
    assert "jane@example.com" not in result.stderr
    assert [span.name for span in otlp.spans()] == ["work"]
    assert "mail j***@example.com" in [record.body for record in otlp.logs()]


@pytest.mark.timeout(300)
def test_base_install_says_what_a_command_needs(bare: Path, tmp_path: Path) -> None:
    """A command whose extra is missing names the line that installs it and shows no traceback."""
    result = run(bare / "otel-kit", "view", cwd=tmp_path)

    assert result.returncode == 2
    assert "pip install 'otel-kit[local]'" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.timeout(300)
def test_base_install_explains_its_settings(bare: Path, tmp_path: Path) -> None:
    """`otel-kit explain` works without any extra."""
    result = run(bare / "otel-kit", "explain", cwd=tmp_path, OTEL_SERVICE_NAME="bare")

    assert result.returncode == 0
    assert "bare  (OTEL_SERVICE_NAME)" in result.stdout


@pytest.mark.timeout(300)
def test_wheel_carries_the_stack_file_by_file(wheel: Path, tmp_path: Path) -> None:
    """What `otel_kit.stack.assets` finds in an installation is what lies in the checkout, byte for byte."""
    zipfile.ZipFile(wheel).extractall(tmp_path)

    packaged, here = stack_files(tmp_path / "otel_kit" / "stack" / "files"), stack_files(ROOT)

    assert len(here) > 50
    assert sorted(packaged) == sorted(here)
    assert [name for name in here if packaged[name] != here[name]] == []


@pytest.mark.timeout(300)
def test_stack_init_writes_the_stack_file_by_file(bare: Path, tmp_path: Path) -> None:
    """Outside of a checkout, with the one package of the extra `stack`, it writes the shipped files unchanged."""
    extra = tmp_path / "extra"
    pip = [str(bare / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "-c", str(ROOT / "locks/all.txt"), "--target", str(extra), "cryptography"]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert installed.returncode == 0, installed.stderr[-2000:]

    result = run(bare / "otel-kit", "stack", "init", "observability", cwd=tmp_path, PYTHONPATH=str(extra))

    assert result.returncode == 0, result.stderr
    written = stack_files(tmp_path / "observability")
    (packaged,) = bare.parent.glob("lib/python*/site-packages/otel_kit/stack/files")
    shipped = stack_files(packaged)
    assert {"docker-compose.yml", "collector/gateway.yaml", "backends/loki/loki.yaml"} <= set(written)
    assert [name for name in written if name in shipped and written[name] != shipped[name]] == []


@pytest.mark.timeout(300)
def test_base_install_says_what_a_native_stack_needs(bare: Path, tmp_path: Path) -> None:
    """Without Go `stack up --native` says so in one piece and names both ways on; nothing was started or left."""
    (tmp_path / "bin").mkdir()
    result = run(
        bare / "otel-kit",
        "stack",
        "up",
        "--native",
        cwd=tmp_path,
        PATH=str(tmp_path / "bin"),
        XDG_CACHE_HOME=str(tmp_path),
    )

    assert result.returncode == 2
    assert "https://go.dev/dl" in result.stderr
    assert "docker compose up" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / ".otel-kit").exists()
