"""Where a signal goes: the rules of the OTLP exporter specification, resolved once."""

from __future__ import annotations

from typing import Any

import pytest

from otel_kit.errors import ConfigError
from otel_kit.pipeline.endpoint import Endpoint, hint, is_this_machine, resolve
from otel_kit.pipeline.grpc_sender import GrpcSender
from otel_kit.pipeline.http_sender import HttpSender
from otel_kit.pipeline.senders import build_sender
from otel_kit.settings import Export, Settings


def _resolve(signal: Any = "traces", own: dict[str, Any] | None = None, **general: Any) -> Endpoint:
    groups: dict[str, Any] = {"export": Export(**general), f"export_{signal}": Export(**(own or {}))}
    return resolve(Settings(**groups), signal)


@pytest.mark.parametrize(
    ("general", "own", "shown"),
    [
        ({}, {}, "http://localhost:4318/v1/traces (http/protobuf)"),
        ({"protocol": "grpc"}, {}, "http://localhost:4317 (grpc)"),
        ({"endpoint": "http://c:4318/"}, {}, "http://c:4318/v1/traces (http/protobuf)"),
        ({"endpoint": "http://c/base"}, {}, "http://c:80/base/v1/traces (http/protobuf)"),
        ({"endpoint": "https://c"}, {}, "https://c:443/v1/traces (http/protobuf)"),
        ({}, {"endpoint": "http://c:9/as/it/is"}, "http://c:9/as/it/is (http/protobuf)"),
        ({}, {"endpoint": "http://c:9"}, "http://c:9/ (http/protobuf)"),
        ({"endpoint": "http://c:1"}, {"endpoint": "http://d:2/x"}, "http://d:2/x (http/protobuf)"),
        ({"endpoint": "c:4317", "protocol": "grpc"}, {}, "http://c:4317 (grpc)"),
        ({"endpoint": "c:4317", "protocol": "grpc", "insecure": False}, {}, "https://c:4317 (grpc)"),
        ({"endpoint": "http://[::1]:4318"}, {}, "http://[::1]:4318/v1/traces (http/protobuf)"),
        ({"endpoint": "http://me:secret@c:4318?key=secret"}, {}, "http://c:4318/v1/traces (http/protobuf)"),
    ],
)
def test_addresses(general: dict[str, Any], own: dict[str, Any], shown: str) -> None:
    """A general endpoint gets the signal's path, a signal's own is used as it is; no credentials are shown."""
    assert shown == _resolve(own=own, **general).shown


@pytest.mark.parametrize(
    ("host", "compression", "compressed"),
    [
        ("127.0.0.1", None, False),
        ("localhost", None, False),
        ("[::1]", None, False),
        ("collector.test", None, True),
        ("collector.test", "none", False),
        ("127.0.0.1", "gzip", True),
    ],
)
def test_compression_is_for_networks(host: str, compression: str | None, compressed: bool) -> None:
    """It costs more than loopback saves; who asks for it gets it."""
    assert compressed == _resolve(endpoint=f"http://{host}:4318", compression=compression).gzip


def test_own_options_go_before_general_ones() -> None:
    """Option by option."""
    where = _resolve("logs", {"timeout_s": 3.0}, timeout_s=9.0, headers={"X-Key": "v"})

    assert (3.0, "v") == (where.timeout_s, where.headers["x-key"])


def test_header_of_the_settings_wins_over_the_urls_credentials() -> None:
    """The more explicit one."""
    assert (
        "Bearer t" == _resolve(endpoint="http://u:p@c", headers={"Authorization": "Bearer t"}).headers["authorization"]
    )


def test_this_machine_is_loopback_only() -> None:
    """Private networks are networks."""
    assert [True, True, True, False, False] == [
        is_this_machine(host) for host in ("localhost", "127.8.8.8", "a.localhost", "10.0.0.1", "example.test")
    ]


@pytest.mark.parametrize(
    ("general", "wanted"),
    [
        ({"endpoint": "http://c:4317"}, "4318"),
        ({"endpoint": "http://c:4318", "protocol": "grpc"}, "4317"),
        ({"endpoint": "http://localhost:4318"}, "otel-kit view"),
        ({"endpoint": "http://c:4318"}, ""),
    ],
)
def test_hint_names_the_likely_cause(general: dict[str, Any], wanted: str) -> None:
    """When nothing answers properly."""
    assert wanted in hint(_resolve(**general))
    assert bool(wanted) == bool(hint(_resolve(**general)))


def test_protocol_chooses_the_sender() -> None:
    """Neither opens a connection yet."""
    assert isinstance(build_sender(_resolve()), HttpSender)
    assert isinstance(build_sender(_resolve(protocol="grpc")), GrpcSender)


def test_certificates_of_grpc_are_looked_at_at_the_start() -> None:
    """A file that is not there would otherwise be found out at each request."""
    with pytest.raises(ConfigError, match=r"nowhere\.pem"):
        build_sender(_resolve(endpoint="https://c:4317", protocol="grpc", certificate="/nowhere.pem"))
