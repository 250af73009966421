"""Usage of language models, as the metrics of services tell it that send no events of their calls."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator

from otel_kit.local import jsontext
from otel_kit.local.filters import TimeRange
from otel_kit.local.store.increases import Reading, increases
from otel_kit.local.store.llm_calls import Sample, figure_of, labels_of
from otel_kit.local.store.reader_metrics import readings
from otel_kit.semconv import (
    ERROR_TYPE,
    GEN_AI_CLIENT_OPERATION_DURATION,
    GEN_AI_CLIENT_TIME_TO_FIRST_CHUNK,
    GEN_AI_CLIENT_TOKEN_USAGE,
    GEN_AI_TOKEN_TYPE,
    LLM_COST,
)

_MOST_SERIES = 2000
_METRICS = (
    GEN_AI_CLIENT_OPERATION_DURATION,
    GEN_AI_CLIENT_TIME_TO_FIRST_CHUNK,
    GEN_AI_CLIENT_TOKEN_USAGE,
    LLM_COST,
)
_SERIES = f"""
SELECT s.id, m.name, m.temporality, s.attributes, res.service FROM metric m JOIN series s ON s.metric_id = m.id
JOIN resource res ON res.id = s.resource_id
WHERE m.name IN ({", ".join("?" * len(_METRICS))}) AND (? IS NULL OR res.service = ?)
ORDER BY s.last_block DESC, s.id LIMIT ?
"""  # noqa: S608 - our names


def samples_of_metrics(
    connection: sqlite3.Connection, service: str | None, without: Collection[str], times: TimeRange
) -> Iterator[Sample]:
    """Yield what each export added, of all services but ``without``.

    Where a service sends no cost, every call counts as one without a known price.
    """
    rows = connection.execute(_SERIES, (*_METRICS, service, service, _MOST_SERIES)).fetchall()
    priced = {row[4] for row in rows if row[1] == LLM_COST}
    for series, name, temporality, attributes, of_service in rows:
        if of_service in without:
            continue
        said = jsontext.decode(attributes)
        labels = labels_of(said, of_service)
        for added in increases(readings(connection, series, times), temporality, times.start):
            yield _sample(name, labels, said, added, of_service in priced)


def _sample(name: str, labels: dict[str, str], said: dict[str, object], added: Reading, is_priced: bool) -> Sample:
    buckets = added.histogram.buckets() if added.histogram is not None else Counter()
    if name == GEN_AI_CLIENT_OPERATION_DURATION:
        calls = int(figure_of(added.count) or 0)
        errors = calls if ERROR_TYPE in said else 0
        unpriced = 0 if is_priced else calls
        return Sample(added.time, labels, calls=calls, errors=errors, unpriced=unpriced, durations=buckets)
    if name == GEN_AI_CLIENT_TIME_TO_FIRST_CHUNK:
        return Sample(added.time, labels, first_chunks=buckets)
    if name == LLM_COST:
        return Sample(added.time, labels, cost=figure_of(added.total))
    return Sample(
        added.time, labels, tokens={f"{said.get(GEN_AI_TOKEN_TYPE)}_tokens": int(figure_of(added.total) or 0)}
    )
