"""Rotated files: compression that may be cut off anywhere, retention by age and size, names that sort by time."""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path

import pytest
import zstandard

from otel_kit.logs.sinks.files.compression import compressing
from otel_kit.logs.sinks.files.housekeeping import Housekeeping
from otel_kit.logs.sinks.files.lock import try_lock
from otel_kit.logs.sinks.files.names import rotated_files, rotated_name, unfinished
from otel_kit.settings.log_options import LogFile as Options

DAY = 86400.0
TEXT = b'{"message":"x"}\n' * 200_000  # several pieces
DECOMPRESS = {
    "gzip": (".gz", gzip.decompress),
    "zstd": (".zst", lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
}


def _rotated(path: Path, age_s: float, content: bytes = b"x\n") -> Path:
    name = Path(rotated_name(str(path), time.time() - age_s))
    name.write_bytes(content)
    return name


def _tidy(path: Path, **options: object) -> int:
    """Do all there is to do; returns the number of steps."""
    housekeeping, steps = Housekeeping(str(path), Options(**options)), 1  # type: ignore[arg-type]
    while housekeeping.step() == 0.0:
        steps += 1
    return steps


@pytest.mark.parametrize("kind", DECOMPRESS)
def test_rotated_files_are_compressed_piece_by_piece(tmp_path: Path, kind: str) -> None:
    """In small steps; what comes out is the same, for the owner's eyes only."""
    path = tmp_path / "app.log"
    plain = _rotated(path, 10.0, TEXT)
    suffix, decompress = DECOMPRESS[kind]

    assert 4 <= _tidy(path, compression=kind)

    assert [f"{plain.name}{suffix}"] == os.listdir(tmp_path)
    compressed = tmp_path / f"{plain.name}{suffix}"
    assert TEXT == decompress(compressed.read_bytes())
    assert 0o600 == compressed.stat().st_mode & 0o777


@pytest.mark.parametrize("steps", range(1, 6))
def test_compression_that_is_cut_off_is_finished_by_the_next(tmp_path: Path, steps: int) -> None:
    """Wherever a process died: the plain file or the compressed one is complete at each moment."""
    path = tmp_path / "app.log"
    plain = _rotated(path, 10.0, TEXT)
    work = compressing(str(plain), "gzip")
    for _ in range(steps):
        next(work, None)
    kept = {name: (tmp_path / name).read_bytes() for name in os.listdir(tmp_path)}
    work.close()
    for name, content in kept.items():  # as a process leaves them that has no time to tidy up
        (tmp_path / name).write_bytes(content)
    assert TEXT in (kept.get(plain.name), _gunzipped(kept.get(f"{plain.name}.gz")))

    _tidy(path, compression="gzip")

    assert [f"{plain.name}.gz"] == os.listdir(tmp_path)
    assert TEXT == gzip.decompress((tmp_path / f"{plain.name}.gz").read_bytes())


@pytest.mark.parametrize("also", ["plain", "part"])
def test_file_that_is_deleted_while_it_is_compressed_is_no_fault(tmp_path: Path, also: str) -> None:
    """Another process found it too old: whatever comes out is tidied up by the next."""
    plain = _rotated(tmp_path / "app.log", 10.0, TEXT)
    work = compressing(str(plain), "gzip")
    next(work)
    plain.unlink()
    if also == "part":
        Path(f"{plain}.gz.part").unlink()

    assert [None] * 3 == list(work)[:3]
    assert not plain.exists()


@pytest.mark.parametrize(
    ("left", "after"),
    [
        (("plain", "part"), {".gz"}),
        (("plain", "gz"), {".gz"}),  # died after the rename: the compressed one is complete
        (("part",), set()),
        (("gz",), {".gz"}),
    ],
)
def test_leftovers_are_finished(tmp_path: Path, left: tuple[str, ...], after: set[str]) -> None:
    """Each state in which a process can leave its work."""
    path = tmp_path / "app.log"
    name = rotated_name(str(path), time.time())
    states = {
        "plain": (name, TEXT),
        "part": (f"{name}.gz.part", b"\x1f\x8b"),
        "gz": (f"{name}.gz", gzip.compress(TEXT)),
    }
    for state in left:
        target, content = states[state]
        Path(target).write_bytes(content)

    _tidy(path, compression="gzip")

    assert {f"{os.path.basename(name)}{suffix}" for suffix in after} == set(os.listdir(tmp_path))
    assert all(TEXT == gzip.decompress((tmp_path / one).read_bytes()) for one in os.listdir(tmp_path))
    assert [] == unfinished(str(path))


def test_file_that_another_process_compresses_is_left_to_it(tmp_path: Path) -> None:
    """The lock on the plain file says so."""
    path = tmp_path / "app.log"
    plain = _rotated(path, 10.0)
    with plain.open("rb") as held:
        assert try_lock(held.fileno())
        _tidy(path, compression="gzip")
        assert [plain.name] == os.listdir(tmp_path)
    _tidy(path, compression="gzip")
    assert [f"{plain.name}.gz"] == os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("max_age_s", "max_total", "kept"),
    [
        (0.0, 1 << 30, [5, 3, 2, 1]),
        (4 * DAY, 1 << 30, [3, 2, 1]),
        (0.0, 200, [2, 1]),
        (0.0, 299, [2, 1]),
        (2.5 * DAY, 100, [1]),
        (0.5 * DAY, 1 << 30, []),
        (0.0, 1, []),
    ],
)
def test_old_and_too_many_files_go(tmp_path: Path, max_age_s: float, max_total: int, kept: list[int]) -> None:
    """By age, then the oldest until the rest is small enough; neither the file itself nor a stranger's goes."""
    path = tmp_path / "app.log"
    files = {days: _rotated(path, days * DAY, b"x" * 100) for days in (5, 3, 2, 1)}
    strangers = [path, tmp_path / "app.log.old", tmp_path / "app.log.20200101", tmp_path / "other.log.20200101T000000Z"]
    for stranger in strangers:
        stranger.write_bytes(b"x" * 1000)

    _tidy(path, compression="none", max_age_s=max_age_s, max_total_bytes=max_total)

    assert kept == [days for days, file in files.items() if file.exists()]
    assert all(stranger.exists() for stranger in strangers)


def test_names_sort_by_time_and_are_never_taken_twice(tmp_path: Path) -> None:
    """Not even within one microsecond, nor where the name is taken by a compressed file."""
    path = str(tmp_path / "app.log")
    names = []
    for suffix in ("", ".gz", ".zst"):
        names.append(rotated_name(path, 1_800_000_000.0))
        Path(f"{names[-1]}{suffix}").write_bytes(b"x")
    later = rotated_name(path, 1_800_000_000.5)
    Path(later).write_bytes(b"x")

    assert 3 == len(set(names))
    assert sorted([*names, later]) == [*names, later]
    assert [*names, later] == [file.path.removesuffix(file.suffix) for file in rotated_files(path)]


def _gunzipped(data: bytes | None) -> bytes | None:
    return None if data is None else gzip.decompress(data)
