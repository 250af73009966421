"""Log files over several processes: shared, rotated under them, killed, forked, ended; every line is there once."""

from __future__ import annotations

import gzip
import json
import os
import signal
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conditions import eventually
from tests.otlp_sink import OtlpSink
from tests.process.programs import Program
from tests.process.test_servers import SERVERS, Server

NOWHERE = "http://127.0.0.1:9"
# Everything is written to the file only; ``write`` logs numbered lines.
START = """
def start(**settings):
    return otel_kit.init("files", settings={
        "logs.exporter": "none", "traces.exporter": "none", "metrics.exporter": "none",
        **{"logs.file." + key: value for key, value in settings.items()},
    })

def write(name, count, size=200):
    log = logging.getLogger("app")
    for number in range(count):
        log.info("line", extra={"writer": name, "number": number, "padding": "x" * size})
"""


def _program(code: str, path: Path, name: str = "") -> Program:
    return Program(f"path, name = {str(path)!r}, {name!r}\n{START}\n{textwrap.dedent(code)}", NOWHERE)


def _texts(path: Path) -> list[str]:
    """Return the text of the file and of all rotated ones, which sort by time."""
    rotated = sorted(path.parent.glob(f"{path.name}.*Z*"))
    # What a killed process was compressing is there as it was; the next process finishes it.
    rotated = [one for one in rotated if one.suffix != ".part" and one.with_suffix("") not in rotated]
    texts = [gzip.decompress(one.read_bytes()) if one.suffix == ".gz" else one.read_bytes() for one in rotated]
    return [text.decode("utf-8") for text in (*texts, path.read_bytes() if path.exists() else b"")]


