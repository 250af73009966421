"""``otel-kit explain`` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from otel_kit.settings import all_rows
from tests.subprocesses import child_environ


def explain(cwd: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder of its own."""
    environ = child_environ(env)
    for name in ("OTEL_KIT_STATE_DIR", "OTEL_KIT_EVENTS_LIFECYCLE"):  # what every test has set
        environ.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "otel_kit", "explain", *arguments],
        cwd=cwd, env=environ, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_every_setting_is_shown_with_value_and_origin(tmp_path: Path) -> None:
    """One line each, in the order of the table; exit status 0."""
    done = explain(tmp_path, OTEL_SERVICE_NAME="orders")

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert [row.option.key for row in all_rows()] == [line.split()[0] for line in lines]
    assert lines[0].split() == ["service.name", "orders", "(OTEL_SERVICE_NAME)"]
    assert all(line.endswith("(default)") for line in lines[1:])


def test_changed_and_doc_and_json(tmp_path: Path) -> None:
    """The three ways to see more or less."""
    (tmp_path / "otel-kit.yaml").write_text("trust: none\n")

    changed = explain(tmp_path, "--changed")
    documented = explain(tmp_path, "--changed", "--doc")
    as_json = explain(tmp_path, "--json")

    assert changed.stdout == f"trust  none  (trust in otel-kit.yaml:1){os.linesep}"
    assert "Variable: OTEL_KIT_TRUST" in documented.stdout
    data = json.loads(as_json.stdout)
    assert ([], len(all_rows())) == (data["faults"], len(data["settings"]))
    assert "Every setting has its default." in explain(tmp_path, "--changed", "--config", os.devnull).stdout


def test_faults_are_listed_and_the_status_is_2(tmp_path: Path) -> None:
    """For text and for JSON."""
    (tmp_path / "bad.yaml").write_text("trust: friends\nsercive: {name: x}\n")

    as_text = explain(tmp_path, "--config", "bad.yaml")
    as_json = explain(tmp_path, "--config", "bad.yaml", "--json")

    assert (as_text.returncode, as_json.returncode) == (2, 2)
    assert "2 faults:" in as_text.stdout
    assert "trust in bad.yaml:1 is 'friends'" in as_text.stdout
    assert len(json.loads(as_json.stdout)["faults"]) == 2


def test_secrets_are_masked_however_they_are_shown(tmp_path: Path) -> None:
    """The output goes into bug reports."""
    secrets = {
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=k3y",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:k3y@127.0.0.1:4318",
    }

    for arguments in ([], ["--json"], ["--changed", "--doc"]):
        done = explain(tmp_path, *arguments, **secrets)
        assert done.returncode == 0
        assert "k3y" not in done.stdout + done.stderr
