"""Trace context over what is not HTTP: queues, files, subprocesses. What goes in at one end comes out at the other.

A carrier is a mapping of texts, or a list of pairs as the headers of Kafka and of ASGI are, of bytes or texts. What a
queue hands out may be anything: nothing here raises, and what cannot be read is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, MutableSequence
from contextvars import Token
from itertools import islice
from typing import Any, Self, TypeVar, overload

from opentelemetry import baggage, trace
from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.trace import Link

from otel_kit import semconv
from otel_kit.around import leave
from otel_kit.context import bound, with_request_scope
from otel_kit.instrument.baggage import guard_in_force

Carrier = MutableMapping[str, Any] | MutableSequence[tuple[Any, Any]]
C = TypeVar("C", bound=Carrier)
_LINKS = otel_context.create_key("otel_kit.links")
_MAX_ENTRIES = 1024  # of a carrier that are looked at
_MAX_VALUE = 8192  # characters of one value (W3C Baggage, section 3.3.2: 8192 bytes are to be passed on)


@overload
def inject(carrier: None = None) -> dict[str, str]: ...


@overload
def inject(carrier: C) -> C: ...


def inject(carrier: Any = None) -> Any:
    """Write the current trace context into ``carrier`` and return it; without one, return a new dict.

    It gets ``traceparent`` and ``tracestate``, and as ``baggage`` what the setting ``baggage.allow`` names, of the
    baggage and of the bound values, redacted. Entries of these names that are there already are replaced. A list gets
    pairs like its own, in an empty one a text and bytes as Kafka wants them. Never raises; does not block.
    """
    carrier = {} if carrier is None else carrier
    guard = guard_in_force()
    try:
        fields: dict[str, str] = {}
        guard.inject(fields)
        _write(fields, carrier)
    except Exception as error:
        guard.count_fault("inject", error)
    return carrier


class extract(Context):  # noqa: N801 - used like a function
    """The context that ``carrier`` brings: a ``Context`` for OpenTelemetry's calls, and a block that is within it.

    It continues the carrier's trace, has of its baggage what ``baggage.allow`` names, and binds that; in the block, a
    plain ``bind`` holds until the end of it. With ``trusted=False``, for messages that strangers can write, the trace
    starts anew, baggage stays out, and ``links`` has the link to the stranger's trace; ``traced`` functions take it by
    themselves. Never raises, whatever the carrier is.
    """

    links: tuple[Link, ...]

    def __init__(self, carrier: object, *, trusted: bool = True) -> None:
        guard = guard_in_force()
        context, values, self.links = otel_context.get_current(), dict(bound()), ()
        context = baggage.clear(trace.set_span_in_context(trace.INVALID_SPAN, context))
        try:
            found = guard.extract(_fields_of(carrier, guard.fields), Context())
            remote = trace.get_current_span(found)
            if not trusted:
                if remote.get_span_context().is_valid:
                    reason = {semconv.LINK_REASON: semconv.LINK_UNTRUSTED_PEER}
                    self.links = (Link(remote.get_span_context(), reason),)
            else:
                context = trace.set_span_in_context(remote, context)
                for name, value in baggage.get_all(found).items():
                    if name in guard.allowed:
                        context = baggage.set_baggage(name, value, context)
                values |= guard.bound_by(context)
        except Exception as error:
            guard.count_fault("extract", error)
        context = otel_context.set_value(_LINKS, self.links, context)
        super().__init__(with_request_scope(context, values))
        self._tokens: list[Token[Context]] = []

    def __enter__(self) -> Self:
        self._tokens.append(otel_context.attach(self))
        return self

    def __exit__(self, *exc_info: object) -> None:
        leave(self._tokens.pop())


def links_in_force(context: Context) -> tuple[Link, ...]:
    """Return the links that a span which starts in ``context`` is to have: the first one of a stranger's message."""
    links = context.get(_LINKS)
    if not isinstance(links, tuple) or trace.get_current_span(context).get_span_context().is_valid:
        return ()
    return links


def _write(fields: Mapping[str, str], carrier: Any) -> None:
    if isinstance(carrier, MutableMapping):
        for name in [name for name in carrier if _text(name).lower() in fields and name not in fields]:
            del carrier[name]
        carrier.update(fields)
        return
    if not isinstance(carrier, MutableSequence):
        raise TypeError
    form = next(filter(_is_pair, carrier), ("", b""))
    name_is_bytes, value_is_bytes = (isinstance(part, bytes) for part in form)
    carrier[:] = [pair for pair in carrier if not (_is_pair(pair) and _text(pair[0]).lower() in fields)]
    carrier.extend(
        (name.encode() if name_is_bytes else name, value.encode() if value_is_bytes else value)
        for name, value in fields.items()
    )


def _is_pair(item: object) -> bool:
    return isinstance(item, tuple | list) and len(item) == 2


def _fields_of(carrier: object, fields: Iterable[str]) -> dict[str, list[str]]:
    """Return the propagator's fields out of a carrier, whatever their spelling there."""
    wanted = {name.lower(): name for name in fields}
    found: dict[str, list[str]] = {}
    for name, value in _entries(carrier):
        if name not in wanted:
            continue
        texts = [_text(item) for item in (value if isinstance(value, list | tuple) else [value])]
        # All of these fields are ASCII; propagators stumble over lone surrogates.
        found.setdefault(wanted[name], []).extend(text for text in texts if len(text) <= _MAX_VALUE and text.isascii())
    if "baggage" in found:
        found["baggage"] = [",".join(_as_many_as_fit(found["baggage"]))]
    if len(set(found.get("traceparent", ()))) > 1:
        del found["traceparent"]  # nobody can tell which one is meant
    return found


def _as_many_as_fit(headers: Iterable[str]) -> Iterator[str]:
    """Yield whole headers: half of a value is none to the redaction that comes later."""
    length = 0
    for header in headers:
        length += len(header) + 1
        if length <= _MAX_VALUE + 1:
            yield header


def _entries(carrier: object) -> Iterator[tuple[str, object]]:
    pairs = carrier.items() if isinstance(carrier, Mapping) else carrier
    if not isinstance(pairs, Iterable) or isinstance(pairs, str | bytes):
        return
    for pair in islice(pairs, _MAX_ENTRIES):
        if _is_pair(pair):
            name, value = pair
            yield _text(name).lower(), value


def _text(value: object) -> str:
    """Return a text, also of bytes; nothing else is one."""
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("latin-1")
    return value if isinstance(value, str) else ""
