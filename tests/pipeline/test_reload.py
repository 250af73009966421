"""Reloading the policy while the application runs: all surfaces at once, and a bad file changes nothing."""

from __future__ import annotations

import io
import logging
import os
import threading
from pathlib import Path

import pytest
from opentelemetry import baggage, metrics, propagate, trace

import otel_kit
from otel_kit import semconv
from otel_kit.kit import Kit
from otel_kit.reload import Reload
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink

NUMBER = "KD-12345678"
KEY = "0123456789abcdef0123456789abcdef"


def policy(rule: str, *, mode: str = "enforce", pattern: str = "KD-[0-9]{8}") -> str:
    """Return a policy that masks customers' numbers by a rule of that name: the mask tells which policy it was."""
    return f"version: 1\nrules:\n  {rule}:\n    pattern: '{pattern}'\n    mode: {mode}\n"


def write(file: Path, text: str) -> None:
    """Put a whole new file in the place of another, as editors and deployments do."""
    new = file.with_suffix(".new")
    new.write_text(text)
    os.replace(new, file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A policy file with the rule ``first``."""
    file = tmp_path / "policy.yaml"
    file.write_text(policy("first"))
    return file


def start(kit: StartKit, file: Path, watch: str = "0", **settings: object) -> Kit:
    """Start a kit with that policy file; nothing is watched unless asked for."""
    return kit(settings={"redaction.policy": str(file), "redaction.watch": watch, **settings})


def test_reload_reaches_every_surface(kit: StartKit, otlp: OtlpSink, logging_state: None, file: Path) -> None:
    """Spans, logs, metrics, other people's handlers, baggage and ``redact`` go on with the new policy, marked as it."""
    stream = io.StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(stream))
    running = start(kit, file, **{"baggage.allow": "customer"})
    counter = metrics.get_meter("app").create_counter("orders")

    def emit() -> None:
        with trace.get_tracer("app").start_as_current_span(f"order {NUMBER}"):
            logging.getLogger("app").warning("for %s", NUMBER)
        counter.add(1, {"customer": NUMBER})
        assert running.flush()

    emit()
    write(file, policy("second"))
    result = running.reload()
    emit()

    ids = [result.before, result.after]
    assert (result.changed, result.faults) == (True, ())
    assert ids[0] != ids[1] == running.status().policy == running.status().redaction.policy
    wanted = [f"[REDACTED:{rule}]" for rule in ("first", "second")]
    assert [(span.name, span.resource[semconv.REDACTION_POLICY]) for span in otlp.spans()] == [
        (f"order {mask}", policy_id) for mask, policy_id in zip(wanted, ids, strict=True)
    ]
    logs = [log for log in otlp.logs() if "for [" in str(log.body)]
    assert [log.body for log in logs] == [f"for {mask}" for mask in wanted]
    assert [log.resource[semconv.REDACTION_POLICY] for log in logs] == ids
    points = {
        (point.attributes["customer"], point.resource[semconv.REDACTION_POLICY]) for point in otlp.points("orders")
    }
    assert points == set(zip(wanted, ids, strict=True))
    assert [line for line in stream.getvalue().splitlines() if line.startswith("for ")] == [
        f"for {mask}" for mask in wanted
    ]
    assert otel_kit.redact(NUMBER) == wanted[1]
    carrier: dict[str, str] = {}
    propagate.inject(carrier, baggage.set_baggage("customer", NUMBER))
    assert "second" in carrier["baggage"]


