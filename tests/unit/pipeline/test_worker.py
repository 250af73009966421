"""The worker: exact accounts under every fault, real time limits, no request before its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry import context as otel_context

from otel_kit.instrument.threads import install
from otel_kit.pipeline import ledger as reasons
from otel_kit.pipeline.ledger import Account, Ledger
from otel_kit.pipeline.queue import MemoryQueue
from otel_kit.pipeline.seams import Delivered, Encoded, Outcome, Rejected, Retry, TooLarge
from otel_kit.pipeline.worker import Worker, WorkerOptions
from tests.conditions import eventually
from tests.unit.pipeline.records import entry
from tests.unit.pipeline.scripted_sender import ScriptedSender


def _encode(batch: Sequence[int]) -> tuple[list[Encoded], int]:
    """Each item becomes that many spans; a negative one cannot be encoded."""
    good = [number for number in batch if number > 0]
    return [entry(number) for number in good], len(batch) - len(good)


@dataclass
class Lane:
    """A worker and its parts."""

    sender: ScriptedSender
    worker: Worker[int]
    queue: MemoryQueue

    @property
    def account(self) -> Account:
        return self.worker.ledger.account()


MakeLane = Callable[..., Lane]


@pytest.fixture
def lane() -> Iterator[MakeLane]:
    """A function that makes a worker around the given answers; all are stopped after the test."""
    made: list[Lane] = []

    def make(*answers: Any, otherwise: Any = None, queue: MemoryQueue | None = None, **options: Any) -> Lane:
        own = {"delay_s": 0.01, **options}
        sender = ScriptedSender(answers, otherwise)
        own_queue = queue or MemoryQueue(1 << 24, 1 << 20)
        worker: Worker[int] = Worker(Ledger("traces"), _encode, own_queue, sender, WorkerOptions(**own))
        made.append(Lane(sender, worker, own_queue))
        return made[-1]

    yield make
    for one in made:
        one.worker.shutdown(0.0)


def test_offered_records_are_delivered_by_themselves(lane: MakeLane) -> None:
    """Without a flush: the delay is the longest time that a record waits."""
    here = lane()

    for _ in range(10):
        here.worker.offer(1)

    eventually(lambda: here.account.delivered == 10, "delivery")
    assert Account(10, 10, 10, 0, 0, {}, "") == here.account


def test_nothing_starts_before_the_first_record(lane: MakeLane) -> None:
    """A process that only imports the application, such as a preloading master, has no thread and no connection."""
    before = threading.active_count()

    here = lane()

    assert here.worker.flush(0.1)
    assert before == threading.active_count()
    assert here.sender.sent == []


def test_flush_delivers_and_says_so(lane: MakeLane) -> None:
    """A long delay does not hold a flush up."""
    here = lane(delay_s=60.0)
    here.worker.offer(1)

    assert here.worker.flush(5.0)
    assert here.account.delivered == 1


def test_flush_of_a_hanging_backend_returns_false_in_time(lane: MakeLane) -> None:
    """The time limit is the caller's, not the request's."""
    release = threading.Event()

    def hang(_: Encoded) -> Outcome:
        release.wait()
        return Delivered()

    here = lane(hang)
    here.worker.offer(1)

    flushed = here.worker.flush(0.2)

    assert not flushed
    release.set()
    eventually(lambda: here.account.delivered == 1, "delivery after the flush")


def test_request_of_a_hurried_lane_has_no_more_time_than_the_flush(lane: MakeLane) -> None:
    """The ten seconds of a request must not outlive the two of an exit."""
    here = lane(delay_s=60.0)
    here.worker.offer(1)

    here.worker.flush(0.5)

    assert here.sender.timeouts[0] <= 0.5


def test_retry_keeps_the_records_and_counts_them(lane: MakeLane) -> None:
    """The same bytes go out again until they are taken."""
    here = lane(Retry(None, "HTTP 503"), Retry(None, "HTTP 503"))
    here.worker.offer(3)

    assert here.worker.flush(5.0)

    assert here.sender.sent[0] == here.sender.sent[1] == here.sender.sent[2]
    account = here.account
    assert (account.created, account.delivered, account.retried) == (1, 3, 6)


def test_nothing_is_sent_before_retry_after_even_in_a_flush(lane: MakeLane) -> None:
    """The backend's wish stands above the wish of who flushes."""
    here = lane(Retry(1.6, "HTTP 429"))
    here.worker.offer(1)
    eventually(lambda: here.sender.times, "first request")

    flushed_early = here.worker.flush(0.2)
    flushed = here.worker.flush(5.0)

    assert (flushed_early, flushed) == (False, True)
    first, second = here.sender.times
    assert second - first >= 1.6


