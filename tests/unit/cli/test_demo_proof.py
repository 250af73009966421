"""The proof of redaction: a carrier counts only at its place, of its service, in masked form; a leak is found."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from examples.shop.planted import Planted
from otel_kit.cli.demo.command import summary
from otel_kit.cli.demo.proof import Carriers, Wire
from otel_kit.cli.demo.results import Result
from otel_kit.cli.demo.tap import Tap
from otel_kit.cli.demo.texts import Text
from tests.otlp_sink import OtlpSink

_PLANTED = Planted("mail", "bo@example.com", "email", "shop", "log.body", r"from b\*\*\*@example\.com")


@pytest.mark.parametrize(
    ("text", "is_seen"),
    [
        (Text("shop", "log.body", "from b***@example.com today"), True),
        (Text("shop", "log.body", "from bo@example.com"), False),
        (Text("shop", "log.attributes.note", "from b***@example.com"), False),
        (Text("orders", "log.body", "from b***@example.com"), False),
        (Text("shop", "log.body", "[REDACTED:error]"), False),
    ],
    ids=["masked", "raw", "elsewhere", "other service", "dropped"],
)
def test_a_carrier_is_seen_only_in_masked_form_at_its_place(text: Text, is_seen: bool) -> None:
    """Nothing else counts: not the raw value, not a dropped one, not the right text somewhere else."""
    carriers = Carriers([_PLANTED])

    carriers.look([text])

    assert carriers.missing == ([] if is_seen else ["mail"])


def test_a_carrier_stays_seen() -> None:
    """Later texts take nothing back."""
    carriers = Carriers([_PLANTED])

    carriers.look([Text("shop", "log.body", "from b***@example.com")])
    carriers.look([Text("shop", "log.body", "nothing")])

    assert carriers.missing == []


@pytest.fixture
def tap() -> Iterator[Tap]:
    """A tap that is closed after the test."""
    tap = Tap()
    yield tap
    tap.close()


def _log(body: str) -> bytes:
    request = ExportLogsServiceRequest()
    resource = Resource(attributes=[KeyValue(key="service.name", value=AnyValue(string_value="shop"))])
    logs = request.resource_logs.add(resource=resource)
    logs.scope_logs.add().log_records.add(body=AnyValue(string_value=body))
    return request.SerializeToString()


def test_the_wire_tells_masked_carriers_from_leaks(tap: Tap, otlp: OtlpSink) -> None:
    """Both are read from what a sender really sent, also when it comes in pieces."""
    url, wire = tap.open(otlp.endpoint), Wire(tap, [_PLANTED])

    httpx.post(f"{url}/v1/logs", content=_log("from b***@example.com"), trust_env=False)
    wire.read()
    assert (wire.carriers.missing, wire.leaks) == ([], {})

    httpx.post(f"{url}/v1/logs", content=_log("from bo@example.com"), trust_env=False)
    wire.read()
    assert wire.leaks == {"bo@example.com": {"/v1/logs"}}
    assert wire.requests == 2


def test_the_summary_says_what_failed() -> None:
    """Each check has its line; what is wrong stands below it."""
    results = [Result("linked", "a trace"), Result("wire", "2 requests", ("leaked: mail in /v1/logs",))]

    assert summary(results, 3.21) == (
        "ok    linked  a trace\n"
        "FAIL  wire    2 requests\n"
        "              - leaked: mail in /v1/logs\n"
        "failed: 1 of 2 checks, in 3.2 s"
    )