@pytest.mark.parametrize("strict", [False, True])
def test_a_bad_file_keeps_the_old_policy_and_says_why(
    kit: StartKit, file: Path, caplog: pytest.LogCaptureFixture, strict: bool
) -> None:
    """With file and line in the result, in one log line and in the status; strict or not, nothing is raised."""
    running = start(kit, file, strict=strict)
    before = running.status().policy
    write(file, "version: 1\nrules:\n  first:\n    pattern: 'KD-[0-9]{8}'\n    action: erase\n")

    result = running.reload()

    assert (result.changed, result.before, result.after) == (False, before, before)
    (fault,) = result.faults
    assert f"{file}:5" in str(fault)
    assert otel_kit.redact(NUMBER) == "[REDACTED:first]"
    (message,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert f"{file}:5" in message
    status = running.status().redaction
    assert (status.policy, status.faults, status.reloads) == (before, (str(fault),), {"refused": 1})

    assert running.reload().faults == result.faults
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1  # said once
    write(file, policy("second"))
    assert running.reload().changed
    assert running.status().redaction.faults == ()
    assert otel_kit.redact(NUMBER) == "[REDACTED:second]"


def test_reload_of_what_did_not_change_is_no_change(kit: StartKit, otlp: OtlpSink, file: Path) -> None:
    """The compiled policy with its caches stays; it is counted apart, and on the wire."""
    running = start(kit, file)
    assert running.telemetry is not None
    redactor = running.telemetry.redactor()

    result = running.reload()
    running.flush()

    assert (result.changed, result.before) == (False, result.after)
    assert running.telemetry.redactor() is redactor
    assert running.status().redaction.reloads == {"unchanged": 1}
    counted = {p.attributes[semconv.REDACTION_RELOAD_OUTCOME]: p.value for p in otlp.latest(semconv.REDACTION_RELOADS)}
    assert counted == {"unchanged": 1, "changed": 0, "refused": 0}


def test_a_changed_file_is_noticed(kit: StartKit, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Replaced by a rename, written in place, removed and put back, each within a look of the watch."""
    running = start(kit, file, watch="20ms")

    def comes_into_force(rule: str) -> None:
        eventually(lambda: otel_kit.redact(NUMBER) == f"[REDACTED:{rule}]", f"{rule} is in force", timeout_s=30)

    write(file, policy("second"))
    comes_into_force("second")
    file.write_text(policy("third"))
    comes_into_force("third")
    file.unlink()
    eventually(lambda: running.status().redaction.faults, "the missing file is said")
    assert otel_kit.redact(NUMBER) == "[REDACTED:third]"
    assert "cannot be read" in running.status().redaction.faults[0]
    write(file, policy("fourth"))
    comes_into_force("fourth")
    assert running.status().redaction.faults == ()


def test_the_watch_ends_with_the_kit(kit: StartKit, file: Path) -> None:
    """Its thread ends, and neither a changed file nor a call changes a kit that is shut down."""
    running = start(kit, file, watch="20ms")
    assert _watches() == 1

    running.shutdown()
    write(file, policy("second"))

    eventually(lambda: _watches() == 0, "the thread has ended")
    assert not running.reload().changed


def test_nothing_is_watched_unless_there_is_a_file(kit: StartKit) -> None:
    """The shipped policy does not change by itself."""
    running = kit()

    assert _watches() == 0
    assert not running.reload().changed


def test_a_kit_that_is_off_reloads_nothing(kit: StartKit, file: Path) -> None:
    """And raises nothing."""
    assert start(kit, file, enabled=False).reload() == Reload(changed=False)


def test_new_pseudonym_keys_are_taken_over(kit: StartKit, file: Path, tmp_path: Path) -> None:
    """The policy's id stays, its pseudonyms are others; a key file that cannot be used keeps the keys."""
    keys = tmp_path / "keys"
    keys.write_text(f"old {KEY}\n")
    write(file, "version: 1\nrules:\n  first:\n    pattern: 'KD-[0-9]{8}'\n    action: pseudonym\n")
    running = start(kit, file, **{"redaction.pseudonym_keys": str(keys)})
    assert otel_kit.redact(NUMBER).startswith("hmac:old:")

    write(keys, f"new {KEY[::-1]}\nold {KEY}\n")
    result = running.reload()
    assert (result.changed, result.before) == (True, result.after)
    assert otel_kit.redact(NUMBER).startswith("hmac:new:")

    write(keys, "new short\n")
    assert f"{keys}:1" in str(running.reload().faults[0])
    assert otel_kit.redact(NUMBER).startswith("hmac:new:")
    assert KEY not in str(running.status())


def test_each_record_is_redacted_by_the_policy_that_its_mark_names(kit: StartKit, otlp: OtlpSink, file: Path) -> None:
    """Under load, with the policy changing again and again: none by another, none raw, none lost."""
    running = start(kit, file, **{"pipeline.traces_delay": "10ms", "pipeline.logs_delay": "10ms"})
    tracer, logger = trace.get_tracer("load"), logging.getLogger("load")
    ids, turns, count = {running.status().policy: "first"}, 0, 60

    def emit() -> None:
        for _ in range(count):
            with tracer.start_as_current_span("work", attributes={"ref": NUMBER}) as span:
                span.add_event("step", {"ref": NUMBER})
            logger.info("as text %s", NUMBER)
            logger.info({"as a map": NUMBER})  # copied, and redacted, when it is emitted

    threads = [threading.Thread(target=emit) for _ in range(3)]
    for thread in threads:
        thread.start()
    while turns < 3 or any(thread.is_alive() for thread in threads):
        turns += 1
        rule = ("first", "second")[turns % 2]
        write(file, policy(rule))
        ids[running.reload().after] = rule
    emit()
    assert running.flush(30)

    assert (len(ids), running.status().redaction.reloads) == (2, {"changed": turns})
    spans, logs = otlp.spans("work"), [log for log in otlp.logs() if "as " in str(log.body)]
    assert (len(spans), len(logs)) == (4 * count, 8 * count)
    for span in spans:
        mask = f"[REDACTED:{ids[span.resource[semconv.REDACTION_POLICY]]}]"
        assert {span.attributes["ref"], span.events[0].attributes["ref"]} == {mask}
    for log in logs:
        mask = f"[REDACTED:{ids[log.resource[semconv.REDACTION_POLICY]]}]"
        assert log.body in (f"as text {mask}", str({"as a map": mask}), {"as a map": mask})
    assert not any(NUMBER.encode() in request.body for request in otlp.requests())


def test_what_was_found_is_told_by_rule_and_key(kit: StartKit, otlp: OtlpSink, file: Path) -> None:
    """In the status and as metrics; a rule in report mode counts and leaves the value."""
    write(file, policy("first", mode="report"))
    running = start(kit, file)

    values = {"order.ref": NUMBER, "note": "mail jane@example.com"}
    with trace.get_tracer("app").start_as_current_span("work", attributes=values):
        logging.getLogger("app").warning("mail jane@example.com")
    assert running.flush()
    assert running.flush()  # what the first one counted leaves with the second

    status = running.status().redaction
    found = {(place.rule, place.key): (place.hits, place.reported) for place in status.places}
    assert found["first", "order.ref"] == (0, 1)
    assert found["email", "note"] == (1, 0)
    assert found["email", "log.body"] == (1, 0)
    assert (status.reported, status.only_stricter, status.base) == ({"first": 1}, True, kit().status().redaction.base)
    (span,) = otlp.spans("work")
    assert span.attributes["order.ref"] == NUMBER

    def told(name: str) -> dict[tuple[object, object], float]:
        rule, key = semconv.REDACTION_RULE, semconv.REDACTION_KEY
        return {(point.attributes[rule], point.attributes[key]): point.value for point in otlp.latest(name)}

    assert told(semconv.REDACTION_REPORTED) == {("first", "order.ref"): 1}
    assert told(semconv.REDACTION_HITS)["email", "note"] == 1


def test_status_says_what_is_loosened_and_what_has_no_key(kit: StartKit, file: Path) -> None:
    """What a user must know to trust it, ready for JSON."""
    write(file, policy("first") + "    action: pseudonym\n  email: { enabled: false }\n")
    redaction = start(kit, file).status().as_dict()["redaction"]

    assert (redaction["only_stricter"], redaction["loosened"]) == (False, ("rule email is switched off",))
    assert redaction["policy"] != redaction["base"]
    assert "first" in redaction["without_key"]
    assert redaction["engine"] in ("stdlib", "hyperscan")


def _watches() -> int:
    return sum(thread.name == "otel-kit policy watch" for thread in threading.enumerate())
