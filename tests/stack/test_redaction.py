"""The second line of redaction: nothing planted comes out, and what the SDK masked or what is harmless stays."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, REPOSITORY, TO_FILES, Collector, NewCollector
from tests.stack.otlp_client import Request, send_http
from tests.stack.payloads import (
    UID,
    Plain,
    gauge_request,
    key_values,
    log_request,
    new_record,
    new_span,
    new_uids,
    trace_request,
)
from tests.stack.surfaces import KEY, MASKED, NOT_REACHED, REMOVED, Surface
from tests.vectors.vectors import MASKS

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Secret:
    """A text as it turns up in life, and the part of it that must not come out."""

    name: str
    text: str
    needle: str
    is_found_in_keys: bool = False


_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXBsYW50ZWQ"
_PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAplanted\n-----END RSA PRIVATE KEY-----"

SECRETS = (
    Secret("e-mail", "jane.roe@example.com", "jane.roe", is_found_in_keys=True),
    Secret("e-mail in a URL", "jane.roe%40example.com", "jane.roe", is_found_in_keys=True),
    Secret("e-mail with letters beyond ASCII", "jürgen@münchen.example", "jürgen", is_found_in_keys=True),
    Secret("card with spaces", "4111 1111 1111 1111", "4111 1111 1111 1111", is_found_in_keys=True),
    Secret("card with hyphens", "5500-0000-0000-0004", "5500-0000-0000-0004", is_found_in_keys=True),
    Secret("card without separators", "4111111111111111", "4111111111111111", is_found_in_keys=True),
    Secret("American Express", "3782 822463 10005", "822463 10005"),
    Secret("SSN", "123-45-6789", "123-45-6789", is_found_in_keys=True),
    Secret("bearer token", "Bearer 0123456789abcdefPLANTED", "0123456789abcdefPLANTED"),
    Secret("basic credentials", "basic dXNlcjpwYXNzd29yZDEyMzQ=", "dXNlcjpwYXNzd29yZDEyMzQ"),
    Secret("JWT", _JWT, "c2lnbmF0dXJlLXBsYW50ZWQ"),
    Secret("JWT without its signature", _JWT.rpartition(".")[0], "eyJzdWIiOiIxMjM0NTY3ODkwIn0"),
    Secret("private key", _PEM, "MIIEpAIBAAKCAQEAplanted"),
    Secret("AWS key", "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    Secret("GitHub token", "ghp_0123456789abcdefghijklmnopqrstuvwxyz", "0123456789abcdefghijklmnop"),
    Secret("Slack token", "xoxb-123456789012-abcdefPLANTED", "abcdefPLANTED"),
    Secret("credentials in a URL", "postgres://app:hunter2@db.internal/shop", "hunter2"),
    Secret("password in a query", "/login?password=hunter2&next=/", "hunter2"),
    Secret("password in prose", "db_password: hunter2", "hunter2"),
    Secret("access token in a query", "?access_token=hunter2", "hunter2"),
    Secret("password in JSON", '{"user": "jane", "password": "hunter2 with spaces"}', "hunter2 with spaces"),
)

SENSITIVE_KEYS = (
    "password", "db.password", "db_passwd", "userPassword", "http.request.header.authorization", "accessToken",
    "http.request.header.cookie", "http.response.header.set-cookie", "http.request.header.x-api-key", "api_key",
    "AWS_SECRET_ACCESS_KEY", "refresh_token", "client.secret", "connection_string", "user.full_name", "first_name",
    "customer.birth_date", "dob", "card_number",
)  # fmt: skip

# What the SDK leaves behind (design.md), and what only looks like something.
HARMLESS: dict[str, Plain] = {
    "masked.email": "j***@example.com",
    "masked.email.encoded": "email=j***%40example.com&page=2",
    "masked.card": "paid with 4111-****-****-1111",
    "masked.ssn": "***-**-1234",
    "masked.phone": "(555) ***-1234",
    "masked.rule": "login by [REDACTED:email] failed",
    "masked.header": "Authorization: Bearer [REDACTED:bearer]",
    "masked.basic": "Authorization: Basic [REDACTED:basic]",
    "masked.dsn": "postgres://app:[REDACTED:url_credentials]@db.internal/shop",
    "masked.query": "?token=[REDACTED:token]&password=***",
    "masked.json": '{"password": "[REDACTED:password]", "email": "j***@example.com"}',
    "masked.list": ["[REDACTED:token]", "j***@example.com"],
    "masked.map": {"password": "[REDACTED:password]", "tokens": ["[REDACTED:token]"]},
    "masked.pseudonym": "hmac:k1:AbCdEf0123456789AbCdEf",
    # Under a key that a rule knows: the mark stays, because it says which rule of the SDK it was.
    "user.password": "[REDACTED:password]",
    "http.request.header.cookie": "[REDACTED:cookie]",
    "trace_id": "4111111111111111aaaaaaaaaaaaaaaa",
    "trace_id.digits": "41111111111111115500000000000004",
    "span_id": "00f067aa0ba902b7",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "sql": "SELECT 1 FROM t WHERE password = ? AND secret = %s AND api_key = $1 AND token = :token",
    "uuid": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "uuid.digits": "12345678-1234-4234-8234-123456789012",
    "epoch.ns": 1763740800123456789,
    "epoch.us": 1763740800123456,
    "epoch.ms": 1763740800123,
    "epoch.text": "1763740800123456789",
    "ratio": 0.4111111111111111,
    "ratio.text": "0.5500000000000004",
    "date": "2026-11-21T13:44:00.123456789Z",
    "version": "Chrome/120.0.0.0 otel-kit@1.2.3 go1.26.8",
    "snowflake": 1325468732108541952,
    "order.id": "ORD-2026-000123456",
    "url": "http://host.internal:8080/a@b?page=2",
    "prose": "basic authentication failed: unexpected token: }",
    "gen_ai.usage.input_tokens": 512,
    "gen_ai.token.type": "input",
    "password_reset.count": 3,
    "service.name.kept": "tokenizer",
    "tokenizer.name": "cl100k",
    "client.address": "203.0.113.0",
    "server.address": "10.1.2.3",
    "session.id": "s-01",
    "user.id": "u-42",
    "empty": "",
    "flag": True,
    "numbers": [1, 2.5, 3],
}


# What applications hand to the SDK, by key: beside the examples of its own rules, values that it takes apart.
RAW: dict[str, Plain] = {
    "authorization": "Bearer abcdef0123456789abcdef",
    "http.request.header.authorization": ["Basic dXNlcjpwYXNzd29yZA=="],
    "http.request.header.cookie": ["session=abc123; theme=dark"],
    "http.response.header.set-cookie": [
        "sid=31d4d96e407aad42; Path=/; HttpOnly; Expires=Wed, 21 Oct 2026 07:28:00 GMT"
    ],
    "password": "hunter2",
    "user.full_name": "Jane Roe",
    "dob": "1990-01-02",
    "card_number": "4111111111111111",
    "ssn": "536221234",
    "accessToken": "abc",
    "user": {"password": "hunter2", "first_name": "Jane", "card_number": "4111111111111111"},
    "url.query": "email=jane%40example.com&token=abc&password=hunter2",
    "url.full": "https://u:p@h.example.com/x?sig=abc&q=jane@example.com",
    "db.query.text": "SELECT * FROM u WHERE email='jane@example.com' AND password = 'hunter2'",
    "text": "Authorization: Bearer 0123456789abcdef01234, login(password='hunter2', token=\"abc\")",
    "json": '{"password": "hunter2", "n": {"token": "abc"}, "email": "jane@example.com"}',
}
_RULES = {
    name: rule
    for pack in sorted((REPOSITORY / "otel_kit" / "policy" / "packs").glob("*.yaml"))
    for name, rule in yaml.safe_load(pack.read_text()).get("rules", {}).items()
}
_EXAMPLES = [text for rule in _RULES.values() for text in rule.get("examples", ())]


@pytest.fixture(scope="module")
def shared_collector(otelcol: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """One Collector for this module: every test sends items with uids of its own."""
    made = Collector(otelcol, tmp_path_factory.mktemp("redaction"), (*BASE, TO_FILES))
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.name)
def test_secret_comes_out_of_no_surface(shared_collector: Collector, secret: Secret) -> None:
    """The secret is gone from every surface; the item is there, and so is the text around what was masked."""
    surfaces = [s for s in (*MASKED, *REMOVED) if s.takes_all_rules or secret.is_found_in_keys]
    planted = dict(zip(new_uids(len(surfaces)), surfaces, strict=True))

    for uid, surface in planted.items():
        _send(shared_collector, surface.plant(uid, f"before {secret.text} after"))

    came = _arrived(shared_collector, planted)
    assert [surface.name for uid, surface in planted.items() if secret.needle in came[uid]] == []
    assert [s.name for uid, s in planted.items() if s.keeps_text and s in MASKED and not _is_around(came[uid])] == []


@pytest.mark.parametrize("surface", NOT_REACHED, ids=lambda surface: surface.name)
def test_surface_declared_unreached_is_unreached(shared_collector: Collector, surface: Surface) -> None:
    """When a newer Collector reaches it, this fails: then it moves to MASKED and out of the list in the docs."""
    (uid,) = new_uids(1)
    text = "before jane.roe@example.com after"

    _send(shared_collector, surface.plant(uid, text))

    came = _arrived(shared_collector, [uid])[uid]
    assert text in came or base64.b64encode(text.encode()).decode() in came


@pytest.mark.parametrize("key", SENSITIVE_KEYS)
def test_value_goes_by_its_key(shared_collector: Collector, key: str) -> None:
    """Whatever stands under such a key is masked: text, number or list, on span, log record, body and point."""
    uids = new_uids(5)
    values: dict[str, Plain] = {key: "planted text\nof two lines", "kept": "yes"}

    _send(shared_collector, trace_request([new_span(uids[0], **values), new_span(uids[1], **{key: 8675309})]))
    _send(
        shared_collector,
        log_request([new_record(uids[2], body={"a": values}), new_record(uids[3], **{key: ["planted"]})]),
    )
    _send(shared_collector, gauge_request(uids[4], values))

    came = "".join(set(_arrived(shared_collector, uids).values()))
    assert "planted" not in came
    assert "8675309" not in came
    assert came.count('"yes"') == 3


def test_integer_card_number_is_masked(shared_collector: Collector) -> None:
    """A number is searched like its text: on a span, in a log body and on a point."""
    uids = new_uids(3)

    _send(shared_collector, trace_request([new_span(uids[0], **{KEY: 4111111111111111})]))
    _send(shared_collector, log_request([new_record(uids[1], body=4111111111111111)]))
    _send(shared_collector, gauge_request(uids[2], {KEY: 4111111111111111}))

    assert "4111111111111111" not in "".join(_arrived(shared_collector, uids).values())


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_value_is_unchanged(shared_collector: Collector, name: str) -> None:
    """The SDK's masks and everyday values come out as they went in, with their types, wherever they stand."""
    value = HARMLESS[name]
    uids = new_uids(3)
    texts = {"name": value, "body": value} if isinstance(value, str) and value else {}

    span = new_span(uids[0], **{name: value})
    span.name = str(texts.get("name", "GET /"))
    _send(shared_collector, trace_request([span]))
    _send(shared_collector, log_request([new_record(uids[1], body=value or "x", **{name: value})]))
    _send(shared_collector, gauge_request(uids[2], {name: value}))
    _arrived(shared_collector, uids)

    came = {item["attributes"][UID]: item for item in _items(shared_collector)}
    assert [value] * 3 == [came[uid]["attributes"][name] for uid in uids]
    assert (value or "x") == came[uids[1]]["body"]
    assert span.name == came[uids[0]]["name"]
    assert not [key for uid in uids for key in came[uid]["attributes"] if key.startswith("redaction.")]


