"""One process and its log file: rotation, repair, what others do to the file, what is wrong at the start."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from otel_kit.logs.sinks.files.log_file import LogFile
from otel_kit.logs.sinks.files.sink import FileSink
from otel_kit.logs.sinks.files.start import build_file
from otel_kit.settings.log_options import LogFile as Options
from tests.unit.logs.sinks.records import record

PLAIN: Mapping[str, Any] = {"compression": "none", "min_free_bytes": 1}
LINE = len((json.dumps({}) + "\n").encode())


def _sink(path: Path, **options: Any) -> FileSink:
    return FileSink(str(path), Options(**{**PLAIN, **options}))


def _messages(path: Path) -> list[str]:
    return [json.loads(line)["message"] for line in path.read_text("utf-8").splitlines()]


def _rotated(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.*Z*"))


def test_file_is_rotated_before_it_grows_too_large(tmp_path: Path) -> None:
    """No file is larger than asked for, except for a single line that is; no file is empty."""
    path = tmp_path / "app.log"
    one = len(_line_of("00"))
    sink = _sink(path, max_bytes=one * 3)

    for number in range(0, 10, 2):
        assert 2 == sink.write([record(f"{number:02}"), record(f"{number + 1:02}")]).written
    sink.write([record("x" * one * 4)])
    sink.write([record("10")])

    files = [*_rotated(path), path]
    assert [["00", "01", "02"], ["03", "04", "05"], ["06", "07", "08"], ["09"], ["x" * one * 4], ["10"]] == [
        _messages(one) for one in files
    ]
    status = sink.status()
    assert (str(path), one, 5, 5, False, "") == (
        status.path, status.size, status.rotations, status.rotated_files, status.paused, status.last_error,
    )  # fmt: skip
    assert status.rotated_bytes == sum(file.stat().st_size for file in files[:-1])
    assert status.last_rotation is not None
    assert status.last_rotation.startswith(time.strftime("%Y-", time.gmtime()))


@pytest.mark.parametrize(
    ("head", "rotates"),
    [
        ('{"timestamp":"2020-01-01T00:00:00.000000Z","message":"old"}\n', True),
        ('not a record\n{"timestamp":"2020-01-01T00:00:00.000000Z","message":"old"}\n', True),
        ('{"timestamp":"2999-01-01T00:00:00.000000Z","message":"of tomorrow"}\n', False),
        ('{"timestamp":"2020-13-77T00:00:00.000000Z"}\n', False),  # no time: the file's last change, which is now
        ("anything else\n", False),
    ],
)
def test_age_is_that_of_the_first_record(tmp_path: Path, head: str, rotates: bool) -> None:
    """So it survives a restart: the file says itself how old it is."""
    path = tmp_path / "app.log"
    path.write_text(head, "utf-8")

    assert 1 == _sink(path, rotate_every_s=3600.0).write([record("new")]).written

    assert rotates == (len(_rotated(path)) == 1)
    assert rotates == (_line_of("new") == path.read_bytes())
    old = tmp_path / "other.log"
    old.write_text("anything else\n", "utf-8")
    os.utime(old, (0, 0))
    assert 1 == _sink(old, rotate_every_s=3600.0).write([record("new")]).written
    assert 1 == len(_rotated(old))
    never = tmp_path / "never.log"
    never.write_text(head, "utf-8")
    assert 1 == _sink(never, rotate_every_s=0.0).write([record("new")]).written
    assert [] == _rotated(never)


def test_line_that_a_killed_process_left_is_ended(tmp_path: Path) -> None:
    """The next record stands on a line of its own."""
    path = tmp_path / "app.log"
    path.write_bytes(_line_of("whole") + _line_of("torn")[:50])

    _sink(path).write([record("next")])

    assert [_line_of("whole"), _line_of("torn")[:50] + b"\n", _line_of("next")] == path.read_bytes().splitlines(True)


def test_others_may_rotate_remove_and_replace_the_file(tmp_path: Path) -> None:
    """What logrotate, an administrator or a container does is noticed with the next batch."""
    path = tmp_path / "logs" / "app.log"
    sink = _sink(path)
    sink.write([record("1")])
    path.rename(path.with_suffix(".1"))
    sink.write([record("2")])
    assert (["1"], ["2"]) == (_messages(path.with_suffix(".1")), _messages(path))
    path.unlink()
    path.with_suffix(".1").unlink()
    path.parent.rmdir()
    sink.write([record("3")])
    assert ["3"] == _messages(path)
    assert (0o700, 0o600) == (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777)
    os.truncate(path, 0)
    sink.write([record("4")])
    assert ["4"] == _messages(path)


def test_link_put_there_later_is_not_followed(tmp_path: Path) -> None:
    """Records are counted as lost instead; the sink goes on when the link is gone."""
    path, victim = tmp_path / "app.log", tmp_path / "victim"
    victim.write_text("precious")
    sink = _sink(path)
    sink.write([record("1")])
    path.unlink()
    path.symlink_to(victim)

    outcome = sink.write([record("2")])

    assert (0, {"failed": 1}) == (outcome.written, outcome.dropped)
    assert "precious" == victim.read_text()
    assert sink.status().last_error
    path.unlink()
    assert 1 == sink.write([record("3")]).written
    assert ("", ["3"]) == (sink.status().last_error, _messages(path))


def test_lock_is_of_the_file_at_the_path(tmp_path: Path) -> None:
    """Who waits while the file is rotated gets the new one, and never one that somebody else has."""
    path = str(tmp_path / "app.log")
    one, other = LogFile(path), LogFile(path)
    assert one.lock(1.0)
    one.append([b"1\n"])
    assert not other.lock(0.0)
    rotated = one.rotate(time.time())
    assert other.lock(0.0)
    other.append([b"2\n"])
    assert not one.lock(0.0)
    other.unlock()
    assert one.lock(0.0)
    one.append([b"3\n"])
    assert (b"1\n", b"2\n3\n") == (Path(rotated).read_bytes(), Path(path).read_bytes())
    one.close()
    other.close()


def test_too_little_free_space_pauses(tmp_path: Path) -> None:
    """The guard wants more than any disk has: nothing is written, all of it is counted."""
    path = tmp_path / "app.log"
    sink = _sink(path, min_free_bytes=1 << 62)

    outcome = sink.write([record("1"), record("2")])

    assert (0, {"low_disk": 2}) == (outcome.written, outcome.dropped)
    assert sink.status().paused
    assert not path.exists()


def _folder(path: Path) -> None:
    path.mkdir()


def _link(path: Path) -> None:
    path.symlink_to(path.parent / "elsewhere")


def _under_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (_folder, "is a folder"),
        (_link, "is a symbolic link"),
        (os.mkfifo, "is a device or a pipe"),
        (_under_a_file, "cannot be written (Not a directory)"),
    ],
)
def test_fault_at_start_names_what_is_wrong(tmp_path: Path, make: Any, what: str) -> None:
    """And is no exception; records are counted as lost until it is mended."""
    path = tmp_path / "logs" / "app.log"
    path.parent.mkdir()
    make(path)

    sink, fault = build_file(Options(path=str(path), **PLAIN))

    assert fault is not None
    assert str(fault).startswith(f"logs.file.path={path} {what}")
    assert what == sink.status().last_error
    outcome = sink.write([record("lost")])
    assert (0, {"failed": 1}, True) == (outcome.written, outcome.dropped, bool(outcome.error))
    mended = path if what.startswith("is") else path.parent
    mended.rmdir() if mended.is_dir() else mended.unlink()
    assert 1 == sink.write([record("written")]).written
    assert ("", ["written"]) == (sink.status().last_error, _messages(path))


def test_device_is_no_log_file() -> None:
    """Not even one that takes everything."""
    assert "is a device or a pipe" in str(build_file(Options(path="/dev/null", **PLAIN))[1])


def test_zstd_that_is_not_installed_is_said_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra that brings it; the file is written all the same, and rotated files stay plain."""
    monkeypatch.setitem(__import__("sys").modules, "compression.zstd", None)
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)

    path = tmp_path / "app.log"
    sink, fault = build_file(Options(path=str(path), compression="zstd", max_bytes=1))
    assert 2 == sink.write([record("1"), record("2")]).written
    while sink.idle() == 0.0:
        pass

    assert ["1"] == _messages(_rotated(path)[0])
    assert "pip install 'otel-kit[zstd]'" in str(fault)


def _line_of(message: str) -> bytes:
    from otel_kit.logs.sinks.json_lines import json_line

    return json_line(record(message))
