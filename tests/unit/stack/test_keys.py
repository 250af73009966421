"""The key file: what is written, what is refused, and that nobody who reads or writes it at the same time is misled."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from otel_kit.errors import ConfigError
from otel_kit.stack.keys import Key, Limits, create, read, revoke
from tests.subprocesses import child_environ

NOW = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
HASH = "0" * 64
ENTRY: dict[str, Any] = {"id": "k1", "tenant": "shop", "sha256": HASH, "created": "2026-11-21T23:00:00Z"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a key file could be; nothing is there."""
    return tmp_path / "stack" / "keys.json"


def faults(file: Path, content: str | bytes) -> list[str]:
    """Return what is said about a file of this content."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as error:
        read(file)
    return [str(fault).removeprefix(str(file)) for fault in error.value.faults]


def one(**changes: Any) -> str:
    """Return a file of one entry with these changes; None takes a field out."""
    entry = {name: value for name, value in {**ENTRY, **changes}.items() if value is not None}
    return json.dumps({"version": 1, "keys": [entry]})


def test_a_key_is_written_as_the_guard_reads_it_and_its_text_nowhere(file: Path) -> None:
    """Every field of the format, the hash over the whole text, and files that only the owner may read."""
    limits = Limits(requests_per_second=0, burst=0, byte_burst=1 << 25)
    key, text = create(
        file,
        "shop",
        note="Bestellungen für Ö",
        trusted_redaction=True,
        expires=NOW + timedelta(1),
        limits=limits,
        now=NOW,
    )

    assert re.fullmatch(rf"otk_{key.id}_[A-Za-z0-9_-]{{43}}", text)
    assert json.loads(file.read_text()) == {
        "version": 1,
        "keys": [
            {
                "id": key.id,
                "tenant": "shop",
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "created": "2026-11-21T23:00:00Z",
                "expires": "2026-11-22T23:00:00Z",
                "trusted_redaction": True,
                "note": "Bestellungen für Ö",
                "requests_per_second": 0,
                "burst": 0,
                "byte_burst": 33554432,
            }
        ],
    }
    assert (0o600, 0o700) == (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777)
    assert [file.name] == os.listdir(file.parent)
    assert text[-43:] not in repr(key) + file.read_text()
    assert read(file) == (key,)


def test_keys_are_revoked_all_or_none(file: Path) -> None:
    """The last one too: then nobody is let in, which is not the same as a file that is missing."""
    made = [create(file, f"t{number}")[0] for number in range(3)]

    with pytest.raises(ConfigError, match=f"holds no key '{made[0].id}x'; did you mean {made[0].id}?"):
        revoke(file, [made[1].id, f"{made[0].id}x"])
    assert read(file) == tuple(made)

    assert revoke(file, [made[2].id, made[0].id]) == (made[0], made[2])
    assert read(file) == (made[1],)
    revoke(file, [made[1].id])
    assert json.loads(file.read_text()) == {"version": 1, "keys": []}


def test_a_whole_key_instead_of_its_id_is_not_repeated(file: Path) -> None:
    """It would stand in a terminal's history and in a log of CI."""
    key, text = create(file, "shop")

    with pytest.raises(ConfigError, match=f"Give its id: {key.id}") as error:
        revoke(file, [text])

    assert text[-43:] not in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", [":1 is no JSON: Expecting value, column 1. "]),
        ('{"version": 1,\n "keys": [{]}', [":2 is no JSON: Expecting property name enclosed in double"]),
        (b"\xff\xfe{", [":1 is no text in UTF-8"]),
        (b'\xef\xbb\xbf{"version": 1, "keys": []}', [":1 begins with a byte order mark"]),
        ("[]", [":1 holds no JSON object"]),
        ('{"version": NaN, "keys": []}', [" is no key file"]),
        ('{"version": ' + "9" * 5000 + ', "keys": []}', [" is no key file"]),
        ("[" * 100_000, [" is no key file"]),
        ("{}", [':1 has no "version"', ':1 has no "keys"']),
        ('{"version": 2, "keys": {}}', [":1 version is another one; this otel-kit knows 1", ":1 keys is no list"]),
        ('{"version": true, "keys": []}', [":1 version is another one"]),
        ('{"version": 1, "key": [], "keys": []}', [":1 has the unknown field 'key'; did you mean keys?"]),
        ('{"version": 1, "keys": [\n"otk_k1_x",\n{}]}', [
            ":2 keys[1] is no JSON object", ':3 keys[2] has no "id"', ':3 keys[2] has no "tenant"',
            ':3 keys[2] has no "sha256"', ':3 keys[2] has no "created"',
        ]),
        ('{"version": 1, "keys": [{"id": "k1",\n"id": "k2", "tenant": "t",\n"sha256": "' + HASH
         + '", "created": "2026-11-21T23:00:00Z"}]}', [":2 keys[1].id stands there twice. Delete one."]),
        (json.dumps({"version": 1, "keys": [ENTRY, ENTRY]}), [
            ":1 keys[2].id is that of keys[1]", ":1 keys[2].sha256 is that of keys[1]"]),
    ],
)  # fmt: skip
def test_every_fault_of_a_hand_edited_file_is_named_with_its_line(
    file: Path, content: str | bytes, said: list[str]
) -> None:
    """All at once, the entry counted from 1."""
    found = faults(file, content)

    assert len(said) == len(found)
    assert all(text.startswith(start) for text, start in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    "change",
    [
        {"id": "K1"}, {"id": "k_1"}, {"id": ""}, {"id": "k" * 33}, {"id": "k1\n"}, {"id": 1},
        {"tenant": ".shop"}, {"tenant": "shöp"}, {"tenant": "a" * 65}, {"tenant": "shop\n"}, {"tenant": ["shop"]},
        {"sha256": "g" * 64}, {"sha256": "0" * 63}, {"sha256": HASH + "\n"},
        {"created": "2026-11-21"}, {"created": "20261121T230000Z"}, {"created": "2026-11-21T23:00:00"},
        {"created": "2026-02-30T00:00:00Z"}, {"created": "0001-01-01T00:00:00+23:59"}, {"created": 0},
        {"created": "\uff12026-11-21T23:00:00Z"}, {"expires": ""}, {"expires": "90d"},
        {"trusted_redaction": 1}, {"trusted_redaction": "true"}, {"note": 1}, {"note": "x" * 201},
        {"note": "\x1b[2J"}, {"note": "\ud800"},
        {"requests_per_second": -1}, {"burst": "1"}, {"byte_burst": True}, {"bytes_per_second": "8MiB"},
        {"bytes_per_second": 1 << 60}, {"rate": 5}, {"Tenant": "shop"}, {"key": "otk_k1_x"},
        {"burst": 0}, {"byte_burst": 0.5},
    ],
)  # fmt: skip
def test_what_a_field_may_not_hold(file: Path, change: dict[str, Any]) -> None:
    """One fault, with the field's name and what is wanted."""
    (name,) = change
    (fault,) = faults(file, one(**change))

    assert f"keys[1].{name} " in fault or f"keys[1] has the unknown field '{name}'" in fault
    assert ";" in fault


