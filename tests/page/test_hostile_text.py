"""Telemetry is text, whatever it looks like."""

from __future__ import annotations

import time

import pytest

from tests.page.screen import Screen
from tests.page.story import MARKUP, Story, log_record, send_logs
from tests.page.viewer_process import Viewer

pytestmark = pytest.mark.page


def test_markup_is_shown_as_text_on_each_screen(viewer: Viewer, story: Story, screen: Screen) -> None:
    """No element comes from telemetry, no handler runs, and the characters themselves can be read."""
    span = viewer.get(f"traces/{story.nasty_trace}")["spans"][0]["span_id"]
    trace = f"#/trace/{story.nasty_trace}"
    for route in (
        "#/",
        "#/traces",
        trace,
        f"{trace}?span={span}",
        f"#/logs?trace_id={story.nasty_trace}",
        "#/logs?q=%3Cimg",
        "#/events",
        "#/events?q=nasty",
        "#/alerts",
    ):
        screen.open(route)
        screen.until(lambda: MARKUP in screen.page.locator("main").inner_text(), f"the markup is readable on {route}")

        assert screen.page.locator("main img, main b:has-text('bold'), main script").count() == 0, route
        assert screen.page.evaluate("window.pwned") is None, route


def test_all_places_of_a_span_show_markup_as_text(viewer: Viewer, story: Story, screen: Screen) -> None:
    """Name, service, key, value, event, status and log line: each holds the same hostile text."""
    span = viewer.get(f"traces/{story.nasty_trace}")["spans"][0]["span_id"]
    screen.open(f"#/trace/{story.nasty_trace}?span={span}")
    for place in (
        "h1",
        ".span-panel h2",
        ".span-service",
        ".attributes th",
        ".attributes td",
        ".event-head",
        ".status-message",
    ):
        texts = screen.page.locator(place).all_inner_texts()
        assert any(MARKUP in text for text in texts), place


def test_all_places_of_an_event_show_markup_as_text(viewer: Viewer, story: Story, screen: Screen) -> None:
    """Category, name, outcome, text, key and value; in the line, in the filters and in the opened event."""
    screen.open("#/events?q=nasty")
    screen.page.locator(".event-row").click()
    for place in (
        ".facets a",
        ".category",
        ".event-title",
        ".event-outcome",
        ".log-body",
        ".log-text",
        ".facts dd",
        ".attributes th",
        ".attributes td",
        "select option",
    ):
        texts = screen.page.locator(place).all_text_contents()
        assert any(MARKUP in text for text in texts), place
    assert screen.page.locator("main img").count() == 0


def test_deceiving_characters_are_spelled_out(viewer: Viewer, story: Story, screen: Screen) -> None:
    """A right-to-left override cannot turn a name round."""
    screen.open(f"#/logs?trace_id={story.nasty_trace}")

    body = screen.page.locator(".log-body").first
    assert body.locator(".control").all_inner_texts() == ["U+202E"]


def test_a_long_value_is_folded(viewer: Viewer, story: Story, screen: Screen) -> None:
    """Sixty thousand characters take a few lines until someone asks for them."""
    span = viewer.get(f"traces/{story.nasty_trace}")["spans"][0]["span_id"]
    screen.open(f"#/trace/{story.nasty_trace}?span={span}")
    row = screen.page.locator(".attributes tr", has_text="long").first
    assert len(row.inner_text()) < 2_000

    row.get_by_role("button", name="show all").click()

    screen.until(lambda: len(row.inner_text()) > 59_000, "all of the value is shown")


def test_markup_in_a_live_line_is_text(viewer: Viewer, screen: Screen) -> None:
    """What comes by the stream is treated the same."""
    screen.open("#/logs?q=streamed")
    screen.page.get_by_text("Following new lines").wait_for()
    send_logs(viewer.http, "shop", [log_record(time.time_ns(), f"streamed {MARKUP}")])

    screen.page.locator(".log-body", has_text=MARKUP).first.wait_for()
    assert screen.page.evaluate("window.pwned") is None
