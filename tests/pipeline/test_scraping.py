"""``/metrics``: on a port of its own or within the application, redacted, with exemplars, for each worker."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import metrics, trace
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

import otel_kit
from otel_kit.errors import MissingExtra
from otel_kit.metrics.meter import meter
from tests.asgi_client import request
from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink
from tests.pipeline.web_app import build
from tests.process.programs import Program
from tests.subprocesses import run_python

OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def free_ports(count: int) -> int:
    """Return the first of so many neighbouring ports that are free."""
    for first in range(21_000, 32_000, 7):
        held = []
        try:
            held = [socket.create_server(("127.0.0.1", first + number)) for number in range(count)]
        except OSError:
            continue
        finally:
            for one in held:
                one.close()
        return first
    raise AssertionError("no free ports")


@pytest.fixture
def port() -> int:
    """The first of three neighbouring free ports."""
    return free_ports(3)


def get(port: int, path: str = "/metrics", accept: str = "") -> tuple[int, str, str]:
    """Return status, content type and body."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"accept": accept})
    try:
        with urllib.request.urlopen(asked, timeout=10) as reply:
            return reply.status, reply.headers["content-type"], reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", error.read().decode()


def samples(page: str, name: str) -> list[Any]:
    """Return the samples of that name of a page in the text format."""
    return [sample for family in text(page) for sample in family.samples if sample.name == name]


def test_a_port_of_its_own_is_opened_and_closed(kit: StartKit, port: int) -> None:
    """Nothing but /metrics is there; what is there is redacted."""
    running = kit(settings={"metrics.exporter": "prometheus", "metrics.prometheus.port": port})
    meter("scraped").counter("scraped.sold", "{thing}").add(2, {"mail": "joe@example.com"})

    status, content_type, page = get(port)

    assert status == 200
    assert content_type.startswith("text/plain; version=0.0.4")
    (sold,) = samples(page, "scraped_sold_total")
    assert (sold.value, sold.labels["mail"], sold.labels["service_name"]) == (2, "j***@example.com", "test")
    (target,) = samples(page, "target_info")
    assert target.labels["service_instance_id"] == running.status().instance_id
    assert target.labels["otel_kit_redaction_policy"]
    assert "joe@example.com" not in page
    assert get(port, "/")[0] == 404
    running.shutdown()
    with pytest.raises(urllib.error.URLError):
        get(port)


def test_a_flush_of_the_provider_puts_nothing_on_the_page_twice(kit: StartKit, port: int) -> None:
    """The exporter keeps what was collected between two scrapes and would show all of it."""
    kit(settings={"metrics.exporter": "prometheus", "metrics.prometheus.port": port})
    meter("scraped").counter("scraped.once").add(1)
    provider: Any = metrics.get_meter_provider()
    assert provider.force_flush()
    assert provider.force_flush()

    assert len(samples(get(port)[2], "scraped_once_total")) == 1


@pytest.mark.usefixtures("eager_threads")
def test_many_scrapes_at_once_have_a_whole_page_each(kit: StartKit, port: int) -> None:
    """Two Prometheus servers scrape the same process."""
    kit(settings={"metrics.exporter": "prometheus", "metrics.prometheus.port": port})
    meter("scraped").counter("scraped.by.many").add(1)
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: get(port, accept=OPENMETRICS)[2], range(80)))

    assert {page.count("scraped_by_many_total{") for page in pages} == {1}
    assert {page.endswith("# EOF\n") for page in pages} == {True}


def test_beside_somebody_elses_provider_the_page_is_redacted_too(otlp: OtlpSink, port: int) -> None:
    """The kit adds its reader there, and redacts by itself."""
    code = f"""
    import urllib.request
    import otel_kit
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import MeterProvider
    metrics.set_meter_provider(MeterProvider(shutdown_on_exit=False))
    kit = otel_kit.init("beside", settings={{"metrics.exporter": "prometheus", "metrics.prometheus.port": {port}}})
    metrics.get_meter("app").create_counter("sold").add(1, {{"mail": "joe@example.com"}})
    print(urllib.request.urlopen("http://127.0.0.1:{port}/metrics").read().decode())
    kit.shutdown()
    """
    done = run_python(code, {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})

    assert done.returncode == 0, done.stderr
    (sold,) = samples(done.stdout, "sold_total")
    assert sold.labels["mail"] == "j***@example.com"
    assert "joe@" not in done.stdout


def test_openmetrics_has_exemplars_and_ends_as_it_must(kit: StartKit, port: int) -> None:
    """Asked for by Accept, as Prometheus does; the strict parser takes the page."""
    kit(settings={"metrics.exporter": "prometheus", "metrics.prometheus.port": port})
    with trace.get_tracer("app").start_as_current_span("work") as span:
        meter("scraped").timer("scraped.took").record(0.3)
        meter("scraped").counter("scraped.done").add(1)
    trace_id = format(span.get_span_context().trace_id, "032x")

    _, content_type, page = get(port, accept=OPENMETRICS)

    assert content_type.startswith("application/openmetrics-text")
    with_exemplars = {
        (sample.name, sample.labels.get("le")): sample.exemplar.labels["trace_id"]
        for family in openmetrics(page)
        for sample in family.samples
        if sample.exemplar and sample.name.startswith("scraped")
    }
    assert with_exemplars == {("scraped_took_seconds_bucket", "0.5"): trace_id, ("scraped_done_total", None): trace_id}


