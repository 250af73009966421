"""The account: created = delivered + rejected + dropped + waiting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otel_kit.pipeline import ledger as reasons
from otel_kit.pipeline.ledger import Account, Ledger


@given(st.lists(st.tuples(st.sampled_from(["delivered", "rejected", "dropped", "retried"]), st.integers(0, 9))))
def test_account_is_exact(fates: list[tuple[str, int]]) -> None:
    """Every fate is counted once; a retry decides nothing."""
    ledger = Ledger("traces")
    ledger.created(1000)
    for fate, count in fates:
        match fate:
            case "delivered":
                ledger.delivered(count)
            case "rejected":
                ledger.rejected(count, "why")
            case "dropped":
                ledger.dropped(count, reasons.QUEUE_FULL)
            case _:
                ledger.retried(count, "why")

    account = ledger.account()

    settled = sum(count for fate, count in fates if fate != "retried")
    assert settled == account.settled
    assert account.delivered + account.rejected + sum(account.dropped.values()) + account.waiting == 1000


def test_last_error_goes_with_the_next_success() -> None:
    """The status shows what is wrong now, not what was."""
    ledger = Ledger("logs")
    ledger.retried(3, "HTTP 503")
    before = ledger.account().last_error
    ledger.delivered(3)

    assert (before, ledger.account().last_error) == ("HTTP 503", "")


def test_account_is_a_snapshot() -> None:
    """An account that was handed out does not change."""
    ledger = Ledger("logs")
    ledger.dropped(1, reasons.EXIT)
    account = ledger.account()
    ledger.dropped(1, reasons.EXIT)

    assert account.dropped == {reasons.EXIT: 1}


def test_after_fork_starts_from_zero() -> None:
    """A child does not repeat its parent's counts."""
    ledger = Ledger("metrics")
    ledger.created(5)
    ledger.rejected(2, "why")

    ledger.after_fork()

    assert Account(0, 0, 0, 0, 0, {}, "") == ledger.account()
