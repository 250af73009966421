"""Standard library logging becomes OpenTelemetry's: nothing raises, nothing is lost, nothing feeds itself."""

from __future__ import annotations

import logging
import logging.config
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from opentelemetry import context as otel_context
from opentelemetry import trace

from otel_kit.kit import Kit
from tests.conftest import StartKit
from tests.otlp_sink import Log, OtlpSink
from tests.subprocesses import run_python

log = logging.getLogger("app.part")


class Hostile:
    """Cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError("raw@example.com")

    __repr__ = __str__


class BadClass:
    """Raises when asked for its class."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError


class BadText(str):
    """A string whose methods raise."""

    def __len__(self) -> int:
        raise RuntimeError

    def __mod__(self, _args: object) -> str:
        raise RuntimeError

    def encode(self, *_args: object) -> bytes:  # type: ignore[override]
        """Raise."""
        raise RuntimeError


def cyclic() -> list[Any]:
    """Return a list that holds itself, many times."""
    items: list[Any] = []
    items += [items] * 20
    return items


@pytest.fixture
def running(kit: StartKit) -> Iterator[Kit]:
    """A running kit; logging's own reports of errors are off, they are tested elsewhere."""
    before = logging.raiseExceptions
    logging.raiseExceptions = False
    yield kit()
    logging.raiseExceptions = before


def only(otlp: OtlpSink, running: Kit) -> Log:
    """Return the one record that has arrived."""
    assert running.flush()
    (record,) = otlp.logs()
    return record


# --- what a record becomes ---


@pytest.mark.parametrize(
    ("level", "text", "number"),
    [(10, "DEBUG", 5), (20, "INFO", 9), (25, "INFO", 9), (30, "WARN", 13), (40, "ERROR", 17), (50, "FATAL", 21)],
)
def test_levels_become_severities(kit: StartKit, otlp: OtlpSink, level: int, text: str, number: int) -> None:
    """OpenTelemetry's logs data model, appendix B."""
    running = kit(settings={"logs.level": "debug"})
    logging.getLogger().setLevel(logging.DEBUG)

    log.log(level, "x")

    record = only(otlp, running)
    assert (record.severity, record.proto.severity_number) == (text, number)


def test_message_logger_extra_and_place(running: Kit, otlp: OtlpSink) -> None:
    """Warnings and worse say where they come from."""
    log.warning("hello %s", "you", extra={"order": 7, "tags": ["a"], "nested": {"a": {"b": 1}}})

    record = only(otlp, running)
    assert (record.body, record.scope) == ("hello you", "otel_kit")
    assert {name: record.attributes[name] for name in ("otel_kit.logger.name", "order", "tags", "nested")} == {
        "otel_kit.logger.name": "app.part", "order": 7, "tags": ["a"], "nested": {"a": {"b": 1}}
    }  # fmt: skip
    assert record.attributes["code.file.path"].endswith("test_stdlib.py")
    assert record.attributes["code.function.name"] == "test_message_logger_extra_and_place"
    assert record.attributes["code.line.number"] > 0


def test_exceptions_become_the_conventions_attributes(running: Kit, otlp: OtlpSink) -> None:
    """Type, message, stack trace."""
    try:
        raise LookupError("no such order")
    except LookupError:
        log.exception("failed")

    record = only(otlp, running)
    assert (record.attributes["exception.type"], record.attributes["exception.message"]) == (
        "LookupError",
        "no such order",
    )
    assert "raise LookupError" in record.attributes["exception.stacktrace"]


@pytest.mark.parametrize("exc_info", [True, (None, None, None), "text", 7, (1, 2, 3), (), Hostile()], ids=range(7))
def test_odd_exc_info_does_no_harm(running: Kit, otlp: OtlpSink, exc_info: Any) -> None:
    """The record arrives, with or without what was meant."""
    record = logging.makeLogRecord({"name": "app", "msg": "x", "levelno": 40, "exc_info": exc_info})
    app = logging.Logger("app")  # noqa: LOG001 - without the handlers of pytest, which cannot stand it

    app.handle(record)

    assert only(otlp, running).body == "x"


def test_the_first_attributes_win_where_there_are_too_many(running: Kit, otlp: OtlpSink) -> None:
    """And what the kit says itself stays."""
    log.warning("x", extra={f"k{number}": number for number in range(500)})

    attributes = only(otlp, running).attributes
    assert {"otel_kit.logger.name", "code.line.number", "k0", "k100", "otel_kit.repaired"} <= set(attributes)
    assert "k400" not in attributes


