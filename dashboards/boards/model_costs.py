"""Panels about what calls of models cost, for the board LLM, and the names that the whole board asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS, above
from dashboards.links import Link, column, label, to_board, to_logs
from dashboards.panel import Sized
from dashboards.queries import RATE, SCOPE, SPANS_OF_VERSION, metric, rows, spans, value
from otel_kit.semconv import LLM_COST

CALLS: Final = "gen_ai_client_operation_duration_seconds"
COST: Final = "otel_kit_llm_cost_total"
TOKENS: Final = "gen_ai_client_token_usage_sum"
MODEL: Final = "gen_ai_request_model"
NARROWED: Final = f'{SCOPE},{MODEL}=~"$model",otel_kit_feature=~"$feature",otel_kit_tenant=~"$tenant"'
"""Matchers of PromQL by all variables of the board."""
RANGE: Final = "[$__range]"
NOTHING: Final = "No call of a model in this time range: `event.llm` measures them."
ALL_EVENTS: Final = to_logs(
    "Events of calls", '{service_name=~".+",service_name=~"${service:pipe}",event_category="llm"}'
)
_KEPT: Final = ("environment", "service", "version")


def narrowed(name: str, place: str) -> Link:
    """Return the link to this board with one value of ``model``, ``feature`` or ``tenant`` only."""
    kept = (*_KEPT, *(other for other in ("model", "feature", "tenant") if other != name))
    return to_board("llm", f"Only this {name}", given={name: place}, kept=kept)


TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")})


def budget() -> Sized:
    """Return the bars of services against the budget of a day."""
    return panel.bars(
        Facts(
            title="Budget of the day",
            question="Which service comes near its budget?",
            reading="Cost of the last 24 hours of each service, against the daily budget.",
            next_step="find the feature and tenant below; the alert LlmBudgetExceeded uses the same limit.",
            unit="currencyUSD",
            empty=NOTHING,
            limits=above(critical="llm_daily_budget"),
            links=(TO_SERVICE, to_board("alerts", "Alerts")),
        ),
        value(f"sum by (service_name) (increase({COST}{{{SCOPE}}}[24h]))", "{{service_name}}"),
        width=4,
        height=4,
    )


def _by_model() -> Sized:
    return panel.time_series(
        Facts(
            title="Cost an hour by model",
            question="Which model costs most?",
            reading="US dollars for each hour, at the pace of that moment.",
            next_step="click a model to see only it.",
            unit="currencyUSD",
            empty=NOTHING,
            limits=NO_LIMITS,
            links=(narrowed("model", label(MODEL)), ALL_EVENTS),
        ),
        metric(f"sum by ({MODEL}) (rate({COST}{{{NARROWED}}}{RATE})) * 3600", f"{{{{{MODEL}}}}}"),
        stacked=True,
    )


def _by_feature() -> Sized:
    return panel.time_series(
        Facts(
            title="Cost an hour by feature",
            question="What is the money spent for?",
            reading="US dollars for each hour by the feature that the call named.",
            next_step="click a feature to see only it; without a name: give `feature=` in `event.llm`.",
            unit="currencyUSD",
            empty=NOTHING,
            limits=NO_LIMITS,
            links=(narrowed("feature", label("otel_kit_feature")), ALL_EVENTS),
        ),
        metric(
            f"sum by (service_name, otel_kit_feature) (rate({COST}{{{NARROWED}}}{RATE})) * 3600",
            "{{service_name}} {{otel_kit_feature}}",
        ),
        stacked=True,
    )


def _summary() -> Sized:
    by = f"sum by (service_name, {MODEL}, otel_kit_feature, otel_kit_tenant)"

    def increased(name: str, more: str = "") -> str:
        return f"{by} (increase({name}{{{NARROWED}{more}}}{RANGE}))"

    return panel.listing(
        Facts(
            title="By model, feature and tenant",
            question="Who spends it, and for how much a call?",
            reading="All of the time range. Cost of a call tells long prompts from many calls.",
            next_step="click a model or feature to see only it.",
            unit="short",
            empty=NOTHING,
            limits=NO_LIMITS,
            links=(ALL_EVENTS,),
        ),
        rows(increased(COST)),
        rows(increased(f"{CALLS}_count")),
        rows(f"{increased(COST)} / {increased(f'{CALLS}_count')}"),
        rows(increased(TOKENS)),
        columns_=(
            Column(
                field="service_name",
                title="Service",
                links=(to_board("service", "Service", given={"service": column("Service")}),),
            ),
            Column(
                field=MODEL,
                title="Model",
                links=(narrowed("model", column("Model")),),
            ),
            Column(
                field="otel_kit_feature",
                title="Feature",
                links=(narrowed("feature", column("Feature")),),
            ),
            Column(
                field="otel_kit_tenant",
                title="Tenant",
                links=(narrowed("tenant", column("Tenant")),),
            ),
            Column(field="Value #A", title="Cost", unit="currencyUSD"),
            Column(field="Value #B", title="Calls", unit="short"),
            Column(field="Value #C", title="Cost of a call", unit="currencyUSD"),
            Column(field="Value #D", title="Tokens", unit="short"),
        ),
        sort="Cost",
        width=14,
        height=9,
    )


def _dearest() -> Sized:
    found = f'{{ {SPANS_OF_VERSION} && span.otel_kit.llm.cost > 0.0 && span.gen_ai.request.model =~ "$model" }}'
    return panel.trace_list(
        Facts(
            title="Dearest traces",
            question="Which single request cost most?",
            reading="The newest hundred traces with calls of models, by the cost of a call in US dollars.",
            next_step="open the trace: many calls are a loop, one dear call is a long prompt.",
            unit="short",
            empty="No call within a trace, or of none the cost is known, in this time range.",
            limits=NO_LIMITS,
            links=(ALL_EVENTS,),
        ),
        spans(f"{found} | select(span.otel_kit.llm.cost, span.gen_ai.request.model)", limit=100, each=10),
        sort=LLM_COST,
        width=10,
        height=9,
    )


def panels() -> Sequence[Sized]:
    """Return the panels of the section on cost, in order."""
    return (_by_model(), _by_feature(), _summary(), _dearest())
