"""LLM: what do calls of language models cost, how slow are they, which fail?"""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards import model_costs
from dashboards.boards.model_costs import ALL_EVENTS, CALLS, COST, MODEL, NARROWED, NOTHING, RANGE, budget, narrowed
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, above
from dashboards.links import label, to_traces
from dashboards.panel import Sized
from dashboards.queries import RATE, SCOPE, SPANS, SPANS_OF_VERSION, metric, traces, value
from dashboards.variables import COMMON, Choice

_SHOWN: Final = "| select(span.gen_ai.request.model, span.otel_kit.feature, span.otel_kit.llm.cost)"
_EXPLORED: Final = SPANS + " && span.gen_ai.operation.name != nil"
_FAILED_CALLS: Final = to_traces("Failed calls", f"{{ {_EXPLORED} && status = error }}")
_SLOW_CALLS: Final = to_traces("Slow calls", f"{{ {_EXPLORED} && duration > 5s }}")


def board() -> Board:
    """Return the board."""
    return Board(
        name="llm",
        title="LLM",
        description="What do calls of language models cost, how slow are they, which fail?",
        variables=(
            *COMMON,
            _choice("model", "Model", MODEL),
            _choice("feature", "Feature", "otel_kit_feature"),
            _choice("tenant", "Tenant", "otel_kit_tenant"),
        ),
        sections=(
            Section("Now", (*_figures(), budget())),
            Section("Cost", model_costs.panels()),
            Section("Tokens", (_tokens(), _parts())),
            Section("Speed", (_latency(), _first_chunk())),
            Section("Failures", (_failed_ratio(), _failed_kinds(), _failed_traces(), _unknown_cost())),
        ),
    )


def _choice(name: str, title: str, of: str) -> Choice:
    return Choice(name, title, f"label_values({CALLS}_count{{{SCOPE}}}, {of})", regex="/.+/")


def _figures() -> tuple[Sized, ...]:
    def one(title: str, question: str, reading: str, next_step: str, unit: str, expr: str) -> Sized:
        limits = above(critical="llm_error_ratio") if unit == "percentunit" else NO_LIMITS
        facts = Facts(
            title=title,
            question=question,
            reading=reading,
            next_step=next_step,
            unit=unit,
            empty=NOTHING,
            limits=limits,
            links=(ALL_EVENTS, _FAILED_CALLS),
        )
        return panel.figure(facts, value(expr), width=4)

    calls = f"sum(increase({CALLS}_count{{{NARROWED}}}{RANGE}))"
    failed = f'sum(increase({CALLS}_count{{{NARROWED},error_type!=""}}{RANGE}))'
    cost = f"sum(increase({COST}{{{NARROWED}}}{RANGE}))"
    return (
        one(
            "Cost in this time range",
            "What was spent?",
            "The price of the tokens, in US dollars: no invoice. Calls of unknown cost are not in it.",
            "see below which model and feature it is.",
            "currencyUSD",
            cost,
        ),
        one(
            "A month at this pace",
            "What will a month cost?",
            "The pace of this time range, for 30 days. Choose a day or a week for a fair answer.",
            "compare with what is planned; a cheaper model for the dearest feature saves most.",
            "currencyUSD",
            f"{cost} / $__range_s * 2592000",
        ),
        one("Calls", "How many calls were there?", "Calls that ended, failed ones too.", _NEXT_CALLS, "short", calls),
        one(
            "Failed calls",
            "Which share of the calls fails?",
            "Errors of any kind, of all calls.",
            "the section Failures says of which kind.",
            "percentunit",
            f"({failed} or vector(0)) / {calls}",
        ),
        one(
            "Cost of a call",
            "What does one call cost?",
            "Cost of the time range by its calls, in US dollars.",
            "a rise without another model means longer prompts: see Tokens.",
            "currencyUSD",
            f"{cost} / {calls}",
        ),
    )


_NEXT_CALLS: Final = "a sudden rise is often a loop: look at the dearest traces."


def _tokens() -> Sized:
    return panel.time_series(
        Facts(
            title="Tokens by model",
            question="How much goes in, how much comes out?",
            reading="Tokens a second. Input is the whole prompt, with what came out of a cache.",
            next_step="input that grows: the conversation or the documents in the prompt do.",
            unit="short",
            empty=NOTHING,
            limits=NO_LIMITS,
            links=(narrowed("model", label(MODEL)), ALL_EVENTS),
        ),
        metric(
            f"sum by ({MODEL}, gen_ai_token_type) (rate(gen_ai_client_token_usage_sum{{{NARROWED}}}{RATE}))",
            f"{{{{{MODEL}}}}} {{{{gen_ai_token_type}}}}",
        ),
        stacked=True,
    )


