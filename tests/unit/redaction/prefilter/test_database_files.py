"""What is kept in the folder of databases, and what is not taken from it: with real files."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from otel_kit.redaction.prefilter.database_files import KEPT, MAGIC, DatabaseFiles

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is kept on this platform")
NAME = "ab" * 32
PAYLOAD = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that does not exist yet, in one that does not exist yet."""
    return tmp_path / "state" / "redaction"


def the_file(folder: Path) -> Path:
    """Return the only database in ``folder``."""
    (found,) = folder.glob("*.database")
    return found


def test_what_is_written_is_read_by_another(folder: Path) -> None:
    """Folder and file are for the user alone, whatever else the process lets its files be."""
    before = os.umask(0)
    try:
        assert DatabaseFiles(folder).write(NAME, PAYLOAD)
    finally:
        os.umask(before)

    assert DatabaseFiles(folder).read(NAME) == PAYLOAD
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(the_file(folder).stat().st_mode) == 0o600
    assert the_file(folder).name == f"{NAME}.database"
    assert len(list(folder.iterdir())) == 1  # no draft is left


@pytest.mark.parametrize(
    "content",
    [
        b"",
        MAGIC,
        b"otel-kit hyperscan database 0\n",
        b"x" * 5000,
    ],
    ids=["empty", "magic alone", "another magic alone", "something else"],
)
def test_a_file_that_is_none_of_ours_is_removed(folder: Path, content: bytes) -> None:
    """It is compiled again, and the next one is read."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    the_file(folder).write_bytes(content)

    assert files.read(NAME) is None
    assert list(folder.iterdir()) == []
    assert files.write(NAME, PAYLOAD)
    assert files.read(NAME) == PAYLOAD


@pytest.mark.parametrize("where", [0, len(MAGIC), len(MAGIC) + 32, -1], ids=["magic", "digest", "payload", "last"])
def test_one_altered_byte_is_seen(folder: Path, where: int) -> None:
    """Wherever it is."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    content = bytearray(the_file(folder).read_bytes())
    content[where] ^= 1
    the_file(folder).write_bytes(content)

    assert files.read(NAME) is None


def test_a_torn_file_is_seen(folder: Path) -> None:
    """And one that goes on behind its end."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    content = the_file(folder).read_bytes()
    for other in (content[:-1], content + b"\0"):
        the_file(folder).write_bytes(other)
        assert files.read(NAME) is None
        files.write(NAME, PAYLOAD)


def test_a_database_under_another_name_is_not_read(folder: Path) -> None:
    """The name says what is in it."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    other = "cd" * 32
    the_file(folder).rename(folder / f"{other}.database")

    assert files.read(other) is None


@pytest.mark.parametrize("mode", [0o620, 0o602], ids=["group", "others"])
def test_a_file_that_others_may_write_is_not_read(folder: Path, mode: int) -> None:
    """The next that is compiled takes its place."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    the_file(folder).chmod(mode)

    assert files.read(NAME) is None
    assert files.write(NAME, PAYLOAD)
    assert files.read(NAME) == PAYLOAD
    assert stat.S_IMODE(the_file(folder).stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o770, 0o707], ids=["group", "others"])
def test_a_folder_that_others_may_write_is_not_used(folder: Path, mode: int) -> None:
    """Neither read nor written."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    folder.chmod(mode)

    assert files.read(NAME) is None
    assert not files.write("cd" * 32, PAYLOAD)
    with files.turn(0) as alone:
        assert not alone
    assert the_file(folder).name == f"{NAME}.database"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("which", ["file", "folder"])
def test_what_belongs_to_another_user_is_not_read(folder: Path, which: str) -> None:
    """Even if nobody else may write it."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    os.chown(folder if which == "folder" else the_file(folder), 12345, 12345)

    assert files.read(NAME) is None


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    """Neither to a file nor to a folder."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    moved = tmp_path / "moved"
    the_file(folder).rename(moved)
    (folder / f"{NAME}.database").symlink_to(moved)
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)

    assert files.read(NAME) is None
    assert moved.exists()
    assert not DatabaseFiles(link).write(NAME, PAYLOAD)


def test_what_is_no_file_holds_nobody_up(folder: Path) -> None:
    """A pipe without a writer blocks who opens it."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    the_file(folder).unlink()
    os.mkfifo(folder / f"{NAME}.database", 0o600)

    assert files.read(NAME) is None


def test_only_those_used_last_are_kept(folder: Path) -> None:
    """Also drafts that a killed process left go, after a while; nothing else does."""
    files = DatabaseFiles(folder)
    names = [f"{number:064x}" for number in range(KEPT)]
    for age, name in enumerate(reversed(names)):
        files.write(name, PAYLOAD)
        os.utime(folder / f"{name}.database", (1000 - age, 1000 - age))
    (folder / "old.draft").touch(0o600)
    os.utime(folder / "old.draft", (1, 1))
    (folder / "new.draft").touch(0o600)
    assert files.read(names[0]) == PAYLOAD  # the oldest, used again

    files.write(NAME, PAYLOAD)

    kept = {path.name for path in folder.iterdir()}
    assert kept == {"new.draft", *(f"{name}.database" for name in (NAME, names[0], *names[2:]))}


@pytest.mark.parametrize("place", ["/proc/otel-kit/redaction", "/dev/null/redaction", "nul\0/redaction"])
def test_a_place_that_cannot_be_written_is_empty(place: str) -> None:
    """As a state folder that is read-only is."""
    files = DatabaseFiles(Path(place))

    assert files.read(NAME) is None
    assert not files.write(NAME, PAYLOAD)
    files.remove(NAME)
    with files.turn(0) as alone:
        assert not alone


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_still_read(folder: Path) -> None:
    """What somebody put there before is of use."""
    files = DatabaseFiles(folder)
    files.write(NAME, PAYLOAD)
    folder.chmod(0o500)

    assert files.read(NAME) == PAYLOAD
    assert not files.write("cd" * 32, PAYLOAD)
    folder.chmod(0o700)


def test_without_a_folder_nothing_is_kept() -> None:
    """And nobody waits."""
    files = DatabaseFiles(None)

    assert not files.write(NAME, PAYLOAD)
    assert files.read(NAME) is None
    with files.turn(0) as alone:
        assert not alone


def test_one_after_another(folder: Path) -> None:
    """Who does not get the lock goes on without it; it is free again when the block ends."""
    with DatabaseFiles(folder).turn(0) as first, DatabaseFiles(folder).turn(0) as second:
        assert (first, second) == (True, False)
    with DatabaseFiles(folder).turn(0) as third:
        assert third


LOCKING = """
import os, sys
from pathlib import Path
from otel_kit.redaction.prefilter.database_files import DatabaseFiles
lock = DatabaseFiles(Path(sys.argv[1])).turn(0)
assert lock.__enter__()
child = os.fork()
if child:
    print(child, flush=True)
sys.stdin.read()
os._exit(0)
"""


def test_a_forked_child_does_not_hold_its_parents_lock(folder: Path) -> None:
    """It outlives a parent that is killed while it compiles, and the lock must not."""
    command = [sys.executable, "-c", LOCKING, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        with DatabaseFiles(folder).turn(0) as while_it_lives:
            assert not while_it_lives

        parent.kill()
        parent.wait()

        os.kill(child, 0)  # else this tests nothing
        with DatabaseFiles(folder).turn(30) as when_it_is_dead:
            assert when_it_is_dead