def test_the_level_setting_holds(kit: StartKit, otlp: OtlpSink) -> None:
    """What is lower is not exported, though other handlers may want it."""
    running = kit(settings={"logs.level": "warning"})
    logging.getLogger().setLevel(logging.DEBUG)

    log.info("low")
    log.warning("high")

    assert only(otlp, running).body == "high"


def test_info_is_exported_though_python_starts_at_warning(running: Kit, otlp: OtlpSink) -> None:
    """A script that configures nothing has its records all the same."""
    log.info("x")

    assert only(otlp, running).body == "x"


def test_records_outside_a_span_have_no_ids(running: Kit, otlp: OtlpSink) -> None:
    """And within one they have its own."""
    log.info("outside")
    with trace.get_tracer("t").start_as_current_span("s") as span:
        log.info("inside")

    assert running.flush()
    ids = {record.body: (record.trace_id, record.span_id) for record in otlp.logs()}
    context = span.get_span_context()
    assert ids == {"outside": ("", ""), "inside": (f"{context.trace_id:032x}", f"{context.span_id:016x}")}


# --- hostile records ---


@pytest.mark.parametrize(
    "write",
    [
        lambda: log.info("%s", Hostile()),
        lambda: log.info("%r", Hostile()),
        lambda: log.info(Hostile()),
        lambda: log.info("%d", "no number"),
        lambda: log.info("%s %s", 1),
        lambda: log.info("%s", 1, 2),
        lambda: log.info("%(a)s", {"b": 1}),
        lambda: log.info("100%", 1),
        lambda: log.info("%s", cyclic()),
        lambda: log.info(cyclic()),
        lambda: log.info("%s", "\ud800"),
        lambda: log.info("\ud800\udfff\x00"),
        lambda: log.info("x" * 10_000_000),
        lambda: log.info("%s", "x" * 10_000_000),
        lambda: log.info(BadText("x")),
        lambda: log.info(BadText("x %s"), 1),
        lambda: log.info(BadClass()),
        lambda: log.info("x", extra={"k": Hostile()}),
        lambda: log.info("x", extra={"k": BadClass()}),
        lambda: log.info("x", extra={"k": BadText("v")}),
        lambda: log.info("x", extra={"k": cyclic()}),
        lambda: log.info("x", extra={"k": {"a": cyclic()}}),
        lambda: log.info("x", extra={"k": 2**70}),
        lambda: log.info("x", extra={"k": 10**5000}),
        lambda: log.info("x", extra={"k": float("nan")}),
        lambda: log.info("x", extra={"k": "y" * 10_000_000}),
        lambda: log.info("x", extra={"k": {Hostile(): 1}}),
        lambda: log.info("x", extra={7: 1, None: 2}),  # type: ignore[dict-item]
        lambda: log.info("x", extra={"": 1, "\ud800": 2}),
        lambda: log.info("x", extra={f"k{number}": number for number in range(5000)}),
        lambda: log.info("x", exc_info=type("E", (Exception,), {"__str__": Hostile.__str__})()),
        lambda: log.info(None),
        lambda: log.info(b"\xff"),
        lambda: log.info({"a": 1}),
    ],
    ids=range(34),
)
def test_no_record_raises_and_each_arrives(running: Kit, otlp: OtlpSink, write: Any) -> None:
    """Once, without a counted fault of the handler."""
    write()

    record = only(otlp, running)
    assert record.attributes["otel_kit.logger.name"] == "app.part"
    assert "raw@example.com" not in str(record)
    assert running.status().faults == {}


