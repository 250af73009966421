"""What an objective's error budget does: it goes too fast, too long, it is gone, or nobody can tell.

The records that these look at are made by ``objective_rules``, for all objectives at once. *Source:* of the windows and
factors: the SRE workbook, chapter 5: 2 % of the budget of 30 days in an hour or 5 % in six pages; 10 % in a day or in
three is a ticket.
"""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule


def _burns(long: str, short: str, factor: str) -> str:
    """Return what is so while the budget burns faster than ``factor``; the short window ends it soon after the fault.

    With little traffic one failure would be a large share of all requests: so there have to be some.
    """
    # Each sample covers five minutes, and there are several in five minutes: as many as the objective has itself.
    events = (
        f"sum_over_time(slo:bad:increase5m[{long}]) "
        "/ on (slo) group_left () sum by (slo) (count_over_time(slo:objective:ratio[5m]))"
    )
    return (
        f"(slo:burn_rate:{long} > ${{{factor}}} and slo:burn_rate:{short} > ${{{factor}}} "
        f"and {events} >= ${{objective_bad_events}})"
    )


_WHOSE: Final = "{{ $labels.service_name }}: the error budget of {{ $labels.slo }}"

RULES: Final = (
    Rule(
        name="ObjectiveBurnsFast",
        severity="critical",
        # What nobody promised wakes nobody up: it is told by the slower burn, and by the rules over errors and latency.
        expr=f"({_burns('1h', '5m', 'objective_burn_fast')} or {_burns('6h', '30m', 'objective_burn_quick')})\n"
        'unless on (slo) slo:objective:ratio{slo_default="true"}',
        summary=f"{_WHOSE} burns {{{{ $value | humanize }}}} times as fast as it may",
        description="At this speed the budget of {{ $labels.slo }} for its whole window is gone within days: over "
        "${objective_burn_fast} times the allowed share of bad requests in the last hour and the last 5 minutes, or "
        "over ${objective_burn_quick} times in the last 6 hours and the last 30 minutes.",
        for_="2m",
        board="objectives",
    ),
    Rule(
        name="ObjectiveBurnsSlowly",
        severity="warning",
        expr=f"{_burns('1d', '2h', 'objective_burn_slow')} or {_burns('3d', '6h', 'objective_burn_creeping')}",
        summary=f"{_WHOSE} burns {{{{ $value | humanize }}}} times as fast as it may, for a day and longer",
        description="More than ${objective_burn_slow} times the share of bad requests that {{ $labels.slo }} allows in "
        "the last day and the last 2 hours, or more than ${objective_burn_creeping} times in the last 3 days and the "
        "last 6 hours: if it goes on, the budget will not last for the window.",
        for_="1h",
        board="objectives",
    ),
    Rule(
        name="ObjectiveBudgetSpent",
        severity="warning",
        expr="slo:error_budget_remaining:ratio <= 0 and slo:bad:window >= ${objective_bad_events}",
        summary=f"{_WHOSE} is spent: {{{{ $value | humanizePercentage }}}} is left",
        description="{{ $labels.service_name }} has had more bad requests in {{ $labels.slo_window }} than "
        "{{ $labels.slo }} allows: the objective is missed until the worst days have left the window.",
        for_="1h",
        board="objectives",
    ),
    Rule(
        name="ObjectiveWithoutData",
        severity="warning",
        # Only of those for one service: of which services the others speak, the data says itself.
        expr='slo:objective:ratio{service_name!=""} '
        "unless on (slo) last_over_time(slo:bad:increase5m[${objective_silence}])",
        summary="{{ $labels.slo }} of {{ $labels.service_name }} measures nothing",
        description="No request was counted for the objective {{ $labels.slo }} in the last ${objective_silence}: the "
        "service is silent, or the declaration names a service, environment, namespace or route that does not exist.",
        for_="30m",
        board="objectives",
        needs="pipeline",
    ),
)
