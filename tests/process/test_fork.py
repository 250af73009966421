"""Forks: each process has threads, connections, counts and an identity of its own, and none hangs."""

from __future__ import annotations

import json

import pytest

from tests.otlp_sink import OtlpSink
from tests.process.programs import Program

INIT = "otel_kit.init('forking', settings={'pipeline.traces_delay': 0.05, 'pipeline.logs_delay': 0.05})\n"


def _ids(otlp: OtlpSink, name: str) -> list[str]:
    return [span.resource["service.instance.id"] for span in otlp.spans(name)]


def test_child_delivers_its_own_and_repeats_nothing(otlp: OtlpSink) -> None:
    """What waits at the fork is the parent's to send; the child's account and metrics start at zero."""
    code = """
    otel_kit.init("forking")
    emit(10, "parent")
    child = os.fork()
    if child == 0:
        before = otel_kit.init().status()
        emit(3, "child")
        otel_kit.init().flush()
        accounts = otel_kit.init().status().as_dict()["signals"]
        print(json.dumps({"before": before.signals["traces"].created, "after": accounts["traces"]}), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    emit(5, "parent")
    """

    end = Program("import json\n" + code.replace("\n    ", "\n"), otlp.endpoint).end()

    assert 0 == end.code, end.stderr
    told = json.loads(end.stdout)
    assert (0, 3, 3) == (told["before"], told["after"]["created"], told["after"]["delivered"])
    assert (15, 3) == (len(otlp.spans("parent")), len(otlp.spans("child")))
    assert (15, 3) == (len(otlp.logs("parent")), len(otlp.logs("child")))
    assert {15, 3} == {point.value for point in otlp.latest("done")}
    parent, child = set(_ids(otlp, "parent")), set(_ids(otlp, "child"))
    assert (1, 1, True) == (len(parent), len(child), parent.isdisjoint(child))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_child_that_just_ends_is_delivered(otlp: OtlpSink, method: str) -> None:
    """It leaves by ``os._exit``: stock loses 300 of 300."""
    code = f"""
if __name__ == "__main__":
    otel_kit.init("forking")
    context = multiprocessing.get_context("{method}")
    from tests.process import forked
    children = [context.Process(target=forked.emit_some, args=(7,)) for _ in range(3)]
    for child in children: child.start()
    for child in children: child.join()
    sys.exit(sum(child.exitcode for child in children))
"""

    end = Program(code, otlp.endpoint).end()

    assert 0 == end.code, end.stderr
    assert 21 == len(otlp.spans("forked")) == len(otlp.logs("forked"))
    # A child that starts after another has ended takes its slot, and with it its id: the start tells the two apart.
    points = otlp.points("forked.done")
    done = {(one.resource["service.instance.id"], one.proto.start_time_unix_nano): one.value for one in points}
    assert [7, 7, 7] == list(done.values())


def test_pool_delivers_what_its_workers_made(otlp: OtlpSink) -> None:
    """A pool ends its workers by SIGTERM: they have inherited the kit's handler."""
    code = """
if __name__ == "__main__":
    otel_kit.init("forking")
    from tests.process import forked
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(forked.emit_some, [5] * 8)
"""

    end = Program(code, otlp.endpoint).end()

    assert 0 == end.code, end.stderr
    assert 40 == len(otlp.spans("forked")) == len(otlp.logs("forked"))


