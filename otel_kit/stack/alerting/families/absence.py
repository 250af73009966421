"""What stopped to say anything. Push has no `up`: a service that is gone looks like one that has nothing to say."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule

# What the Collector itself sends under a name of its own (overlays host_metrics and http_check) is no service.
_SERVICES: Final = 'service_name!~"|host|http_check"'
_PRESENT: Final = "group by (${by}) (target_info{${service}, " + _SERVICES + "})"
# Jobs that come and go are absent most of the time. Five minutes is how long Prometheus shows a series after its last
# sample: a finer step would see no more.
_SHARE_OF_TIME: Final = (
    "count_over_time((" + _PRESENT + ")[${absence_lookback}:5m]) "
    "/ scalar(count_over_time(vector(1)[${absence_lookback}:5m]))"
)  # fmt: skip

RULES: Final = (
    Rule(
        name="ServiceTelemetryAbsent",
        severity="critical",
        expr=_SHARE_OF_TIME + " > ${absence_presence} unless " + _PRESENT,
        summary="{{ $labels.service_name }} sends nothing any more",
        description="{{ $labels.service_name }} sent metrics for {{ $value | humanizePercentage }} of the last "
        "${absence_lookback} and none for ten minutes: it is down, cannot reach the Collector, or its key is refused. "
        "Away for long it is forgotten, and this alert ends though the service is not back.",
        for_="5m",
        board="home",
        needs="pipeline",
    ),
    Rule(
        name="NoTelemetryAtAll",
        severity="warning",
        expr="absent(target_info{" + _SERVICES + "})",
        summary="No service sends anything",
        description="Prometheus has no metric of any service. Either nothing was connected yet, or what all of them "
        "share is broken: the Collector, its keys, or the network before it.",
        for_="15m",
        board="pipeline",
        needs="pipeline",
    ),
)