def test_new_records_do_not_shorten_the_wait_for_a_retry(lane: MakeLane) -> None:
    """A busy application must not turn an outage into a stream of requests."""
    here = lane(Retry(None, "refused"))
    here.worker.offer(1)
    eventually(lambda: here.account.retried, "first failure")

    for number in range(50):
        here.worker.offer(1)
        eventually(lambda number=number: here.account.encoded >= number + 2, "encoding")  # type: ignore[misc]

    if len(here.sender.times) > 1:  # a slow machine may be through with the back-off by now
        assert here.sender.times[1] - here.sender.times[0] >= 0.8


def test_rejected_records_are_counted_and_forgotten(lane: MakeLane) -> None:
    """A refusal for good is no reason to try again."""
    here = lane(Rejected(4, "HTTP 400"))
    here.worker.offer(4)
    here.worker.offer(2)

    eventually(lambda: here.account.settled == 6, "settlement")

    account = here.account
    assert (account.rejected, account.delivered) == (4, 2)
    assert len(here.sender.sent) == 2


@pytest.mark.parametrize(("said", "counted"), [(2, 2), (99, 5), (-3, 0)])
def test_partial_success_is_counted_within_what_was_sent(lane: MakeLane, said: int, counted: int) -> None:
    """A backend cannot make the account wrong by a figure that cannot be."""
    here = lane(Delivered(said, "too old"))
    here.worker.offer(5)
    eventually(lambda: here.account.settled == 5, "settlement")

    assert (5 - counted, counted) == (here.account.delivered, here.account.rejected)


def test_too_large_is_split_until_it_fits(lane: MakeLane) -> None:
    """Halves go out in order, and every record arrives once."""

    def at_most_three(encoded: Encoded) -> Outcome:
        return TooLarge("HTTP 413") if encoded.count > 3 else Delivered()

    here = lane(otherwise=at_most_three)
    here.worker.offer(16)

    assert here.worker.flush(5.0)

    taken = [part.count for part in here.sender.sent if part.count <= 3]
    assert 16 == sum(taken) == here.account.delivered


def test_single_record_that_is_too_large_is_dropped_and_counted(lane: MakeLane) -> None:
    """It cannot be split, and would block everything behind it."""
    here = lane(TooLarge("HTTP 413"))
    here.worker.offer(1)
    here.worker.offer(2)

    eventually(lambda: here.account.settled == 3, "settlement")

    assert (dict(here.account.dropped), here.account.delivered) == ({reasons.TOO_LARGE: 1}, 2)


def test_sender_that_raises_loses_nothing(lane: MakeLane) -> None:
    """By contract it does not; were one to, the thread lives and the data waits."""
    here = lane(RuntimeError("bug"))
    here.worker.offer(2)

    assert here.worker.flush(5.0)

    assert (here.account.delivered, here.account.retried) == (2, 2)
    assert here.account.last_error == ""


