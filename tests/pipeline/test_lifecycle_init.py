"""init, flush and shutdown: once per process, from any thread, and never a burden."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import metrics, trace

import otel_kit
from otel_kit.errors import ConfigError, PolicyError, SettingsConflict
from otel_kit.kit import Kit
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.otlp_sink import Answer, OtlpSink


def _span(name: str = "work") -> None:
    with trace.get_tracer("app").start_as_current_span(name):
        pass


def test_second_init_returns_the_running_kit(kit: StartKit) -> None:
    """With the same settings, with fewer, with none."""
    first = kit("orders")

    assert first is kit("orders") is otel_kit.init("orders") is otel_kit.init()


def test_threads_that_init_at_once_get_one_kit(kit: StartKit) -> None:
    """And there is one set of providers, one handler, one set of threads."""
    barrier = threading.Barrier(8)
    kits: list[Kit] = []

    def start() -> None:
        barrier.wait()
        kits.append(kit("orders"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(kits)) == 1
    assert sum(thread.name == "otel-kit metrics collect" for thread in threading.enumerate()) == 1


def test_contradicting_init_warns_and_changes_nothing(kit: StartKit, caplog: pytest.LogCaptureFixture) -> None:
    """The warning names the argument and both values."""
    first = kit("orders")

    second = otel_kit.init("payments")

    assert first is second
    assert second.status().service == "orders"
    assert any("payments" in line and "orders" in line for line in caplog.messages)


def test_contradicting_init_is_an_error_when_strict(kit: StartKit) -> None:
    """It has a name of its own."""
    kit("orders")

    with pytest.raises(SettingsConflict, match="payments"):
        otel_kit.init("payments", strict=True)


def test_bad_settings_do_not_raise_and_are_said(
    kit: StartKit, otlp: OtlpSink, caplog: pytest.LogCaptureFixture
) -> None:
    """The application starts, and so does the kit with what it understood."""
    started = kit(settings={"pipeline.batch_items": "many", "no.such.key": 1})

    _span()

    assert started.flush()
    assert len(otlp.spans()) == 1
    assert any("batch_items" in line for line in caplog.messages)
    assert any("no.such.key" in line for line in caplog.messages)


def test_bad_settings_raise_all_at_once_when_strict() -> None:
    """Each fault in one error."""
    with pytest.raises(ConfigError) as caught:
        otel_kit.init("orders", settings={"pipeline.batch_items": "many", "no.such.key": 1}, strict=True)

    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"export.endpoint": "not a url"},
        {"export.endpoint": "https://127.0.0.1:1", "export.certificate": "/nowhere.pem"},
        {"redaction.policy": "/nowhere/policy.yaml"},
        {"state.dir": "/proc/nowhere"},
    ],
    ids=["endpoint", "certificate", "policy", "state"],
)
def test_init_never_raises(kit: StartKit, settings: dict[str, Any]) -> None:
    """Whatever is wrong: the application's telemetry calls work, and the shipped policy still redacts."""
    started = kit(settings=settings)

    _span()
    started.flush(0.2)

    assert otel_kit.redact("ada@example.com") == "a***@example.com"
    json.dumps(started.status().as_dict())


def test_policy_that_cannot_be_used_raises_when_strict(tmp_path: Path) -> None:
    """With its file."""
    bad = tmp_path / "policy.yaml"
    bad.write_text("rules: [{id: bad, pattern: '(a'}]\n")

    with pytest.raises((PolicyError, ConfigError), match=r"policy\.yaml|pattern"):
        otel_kit.init("orders", settings={"redaction.policy": str(bad)}, strict=True)


def test_failed_strict_init_leaves_nothing_running(kit: StartKit, otlp: OtlpSink) -> None:
    """The next one starts from scratch."""
    with pytest.raises(ConfigError):
        otel_kit.init("orders", settings={"no.such.key": 1}, strict=True)

    started = kit("orders")
    _span()

    assert started.flush()
    assert len(otlp.spans()) == 1


