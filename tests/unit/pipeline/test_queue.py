"""The queue in memory: its bounds and its exact counts."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from otel_kit.pipeline.queue import MemoryQueue
from otel_kit.pipeline.seams import Lease, QueueStats
from tests.unit.pipeline.records import entry


def test_put_refuses_what_exceeds_the_bytes_and_keeps_what_was_in() -> None:
    """Drop-newest: the refused entry leaves no trace."""
    one = entry(2)
    queue = MemoryQueue(max_bytes=2 * one.size, max_items=100)

    taken = [queue.put(one) for _ in range(3)]

    assert taken == [True, True, False]
    assert QueueStats(entries=2, count=4, size=2 * one.size) == queue.stats()


def test_put_refuses_what_exceeds_the_items() -> None:
    """The bound counts records, not entries."""
    queue = MemoryQueue(max_bytes=1 << 20, max_items=5)

    assert [queue.put(entry(count)) for count in (3, 3, 2)] == [True, False, True]


def test_peek_lends_the_oldest_until_it_is_acknowledged() -> None:
    """The same lease comes again; an acknowledged one frees its room."""
    first, second = entry(1, name="a"), entry(1, name="b")
    queue = MemoryQueue(1 << 20, 2)
    queue.put(first)
    queue.put(second)

    lease = queue.peek(1 << 20)
    again = queue.peek(1 << 20)
    assert lease is not None
    assert lease == again
    assert not queue.put(entry(1))
    queue.ack(lease)

    assert queue.put(entry(1))
    following = queue.peek(1 << 20)
    assert following is not None
    assert second == following.encoded


def test_ack_of_an_old_lease_changes_nothing() -> None:
    """A lease counts once: a late answer cannot remove another's entry."""
    queue = MemoryQueue(1 << 20, 10)
    queue.put(entry(1, name="a"))
    old = queue.peek(1 << 20)
    assert old is not None
    queue.nack(old)
    queue.peek(1 << 20)

    queue.ack(old)
    queue.nack(old, [entry(5)])

    assert QueueStats(1, 1, entry(1).size) == queue.stats()


def test_nack_with_a_remainder_puts_it_at_the_head_in_order() -> None:
    """The halves of a split go before what came later; the counts follow."""
    whole, later = entry(4, name="w"), entry(1, name="l")
    queue = MemoryQueue(1 << 20, 10)
    queue.put(whole)
    queue.put(later)
    lease = queue.peek(1 << 20)
    halves = whole.halves()
    assert lease is not None
    assert halves is not None

    queue.nack(lease, halves)

    assert [*halves, later] == list(queue.drain())
    assert QueueStats(0, 0, 0) == queue.stats()


def test_drain_gives_the_lent_entry_too_and_forgets_its_lease() -> None:
    """Nothing waits afterwards, and the lease is worth nothing."""
    queue = MemoryQueue(1 << 20, 10)
    queue.put(entry(2))
    lease = queue.peek(1 << 20)
    assert lease is not None

    drained = list(queue.drain())
    queue.ack(lease)

    assert [entry(2)] == drained
    assert QueueStats(0, 0, 0) == queue.stats()


def test_after_fork_is_empty_even_if_the_lock_was_held() -> None:
    """A child does not inherit what its parent sends, nor a lock that no thread of the child will release."""
    queue = MemoryQueue(1 << 20, 10)
    queue.put(entry(1))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with queue._lock:
            held.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()

    queue.after_fork()

    assert QueueStats(0, 0, 0) == queue.stats()
    done.set()
    holder.join()


def test_threads_lose_and_double_nothing() -> None:
    """Four writers and a reader: what was taken in comes out, exactly once."""
    queue = MemoryQueue(1 << 30, 1 << 30)
    accepted, seen = [0] * 4, []
    finished = threading.Event()

    def write(number: int) -> None:
        for _ in range(500):
            accepted[number] += queue.put(entry(1))

    def read() -> None:
        while True:
            last = finished.is_set()
            lease = queue.peek(1 << 20)
            if lease is not None:
                seen.append(lease.ticket)
                queue.ack(lease)
            elif last:
                return

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    finished.set()
    reader.join()

    assert 2000 == sum(accepted) == len(seen) == len(set(seen))
    assert QueueStats(0, 0, 0) == queue.stats()


@given(st.lists(st.sampled_from(["put", "peek", "ack", "nack", "split"]), max_size=60))
def test_stats_equal_what_drains(acts: list[str]) -> None:
    """Whatever the order of the calls, count and size are those of the entries inside."""
    queue = MemoryQueue(1 << 20, 1 << 20)
    lease: Lease | None = None
    for act in acts:
        if act == "put":
            queue.put(entry(3))
        elif act == "peek":
            lease = queue.peek(1 << 20)
        elif lease is not None and act == "ack":
            queue.ack(lease)
        elif lease is not None:
            queue.nack(lease, (lease.encoded.halves() or ()) if act == "split" else ())

    stats = queue.stats()
    entries = list(queue.drain())

    assert stats == QueueStats(len(entries), sum(one.count for one in entries), sum(one.size for one in entries))