def test_what_the_sdk_has_redacted_is_unchanged(shared_collector: Collector) -> None:
    """Its own redactor runs first: then the Collector finds nothing, and each mark still says which rule it was."""
    raw = {**RAW, **{f"example.{number}": text for number, text in enumerate(_EXAMPLES)}}
    redacted = default_redactor().attributes(raw, Findings())
    (uid,) = new_uids(1)

    _send(shared_collector, trace_request([new_span(uid, **cast(dict[str, Plain], redacted))]))
    _arrived(shared_collector, [uid])

    came = next(item["attributes"] for item in _items(shared_collector) if item["attributes"][UID] == uid)
    assert {key: (redacted[key], came[key]) for key in redacted if redacted[key] != came[key]} == {}
    assert "redaction.masked.count" not in came


def test_what_the_sdk_masks_is_unchanged_on_every_surface(shared_collector: Collector) -> None:
    """Keys, names, texts and bodies in maps too: the item comes out as it went in, and nothing is counted."""
    surfaces = [surface for surface in MASKED if surface.name != "trace state"]
    masks = (*MASKS, "pay 4111-****-****-1111 by j***@example.com")
    planted = {
        uid: (surface, mask)
        for (surface, mask), uid in zip(
            [(surface, mask) for surface in surfaces for mask in masks],
            new_uids(len(surfaces) * len(masks)),
            strict=True,
        )
    }
    requests: dict[type[Request], Request] = {}
    for uid, (surface, mask) in planted.items():
        request = surface.plant(uid, mask)
        requests.setdefault(type(request), type(request)()).MergeFrom(request)  # type: ignore[arg-type]

    for request in requests.values():
        _send(shared_collector, request)

    came = _arrived(shared_collector, planted)
    shown = {uid: json.dumps(mask, ensure_ascii=False)[1:-1] for uid, (_, mask) in planted.items()}
    shown |= {uid: _in_base64(mask) for uid, (surface, mask) in planted.items() if surface.name == "bytes body"}
    items = {item["attributes"][UID]: json.dumps(item, ensure_ascii=False) for item in _items(shared_collector)}
    assert [(s.name, mask) for uid, (s, mask) in planted.items() if shown[uid] not in items[uid]] == []
    counted = [(s.name, mask) for uid, (s, mask) in planted.items() if "redaction." in items[uid]]
    # Under a key that ends with "email" the 1 of the test is masked, by the SDK as well.
    assert [(name, mask) for name, mask in counted if not (name.endswith("key") and mask == "[REDACTED:email]")] == []
    assert came.keys() == planted.keys()


