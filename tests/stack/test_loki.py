"""Loki with the stack's configuration: how long it keeps, how late and how large it takes, how it forgets."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otel_kit import semconv
from tests.conditions import eventually
from tests.stack.loki_process import Loki
from tests.stack.payloads import Plain, key_values, log_request, new_record

pytestmark = pytest.mark.stack

ALL = '{service_name=~".+"}'
HOUR_NS = 3600 * 10**9
DAY_H = 24
# Requirement G2, in days.
RETENTION_DAYS = {"debug": 3, "default": 30, "security": 365, "audit": 365, "interaction": 30, "anonymised": 730}
# Seconds instead of minutes; retention and the limits are those of the file.
QUICKLY = [
    "-compactor.compaction-interval=1s",
    "-compactor.apply-retention-interval=1s",
    "-compactor.retention-delete-delay=1s",
    "-compactor.delete-request-cancel-period=1s",
]


@pytest.fixture
def new_loki(loki: Path, tmp_path: Path) -> Iterator[Callable[..., Loki]]:
    """A function ``(flags) -> Loki``, not yet started; ended after the test."""
    made: list[Loki] = []

    def make(flags: list[str] | None = None) -> Loki:
        made.append(Loki(loki, tmp_path / f"loki{len(made)}", flags or []))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def running(loki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loki]:
    """One Loki for the tests that only add: each has a service name of its own."""
    made = Loki(loki, tmp_path_factory.mktemp("loki"))
    made.start()
    yield made
    made.stop()


def _aged(hours: float, uid: str, **attributes: Plain) -> LogRecord:
    record = new_record(uid, body=uid, **attributes)
    record.time_unix_nano = int(time.time_ns() - hours * HOUR_NS)
    return record


def _of_service(name: str, *records: LogRecord, **resource: Plain) -> ExportLogsServiceRequest:
    request = log_request(records)
    del request.resource_logs[0].resource.attributes[:]
    request.resource_logs[0].resource.attributes.extend(key_values({"service.name": name, **resource}))
    return request


@pytest.mark.parametrize(("variables", "is_valid"), [
    ({}, True),
    ({"STACK_RETENTION_DEBUG": "48h", "STACK_LOKI_DATA": "/data", "STACK_LOKI_RATE_MB": "100"}, True),
    ({"STACK_RETENTION_AUDIT": "a year"}, False),
    ({"STACK_LOKI_DELETE_CANCEL_PERIOD": "1 day"}, False),
])  # fmt: skip
def test_file_is_valid(new_loki: Callable[..., Loki], variables: dict[str, str], is_valid: bool) -> None:
    """Loki's own strict check, with the defaults of the containers and with values of a user's own."""
    command = [*new_loki().command, "-verify-config"]

    said = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

    assert (said.returncode == 0) is is_valid, said.stderr


def test_each_tier_is_kept_as_long_as_promised(running: Loki) -> None:
    """What Loki itself says: every tier of the vocabulary has a period, and nothing else has."""
    limits: dict[str, Any] = yaml.safe_load(running.request("GET", "/config")[1])["limits_config"]

    kept = {rule["selector"]: rule["period"] for rule in limits["retention_stream"]}
    days = {f'{{retention_tier="{tier}"}}': f"{days}d" for tier, days in RETENTION_DAYS.items() if tier != "default"}

    assert set(RETENTION_DAYS) == set(semconv.RETENTION_TIERS)
    assert limits["retention_period"] == "30d"
    assert {selector: _days(period) for selector, period in kept.items()} == days
    assert len({rule["priority"] for rule in limits["retention_stream"]}) == len(kept)


def _days(period: str) -> str:
    return {"1y": "365d", "2y": "730d"}.get(period, period)


def test_retention_deletes_by_tier(new_loki: Callable[..., Loki]) -> None:
    """Five days old: the debug record is deleted, records of the same age of every other tier are not."""
    # The log of writes would bring back what the test has just had written to disk.
    server = new_loki([*QUICKLY, "-ingester.wal-enabled=false"])
    server.start()
    for tier in RETENTION_DAYS:
        records = [_aged(age * DAY_H, f"{tier} {age}", **{"retention.tier": tier}) for age in (0, 5)]
        assert server.push(log_request(records))[0] == 204
    server.flush()
    server.stop()
    server.start()

    eventually(
        lambda: server.metric("loki_boltdb_shipper_retention_marker_count_total") == 1, "one chunk has expired", 30
    )
    server.stop()
    server.start()  # deletes at once what was marked; otherwise it would be once a minute

    chunks = server.folder / "data" / "chunks" / "main"
    eventually(lambda: sum(path.is_file() for path in chunks.rglob("*")) == 11, "the chunk is gone", 20)
    found = {line.body for line in server.lines(ALL, days=8)}
    assert found == {f"{tier} {age}" for tier in RETENTION_DAYS for age in (0, 5)} - {"debug 5"}


def test_deletion_by_structured_metadata(new_loki: Callable[..., Loki]) -> None:
    """A request for one user's records takes those and no others, in the past and in memory; the rest stays."""
    server = new_loki(QUICKLY)
    server.start()
    for user in ("anna", "bert"):
        records = [_aged(hours, f"{user} {hours}", **{"user.id": user}) for hours in (0, 30)]
        assert server.push(log_request(records))[0] == 204
    now = int(time.time()) + 1  # the second in which they were sent is one of them
    eventually(lambda: time.time() > now, "that second is over")
    asked = {"query": '{service_name="stack-test"} | user_id="anna"', "start": now - 7 * 86_400, "end": now}

    status, _ = server.request("POST", f"/loki/api/v1/delete?{urlencode(asked)}")
    server.stop()
    server.start()  # reads the requests anew; a running one does so every few minutes

    assert status == 204
    eventually(
        lambda: {line.body for line in server.lines(ALL, days=8)} == {"bert 0", "bert 30"}, "anna is forgotten", 20
    )