def test_disabled_sdk_switches_the_kit_off(otlp: OtlpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    """``OTEL_SDK_DISABLED`` keeps its meaning; every method still works."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")

    started = otel_kit.init("orders", endpoint=otlp.endpoint)
    app = object()

    assert not started.status().running
    assert started.status().guarantee == "none"
    assert started.instrument_app(app) is app
    assert started.flush()
    assert not started.shutdown().running
    assert otlp.requests() == ()


def test_exporter_none_sends_nothing_of_that_signal(kit: StartKit, otlp: OtlpSink) -> None:
    """``OTEL_TRACES_EXPORTER=none`` as a setting; the others go on."""
    started = kit(settings={"traces.exporter": "none"})

    _span()
    metrics.get_meter("app").create_counter("hits").add(1)
    assert started.flush()

    assert otlp.requests("/v1/traces") == ()
    assert otlp.points("hits")
    assert {"metrics", "logs"} == set(started.status().signals)


def test_shutdown_twice_gives_the_same_final_status(kit: StartKit) -> None:
    """The second changes nothing."""
    started = kit()
    _span()

    first = started.shutdown()

    assert first is started.shutdown()
    assert first is started.status()
    assert not first.running
    assert first.signals["traces"].delivered == 1


def test_init_after_shutdown_starts_anew(kit: StartKit, otlp: OtlpSink) -> None:
    """With other settings if asked, from zero, over the same global providers."""
    first = kit("orders")
    _span("one")
    first.shutdown()
    _span("between")

    second = kit("payments")
    _span("two")
    assert second.flush()

    assert first is not second
    assert [(span.name, span.resource["service.name"]) for span in otlp.spans()] == [
        ("one", "orders"),
        ("two", "payments"),
    ]
    assert second.status().signals["traces"].created == 1


def test_metrics_of_a_new_start_do_not_repeat_the_old_ones(kit: StartKit, otlp: OtlpSink) -> None:
    """The reader of the first kit has left the provider: nothing is aggregated for it any more."""
    counter = metrics.get_meter("app").create_counter("starts")
    first = kit()
    metrics.get_meter("app").create_counter("starts").add(1)
    first.shutdown()
    otlp.clear()

    second = kit()
    provider: Any = metrics.get_meter_provider()
    eventually(lambda: len(provider._measurement_consumer._reader_storages) == 1, "the old reader's leave")
    metrics.get_meter("app").create_counter("starts").add(5)
    assert second.flush()

    assert counter
    assert [point.value for point in otlp.latest("starts")] == [5]


def test_restarts_leave_no_thread_behind(kit: StartKit) -> None:
    """A notebook, a test suite, a reloading server."""
    before = {thread.ident for thread in threading.enumerate()}

    for _ in range(5):
        started = kit()
        _span()
        started.shutdown()

    def gone() -> bool:
        return not [t for t in threading.enumerate() if t.ident not in before and t.name.startswith("otel-kit")]

    eventually(gone, "end of the threads")


def test_instance_id_is_the_same_after_a_restart(kit: StartKit) -> None:
    """The slot was given back."""
    first = kit("restarting")
    before = first.status().instance_id
    first.shutdown()

    assert before == kit("restarting").status().instance_id


def test_status_tells_where_data_goes_and_what_became_of_it(kit: StartKit, otlp: OtlpSink) -> None:
    """And is ready for JSON."""
    started = kit("orders")
    with trace.get_tracer("app").start_as_current_span("mail to ada@example.com"):
        pass
    otlp.answer_next(Answer(status=400))
    started.flush()

    told = json.loads(json.dumps(started.status().as_dict()))

    assert tuple(told[key] for key in ("running", "service", "guarantee", "durability")) == (
        True,
        "orders",
        "all",
        "memory",
    )
    assert f"http://127.0.0.1:{otlp.port}/v1/logs (http/protobuf)" == told["endpoints"]["logs"]
    assert told["redaction"]["hits"]["email"] == 1
    assert told["signals"]["traces"]["waiting"] == 0
    for account in told["signals"].values():
        settled = account["delivered"] + account["rejected"] + sum(account["dropped"].values())
        assert account["created"] == settled + account["waiting"]


def test_flush_of_a_dead_endpoint_says_so_and_keeps_the_records(kit: StartKit, otlp: OtlpSink) -> None:
    """When it is back, they arrive."""
    otlp.default = Answer(status=503)
    started = kit()
    _span()

    assert not started.flush(0.3)

    otlp.default = Answer()
    assert started.flush()
    assert len(otlp.spans()) == 1


def test_metric_callback_that_hangs_holds_nobody_up(kit: StartKit, otlp: OtlpSink) -> None:
    """Flush and shutdown keep their time; spans are delivered."""
    started = kit()
    release, called = threading.Event(), threading.Event()

    def hang(_: Any) -> list[Any]:
        called.set()
        release.wait(30)
        return []

    metrics.get_meter("app").create_observable_gauge("hanging", [hang])
    _span()

    flushed = started.flush(1.0)
    started.shutdown(0.5)

    assert called.is_set()
    assert len(otlp.spans()) == 1
    assert flushed in (True, False)
    release.set()


def test_redaction_switched_off_is_said(kit: StartKit, otlp: OtlpSink, caplog: pytest.LogCaptureFixture) -> None:
    """Loudly, and in the status."""
    started = kit(settings={"redaction.enabled": False})
    _span("mail to ada@example.com")
    assert started.flush()

    assert [span.name for span in otlp.spans()] == ["mail to ada@example.com"]
    assert started.status().guarantee == "off"
    assert any("redaction is switched off" in line for line in caplog.messages)


def test_pipeline_figures_arrive_and_are_those_of_the_status(kit: StartKit, otlp: OtlpSink) -> None:
    """What ``status()`` says, a dashboard can say: the second collection carries what the first flush did."""
    started = kit()
    for _ in range(3):
        _span("mail to ada@example.com")
    assert started.flush()
    account = started.status().signals["traces"]

    assert started.flush()

    def figure(name: str) -> list[float]:
        return [point.value for point in otlp.latest(name) if point.attributes.get("otel_kit.signal") == "traces"]

    assert [account.created] == figure("otel_kit.pipeline.created") == [3]
    assert [account.delivered] == figure("otel_kit.pipeline.delivered") == [3]
    assert [0] == figure("otel_kit.pipeline.waiting")
    assert [3] == [point.value for point in otlp.latest("otel_kit.redaction.hits")]


def test_unwritable_state_is_no_obstacle_and_the_status_says_so(kit: StartKit, otlp: OtlpSink) -> None:
    """A read-only container: the instance id is random, and known to be."""
    started = kit(settings={"state.dir": "/dev/null/state"})
    _span()

    assert started.flush()
    assert not started.status().instance_id_is_stable
    assert [started.status().instance_id] == [span.resource["service.instance.id"] for span in otlp.spans()]


def test_another_ingest_key_is_noticed_and_neither_is_shown(kit: StartKit) -> None:
    """Two keys look alike when masked; they are compared as they are, and the message shows neither."""
    kit(settings={"strict": True, "export.headers": {"authorization": "Bearer first-key"}})

    with pytest.raises(otel_kit.SettingsConflict) as caught:
        otel_kit.init(settings={"strict": True, "export.headers": {"authorization": "Bearer other-key"}})

    assert "export.headers" in str(caught.value)
    assert "-key" not in str(caught.value)


async def plain_asgi(scope: object, receive: object, send: object) -> None:
    """An ASGI application of no framework."""


def test_an_application_that_cannot_be_measured_in_place_is_named(
    kit: StartKit, caplog: pytest.LogCaptureFixture
) -> None:
    """Its wrapped form would be lost, and nothing would be measured without a word."""
    kit(app=plain_asgi)

    (message,) = [message for message in caplog.messages if "init(app=...)" in message]
    assert "is a function" in message
    assert "kit.instrument_app(app)" in message


def test_strict_refuses_an_application_that_cannot_be_measured_in_place(kit: StartKit) -> None:
    """The same as an error, for those who asked for errors."""
    kit(settings={"strict": True})

    with pytest.raises(ConfigError, match=r"kit\.instrument_app"):
        otel_kit.init(app=plain_asgi, strict=True)


def test_a_flush_after_the_end_has_nothing_to_do(kit: StartKit, caplog: pytest.LogCaptureFixture) -> None:
    """It says so at once, and nobody logs."""
    running = kit()
    running.shutdown()

    assert running.flush() is True
    assert caplog.records == []