def test_records_that_cannot_be_encoded_are_counted(lane: MakeLane) -> None:
    """One bad record of a batch takes no other with it."""
    here = lane()
    here.worker.offer(-1)
    here.worker.offer(1)

    assert here.worker.flush(5.0)

    assert (dict(here.account.dropped), here.account.delivered) == ({reasons.ENCODE_FAILED: 1}, 1)


def test_encode_that_raises_loses_its_batch_and_not_the_thread() -> None:
    """By contract it does not raise; the loss is exact."""
    batches: list[int] = []

    def fails_first(batch: Sequence[int]) -> tuple[list[Encoded], int]:
        batches.append(len(batch))
        if len(batches) == 1:
            raise RuntimeError("bug")
        return _encode(batch)

    sender = ScriptedSender()
    worker: Worker[int] = Worker(Ledger("logs"), fails_first, MemoryQueue(1 << 20, 100), sender, WorkerOptions(0.01))
    worker.offer(1)
    eventually(lambda: worker.ledger.account().dropped, "the first batch")
    worker.offer(1)

    eventually(lambda: worker.ledger.account().delivered == 1, "the second batch")
    assert worker.ledger.account().dropped == {reasons.ENCODE_FAILED: 1}
    worker.shutdown(0.0)


def test_full_intake_drops_the_newest_and_counts_it(lane: MakeLane) -> None:
    """A burst costs the application neither time nor memory."""
    gate = threading.Event()

    def slow(batch: Sequence[int]) -> tuple[list[Encoded], int]:
        gate.wait()
        return _encode(batch)

    sender = ScriptedSender()
    options = WorkerOptions(0.01, batch_items=5, intake_items=10)
    worker: Worker[int] = Worker(Ledger("traces"), slow, MemoryQueue(1 << 20, 1000), sender, options)

    for _ in range(100):
        worker.offer(1)
    gate.set()

    assert worker.flush(5.0)
    account = worker.ledger.account()
    assert 100 == account.created == account.delivered + account.dropped[reasons.QUEUE_FULL]
    assert 10 <= account.delivered <= 20
    worker.shutdown(0.0)


def test_full_queue_refuses_a_part_and_not_the_batch(lane: MakeLane) -> None:
    """A batch that is larger than what is left is cut first, so that as much as fits is kept."""
    queue = MemoryQueue(max_bytes=entry(100).size, max_items=1000)
    here = lane(otherwise=Retry(None, "down"), queue=queue, part_bytes=entry(10).size)
    here.worker.offer(150)

    eventually(lambda: here.account.encoded == 150, "encoding")

    assert 100 >= queue.stats().count >= 85
    assert 150 - queue.stats().count == here.account.dropped[reasons.QUEUE_FULL]


def test_collection_with_more_points_than_the_queue_takes_is_cut(lane: MakeLane) -> None:
    """One entry larger than the whole queue would be refused for ever."""
    queue = MemoryQueue(max_bytes=1 << 20, max_items=20)
    here = lane(queue=queue, part_items=5)

    here.worker.put([entry(18)])

    assert here.worker.flush(5.0)
    assert (here.account.created, here.account.delivered) == (18, 18)


def test_put_counts_what_could_not_be_encoded(lane: MakeLane) -> None:
    """Metrics come encoded; their failures are in the same account."""
    here = lane()

    here.worker.put([entry(3)], failed=2)

    assert here.worker.flush(5.0)
    account = here.account
    assert (account.created, account.delivered, dict(account.dropped)) == (5, 3, {reasons.ENCODE_FAILED: 2})


def test_shutdown_counts_what_is_lost_and_later_records_too(lane: MakeLane) -> None:
    """What was waiting, in whatever place, is the figure that comes back."""
    here = lane(otherwise=Retry(None, "down"))
    for _ in range(7):
        here.worker.offer(1)

    lost = here.worker.shutdown(0.1)
    here.worker.offer(1)
    here.worker.put([entry(2)])

    assert lost == 7
    assert here.account.dropped == {reasons.EXIT: 7, reasons.SHUT_DOWN: 3}
    assert here.account.waiting == 0
    assert here.worker.shutdown(0.1) == 0


