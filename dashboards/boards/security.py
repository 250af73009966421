"""Security: who did what, who tried to, and did data leak?"""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards import accesses, personal_data
from dashboards.boards.accesses import ALL_SECURITY, DENIED, EVENTS, FAILED, LOGINS, OF_USER, OUTCOMES, RANGE, SECURITY
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, Limits, above
from dashboards.links import FAILED_TRACES, column, to_board, to_logs
from dashboards.panel import Sized
from dashboards.queries import LOGS, SCOPE, log_lines, log_value, rows
from dashboards.variables import COMMON, Text

_AUDIT: Final = f'{LOGS[:-1]},event_category="audit"}} | user_id=~"$user.*"'
_RIGHTS: Final = f'{SECURITY} | otel_kit_security_kind=~"privilege_change|credential_change|configuration|encryption"'
_TAKEN: Final = f'{SECURITY} | otel_kit_security_kind=~"data_access|data_export"'
_ALL_AUDIT: Final = to_logs("Audit events", f'{{{EVENTS}"audit"}}')


def board() -> Board:
    """Return the board."""
    return Board(
        name="security",
        title="Security and audit",
        description="Who did what, who tried to, and did data leak?",
        since="now-24h",
        variables=(
            *COMMON,
            Text("user", "User", "Beginning of a user's id; with a key set, of its pseudonym."),
        ),
        sections=(
            Section("Now", _figures()),
            Section("Getting in", accesses.panels()),
            Section("Who did what", (_rights(), _taken(), _who_did_what(), _trail(), _coverage(), _settings())),
            Section("Personal data", personal_data.panels()),
            Section("Ingest keys", (personal_data.refused(), personal_data.keys())),
        ),
    )


def _figures() -> tuple[Sized, ...]:
    def one(title: str, question: str, reading: str, next_step: str, expr: str, limits: Limits = NO_LIMITS) -> Sized:
        facts = Facts(
            title=title,
            question=question,
            reading=reading,
            next_step=next_step,
            unit="short",
            empty="None in this time range.",
            limits=limits,
            links=(ALL_SECURITY, _ALL_AUDIT, FAILED_TRACES),
        )
        return panel.figure(facts, log_value(expr), width=4)

    return (
        one(
            "Sign-ins",
            "How many got in?",
            "Successful authentications that services told of.",
            "far more or fewer than usual: see over time below.",
            f'sum(count_over_time({LOGINS} | event_outcome="success" {RANGE}))',
        ),
        one(
            "Failed sign-ins",
            "How many were turned away?",
            "Failed authentications of the whole time range.",
            "see from where and for which accounts.",
            f"sum(count_over_time({FAILED} {RANGE}))",
            above("any_at_all"),
        ),
        one(
            "Denied accesses",
            "Who tried what they may not?",
            "Failed authorizations of the whole time range.",
            "one user with many: somebody looks for what is open.",
            f"sum(count_over_time({DENIED} {RANGE}))",
            above("any_at_all"),
        ),
        one(
            "Changes of rights",
            "Were rights, passwords or settings changed?",
            "Security events on privileges, credentials, configuration and encryption.",
            "each should have somebody who asked for it: see the list.",
            f"sum(count_over_time({_RIGHTS} {RANGE}))",
        ),
        one(
            "Audit events",
            "Is anything written down?",
            "Audit events that arrived. None over days is no good news: nobody records.",
            "see which services record below.",
            f"sum(count_over_time({_AUDIT} {RANGE}))",
        ),
        one(
            "Personal data found",
            "Did something pass the service's own redaction?",
            "Records of services with the kit in which the gateway still had to mask. They should be none.",
            "see which service and key under Personal data.",
            f"sum(count_over_time({personal_data.FOUND_IN_THE_KIT} {RANGE}))",
            above(critical="any_at_all"),
        ),
    )


def _lines(found: str, *, title: str, question: str, next_step: str, shown: str, width: int) -> Sized:
    return panel.log_list(
        Facts(
            title=title,
            question=question,
            reading="Newest first; open a line for all its fields, its trace among them.",
            next_step=next_step,
            unit="short",
            empty="No such event in this time range.",
            limits=NO_LIMITS,
            links=(ALL_SECURITY, _ALL_AUDIT),
        ),
        log_lines(f'{found} | line_format "{shown}"'),
        width=width,
        height=9,
    )


