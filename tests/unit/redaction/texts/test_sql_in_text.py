"""SQL inside of error texts."""

from __future__ import annotations

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.redaction.texts.sql_in_text import SqlInText


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x\n[SQL: INSERT INTO u VALUES ('jane', 7)]\n[more]", "x\n[SQL: INSERT INTO u VALUES (?, ?)]\n[more]"),
        ("[SQL: SELECT a[1] FROM t\nWHERE b = 'c]d']", "[SQL: SELECT a[?] FROM t\nWHERE b = ?]"),
        ("[SQL: SELECT 'a']\\n[SQL: SELECT 'b']", "[SQL: SELECT ?]\\n[SQL: SELECT ?]"),
        ("[SQL: SELECT 'cut of", "[SQL: SELECT ?"),
        ("[SQL: SELECT :id]", "[SQL: SELECT :id]"),
        ("SQL: 'x'", "SQL: 'x'"),
    ],
)
def test_literals_of_quoted_statements_go(text: str, wanted: str) -> None:
    """To the end of the line that closes the statement; placeholders stay."""
    assert SqlInText().apply(text, Findings()) == wanted
    assert SqlInText().apply(wanted, Findings()) == wanted


def test_an_exception_of_a_database_leaves_without_its_values() -> None:
    """As SQLAlchemy writes it."""
    text = "(sqlite3.IntegrityError) UNIQUE\n[SQL: INSERT INTO users VALUES ('jane', 'hunter2')]\n(Background: x)"

    redacted = default_redactor().text(text, Findings())

    assert redacted == "(sqlite3.IntegrityError) UNIQUE\n[SQL: INSERT INTO users VALUES (?, ?)]\n(Background: x)"