def test_a_child_makes_instruments_though_a_thread_of_its_parent_was_making_one(otlp: OtlpSink) -> None:
    """The thread is held where it has the lock of the meter; in the child it is not there to give it back."""
    code = """
    otel_kit.init("forking")
    meter = metrics.get_meter("app")
    held, go_on = threading.Event(), threading.Event()
    class Slow(str):
        def strip(self, *characters):  # the SDK calls it within the lock
            held.set(); go_on.wait()
            return str(self)
    thread = threading.Thread(target=lambda: meter.create_counter(Slow("slow")), daemon=True)
    thread.start()
    held.wait(10)
    child = os.fork()
    if child == 0:
        metrics.get_meter("app").create_counter("child").add(1)
        otel_kit.init().flush(10.0)
        os._exit(0)
    deadline = time.monotonic() + 20
    pid = 0
    while not pid and time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        threading.Event().wait(0.01)
    go_on.set()
    if not pid: os.kill(child, signal.SIGKILL)
    print("ended" if pid else "hung")
    """

    end = Program(code, otlp.endpoint).end(40)

    assert end.stdout.strip() == "ended", end.stderr
    assert [point.value for point in otlp.points("child")] == [1]


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_forks_while_threads_emit_and_send_never_hang(otlp: OtlpSink, protocol: str) -> None:
    """Thirty children, born in the middle of everything.

    With gRPC, stock dead-locks a third of them; the kit's children leave it alone, and say so.
    """
    code = """
    otel_kit.init("forking", settings={"pipeline.traces_delay": 0.01, "pipeline.logs_delay": 0.01,
                                       "metrics.interval": 0.01, "exit.timeout": 1.0})
    stop = threading.Event()
    def work():
        while not stop.is_set(): emit(1, "thread")
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads: thread.start()
    def has_sent():
        account = otel_kit.init().status().signals["traces"]
        return account.delivered + account.retried
    while not has_sent(): stop.wait(0.01)
    children = []
    for number in range(30):
        child = os.fork()
        if child == 0:
            emit(2, "child")
            otel_kit.init().flush(10.0)
            os._exit(0)
        children.append(child)
    deadline = time.monotonic() + 25
    ended = []
    while len(ended) < 30 and time.monotonic() < deadline:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid: ended.append(os.waitstatus_to_exitcode(status))
        else: stop.wait(0.01)
    for child in set(children) if len(ended) < 30 else ():
        try: os.kill(child, signal.SIGKILL)
        except ProcessLookupError: pass
    stop.set()
    for thread in threads: thread.join()
    marker(f"{len(ended)} {sum(ended)}")
    """
    code = f"PROTOCOL = {protocol!r}\n" + code.replace("\n    ", "\n")

    end = Program(code, otlp.endpoint, {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol}).end(50)

    assert "30 0" == end.stdout.strip(), end.stderr
    if protocol == "grpc":
        assert "use protocol http/protobuf" in end.stderr
    else:
        spans = otlp.spans("child")
        assert 60 == len(spans) == len({span.span_id for span in spans})
        assert 60 == len(otlp.logs("child"))


def test_slots_are_used_again_after_death(otlp: OtlpSink) -> None:
    """Recycled workers go on with the series of those before them: ids are bounded by what lives at once."""
    code = """
    otel_kit.init("recycling")
    for _ in range(6):
        child = os.fork()
        if child == 0:
            emit(1, "child")
            otel_kit.init().flush()
            os._exit(0)
        os.waitpid(child, 0)
    emit(1, "parent")
    """

    end = Program(code.replace("\n    ", "\n"), otlp.endpoint).end()

    assert 0 == end.code, end.stderr
    assert 6 == len(_ids(otlp, "child"))
    assert 1 == len(set(_ids(otlp, "child")))
    assert set(_ids(otlp, "child")).isdisjoint(_ids(otlp, "parent"))


def test_same_program_started_again_has_the_same_id(otlp: OtlpSink) -> None:
    """Over a restart too."""
    for _ in range(2):
        Program("otel_kit.init('restarted')\nemit(1, 'run')", otlp.endpoint).end()

    assert 2 == len(_ids(otlp, "run"))
    assert 1 == len(set(_ids(otlp, "run")))


def test_fork_after_shutdown_is_left_alone(otlp: OtlpSink) -> None:
    """A kit that was shut down has no part in what comes."""
    code = """
    otel_kit.init("forking").shutdown()
    child = os.fork()
    if child == 0:
        emit(1)
        os._exit(threading.active_count() - 1)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))
    """

    end = Program(code.replace("\n    ", "\n"), otlp.endpoint).end()

    assert 0 == end.code, end.stderr
    assert [] == otlp.spans()


def test_subprocess_with_a_preexec_function_is_not_disturbed(otlp: OtlpSink) -> None:
    """It forks, runs Python for a moment, and becomes another program."""
    code = """
    import subprocess
    otel_kit.init("forking")
    emit(1)
    for _ in range(5):
        subprocess.run(["true"], preexec_fn=os.setpgrp, check=True, timeout=10)
    """

    end = Program(code.replace("\n    ", "\n"), otlp.endpoint).end()

    assert 0 == end.code, end.stderr
    assert 1 == len(otlp.spans("work"))