_SHOWN: Final = (
    "{{.service_name}}: {{.user_id}} {{.otel_kit_security_kind}} {{.otel_kit_security_target}}"
    " {{.event_outcome}} {{.otel_kit_security_reason}}"
)


def _rights() -> Sized:
    return _lines(
        _RIGHTS,
        title="Changes of rights, passwords and settings",
        question="Who changed what may be done?",
        next_step="compare with what was asked for; what nobody asked for is an incident.",
        shown=_SHOWN,
        width=12,
    )


def _taken() -> Sized:
    return _lines(
        _TAKEN,
        title="Data accessed and exported",
        question="Who took data out?",
        next_step="ask the user who exported; large ones at night are worth a call.",
        shown=_SHOWN,
        width=12,
    )


def _who_did_what() -> Sized:
    by = "service_name, user_id, otel_kit_audit_action, otel_kit_audit_target_type, event_outcome"
    return panel.listing(
        Facts(
            title="Audited actions",
            question="Who did what, how often?",
            reading="Audit events of the time range, by user, action and outcome.",
            next_step="click a user for everything of theirs; failures are red.",
            unit="short",
            empty="No audit event in this time range: `event.audit(...)` writes them.",
            limits=NO_LIMITS,
            links=(_ALL_AUDIT,),
        ),
        log_value(f"sum by ({by}) (count_over_time({_AUDIT} {RANGE}))"),
        columns_=(
            Column(field="user_id", title="User", links=(OF_USER,)),
            Column(field="otel_kit_audit_action", title="Action"),
            Column(field="otel_kit_audit_target_type", title="On"),
            Column(field="event_outcome", title="Outcome", mapped={key: (key, OUTCOMES[key]) for key in OUTCOMES}),
            Column(
                field="service_name",
                title="Service",
                links=(to_board("service", "Service", given={"service": column("Service")}),),
            ),
            Column(field="Value #A", title="Times"),
        ),
        sort="Times",
        width=12,
        height=9,
    )


def _trail() -> Sized:
    return _lines(
        _AUDIT,
        title="Audit trail",
        question="What happened, in order?",
        next_step="type a user above to follow one person; the archive keeps it longer than Loki.",
        shown="{{.service_name}}: {{.user_id}} {{.otel_kit_audit_action}} {{.otel_kit_audit_target}}"
        " {{.event_outcome}} {{.otel_kit_audit_reason}}",
        width=12,
    )


def _settings() -> Sized:
    return _lines(
        f'{LOGS[:-1]},event_category="system"}} | event_name="otel_kit.configuration.change"',
        title="Settings and policies changed",
        question="Who changed what is redacted, sampled or recorded?",
        next_step="a policy that became laxer needs somebody who decided so.",
        shown="{{.service_name}}: {{.otel_kit_configuration_by}} {{.otel_kit_configuration_keys}}",
        width=12,
    )


def _coverage() -> Sized:
    def recorded(category: str) -> str:
        found = f'otel_kit_events_total{{{SCOPE},event_category="{category}"}}'
        return f"sum by (service_name) (increase({found}[24h])) or 0 * group by (service_name) (target_info{{{SCOPE}}})"

    return panel.listing(
        Facts(
            title="Who records audit and security events",
            question="Which service writes nothing down?",
            reading="Events of the last 24 hours of each service that reports. Zero: it records nothing.",
            next_step="add `event.audit(...)` where people change something, `event.security(...)` where they sign in.",
            unit="short",
            empty="No service reports in this time range.",
            limits=NO_LIMITS,
            links=(_ALL_AUDIT,),
        ),
        rows(recorded("audit")),
        rows(recorded("security")),
        columns_=(
            Column(
                field="service_name",
                title="Service",
                links=(to_board("service", "Service", given={"service": column("Service")}),),
            ),
            Column(field="Value #A", title="Audit events"),
            Column(field="Value #B", title="Security events"),
        ),
        sort="Audit events",
        descending=False,
        width=12,
        height=9,
    )