def _lines(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Return all lines, and those that are torn."""
    whole, torn = [], []
    for line in "".join(_texts(path)).splitlines():
        try:
            whole.append(json.loads(line))
        except ValueError:
            torn.append(line)
    return whole, torn


def _numbers(lines: list[dict[str, Any]], name: str) -> list[int]:
    return [line["attributes"]["number"] for line in lines if line["attributes"]["writer"] == name]


def test_four_processes_share_a_file_that_is_rotated_under_them(tmp_path: Path) -> None:
    """Some thirty rotations, compressed on the way: nothing is lost, torn, doubled or out of order."""
    path = tmp_path / "logs" / "app.log"
    code = """
    kit = start(path=path, max_size="64KiB", max_total_size="1GiB")
    write(name, 1500)
    assert kit.flush(30)
    assert kit.status().sinks["file"].written == 1500, kit.status().sinks
    """
    programs = [_program(code, path, name) for name in "abcd"]
    for program in programs:
        end = program.end(60)
        assert 0 == end.code, end.stderr

    lines, torn = _lines(path)

    assert [] == torn
    assert [] == list(path.parent.glob("*.part"))
    assert {name: list(range(1500)) for name in "abcd"} == {name: _numbers(lines, name) for name in "abcd"}
    rotated = list(path.parent.glob("app.log.*"))
    assert len(rotated) > 15
    assert [one for one in rotated if one.suffix == ".gz"]
    assert all(len(text) <= 64 << 10 for text in _texts(path))
    assert {0o600} == {one.stat().st_mode & 0o777 for one in (path, *rotated)}
    assert 0o700 == path.parent.stat().st_mode & 0o777


def test_four_writers_in_a_hurry_lose_no_line(tmp_path: Path) -> None:
    """The sink alone, a lock and a look for each line, a rotation for each ten: whoever comes late must notice it."""
    path = tmp_path / "app.log"
    code = """
    from otel_kit.logs.sinks.files.sink import FileSink
    from otel_kit.settings.log_options import LogFile
    from tests.unit.logs.sinks.records import record
    sink = FileSink(path, LogFile(max_bytes=2048, min_free_bytes=1))
    first = record("line", {"writer": name, "number": 0})
    marker()
    while not os.path.exists(path + ".go"): time.sleep(0.001)
    for number in range(400):
        first.log_record.attributes = {"writer": name, "number": number}
        outcome = sink.write([first])
        assert outcome.written == 1, outcome
        sink.idle()
    assert sink.status().last_error == "", sink.status()
    """
    programs = [_program(code, path, name) for name in "abcd"]
    for program in programs:
        program.wait_for_marker()
    Path(f"{path}.go").touch()
    for program in programs:
        end = program.end(60)
        assert 0 == end.code, end.stderr

    lines, torn = _lines(path)

    assert [] == torn
    assert {name: list(range(400)) for name in "abcd"} == {name: _numbers(lines, name) for name in "abcd"}


def test_killed_in_mid_write_costs_the_others_nothing(tmp_path: Path) -> None:
    """SIGKILL while four write megabytes: at most one line is torn, and it is a line of its own."""
    path = tmp_path / "app.log"
    code = """
    kit = start(path=path, max_size="256KiB")
    write(name, 100, 20_000)
    marker()
    write(name, 200, 20_000)
    kit.flush(30)
    """
    endless = code.replace("write(name, 200, 20_000)", "while True: write('more', 100, 20_000); kit.flush(30)")
    killed = _program(endless, path, "killed")
    programs = [_program(code, path, name) for name in "abc"]
    killed.wait_for_marker().send(signal.SIGKILL)
    assert -signal.SIGKILL == killed.end().code
    for program in programs:
        end = program.end(60)
        assert 0 == end.code, end.stderr

    lines, torn = _lines(path)

    assert len(torn) <= 1
    for name in "abc":
        numbers = _numbers(lines, name)
        assert [*range(100), *range(200)] == numbers
    before = _numbers(lines, "killed")
    assert list(range(len(before))) == before


def test_forked_children_write_the_same_file(tmp_path: Path) -> None:
    """What waits at the fork is the parent's to write; children open the file anew and end delivered."""
    path = tmp_path / "app.log"
    code = """
    kit = start(path=path, max_size="32KiB")
    write("parent", 500)
    children = []
    for child in range(3):
        pid = os.fork()
        if pid == 0:
            write(f"child {child}", 500)
            kit.flush(10)
            os._exit(0 if kit.status().sinks["file"].written == 500 else 1)
        children.append(pid)
    write("parent after", 500)
    assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
    """
    end = _program(code, path).end()
    assert 0 == end.code, end.stderr

    lines, torn = _lines(path)

    names = ["parent", "parent after", "child 0", "child 1", "child 2"]
    assert [] == torn
    assert Counter(dict.fromkeys(names, 500)) == Counter(line["attributes"]["writer"] for line in lines)
    assert {name: list(range(500)) for name in names} == {name: _numbers(lines, name) for name in names}


@pytest.mark.parametrize("server", ["uvicorn --workers 2", "gunicorn", "gunicorn --preload"])
def test_workers_of_a_server_share_the_file(
    server: str, otlp: OtlpSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set by its variable alone; each request's line once, by whichever worker."""
    path = tmp_path / "app.log"
    monkeypatch.setenv("OTEL_KIT_LOGS_FILE_PATH", str(path))
    monkeypatch.setenv("OTEL_KIT_LOGS_FILE_MAX_SIZE", "4KiB")
    running = Server(SERVERS[server], otlp.endpoint, tmp_path)
    eventually(lambda: running.get("/jobs/1000"), "the server", 30)
    for number in range(60):
        running.get(f"/jobs/{number}")
    output, _ = running.stop(signal.SIGTERM)

    lines, torn = _lines(path)

    assert [] == torn
    messages = [line["message"] for line in lines if line.get("component") == "app" and line["message"] != "work 1000"]
    assert sorted(f"work {number}" for number in range(60)) == sorted(messages), output
    assert len(_texts(path)) > 3


def test_without_fcntl_one_process_writes_and_rotates(tmp_path: Path) -> None:
    """As on Windows: the lock is missing, nothing else."""
    path = tmp_path / "app.log"
    program = Program(
        f"path, name = {str(path)!r}, 'a'\n{START}\nkit = start(path=path, max_size='16KiB')\nwrite(name, 500)",
        NOWHERE,
        before="import sys; sys.modules['fcntl'] = None",
    )
    end = program.end()
    assert 0 == end.code, end.stderr

    lines, torn = _lines(path)

    assert [] == torn
    assert list(range(500)) == _numbers(lines, "a")
    assert len(_texts(path)) > 3


@pytest.mark.parametrize("way", ["end", "exit", "SIGTERM", "late"])
def test_what_waits_is_written_when_the_process_ends(tmp_path: Path, way: str) -> None:
    """Without a flush: by atexit, by sys.exit, by a signal, and what hooks log after the kit's own."""
    path = tmp_path / "app.log"
    ends = {
        "end": "write(name, 2000)",
        "exit": "write(name, 2000); sys.exit(0)",
        "SIGTERM": "write(name, 2000); marker(); time.sleep(30)",
        "late": "write(name, 2000)",
    }
    before = "atexit.register(lambda: logging.getLogger('app').info('last'))" if way == "late" else ""
    program = _program(f"{before}\nstart(path=path)\n{ends[way]}", path, "a")
    if way == "SIGTERM":
        program.wait_for_marker().send(signal.SIGTERM)
    end = program.end()

    assert (-signal.SIGTERM if way == "SIGTERM" else 0) == end.code, end.stderr
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert 2000 == sum(line["message"] == "line" for line in lines)
    assert (way == "late") == any(line["message"] == "last" for line in lines)


def test_full_disk_is_survived_and_counted(tmp_path: Path) -> None:
    """The limit on the size of files stands in for the disk: nothing is raised, whole lines only, it recovers."""
    path = tmp_path / "app.log"
    code = """
    import json, resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    kit = start(path=path)
    write("before", 200)
    assert kit.flush(10)
    full = kit.status().sinks["file"]
    paused = kit.telemetry.rotation_status().paused
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    write("after", 10)
    assert kit.flush(10)
    after = kit.status().sinks["file"]
    print(json.dumps([full.written, full.dropped, full.last_error, paused, after.written, after.dropped,
                      kit.telemetry.rotation_status().paused, dict(kit.status().faults)]))
    """
    end = _program(code, path).end()
    assert 0 == end.code, end.stderr
    full, dropped, error, paused, after, still, paused_after, faults = json.loads(end.stdout)

    lines, torn = _lines(path)
    assert [] == torn
    assert 0 < full < 200
    assert {"disk_full": 200 - full} == dropped == still
    assert (True, False, {}) == (paused, paused_after, faults)
    assert error == "File too large"
    assert after == full + 10 == len(lines)
    assert list(range(10)) == _numbers(lines, "after")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="not run: mounting needs root")
def test_full_file_system_is_survived(tmp_path: Path) -> None:
    """A small tmpfs that somebody else fills and empties again: ENOSPC, then the guard of free space."""
    room = tmp_path / "room"
    room.mkdir()
    if os.system(f"mount -t tmpfs -o size=256k otel-kit-test {room} 2>/dev/null"):
        pytest.skip("not run: no tmpfs can be mounted here")
    try:
        code = f"""
        import pathlib
        kit = start(path=path, min_free="4KiB")
        filler = pathlib.Path({str(room / "filler")!r})
        filler.write_bytes(b"x" * 220_000)
        write("a", 500); kit.flush(10)
        first = kit.status().sinks["file"]
        assert first.dropped and first.written, first
        assert kit.telemetry.rotation_status().paused
        filler.unlink()
        deadline = time.monotonic() + 20
        while kit.telemetry.rotation_status().paused and time.monotonic() < deadline:
            write("again", 1); kit.flush(10)
        last = kit.status().sinks["file"]
        print(last.written, sum(last.dropped.values()), sorted(last.dropped))
        """
        end = _program(code, room / "app.log").end()
        assert 0 == end.code, end.stderr
        lines, torn = _lines(room / "app.log")
        assert [] == torn
        written, *_ = end.stdout.split()
        assert int(written) == len(lines)
        assert _numbers(lines, "again")
    finally:
        eventually(lambda: os.system(f"umount {room}") == 0, "unmounted")
