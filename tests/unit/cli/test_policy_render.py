"""``otel-kit policy render`` as a user runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from otel_kit.cli import main
from otel_kit.policy.collector import render
from otel_kit.policy.load import load_policy


def test_the_configuration_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """And what is done otherwise to standard error, a line each."""
    rendered = render(load_policy())

    assert 0 == main(["policy", "render", "--policy", "default"])

    captured = capsys.readouterr()
    assert rendered.text == captured.out
    assert "processors" in yaml.safe_load(captured.out)
    assert len(rendered.differs) + len(rendered.refused) == len(captured.err.splitlines())
    assert captured.err.startswith("the Collector does otherwise: ")


def test_it_goes_into_a_file_with_the_users_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is said if that is asked for."""
    (tmp_path / "p.yaml").write_text("rules: {customer_number: {pattern: 'KD-[0-9]{8}'}}\n")
    output = tmp_path / "redaction.yaml"

    assert 0 == main(["policy", "render", "--policy", str(tmp_path / "p.yaml"), "-o", str(output), "--quiet"])

    assert "KD-[0-9]{8}" in output.read_text()
    assert ("", "") == capsys.readouterr()
    assert ["p.yaml", "redaction.yaml"] == sorted(path.name for path in tmp_path.iterdir())


def test_ids_of_older_policies_are_handed_on(capsys: pytest.CaptureFixture[str]) -> None:
    """As often as there are any."""
    older = ["--previous", "0123456789abcdef", "--previous", "fedcba9876543210"]

    assert 0 == main(["policy", "render", "--policy", "default", "--quiet", *older])

    assert render(load_policy(), older[1::2]).text == capsys.readouterr().out


def test_a_rule_that_the_collector_cannot_do_must_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named with file and line."""
    path = tmp_path / "p.yaml"
    path.write_text("rules:\n  mine: {pattern: '[0-9]{16}', validator: card}\n")

    assert 2 == main(["policy", "render", "--policy", str(path)])
    assert f"{path}:2" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback."""
    output = tmp_path / "none" / "redaction.yaml"

    assert 2 == main(["policy", "render", "--policy", "default", "-o", str(output)])
    assert f"{output} cannot be written: No such file or directory" in capsys.readouterr().err
