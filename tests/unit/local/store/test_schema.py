"""The store's file: who may read it, whose it is, and what is refused."""

from __future__ import annotations

import sqlite3
import stat
import time
from importlib import resources
from pathlib import Path

import pytest

from otel_kit.local.store import schema
from otel_kit.local.store.writer import StoreWriter


def open_writer(path: Path) -> StoreWriter:
    """Open a store as the viewer does."""
    return StoreWriter(path, 1 << 30, time.time_ns)


def test_the_file_and_what_lies_beside_it_is_the_users_alone(tmp_path: Path) -> None:
    """Telemetry of others is nobody's business; an open file mode is closed."""
    path = tmp_path / "a.sqlite3"
    path.touch(mode=0o666)

    writer = open_writer(path)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    writer.close()

    assert set(modes) == {"a.sqlite3", "a.sqlite3-wal", "a.sqlite3-shm", "a.sqlite3.lock"}
    assert set(modes.values()) == {0o600}


def test_a_new_file_has_the_newest_version(tmp_path: Path) -> None:
    """And returns its space in steps."""
    writer = open_writer(tmp_path / "a.sqlite3")

    version = writer.connection.execute("PRAGMA user_version").fetchone()[0]
    vacuum = writer.connection.execute("PRAGMA auto_vacuum").fetchone()[0]
    writer.close()

    assert (version, vacuum) == (schema.VERSION, 2)


def test_a_newer_file_is_refused_in_one_line(tmp_path: Path) -> None:
    """And left as it is."""
    path = tmp_path / "a.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE future (x)")
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(schema.StoreUnusable) as caught:
        open_writer(path)

    assert "written by a newer otel-kit" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    """Nobody's tables are mixed with the viewer's."""
    path = tmp_path / "a.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (x)")
    connection.close()

    with pytest.raises(schema.StoreUnusable, match="something else"):
        open_writer(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Its content stays."""
    path = tmp_path / "a.sqlite3"
    path.write_text("my notes " * 100)

    with pytest.raises(schema.StoreUnusable, match="not a store"):
        open_writer(path)

    assert path.read_text() == "my notes " * 100


def test_a_folder_that_is_not_there_is_an_error_in_one_line(tmp_path: Path) -> None:
    """Not a stack trace."""
    with pytest.raises(schema.StoreUnusable, match="cannot be written"):
        open_writer(tmp_path / "none" / "a.sqlite3")


def test_a_second_writer_is_refused_until_the_first_has_closed(tmp_path: Path) -> None:
    """Two viewers on one file would give out the same ids."""
    path = tmp_path / "a.sqlite3"
    first = open_writer(path)

    with pytest.raises(schema.StoreInUse, match="another viewer"):
        open_writer(path)
    first.close()

    open_writer(path).close()


def test_readers_cannot_write(tmp_path: Path) -> None:
    """Whatever a query says."""
    path = tmp_path / "a.sqlite3"
    writer = open_writer(path)
    reader = schema.open_for_reading(path)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM span")

    reader.close()
    writer.close()


def test_a_file_of_the_first_version_goes_on(tmp_path: Path) -> None:
    """Its data stay, and what came later is there too."""
    path = tmp_path / "a.sqlite3"
    first = resources.files("otel_kit.local.store").joinpath("schema.sql").read_text(encoding="utf-8")
    with sqlite3.connect(path) as connection:
        connection.executescript(f"{first}; INSERT INTO receiver_redaction VALUES ('rule', 'email', 3);")
        connection.execute("PRAGMA user_version = 1")
    connection.close()

    writer = open_writer(path)

    assert writer.connection.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION
    assert writer.connection.execute("SELECT * FROM receiver_redaction").fetchall() == [("rule", "email", 3)]
    assert writer.connection.execute("SELECT count(*) FROM receiver_place").fetchone()[0] == 0
    writer.close()


def test_events_of_an_older_file_are_found(tmp_path: Path) -> None:
    """Log records that came before events were told apart, with what they say of themselves; other records are none."""
    path = tmp_path / "a.sqlite3"
    scripts = [resources.files("otel_kit.local.store").joinpath(name) for name in schema.MIGRATIONS[:2]]
    record = "INSERT INTO log VALUES (?, ?, 0, 9, NULL, 1, 1, NULL, 'x', 0, ?, NULL, NULL, ?, 0, '')"
    with sqlite3.connect(path) as connection:
        for script in scripts:
            connection.executescript(script.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO resource VALUES (1, 'shop', '{}', 1)")
        connection.execute(record, (5, 70, "otel_kit.audit", '{"event.category": "audit", "event.outcome": "failure"}'))
        connection.execute(record, (6, 80, None, "{}"))
        connection.execute("PRAGMA user_version = 2")
    connection.close()

    writer = open_writer(path)

    events = writer.connection.execute("SELECT * FROM event").fetchall()
    writer.close()
    assert events == [(5, 70, "shop", "otel_kit.audit", "audit", "failure", "")]