def test_within_the_application_the_path_is_the_kits_for_private_peers(kit: StartKit, port: int) -> None:
    """No port is opened; a stranger gets nothing, the page of the metrics is not measured."""
    settings = {"metrics.exporter": "prometheus", "metrics.prometheus.path": "metrics", "metrics.prometheus.port": port}
    app = kit(settings=settings).instrument_app(build())
    request(app, "/items/1")

    reply = request(app, "/metrics", headers={"accept": OPENMETRICS})

    assert reply.status == 200
    assert (reply.header("content-type") or "").startswith("application/openmetrics-text")
    assert "http_server_request_duration_seconds_count" in reply.body.decode()
    assert request(app, "/metrics", client=("203.0.113.9", 1)).status == 403
    assert request(app, "/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status == 403
    routes = {one.labels.get("http_route") for one in samples(request(app, "/metrics").body.decode(),
              "http_server_request_duration_seconds_count")}  # fmt: skip
    assert "/metrics" not in routes
    with pytest.raises(urllib.error.URLError):
        get(port)


def test_the_applications_own_route_wins(kit: StartKit) -> None:
    """Whoever has /metrics already keeps it."""
    app = build()
    app.get("/metrics")(lambda: "mine")
    running = kit(settings={"metrics.exporter": "prometheus", "metrics.prometheus.path": "/metrics"})

    assert request(running.instrument_app(app), "/metrics").body == b'"mine"'


def test_a_taken_port_makes_it_the_next_and_says_so(kit: StartKit, port: int, caplog: pytest.LogCaptureFixture) -> None:
    """Several workers of one service share one setting."""
    caplog.set_level(logging.INFO)
    with socket.create_server(("127.0.0.1", port)):
        kit(settings={"metrics.exporter": "prometheus", "metrics.prometheus.port": port})

        assert get(port + 1)[0] == 200
    said = [record.getMessage() for record in caplog.records if "scraping" in record.name]
    assert said == [
        f"port {port} is taken, by another worker or by somebody else",
        f"metrics for Prometheus at http://127.0.0.1:{port + 1}/metrics",
    ]


def test_an_address_that_cannot_be_listened_on_is_counted(kit: StartKit, port: int) -> None:
    """The application runs all the same."""
    running = kit(settings={"metrics.exporter": "prometheus", "metrics.prometheus.host": "192.0.2.1",
                            "metrics.prometheus.port": port})  # fmt: skip

    assert running.status().faults["metrics_scrape"] == 1


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Let threads take turns after each few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def without_exporter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which the extra is not installed."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.prometheus", None)


@pytest.mark.usefixtures("without_exporter")
def test_without_the_package_the_extra_is_named(kit: StartKit, caplog: pytest.LogCaptureFixture) -> None:
    """An error when strict, else a warning, and the rest works."""
    with pytest.raises(MissingExtra, match=re.escape("pip install 'otel-kit[prometheus]'")):
        otel_kit.init("test", settings={"metrics.exporter": "prometheus"}, strict=True)

    running = kit(settings={"metrics.exporter": "otlp,prometheus"})

    assert "otel-kit[prometheus]" in caplog.text
    assert running.flush()


WORKERS = """
import urllib.request, urllib.error
settings = {"metrics.exporter": "prometheus", "metrics.prometheus.port": PORT, "traces.exporter": "none",
            "logs.exporter": "none"}

def page(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
    except urllib.error.URLError:
        return None
"""


def test_a_forked_child_is_scraped_on_a_port_of_its_own_from_zero(otlp: OtlpSink, port: int) -> None:
    """The parent goes on at its own port."""
    code = """
    otel_kit.init("forked", settings=settings)
    done = metrics.get_meter("app").create_counter("done")
    done.add(5)
    child = os.fork()
    if child == 0:
        done.add(1)
        print(json.dumps([page(PORT), page(PORT + 1)]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    """
    before = "import json\n" + WORKERS.replace("PORT", str(port))
    end = Program(before + code.replace("\n    ", "\n").replace("PORT", str(port)), otlp.endpoint).end()

    assert end.code == 0, end.stderr
    of_parent, of_child = json.loads(end.stdout)
    assert [one.value for one in samples(of_parent, "done_total")] == [5]
    assert [one.value for one in samples(of_child, "done_total")] == [1]


def test_a_preloading_master_opens_no_port(otlp: OtlpSink, port: int) -> None:
    """Gunicorn --preload loads the application in ``Arbiter.setup``; its workers, forked later, open theirs."""
    code = """
    import json, types
    arbiter = types.ModuleType("gunicorn.arbiter")
    arbiter.__dict__.update(globals())
    arbiter.__dict__["__name__"] = "gunicorn.arbiter"
    loading = "def setup():\\n    otel_kit.init('preloaded', settings=settings)\\n"
    exec(compile(loading, "arbiter", "exec"), arbiter.__dict__)
    arbiter.setup()
    in_master = page(PORT)
    child = os.fork()
    if child == 0:
        print(json.dumps([in_master, page(PORT)]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    """
    before = WORKERS.replace("PORT", str(port))
    end = Program(before + code.replace("\n    ", "\n").replace("PORT", str(port)), otlp.endpoint).end()

    assert end.code == 0, end.stderr
    in_master, in_worker = json.loads(end.stdout)
    assert in_master is None
    assert "target_info" in in_worker