def test_answer_that_comes_after_shutdown_is_not_counted_twice(lane: MakeLane) -> None:
    """What was on its way is counted as lost; the late answer changes no figure."""
    release, sending = threading.Event(), threading.Event()

    def late(_: Encoded) -> Outcome:
        sending.set()
        release.wait()
        return Delivered()

    here = lane(late)
    here.worker.offer(1)
    sending.wait()

    lost = here.worker.shutdown(0.05)
    release.set()

    assert lost == 1
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "otel-kit traces send"], "end of the thread")
    assert Account(1, 1, 0, 0, 0, {reasons.EXIT: 1}, "") == here.account


def test_lingering_lane_has_delivered_when_offer_returns(lane: MakeLane) -> None:
    """At the end of a process no thread runs later."""
    here = lane(delay_s=60.0)
    here.worker.linger(5.0)

    here.worker.offer(1)

    assert here.account.delivered == 1


def test_lingering_lane_gives_up_when_its_budget_is_spent(lane: MakeLane) -> None:
    """A dead backend costs the late hooks one budget in all, not one each."""
    here = lane(otherwise=Retry(None, "down"))
    here.worker.linger(0.2)

    began = time.monotonic()
    for _ in range(100):
        here.worker.offer(1)

    assert time.monotonic() - began < 5.0  # 100 budgets would be 20 s
    assert 100 == sum(here.account.dropped.values()) == here.account.created


def test_flush_on_the_callers_thread_and_the_senders_own_do_not_send_the_same_entry() -> None:
    """An interpreter at its end has no threads to give: a flush works by itself, still one request at a time."""
    sender = ScriptedSender()
    worker: Worker[int] = Worker(Ledger("traces"), _encode, MemoryQueue(1 << 20, 1000), sender, WorkerOptions(0.01))
    worker._start_threads = _no_threads  # type: ignore[method-assign]
    for _ in range(50):
        worker.offer(1)
    flushers = [threading.Thread(target=worker.flush, args=(5.0,)) for _ in range(4)]
    for thread in flushers:
        thread.start()
    for thread in flushers:
        thread.join()

    assert Account(50, 50, 50, 0, 0, {}, "") == worker.ledger.account()
    assert sender.most_at_once == 1


def test_flush_on_the_callers_thread_and_a_lane_that_starts_meanwhile_take_turns() -> None:
    """The lane's own thread finds the entry lent, and the request of it under way."""
    sending, release = threading.Event(), threading.Event()

    def slow(_: Encoded) -> Outcome:
        sending.set()
        release.wait(10)
        return Delivered()

    sender = ScriptedSender([slow])
    worker: Worker[int] = Worker(Ledger("traces"), _encode, MemoryQueue(1 << 20, 1000), sender, WorkerOptions(0.01))
    start_threads, worker._start_threads = worker._start_threads, _no_threads  # type: ignore[method-assign]
    worker.offer(1)
    flusher = threading.Thread(target=worker.flush, args=(10.0,))
    flusher.start()
    sending.wait(10)
    worker._start_threads = start_threads  # type: ignore[method-assign]
    worker.offer(1)
    eventually(lambda: worker.ledger.account().encoded == 2, "encoding on the lane's own thread")
    release.set()
    flusher.join()

    assert worker.flush(5.0)
    assert (2, 1) == (worker.ledger.account().delivered, sender.most_at_once)
    worker.shutdown(0.0)


def test_flush_on_the_callers_thread_obeys_retry_after() -> None:
    """It gives up at once when the backend's wish is longer than the time there is."""
    sender = ScriptedSender([Retry(30.0, "HTTP 429")])
    worker: Worker[int] = Worker(Ledger("traces"), _encode, MemoryQueue(1 << 20, 1000), sender, WorkerOptions(0.01))
    worker._start_threads = _no_threads  # type: ignore[method-assign]
    worker.offer(1)

    began = time.monotonic()
    flushed = worker.flush(0.3)

    assert not flushed
    assert len(sender.sent) == 1
    assert time.monotonic() - began < 5.0  # the backend asked for 30 s


