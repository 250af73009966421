"""tests/vectors/redaction.yaml through the real Collector: it agrees with the SDK, or the vector says why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.semconv import REDACTION_POLICY
from tests.stack import file_output
from tests.stack.collector_process import BASE, TO_FILES, Collector
from tests.stack.otlp_client import send_http
from tests.stack.payloads import UID, Plain, key_values, log_request, new_record, new_span, trace_request
from tests.vectors.vectors import (
    DECLARED_COUNTER_EXAMPLES,
    KEYS,
    MASKED_KEYS,
    MASKS,
    TEXTS,
    counter_examples,
    examples,
)

pytestmark = pytest.mark.stack


class Run:
    """Everything sent at once, through a Collector of its own: texts as log bodies, attributes on spans."""

    def __init__(
        self,
        binary: Path,
        folder: Path,
        texts: Sequence[str],
        attributes: Sequence[Mapping[str, Any]],
        *,
        is_trusted: bool = False,
    ) -> None:
        collector = Collector(binary, folder, (*BASE, TO_FILES))
        collector.start()
        try:
            records = [new_record(f"text{number}", text) for number, text in enumerate(texts)]
            spans = [new_span(f"span{number}", **dict(each)) for number, each in enumerate(attributes)]
            token = collector.trusted_token if is_trusted else collector.token
            mark = key_values({REDACTION_POLICY: default_redactor().policy_id})
            logs, traces = log_request(records), trace_request(spans)
            logs.resource_logs[0].resource.attributes.extend(mark)
            traces.resource_spans[0].resource.attributes.extend(mark)
            for request in (logs, traces):
                assert send_http(collector.http_port, request, token) == 200
        finally:
            collector.stop()
        self._records = {record["attributes"][UID]: record for record in file_output.logs(collector.output)}
        self._spans = {span["attributes"][UID]: span for span in file_output.spans(collector.output)}
        self._texts = {text: f"text{number}" for number, text in enumerate(texts)}
        self._attributes = list(attributes)

    def text(self, text: str) -> Any:
        """What became of a text."""
        return self._records[self._texts[text]]["body"]

    def attributes(self, number: int) -> dict[str, Any]:
        """What became of the attributes of one span; without the counts that the Collector adds."""
        came = self._spans[f"span{number}"]["attributes"]
        return {key: value for key, value in came.items() if key != UID and not key.startswith("redaction.")}

    def is_counted(self, text: str) -> bool:
        """Whether the Collector says that it masked something."""
        return "redaction.body.masked.count" in self._records[self._texts[text]]["attributes"]


@pytest.fixture(scope="module")
def left_by_the_sdk() -> dict[str, str]:
    """Every text of the vectors and what the SDK makes of it."""
    redactor = default_redactor()
    texts = [vector.value for vector in TEXTS] + [text for _, text, _ in examples()] + counter_examples()
    return {text: redactor.text(text, Findings(), "log.body") for text in texts}


@pytest.fixture(scope="module")
def run(otelcol: Path, tmp_path_factory: pytest.TempPathFactory, left_by_the_sdk: dict[str, str]) -> Run:
    """One run for all vectors."""
    texts = dict.fromkeys([*left_by_the_sdk, *left_by_the_sdk.values(), *MASKS])
    attributes: list[Mapping[str, Plain]] = [{vector.key: vector.value} for vector in KEYS]
    return Run(otelcol, tmp_path_factory.mktemp("vectors"), list(texts), [*attributes, MASKED_KEYS])


def test_texts_become_what_the_vectors_say(run: Run) -> None:
    """To the letter; a difference from the SDK that the vector does not declare fails."""
    wrong = {vector.value: run.text(vector.value) for vector in TEXTS if run.text(vector.value) != vector.collector}

    assert wrong == {}


def test_attributes_become_what_the_vectors_say(run: Run) -> None:
    """To the letter, one for each key class at least."""
    came = [(vector, run.attributes(number)) for number, vector in enumerate(KEYS)]

    assert [(vector.key, after) for vector, after in came if after != {vector.key: vector.collector}] == []


def test_examples_of_all_rules_are_hidden_but_of_those_that_are_refused(run: Run) -> None:
    """What a rule's example hides comes out only where its rule says that the Collector cannot do it."""
    shown = [rule for rule, text, hidden in examples() if hidden and hidden in run.text(text)]

    assert [rule.id for rule in shown if rule.collector is None or rule.collector.pattern is not None] == []


def test_counter_examples_stay_but_those_that_are_declared(run: Run, left_by_the_sdk: dict[str, str]) -> None:
    """What the SDK leaves, the Collector leaves."""
    altered = {text for text in counter_examples() if left_by_the_sdk[text] == text and run.text(text) != text}

    assert altered == set(DECLARED_COUNTER_EXAMPLES)


def test_what_the_sdk_leaves_behind_passes_to_the_letter(run: Run, left_by_the_sdk: dict[str, str]) -> None:
    """The results of all vectors and examples, and every form of a mask; and nothing is counted as masked."""
    results = {left for text, left in left_by_the_sdk.items() if text not in DECLARED_COUNTER_EXAMPLES} | set(MASKS)
    excepted = {vector.value for vector in TEXTS if vector.python == vector.value != vector.collector}

    assert {text: run.text(text) for text in results - excepted if run.text(text) != text} == {}
    assert [text for text in results - excepted if run.is_counted(text)] == []


def test_masks_under_their_keys_pass_to_the_letter(run: Run) -> None:
    """Each still says which rule it was."""
    assert run.attributes(len(KEYS)) == MASKED_KEYS


def test_everything_of_a_trusted_sender_passes_to_the_letter(
    otelcol: Path, tmp_path: Path, left_by_the_sdk: dict[str, str]
) -> None:
    """What the SDK makes of all vectors, as texts and under their keys: nothing is altered, nothing is counted."""
    texts = list({*left_by_the_sdk.values(), *MASKS})
    attributes: list[Mapping[str, Plain]] = [{vector.key: vector.python} for vector in KEYS]

    run = Run(otelcol, tmp_path, texts, [*attributes, MASKED_KEYS], is_trusted=True)

    assert {text: run.text(text) for text in texts if run.text(text) != text} == {}
    assert [text for text in texts if run.is_counted(text)] == []
    came = {number: run.attributes(number) for number in range(len(KEYS) + 1)}
    sent = dict(enumerate([*attributes, MASKED_KEYS]))
    assert {number: after for number, after in came.items() if after != sent[number]} == {}
