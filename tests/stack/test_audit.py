"""Audit and security events: a queue of their own, and an archive that outlives kills, rotations and refusals."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import stat
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from tests.conditions import eventually
from tests.stack.collector_process import ARCHIVE, BASE, LGTM, TO_FILES, Collector, NewCollector
from tests.stack.loki_process import Loki
from tests.stack.otlp_client import send_http
from tests.stack.payloads import UID, Plain, log_request, new_record, new_uids

pytestmark = pytest.mark.stack

AUDIT: dict[str, Plain] = {"event.category": "audit"}
# At least the queue's batch; small enough to be full after a few records.
SMALL_QUEUE = "300000"
NOWHERE = {"OTELCOL_PROMETHEUS_ENDPOINT": "http://127.0.0.1:9/otlp", "OTELCOL_TEMPO_ENDPOINT": "127.0.0.1:9"}


@pytest.fixture
def server(loki: Path, tmp_path: Path) -> Iterator[Loki]:
    """A Loki that is not started."""
    made = Loki(loki, tmp_path / "loki")
    yield made
    made.stop()


@pytest.fixture
def new_archiving(new_collector: NewCollector, tmp_path: Path) -> Callable[..., Collector]:
    """A function ``(*overlays, **variables) -> Collector``, not yet started, with the archive in ``archive/``."""

    def make(*overlays: Path, **variables: str) -> Collector:
        return new_collector(
            *BASE, *overlays, ARCHIVE, **NOWHERE, OTELCOL_ARCHIVE_DIR=str(_folder(tmp_path)), **variables
        )

    return make


def _folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def _send(collector: Collector, *records: LogRecord) -> int:
    return send_http(collector.http_port, log_request(records), collector.token)


def _archived(folder: Path) -> list[dict[str, Any]]:
    """Return the archive's records, read with the command that the overlay names."""
    if shutil.which("zstd") is None:
        pytest.skip("not run: the archive is not read back, because the command zstd is not installed")
    files = [*sorted(folder.glob("audit-*.zst")), folder / "audit.zst"]
    said = subprocess.run(["zstd", "-dc", *map(str, files)], capture_output=True, check=True)
    requests = [json.loads(line) for line in said.stdout.splitlines() if line]
    return [
        record
        for request in requests
        for resource in request["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]


def _uids(records: list[dict[str, Any]]) -> Counter[str]:
    return Counter(
        attribute["value"]["stringValue"]
        for record in records
        for attribute in record["attributes"]
        if attribute["key"] == UID
    )


def _metric(collector: Collector, name: str, exporter: str) -> float:
    found = re.findall(rf'^{name}{{[^}}]*exporter="{exporter}"[^}}]*}} (\S+)', collector.metrics(), re.MULTILINE)
    return sum(map(float, found))


def test_full_queue_of_logs_does_not_stop_audit(new_archiving: Callable[..., Collector], server: Loki) -> None:
    """Loki is away and the logs' queue is full: logs are refused, audit events are taken and delivered later."""
    collector = new_archiving(LGTM, OTELCOL_LOKI_ENDPOINT=server.otlp, OTELCOL_QUEUE_LOGS=SMALL_QUEUE)
    collector.start()
    uids = new_uids(20)

    # Ever smaller ones, until not even an event would fit.
    logs = [
        [_send(collector, new_record("log", secrets.token_hex(size))) for _ in range(30)]
        for size in (30_000, 2_000, 50)
    ]
    audit = [_send(collector, new_record(uid, "signed in", **AUDIT)) for uid in uids[:-1]]
    together = _send(
        collector, new_record("log", secrets.token_hex(60_000)), new_record(uids[-1], "signed in", **AUDIT)
    )

    assert logs[0][0] == 200
    assert {sent[-1] for sent in logs} == {together} == {503}
    assert set(audit) == {200}
    assert _metric(collector, "otelcol_exporter_enqueue_failed_log_records_total", "otlp_http/loki") >= 2
    assert _metric(collector, "otelcol_exporter_enqueue_failed_log_records_total", "otlp_http/loki_audit") == 0
    server.start()
    eventually(
        lambda: {line.metadata["test_uid"] for line in server.lines('{retention_tier="audit"}')} == set(uids),
        "the audit events are in Loki",
        30,
    )


def test_what_loki_refuses_for_good_is_counted_and_archived(
    new_archiving: Callable[..., Collector], server: Loki
) -> None:
    """One attribute too many: not in Loki, but in the Collector's and in Loki's own count, and in the archive."""
    collector = new_archiving(LGTM, OTELCOL_LOKI_ENDPOINT=server.otlp)
    server.start()
    collector.start()
    refused, stored = new_uids(2)
    too_many: dict[str, Plain] = {f"attribute.{number}": "x" for number in range(5_000)}

    assert _send(collector, new_record(refused, "refused", **too_many | AUDIT)) == 200
    # Another owner's, within the same second: Loki refuses a batch as a whole, but the two are not in one batch.
    other = log_request([new_record(stored, "stored", **AUDIT)])
    assert send_http(collector.http_port, other, collector.trusted_token) == 200
    failed = "otelcol_exporter_send_failed_log_records_total"
    eventually(lambda: _metric(collector, failed, "otlp_http/loki_audit") >= 1, "the refused one is counted", 20)
    eventually(lambda: len(server.lines('{retention_tier="audit"}')) == 1, "the other one is in Loki", 20)

    assert _metric(collector, failed, "otlp_http/loki_audit") == 1
    assert server.metric("loki_discarded_samples_total", reason="structured_metadata_too_many") == 1
    collector.stop()
    assert _uids(_archived(_folder(collector.folder))) == Counter([refused, stored])


def test_archive_holds_audit_and_security_alone(new_archiving: Callable[..., Collector]) -> None:
    """By category or tier and nothing else, redacted, without lgtm, in a folder that is closed to others."""
    collector = new_archiving(TO_FILES)
    collector.start()
    uids = new_uids(4)
    wanted = [
        new_record(uids[0], "paid by anna@example.com", **AUDIT),
        new_record(uids[1], "refused", **{"event.category": "security"}),
        new_record(uids[2], "kept", **{"retention.tier": "audit"}),
        new_record(uids[3], "kept", **{"retention.tier": "security", "event.category": "business"}),
    ]
    no_text: dict[str, Plain] = {"event.category": ["audit"], "retention.tier": {"audit": "audit"}}
    others = [
        new_record("other"),
        new_record("other", **{"event.category": "business", "retention.tier": "default"}),
        new_record("other", None, **no_text),
        new_record("other", **{"event.category": "audits", "retention.tier": "no audit"}),
    ]

    assert _send(collector, *wanted, *others) == 200
    assert [_send(collector, record) for record in others] == [200] * len(others)
    collector.stop()

    folder = _folder(collector.folder)
    records = _archived(folder)
    assert _uids(records) == Counter(uids)
    assert "anna@example.com" not in json.dumps(records)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_archive_survives_rotation_kill_and_restart(new_archiving: Callable[..., Collector]) -> None:
    """Killed twice while it writes and rotates: every event that was accepted can be read, each once."""
    collector = new_archiving(TO_FILES, OTELCOL_ARCHIVE_FILE_MB="1")
    accepted = []
    for _ in range(2):
        collector.start()
        for uid in new_uids(9):
            # Chinese, because redaction is quick with it: 100 kB that hardly compress.
            body = "".join(chr(0x4E00 + secrets.randbelow(20_000)) for _ in range(33_000))
            assert _send(collector, new_record(uid, body, **AUDIT)) == 200
            accepted.append(uid)
        collector.kill()

    folder = _folder(collector.folder)
    files = sorted(folder.glob("audit-*.zst"))
    assert files
    assert all(path.stat().st_size <= 1_048_576 for path in files)
    assert _uids(_archived(folder)) == Counter(accepted)


def test_archive_that_cannot_be_written_refuses(new_archiving: Callable[..., Collector]) -> None:
    """The folder is gone: no event is taken that would not be archived, until it is back and a restart."""
    collector = new_archiving(TO_FILES)
    folder = _folder(collector.folder)
    collector.start()
    shutil.rmtree(folder)
    folder.write_text("in the way")
    (uid,) = new_uids(1)
    event = new_record(uid, "signed in", **AUDIT)

    assert _send(collector, event) == 503
    assert _send(collector, new_record("u", "a log record")) == 200
    assert _metric(collector, "otelcol_exporter_send_failed_log_records_total", "file/archive") == 1
    folder.unlink()
    assert _send(collector, event) == 503  # the exporter remembers its fault, see docs/backends.md
    collector.stop()
    collector.start()
    assert _send(collector, event) == 200
    collector.stop()
    assert _uids(_archived(folder)) == Counter([uid])