_VALUES = st.recursive(
    st.none() | st.text() | st.integers() | st.floats() | st.binary() | st.builds(Hostile) | st.builds(object),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
_RESERVED = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@given(
    message=_VALUES,
    args=st.lists(_VALUES, max_size=3),
    extra=st.dictionaries(st.text().filter(lambda key: key not in _RESERVED), _VALUES, max_size=3),
)
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_record_arrives(running: Kit, otlp: OtlpSink, message: Any, args: list[Any], extra: dict[str, Any]) -> None:
    """Whatever message, arguments and extras are."""
    otlp.clear()

    log.info(message, *args, extra=extra)

    assert running.flush()
    assert (len(otlp.logs()), running.status().faults) == (1, {})


def test_arguments_that_do_not_fit_leave_the_template(running: Kit, otlp: OtlpSink) -> None:
    """It tells which line of code is wrong; the arguments are an attribute, redacted as any."""
    log.info("order %d of %s", "bob@example.com")

    record = only(otlp, running)
    assert record.body == "order %d of %s [arguments not formatted: TypeError]"
    assert record.attributes["otel_kit.log.arguments"] == ["b***@example.com"]
    assert record.attributes["otel_kit.repaired"] is True


@pytest.mark.parametrize(
    ("write", "repaired"),
    [
        (lambda: log.info("x %s", Hostile()), True),
        (lambda: log.info(Hostile()), True),
        (lambda: log.info("x", extra={"k": Hostile()}), True),
        (lambda: log.info("x", extra={"k": cyclic()}), True),
        (lambda: log.info("x", extra={"k": {"deep": {"er": cyclic()}}}), True),
        (lambda: log.info("x", extra={"k": list(range(100_000))}), True),
        (lambda: log.info("x", extra={"k": "y" * 1_000_000}), True),
        (lambda: log.info("x", extra={"k": "\ud800"}), True),
        (lambda: log.info("\ud800"), True),
        (lambda: log.info("x" * 1_000_000), True),
        (lambda: log.info("x", exc_info=type("E", (Exception,), {"__str__": Hostile.__str__})()), True),
        (lambda: log.info("x %s", [1], extra={"k": [1, {"a": (2, None)}], "o": object()}), False),
        (lambda: log.info(7), False),
    ],
    ids=range(13),
)
def test_what_was_repaired_is_marked(running: Kit, otlp: OtlpSink, write: Any, repaired: bool) -> None:
    """And nothing else is."""
    write()

    assert only(otlp, running).attributes.get("otel_kit.repaired", False) is repaired


def test_a_list_changed_after_the_call_does_not_change_the_record(running: Kit, otlp: OtlpSink) -> None:
    """Records are formatted at once."""
    items = [1]
    log.info("items %s", items, extra={"items": items})
    items.append(2)

    record = only(otlp, running)
    assert (record.body, record.attributes["items"]) == ("items [1]", [1])


def test_filters_of_the_logger_decide(running: Kit, otlp: OtlpSink, logging_state: None) -> None:
    """They drop records, change them, and may raise: that is the application's to see, as without the kit."""
    filtered = logging.getLogger("app.filtered")

    def decide(record: logging.LogRecord) -> bool:
        if "broken" in record.msg:
            raise LookupError("filter")
        record.tenant = "t-1"
        return "secret" not in record.msg

    filtered.addFilter(decide)
    try:
        filtered.info("secret")
        with pytest.raises(LookupError):
            filtered.info("broken")
        filtered.info("shown")
    finally:
        filtered.removeFilter(decide)

    record = only(otlp, running)
    assert (record.body, record.attributes["tenant"]) == ("shown", "t-1")


# --- no loops ---


def test_the_kits_own_records_are_not_exported(running: Kit, otlp: OtlpSink) -> None:
    """Nor OpenTelemetry's: they come from sending telemetry. Names that only look alike are."""
    for name in ("otel_kit", "otel_kit.pipeline.worker", "opentelemetry.sdk", "otel_kitchen"):
        logging.getLogger(name).error("from %s", name)

    assert only(otlp, running).body == "from otel_kitchen"


def test_sending_at_root_debug_feeds_nothing_back(kit: StartKit, otlp: OtlpSink) -> None:
    """With every logger of the process at DEBUG, an idle kit comes to rest."""
    running = kit(settings={"logs.level": "debug", "pipeline.logs_delay": "10ms", "pipeline.traces_delay": "10ms"})
    logging.getLogger().setLevel(logging.DEBUG)
    for name in ("urllib3", "httpx", "httpcore", "opentelemetry", "otel_kit", "asyncio"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    log.debug("one")
    with trace.get_tracer("t").start_as_current_span("s"):
        log.debug("two")

    for _ in range(5):
        assert running.flush()

    assert [record.body for record in otlp.logs()] == ["one", "two"]


def test_what_exporting_threads_log_is_not_exported(running: Kit, otlp: OtlpSink) -> None:
    """Any library may be at work there; OpenTelemetry marks the context."""
    token = otel_context.attach(otel_context.set_value(otel_context._SUPPRESS_INSTRUMENTATION_KEY, True))
    try:
        logging.getLogger("urllib3.connectionpool").warning("sending")
    finally:
        otel_context.detach(token)
    logging.getLogger("urllib3.connectionpool").warning("not sending")

    assert only(otlp, running).body == "not sending"


def test_a_log_line_within_formatting_does_not_recurse(running: Kit, otlp: OtlpSink) -> None:
    """An argument that logs while it is printed."""

    class Chatty:
        def __str__(self) -> str:
            log.info("printing")
            return "chatty"

    log.info("%s", Chatty())

    assert running.flush()
    # Another handler may have printed it as well.
    assert [record.body for record in otlp.logs() if record.body != "printing"] == ["chatty"]


def test_applications_http_calls_are_exported(running: Kit, otlp: OtlpSink) -> None:
    """Only the exporting thread is muted: the application's own use of urllib3 or httpx is its business."""
    logging.getLogger("urllib3.connectionpool").warning("retrying")
    logging.getLogger("httpx").info("HTTP Request")
    with urllib.request.urlopen(urllib.request.Request(f"{otlp.endpoint}/v1/logs", data=b"", method="POST")):
        pass

    assert running.flush()
    assert [record.body for record in otlp.logs()] == ["retrying", "HTTP Request"]


# --- where the handler sits ---


@pytest.mark.parametrize("name", ["uvicorn", "uvicorn.error", "uvicorn.access", "gunicorn.error", "gunicorn.access"])
@pytest.mark.parametrize("propagates", [True, False])
def test_servers_loggers_are_exported_once(
    kit: StartKit, otlp: OtlpSink, logging_state: None, name: str, propagates: bool
) -> None:
    """Whether they hand their records on to the root or not."""
    server = logging.getLogger(name)
    server.propagate = propagates
    server.setLevel(logging.INFO)
    running = kit()

    server.info("started")

    assert only(otlp, running).body == "started"


def test_loggers_that_do_not_propagate_are_exported_once(kit: StartKit, otlp: OtlpSink, logging_state: None) -> None:
    """A common configuration; those that were silenced on purpose stay silent."""
    own, silent, bare = logging.getLogger("own"), logging.getLogger("silent"), logging.getLogger("bare")
    own.addHandler(logging.StreamHandler())
    silent.addHandler(logging.NullHandler())
    for logger in (own, silent, bare):
        logger.propagate = False
        logger.setLevel(logging.INFO)
    running = kit()

    logging.getLogger("own.part").info("x")
    silent.error("y")
    bare.info("z")

    assert running.flush()
    assert [record.body for record in otlp.logs()] == ["x", "z"]


_CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"mine": {"handlers": ["console"], "propagate": False, "level": "INFO"}},
}


