"""Pipeline: does telemetry arrive, from the SDK to the stores, and at what cost?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards import panel
from dashboards.board import Board
from dashboards.boards import gateway, stores
from dashboards.columns import Column
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS, Limits, above
from dashboards.links import FAILED_TRACES, SERVICE_LOGS, label, to_board, to_logs
from dashboards.panel import Sized
from dashboards.queries import RATE, SCOPE, Query, metric, rows, value

_SDK: Final = "otel_kit_pipeline"
_SIGNAL: Final = "otel_kit_signal"
_RANGE: Final = "[$__range]"
_NO_SDK: Final = "No service with the kit reports in this time range."
_TO_SERVICE: Final = to_board("logs", "Its logs", given={"service": label("service_name")})
_ALERTS: Final = to_board("alerts", "Alerts", kept=("environment",))
_REFUSED_LOGS: Final = to_logs("What services say of it", '{service_name=~".+"} |= "otel_kit" |= "endpoint"')


def board() -> Board:
    """Return the board."""
    return Board(
        name="pipeline",
        title="Pipeline",
        description="Does telemetry arrive, from the SDK to the stores, and at what cost?",
        sections=(
            Section("Now", _figures()),
            Section("The chain: SDK, gateway, store", (_table(), *(_chain(one) for one in gateway.SIGNALS))),
            Section("In the services", (_lost(), _waiting(), _redacted())),
            Section("In the gateway", gateway.panels()),
            Section("In the stores", stores.panels()),
            Section("Volume", stores.volume()),
        ),
    )


def _figures() -> Sequence[Sized]:
    def one(title: str, question: str, reading: str, next_step: str, asked: Query, unit: str, limits: Limits) -> Sized:
        facts = Facts(
            title=title,
            question=question,
            reading=reading,
            next_step=next_step,
            unit=unit,
            empty=_NO_SDK if "service" in title else "The Collector's figures are not there: is it up?",
            limits=limits,
            links=(_ALERTS,),
        )
        return panel.figure(facts, asked, width=6)

    # Told apart by a label and then summed: with + one counter that was never counted would empty the whole figure.
    lost = " or ".join(
        f'label_replace(sum(increase({_SDK}_{one}_total{{{SCOPE}}}{_RANGE})), "why", "{one}", "", "")'
        for one in ("dropped", "rejected")
    )
    refused = gateway.each_signal(lambda one: f"sum(increase(otelcol_receiver_refused_{one.noun}_total{_RANGE}))")
    return (
        one(
            "Lost in services",
            "Is telemetry lost before it is sent?",
            "Records of the time range that services gave up, or that the gateway refused for good.",
            "the panel In the services says why.",
            value(f"sum({lost})"),
            "short",
            above("any_at_all"),
        ),
        one(
            "Waiting in services",
            "Do services wait for the gateway?",
            "Records that are on their way. Some are always; thousands mean that nobody takes them.",
            "look at what the gateway refuses, and whether it is up.",
            metric(f"sum({_SDK}_waiting{{{SCOPE}}})"),
            "short",
            NO_LIMITS,
        ),
        one(
            "Refused",
            "Does the gateway take everything?",
            "Records of the time range that it refused for now: senders keep them and come again.",
            "memory, queues and keys below say which.",
            value(f"sum({refused})"),
            "short",
            above("any_at_all"),
        ),
        one(
            "Fullest queue",
            "Is a store too slow, or away?",
            "Of the gateway's queues on disk. At 100 % new data is refused.",
            "the queue's name is the store's: see whether it is up.",
            metric("max(otelcol_exporter_queue_size / otelcol_exporter_queue_capacity)"),
            "percentunit",
            above("queue_fill"),
        ),
    )


def _table() -> Sized:
    def of_sdk(name: str) -> str:
        return f"sum by ({_SIGNAL}) (increase({_SDK}_{name}_total{{{SCOPE}}}{_RANGE}))"

    def of_gateway(name: str) -> str:
        return gateway.each_signal(
            lambda one: f"sum(increase(otelcol_{name}_{one.noun}_total{one.sent(name)}{_RANGE}))"
        )

    return panel.listing(
        Facts(
            title="What became of it",
            question="Where along the way does it get lost?",
            reading="Records of the time range, from left to right. The SDK's figures are of the chosen services, the "
            "others of all senders. Prometheus counts samples, and those that it scrapes itself.",
            next_step="the first column that is much smaller than the one before is where to look.",
            unit="short",
            empty=_NO_SDK,
            limits=NO_LIMITS,
            links=(_ALERTS,),
        ),
        rows(of_sdk("created")),
        rows(of_sdk("dropped")),
        rows(of_sdk("rejected")),
        rows(of_sdk("delivered")),
        rows(of_gateway("receiver_accepted")),
        rows(of_gateway("receiver_refused")),
        rows(of_gateway("exporter_sent")),
        rows(gateway.each_signal(lambda one: f"sum(increase({one.stored}{_RANGE}))")),
        columns_=(
            Column(field=_SIGNAL, title="Signal"),
            Column(field="Value #A", title="Created"),
            Column(field="Value #B", title="Given up", limits=above("any_at_all")),
            Column(field="Value #C", title="Refused for good", limits=above("any_at_all")),
            Column(field="Value #D", title="Delivered"),
            Column(field="Value #E", title="Accepted by the gateway"),
            Column(field="Value #F", title="Refused by it", limits=above("any_at_all")),
            Column(field="Value #G", title="Sent to the store"),
            Column(field="Value #H", title="Stored"),
        ),
        height=5,
    )


def _chain(signal: gateway.Signal) -> Sized:
    return panel.time_series(
        Facts(
            title=f"{signal.name.capitalize()} on the way",
            question=f"Do {signal.name} go through?",
            reading="Records a second at each station. The lines lie on each other; between two that do not, records "
            "are refused, sampled or queued." + signal.remark,
            next_step="the queue's fill and what was refused stand below.",
            unit="cps",
            empty="Neither services nor the gateway report in this time range.",
            limits=NO_LIMITS,
            links=(_ALERTS, SERVICE_LOGS, FAILED_TRACES),
        ),
        metric(f'sum(rate({_SDK}_created_total{{{SCOPE},{_SIGNAL}="{signal.name}"}}{RATE}))', "created"),
        metric(f"sum(rate(otelcol_receiver_accepted_{signal.noun}_total{RATE}))", "accepted"),
        metric(f"sum(rate(otelcol_exporter_sent_{signal.noun}_total{signal.sent('exporter_sent')}{RATE}))", "sent"),
        metric(f"sum(rate({signal.stored}{RATE}))", "stored"),
        width=8,
    )


def _lost() -> Sized:
    return panel.time_series(
        Facts(
            title="Given up, refused, sent again",
            question="Why do services lose telemetry?",
            reading="Records a second. queue_full: the gateway is away or too slow for longer than the buffer lasts; "
            "exit: the process ended first; refused: a wrong key or too large.",
            next_step="open the service's log: the kit says there which endpoint answered what.",
            unit="cps",
            empty=_NO_SDK,
            limits=NO_LIMITS,
            links=(_TO_SERVICE, _REFUSED_LOGS),
        ),
        metric(
            f"sum by (service_name, otel_kit_drop_reason) (rate({_SDK}_dropped_total{{{SCOPE}}}{RATE}))",
            "{{service_name}} {{otel_kit_drop_reason}}",
        ),
        metric(
            f"sum by (service_name) (rate({_SDK}_rejected_total{{{SCOPE}}}{RATE}))", "{{service_name}} refused for good"
        ),
        metric(f"sum by (service_name) (rate({_SDK}_retried_total{{{SCOPE}}}{RATE}))", "{{service_name}} sent again"),
        width=8,
    )


def _waiting() -> Sized:
    return panel.time_series(
        Facts(
            title="Buffers of services",
            question="Which service cannot get rid of its telemetry?",
            reading="Encoded bytes in each service's buffer.",
            next_step="all services: the gateway; one of them: its key or its network.",
            unit="bytes",
            empty=_NO_SDK,
            limits=NO_LIMITS,
            links=(_TO_SERVICE,),
        ),
        metric(
            f"sum by (service_name, {_SIGNAL}) ({_SDK}_queue_bytes{{{SCOPE}}})", "{{service_name}} {{otel_kit_signal}}"
        ),
        width=8,
    )


def _redacted() -> Sized:
    return panel.time_series(
        Facts(
            title="Redacted in services",
            question="How much is masked before it leaves?",
            reading="Values a second that the SDK altered, by service.",
            next_step="rules and keys stand on the board Security.",
            unit="cps",
            empty="Nothing had to be redacted in this time range, or no service with the kit reports.",
            limits=NO_LIMITS,
            links=(to_board("security", "By rule and key", given={"service": label("service_name")}),),
        ),
        metric(
            f"sum by (service_name) (rate(otel_kit_redaction_hits_total{{{SCOPE}}}{RATE}))",
            "{{service_name}}",
        ),
        width=8,
    )