def test_late_records_are_taken_and_found(running: Loki) -> None:
    """Behind newer ones of the same stream: up to ten days, found at once and each once, also when it is on disk."""
    taken = (0, 0.5, 0.7, 0.9, 1.1, 5, 30, 3 * DAY_H, 7 * DAY_H, 9.9 * DAY_H)
    for hours in taken:
        assert running.push(_of_service("late", _aged(hours, f"{hours} h"))) == (204, "")

    expected = [f"{hours} h" for hours in reversed(taken)]
    assert [line.body for line in running.lines('{service_name="late"}', days=11)] == expected
    running.flush()
    assert [line.body for line in running.lines('{service_name="late"}', days=11)] == expected


@pytest.mark.parametrize("hours", [10.1 * DAY_H, -11 / 60])
def test_what_is_too_late_or_from_the_future_is_refused_for_good(running: Loki, hours: float) -> None:
    """The figures that the Collector has to stay within; the others of the request are stored all the same."""
    name = f"refused {hours}"

    status, said = running.push(_of_service(name, _aged(hours, "refused"), _aged(0, "stored")))

    assert (status, "timestamp too" in said) == (400, True)
    assert [line.body for line in running.lines(f'{{service_name="{name}"}}', days=12)] == ["stored"]


@pytest.mark.parametrize(("name", "body", "attributes"), [
    # The SDK's caps: 1 MiB a record, 128 attributes, 64 KiB a value.
    ("sdk", "b" * 65_536, {"exception.stacktrace": "s" * 65_536} | {f"attribute.{i}": "a" * 7_000 for i in range(126)}),
    ("line", "b" * 3_900_000, {}),
    ("metadata", "b", {"exception.stacktrace": "s" * 3_900_000}),
    ("many", "b", {f"attribute.{i}": "a" for i in range(4_000)}),
])  # fmt: skip
def test_the_largest_record_comes_back_whole(running: Loki, name: str, body: str, attributes: dict[str, str]) -> None:
    """What fits into a request to the gateway is neither refused nor cut."""
    assert running.push(_of_service(name, new_record("u", body, **attributes))) == (204, "")

    (line,) = running.lines(f'{{service_name="{name}"}}')

    assert line.body == body
    assert {key.replace(".", "_"): text for key, text in attributes.items()}.items() <= line.metadata.items()


def test_a_batch_that_grows_is_taken(running: Loki) -> None:
    """Loki copies the resource to each record: the Collector's largest batch of small ones is 40 MiB inside."""
    records = [new_record(f"u{number}", body="x") for number in range(11_000)]
    request = _of_service("grows", *records, **{"process.command_line": "c" * 3_900})
    assert 450_000 < request.ByteSize() <= 524_288

    assert running.push(request) == (204, "")


def test_a_ranking_of_more_addresses_than_usual_is_no_error(running: Loki) -> None:
    """With Loki's default limit of 500 series an attack from more addresses would hide itself from panels and rules."""
    records = [
        _aged(0, f"u{number}", **{"client.address": f"198.51.{number // 250}.{number % 250}"}) for number in range(600)
    ]
    assert running.push(_of_service("ranked", *records))[0] == 204

    query = 'topk(3, sum by (client_address) (count_over_time({service_name="ranked"} | client_address!="" [1h])))'
    status, answer = running.request("GET", f"/loki/api/v1/query?{urlencode({'query': query})}")

    assert status == 200, answer
    assert len(json.loads(answer)["data"]["result"]) == 3


def test_without_a_tenant_nothing_is_taken_or_told(running: Loki) -> None:
    """Neither is there a tenant that one falls into by saying nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
    connection.request("GET", "/loki/api/v1/labels")

    assert connection.getresponse().status == 401
    connection.close()


def test_rules_are_read_and_alerts_have_an_address(new_loki: Callable[..., Loki], tmp_path: Path) -> None:
    """A file in the folder of the tenant is a group of rules, and their alerts go to the stack's Alertmanager."""
    rules = tmp_path / "rules" / "main" / "orders.yaml"
    rules.parent.mkdir(parents=True)
    rule = {"alert": "OrderLogsStopped", "expr": 'absent_over_time({service_name="orders"}[5m])'}
    rules.write_text(yaml.safe_dump({"groups": [{"name": "orders", "rules": [rule]}]}))
    server = new_loki()
    server.environment["STACK_LOKI_RULES"] = str(rules.parents[1])
    server.start()

    listed = yaml.safe_load(server.request("GET", "/loki/api/v1/rules")[1])
    ruler = yaml.safe_load(server.request("GET", "/config")[1])["ruler"]

    assert listed["orders.yaml"][0]["rules"] == [rule]
    assert ruler["alertmanager_url"] == "http://alertmanager:9093"
