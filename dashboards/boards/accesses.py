"""Panels about who got in and who did not, for the board Security, and the names that the whole board asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS, above
from dashboards.links import label, to_logs
from dashboards.panel import Sized
from dashboards.queries import LOGS, log_metric, log_value

SECURITY: Final = f'{LOGS[:-1]},event_category="security"}} | user_id=~"$user.*"'
LOGINS: Final = f'{SECURITY} | otel_kit_security_kind="authentication"'
FAILED: Final = f'{LOGINS} | event_outcome="failure"'
DENIED: Final = f'{SECURITY} | otel_kit_security_kind="authorization" | event_outcome="failure"'
RANGE: Final = "[$__range]"
_STEP: Final = "[$__auto]"
EVENTS: Final = 'service_name=~".+",service_name=~"${service:pipe}",event_category='
ALL_SECURITY: Final = to_logs("Security events", f'{{{EVENTS}"security"}}')
_OF_SERVICE: Final = to_logs(
    "Its security events", f'{{service_name="{label("service_name")}",event_category="security"}}'
)
OF_USER: Final = to_logs("All of this user", '{service_name=~".+"} | user_id="${__value.raw}"')
_OF_ADDRESS: Final = to_logs("All from this address", '{service_name=~".+"} | client_address="${__value.raw}"')
_NO_EVENTS: Final = "No such event in this time range: `event.security(...)` writes them."
OUTCOMES: Final = {"success": "green", "failure": "red", "unknown": "gray"}


def panels() -> Sequence[Sized]:
    """Return the panels, in order."""
    return (_logins(), _by_address(), _by_account(), _denials(), _denied())


def _logins() -> Sized:
    return panel.time_series(
        Facts(
            title="Sign-ins over time",
            question="Is somebody trying passwords?",
            reading="By outcome, for each interval. Red that grows without green is an attack, or a login that broke.",
            next_step="look at the addresses beside: one with many, or many with few each.",
            unit="short",
            empty=_NO_EVENTS,
            limits=NO_LIMITS,
            links=(ALL_SECURITY,),
        ),
        log_metric(f"sum by (event_outcome) (count_over_time({LOGINS} {_STEP}))", "{{event_outcome}}"),
        colours=OUTCOMES,
        stacked=True,
    )


def _top(title: str, question: str, reading: str, next_step: str, field: str, found: str, *columns: Column) -> Sized:
    return panel.listing(
        Facts(
            title=title,
            question=question,
            reading=reading,
            next_step=next_step,
            unit="short",
            empty=_NO_EVENTS,
            limits=NO_LIMITS,
            links=(ALL_SECURITY,),
        ),
        log_value(f"topk(20, sum by (service_name, {field}) (count_over_time({found} {RANGE})))"),
        columns_=(*columns, Column(field="service_name", title="Service"), Column(field="Value #A", title="Times")),
        sort="Times",
        width=6,
    )


def _by_address() -> Sized:
    return _top(
        "Failed sign-ins by address",
        "Where do they come from?",
        "The last part of public addresses is masked, so a row may be 256 of them.",
        "block the network at the ingress, or ask who it is.",
        "client_address",
        f'{FAILED} | client_address!=""',
        Column(field="client_address", title="Address", links=(_OF_ADDRESS,)),
    )


def _by_account() -> Sized:
    return _top(
        "Failed sign-ins by account",
        "Whose account is tried?",
        "What the attempt was aimed at, as the service named it, masked.",
        "one account with many: warn its owner, lock it.",
        "otel_kit_security_target",
        f'{FAILED} | otel_kit_security_target!=""',
        Column(field="otel_kit_security_target", title="Account"),
    )


def _denials() -> Sized:
    return panel.time_series(
        Facts(
            title="Denied accesses over time",
            question="Does somebody look for what is open?",
            reading="Failed authorizations of each service, within five minutes.",
            next_step="a step at a deploy is lost rights; one user alone is somebody who tries.",
            unit="short",
            empty=_NO_EVENTS,
            limits=above("authorization_denials"),
            links=(_OF_SERVICE,),
        ),
        log_metric(f"sum by (service_name) (count_over_time({DENIED} [5m]))", "{{service_name}}"),
    )


def _denied() -> Sized:
    return _top(
        "Denied accesses by user",
        "Who was denied?",
        "Users with the most denied accesses.",
        "click the user for all that they did.",
        "user_id",
        DENIED,
        Column(field="user_id", title="User", links=(OF_USER,)),
    )
