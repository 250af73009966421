"""What every test has: a clean environment; and what many want: a real OTLP endpoint and a kit that sends to it."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

import otel_kit
from otel_kit.kit import Kit
from tests.otlp_sink import OtlpSink

_PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}


# A busy machine is no failure: no test of ours depends on time.
hypothesis_settings.register_profile("otel-kit", deadline=None)
hypothesis_settings.load_profile("otel-kit")


@pytest.fixture(scope="session")
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that stands in for the user's state folder."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, state_folder: Path) -> None:
    """Let no variable of the machine reach the test: OpenTelemetry's, the kit's, proxies."""
    for name in list(os.environ):  # noqa: TID251 - cleaning it is the point
        if name.startswith("OTEL_") or name.upper() in _PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("OTEL_KIT_STATE_DIR", str(state_folder))


@pytest.fixture
def otlp() -> Iterator[OtlpSink]:
    """A real OTLP/HTTP endpoint on loopback."""
    sink = OtlpSink()
    yield sink
    sink.stop()


StartKit = Callable[..., Kit]


@pytest.fixture
def kit(otlp: OtlpSink, logging_state: None, httpx_state: None) -> Iterator[StartKit]:
    """A function like ``otel_kit.init`` whose kit sends to ``otlp``; shut down after the test.

    ``settings`` are added to the fixture's own; any other keyword goes to ``init`` as it is.
    """
    with contextlib.ExitStack() as ends:

        def start(service_name: str = "test", *, settings: Mapping[str, Any] | None = None, **more: Any) -> Kit:
            # The level is asked for because pytest's own handlers on the root logger look like an application's choice.
            own = {
                "export.endpoint": otlp.endpoint, "metrics.machine": False, "logs.level": "info",
                "events.lifecycle": False,
            }  # fmt: skip
            started = otel_kit.init(service_name, settings={**own, **(settings or {})}, **more)
            ends.callback(started.shutdown)
            return started

        yield start


@pytest.fixture
def logging_state() -> Iterator[None]:
    """Put levels, handlers and propagation of every logger back to what they were."""
    loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    before = [(logger, logger.level, logger.propagate, list(logger.handlers)) for logger in loggers]
    yield
    for logger, level, propagate, handlers in before:
        logger.setLevel(level)
        logger.propagate = propagate
        logger.handlers[:] = handlers


@pytest.fixture
def httpx_state() -> Iterator[None]:
    """Leave httpx as it was found: a kit that has ended leaves it instrumented, and other tests are its clients.

    With its mark the requests of the shop's customers, say, would belong to traces whose root nobody sends, and of such
    traces Tempo does not know which span is below which.
    """
    yield
    if (instrumentor := HTTPXClientInstrumentor()).is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()
