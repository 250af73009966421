"""Calls of language models: what they cost a day, whether they fail, and whether anybody knows what they cost."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule

_CALLS: Final = "gen_ai_client_operation_duration_seconds_count"
_MODEL: Final = "${by}, gen_ai_provider_name, gen_ai_request_model"

RULES: Final = (
    Rule(
        name="LlmBudgetExceeded",
        severity="warning",
        expr="sum by (${by}) (increase(otel_kit_llm_cost_total{${service}}[1d])) > ${llm_daily_budget}",
        summary="Models cost {{ $labels.service_name }} {{ $value | humanize }} USD within a day",
        description="The budget of 24 hours is ${llm_daily_budget}.",
        board="llm",
        needs="pipeline",
    ),
    Rule(
        name="LlmBudgetAtRisk",
        severity="warning",
        expr="sum by (${by}) (increase(otel_kit_llm_cost_total{${service}}[6h])) * 4 > ${llm_daily_budget}\n"
        # Still: what a batch spends within minutes, once a day, is no pace.
        "and sum by (${by}) (increase(otel_kit_llm_cost_total{${service}}[30m])) * 48 > ${llm_daily_budget}\n"
        "unless sum by (${by}) (increase(otel_kit_llm_cost_total{${service}}[1d])) > ${llm_daily_budget}",
        for_="1h",
        summary="Models will cost {{ $labels.service_name }} {{ $value | humanize }} USD a day",
        description="If it goes on as in the last six hours, and still now, the budget of ${llm_daily_budget} a day is "
        "exceeded.",
        board="llm",
        needs="pipeline",
    ),
    Rule(
        name="LlmErrorRatioHigh",
        severity="warning",
        expr=f'(\n  sum by ({_MODEL}) (rate({_CALLS}{{${{service}},error_type!=""}}[${{llm_window}}]))\n'
        f"  / sum by ({_MODEL}) (rate({_CALLS}{{${{service}}}}[${{llm_window}}]))\n) > ${{llm_error_ratio}}\n"
        f"and sum by ({_MODEL}) (increase({_CALLS}{{${{service}}}}[${{llm_window}}])) > ${{llm_calls}}",
        for_="5m",
        summary="{{ $value | humanizePercentage }} of the calls of {{ $labels.gen_ai_request_model }} fail",
        description="{{ $labels.service_name }} calls it at {{ $labels.gen_ai_provider_name }}; more than "
        "${llm_error_ratio} end in an error.",
        board="llm",
        needs="pipeline",
    ),
    Rule(
        name="LlmCostUnknown",
        severity="info",
        expr=f"sum by ({_MODEL}) (increase(otel_kit_llm_cost_unknown_total{{${{service}}}}[1h])) > 0",
        summary="Nobody knows what {{ $labels.gen_ai_request_model }} costs {{ $labels.service_name }}",
        description="{{ $value | humanize }} calls within an hour are in no budget: the model has no price.",
        board="llm",
        needs="pipeline",
    ),
)
