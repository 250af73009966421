"""What the arguments of ``otel-kit redact`` ask for, as functions of a line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from otel_kit.cli.chosen_policy import chosen_redactor
from otel_kit.cli.redact.json_line import redact_json_line
from otel_kit.cli.redact.line import LineRedactor, Treatment
from otel_kit.errors import Fault, MissingExtra, PolicyError
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.prefilter.engines import has_hyperscan
from otel_kit.redaction.redactor import Redactor
from otel_kit.settings import load_leniently, state_dir

# The shipped policy names these keys as a URL and as SQL.
KEYS: Final = {"url": "url.full", "sql": "db.query.text"}


def line_redactor(arguments: argparse.Namespace) -> LineRedactor:
    """Return what redacts one line as the arguments say.

    Raises:
        PolicyError: the policy cannot be used, or ``--key`` does not go with ``--surface``.
        MissingExtra: hyperscan is asked for and is not installed.
    """
    surface, key = arguments.surface, arguments.key
    if key is not None and surface not in (None, "attribute"):
        raise PolicyError([Fault("--key", f"does not go with --surface {surface}", mend="Leave one of them out")])
    redactor = chosen_redactor(arguments.policy)
    if arguments.engine == "hyperscan" and not has_hyperscan():
        raise MissingExtra("--engine hyperscan", "fast", "hyperscan")
    if arguments.engine == "hyperscan":
        redactor.start_engine("hyperscan", state_folder=_state_folder(), wait=True)
    surface = surface or ("log" if key is None else "attribute")
    treat = treatment(redactor, surface, key or "")
    treat_json = json_treatment(redactor, surface, key or "") if arguments.jsonl else None
    return LineRedactor(
        treat, treat_json, lambda: redactor.start_engine(arguments.engine, state_folder=_state_folder())
    )


def _state_folder() -> Path:
    """Return where the application of these settings keeps its compiled policy."""
    return state_dir(load_leniently().settings.state_dir)


def treatment(redactor: Redactor, surface: str, key: str = "") -> Treatment:
    """Return what redacts a text of ``surface``."""
    if surface == "log":
        return redactor.text
    key = KEYS.get(surface, key)

    def value(text: str, findings: Findings) -> str:
        return str(redactor.value(key, text, findings))

    return value


def json_treatment(redactor: Redactor, surface: str, key: str = "") -> Treatment:
    """Return what redacts a line of JSON whose value stands under ``key``; strings may be of a ``surface``."""
    as_surface = treatment(redactor, surface) if surface in KEYS else None

    def value(content: Any, findings: Findings) -> Any:
        redacted = redactor.value(key, content, findings)
        return redacted if as_surface is None else _each_text(redacted, as_surface, findings)

    return lambda text, findings: redact_json_line(text, findings, value)


def _each_text(value: Any, treat: Treatment, findings: Findings) -> Any:
    if isinstance(value, str):
        return treat(value, findings)
    if isinstance(value, dict):
        return {key: _each_text(member, treat, findings) for key, member in value.items()}
    return [_each_text(item, treat, findings) for item in value] if isinstance(value, list) else value
