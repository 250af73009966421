"""One component as a process, with small programs in the place of the real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from threading import Event

import psutil
import pytest

from otel_kit.stack.native.binaries import NotBuilt, build
from otel_kit.stack.native.diagnosis import likely_cause
from otel_kit.stack.native.leftovers import complaint
from otel_kit.stack.native.ports import free_ports
from otel_kit.stack.native.processes import Component, ComponentFailed, Interrupted, Program
from tests.conditions import eventually

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = 200 if self.path == "/ready" else 503
        self.send_response(status); self.end_headers(); self.wfile.write(b"compactor: Starting")
    def log_message(self, *arguments): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"

WAITS = "import signal; print('up', flush=True); signal.pause()"


def component(
    folder: Path, source: str, path: str = "/ready", *, ready_s: float = 20.0, stop_s: float = 20.0, port: int = 0
) -> Component:
    """Return a component that runs a Python program with its port as argument."""
    port = port or free_ports(1)[0]
    return Component(
        Program(
            name="part",
            command=[sys.executable, "-c", source, str(port)],
            environment={},
            folder=folder / "data",
            log=folder / "part.log",
            ready_url=f"http://127.0.0.1:{port}{path}",
            ready_timeout_s=ready_s,
            stop_timeout_s=stop_s,
        )
    )


def test_it_is_ready_when_its_own_url_says_so(tmp_path: Path) -> None:
    """It runs apart from the terminal, ends when it is asked to, and can be started again."""
    part = component(tmp_path, SERVER)
    for _ in range(2):
        part.start()
        part.wait_ready(Event())
        assert part.pid is not None
        assert os.getsid(part.pid) == part.pid
        assert part.rss_bytes > 1_000_000
        assert part.stop()
        assert not part.is_running
    assert part.rss_bytes == 0


def test_one_that_ends_at_once_fails_fast_with_its_last_words(tmp_path: Path) -> None:
    """Not after the time limit; the log's end is in the text, however long and whatever bytes it has."""
    part = component(
        tmp_path,
        "import sys; sys.stdout.buffer.write(b'x' * 100_000 + b'\\xff\\n' + b'noise\\n' * 50); print('bind: address "
        "already in use'); sys.exit(3)",
        ready_s=3600,
    )
    part.start()

    with pytest.raises(ComponentFailed) as error:
        part.wait_ready(Event())

    text = str(error.value)
    assert text.startswith("part ended with status 3 before it was ready.\n  likely cause: a port is taken")
    assert text.endswith("    bind: address already in use")
    assert len(text) < 2_000


def test_one_that_is_never_ready_says_what_its_url_answers(tmp_path: Path) -> None:
    """That is where it says what it waits for."""
    part = component(tmp_path, SERVER, "/starting", ready_s=1.0)
    part.start()
    try:
        with pytest.raises(
            ComponentFailed, match=r"part is not ready after 1 s: .*/starting answers 503 compactor: St"
        ):
            part.wait_ready(Event())
    finally:
        part.kill()


def test_waiting_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """A start can be interrupted."""
    part, stop = component(tmp_path, DEAF, ready_s=3600), Event()
    part.start()
    stop.set()
    try:
        with pytest.raises(Interrupted):
            part.wait_ready(stop)
    finally:
        part.kill()


def test_one_that_does_not_end_is_killed_and_reported(tmp_path: Path) -> None:
    """After its own time, not for ever."""
    part = component(tmp_path, DEAF, stop_s=0.2)
    part.start()
    eventually(lambda: "deaf" in part.last_lines(), "it ignores the signal")

    assert part.stop() is False
    assert not part.is_running


def test_it_is_asked_once(tmp_path: Path) -> None:
    """Loki and Tempo write what they hold after the first signal, and are killed by a second."""
    slow = (
        "import signal, time\n"
        "def end(*_):\n"
        "    signal.signal(signal.SIGTERM, signal.SIG_DFL); print('asked', flush=True); time.sleep(0.3)\n"
        "    print('written', flush=True); raise SystemExit\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True)\n"
        "while True: signal.pause()"
    )
    part = component(tmp_path, slow)
    part.start()
    eventually(part.last_lines, "it runs")

    part.ask_to_stop()
    eventually(lambda: "asked" in part.last_lines(), "it writes")
    part.ask_to_stop()

    assert part.stop()
    assert part.last_lines() == ["up", "asked", "written"]


def test_what_it_printed_before_is_kept_once(tmp_path: Path) -> None:
    """The log of the run before says why there was another start."""
    for word in ("first", "second", "third"):
        part = component(tmp_path, f"print({word!r})")
        part.start()
        with pytest.raises(ComponentFailed):
            part.wait_ready(Event())

    assert (tmp_path / "part.log").read_text() == "third\n"
    assert (tmp_path / "part.log.1").read_text() == "second\n"