@pytest.mark.parametrize("field", ["id", "tenant", "sha256", "note"])
def test_a_key_that_was_put_into_the_file_is_not_shown(file: Path, field: str) -> None:
    """Somebody may take a field for the place of the key itself."""
    secret = "otk_k1_" + "Ab1_" * 60

    assert secret[:12] not in "".join(faults(file, one(**{field: secret})))


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-21T23:00:00.123456789Z", NOW + timedelta(microseconds=123456)),
        ("2026-11-22T00:00:00+01:00", NOW),
    ],
)
def test_times_of_other_writers_are_read(file: Path, text: str, time: datetime) -> None:
    """Fractions and zones, as RFC 3339 allows."""
    file.parent.mkdir()
    file.write_text(one(created=text))

    assert read(file)[0].created == time


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"tenant": "no spaces"}, ["tenant"]),
        ({"tenant": "", "note": "a\nb", "limits": Limits(burst=-1)}, ["tenant", "note", "burst"]),
        ({"tenant": "shop", "expires": NOW}, ["expires"]),
        ({"tenant": "shop", "limits": Limits(burst=0, bytes_per_second=5, byte_burst=0)}, ["burst", "byte_burst"]),
    ],
)
def test_a_key_that_cannot_be_is_not_made(file: Path, arguments: dict[str, Any], names: list[str]) -> None:
    """No file, no folder."""
    with pytest.raises(ConfigError) as error:
        create(file, now=NOW, **arguments)

    assert names == [fault.where for fault in error.value.faults]
    assert not file.parent.exists()