@pytest.mark.parametrize(
    "mark", [default_redactor().policy_id, "0123456789abcdef", None], ids=["right", "wrong", "none"]
)
def test_forged_mark_changes_nothing(shared_collector: Collector, mark: str | None) -> None:
    """Anyone can write the id of the policy into his data: values and keys are searched all the same."""
    uids = new_uids(3)
    marked: dict[str, Plain] = {} if mark is None else {"otel_kit.redaction.policy": mark}
    requests: list[Any] = [
        trace_request([new_span(uids[0], **{KEY: "jane.roe@example.com", "password": "planted"}, **marked)]),
        log_request([new_record(uids[1], "jane.roe@example.com", password="planted", **marked)]),
        gauge_request(uids[2], {KEY: "jane.roe@example.com", "password": "planted", **marked}),
    ]
    for request in requests:
        for group in (*getattr(request, "resource_spans", ()), *getattr(request, "resource_logs", ())):
            group.resource.attributes.extend(key_values(marked))
        _send(shared_collector, request)

    came = "".join(set(_arrived(shared_collector, uids).values()))
    assert "jane.roe" not in came
    assert "planted" not in came
    assert came.count("****") == 6


def test_count_of_masked_values_is_on_records_and_not_on_points(shared_collector: Collector) -> None:
    """On a metric the count would be a label, and make a new series of each."""
    uids = new_uids(3)
    values: dict[str, Plain] = {KEY: "jane.roe@example.com", "password": "planted"}

    _send(shared_collector, trace_request([new_span(uids[0], **values)]))
    _send(shared_collector, log_request([new_record(uids[1], **values)]))
    _send(shared_collector, gauge_request(uids[2], values))
    _arrived(shared_collector, uids)

    came = {item["attributes"][UID]: item["attributes"] for item in _items(shared_collector)}
    assert [came[uid].get("redaction.masked.count") for uid in uids] == [2, 2, None]
    assert {UID, KEY, "password"} == set(came[uids[2]])


