"""Alerts on logs as rule files of Loki's ruler, one a family."""

from __future__ import annotations

from collections.abc import Iterable

from otel_kit.stack.alerting.expansion import Alert
from otel_kit.stack.alerting.rule_file import by_family, rule_file


def files(alerts: Iterable[Alert]) -> dict[str, str]:
    """Return the texts by file name; the ruler wants them in a folder named after the tenant.

    ``${STACK_...}`` in them is for ``stack.rendering``: Loki cannot read variables in rule files.
    """
    own = by_family(alert for alert in alerts if alert.engine == "loki")
    return {f"{family}.yaml": rule_file(members) for family, members in own.items()}
