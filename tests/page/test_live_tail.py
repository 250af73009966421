"""New log lines appear by themselves."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.page.screen import Screen
from tests.page.story import log_record, send_logs
from tests.page.viewer_process import Viewer

pytestmark = pytest.mark.page


def test_a_new_line_appears_at_the_top(screen: Screen, viewer: Viewer) -> None:
    """Sent while the screen is open, it is the first line a moment later."""
    page, word = screen.page, uuid.uuid4().hex
    screen.open("#/logs")
    page.get_by_text("Following new lines").wait_for()
    send_logs(viewer.http, "shop", [log_record(time.time_ns(), f"fresh {word}")])

    page.locator(".log-line").first.get_by_text(f"fresh {word}").wait_for()


def test_the_stream_obeys_the_filters(screen: Screen, viewer: Viewer) -> None:
    """Of two new lines only the one that matches is shown."""
    page, word = screen.page, uuid.uuid4().hex
    screen.open(f"#/logs?q={word}&severity=error")
    page.get_by_text("Following new lines").wait_for()
    send_logs(
        viewer.http,
        "shop",
        [log_record(time.time_ns(), f"calm {word}"), log_record(time.time_ns(), f"loud {word}", 17)],
    )

    page.get_by_text(f"loud {word}").wait_for()
    assert page.get_by_text(f"calm {word}").count() == 0


def test_new_lines_wait_while_a_line_is_open(screen: Screen, viewer: Viewer) -> None:
    """What is being read does not move; the new lines are counted and one click away."""
    page, word = screen.page, uuid.uuid4().hex
    screen.open("#/logs")
    page.get_by_text("Following new lines").wait_for()
    page.locator(".log-head").first.click()
    page.locator(".log-detail").wait_for()
    send_logs(viewer.http, "shop", [log_record(time.time_ns(), f"held {word}")])
    page.get_by_role("button", name="1 new").wait_for()
    assert page.get_by_text(f"held {word}").count() == 0

    page.get_by_role("button", name="1 new").click()

    page.locator(".log-line").first.get_by_text(f"held {word}").wait_for()


def test_a_paused_screen_holds_still(screen: Screen, viewer: Viewer) -> None:
    """Nothing is followed while the switch is off; switching it on brings the missed line."""
    page, word = screen.page, uuid.uuid4().hex
    screen.open("#/logs?live=0")
    send_logs(viewer.http, "shop", [log_record(time.time_ns(), f"missed {word}")])
    assert page.get_by_test_id("tail-state").count() == 0
    assert page.get_by_text(f"missed {word}").count() == 0

    page.get_by_role("button", name="Paused").click()

    page.get_by_text(f"missed {word}").wait_for()
