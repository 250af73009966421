"""The Guard: root of traces and logs, so that whatever is added later stands behind it.

The kit's own lane takes the raw record and redacts while it encodes, off the application's thread. Every other
processor, whenever it was added, gets one redacted copy, made only if one is there. Nothing here raises into the
application: faults are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord

# The one home of this class; the public package does not export it.
from opentelemetry.sdk._logs._internal import SynchronousMultiLogRecordProcessor
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, SynchronousMultiSpanProcessor

from otel_kit.pipeline.encoder import Encoder
from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.sinks import NO_SINKS, Sinks
from otel_kit.pipeline.taken import SharedTaken, Taken
from otel_kit.pipeline.worker import Encode, Worker

Bound = Callable[[Context | None], Any]
_IMMUTABLE = frozenset((str, int, float, bool, bytes, type(None)))


Lane = Worker[Taken]


def encode_spans(encoder: Encoder, owned: bool) -> Encode[Taken]:
    """Return the traces lane's ``encode``."""
    return lambda batch: encoder.spans(
        [item.record if item.redacted else encoder.span_copy(item.record, owned) for item in batch]
    )


def encode_logs(encoder: Encoder, owned: bool) -> Encode[Taken]:
    """Return the logs lane's ``encode``."""
    return lambda batch: encoder.logs([item.copy(lambda record: encoder.log_copy(record, owned)) for item in batch])


@dataclass(frozen=True, slots=True)
class Behind:
    """What a Guard works with; replaced as a whole when the kit is started anew in the same process."""

    encoder: Encoder
    lane: Lane | None
    faults: Faults
    owned: bool
    sinks: Sinks = NO_SINKS


class SpanGuard(SynchronousMultiSpanProcessor):
    """``TracerProvider(active_span_processor=SpanGuard(...))``."""

    def __init__(self, behind: Behind, bound: Bound) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the SDK leaves it bare
        self.behind = behind
        self._bound = bound

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Write what is bound onto the span; other processors see the live span (declared residue)."""
        try:
            values = self._bound(parent_context)
            if values:
                span.set_attributes(values)
        except Exception as error:
            self.behind.faults.count("span_start", error)
        for processor in self._span_processors:
            try:
                processor.on_start(span, parent_context)
            except Exception as error:
                self.behind.faults.count("foreign_processor", error)

    def _on_ending(self, span: Span) -> None:
        for processor in self._span_processors:
            try:
                processor._on_ending(span)
            except Exception as error:
                self.behind.faults.count("foreign_processor", error)

    def on_end(self, span: ReadableSpan) -> None:
        """Hand the span to the lane and a redacted copy to everybody else."""
        try:
            context = span.get_span_context()
            if context is None or not context.trace_flags.sampled:
                return
            others = self._span_processors
            behind = self.behind
            taken = Taken(behind.encoder.span_copy(span, behind.owned), True) if others else Taken(span, False)
            if behind.lane is not None:
                behind.lane.offer(taken)
        except Exception as error:
            self.behind.faults.count("span_end", error)
            return
        for processor in others:
            try:
                processor.on_end(taken.record)
            except Exception as error:
                self.behind.faults.count("foreign_processor", error)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the lane and the others within the time; True when all did."""
        flushed = _flush_lane(self.behind.lane, timeout_millis)
        return _flush_others(lambda: super(SpanGuard, self).force_flush(timeout_millis), self.behind.faults) and flushed

    def shutdown(self) -> None:
        """Shut the others down; the lane ends with the kit."""
        _flush_others(lambda: super(SpanGuard, self).shutdown(), self.behind.faults)


class LogGuard(SynchronousMultiLogRecordProcessor):
    """``LoggerProvider(multi_log_record_processor=LogGuard(...))``."""

    def __init__(self, behind: Behind, bound: Bound) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the SDK leaves it bare
        self.behind = behind
        self._bound = bound

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Write what is bound onto the record, hand it to the lane and a redacted copy to everybody else."""
        try:
            add_bound(log_record, self._bound)
            others = self._log_record_processors
            # What the application, or a processor of somebody else's provider, may change later is copied now.
            mutable = type(log_record.log_record.body) not in _IMMUTABLE
            behind = self.behind
            copied = bool(others) or mutable or not behind.owned
            workers = behind.sinks.workers
            taken = (SharedTaken if workers else Taken)(
                behind.encoder.log_copy(log_record, behind.owned) if copied else log_record, copied
            )
            if behind.lane is not None:
                behind.lane.offer(taken)
            for worker in workers:
                worker.offer(taken)
        except Exception as error:
            self.behind.faults.count("log_emit", error)
            return
        for processor in others:
            try:
                processor.on_emit(taken.record)
            except Exception as error:
                self.behind.faults.count("foreign_processor", error)

    def enabled(self, **kwargs: Any) -> bool:
        """The kit's lane and sinks want every record; without them the others are asked."""
        behind = self.behind
        return behind.lane is not None or bool(behind.sinks.workers) or super().enabled(**kwargs)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the lane, the sinks and the others, each within the time; True when all did."""
        flushed = _flush_lane(self.behind.lane, timeout_millis)
        flushed = self.behind.sinks.flush(timeout_millis / 1000) and flushed
        return _flush_others(lambda: super(LogGuard, self).force_flush(timeout_millis), self.behind.faults) and flushed

    def shutdown(self) -> None:
        """Shut the others down; the lane ends with the kit."""
        _flush_others(lambda: super(LogGuard, self).shutdown(), self.behind.faults)


class SpanLane(SpanProcessor):
    """The kit's lane on somebody else's TracerProvider: what the kit sends is redacted, what others send is not."""

    def __init__(self, guard: SpanGuard) -> None:
        self._guard = guard

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Write what is bound onto the span."""
        self._guard.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """Hand the span to the lane."""
        self._guard.on_end(span)

    def shutdown(self) -> None:
        """Flush what is here; the lane ends with the kit."""
        self._guard.force_flush(2000)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the lane."""
        return self._guard.force_flush(timeout_millis)


class LogLane(LogRecordProcessor):
    """The kit's lane on somebody else's LoggerProvider."""

    def __init__(self, guard: LogGuard) -> None:
        self._guard = guard

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Hand a copy to the lane: processors after this one may still change the record."""
        self._guard.on_emit(log_record)

    def shutdown(self) -> None:
        """Flush what is here; the lane ends with the kit."""
        self._guard.force_flush(2000)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the lane."""
        return self._guard.force_flush(timeout_millis)


def add_bound(record: ReadWriteLogRecord, bound: Bound) -> None:
    """Write bound values into the record's attributes; what the record says itself stays."""
    values = bound(record.log_record.context)
    if values:
        attributes = record.log_record.attributes
        for name, value in values.items():
            if name not in attributes:  # type: ignore[operator]
                attributes[name] = value  # type: ignore[index]


def _flush_lane(lane: Lane | None, timeout_millis: int) -> bool:
    return lane is None or lane.flush(timeout_millis / 1000)


def _flush_others(act: Callable[[], Any], faults: Faults) -> bool:
    try:
        return act() is not False
    except Exception as error:
        faults.count("foreign_processor", error)
        return False
