"""What users of a service feel: errors, slow answers, missing or unusual traffic, and trouble with what it calls."""

from __future__ import annotations

from typing import Final

from otel_kit.stack.alerting.rule import Rule

_FAILED: Final = ', http_response_status_code=~"5.."'


def _rate(more: str = "") -> str:
    """Return how many requests there are a second; ``more``: further matchers."""
    return "sum by (${by}) (rate(http_server_request_duration_seconds_count{${service}" + more + "}[${rate_window}]))"


def _count(window: str, labels: str, more: str = "") -> str:
    """Return how many requests there were within the threshold ``window``."""
    series = "http_server_request_duration_seconds_count{${service}" + more + "}"
    return "sum by (" + labels + ") (increase(" + series + "[${" + window + "}]))"


def _quantile(quantile: str, metric: str, labels: str) -> str:
    buckets = "rate(" + metric + "_bucket{${service}}[${rate_window}])"
    return "histogram_quantile(" + quantile + ", sum by (" + labels + ", le) (" + buckets + "))"


_ENOUGH: Final = " and " + _rate() + " > ${min_rate}"

_ROUTE: Final = "${by}, http_route"
_OF_ROUTE: Final = _count("route_window", _ROUTE)

_OF_AVAILABILITY: Final = _count("availability_window", "${by}")

# A service that sends nothing at all is ServiceTelemetryAbsent.
_REPORTS: Final = "group by (${by}) (target_info{${service}})"
# A process that was started anew has no series of requests until the first one.
_RATE_OR_NONE: Final = "(" + _rate() + " or 0 * " + _REPORTS + ")"
# Not the hour before: a slow decline would be compared with itself.
_BEFORE: Final = "(" + _RATE_OR_NONE + ")[${traffic_window}:5m] offset ${traffic_window}"
_LOWEST_BEFORE: Final = "min_over_time(" + _BEFORE + ")"
_HIGHEST_BEFORE: Final = "max_over_time(" + _BEFORE + ")"
# What comes every evening is no surprise. The hour that followed: where traffic was about to go yesterday.
_YESTERDAY: Final = "sum by (${by}) (rate(http_server_request_duration_seconds_count{${service}}[1h] offset 23h))"

_ACTIVE: Final = "sum by (${by}) (min_over_time(http_server_active_requests{${service}}[${rate_window}]))"

_CALLED: Final = "${by}, server_address, server_port"


def _calls(more: str = "") -> str:
    """Return how many calls there are a second; ``more``: further matchers."""
    series = "http_client_request_duration_seconds_count{${service}" + more + "}"
    return "sum by (" + _CALLED + ") (rate(" + series + "[${rate_window}]))"


# No answer, or one that says it cannot. 404 and its like may be answers that were asked for.
_FAILED_CALLS: Final = _calls(', error_type!="", http_response_status_code=~"|429|5.."')
_ENOUGH_CALLS: Final = " and " + _calls() + " > ${downstream_min_rate}"

