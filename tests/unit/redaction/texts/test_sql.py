"""SQL keeps its shape and loses its literals."""

from __future__ import annotations

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.redaction.texts.sql import redact_sql


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT * FROM t1 WHERE name = 'O''Brien' AND id=5", "SELECT * FROM t1 WHERE name = ? AND id=?"),
        (r"WHERE a = 'it\'s' AND b = E'\\x'", "WHERE a = ? AND b = ?"),
        ("WHERE a IN (1, 2.5, 1e-9, 0xFF, -3)", "WHERE a IN (?, ?, ?, ?, -?)"),
        ("VALUES (X'00ff', N'x', b'1')", "VALUES (?, ?, ?)"),
        ("SELECT $$it's$$, $tag$ 'x' $tag$", "SELECT ?, ?"),
        ('SELECT "user"."id" FROM "user"', 'SELECT "user"."id" FROM "user"'),
        ('WHERE name = "Bob"', "WHERE name = ?"),
        ('WHERE mail = "bob@example.com"', "WHERE mail = ?"),
        ('ON a.id = "b"."id"', 'ON a.id = "b"."id"'),
        ("WHERE a = $1 AND b = :name AND c = %(x)s AND d = @p1 AND e = ?", None),
        ("SELECT `a b`.c2 FROM t_2026", None),
        ("SELECT 1 -- user 'bob' 42\nFROM t", "SELECT ? -- user ? ?\nFROM t"),
        ("SELECT /* by 'bob' */ a FROM t", "SELECT /* by ? */ a FROM t"),
        ("WHERE a = 'never closed", "WHERE a = ?"),
        ("SELECT $tag$ never closed", "SELECT ?"),
        ("SELECT /* never closed 'x'", "SELECT /* never closed ?"),
        ("", None),
    ],
)
def test_literals_become_question_marks(text: str, wanted: str | None) -> None:
    """Identifiers, keywords and placeholders stay, and a second pass alters nothing."""
    redacted = redact_sql(text, Findings())

    assert redacted == (text if wanted is None else wanted)
    findings = Findings()
    assert redact_sql(redacted, findings) == redacted
    assert findings == Findings()


def test_each_literal_is_counted() -> None:
    """The count says how much of the statement was data."""
    findings = Findings()

    redact_sql("SELECT 'a', 'b', 3", findings)

    assert findings.hits == {"sql_literal": 3}


def test_what_is_left_of_a_statement_is_scanned_too() -> None:
    """An address in a comment is no literal, but still personal data."""
    redacted = default_redactor().value("db.query.text", "SELECT a -- asked by bob@example.com\n", Findings())

    assert redacted == "SELECT a -- asked by b***@example.com\n"


def test_a_document_query_is_read_as_json() -> None:
    """MongoDB and others write JSON where SQL databases write statements."""
    redacted = default_redactor().value("db.statement", '{"find":"users","password":"x"}', Findings())

    assert redacted == '{"find":"users","password":"[REDACTED:password]"}'
