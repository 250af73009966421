"""``otel_kit.meter`` through a whole kit: before init, while it runs, and after its end."""

from __future__ import annotations

import logging

import pytest
from opentelemetry import trace

import otel_kit
from otel_kit.errors import ConfigError, MetricError
from otel_kit.metrics import misuse
from otel_kit.metrics.boundaries import SECONDS
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink
from tests.subprocesses import run_python


def test_instruments_of_import_time_record_once_there_is_a_kit(otlp: OtlpSink) -> None:
    """Before it they record nothing, after its end too, and nothing is raised at any time."""
    done = run_python(
        f"""
        import otel_kit
        shop = otel_kit.meter("shop")
        orders, took, failed = shop.counter("orders", "{{order}}"), shop.timer("took"), shop.errors("failed")
        level, share = shop.up_down("level"), shop.gauge("share", "1")
        asked = shop.gauge("asked", callback=lambda: 7)
        sizes = shop.histogram("sizes", "KiBy")

        def use(number):
            orders.add(number, article="pen")
            orders.add(-1)
            level.add(-number)
            share.set(0.5)
            sizes.record(2)
            with took, failed:
                pass
            failed.count("timeout")

        use(100)
        kit = otel_kit.init("shop", settings={{"export.endpoint": {otlp.endpoint!r}, "metrics.machine": False}})
        use(3)
        faults = kit.status().faults
        kit.shutdown()
        use(1000)
        assert faults == {{"metric_amount": 1}}, faults
        """
    )

    assert done.returncode == 0, done.stderr
    found = {point.name: point for point in otlp.points() if point.scope == "shop"}
    assert {name: (point.value, point.unit) for name, point in found.items() if name != "took"} == {
        "orders": (3, "{order}"),
        "level": (-3, "1"),
        "share": (0.5, "1"),
        "asked": (7, ""),
        "sizes": (2048, "By"),
        "failed": (1, "{error}"),
    }
    assert found["orders"].attributes == {"article": "pen"}
    assert (found["took"].unit, found["took"].bounds, found["took"].count) == ("s", SECONDS, 1)


def test_a_bad_name_of_import_time_is_said_at_init_or_raised_when_strict(
    kit: StartKit, caplog: pytest.LogCaptureFixture
) -> None:
    """The kit knows only then whether it is strict."""
    misuse.take_early()
    otel_kit.meter("early").counter("no good")
    with pytest.raises(ConfigError, match="is no name for an instrument"):
        kit(strict=True)
    otel_kit.meter("early").counter("no good")

    kit()

    assert "is no name for an instrument" in caplog.text


def test_what_is_wrong_while_the_kit_runs_is_counted_or_raised_when_strict(kit: StartKit) -> None:
    """At creation only: a strict kit raises nothing for an amount."""
    running = kit(strict=True)
    with pytest.raises(MetricError, match="begins with '9'"):
        otel_kit.meter("late").counter("9lives")
    counter = otel_kit.meter("late").counter("lives")
    counter.add(-1)
    counter.add("nine")  # type: ignore[arg-type]

    assert running.status().faults["metric_amount"] == 2


def test_amounts_and_attributes_stay_out_of_the_log(kit: StartKit, caplog: pytest.LogCaptureFixture) -> None:
    """What is counted is said once a minute, without what the application gave."""
    caplog.set_level(logging.DEBUG)
    kit()
    counter = otel_kit.meter("late").counter("quiet")
    for _ in range(5):
        counter.add("joe@example.com")  # type: ignore[arg-type]
        counter.add(1, "joe@example.com")  # type: ignore[arg-type]

    said = [record for record in caplog.records if "metric_" in record.getMessage()]
    assert len(said) == 2
    assert "joe@example.com" not in caplog.text


def test_an_exemplar_of_a_timer_leads_to_its_span(kit: StartKit, otlp: OtlpSink) -> None:
    """From the histogram's bucket to the trace."""
    running = kit()
    with trace.get_tracer("app").start_as_current_span("paying"), otel_kit.meter("app").timer("paying.took"):
        pass

    assert running.flush()
    (span,) = otlp.spans("paying")
    (point,) = otlp.latest("paying.took")
    assert point.exemplar_trace_ids == (span.trace_id,)
