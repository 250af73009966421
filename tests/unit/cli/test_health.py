"""``otel-kit health``: one table over several services, statuses for scripts, and a terminal that nothing can break."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from otel_kit.cli import main
from otel_kit.cli.health.asking import ask_all, health_url
from tests.conditions import eventually
from tests.servers import free_port
from tests.subprocesses import child_environ
from tests.unit.healthchecks.stand_in import Canned, StandIn

KEY = "k3y-never-shown"
LONG_S = 20.0


@pytest.fixture
def services() -> Iterator[list[StandIn]]:
    """Three services."""
    servers = [StandIn() for _ in range(3)]
    yield servers
    for server in servers:
        server.stop()


def document(status: str, **more: Any) -> dict[str, Any]:
    """Return what the kit's ``/health`` answers."""
    found = {"status": status, "service": "orders", "version": "1.2.3", "response_time_ms": 1.0}
    return {**found, "dependencies": {"db": {"status": "healthy"}}, **more}


def lines(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """Return the printed rows, by column, without the head."""
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["service", "status", "version", "time", "failing", "url"]
    return [re.split(r"\s{2,}", row) for row in rows]


def test_one_row_a_service_and_the_worst_decides(services: list[StandIn], capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the arguments."""
    services[0].answer = Canned(200, document("healthy"))
    services[1].answer = Canned(
        200, document("degraded", service="mail", dependencies={"smtp": {"status": "unhealthy"}, "db": "degraded"})
    )
    urls = [f"127.0.0.1:{services[0].port}", f"{services[1].url}/internal/health?x=1", f"127.0.0.1:{free_port()}"]

    assert main(["health", urls[0]]) == 0
    assert [row[:3] for row in lines(capsys)] == [["orders", "healthy", "1.2.3"]]
    assert main(["health", *urls[:2]]) == 1
    assert [row[0] for row in lines(capsys)] == ["orders", "mail"]
    assert main(["health", *urls]) == 2
    rows = lines(capsys)
    assert rows[1][4] == "smtp unhealthy, db degraded"
    assert rows[2][:5] == ["-", "unreachable", "-", "-", "connection refused"]
    assert [asked.path for asked in services[1].asked] == ["/internal/health?x=1"] * 2


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("shop", "http://shop/health"),
        ("shop:8000", "http://shop:8000/health"),
        ("https://shop.example/", "https://shop.example/health"),
        ("https://shop.example/readyz", "https://shop.example/readyz"),
        ("http://[::1]:8000", "http://[::1]:8000/health"),
    ],
)
def test_addresses(text: str, url: str) -> None:
    """A bare address gets the usual path, a URL with a path stays as it is."""
    assert health_url(text) == url


@pytest.mark.parametrize("text", ["", "ftp://shop/", "http://", "shop:port", "http://[::1"])
def test_what_is_no_address(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Said before anything is asked."""
    with pytest.raises(SystemExit) as ended:
        main(["health", text])
    assert ended.value.code == 2
    assert "is no address" in capsys.readouterr().err


HOSTILE: dict[str, tuple[Canned, str, str]] = {
    "no json": (Canned(200, b"<html>"), "unreachable", "the answer is no health report"),
    "a list": (Canned(200, []), "unreachable", "the answer is no health report"),
    "nested": (Canned(200, b"[" * 200_000), "unreachable", "the answer is no health report"),
    "a number": (Canned(200, b'{"status":' + b"9" * 100_000 + b"}"), "unreachable", "the answer is no health report"),
    "huge": (Canned(200, b" " * 5_000_000), "unreachable", "the answer is no health report"),
    "a status of another type": (Canned(200, {"status": {"x": 1}}), "unreachable", "the answer is no health report"),
    "a status that is none": (Canned(200, {"status": "fine"}), "unreachable", "the answer is no health report"),
    "not found": (Canned(404, b"x"), "unreachable", "HTTP 404"),
    "a login": (Canned(401, {"status": "healthy"}), "unreachable", "a login is asked for (401)"),
    "elsewhere": (Canned(302, headers={"location": "http://127.0.0.1:1/"}), "unreachable", "HTTP 302"),
    "a lie": (Canned(503, {"status": "healthy"}), "unhealthy", ""),
    "types": (Canned(200, document("healthy", service=7, version=["x"], dependencies=[1])), "healthy", ""),
    "no dependency": (Canned(200, document("degraded", dependencies={"db": None, "x": 7})), "degraded", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_answers_that_are_none(services: list[StandIn], name: str) -> None:
    """Each is a status and a reason, none an exception."""
    services[0].answer, status, problem = HOSTILE[name]
    (found,) = ask_all([f"{services[0].url}/health"], None, LONG_S)
    assert (found.status, found.problem) == (status, problem)


def test_nothing_that_is_answered_reaches_the_terminal_as_it_is(
    services: list[StandIn], capsys: pytest.CaptureFixture[str]
) -> None:
    """No control characters, no line of its own, no length without end, no personal data."""
    evil = "\x1b[2J\x1b]0;owned\x07\r\nfake  healthy\u202e\x9b31m\x00"
    services[0].answer = Canned(
        200,
        document(
            "degraded",
            service=evil + "x" * 10_000,
            version=evil,
            dependencies={
                evil: {"status": evil, "reason": evil},
                "mail": {"status": "unhealthy", "reason": "refused for anna@example.com"},
                **{f"d{number}": {"status": "unhealthy"} for number in range(5000)},
            },
        ),
    )

    assert main(["health", services[0].url]) == 1

    out = capsys.readouterr().out
    assert out.count("\n") == 2
    assert all(character == "\n" or character.isprintable() for character in out)
    assert "anna@example.com" not in out
    assert "a***@example.com" in out
    assert len(out) < 10_000
    assert "more" in out


def test_the_key_is_sent_and_shown_nowhere(
    services: list[StandIn], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a file or the setting; a refusal is said in words."""
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    services[0].answer = Canned(401, {"error": KEY})

    assert main(["health", services[0].url, "--key-file", str(file)]) == 2
    monkeypatch.setenv("OTEL_KIT_HEALTH_KEY", KEY)
    assert main(["health", f"http://u:{KEY}@127.0.0.1:{services[0].port}/health?k={KEY}"]) == 2
    monkeypatch.delenv("OTEL_KIT_HEALTH_KEY")
    assert main(["health", services[0].url]) == 2

    out = capsys.readouterr().out
    assert (out.count("the key is refused (401)"), out.count("a login is asked for (401)")) == (2, 1)
    assert KEY not in out
    sent = [asked.headers.get("authorization") for asked in services[0].asked]
    assert sent == [f"Bearer {KEY}", f"Bearer {KEY}", None]


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_file_that_is_no_key(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes | None) -> None:
    """One line, and nothing is asked."""
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    assert main(["health", "127.0.0.1:1", "--key-file", str(file)]) == 2
    assert "otel-kit health:" in capsys.readouterr().err


def test_json(services: list[StandIn], capsys: pytest.CaptureFixture[str]) -> None:
    """For scripts: a list with every field."""
    services[0].answer = Canned(200, document("healthy"))
    main(["health", services[0].url, f"127.0.0.1:{free_port()}", "--json"])

    first, second = json.loads(capsys.readouterr().out)

    assert first.pop("response_time_ms") > 0
    assert first == {
        "url": f"{services[0].url}/health", "status": "healthy", "service": "orders", "version": "1.2.3",
        "failing": [], "problem": None,
    }  # fmt: skip
    assert (second["status"], second["response_time_ms"]) == ("unreachable", None)


def test_services_are_asked_at_once(services: list[StandIn]) -> None:
    """Each answers only when all were asked; one that hangs is said to, and holds up no other."""
    together = threading.Barrier(3)
    for server in services:
        server.answer = Canned(200, document("healthy"), wait=lambda: together.wait(LONG_S))
    urls = [f"{server.url}/health" for server in services]
    assert [service.status for service in ask_all(urls, None, LONG_S)] == ["healthy"] * 3

    services[0].answer = services[1].answer = Canned(hang=True)
    services[2].answer = Canned(200, document("healthy"))
    found = ask_all(urls, None, 0.5)
    assert [service.status for service in found] == ["unreachable", "unreachable", "healthy"]
    assert found[0].problem == "no answer in time"


# --- watch ---


# A background job's children inherit that it ignores SIGINT.
INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from otel_kit.cli import main
sys.exit(main(["health", "--watch", "--interval", "50ms", *sys.argv[1:]]))
"""


def watch(*arguments: str, stdout: int) -> subprocess.Popen[bytes]:
    """Start the command."""
    return subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *arguments],
        env=child_environ({"COLUMNS": "60", "LINES": "20"}), stdout=stdout, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_watch_appends_lines_and_ends_by_ctrl_c(services: list[StandIn], tmp_path: Path) -> None:
    """Into a file or a pipe; the status is the last round's, and there is no traceback."""
    services[0].answer = Canned(200, document("healthy"))
    file = tmp_path / "out.txt"
    with file.open("wb") as out:
        process = watch(services[0].url, stdout=out.fileno())
        eventually(lambda: b" healthy " in file.read_bytes(), "the first round", 20)
        services[0].answer = Canned(200, document("degraded"))
        eventually(lambda: b" degraded " in file.read_bytes(), "a later round", 20)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)

    assert (process.returncode, errors) == (1, b"")
    assert b"\x1b" not in file.read_bytes()


def test_watch_redraws_in_a_terminal(services: list[StandIn]) -> None:
    """Each round takes the place of the one before: as many lines up as there were, none wider than the terminal."""
    services[0].answer = Canned(200, document("healthy", service="a-service-with-a-name-that-is-quite-long"))
    ours, theirs = pty.openpty()
    process = watch(services[0].url, services[0].url, stdout=theirs)
    seen = b""
    while seen.count(b"\x1b[4A\r\x1b[J") < 2:
        seen += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    os.close(theirs)
    _, errors = process.communicate(timeout=20)
    os.close(ours)

    assert (process.returncode, errors) == (0, b"")
    first = seen.split(b"\x1b[J")[1].split(b"\x1b[4A")[0].decode()
    assert [len(line) < 60 for line in first.splitlines()] == [True] * 4
    assert "Ctrl-C ends it" in first
