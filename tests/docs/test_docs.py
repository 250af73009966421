"""The documentation is true: its code runs, its commands parse, its tables are current, its links lead somewhere."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from docs import reference
from otel_kit.cli import build_parser
from otel_kit.policy.load import load_policy
from otel_kit.redaction.redactor import compile_policy
from otel_kit.settings import all_rows, load
from otel_kit.stack.alerting import declaration
from tests.otlp_sink import OtlpSink
from tests.subprocesses import run_python

ROOT = Path(__file__).parents[2]
# docs/collector.md has tests of its own, beside the Collector's.
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OWN_PROGRAMS = {"make", "pip", "otel-kit", "export"}


def blocks(language: str) -> list[object]:
    """Return every fenced block of a language, named by page and number."""
    found: list[object] = []
    for page in PAGES:
        if page.name == "collector.md":
            continue
        bodies = [body for lang, body in BLOCK.findall(page.read_text()) if lang == language]
        found += [pytest.param(body, id=f"{page.name}-{number}") for number, body in enumerate(bodies, 1)]
    return found


@pytest.mark.parametrize("code", blocks("python"))
def test_python_block_runs_and_delivers_what_it_made(code: str, otlp: OtlpSink, tmp_path: Path) -> None:
    """Each Python block runs as it stands, in a process of its own; only its own log lines are on standard error."""
    result = run_python(code, env={"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint}, cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert set(result.stderr.splitlines()) <= {"card 4111-****-****-1111 declined"}


def test_what_the_readme_says_of_its_log_lines_is_what_leaves(otlp: OtlpSink, tmp_path: Path) -> None:
    """The two log lines of the README leave masked as their comments say, the second with what was bound."""
    for code in (body for lang, body in BLOCK.findall((ROOT / "README.md").read_text()) if lang == "python"):
        run_python(code, env={"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint}, cwd=tmp_path)

    records = {str(record.body): record for record in otlp.logs() if record.scope == "otel_kit"}
    assert {"card 4111-****-****-1111 declined", "paid by j***@example.com"} <= set(records)
    bound = records["paid by j***@example.com"].attributes
    assert (bound["user.id"], bound["otel_kit.tenant"]) == ("u-42", "acme")


@pytest.mark.parametrize("script", blocks("sh"))
def test_shell_block_uses_what_is_there(script: str) -> None:
    """Make targets, extras and the command's options exist as written."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    extras = set(re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(), re.MULTILINE))
    known_variables = {item.name for row in all_rows() for item in row.option.standard}
    known_variables |= {row.option.variable for row in all_rows()}

    for line in script.splitlines():
        program, *words = shlex.split(line, comments=True)
        assert program in OWN_PROGRAMS
        if program == "make":
            assert set(words) <= targets
        elif program == "pip":
            (wanted,) = re.findall(r"\[(.*)]", words[-1])
            assert set(wanted.split(",")) <= extras
        elif program == "otel-kit":
            assert isinstance(build_parser().parse_args(words), argparse.Namespace)
        else:
            assert words[0].partition("=")[0] in known_variables


def test_settings_file_of_the_docs_loads(tmp_path: Path) -> None:
    """The example file has no fault and sets what it shows."""
    (body,) = [body for lang, body in BLOCK.findall((ROOT / "docs/configuration.md").read_text()) if lang == "yaml"]
    file = tmp_path / "otel-kit.yaml"
    file.write_text(body)

    settings = load(config=file, environ={}).settings

    assert (settings.service_name, settings.environment, settings.trust) == ("orders", "production", ("10.20.0.0/16",))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(body, id=f"{path.name}-{number}")
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        for number, (lang, body) in enumerate(BLOCK.findall(path.read_text()))
        if lang == "yaml" and re.search("^alerting:", body, re.MULTILINE)
    ],
)
def test_what_the_docs_declare_of_alerts_is_accepted(tmp_path: Path, body: str) -> None:
    """By the rules, and by an application that reads the same file."""
    file = tmp_path / "otel-kit.yaml"
    file.write_text(body)

    declared = declaration.load(file)

    assert declared != declaration.load(None)
    assert load(config=file, environ={}).settings.service_name


def test_policy_file_of_the_docs_compiles(tmp_path: Path) -> None:
    """The example policy is accepted, adds its rule and switches one off."""
    (body,) = [body for lang, body in BLOCK.findall((ROOT / "docs/redaction.md").read_text()) if lang == "yaml"]
    file = tmp_path / "redaction.yaml"
    file.write_text(body)

    redactor = compile_policy(load_policy(file))

    assert "customer_number" in redactor.rule_ids
    assert "phone" not in redactor.rule_ids


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "docs"], ids=lambda page: page.name)
def test_generated_tables_are_current(page: Path) -> None:
    """`python -m docs.reference` would change nothing."""
    assert reference.rendered(page.read_text()) == page.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    """Every relative link and picture of a page is there."""
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())

    missing = [target for target in targets if not (page.parent / target).exists()]

    assert missing == []
