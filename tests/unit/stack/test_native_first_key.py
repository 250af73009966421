"""The key that the first native start makes: once, whatever keys there are already."""

from __future__ import annotations

from pathlib import Path

from otel_kit.stack import keys
from otel_kit.stack.native import Layout, first_key


def test_keys_made_before_the_first_start_stay_and_the_stack_has_its_own(tmp_path: Path) -> None:
    """`otel-kit keys create` writes the same file; without its own the stack could not send history to itself."""
    layout = Layout(tmp_path)
    layout.make()
    keys.create(layout.keys_file, "shop")

    first_key.make(layout)

    assert [key.tenant for key in keys.read(layout.keys_file)] == ["shop", "main"]
    text = first_key.text(layout)
    assert text is not None
    assert (layout.alert_secrets / "history.key").read_text().strip() == text


def test_a_first_key_that_was_taken_away_does_not_come_back(tmp_path: Path) -> None:
    """Revoked, and its text removed."""
    layout = Layout(tmp_path)
    layout.make()
    first_key.make(layout)
    (made,) = keys.read(layout.keys_file)
    keys.revoke(layout.keys_file, [made.id])
    layout.first_key.unlink()

    first_key.make(layout)

    assert keys.read(layout.keys_file) == ()
    assert first_key.text(layout) is None
