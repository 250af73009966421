"""Whose data skips the rules for values: with an accepted mark of the SDK on the resource, and from a trusted key.

What tells the two ways apart is a value that the SDK would have masked, under a key that no rule knows: where it comes
out, values were not searched again. Rules for keys hold on both ways.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import pytest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from otel_kit.policy.collector import render
from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, TO_FILES, Collector, NewCollector
from tests.stack.otlp_client import otlp_json, send_grpc, send_http
from tests.stack.payloads import (
    UID,
    Plain,
    any_value,
    gauge_request,
    log_request,
    new_record,
    new_span,
    new_uids,
    trace_request,
)
from tests.stack.surfaces import KEY

pytestmark = pytest.mark.stack

Pairs: TypeAlias = Sequence[tuple[str, Plain]]
"""Attributes as a sender can write them: a key more than once."""

MARK = "otel_kit.redaction.policy"
RIGHT = default_redactor().policy_id
UNKNOWN = "0123456789abcdef"
ADDRESS = "jane.roe@example.com"
TENANT, KEY_ID, AUTHENTICATED = (f"otel_kit.ingest.{name}" for name in ("tenant", "key_id", "authenticated"))


@dataclass(frozen=True)
class Sender:
    """What a sender does, beside planting ``ADDRESS`` and a password: its key, and what it claims where."""

    name: str
    is_trusted: bool
    resource: Pairs = ()
    scope: Pairs = ()
    item: Pairs = ()
    headers: dict[str, str] = field(default_factory=dict)


SEARCHED = (
    Sender("trusted key, no mark", True),
    Sender("trusted key, unknown mark", True, [(MARK, UNKNOWN)]),
    Sender("trusted key, unknown mark before the right one", True, [(MARK, UNKNOWN), (MARK, RIGHT)]),
    Sender("trusted key, mark in capitals", True, [(MARK, RIGHT.upper())]),
    Sender("trusted key, mark and more", True, [(MARK, f"{RIGHT} ")]),
    Sender("trusted key, mark as bytes", True, [(MARK, RIGHT.encode())]),
    Sender("trusted key, mark in a list", True, [(MARK, [RIGHT])]),
    Sender("trusted key, mark under another name", True, [("otel.kit.redaction.policy", RIGHT)]),
    Sender("trusted key, mark on the scope", True, scope=[(MARK, RIGHT)]),
    Sender("trusted key, mark on the item", True, item=[(MARK, RIGHT)]),
    Sender("other key, no mark", False),
    Sender("other key, right mark", False, [(MARK, RIGHT)]),
    Sender("other key, right mark twice", False, [(MARK, RIGHT), (MARK, RIGHT)]),
    Sender("other key, right mark three times", False, [(MARK, UNKNOWN), (MARK, RIGHT), (MARK, RIGHT)]),
    Sender("other key, right mark everywhere", False, [(MARK, RIGHT)], [(MARK, RIGHT)], [(MARK, RIGHT)]),
    Sender("other key that calls itself trusted", False, [
        (MARK, RIGHT), ("otel_kit.ingest.trusted_redaction", True), (AUTHENTICATED, True), (KEY_ID, "trusted"),
    ]),
    Sender("other key, headers of the guard", False, [(MARK, RIGHT)], headers={
        "x-otel-kit-trusted-redaction": "true", "x-otel-kit-key-id": "trusted", "x-otel-kit-authenticated": "true",
    }),
)  # fmt: skip
SKIPPED = (
    Sender("trusted key, right mark", True, [(MARK, RIGHT)]),
    Sender("trusted key, right mark before an unknown one", True, [(MARK, RIGHT), (MARK, UNKNOWN)]),
)


@pytest.fixture(scope="module")
def collector(otelcol: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """One for all senders."""
    made = Collector(otelcol, tmp_path_factory.mktemp("trusted"), (*BASE, TO_FILES))
    made.start()
    yield made
    made.stop()


def test_the_counter_example_is_one() -> None:
    """The SDK would have masked the planted value, so that data which carries it cannot have been redacted."""
    assert default_redactor().text(ADDRESS, Findings(), "log.body") != ADDRESS


@pytest.mark.parametrize("sender", SEARCHED, ids=lambda sender: sender.name)
def test_everybody_else_is_searched(collector: Collector, sender: Sender) -> None:
    """All three signals, over both protocols."""
    came = _sent(collector, sender)

    assert ADDRESS not in came
    assert "planted" not in came


@pytest.mark.parametrize("sender", SKIPPED, ids=lambda sender: sender.name)
def test_values_of_trusted_data_are_not_searched_again(collector: Collector, sender: Sender) -> None:
    """Six times: span, record and point, by each protocol. The keys are looked at all the same."""
    came = _sent(collector, sender)

    assert came.count(ADDRESS) == 6
    assert "planted" not in came
    assert came.count("****") == 6


@pytest.mark.parametrize("sender", [*SEARCHED, *SKIPPED], ids=lambda sender: sender.name)
def test_who_sent_it_is_what_the_key_says(collector: Collector, sender: Sender) -> None:
    """Tenant, key and authentication stand on each resource, each once; a mark stays with a trusted key only."""
    came = _sent(collector, sender)

    key = collector.trusted_key if sender.is_trusted else collector.key
    for resource in _resources(came):
        about = [(name, value) for name, value in resource if "ingest" in name]
        assert sorted(about) == [(AUTHENTICATED, True), (KEY_ID, key.id), (TENANT, key.tenant)]
        if not sender.is_trusted:
            assert MARK not in dict(resource)


@pytest.mark.parametrize(
    "name",
    [
        TENANT,
        "otel.kit.ingest.tenant",
        "otel_kit_ingest_tenant",
        "_otel-kit.ingest.tenant",
        "OTEL_KIT.INGEST.TENANT",
        "Otel.Kit.Ingest.Tenant",
    ],
)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_nobody_else_says_who_sent_it(collector: Collector, name: str, count: int) -> None:
    """Repeated, in spellings that a backend takes for the same, on resource, scope or item: nothing of it is left."""
    forged = [(name, "forged")] * count

    came = _sent(collector, Sender("forger", False, forged, forged, forged))

    assert "forged" not in came


def test_resources_of_one_request_are_judged_one_by_one(collector: Collector) -> None:
    """A batch of a trusted key with data of several sources: only what carries the mark skips the search."""
    uids = new_uids(9)
    marks: Sequence[Pairs] = ([(MARK, RIGHT)], [(MARK, UNKNOWN)], [])
    for start, kind in ((0, trace_request), (3, log_request), (6, gauge_request)):
        batch: Any = None
        for uid, mark in zip(uids[start : start + 3], marks, strict=True):
            request = _marked(_planted(kind, uid, ()), mark, ())
            batch = request if batch is None else batch
            if batch is not request:
                batch.MergeFrom(request)
        assert send_http(collector.http_port, batch, collector.trusted_token) == 200

    items = _items(collector, uids)
    assert {uid for uid, item in items.items() if ADDRESS in item} == {uids[0], uids[3], uids[6]}
    assert len(items) == 9


def test_body_that_is_a_map_keeps_what_the_sdk_left(collector: Collector) -> None:
    """Keys are looked at in it as well; what the SDK left under them, and everything else, passes to the letter."""
    left: dict[str, Plain] = {"user": {"password": "[REDACTED:password]", "note": ADDRESS}, "tags": [ADDRESS, 1]}
    raw: dict[str, Plain] = {"user": {"password": "planted", "note": ADDRESS}}
    below_a_known_key: dict[str, Plain] = {"code.function": [{"password": "planted"}]}
    long: dict[str, Plain] = {**left, "lines": ["order placed"] * 1000}
    bodies: list[Plain] = [
        left, raw, [left], ADDRESS.encode(), 4111111111111111, None, below_a_known_key, long, {**long, **raw},
    ]  # fmt: skip
    uids = new_uids(len(bodies))
    request = log_request(new_record(uid, body) for uid, body in zip(uids, bodies, strict=True))

    assert send_http(collector.http_port, _marked(request, [(MARK, RIGHT)], ()), collector.trusted_token) == 200

    _items(collector, uids)
    came = {item["attributes"][UID]: item["body"] for item in file_output.logs(collector.output)}
    assert [came[uid] for uid in (uids[0], uids[2], *uids[4:6])] == [left, [left], 4111111111111111, None]
    assert came[uids[1]] == {"user": {"password": "****", "note": ADDRESS}}
    assert came[uids[6]] == "****"
    assert came[uids[7]] == long
    assert came[uids[8]] == "****"
    assert came[uids[3]] == "amFuZS5yb2VAZXhhbXBsZS5jb20="


def test_trusted_metric_loses_its_metadata_and_keeps_its_schema(collector: Collector) -> None:
    """The SDK writes no metadata, so what stands there has been through no redaction."""
    (uid,) = new_uids(1)
    request = _marked(gauge_request(uid, {}), [(MARK, RIGHT)], ())
    request.resource_metrics[0].schema_url = "https://schemas.example/1.0"
    request.resource_metrics[0].scope_metrics[0].metrics[0].metadata.extend(_pairs([(KEY, ADDRESS)] * 2))

    assert send_http(collector.http_port, request, collector.trusted_token) == 200

    came = _items(collector, [uid])[uid]
    assert "https://schemas.example/1.0" in came
    assert "metadata" not in came


def test_what_comes_without_a_key_is_searched_and_says_so(new_collector: NewCollector, tmp_path: Path) -> None:
    """A receiver of an overlay: nobody showed a key, so a mark that stands in its data counts for nothing."""
    uids = new_uids(1)
    requests = [_marked(_planted(log_request, uids[0], ()), [(MARK, RIGHT), (MARK, RIGHT), (TENANT, "forged")], ())]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(otlp_json(request)) + "\n" for request in requests))
    overlay = tmp_path / "receiver.yaml"
    overlay.write_text(
        "receivers: {otlp_json_file: {include: ["
        f"{tmp_path}/in.jsonl], start_at: beginning, poll_interval: 100ms}}}}\n"
        "service: {pipelines: {logs/read: {receivers: [otlp_json_file], exporters: [forward/received]}}}\n"
    )
    made = new_collector(*BASE, TO_FILES, overlay)
    made.start()

    came = "\n".join(_items(made, uids).values())

    assert ADDRESS not in came
    assert [pair for pair in _resources(came)[0] if "otel_kit" in pair[0]] == [(AUTHENTICATED, False)]


def test_loosened_policy_trusts_nobody(new_collector: NewCollector, tmp_path: Path) -> None:
    """A layer that lets something pass is accepted from no key: its own mark is not in the list."""
    layer, processors = tmp_path / "policy.yaml", tmp_path / "redaction.yaml"
    layer.write_text("version: 1\nrules: {phone: {enabled: false}}\n")
    policy = load_policy(layer)
    processors.write_text(render(policy, [RIGHT]).text)
    made = new_collector(BASE[0], processors, TO_FILES)
    made.start()

    came = _sent(made, Sender("its own mark", True, [(MARK, policy.id)])) + _sent(made, SKIPPED[0])

    assert ADDRESS not in came


def test_previous_policy_is_believed_while_it_is_named(new_collector: NewCollector, tmp_path: Path) -> None:
    """Senders change over one by one: both marks count, from a trusted key, and no third one."""
    processors = tmp_path / "redaction.yaml"
    processors.write_text(render(load_policy(), [UNKNOWN]).text)
    made = new_collector(BASE[0], processors, TO_FILES)
    made.start()

    for mark, count in ((RIGHT, 6), (UNKNOWN, 6), ("f" * 16, 0)):
        assert _sent(made, Sender(mark, True, [(MARK, mark)])).count(ADDRESS) == count
    assert ADDRESS not in _sent(made, Sender("other key", False, [(MARK, UNKNOWN)]))


def _sent(collector: Collector, sender: Sender) -> str:
    """Send each signal by each protocol and return what came of it, one line of output for each."""
    token = collector.trusted_token if sender.is_trusted else collector.token
    uids = new_uids(6)
    for uid, kind in zip(uids, (trace_request, log_request, gauge_request) * 2, strict=True):
        request = _marked(_planted(kind, uid, sender.item), sender.resource, sender.scope)
        if uid in uids[:3]:
            assert send_http(collector.http_port, request, token, extra_headers=sender.headers) == 200
        else:
            code = send_grpc(collector.grpc_endpoint, request, token, extra_metadata=sender.headers)
            assert code == grpc.StatusCode.OK
    return "\n".join(_items(collector, uids).values())


def _planted(kind: Any, uid: str, extra: Pairs) -> Any:
    values: dict[str, Plain] = {KEY: ADDRESS, "password": "planted"}
    if kind is gauge_request:
        gauge = gauge_request(uid, values)
        gauge.resource_metrics[0].scope_metrics[0].metrics[0].gauge.data_points[0].attributes.extend(_pairs(extra))
        return gauge
    if kind is trace_request:
        span = new_span(uid, **values)
        span.attributes.extend(_pairs(extra))
        return trace_request([span])
    record = new_record(uid, **values)
    record.attributes.extend(_pairs(extra))
    return log_request([record])


def _marked(request: Any, resource: Pairs, scope: Pairs) -> Any:
    for fields in ("resource_spans", "resource_logs", "resource_metrics"):
        for group in getattr(request, fields, ()):
            group.resource.attributes.extend(_pairs(resource))
            for inner in getattr(group, fields.replace("resource", "scope")):
                inner.scope.attributes.extend(_pairs(scope))
    return request


def _pairs(pairs: Pairs) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in pairs]


def _items(collector: Collector, uids: Iterable[str]) -> dict[str, str]:
    """Wait for every uid and return the resource group that it came in, as one line of JSON."""
    wanted = set(uids)

    def lines() -> dict[str, str]:
        came: dict[str, str] = {}
        for line in file_output.raw_text(collector.output).split("\n"):
            for groups in json.loads(line).values() if line else ():
                for group in groups:
                    text = json.dumps(group, ensure_ascii=False)
                    came |= {uid: text for uid in wanted if f'"{uid}"' in text}
        return came if came.keys() == wanted else {}

    return eventually(lines, "every uid arrives", timeout_s=30)


def _resources(came: str) -> list[list[tuple[str, Any]]]:
    """Return the attributes of each resource in the output, a repeated key as often as it stands there."""
    return [
        [
            (one["key"], file_output.plain_value(one.get("value", {})))
            for one in json.loads(line)["resource"]["attributes"]
        ]
        for line in came.split("\n")
    ]