RULES: Final = (
    Rule(
        name="ServiceErrorRatioHigh",
        severity="critical",
        expr=_rate(_FAILED) + " / " + _rate() + " > ${error_ratio}" + _ENOUGH,
        summary="{{ $labels.service_name }} answers {{ $value | humanizePercentage }} of its requests with an error",
        description="More than ${error_ratio} of the requests to {{ $labels.service_name }} end with a status of 5xx.",
        for_="5m",
        keep_firing_for="${settle_time}",
        board="service",
    ),
    Rule(
        name="ServiceLatencyP95High",
        severity="warning",
        expr=_quantile("0.95", "http_server_request_duration_seconds", "${by}") + " > ${latency_p95}" + _ENOUGH,
        summary="{{ $labels.service_name }} is slow: p95 is {{ $value | humanizeDuration }}",
        description="One request of twenty to {{ $labels.service_name }} takes longer than ${latency_p95}.",
        for_="10m",
        keep_firing_for="${settle_time}",
        board="service",
    ),
    Rule(
        name="ServiceLatencyP99High",
        severity="critical",
        expr=_quantile("0.99", "http_server_request_duration_seconds", "${by}") + " > ${latency_p99}" + _ENOUGH,
        summary="{{ $labels.service_name }} is very slow: p99 is {{ $value | humanizeDuration }}",
        description="One request of a hundred to {{ $labels.service_name }} takes longer than ${latency_p99}. "
        "The histogram ends at 10 s: this value means ten seconds or more.",
        for_="10m",
        keep_firing_for="${settle_time}",
        board="service",
    ),
    Rule(
        name="ServiceAvailabilityLow",
        severity="critical",
        expr="1 - " + _count("availability_window", "${by}", _FAILED) + " / " + _OF_AVAILABILITY
        + " < ${availability} and " + _OF_AVAILABILITY + " > ${availability_requests}",
        summary="{{ $labels.service_name }} was available for only {{ $value | humanizePercentage }} of its requests",
        description="Less than ${availability} of the requests to {{ $labels.service_name }} in the last "
        "${availability_window} were answered without a status of 5xx: failures that come and go, or little traffic "
        "that mostly fails.",
        for_="5m",
        board="service",
    ),
    Rule(
        name="RouteErrorRatioHigh",
        severity="warning",
        expr=_count("route_window", _ROUTE, _FAILED) + " / " + _OF_ROUTE + " > ${route_error_ratio} and "
        + _OF_ROUTE + " > ${route_requests}",
        summary="{{ $labels.http_route }} of {{ $labels.service_name }} fails for {{ $value | humanizePercentage }}",
        description="More than ${route_error_ratio} of the requests to {{ $labels.http_route }} in the last "
        "${route_window} ended with a status of 5xx; the service as a whole may look well.",
        for_="5m",
        board="service",
    ),
    Rule(
        name="ServiceTrafficGone",
        severity="warning",
        expr=_RATE_OR_NONE + " < ${traffic_gone} * (" + _LOWEST_BEFORE + " > ${traffic_min_rate}) unless "
        + _RATE_OR_NONE + " >= ${traffic_gone} * " + _YESTERDAY,
        summary="{{ $labels.service_name }} gets hardly any requests: {{ $value | humanize }} a second",
        description="{{ $labels.service_name }} runs and sends telemetry, but gets less than ${traffic_gone} of the "
        "requests it had before, and of those it had at this time yesterday.",
        for_="15m",
        board="service",
    ),
    Rule(
        name="ServiceTrafficSurge",
        severity="warning",
        expr=_rate() + " > ${traffic_surge} * (" + _HIGHEST_BEFORE + " > ${min_rate}) and " + _rate()
        + " > ${traffic_min_rate} unless " + _rate() + " <= ${traffic_surge} * " + _YESTERDAY,
        summary="{{ $labels.service_name }} gets unusually many requests: {{ $value | humanize }} a second",
        description="{{ $labels.service_name }} gets more than ${traffic_surge} times the requests it had before, and "
        "than at this time yesterday: a campaign, a client that retries without end, or an attack.",
        for_="10m",
        board="service",
    ),
    Rule(
        name="ServiceRequestsStuck",
        severity="warning",
        # Little's law: requests in work, divided by those that end a second, is how long one stays.
        expr=_ACTIVE + " > ${stuck_requests} and " + _ACTIVE + " > ${stuck_time} * (" + _rate() + " or 0 * "
        + _ACTIVE + ")",
        summary="{{ $value | humanize }} requests are stuck in {{ $labels.service_name }}",
        description="More than ${stuck_requests} requests are in work in {{ $labels.service_name }}, and so few end "
        "that one stays longer than ${stuck_time} on average. A duration is measured at the end: it does not show yet.",
        for_="5m",
        board="service",
    ),
    Rule(
        name="ServiceSaturated",
        severity="warning",
        expr="max by (${by}) (sum by (${by}, service_instance_id) "
        "(avg_over_time(http_server_active_requests{${service}}[${rate_window}]))) > ${active_requests}",
        summary="A process of {{ $labels.service_name }} works on {{ $value | humanize }} requests at once",
        description="One process of {{ $labels.service_name }} had more than ${active_requests} requests in work at "
        "once, on average: they come faster than they are answered.",
        for_="10m",
        board="service",
    ),
    Rule(
        name="DownstreamErrorsHigh",
        severity="warning",
        expr=_FAILED_CALLS + " / " + _calls() + " > ${downstream_error_ratio}" + _ENOUGH_CALLS,
        summary="{{ $value | humanizePercentage }} of the calls from {{ $labels.service_name }} to "
        "{{ $labels.server_address }} fail",
        description="More than ${downstream_error_ratio} of the HTTP calls to {{ $labels.server_address }}:"
        "{{ $labels.server_port }} get no answer, or one of 5xx or 429.",
        for_="5m",
        board="dependencies",
    ),
    Rule(
        name="DownstreamLatencyHigh",
        severity="warning",
        expr=_quantile("0.95", "http_client_request_duration_seconds", _CALLED) + " > ${downstream_latency_p95}"
        + _ENOUGH_CALLS,
        summary="{{ $labels.server_address }} is slow for {{ $labels.service_name }}: p95 is "
        "{{ $value | humanizeDuration }}",
        description="One HTTP call of twenty to {{ $labels.server_address }}:{{ $labels.server_port }} takes longer "
        "than ${downstream_latency_p95}.",
        for_="10m",
        board="dependencies",
    ),
)  # fmt: skip