STARTER = """
import os, signal, sys
from pathlib import Path
from otel_kit.stack.native.processes import Component, Program
folder = Path(sys.argv[1])
for name, code, number in (("ends", sys.argv[2], signal.SIGTERM), ("deaf", sys.argv[3], signal.SIGKILL)):
    part = Component(Program(
        name, [sys.executable, "-c", code], {}, folder, folder / f"{name}.log", "http://127.0.0.1:9/", 1.0, 1.0, number,
    ))
    part.start()
    while not part.last_lines():
        part.check_alive()
    print(part.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only its kernel tells a process that its parent has ended")
def test_what_a_killed_command_started_ends_too(tmp_path: Path) -> None:
    """By itself where that is known to work, else at once: nobody is left who could stop it."""
    done = subprocess.run(
        [sys.executable, "-c", STARTER, str(tmp_path), WAITS, DEAF], capture_output=True, text=True, check=False
    )

    pids = [int(line) for line in done.stdout.split()]
    assert (done.returncode, len(pids)) == (-signal.SIGKILL, 2), done.stderr
    eventually(lambda: all(is_gone(pid) for pid in pids), "both have ended")


def test_a_component_of_another_thread_outlives_it(tmp_path: Path) -> None:
    """The kernel would take the thread's end for the process'."""
    part = component(tmp_path, WAITS)

    def start() -> None:
        part.start()
        eventually(part.last_lines, "it runs")

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    try:
        with pytest.raises(psutil.TimeoutExpired):
            psutil.Process(part.pid).wait(0.5)
    finally:
        part.kill()


def is_gone(pid: int) -> bool:
    """Whether there is no such process, or only what its parent has not fetched."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_what_is_left_is_named_with_the_command_that_ends_it(tmp_path: Path) -> None:
    """Tempo does not end when it is asked to."""
    (tmp_path / "tempo").symlink_to(sys.executable)
    state = tmp_path / "state"
    parts = {
        name: subprocess.Popen(
            [program, "-I", "-S", "-c", WAITS],
            env={"STACK_LOKI_DATA": str(state / "data/loki")},
            stdout=subprocess.PIPE,
        )
        for name, program in (("loki", sys.executable), ("tempo", str(tmp_path / "tempo")))
    }
    try:
        for part in parts.values():
            assert part.stdout is not None
            assert part.stdout.readline() == b"up\n"
        said = complaint(state)
    finally:
        for part in parts.values():
            with part:
                part.kill()

    loki, tempo = parts["loki"].pid, parts["tempo"].pid
    ids = " ".join(str(pid) for pid in sorted((loki, tempo)))
    assert said.endswith(f"if its command was killed, end what it left: kill {ids}; sleep 8; kill -9 {tempo}")


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    """In one piece."""
    program = component(tmp_path, "").program
    part = Component(
        Program(
            "part", ["/none/such"], {}, program.folder, program.log, program.ready_url, 1.0, 1.0,
        )
    )  # fmt: skip

    with pytest.raises(ComponentFailed, match=r"part cannot be run: .*No such file"):
        part.start()


@pytest.mark.parametrize(
    ("line", "status", "cause"),
    [
        ("listen tcp 127.0.0.1:3100: bind: address already in use", 1, "port 3100 is taken by another process"),
        ("error initialising server: listen tcp4 :9090: bind: address already in use", 1, "port 9090 is taken"),
        ("failed parsing config: /x/loki.yaml: yaml: unmarshal errors:", 1, "its configuration is refused"),
        ("Error: failed to get config: cannot unmarshal the configuration", 1, "its configuration is refused"),
        ("Error: invalid configuration: service::pipelines", 1, "its configuration is refused"),
        ('level=ERROR msg="Error loading config (--config.file=x)"', 2, "its configuration is refused"),
        ("write /data/wal: no space left on device", 1, "the disk is full"),
        ("open /data: permission denied", 1, "must not be used by this user"),
        ("accept4: too many open files", 1, "ulimit -n"),
        (
            "opening storage failed: lock DB directory: resource temporarily unavailable",
            1,
            "another process holds its data",
        ),
        ("nothing of interest", -9, "it was killed; by the system, if memory ran out"),
        ("nothing of interest", 1, ""),
    ],
)
def test_last_words_are_understood(line: str, status: int, cause: str) -> None:
    """As the real programs say it."""
    found = likely_cause(["noise", line, "more noise"], status)

    assert cause in found
    assert bool(cause) == bool(found)


def scripts(folder: Path, source: str) -> Path:
    """Return files of a stack whose build scripts are this program."""
    for name in ("collector/build.py", "backends/build_natively.py"):
        (folder / name).parent.mkdir()
        (folder / name).write_text(source)
    return folder


def test_built_programs_are_found_by_their_scripts(tmp_path: Path) -> None:
    """The last line of standard output is the path; what a build says on the way is passed on."""
    said: list[str] = []
    files = scripts(tmp_path, "import sys; print('compiling', file=sys.stderr); print('/cache/' + sys.argv[-1][-4:])")

    found = build(("collector", "loki"), files, {}, said.append, Event())

    assert found == {"collector": Path("/cache/d.py"), "loki": Path("/cache/loki")}
    assert said == ["compiling", "compiling"]


@pytest.mark.parametrize(
    ("status", "said"),
    [(3, "collector has to be built, and there is no Go for it:\n  because of x\nInstall Go"),
     (1, "the build of collector ended with status 1:\n  because of x")],
)  # fmt: skip
def test_a_failed_build_says_why(tmp_path: Path, status: int, said: str) -> None:
    """What to do without Go; else the end of what the build said."""
    files = scripts(tmp_path, f"import sys; print('because of x', file=sys.stderr); sys.exit({status})")

    with pytest.raises(NotBuilt) as error:
        build(("collector",), files, {}, lambda _line: None, Event())

    assert str(error.value).startswith(said)


def test_an_interrupted_build_leaves_no_process(tmp_path: Path) -> None:
    """Neither the script nor what it started: compilers run for minutes."""
    source = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        "print(child.pid, file=sys.stderr, flush=True)\n"
        "child.wait()\n"
    )
    stop, pids = Event(), list[int]()

    def hear(line: str) -> None:
        pids.append(int(line))
        stop.set()

    with pytest.raises(Interrupted):
        build(("collector",), scripts(tmp_path, source), {}, hear, stop)

    eventually(lambda: is_gone(pids[0]), "it is gone")
