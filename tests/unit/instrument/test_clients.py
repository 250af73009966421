"""Client libraries are measured when they are installed, whenever the application imports them."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from tests.otlp_sink import OtlpSink
from tests.subprocesses import run_python

needs_sqlalchemy = pytest.mark.skipif(
    find_spec("sqlalchemy") is None,
    reason="not run: the newest set of OpenTelemetry has no SQLAlchemy instrumentation yet; make test runs it",
)
PROGRAM = """
import sys
{before}
import otel_kit
kit = otel_kit.init("orders")
imported = "sqlalchemy" in sys.modules
import sqlalchemy
with sqlalchemy.create_engine("sqlite://").connect() as connection:
    connection.execute(sqlalchemy.text("SELECT 'ada@example.com' AS mail"))
kit.shutdown()
import json
print(json.dumps([imported, kit.status().clients, dict(kit.status().faults)]))
"""


@needs_sqlalchemy
@pytest.mark.parametrize("before", ["", "import sqlalchemy"])
def test_sqlalchemy_is_instrumented_when_it_is_imported(otlp: OtlpSink, before: str) -> None:
    """Before the start of the kit or after it; the kit itself does not import it."""
    done = run_python(PROGRAM.format(before=before), {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})

    assert (done.returncode, done.stderr) == (0, "")
    imported, clients, faults = json.loads(done.stdout)
    assert (imported, clients, faults) == (bool(before), ["httpx", "sqlalchemy", "celery"], {})
    statements = [span.attributes.get("db.statement") or span.attributes.get("db.query.text") for span in otlp.spans()]
    assert "SELECT ? AS mail" in statements


@needs_sqlalchemy
def test_sqlalchemy_may_be_left_alone(otlp: OtlpSink) -> None:
    """By the setting."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, "OTEL_KIT_INSTRUMENT_CLIENTS": "httpx"}

    done = run_python(PROGRAM.format(before=""), env)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[1] == ["httpx"]
    assert otlp.spans() == []
