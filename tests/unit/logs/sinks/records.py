"""Log records as the sinks get them: redacted copies, out of the kit's own encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import ReadWriteLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from otel_kit.pipeline.encoder import Encoder
from otel_kit.pipeline.redaction_counts import RedactionCounts
from otel_kit.redaction.redactor import default_redactor
from otel_kit.redaction.snapshot import plain, text_of

RESOURCE = Resource({"service.name": "shop", "deployment.environment.name": "test"})
AT = 1_795_292_130_123_456_789  # 2026-11-21T20:15:30.123456789Z


def record(
    body: Any = "hello",
    attributes: Mapping[Any, Any] | None = None,
    severity: SeverityNumber | None = SeverityNumber.INFO,
    **more: Any,
) -> ReadWriteLogRecord:
    """Return a redacted record of ``orders.payment``; its attributes are plain, as the bridges hand them over."""
    extras = {text_of(key): plain(value) for key, value in (attributes or {}).items()}
    raw = LogRecord(
        timestamp=AT,
        severity_number=severity,
        body=body,
        attributes={"otel_kit.logger.name": "orders.payment", **extras},
        **more,
    )
    made = ReadWriteLogRecord(raw, RESOURCE, InstrumentationScope("otel_kit"))
    encoder = Encoder(default_redactor(), RedactionCounts(), lambda: "id", RESOURCE)
    return encoder.log_copy(made, True)
