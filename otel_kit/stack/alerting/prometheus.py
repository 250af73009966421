"""Alerts as rule files of Prometheus, one a family."""

from __future__ import annotations

from collections.abc import Iterable

from otel_kit.stack.alerting import objective_rules
from otel_kit.stack.alerting.declaration import Declaration
from otel_kit.stack.alerting.expansion import Alert
from otel_kit.stack.alerting.rule_file import by_family, rule_file


def files(alerts: Iterable[Alert], declared: Declaration) -> dict[str, str]:
    """Return the texts by file name, with the records that objectives are made of.

    ``${STACK_...}`` in them is for ``stack.rendering``: Prometheus cannot read variables in rule files.
    """
    own = by_family(alert for alert in alerts if alert.engine == "prometheus")
    records = objective_rules.render(declared.objectives, defaults=declared.default_objectives)
    return {
        **{f"{family}.yml": rule_file(members) for family, members in own.items()},
        "objective-records.yml": records,
    }