@pytest.mark.parametrize(
    "configure",
    [
        lambda: logging.basicConfig(level=logging.INFO, force=True),
        lambda: logging.config.dictConfig(_CONFIG),
    ],
    ids=["basicConfig", "dictConfig"],
)
def test_configuring_logging_after_init_loses_nothing(running: Kit, otlp: OtlpSink, configure: Any) -> None:
    """The handler comes back, also on loggers that do not propagate, and sits there once."""
    configure()
    configure()

    log.info("a")
    logging.getLogger("mine").info("b")

    assert running.flush()
    assert sorted(record.body for record in otlp.logs()) == ["a", "b"]


def test_shutdown_takes_the_handler_off_everywhere(kit: StartKit) -> None:
    """Also after a later configuration; functions of logging stay usable."""
    running = kit()
    running.shutdown()
    logging.config.dictConfig(_CONFIG)

    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    assert [logger.name for logger in loggers for handler in logger.handlers if "Kit" in type(handler).__name__] == []


# --- the console ---


def test_without_any_configuration_warnings_still_reach_standard_error(otlp: OtlpSink) -> None:
    """Python's last resort, redacted; and basicConfig after init works as ever."""
    done = run_python(
        """
        import logging, otel_kit
        kit = otel_kit.init("test")
        logging.getLogger("app").info("quiet")
        logging.getLogger("app").warning("to bob@example.com")
        logging.getLogger("otel_kit.part").warning("the kit's own")
        logging.basicConfig(format="%(levelname)s:%(message)s", level=logging.INFO)
        logging.getLogger("app").warning("again to bob@example.com")
        logging.getLogger("app").info("now shown")
        kit.shutdown()
        """,
        {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint},
    )

    assert done.stderr.splitlines() == [
        "to b***@example.com", "the kit's own", "WARNING:again to b***@example.com", "INFO:now shown"
    ]  # fmt: skip
    assert [record.body for record in otlp.logs()] == [
        "quiet", "to b***@example.com", "again to b***@example.com", "now shown"
    ]  # fmt: skip
