"""Who sees the inside: the key alone, compared in constant time, and nobody when there is none."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from otel_kit.healthchecks.access import Access, Caller
from otel_kit.settings.health_options import HealthOptions

KEY = "s3cret-Key-ü"


@pytest.mark.parametrize(
    ("header", "caller"),
    [
        (None, Caller.ANONYMOUS),
        ("", Caller.ANONYMOUS),
        ("Basic dTpw", Caller.ANONYMOUS),
        (f"Bearer {KEY}", Caller.AUTHORISED),
        (f"bearer  {KEY} ", Caller.AUTHORISED),
        ("Bearer", Caller.REFUSED),
        ("Bearer wrong", Caller.REFUSED),
        (f"Bearer {KEY}x", Caller.REFUSED),
        (f"Bearer {KEY[:-1]}", Caller.REFUSED),
        (f"Bearer {KEY.upper()}", Caller.REFUSED),
        ("Bearer " + "x" * 100_000, Caller.REFUSED),
        ("Bearer \x00\udcff", Caller.REFUSED),
    ],
)
def test_headers(header: str | None, caller: Caller) -> None:
    """Only a bearer token is looked at: a proxy may add other schemes."""
    assert Access(HealthOptions(key=KEY)).caller(header) is caller


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer None", "Bearer x"])
def test_without_a_key_nobody_is_let_in(header: str) -> None:
    """An empty token is no key."""
    for options in (HealthOptions(), HealthOptions(key="")):
        assert Access(options).caller(header) is Caller.REFUSED


def test_key_from_a_file(tmp_path: Path) -> None:
    """As secrets are mounted, with a newline at the end."""
    file = tmp_path / "key"
    file.write_text(KEY + "\n", encoding="utf-8")

    assert Access(HealthOptions(key_file=str(file))).caller(f"Bearer {KEY}") is Caller.AUTHORISED


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_file_that_is_no_key_lets_nobody_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    """Missing, empty, no text: said, and closed."""
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        access = Access(HealthOptions(key_file=str(file)))

    assert access.caller("Bearer ") is Caller.REFUSED
    assert "nobody sees the internals" in caplog.text


def test_repr_holds_no_key() -> None:
    """Settings and what is made of them are printed in tracebacks."""
    options = HealthOptions(key=KEY)
    assert KEY not in repr(options) + repr(Access(options)) + repr(vars(Access(options)))
