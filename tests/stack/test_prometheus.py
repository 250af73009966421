"""What Prometheus scrapes is called, labelled and linked to traces as what it is pushed, in the real Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from opentelemetry import metrics, trace

from otel_kit.metrics.meter import meter
from otel_kit.metrics.prometheus_names import _PER, _UNITS
from tests.asgi_client import request
from tests.conditions import eventually
from tests.conftest import StartKit
from tests.pipeline.web_app import build
from tests.stack.collector_process import free_ports
from tests.stack.prometheus_process import Prometheus

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]
PUSHED, SCRAPED = "kit.test/shop", "scraped"
_OF_THE_SCRAPE_ITSELF = {"up"}
_ADDED_BY_TARGETS = {"job", "instance"}


@pytest.fixture
def scraping(prometheus: Path, tmp_path: Path) -> Iterator[tuple[Prometheus, str]]:
    """A running Prometheus, and the address that it scrapes."""
    (port,) = free_ports(1)
    target = f"127.0.0.1:{port}"
    made = Prometheus(prometheus, tmp_path, [target])
    made.start()
    yield made, target
    made.stop()


def test_names_labels_and_series_are_the_same_on_both_ways(scraping: tuple[Prometheus, str], kit: StartKit) -> None:
    """Every unit and every kind of instrument, the kit's own and the machine's figures, hostile names among them."""
    server, target = scraping
    running = kit("shop", settings=settings(server, target))
    request(running.instrument_app(build()), "/items/1")
    make_all_kinds()
    make_every_unit()

    assert running.flush(20)
    assert running.flush(20), "what the first one redacted is a figure, too"
    eventually(lambda: server.query(f'last_total{{job="{SCRAPED}"}}'), "it is scraped", 30)
    eventually(lambda: server.query(f'last_total{{job="{PUSHED}"}}'), "it is pushed", 30)

    pushed, scraped = names(server, PUSHED), names(server, SCRAPED) - _OF_THE_SCRAPE_ITSELF
    scraped = {name for name in scraped if not name.startswith("scrape_")}
    assert len(pushed) > 100
    assert scraped - pushed == set()
    assert pushed - scraped == set()
    assert labels(server, PUSHED) == labels(server, SCRAPED)
    differing = {name: both for name in pushed if (both := differences(server, name)) is not None}
    assert differing == {}
    everything = repr(server.api(f"series?match[]={quote(selector(SCRAPED))}"))
    assert "joe@example.com" not in everything
    assert "j***@example.com" in everything


def test_exemplars_lead_to_the_trace_on_both_ways(scraping: tuple[Prometheus, str], kit: StartKit) -> None:
    """From a slow bucket to the request that was slow."""
    server, target = scraping
    running = kit("shop", settings=settings(server, target))
    with trace.get_tracer("app").start_as_current_span("slow") as span:
        meter("app").timer("exemplary").record(0.3)
        meter("app").counter("exemplary.sold").add(1)
    trace_id = format(span.get_span_context().trace_id, "032x")
    assert running.flush(20)

    def traces(name: str, job: str) -> set[str]:
        selected = quote(f'{name}{{job="{job}"}}')
        found = server.api(f"query_exemplars?query={selected}&start=0&end=9999999999")
        return {one["labels"]["trace_id"] for entry in found for one in entry["exemplars"]}

    for name in ("exemplary_seconds_bucket", "exemplary_sold_total"):
        eventually(lambda name=name: traces(name, SCRAPED) == {trace_id}, f"{name} is scraped", 30)  # type: ignore[misc]
        eventually(lambda name=name: traces(name, PUSHED) == {trace_id}, f"{name} is pushed", 30)  # type: ignore[misc]


def settings(server: Prometheus, target: str) -> dict[str, Any]:
    """Push to and be scraped by the same server."""
    return {
        "metrics.exporter": "otlp,prometheus",
        "export.metrics.endpoint": f"{server.otlp}/v1/metrics",
        "metrics.prometheus.port": int(target.rpartition(":")[2]),
        "metrics.machine": True,
        "metrics.interval": 3600,  # once, by flush: both ways show the same moment as far as series go
        "service.namespace": "kit.test",
        "service.version": "1.2",
        "environment": "test",
    }


def make_all_kinds() -> None:
    """Use every kind of instrument, with attributes of every kind."""
    app = meter("app.kinds")
    hostile = {
        "a.b": "x",
        "a_b": "y",
        "0digit": 1,
        "flag": True,
        "list": ["a", "b"],
        "share": 0.5,
        "mail": "joe@example.com",
    }
    app.counter("kinds.total", "{thing}", "Ends in total already.").add(2, hostile)
    app.counter("kinds.counted").add(1, kind="a")
    app.up_down("kinds.level").add(-2)
    app.up_down("kinds.share.of.level", "1").add(1)
    app.gauge("kinds.ratio", "1").set(0.5, {"_private": "y", "double__score": "z", "Quick": "q"})
    app.gauge("kinds.seconds", "s").set(5)
    app.gauge("kinds.asked", callback=lambda: [(1, {"queue": "a"}), (2, {"queue": "b"})])
    app.histogram("kinds/size-of.things", "By").record(5000, {"kind": "a"})
    app.timer("kinds.took").record(0.2, {"error.type": "_OTHER"})
    app.errors("kinds.failed").count(ValueError())
    meter("another.scope").counter("kinds.counted").add(1, kind="b")
    metrics.get_meter("raw").create_counter("raw/name_with..much--of__it_", "h").add(1)


def make_every_unit() -> None:
    """Ask for each unit that is translated, and for some that are not, of each kind."""
    raw = metrics.get_meter("units")
    others = ["1/s", "{order}", "{order}/s", "s/{order}", "USD", "{USD}", "a%b", "foo_", "_foo", "/", "x/", "a/b/c", ""]
    for number, unit in enumerate([*_UNITS, *(f"By/{unit}" for unit in _PER), *others]):
        raw.create_counter(f"unit.{number}.counter", unit).add(1)
        raw.create_up_down_counter(f"unit.{number}.updown", unit).add(1)
        raw.create_gauge(f"unit.{number}.gauge", unit).set(1)
        raw.create_histogram(f"unit.{number}.histogram", unit).record(1)
    raw.create_counter("last").add(1)


def selector(job: str, name: str | None = None) -> str:
    """Return the selector of a job's series."""
    return f'{{job="{job}"' + (f',__name__="{name}"' if name else "") + "}"


def names(server: Prometheus, job: str) -> set[str]:
    """Return the names of a job's metrics."""
    return set(server.api(f"label/__name__/values?match[]={quote(selector(job))}"))


def labels(server: Prometheus, job: str) -> set[str]:
    """Return the names of a job's labels."""
    return set(server.api(f"labels?match[]={quote(selector(job))}"))


def differences(server: Prometheus, name: str) -> Mapping[str, list[Any]] | None:
    """Return the series of a metric that only one way has; None if there are none."""
    found = {}
    for job in (PUSHED, SCRAPED):
        series = server.api(f"series?match[]={quote(selector(job, name))}")
        found[job] = {tuple(sorted(_comparable(one).items())) for one in series}
    only = {job: sorted(found[job] - found[other]) for job, other in ((PUSHED, SCRAPED), (SCRAPED, PUSHED))}
    return only if any(only.values()) else None


def _comparable(series: Mapping[str, str]) -> dict[str, str]:
    """Return labels without what each way adds by itself; Prometheus writes the bound 1 as 1 or 1.0."""
    kept = {name: value for name, value in series.items() if name not in _ADDED_BY_TARGETS}
    return {name: str(float(value)) if name == "le" else value for name, value in kept.items()}
