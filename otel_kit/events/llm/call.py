"""One call of a model while it runs: what is read, who fails, when it is over."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from otel_kit import semconv
from otel_kit.events.llm.answer import Answer
from otel_kit.events.llm.content import Conversation, conversation
from otel_kit.events.llm.failures import is_abandonment
from otel_kit.events.llm.fields import short_text
from otel_kit.events.llm.in_force import in_force
from otel_kit.events.llm.instruments import count_usage_fault
from otel_kit.events.llm.reading import Reading
from otel_kit.events.llm.request import Request
from otel_kit.events.llm.responses import read_response
from otel_kit.events.llm.scope import Scope, enter, leave
from otel_kit.events.llm.settlement import Course, settle
from otel_kit.events.llm.streams import Stream
from otel_kit.events.llm.tokens import LATE, Tokens, count_of
from otel_kit.events.llm.usage import amount_of
from otel_kit.events.outlet import outlet
from otel_kit.version import __version__

if TYPE_CHECKING:
    Figure = int | None  # what an application should give
    Money = float | None
else:
    Figure = Money = Any  # what it gives comes from elsewhere: wrong figures are counted, and no fault of the code

S = TypeVar("S")
_MAX_ANSWERS: Final = 1024
_tracer = trace.get_tracer(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
# Calls whose stream nobody holds any more. The garbage collector says so, maybe within some lock: so they wait here.
_dropped: deque[Call] = deque()


class Call:
    """One call of a model, as a ``with`` or ``async with`` block. Thread-safe; ends once, whatever happens.

    It ends with its block. A stream that leaves the block before it was read from ends it later: when it is at its end,
    closed or dropped. Nothing here raises.
    """

    def __init__(self, request: Request, messages: Any = None, answer: Answer | None = None) -> None:
        self._request = request
        self._lock = threading.RLock()
        self._is_with_content = in_force().content
        self._input = _read_input(messages) if self._is_with_content and messages is not None else []
        self._answers: list[Answer] = []
        self._manual: Answer | None = answer
        self._readings: list[Reading] = []
        self._scope: Scope | None = None
        self._started = 0.0
        self._ended: tuple[float, int] | None = None
        self._first_chunk_s: float | None = None
        self._error: BaseException | str | None = None
        self._is_given_up = self._is_left = self._is_over = False

    def __enter__(self) -> Call:
        try:
            settle_dropped()
            self.start()
        except Exception as error:
            outlet().count_fault("llm", error)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace_: object) -> None:
        try:
            if self._scope is not None:
                leave(self._scope)
            self._leave(error)
        except Exception as failure:
            outlet().count_fault("llm", failure)

    async def __aenter__(self) -> Call:
        return self.__enter__()

    async def __aexit__(self, kind: object, error: BaseException | None, trace_: object) -> None:
        self.__exit__(kind, error, trace_)

    def read(self, response: Any) -> None:
        """Take usage, model, id, reasons and tool calls out of an answer: an object, a mapping or JSON text.

        Several answers in one call add up; one that comes again under its id counts once.
        """
        try:
            answer = self._new_answer()
            if answer is not None:
                read_response(answer, response)
        except Exception as error:  # a response may be anything
            outlet().count_fault("llm_read", error)

    def stream(self, stream: S) -> S:
        """Return what is to be read in place of the stream, sync or async: chunks pass through as they are."""
        answer = self._new_answer()
        if answer is None:
            return stream
        reading = Reading(self, answer)
        with self._lock:
            self._readings.append(reading)
        return cast("S", Stream(stream, reading))  # it has all that the stream has

    def usage(
        self,
        *,
        input_tokens: Figure = None,
        output_tokens: Figure = None,
        cache_read_tokens: Figure = None,
        cache_creation_tokens: Figure = None,
        reasoning_tokens: Figure = None,
        cost: Money = None,
        model: str | None = None,
    ) -> None:
        """Take figures that the application has itself; they win over what was read.

        ``input_tokens`` and ``output_tokens`` are totals: cached tokens are part of the input, those of reasoning of
        the output. ``cost`` in US dollars. ``model`` is the one that answered.
        """
        try:
            with self._lock:
                if self._is_too_late():
                    return
                answer = self._manual = self._manual or Answer()
            refuse = answer.refuse
            tokens = Tokens(
                count_of(input_tokens, refuse),
                count_of(output_tokens, refuse),
                count_of(cache_read_tokens, refuse),
                count_of(cache_creation_tokens, refuse),
                reasoning=count_of(reasoning_tokens, refuse),
            )
            answer.take(tokens, amount_of(cost, refuse), short_text(model))
        except Exception as error:
            outlet().count_fault("llm_usage", error)

    def failed(self, error: BaseException | str) -> None:
        """Say that the call has failed, where its exception does not leave the block."""
        with self._lock:
            if self._error is None:
                self._error = error if isinstance(error, BaseException) else short_text(error) or semconv.OTHER

    def retire(self) -> Call:
        """Return this call, which will never do anything."""
        self._is_over = True
        return self

    def start(self, started_ns: int | None = None) -> None:
        """Start the span and make it current; once."""
        with self._lock:
            if self._scope is not None or self._is_over:
                return
            before = otel_context.get_current()
            attributes = {name: value for name, value in self._request.attributes().items() if value is not None}
            span = _tracer.start_span(
                self._request.span_name, before, SpanKind.CLIENT, attributes, start_time=started_ns or time.time_ns()
            )
            if self._request.tenant is not None:  # again: what is bound comes onto each span when it starts
                span.set_attribute(semconv.TENANT, self._request.tenant)
            self._started = time.perf_counter()
            self._scope = enter(span, before)

    def end(self, course: Course | None = None) -> None:
        """Write what came of the call, once; ``course`` where it is not what happened between start and end."""
        with self._lock:
            if self._is_over or self._scope is None:
                return
            self._is_over = self._scope.is_over = True
            scope, answers, manual = self._scope, list(self._answers), self._manual
        token = otel_context.attach(scope.context)
        try:
            settle(scope.span, self._request, course or self._course(), answers, manual)
        except Exception as error:
            outlet().count_fault("llm", error)
        finally:
            otel_context.detach(token)
            scope.span.end(self._ended[1] if self._ended else None)

    def finish(self, course: Course) -> None:
        """End a call of which the application knows all, and that was never current for others."""
        if self._scope is not None:
            leave(self._scope)
        self.end(course)

    def chunk_came(self) -> None:
        """Note when the first chunk of a stream came."""
        if self._first_chunk_s is None:
            self._first_chunk_s = time.perf_counter() - self._started

    def stream_over(self) -> None:
        """A stream has ended: outside the block the last one ends the call."""
        with self._lock:
            is_last = self._is_left and all(reading.is_over for reading in self._readings)
        if is_last:
            self.end()

    def stream_dropped(self) -> None:
        """A stream is held by nobody any more; the end waits for somebody who may take locks."""
        if self._is_left and not self._is_over:
            self._ended = (time.perf_counter(), time.time_ns())
            _dropped.append(self)

    def _leave(self, error: BaseException | None) -> None:
        with self._lock:
            if is_abandonment(error):
                self._is_given_up = True
            elif error is not None:
                self._error = error
            self._is_left = True
            is_handed_out = error is None and any(not reading.has_begun for reading in self._readings)
            for reading in self._readings:
                if reading.has_begun or error is not None:
                    reading.leave()
            is_handed_out = is_handed_out and not all(reading.is_over for reading in self._readings)
        if not is_handed_out:
            self.end()

    def _course(self) -> Course:
        ended = self._ended[0] if self._ended else time.perf_counter()
        return Course(
            duration_s=max(0.0, ended - self._started),
            first_chunk_s=self._first_chunk_s,
            is_streamed=bool(self._readings),
            is_left_early=any(not reading.is_exhausted for reading in self._readings),
            is_given_up=self._is_given_up,
            error=self._error,
            input=self._input,
        )

    def _new_answer(self) -> Answer | None:
        with self._lock:
            if self._is_too_late() or len(self._answers) >= _MAX_ANSWERS:
                return None
            answer = Answer(output=Conversation() if self._is_with_content else None)
            self._answers.append(answer)
            return answer

    def _is_too_late(self) -> bool:
        if self._is_over:
            count_usage_fault(LATE, self._request.provider)
        return self._is_over


def _read_input(messages: Any) -> list[dict[str, Any]]:
    try:
        return conversation(messages)
    except Exception as error:  # messages may be anything
        outlet().count_fault("llm_read", error)
        return []


def settle_dropped() -> None:
    """Write the calls whose streams were dropped."""
    while _dropped:
        try:
            call = _dropped.popleft()
        except IndexError:  # another thread was faster
            return
        call.end()


def forget_dropped() -> None:
    """Leave the calls whose streams were dropped to the parent, in a forked child."""
    _dropped.clear()
