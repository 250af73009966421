"""The key file as the Collector lives with it, and where keys are not to be found."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import grpc
import pytest

from tests.conditions import eventually
from tests.stack.collector_process import BASE, TO_FILES, Collector, NewCollector, config_arguments
from tests.stack.key_file import Key, write_keys
from tests.stack.otlp_client import send_grpc, send_http
from tests.stack.payloads import counted, log_request, new_uids

pytestmark = pytest.mark.stack

_STUCK = Path(__file__).with_name("stuck.yaml")
_SECRET = "otk_tests_SECRETSECRETSECRETSECRETSECRETSECRETSEC"


def _with_the_key_for_the_hash(path: Path) -> None:
    row = {**Key("tests").row, "sha256": _SECRET}
    path.write_text(json.dumps({"version": 1, "keys": [row]}))


def _cut_off(path: Path) -> None:
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size // 2)


BROKEN: dict[str, Callable[[Path], object]] = {
    "removed": Path.unlink,
    "cut off": _cut_off,
    "the key for the hash": _with_the_key_for_the_hash,
    "unknown field": lambda path: path.write_text('{"version": 1, "keys": [], "revoked": []}'),
}


def test_unusable_file_keeps_the_keys_in_force(collector: Collector) -> None:
    """One line for each fault, which names what is wrong but shows no value; a sound file is taken again."""
    for number, spoil in enumerate(BROKEN.values(), start=1):
        spoil(collector.keys_file)
        eventually(partial(_has_faults, collector, number), "the fault is in the log")
        assert send_http(collector.http_port, log_request([]), collector.token) == 200
        write_keys(collector.keys_file, collector.key, Key(f"round-{number}"))
        eventually(partial(_has_read, collector, number + 1), "the sound file is read")

    assert 'otelcol_ingest_guard_reloads_total{result="failed"} 4' in collector.metrics()
    faults = _faults(collector)
    assert [line["fault"] for line in faults] == [
        "no such file or directory",
        "not a JSON object: broken or cut off",
        "key tests: sha256: expected 64 hexadecimal digits",
        'unknown field "revoked"',
    ]
    assert "SECRET" not in collector.log.read_text()


def test_last_key_can_be_revoked(collector: Collector) -> None:
    """A whole file without keys is one: from then on nobody is let in, and the log says so."""
    write_keys(collector.keys_file)

    eventually(lambda: send_http(collector.http_port, log_request([]), collector.token) == 401, "it is refused")
    assert send_grpc(collector.grpc_endpoint, log_request([]), collector.token) is grpc.StatusCode.UNAUTHENTICATED
    assert "nobody can send" in collector.log.read_text()


@pytest.mark.parametrize("how", ["removed", "the key for the hash"])
def test_collector_does_not_start_without_a_usable_file(new_collector: NewCollector, how: str) -> None:
    """It says which file, what is wrong and what writes one; no value of the file is shown."""
    collector = new_collector(*BASE, TO_FILES)
    BROKEN[how](collector.keys_file)

    ended = subprocess.run(
        [str(collector.binary), *config_arguments(collector.configurations)],
        env=collector.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 1
    assert str(collector.keys_file) in ended.stderr
    assert "`otel-kit keys create` writes it" in ended.stderr
    assert "SECRET" not in ended.stderr + ended.stdout


def test_key_is_nowhere_but_with_its_sender(new_collector: NewCollector, tmp_path: Path) -> None:
    """Not in a queue on the disk, not in the log that says everything, not in the output, not in the metrics."""
    collector = new_collector(*BASE, TO_FILES, _STUCK)
    collector.start()
    wrong = Key("tests").text
    for request in counted(uids := new_uids(6)):
        for key in (collector.token, wrong):
            send_http(collector.http_port, request, key)
            send_grpc(collector.grpc_endpoint, request, key)
    eventually(lambda: uids[0].encode() in _written(tmp_path / "state"), "the queue is on the disk")
    metrics = collector.metrics()
    collector.stop()

    written = _written(tmp_path, but=collector.keys_file)
    assert written.count(uids[0].encode()) > 3
    assert "otelcol_ingest_guard_requests_total" in metrics
    for key in (collector.token, wrong):
        secret = key.removeprefix("otk_tests_").encode()
        assert secret not in written
        assert secret not in metrics.encode()


def _faults(collector: Collector) -> list[dict[str, str]]:
    lines = [json.loads(line) for line in collector.log.read_text().splitlines()]
    return [line for line in lines if "key file not usable" in line["msg"]]


def _has_faults(collector: Collector, count: int) -> bool:
    return len(_faults(collector)) == count


def _has_read(collector: Collector, count: int) -> bool:
    return collector.log.read_text().count('"keys read"') == count


def _written(folder: Path, but: Path | None = None) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path != but)