def test_a_broken_file_is_not_written_over(file: Path) -> None:
    """Neither by a new key nor by a revocation: what is in it may be all there is."""
    file.parent.mkdir()
    file.write_text('{"version": 1, "keys": [')

    with pytest.raises(ConfigError, match="is no JSON"):
        create(file, "shop")
    with pytest.raises(ConfigError, match="is no JSON"):
        revoke(file, ["k1"])

    assert file.read_text() == '{"version": 1, "keys": ['
    assert [file.name] == os.listdir(file.parent)


def test_a_link_stays_a_link_and_the_mode_stays_too(file: Path, tmp_path: Path) -> None:
    """A file may be another's, linked into place; a group that reads it goes on reading, but may not begin to write."""
    target = tmp_path / "real" / "keys.json"
    create(target, "shop")
    target.chmod(0o660)
    file.parent.mkdir()
    file.symlink_to(target)

    create(file, "shop")

    assert file.is_symlink()
    assert len(read(target)) == 2
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("kind", ["pipe", "folder", "circle", "nothing"])
def test_what_is_no_file_ends_in_one_sentence(file: Path, kind: str) -> None:
    """And does not wait for whoever writes into a pipe."""
    file.parent.mkdir()
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "folder":
            file.mkdir()
        case "circle":
            file.symlink_to(file)
    with pytest.raises(ConfigError, match=re.escape(str(file))):
        read(file)
    with pytest.raises(ConfigError):
        revoke(file, ["k1"])


def test_writers_at_once_lose_no_key_and_readers_see_whole_files(file: Path) -> None:
    """Four processes make ten keys each while the file is read over and over."""
    code = """
        import sys
        from pathlib import Path
        from otel_kit.stack.keys import create, revoke
        for number in range(10):
            key, _ = create(Path(sys.argv[1]), sys.argv[2])
            revoke(Path(sys.argv[1]), [create(Path(sys.argv[1]), "gone")[0].id])
    """
    create(file, "first")
    writers = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), str(file), f"t{n}"], env=child_environ())
        for n in range(4)
    ]
    try:
        while any(writer.poll() is None for writer in writers):
            read(file)
    finally:
        statuses = [writer.wait() for writer in writers]

    assert [0] * 4 == statuses
    tenants = [key.tenant for key in read(file)]
    assert {"first": 1, "t0": 10, "t1": 10, "t2": 10, "t3": 10} == {name: tenants.count(name) for name in tenants}
    assert [file.name] == os.listdir(file.parent)


def test_age_and_expiry() -> None:
    """Old is more than 90 days; a key expires at its second; a clock that ran ahead makes no negative age."""
    key = Key("k1", "shop", HASH, NOW, expires=NOW + timedelta(100))

    assert not key.is_old(NOW + timedelta(90))
    assert key.is_old(NOW + timedelta(90, 1))
    assert not key.is_expired(NOW + timedelta(99))
    assert key.is_expired(NOW + timedelta(100))
    assert key.age(NOW - timedelta(1)) == timedelta(0)
