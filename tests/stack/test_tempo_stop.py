"""Tempo does not end by itself and is killed seconds after it was asked to: nothing that it took is lost."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from urllib.error import HTTPError
from urllib.request import urlopen

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from otel_kit.stack import assets
from otel_kit.stack.native import PORTS, Layout
from otel_kit.stack.native.components import KINDS, TEMPO, program
from otel_kit.stack.native.processes import Component
from otel_kit.stack.native.wiring import wire
from tests.stack.collector_process import free_ports
from tests.stack.otlp_client import GRPC_METHODS
from tests.stack.payloads import new_span, trace_request

pytestmark = pytest.mark.stack

_ENVIRONMENT = dict(os.environ)  # noqa: TID251 - PATH and HOME, for the component
_SPANS = 20
_BEFORE, _AT_MOST = 100, 1000


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """Those of a native run with shipped settings, on free ports."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    return wire({}, Layout(tmp_path), assets.root(), ports)


@pytest.fixture
def server(tempo: Path, tmp_path: Path, variables: dict[str, str]) -> Iterator[Component]:
    """Tempo as the native stack runs it, ready."""
    layout = Layout(tmp_path)
    layout.make()
    (kind,) = (kind for kind in KINDS if kind.name == TEMPO)
    made = Component(program(kind, tempo, variables, layout, _ENVIRONMENT, ()))
    made.start()
    try:
        made.wait_ready(Event())
        yield made
    finally:
        made.kill()


def spans_of(url: str, trace_id: bytes) -> int:
    """Return how many spans of that trace are found."""
    try:
        with urlopen(f"{url}/api/v2/traces/{trace_id.hex()}", timeout=10) as answer:
            found = json.load(answer)
    except HTTPError as error:
        error.close()
        if error.code == 404:
            return 0
        raise
    groups = found["trace"].get("resourceSpans", [])
    return sum(len(scope["spans"]) for group in groups for scope in group["scopeSpans"])


def test_what_was_acknowledged_is_there_after_a_stop_that_ended_in_a_kill(
    server: Component, variables: dict[str, str]
) -> None:
    """Up to the moment in which it refuses: from then on the Collector keeps what it has."""
    url = f"http://{variables['STACK_LISTEN']}:{variables['STACK_TEMPO_HTTP_PORT']}"
    acknowledged: list[bytes] = []
    refused: list[grpc.StatusCode] = []

    with grpc.insecure_channel(variables["STACK_TEMPO_OTLP_ENDPOINT"]) as channel:
        send = channel.unary_unary(
            GRPC_METHODS[ExportTraceServiceRequest],
            request_serializer=ExportTraceServiceRequest.SerializeToString,
            response_deserializer=ExportTraceServiceResponse.FromString,
        )
        while not refused and len(acknowledged) < _AT_MOST:
            if len(acknowledged) == _BEFORE:
                spans_of(url, acknowledged[0])  # who was asked once does not end by itself
                server.ask_to_stop()
            trace_id = uuid.uuid4().bytes
            spans = [new_span(f"s{number}") for number in range(_SPANS)]
            for span in spans:
                span.trace_id = trace_id
            try:
                send(trace_request(spans), timeout=10)
                acknowledged.append(trace_id)
            except grpc.RpcError as error:
                refused.append(error.code())

    assert refused in ([], [grpc.StatusCode.UNAVAILABLE])
    assert server.stop() is False
    server.start()
    server.wait_ready(Event())

    assert len(acknowledged) >= _BEFORE  # on a busy machine the first one after the signal is refused
    assert {spans_of(url, trace_id) for trace_id in acknowledged} == {_SPANS}
