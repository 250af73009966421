"""The search for planted values: no form of them and no corner of the store is overlooked."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from otel_kit.cli.demo.leaks import Search, store_contents

_VALUE = "Zoë Lindqvist+1@example.com"


@pytest.mark.parametrize(
    "written",
    [
        _VALUE,
        _VALUE.upper().replace("Ë", "ë"),
        quote(_VALUE),
        quote_plus(_VALUE),
        quote(quote(_VALUE, safe=""), safe=""),
        json.dumps({"name": _VALUE}),
        json.dumps(json.dumps({"name": _VALUE})),
    ],
    ids=["plain", "upper case", "percent", "form", "twice", "json", "json in json"],
)
def test_a_value_is_found_however_it_is_written(written: str) -> None:
    """Encodings hide nothing from the search."""
    search = Search([_VALUE, "other value"])

    found = search.found_in({"wire": [b"before", f"\x08{written}\x12".encode()], "file": [b"nothing"]})

    assert found == {_VALUE: ["wire"]}


def test_a_masked_value_is_no_leak() -> None:
    """What redaction makes of a value is not the value."""
    assert Search([_VALUE]).found_in({"wire": [b"[REDACTED:person_name] z***@example.com"]}) == {}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """An empty store in WAL mode, kept open by its writer."""
    return tmp_path / "store.sqlite3"


def test_the_store_is_read_with_its_journal(store: Path) -> None:
    """Rows that only the write-ahead log has are found, in the file and in the table."""
    writer = sqlite3.connect(store)
    writer.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE log (body, detail)")
    writer.execute("INSERT INTO log VALUES (?, ?)", ("a secret stays", b"a blob stays"))
    writer.commit()

    found = Search(["secret", "blob"]).found_in(store_contents(store))
    writer.close()

    assert found == {"secret": ["store.sqlite3-wal", "table log"], "blob": ["store.sqlite3-wal", "table log"]}


def test_a_value_across_two_pages_of_the_file_is_found(store: Path) -> None:
    """A long text is cut into pages; the table has it whole."""
    secret = "s3cret" * 400
    writer = sqlite3.connect(store)
    writer.executescript("PRAGMA page_size = 512; CREATE TABLE log (body)")
    writer.execute("INSERT INTO log VALUES (?)", (f"{'.' * 700}{secret}{'.' * 700}",))
    writer.commit()
    writer.close()

    assert Search([secret]).found_in(store_contents(store)) == {secret: ["table log"]}
