"""Settings that change while the application runs: by file, by environment, by call; all or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import otel_kit
from otel_kit.kit import Kit
from tests.conditions import eventually
from tests.otlp_sink import OtlpSink


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file."""
    path = tmp_path / "otel-kit.yaml"
    path.write_text("logs: { level: info, levels: { shop: debug } }\nservice: { name: orders }\n")
    return path


@pytest.fixture
def kit(file: Path, otlp: OtlpSink) -> Iterator[Kit]:
    """A kit that runs by the file."""
    running = otel_kit.init(config=file, endpoint=otlp.endpoint, settings={"redaction.watch": "20ms"})
    yield running
    running.shutdown()


def test_an_edited_file_is_followed(kit: Kit, file: Path) -> None:
    """Without a call; the settings in force are replaced as a whole."""
    before = kit.settings

    file.write_text("logs: { level: warning, levels: { shop: error } }\nservice: { name: orders }\n")

    eventually(lambda: kit.settings.log_level == "warning", "the file to be read again", 10)
    assert kit.settings.logs.levels == {"shop": "error"}
    assert before.log_level == "info"


def test_a_call_goes_before_the_file_and_stays(kit: Kit, file: Path) -> None:
    """What a call has set is not undone by the file."""
    result = kit.reload({"logs.levels": {"db": "debug"}})

    assert (result.changed, result.settings, result.faults) == (True, ("logs.levels",), ())
    file.write_text("logs: { level: error, levels: { shop: error } }\nservice: { name: orders }\n")
    eventually(lambda: kit.settings.log_level == "error", "the file to be read again", 10)
    assert kit.settings.logs.levels == {"db": "debug"}


def test_a_faulty_file_changes_nothing_and_says_so_once(kit: Kit, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the faulty key nor the good one beside it."""
    file.write_text("logs: { level: loud, levels: { shop: error } }\n")

    result = kit.reload()

    assert [str(fault) for fault in result.faults if "loud" in str(fault)]
    assert kit.settings.logs.levels == {"shop": "debug"}
    assert f"{file}:1" in str(result.faults[0])


def test_what_needs_a_restart_is_named_and_stays(kit: Kit, file: Path) -> None:
    """The other changes of the same file are in force."""
    file.write_text("logs: { level: error }\nservice: { name: payments }\n")

    result = kit.reload()

    assert "logs.level" in result.settings
    assert "service.name" not in result.settings
    assert kit.settings.service_name == "orders"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"service.name": "other"}, "cannot change while the kit runs"),
        ({"logs.level": "loud"}, "one of debug"),
        ({"logs.levle": "info"}, "reload(logs.levle=...) is unknown; did you mean logs.level? `otel-kit"),
        ("nope", "reload(...) was given a str; settings by key"),
    ],
)
def test_a_call_that_cannot_be_followed_says_why(kit: Kit, given: dict[str, str], said: str) -> None:
    """And raises nothing."""
    result = kit.reload(given)

    assert said in " ".join(str(fault) for fault in result.faults)
    assert (kit.settings.log_level, kit.settings.service_name) == ("info", "orders")


def test_each_change_is_an_event_of_the_audit_tier(kit: Kit, file: Path, otlp: OtlpSink, tmp_path: Path) -> None:
    """Who changed what, by call and by file; values are not told."""
    kit.reload({"logs.levels": {"db": "debug"}})
    file.write_text("logs: { level: error }\nservice: { name: orders }\n")
    eventually(lambda: kit.settings.log_level == "error", "the file to be read again", 10)
    kit.flush()

    events = [record for record in otlp.logs() if record.event_name == "otel_kit.configuration.change"]
    told = {
        (event.attributes["otel_kit.configuration.by"], *event.attributes["otel_kit.configuration.keys"])
        for event in events
    }
    assert told == {("call", "logs.levels"), ("file", "logs.level")}
    assert {event.attributes["retention.tier"] for event in events} == {"audit"}


def test_a_changed_policy_is_an_event(otlp: OtlpSink, tmp_path: Path) -> None:
    """As a changed setting is."""
    policy = tmp_path / "redaction.yaml"
    policy.write_text("version: 1\n")
    kit = otel_kit.init("orders", endpoint=otlp.endpoint, settings={"redaction.policy": str(policy)})
    try:
        policy.write_text("version: 1\nrules: { phone: { enabled: false } }\n")
        assert kit.reload().changed
        kit.flush()
    finally:
        kit.shutdown()

    events = [record for record in otlp.logs() if record.event_name == "otel_kit.configuration.change"]
    assert [list(event.attributes["otel_kit.configuration.keys"]) for event in events] == [["redaction.policy"]]


def test_after_shutdown_a_reload_does_nothing(kit: Kit) -> None:
    """As everything else."""
    kit.shutdown()

    assert kit.reload({"logs.level": "error"}).settings == ()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="not run: fork, because this platform has none")
def test_a_forked_child_follows_the_file_too(kit: Kit, file: Path) -> None:
    """The watch has a thread of its own there."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            file.write_text("logs: { level: error }\nservice: { name: orders }\n")
            eventually(lambda: kit.settings.log_level == "error", "the file to be read again", 10)
            os.write(write, kit.settings.log_level.encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        assert pipe.read() == "error"
    os.waitpid(child, 0)