def test_texts_on_their_way_through_redaction_leave_nothing_behind(shared_collector: Collector) -> None:
    """The attributes that carry names through the redaction are gone, also those that a sender made up."""
    uids = new_uids(3)
    forged: dict[str, Plain] = {"otel_kit.surface.name": "forged", "otel_kit.surface.status": "forged"}
    span = new_span(uids[0], **forged)
    span.events.add(name="cache miss")
    schema = "https://opentelemetry.io/schemas/1.44.0"
    groups = [
        *(traces := trace_request([span])).resource_spans,
        *(logs := log_request([new_record(uids[1], **{"otel_kit.surface.event_name": "forged"})])).resource_logs,
        *(metrics := gauge_request(uids[2], {})).resource_metrics,
    ]
    for group in groups:
        group.schema_url = schema
        group.resource.attributes.extend(key_values({"otel_kit.surface.schema_url": "forged"}) * 2)

    for request in (traces, logs, metrics):
        _send(shared_collector, request)

    came = "".join(_arrived(shared_collector, uids).values())
    assert "otel_kit.surface" not in came
    assert "forged" not in came
    assert "GET /orders/{id}" in came
    assert "cache miss" in came
    assert "INFO" in came
    assert "tests.stack" in came
    assert {item["attributes"][UID] for item in _items(shared_collector) if schema in item["scope"]["schema_urls"]} >= {
        *uids
    }


