"""The console of a whole process in a real terminal, and in a pipe: each record is shown once, by one of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping

import pytest

from tests.subprocesses import child_environ

START = """
import logging, sys
import otel_kit
settings = {"logs.exporter": "none", "traces.exporter": "none", "metrics.exporter": "none"}
"""
SECRET, MASKED = "ada@example.com", "a***@example.com"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def _in_terminal(code: str, env: Mapping[str, str] | None = None) -> str:
    """Run a script whose standard error is a terminal; returns what it shows."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", START + textwrap.dedent(code)],
        env=child_environ({"TERM": "xterm", **(env or {})}),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 1 << 16):
            shown += data
    except OSError:  # what Linux says when the last process has closed the terminal
        pass
    os.close(ours)
    assert 0 == process.wait(30), shown
    return shown.decode().replace("\r\n", "\n")


def test_terminal_shows_what_nobody_else_prints() -> None:
    """Without handlers: in colours, redacted, once - logging's last resort leaves it to the kit's console."""
    shown = _in_terminal(
        f"""
        otel_kit.init("shop", settings=settings)
        logging.getLogger("orders").info("info for {SECRET}")
        logging.getLogger("orders").warning("warning for {SECRET}")
        """
    )
    assert "\x1b[33mWARNING" in shown
    assert SECRET not in shown
    plain = COLOUR.sub("", shown)
    assert 1 == plain.count(f"info for {MASKED}")
    assert 1 == plain.count(f"warning for {MASKED}")
    assert re.search(rf"^\d\d:\d\d:\d\d\.\d{{3}}  INFO      orders  info for {re.escape(MASKED)}$", plain, re.MULTILINE)


@pytest.mark.parametrize(
    "configure",
    ["logging.basicConfig(level='INFO', format='app: %(message)s')",
     "logging.getLogger('orders').addHandler(h := logging.StreamHandler()); "
     "h.setFormatter(logging.Formatter('app: %(message)s')); logging.getLogger('orders').setLevel('INFO')"],
)  # fmt: skip
def test_terminal_leaves_to_the_application_what_it_prints(configure: str) -> None:
    """Handlers of the application's own, set up before or after the kit."""
    for before, after in ((configure, ""), ("", configure)):
        shown = _in_terminal(
            f"""
            {before}
            otel_kit.init("shop", settings=settings)
            {after}
            logging.getLogger("orders").info("info for {SECRET}")
            logging.getLogger("orders").warning("warning for {SECRET}")
            """
        )
        lines = COLOUR.sub("", shown).splitlines()
        assert [f"app: info for {MASKED}", f"app: warning for {MASKED}"] == [line for line in lines if "for" in line]


def test_pipe_gets_json_lines_when_asked_for() -> None:
    """As in a container: valid lines on standard output only, to the last one at exit."""
    code = f"""
    otel_kit.init("shop", settings={{**settings, "logs.console": "on", "logs.console_stream": "stdout"}})
    for number in range(500): logging.getLogger("orders").info("%d for {SECRET}", number)
    """
    done = subprocess.run(
        [sys.executable, "-c", START + textwrap.dedent(code)],
        env=child_environ(), capture_output=True, text=True, timeout=40, check=True,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [f"{number} for {MASKED}" for number in range(500)] == [
        line["message"] for line in lines if line["component"] == "orders"
    ]
    assert "" == done.stderr


def test_reader_that_has_gone_ends_nothing() -> None:
    """A broken pipe is counted; the exit status is the program's own."""
    code = """
    kit = otel_kit.init("shop", settings={**settings, "logs.console": "on"})
    sys.stdin.readline()
    for number in range(100): logging.getLogger("orders").info("x" * 1000)
    kit.flush()
    account = kit.status().sinks["console"]
    print(account.written, account.dropped.get("closed", 0) > 0, account.waiting, kit.status().faults)
    """
    with subprocess.Popen(
        [sys.executable, "-c", START + textwrap.dedent(code)],
        env=child_environ(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        process.stderr.close()
        out, _ = process.communicate("go\n", timeout=40)
    assert (0, "True 0 {}") == (process.returncode, out.strip().partition(" ")[2])
