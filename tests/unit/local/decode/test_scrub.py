"""The receiver redacts every surface of the three signals, and counts what it had to alter."""

from __future__ import annotations

import pathlib

from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otel_kit.local.decode.scrub import Recall, Scrubber
from otel_kit.redaction.redactor import default_redactor
from tests.unit.local import messages
from tests.unit.local.client import RunningViewer

SECRET = "jane.roe@example.com"


def mail(place: str) -> str:
    """Return a text with an address that tells where it was planted."""
    return f"{place} of {place}.{SECRET}"


def attributes(place: str) -> dict[str, object]:
    """Return attributes with an address in a value, a nested value, a list, bytes, and a key."""
    return {
        "a": mail(place),
        "b": {"inner": [mail(place)]},
        "c": mail(place).encode(),
        f"key.{place}.{SECRET}": 1,
    }


def stored_bytes(path: pathlib.Path) -> bytes:
    """Return everything that is in the store's files."""
    return b"".join(each.read_bytes() for each in path.parent.glob(path.name + "*"))


def test_no_surface_of_a_span_keeps_what_was_planted(viewer: RunningViewer, tmp_path: pathlib.Path) -> None:
    """Name, status, trace state, attributes, events, links, resource and scope."""
    planted = messages.span(
        name=mail("name"),
        trace_state=f"v={mail('state')}",
        status={"code": 2, "message": mail("status")},
        attributes=attributes("attribute"),
        events=[{"name": mail("event"), "time_unix_nano": 5, "attributes": messages.pairs(attributes("inevent"))}],
        links=[
            {
                "trace_id": b"l" * 16,
                "span_id": b"s" * 8,
                "trace_state": f"v={mail('linkstate')}",
                "attributes": messages.pairs(attributes("link")),
            }
        ],
    )
    message = messages.traces(planted, **attributes("resource"))
    scope = message.resource_spans[0].scope_spans[0].scope
    scope.name, scope.version = mail("scope"), mail("version")
    scope.attributes.extend(messages.pairs(attributes("inscope")))

    viewer.send(message)

    (shown,) = viewer.get(f"traces/{messages.TRACE.hex()}")["spans"]
    assert shown["attributes"]["a"] == "attribute of a***@example.com"
    assert shown["status"]["message"] == "status of s***@example.com"
    assert SECRET.encode() not in stored_bytes(tmp_path / "view.sqlite3")
    assert viewer.get("redaction")["receiver"]["email"] >= 20


def test_no_surface_of_a_log_record_keeps_what_was_planted(viewer: RunningViewer, tmp_path: pathlib.Path) -> None:
    """Body, structured body, severity text, event name, attributes, scope."""
    viewer.send(
        messages.logs(
            messages.log(
                mail("body"), attributes=attributes("attribute"), severity_text=mail("level"), event_name=mail("event")
            ),
            messages.log({"user": {"note": mail("nested")}, f"k {SECRET}": [mail("list")]}),
            messages.log(mail("bytes").encode()),
            logger=mail("logger"),
        )
    )

    bodies = [log["body"] for log in viewer.get("logs", order="asc")["logs"]]
    assert bodies[0] == "body of b***@example.com"
    assert bodies[1]["user"] == {"note": "nested of n***@example.com"}
    assert SECRET.encode() not in stored_bytes(tmp_path / "view.sqlite3")


def test_no_surface_of_a_metric_keeps_what_was_planted(viewer: RunningViewer, tmp_path: pathlib.Path) -> None:
    """Name, unit, description, attributes of points and exemplars."""
    at = messages.now()
    metric = Metric(name=mail("name"), unit=mail("unit"), description=mail("description"))
    point = metric.gauge.data_points.add(time_unix_nano=at, as_int=1, attributes=messages.pairs(attributes("point")))
    point.exemplars.add(
        time_unix_nano=at, as_int=1, filtered_attributes=messages.pairs(attributes("exemplar")), trace_id=messages.TRACE
    )

    viewer.send(messages.metrics(metric))

    (shown,) = viewer.get("metrics")["metrics"]
    assert shown["description"] == "description of d***@example.com"
    assert SECRET.encode() not in stored_bytes(tmp_path / "view.sqlite3")


def test_a_value_that_comes_again_is_counted_again(viewer: RunningViewer) -> None:
    """What is remembered saves the work, not the count."""
    for _ in range(3):
        viewer.send(messages.logs(messages.log("x", attributes={"note": SECRET})))

    assert viewer.get("redaction")["receiver"] == {"email": 3}


def test_what_was_redacted_by_the_sender_is_not_counted(viewer: RunningViewer) -> None:
    """A masked value is left as it is."""
    viewer.send(messages.logs(messages.log("mail to j***@example.com", attributes={"password": "[REDACTED:password]"})))

    assert viewer.get("redaction")["receiver"] == {}
    assert viewer.get("logs")["logs"][0]["body"] == "mail to j***@example.com"


def test_an_attribute_whose_key_names_a_secret_is_masked_whatever_its_type() -> None:
    """The key's class holds for the value."""
    scrub = Scrubber(default_redactor())

    shown = scrub.attributes([pair.SerializeToString() for pair in messages.pairs({"password": "hunter2-hunter2"})])

    assert "hunter2" not in shown
    assert sum(scrub.findings.hits.values()) == 1


def test_recall_is_bounded_and_keeps_what_is_asked_for() -> None:
    """Two generations: what was asked for lately survives, the rest goes."""
    recall: Recall[str, int] = Recall(10)

    for number in range(1000):
        if recall.get("often") is None:
            recall.keep("often", -1)
        recall.keep(f"once {number}", number)

    assert recall.get("often") == -1
    assert recall.get("once 3") is None
    assert sum(recall.get(f"once {number}") is not None for number in range(1000)) <= 20


def test_long_values_are_not_remembered() -> None:
    """A stack trace hardly comes twice, and would fill the memory."""
    recall: Recall[str, int] = Recall(10)

    recall.keep("x" * 1000, 1)

    assert recall.get("x" * 1000) is None