def test_long_body_is_searched_as_a_whole(shared_collector: Collector) -> None:
    """More than 8 KiB: unchanged if nothing is in it, else its JSON text with the values masked, or not shown."""
    long: list[Plain] = ["order placed"] * 1000
    bodies: list[Plain] = [
        {"lines": long, "count": 1},
        {"lines": long, "by": ["jane.roe@example.com"]},
        {"lines": long, "user": {"password": 8675309}},
        [*long, {"access_token": ["planted"]}],
    ]
    uids = new_uids(len(bodies))

    _send(shared_collector, log_request(map(new_record, uids, bodies)))

    came = _arrived(shared_collector, uids)
    body = {item["attributes"][UID]: item["body"] for item in file_output.logs(shared_collector.output) if item["body"]}
    assert body[uids[0]] == bodies[0]
    assert json.loads(body[uids[1]]) == {"lines": long, "by": ["****"]}
    assert not [text for text in ("jane.roe", "8675309", "planted") if text in "".join(came.values())]


def test_long_keys_above_many_values_cost_little(new_collector: NewCollector) -> None:
    """A few kB compressed: the processor would write the key out once for each value, 6 GB."""
    made = new_collector(*BASE, TO_FILES)
    made.start()
    request = log_request([new_record(new_uids(1)[0], {"k" * 100_000: [""] * 50_000})])

    assert send_http(made.http_port, request, made.token) == 200

    assert made.peak_rss_bytes < 250 * 1024 * 1024


def test_exemplar_keeps_its_link_to_the_trace(shared_collector: Collector) -> None:
    """Only the filtered attributes go: value, trace id and span id are what charts need."""
    (uid,) = new_uids(1)

    _send(shared_collector, REMOVED[0].plant(uid, "anything"))
    _arrived(shared_collector, [uid])

    (exemplar,) = next(item["exemplars"] for item in _items(shared_collector) if item["attributes"][UID] == uid)
    assert (b"t" * 16).hex() == exemplar["traceId"]
    assert (b"s" * 8).hex() == exemplar["spanId"]
    assert exemplar["asDouble"] == 0.5
    assert not exemplar.get("filteredAttributes")


def _send(collector: Collector, request: Request) -> None:
    assert send_http(collector.http_port, request, collector.token) == 200


def _arrived(collector: Collector, uids: Iterable[str]) -> dict[str, str]:
    """Wait for every uid and return the whole line of output that it came in, as text with its escapes undone."""

    def lines() -> dict[str, str] | None:
        came: dict[str, str] = {}
        for line in file_output.raw_text(collector.output).split("\n"):
            came |= {uid: json.dumps(json.loads(line), ensure_ascii=False) for uid in uids if f'"{uid}"' in line}
        return came if came.keys() == set(uids) else None

    return eventually(lines, "every uid arrives", timeout_s=30)


def _items(collector: Collector) -> Iterator[dict[str, Any]]:
    yield from file_output.spans(collector.output)
    yield from file_output.logs(collector.output)
    yield from file_output.points(collector.output)


def _in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _is_around(line: str) -> bool:
    return "before" in line and "after" in line