def _parts() -> Sized:
    return panel.time_series(
        Facts(
            title="Cached and reasoning tokens",
            question="Does the cache save anything, and what does thinking cost?",
            reading="Tokens a second, within those of the other panel: of a cache, or spent on reasoning.",
            next_step="no cache reads: put what stays the same at the beginning of the prompt.",
            unit="short",
            empty="No call told of cached or reasoning tokens in this time range.",
            limits=NO_LIMITS,
            links=(narrowed("model", label(MODEL)), ALL_EVENTS),
        ),
        metric(
            f"sum by ({MODEL}, otel_kit_llm_token_part) (rate(otel_kit_llm_token_parts_total{{{NARROWED}}}{RATE}))",
            f"{{{{{MODEL}}}}} {{{{otel_kit_llm_token_part}}}}",
        ),
    )


def _quantile(quantile: str, name: str, by: str) -> str:
    return f"histogram_quantile({quantile}, sum by (le, {by}) (rate({name}_bucket{{{NARROWED}}}{RATE})))"


def _latency() -> Sized:
    return panel.time_series(
        Facts(
            title="Duration of calls",
            question="How long do people wait for a model?",
            reading="Half of the calls end within p50, 95 of 100 within p95, of each model. Dots are single calls.",
            next_step="click a dot for its trace; long answers are slow, so compare with tokens out.",
            unit="s",
            empty=NOTHING,
            limits=NO_LIMITS,
            links=(narrowed("model", label(MODEL)), _SLOW_CALLS),
        ),
        metric(_quantile("0.5", CALLS, MODEL), f"{{{{{MODEL}}}}} p50", exemplar=False),
        metric(_quantile("0.95", CALLS, MODEL), f"{{{{{MODEL}}}}} p95"),
    )


def _first_chunk() -> Sized:
    first = "gen_ai_client_operation_time_to_first_chunk_seconds"
    return panel.time_series(
        Facts(
            title="Time to the first chunk",
            question="How long until something is seen?",
            reading="p95 of streamed calls, by model; what a person feels of the waiting.",
            next_step="high with normal duration: the provider queues, or the prompt is long.",
            unit="s",
            empty="No streamed call in this time range: `call.stream(...)` measures them.",
            limits=NO_LIMITS,
            links=(narrowed("model", label(MODEL)), _SLOW_CALLS),
        ),
        metric(_quantile("0.95", first, MODEL), f"{{{{{MODEL}}}}} p95"),
    )


def _failed_ratio() -> Sized:
    failed = f'sum by ({MODEL}) (rate({CALLS}_count{{{NARROWED},error_type!=""}}{RATE}))'
    every = f"sum by ({MODEL}) (rate({CALLS}_count{{{NARROWED}}}{RATE}))"
    return panel.time_series(
        Facts(
            title="Failed calls by model",
            question="Which model fails?",
            reading="Share of the calls that ended with an error. One model alone: its provider; all: this side.",
            next_step="click a model; the kinds of errors stand beside.",
            unit="percentunit",
            empty=NOTHING,
            limits=above(critical="llm_error_ratio"),
            links=(narrowed("model", label(MODEL)), _FAILED_CALLS),
        ),
        metric(f"({failed} or 0 * {every}) / {every}", f"{{{{{MODEL}}}}}"),
        highest=1,
    )


def _failed_kinds() -> Sized:
    return panel.time_series(
        Facts(
            title="Errors by kind",
            question="Why do calls fail?",
            reading="Failed calls a second. rate_limit and quota: the contract; overloaded and server: the provider; "
            "timeout: either.",
            next_step="quota and authentication do not go away by trying again; open the failed calls.",
            unit="cps",
            empty="No call failed in this time range.",
            limits=NO_LIMITS,
            links=(_FAILED_CALLS, ALL_EVENTS),
        ),
        metric(
            f"sum by (gen_ai_provider_name, otel_kit_llm_error_kind) "
            f'(rate({CALLS}_count{{{NARROWED},error_type!=""}}{RATE}))',
            "{{gen_ai_provider_name}} {{otel_kit_llm_error_kind}}",
        ),
        stacked=True,
    )


def _failed_traces() -> Sized:
    return panel.trace_list(
        Facts(
            title="Traces with failed calls",
            question="In which request did a call fail?",
            reading="The newest traces with a failed call. The request itself may have gone well.",
            next_step="open the trace, then its logs.",
            unit="short",
            empty="No call failed within a trace in this time range.",
            limits=NO_LIMITS,
            links=(_FAILED_CALLS,),
        ),
        traces(f"{{ {SPANS_OF_VERSION} && span.gen_ai.operation.name != nil && status = error }} {_SHOWN}"),
    )


def _unknown_cost() -> Sized:
    return panel.time_series(
        Facts(
            title="Calls of unknown cost",
            question="Which calls are missing in the cost?",
            reading="Calls a second whose model has no price, or whose figures are missing.",
            next_step="write the model's price into the file of `llm.prices`.",
            unit="cps",
            empty="The cost of every call in this time range is known.",
            limits=NO_LIMITS,
            links=(narrowed("model", label(MODEL)), ALL_EVENTS),
        ),
        metric(
            f"sum by (gen_ai_provider_name, {MODEL}) (rate(otel_kit_llm_cost_unknown_total{{{NARROWED}}}{RATE}))",
            f"{{{{gen_ai_provider_name}}}} {{{{{MODEL}}}}}",
        ),
        height=9,
    )