def _no_threads() -> None:
    raise RuntimeError("can't create new thread at interpreter shutdown")


def test_threads_do_not_keep_the_context_of_the_first_record(lane: MakeLane) -> None:
    """The request that happened to be first, its span and what was bound in it, would live for ever."""
    install()  # threads inherit the context of who starts them
    seen: list[object] = []

    def look(_: Encoded) -> Outcome:
        seen.append(otel_context.get_value("request"))
        return Delivered()

    here = lane(look)
    token = otel_context.attach(otel_context.set_value("request", "first"))
    try:
        here.worker.offer(1)
    finally:
        otel_context.detach(token)

    assert here.worker.flush(5.0)
    assert seen == [None]


def test_after_fork_starts_over(lane: MakeLane) -> None:
    """What waits is the parent's to send; the child's account starts at zero and its threads with its first record."""
    here = lane(otherwise=Retry(None, "down"))
    here.worker.offer(1)
    eventually(lambda: here.account.retried, "first failure")

    here.worker.after_fork()

    assert Account(0, 0, 0, 0, 0, {}, "") == here.account
    assert (here.sender.forks, here.queue.stats().count) == (1, 0)


def test_outage_is_said_once_and_not_at_each_flicker(lane: MakeLane, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a dead backend nor one that comes and goes fills the log; test_outage.py has the minute after."""
    down = Retry(None, "refused")
    here = lane(down, down, down, Delivered(), down)
    for _ in range(2):
        here.worker.offer(1)
        assert here.worker.flush(5.0)

    said = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert len(said) == 1
    assert "http://scripted.test" in said[0]


@dataclass
class Fates:
    """Answers drawn beforehand, so that a failing example can be repeated."""

    drawn: list[str] = field(default_factory=list)

    def __call__(self, encoded: Encoded) -> Outcome:
        match self.drawn.pop(0) if self.drawn else "deliver":
            case "partly":
                return Delivered(encoded.count // 2, "half")
            case "reject":
                return Rejected(encoded.count, "no")
            case "retry":
                return Retry(0.0, "later")
            case "large":
                return TooLarge("413")
            case "raise":
                raise OSError("broken")
            case _:
                return Delivered()


@settings(max_examples=25, deadline=None)
@given(
    fates=st.lists(st.sampled_from(["deliver", "partly", "reject", "retry", "large", "raise"]), max_size=12),
    offers=st.lists(st.sampled_from([-1, 1]), min_size=1, max_size=20),
    room=st.integers(1, 60),
)
def test_account_is_exact_whatever_happens(fates: list[str], offers: list[int], room: int) -> None:
    """The invariant, with random records, answers and bounds, at every moment and at the end."""
    sender = ScriptedSender(otherwise=Fates(list(fates)))
    queue = MemoryQueue(1 << 20, room)
    worker: Worker[int] = Worker(
        Ledger("traces"), _points, queue, sender, WorkerOptions(0.001, batch_items=3, intake_items=8)
    )
    for number in offers:
        worker.offer(number)
        middle = worker.ledger.account()
        assert middle.created == middle.settled + middle.waiting
        assert middle.waiting >= 0
    worker.flush(0.3)
    lost = worker.shutdown(0.0)
    account = worker.ledger.account()

    assert len(offers) == account.created == account.settled
    assert lost == account.dropped.get(reasons.EXIT, 0)


def _points(batch: Sequence[int]) -> tuple[list[Encoded], int]:
    """One record each, as spans are; a negative one cannot be encoded."""
    good = [number for number in batch if number > 0]
    return [entry(len(good))] if good else [], len(batch) - len(good)
