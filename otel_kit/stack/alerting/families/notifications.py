"""Too many messages: what nobody reads any more is held back, and that is said once."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule

# The team hears of everything that anybody hears of. The history is a webhook of each receiver besides its own, so a
# message counts twice as "webhook" where there is one, and once as what else it is.
_SENT: Final = 'increase(alertmanager_notifications_total{{job="alertmanager",receiver_name="team",{}}}[1h])'

RULES: Final = (
    Rule(
        name="AlertsHourlyCapReached",
        severity="warning",
        expr="max by (job) (\n  "
        + _SENT.format('integration!="webhook"')
        + "\n  or\n  "
        + _SENT.format('integration="webhook"')
        + " / 2\n) > ${notifications_per_hour}",
        summary="{{ $value | humanize }} messages about alerts within an hour",
        description="More than ${notifications_per_hour} to the team: warnings are held back until an hour has had "
        "fewer. Critical alerts are told as ever, and all of it is on the board.",
        board="alerts",
    ),
)
