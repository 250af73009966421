"""The pipeline's own account as metrics: one chain from created to delivered, what was lost, what was redacted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from otel_kit import semconv
from otel_kit.pipeline.ledger import DROP_REASONS, Account, Ledger
from otel_kit.pipeline.redaction_counts import PlaceTotals, RedactionTotals
from otel_kit.settings import Signal

Figure = Callable[[Account], int]
_COUNTERS: tuple[tuple[str, str, Figure], ...] = (
    (semconv.PIPELINE_CREATED, "Records that entered the pipeline.", lambda account: account.created),
    (semconv.PIPELINE_ENCODED, "Records that were encoded.", lambda account: account.encoded),
    (semconv.PIPELINE_DELIVERED, "Records that the endpoint accepted.", lambda account: account.delivered),
    (semconv.PIPELINE_RETRIED, "Records of requests that failed and are sent again.", lambda account: account.retried),
    (semconv.PIPELINE_REJECTED, "Records that the endpoint refused for good.", lambda account: account.rejected),
)


# A rate begins with the second value of a series: what has not happened yet is there as 0, or the first loss is none.
_NO_DROPS = dict.fromkeys(DROP_REASONS, 0)
_NO_RELOADS = dict.fromkeys(("changed", "unchanged", "refused"), 0)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the figures come from: asked anew at each collection, because the kit may be started again."""

    ledgers: Callable[[], Sequence[Ledger]]
    queue_bytes: Callable[[Signal], int]
    counts: Callable[[], RedactionTotals]
    faults: Callable[[], Mapping[str, int]]
    reloads: Callable[[], Mapping[str, int]]
    cut: Callable[[], Mapping[tuple[str, str], int]] = dict


def observe_pipeline(meter: Meter, sources: Sources) -> None:
    """Register the ledger's figures."""
    ledgers = sources.ledgers

    def cut(_: CallbackOptions) -> Iterable[Observation]:
        totals = sources.cut()
        for (instrument, attribute), count in totals.items():
            yield Observation(count, {semconv.INSTRUMENT: instrument, semconv.ATTRIBUTE: attribute})

    for name, description, figure in _COUNTERS:
        meter.create_observable_counter(name, [_per_signal(ledgers, figure)], unit="{record}", description=description)

    def dropped(_: CallbackOptions) -> Iterable[Observation]:
        for ledger in ledgers():
            for reason, count in {**_NO_DROPS, **ledger.account().dropped}.items():
                yield Observation(count, {semconv.SIGNAL: ledger.signal, semconv.DROP_REASON: reason})

    def waiting_bytes(_: CallbackOptions) -> Iterable[Observation]:
        for ledger in ledgers():
            yield Observation(sources.queue_bytes(ledger.signal), {semconv.SIGNAL: ledger.signal})

    meter.create_observable_counter(
        semconv.SERIES_CUT,
        [cut],
        unit="{measurement}",
        description="Measurements whose attribute got the value _OTHER: it had too many values.",
    )
    meter.create_observable_counter(
        semconv.PIPELINE_DROPPED, [dropped], unit="{record}", description="Records that the kit gave up, by reason."
    )
    meter.create_observable_up_down_counter(
        semconv.PIPELINE_WAITING,
        [_per_signal(ledgers, lambda account: account.waiting)],
        unit="{record}",
        description="Records on their way.",
    )
    meter.create_observable_up_down_counter(
        semconv.PIPELINE_QUEUE_BYTES, [waiting_bytes], unit="By", description="Encoded bytes that wait to be sent."
    )


def observe_redaction(meter: Meter, sources: Sources) -> None:
    """Register what redaction found and what was kept from the application."""

    def hits(_: CallbackOptions) -> Iterable[Observation]:
        for place in sources.counts().places:
            if place.hits:
                yield Observation(place.hits, _place(place))

    def reported(_: CallbackOptions) -> Iterable[Observation]:
        for place in sources.counts().places:
            if place.reported:
                yield Observation(place.reported, _place(place))

    def reloads(_: CallbackOptions) -> Iterable[Observation]:
        for outcome, count in {**_NO_RELOADS, **sources.reloads()}.items():
            yield Observation(count, {semconv.REDACTION_RELOAD_OUTCOME: outcome})

    def errors(_: CallbackOptions) -> Iterable[Observation]:
        yield Observation(sources.counts().errors)

    def internal(_: CallbackOptions) -> Iterable[Observation]:
        for place, count in sources.faults().items():
            yield Observation(count, {semconv.ERROR_TYPE: place})

    meter.create_observable_counter(
        semconv.REDACTION_HITS, [hits], unit="{value}", description="Values that redaction altered, by rule and key."
    )
    meter.create_observable_counter(
        semconv.REDACTION_REPORTED,
        [reported],
        unit="{value}",
        description="Values that rules in report mode found and left, by rule and key.",
    )
    meter.create_observable_counter(
        semconv.REDACTION_RELOADS, [reloads], unit="{reload}", description="Reloads of the policy, by outcome."
    )
    meter.create_observable_counter(
        semconv.REDACTION_ERRORS, [errors], unit="{value}", description="Values dropped because the scanner failed."
    )
    meter.create_observable_counter(
        semconv.INTERNAL_ERRORS, [internal], unit="{fault}", description="Faults kept from the application, by place."
    )


def _place(place: PlaceTotals) -> dict[str, str]:
    return {semconv.REDACTION_RULE: place.rule, semconv.REDACTION_KEY: place.key}


def _per_signal(
    ledgers: Callable[[], Sequence[Ledger]], figure: Figure
) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        return [Observation(figure(ledger.account()), {semconv.SIGNAL: ledger.signal}) for ledger in ledgers()]

    return observe
