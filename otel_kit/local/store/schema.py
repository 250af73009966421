"""The file: opening, access rights, version and what SQLite must be able to do."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from importlib import resources
from pathlib import Path

from otel_kit.errors import OtelKitError

# One script per version, in order; a file's user_version says how many of them it has seen.
MIGRATIONS = ("schema.sql", "schema_2.sql", "schema_3.sql")
VERSION = len(MIGRATIONS)
_OLDEST_SQLITE = (3, 34, 0)  # the trigram tokenizer


class StoreUnusable(OtelKitError):
    """The store's file cannot be used; the text says why in one line."""


class StoreInUse(StoreUnusable):
    """Another viewer writes to the file."""


def check_sqlite() -> None:
    """Do nothing if this Python's SQLite can hold the store.

    Raises:
        StoreUnusable: it is older than 3.34 or lacks FTS5 with trigrams.
    """
    found = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreUnusable(
            f"SQLite {found} is too old for the local store; 3.34 or newer is needed. Use a newer Python."
        )
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text, tokenize='trigram')")
        except sqlite3.Error as error:
            raise StoreUnusable(f"SQLite {found} of this Python lacks FTS5 with trigrams: {error}.") from error


def open_for_writing(path: Path, max_bytes: int) -> sqlite3.Connection:
    """Return the writer's connection to ``path``, created with mode 0600 or migrated as needed.

    Raises:
        StoreUnusable: SQLite lacks something, the file is no database or of a newer otel-kit, or is not accessible.
    """
    check_sqlite()
    _create(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path, max_bytes)
    except sqlite3.Error as error:
        connection.close()
        raise StoreUnusable(f"{path} is not a store of otel-kit: {error}. Choose another file with --db.") from error
    except StoreUnusable:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write; it may be handed from thread to thread, one at a time."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -4096")
    return connection


def lock(path: Path) -> sqlite3.Connection:
    """Return a connection that holds the right to write ``path``; closing it, or the process's end, gives it back.

    A second SQLite file carries the lock, so that it works alike on every platform.

    Raises:
        StoreInUse: another viewer has it.
        StoreUnusable: the folder cannot be written.
    """
    beside = path.with_name(path.name + ".lock")
    _create(beside)
    connection = sqlite3.connect(beside, isolation_level=None, timeout=0, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = MEMORY")  # nothing is ever written, so no journal beside it
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        connection.close()
        if "locked" in str(error):
            raise StoreInUse(f"{path} is in use by another viewer. Choose another file with --db.") from error
        raise StoreUnusable(f"{path} cannot be written: {error}. Choose another file with --db.") from error
    return connection


def _create(path: Path) -> None:
    """Create a file for its owner alone, or make it so."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(path, 0o600)
    except OSError as error:
        raise StoreUnusable(f"{path} cannot be written: {error.strerror}. Choose another file with --db.") from error


def _prepare(connection: sqlite3.Connection, path: Path, max_bytes: int) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise StoreUnusable(
            f"{path} was written by a newer otel-kit (store version {version}, this one knows {VERSION}). "
            "Update otel-kit, or choose another file with --db."
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise StoreUnusable(f"{path} is a SQLite file of something else. Choose another file with --db.")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only has an effect while the file is empty
    connection.execute("PRAGMA journal_mode = WAL")
    # A commit survives the end of the process, not the end of the machine: an fsync each would cost half the rate.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -32768")
    pages = max(256, min(8192, max_bytes // 16 // 4096))
    connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
    connection.execute(f"PRAGMA journal_size_limit = {pages * 4096}")
    for number in range(version, VERSION):
        script = resources.files(__package__).joinpath(MIGRATIONS[number]).read_text(encoding="utf-8")
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number + 1};\nCOMMIT;")
