"""The public names: those and no others, harmless before init, cheap to import."""

from __future__ import annotations

import json
import types

import pytest

import otel_kit
from tests.subprocesses import run_python

# What `import otel_kit` may load beside the standard library.
_LOADED_BY_IMPORT = {"otel_kit", "otel_kit.version"}


def test_dir_shows_what_all_names() -> None:
    """Sorted, each there, none a module but ``event``, which type checkers can only follow as one."""
    assert dir(otel_kit) == sorted(otel_kit.__all__)
    assert len(set(otel_kit.__all__)) == len(otel_kit.__all__)
    for name in set(otel_kit.__all__) - {"event"}:
        assert not isinstance(getattr(otel_kit, name), types.ModuleType), name


def test_no_public_name_is_a_module_of_the_package() -> None:
    """``otel_kit.redact`` must not change its meaning when a module of that name is imported."""
    from importlib.util import find_spec

    assert [name for name in otel_kit.__all__ if find_spec(f"otel_kit.{name}") is not None] == []


def test_unknown_names_are_attribute_errors() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = otel_kit.nonsense  # type: ignore[attr-defined]


def test_the_public_methods_of_kit() -> None:
    """Those of the design, and nothing by accident."""
    public = {name for name in vars(otel_kit.Kit) if not name.startswith("_")}

    assert {"instrument_app", "flush", "shutdown", "status", "reload", "health"} <= public
    more = {"loaded", "telemetry", "settings", "start", "engine"}
    assert public <= {"instrument_app", "flush", "shutdown", "status", "reload", "health", *more}


def test_importing_the_package_costs_next_to_nothing() -> None:
    """Only the standard library's own modules besides the package itself."""
    done = run_python(
        """
        import json, sys
        before = set(sys.modules)
        import otel_kit
        dir(otel_kit)
        more = set(sys.modules) - before
        print(json.dumps(sorted(name for name in more if name.partition(".")[0] not in sys.stdlib_module_names)))
        """
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads(done.stdout)) == _LOADED_BY_IMPORT


def test_importing_the_whole_kit_leaves_frameworks_and_servers_alone() -> None:
    """The viewer's server and the frameworks of others are loaded when they are needed."""
    done = run_python(
        """
        import sys, otel_kit
        for name in otel_kit.__all__:
            getattr(otel_kit, name)
        heavy = {"fastapi", "starlette", "uvicorn", "httpx", "grpc", "sqlite3", "requests"}
        print(sorted(heavy & set(sys.modules)))
        """
    )

    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_every_name_is_harmless_before_init() -> None:
    """Nothing is set, started, printed or raised."""
    done = run_python(
        """
        import logging, threading, otel_kit
        from opentelemetry import trace
        otel_kit.bind(user_id="u")
        with otel_kit.bind(tenant="t"):
            assert otel_kit.current().bound == {"user.id": "u", "otel_kit.tenant": "t"}
        assert otel_kit.current().trace_id is None
        @otel_kit.traced
        @otel_kit.monitored
        def double(number):
            return 2 * number
        assert double(21) == 42
        with otel_kit.meter("shop").timer("shop.checkout"):
            otel_kit.meter("shop").counter("shop.orders").add(1)
        assert otel_kit.inject() == {}
        with otel_kit.extract({"traceparent": "nonsense"}):
            otel_kit.event.business(name="order.placed")
        assert isinstance(otel_kit.event.audit(action="export", actor="u-42"), otel_kit.event.Pending)
        with otel_kit.alert("payments"), otel_kit.event.llm(provider="openai", model="gpt-5", operation="chat"):
            pass
        assert otel_kit.redact("mail bob@example.com") == "mail b***@example.com"
        assert threading.active_count() == 1
        assert type(trace.get_tracer_provider()).__name__ == "ProxyTracerProvider"
        assert logging.getLogger().handlers == []
        """
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
