"""More than it can search or keep: the gateway refuses, and nothing gets past the redaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from tests.conditions import eventually
from tests.stack import file_output
from tests.stack.collector_process import BASE, TO_FILES, Collector, NewCollector, free_ports
from tests.stack.otlp_client import send_grpc, send_http
from tests.stack.payloads import UID, log_request, new_record, new_uids

pytestmark = pytest.mark.stack

SECRET = "jane.roe@example.com"
_SENDERS = 6
_AT_MOST = 240  # requests, however fast the machine is
_RECORDS = 600
_TEXT = f"order placed by {SECRET}, password=hunter2 and a good deal of text around it " * 8
OK = (200, grpc.StatusCode.OK)
REFUSED = (503, grpc.StatusCode.UNAVAILABLE)


def test_what_exceeds_the_memory_is_refused_and_the_rest_is_redacted(new_collector: NewCollector) -> None:
    """Senders that do not wait: some get 200, some 503, and each record that came out has been searched."""
    collector = new_collector(*BASE, TO_FILES, OTELCOL_MEMORY_LIMIT_MIB="70", OTELCOL_MEMORY_SPIKE_MIB="20")
    collector.start()

    answers = _press(collector, until=lambda seen: seen[True] > 0 and seen[False] > 0)

    accepted = {uid for uid, ok in answers.items() if ok}
    assert accepted
    assert len(accepted) < len(answers)
    _all_searched(collector, accepted)


def test_what_exceeds_the_queue_is_refused_and_is_on_no_disk(new_collector: NewCollector, tmp_path: Path) -> None:
    """A destination is down and its queue fills: 503, and neither queue nor output holds what was sent."""
    (closed,) = free_ports(1)
    down = tmp_path / "down.yaml"
    down.write_text(f"""
exporters:
  otlp_http/down:
    endpoint: http://127.0.0.1:{closed}
    compression: none
    retry_on_failure: {{ max_elapsed_time: 0 }}
    sending_queue: {{ storage: file_storage/queue, sizer: requests, queue_size: 4, num_consumers: 1 }}
service: {{ pipelines: {{ logs/down: {{ receivers: [forward/redacted], exporters: [otlp_http/down] }} }} }}
""")
    collector = new_collector(*BASE, TO_FILES, down)
    collector.start()

    answers = _press(collector, until=lambda seen: seen[False] > 0)
    collector.kill()

    assert True in answers.values()
    assert False in answers.values()
    kept = b"".join(path.read_bytes() for path in (collector.state / "queue").iterdir())
    assert b"order placed by ****" in kept
    assert SECRET.encode() not in kept
    assert b"hunter2" not in kept
    assert SECRET not in file_output.raw_text(collector.output)


def _press(collector: Collector, until: Callable[[Counter[bool]], bool]) -> dict[str, bool]:
    """Send from several threads, by both protocols, until ``until`` holds of the answers; uid of request -> taken."""
    uids = new_uids(_AT_MOST)
    answers: dict[str, bool] = {}

    def send(number: int) -> None:
        if until(Counter(list(answers.values()))):
            return
        uid = uids[number]
        request = log_request(new_record(uid, _TEXT) for _ in range(_RECORDS))
        if number % 2:
            answer: object = send_http(collector.http_port, request, collector.token, compressed=True)
        else:
            answer = send_grpc(collector.grpc_endpoint, request, collector.token)
        assert answer in OK + REFUSED
        answers[uid] = answer in OK

    with ThreadPoolExecutor(_SENDERS) as senders:
        list(senders.map(send, range(_AT_MOST)))
    assert until(Counter(list(answers.values()))), f"not within {_AT_MOST} requests"
    return answers


def _all_searched(collector: Collector, accepted: set[str]) -> None:
    """Wait for what was accepted; nothing planted is in any record, whether its request was accepted or not."""

    def came() -> set[str]:
        return {record["attributes"][UID] for record in file_output.logs(collector.output)}

    eventually(lambda: accepted <= came(), "all that was accepted arrives")
    collector.stop()
    text = file_output.raw_text(collector.output)
    assert SECRET not in text
    assert "hunter2" not in text
    assert text.count("****") >= len(accepted) * _RECORDS
