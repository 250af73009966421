"""Objectives: how much error budget is left, and who spends it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards import failures
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, Limits, above, below
from dashboards.links import FAILED_TRACES, column, label, to_board
from dashboards.panel import Sized
from dashboards.queries import Query, metric, rows, value
from dashboards.variables import ENVIRONMENT, SERVICE, Choice

_NARROWED: Final = 'deployment_environment_name=~"$environment",service_name=~"$service"'
_SCOPE: Final = f'{_NARROWED},slo=~"$objective"'
_NOTHING: Final = "No objective with these variables has data yet: a service needs requests for some minutes first."
_LEGEND: Final = "{{service_name}} {{slo}}"
_BY: Final = "slo, service_name, deployment_environment_name"
_TO_SERVICE: Final = to_board("service", "Service", given={"service": label("service_name")}, kept=("environment",))
_TO_ALERTS: Final = to_board("alerts", "Alerts", kept=("environment", "service"))
_LOW: Final = below("error_budget_low", "error_budget_gone")


def board() -> Board:
    """Return the board."""
    return Board(
        name="objectives",
        title="Objectives",
        description="How much error budget is left, and who spends it?",
        since="now-24h",
        variables=(
            ENVIRONMENT,
            SERVICE,
            Choice("objective", "Objective", f"label_values(slo:objective:ratio{{{_objective()}}}, slo)"),
        ),
        sections=(
            Section("Now", (*_figures(), _table())),
            Section("Budget", (_budget(), _long_term())),
            Section("How fast it goes", _burns()),
            Section("Who spends it", (_bad_events(), _bad_ratio(), *failures.by_route())),
            Section("Bad events", failures.found()),
        ),
    )


def _objective() -> str:
    # What an objective is for every service says nothing about services.
    return 'service_name=~"$service|"'


def _figures() -> tuple[Sized, ...]:
    def one(title: str, question: str, reading: str, asked: Query, unit: str, limits: Limits) -> Sized:
        facts = Facts(
            title=title,
            question=question,
            reading=reading,
            next_step="the table below says which objective of which service it is.",
            unit=unit,
            empty=_NOTHING,
            limits=limits,
            links=(_TO_ALERTS,),
        )
        return panel.figure(facts, asked, width=6)

    remaining = f"slo:error_budget_remaining:ratio{{{_SCOPE}}}"
    return (
        one(
            "Lowest budget",
            "Which objective is nearest to being missed?",
            "Share of the error budget that is left, of the worst objective. Below zero it is missed.",
            metric(f"min({remaining})"),
            "percentunit",
            _LOW,
        ),
        one(
            "Objectives missed",
            "How many are missed?",
            "Objectives of services with no budget left in their window.",
            value(f"count({remaining} < 0) or 0 * count({remaining})"),
            "short",
            above(critical="any_at_all"),
        ),
        one(
            "Fastest burn, 1 hour",
            "Is a budget being spent right now?",
            "1 spends exactly the budget of the window; above the limit somebody is paged.",
            metric(f"max(slo:burn_rate:1h{{{_SCOPE}}})"),
            "short",
            above("objective_burn_quick", "objective_burn_fast"),
        ),
        one(
            "Fastest burn, 3 days",
            "Is a budget being spent slowly?",
            "Above 1 for days the objective will be missed, without any single outage.",
            metric(f"max(slo:burn_rate:3d{{{_SCOPE}}})"),
            "short",
            above("objective_burn_creeping", "objective_burn_slow"),
        ),
    )


def _table() -> Sized:
    # A service of the same name may be in several namespaces and tenants: the worst of them, and the events of all.
    def each(worst: str, record: str) -> str:
        return f"{worst} by ({_BY}) ({record}{{{_SCOPE}}})"

    left = each("min", "slo:error_budget_remaining:ratio")
    target = f"0 * {left} + on (slo) group_left () max by (slo) (slo:objective:ratio)"
    return panel.listing(
        Facts(
            title="Objectives",
            question="What was promised, and is it kept?",
            reading="Target and what was reached in the objective's window, what is left of the budget, and how many "
            "times too fast it goes.",
            next_step="click a service; the lowest budget stands first. docs/objectives.md says how to declare one.",
            unit="short",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_TO_ALERTS,),
        ),
        rows(target),
        rows(f"1 - {each('max', 'slo:error_ratio:window')}"),
        rows(left),
        rows(each("max", "slo:burn_rate:1h")),
        rows(each("max", "slo:burn_rate:6h")),
        rows(each("max", "slo:burn_rate:3d")),
        rows(each("sum", "slo:bad:window")),
        rows(each("sum", "slo:total:window")),
        columns_=(
            Column(
                field="service_name",
                title="Service",
                links=(
                    to_board("service", "Service", given={"service": column("Service")}, kept=("environment",)),
                    to_board("objectives", "Only this service", given={"service": column("Service")}),
                ),
            ),
            Column(
                field="slo",
                title="Objective",
                links=(
                    to_board(
                        "objectives",
                        "Only this objective",
                        given={"objective": column("Objective")},
                        kept=("environment", "service"),
                    ),
                ),
            ),
            Column(field="deployment_environment_name", title="Environment"),
            Column(field="Value #A", title="Target", unit="percentunit"),
            Column(field="Value #B", title="Reached", unit="percentunit"),
            Column(field="Value #C", title="Budget left", unit="percentunit", limits=_LOW),
            Column(field="Value #D", title="Burn 1 h", limits=above(critical="objective_burn_fast")),
            Column(field="Value #E", title="Burn 6 h", limits=above(critical="objective_burn_quick")),
            Column(field="Value #F", title="Burn 3 d", limits=above("objective_burn_creeping")),
            Column(field="Value #G", title="Bad"),
            Column(field="Value #H", title="All"),
        ),
        sort="Budget left",
        descending=False,
    )


def _facts(
    title: str, question: str, reading: str, *, unit: str = "short", limits: Limits = NO_LIMITS, empty: str = _NOTHING
) -> Facts:
    return Facts(
        title=title,
        question=question,
        reading=reading,
        next_step="click a line for its service; the routes that spend it stand below.",
        unit=unit,
        empty=empty,
        limits=limits,
        links=(_TO_SERVICE, _TO_ALERTS, FAILED_TRACES),
    )


def _budget() -> Sized:
    facts = _facts(
        "Budget left",
        "When was the budget spent?",
        "Of the objective's window. A step down is an outage, a slope many small failures; it comes back as old "
        "failures leave the window.",
        unit="percentunit",
        limits=_LOW,
    )
    return panel.time_series(
        facts, metric(f"min by ({_BY}) (slo:error_budget_remaining:ratio{{{_SCOPE}}})", _LEGEND), lowest=None
    )


def _long_term() -> Sized:
    facts = _facts(
        "Budget left, over months",
        "Does it get better from release to release?",
        "The same from the long-term store, which keeps it for a year and more: choose months as time range.",
        unit="percentunit",
        limits=_LOW,
        empty="Nothing in the long-term store yet: it gets recorded series a minute or two after they are made.",
    )
    remaining = f"min by ({_BY}) (slo:error_budget_remaining:ratio{{{_SCOPE}}})"
    return panel.time_series(facts, metric(remaining, _LEGEND, source="usage"), lowest=None)


def _burn(window: str, name: str, limits: Limits) -> Sized:
    facts = _facts(
        f"Burn rate over {name}",
        "How many times too fast is the budget spent?",
        "1 lasts exactly for the window. The line is where the alert of this window begins.",
        limits=limits,
    )
    return panel.time_series(facts, metric(f"max by ({_BY}) (slo:burn_rate:{window}{{{_SCOPE}}})", _LEGEND), width=8)


def _burns() -> Sequence[Sized]:
    return (
        _burn("1h", "1 hour", above(critical="objective_burn_fast")),
        _burn("6h", "6 hours", above(critical="objective_burn_quick")),
        _burn("3d", "3 days", above("objective_burn_creeping")),
    )


def _bad_events() -> Sized:
    facts = _facts(
        "Bad events",
        "When did it fail, and how often?",
        "Requests of the last five minutes that broke the promise, at each moment.",
    )
    bad = f"sum by (service_name, slo) (slo:bad:increase5m{{{_SCOPE}}})"
    return panel.time_series(facts, metric(bad, _LEGEND), stacked=True)


def _bad_ratio() -> Sized:
    facts = _facts(
        "Share of bad events",
        "How bad is it at this moment?",
        "Bad of all requests, within five minutes.",
        unit="percentunit",
    )
    return panel.time_series(facts, metric(f"max by ({_BY}) (slo:error_ratio:5m{{{_SCOPE}}})", _LEGEND))
