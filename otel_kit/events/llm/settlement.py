"""The end of a call: what its answers add up to, what they cost, and the span, the event and the metrics of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from opentelemetry.trace import Span, Status, StatusCode

from otel_kit import semconv
from otel_kit.context import bound
from otel_kit.events.emission import emit
from otel_kit.events.llm import instruments
from otel_kit.events.llm.answer import Answer
from otel_kit.events.llm.failures import kind_of, type_of
from otel_kit.events.llm.in_force import in_force
from otel_kit.events.llm.prices import PriceTable
from otel_kit.events.llm.request import Request
from otel_kit.events.llm.tokens import MISSING, NO_TOKENS, Tokens
from otel_kit.redaction.snapshot import text_of

KNOWN: Final = "known"
UNKNOWN: Final = "unknown"
REPORTED: Final = "reported"


@dataclass(frozen=True, slots=True)
class Course:
    """How a call went."""

    duration_s: float | None = None
    first_chunk_s: float | None = None
    is_streamed: bool = False
    is_left_early: bool = False  # it ended before the answer did
    is_given_up: bool = False  # by a closed generator or a cancelled task: nobody can tell whether it would have worked
    error: BaseException | str | None = None
    input: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class _Sum:
    tokens: Tokens
    answers: Sequence[Answer]
    last: Answer


def settle(span: Span, request: Request, course: Course, answers: Sequence[Answer], manual: Answer | None) -> None:
    """Write what came of a call to its span, its event and the metrics, within the current context."""
    total = _sum(answers, manual)
    prices = in_force().prices
    cost, status = _cost(request, total, manual, prices)
    given = [*answers, *([] if manual is None else [manual])]
    reasons = [reason for answer in given for reason in answer.faults]
    has_figures = any(answer.usage_seen for answer in given)
    if course.error is not None and not has_figures and cost is None:
        status = None  # what failed before it was answered has no cost that anybody could know
    elif not has_figures and not reasons:
        reasons = [MISSING]
    for reason in reasons:
        instruments.count_usage_fault(reason, request.provider)
    about = _about_answer(total, course, cost, status, prices.version)
    _write_span(span, course, about)
    _write_event(request, course, about, total)
    _write_metrics(request, course, total, cost, status, is_priced=request.is_in(prices), has_answered=has_figures)


def unique(answers: Sequence[Answer]) -> list[Answer]:
    """Return one answer for each id: the newest that has figures. Those without an id count each.

    A stream of texts is left out where an answer says the rest.
    """
    by_id: dict[Any, Answer] = {}
    whole = [answer for answer in answers if not answer.is_only_texts]
    for number, answer in enumerate(whole or answers):
        key = answer.id or number
        if key not in by_id or answer.usage_seen:
            by_id[key] = answer
    return list(by_id.values())


def _sum(answers: Sequence[Answer], manual: Answer | None) -> _Sum:
    each = unique(answers)
    tokens = NO_TOKENS
    for answer in each:
        tokens = tokens.plus(answer.tokens)
    last = each[-1] if each else manual or Answer()
    return _Sum(tokens if manual is None else tokens.merged(manual.tokens), each, last)


def _cost(
    request: Request, total: _Sum, manual: Answer | None, prices: PriceTable
) -> tuple[Fraction | None, str | None]:
    """Return US dollars and how they are known. What the application says wins, then what the provider says."""
    if manual is not None and manual.cost is not None:
        return manual.cost, REPORTED
    if manual is not None and manual.usage_seen:
        each = [(total.tokens, total.last)]
    else:
        each = [(answer.tokens, answer) for answer in total.answers]
    costs = [
        answer.cost if answer.cost is not None else _priced(request, tokens, answer, prices) for tokens, answer in each
    ]
    if not costs or any(cost is None for cost in costs):
        return None, UNKNOWN
    reported = all(answer.cost is not None for _tokens, answer in each)
    return sum((cost for cost in costs if cost is not None), Fraction(0)), REPORTED if reported else KNOWN


def _priced(request: Request, tokens: Tokens, answer: Answer, prices: PriceTable) -> Fraction | None:
    if not answer.complete:
        return None
    model = next((name for name in (answer.model, request.model) if prices.knows(request.provider, name)), None)
    return prices.cost(request.provider, model, tokens, answer.service_tier)


def _about_answer(
    total: _Sum, course: Course, cost: Fraction | None, status: str | None, version: str
) -> dict[str, Any]:
    tokens, last = total.tokens, total.last
    tools = [name for answer in total.answers for name in answer.tools] or list(last.tools)
    about: dict[str, Any] = {
        semconv.GEN_AI_REQUEST_STREAM: True if course.is_streamed else None,
        semconv.GEN_AI_RESPONSE_MODEL: last.model,
        semconv.GEN_AI_RESPONSE_ID: last.id,
        semconv.GEN_AI_RESPONSE_FINISH_REASONS: list(last.finish_reasons) or None,
        semconv.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: course.first_chunk_s,
        semconv.GEN_AI_USAGE_INPUT_TOKENS: tokens.input,
        semconv.GEN_AI_USAGE_OUTPUT_TOKENS: tokens.output,
        semconv.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: tokens.cache_read,
        semconv.GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: tokens.cache_creation,
        semconv.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: tokens.reasoning,
        semconv.LLM_SERVICE_TIER: last.service_tier,
        semconv.LLM_TOOL_CALLS: len(tools) or None,
        semconv.LLM_TOOL_NAMES: list(dict.fromkeys(tools)) or None,
        semconv.LLM_LEFT_EARLY: True if _is_left_early(course) else None,
        semconv.LLM_COST: None if cost is None else float(cost),
        semconv.LLM_COST_STATUS: status,
        semconv.LLM_PRICES_VERSION: version if status == KNOWN else None,
    }
    if course.error is not None:
        about[semconv.ERROR_TYPE] = type_of(course.error)
        about[semconv.LLM_ERROR_KIND] = kind_of(course.error)
    return about


def _write_span(span: Span, course: Course, about: Mapping[str, Any]) -> None:
    span.set_attributes({name: value for name, value in about.items() if value is not None})
    if isinstance(course.error, BaseException):
        span.record_exception(course.error)
        span.set_status(Status(StatusCode.ERROR, text_of(course.error)))
    elif course.error is not None:
        span.set_status(Status(StatusCode.ERROR, course.error))


def _write_event(request: Request, course: Course, about: Mapping[str, Any], total: _Sum) -> None:
    attributes = {**request.attributes(), **about, semconv.GEN_AI_CLIENT_OPERATION_DURATION: course.duration_s}
    output = [message for answer in total.answers if answer.output for message in answer.output.messages()]
    if course.input or output:
        attributes[semconv.GEN_AI_INPUT_MESSAGES] = list(course.input) or None
        attributes[semconv.GEN_AI_OUTPUT_MESSAGES] = output or None
    outcome = "failure" if course.error is not None else ("unknown" if course.is_given_up else "success")
    emit(
        semconv.EVENT_LLM,
        category="llm",
        attributes=attributes,
        severity="error" if course.error is not None else "info",
        # What people wrote is kept as long as their other interactions, and not as long as figures.
        tier="interaction" if course.input or output else "default",
        outcome=outcome,
        body=_line(request, course, about, outcome),
    )


def _line(request: Request, course: Course, about: Mapping[str, Any], outcome: str) -> str:
    """Return the line that people read."""
    took = "" if course.duration_s is None else f" in {course.duration_s:.3g} s"
    shown = [f"{request.span_name}: {outcome}{took}"]
    figures = ((semconv.GEN_AI_USAGE_INPUT_TOKENS, "in"), (semconv.GEN_AI_USAGE_OUTPUT_TOKENS, "out"))
    shown += [f"{about[name]} tokens {way}" for name, way in figures if about[name] is not None]
    if about[semconv.LLM_COST] is not None:
        shown.append(f"{about[semconv.LLM_COST]:.6g} USD")
    return ", ".join(shown)


def _write_metrics(
    request: Request,
    course: Course,
    total: _Sum,
    cost: Fraction | None,
    status: str | None,
    *,
    is_priced: bool,
    has_answered: bool,
) -> None:
    tenant = request.tenant if request.tenant is not None else bound().get(semconv.TENANT)
    attributes = {
        semconv.GEN_AI_OPERATION_NAME: request.operation,
        semconv.GEN_AI_PROVIDER_NAME: request.provider,
        semconv.GEN_AI_REQUEST_MODEL: instruments.name_of_model(
            request.model, is_priced=is_priced, has_answered=has_answered
        ),
        semconv.FEATURE: request.feature,
        semconv.TENANT: None if tenant is None else text_of(tenant),
    }
    if course.error is not None:
        attributes[semconv.ERROR_TYPE] = type_of(course.error)
        attributes[semconv.LLM_ERROR_KIND] = kind_of(course.error)
    attributes = {name: value for name, value in attributes.items() if value is not None}
    instruments.record_times(course.duration_s, course.first_chunk_s, attributes)
    instruments.record_tokens(total.tokens, attributes)
    if status is not None:
        instruments.record_cost(cost, attributes)


def _is_left_early(course: Course) -> bool:
    return course.error is None and (course.is_left_early or course.is_given_up)
