"""What several boards ask of requests, in PromQL."""

from __future__ import annotations

from typing import Final

from dashboards.queries import RATE, SCOPE

REQUEST: Final = "http_server_request_duration_seconds"
CALL: Final = "http_client_request_duration_seconds"
FAILED_CALL: Final = 'error_type!="",http_response_status_code=~"|429|5.."'
"""What the alert DownstreamErrorsHigh counts: no answer, or one that says it cannot."""
SCOPE_OF_RECORDS: Final = 'deployment_environment_name=~"$environment",service_name=~"$service"'
"""Matchers of recorded series, which have no version."""


def rate(by: str = "", *, metric: str = REQUEST, matchers: str = "") -> str:
    """Return how many there are a second; ``by``: labels with commas, ``matchers``: more of them."""
    return f"sum{_by(by)} (rate({metric}_count{{{SCOPE}{_more(matchers)}}}{RATE}))"


def error_ratio(by: str = "", *, metric: str = REQUEST, failed: str = 'http_response_status_code=~"5.."') -> str:
    """Return the share that failed: 0 without failures, nothing without requests."""
    every = rate(by, metric=metric)
    return f"({rate(by, metric=metric, matchers=failed)} or 0 * {every}) / ({every} > 0)"


def quantile(share: float, by: str = "", *, metric: str = REQUEST) -> str:
    """Return the time within which that share is answered."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{{{SCOPE}}}{RATE})))"


def named(expr: str, label: str, instead: str) -> str:
    """Return the expression with a text where a label is empty, which would be an empty legend."""
    return f'label_replace({expr}, "{label}", "{instead}", "{label}", "")'


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""


def _more(matchers: str) -> str:
    return f",{matchers}" if matchers else ""
