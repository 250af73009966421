"""No link leads to an empty place."""

from __future__ import annotations

import pytest

from tests.page.screen import Screen
from tests.page.story import Story
from tests.page.viewer_process import Viewer

pytestmark = [pytest.mark.page, pytest.mark.timeout(180)]
MOST_PER_SCREEN = 45


@pytest.mark.parametrize(
    "route",
    [
        "#/",
        "#/traces",
        "#/traces?status=error",
        "#/trace/{trace}",
        "#/trace/{trace}?span={span}",
        "#/logs",
        "#/logs?trace_id={trace}",
        "#/events",
        "#/metrics",
        "#/llm",
        "#/llm?by=tenant",
        "#/health",
        "#/alerts",
        "#/redaction",
        "#/rule/token?key=url.query",
        "#/status",
    ],
)
def test_each_link_leads_to_something(screen: Screen, viewer: Viewer, story: Story, route: str) -> None:
    """Followed one by one, all end in a view with data and without an error."""
    spans = viewer.get(f"traces/{story.error_trace}")["spans"]
    failed = next(span for span in spans if span["events"])
    screen.open(route.format(trace=story.error_trace, span=failed["span_id"]))
    screen.page.locator("details").evaluate_all("all => all.forEach(d => { d.open = true })")
    links = _evenly(screen.links(), MOST_PER_SCREEN)
    assert links or route == "#/status"

    for link in links:
        screen.open(link)
        assert screen.page.locator(".error-box").count() == 0, link
        assert screen.page.locator("[data-testid=empty]").count() == 0, link


def test_each_link_of_an_open_log_line_leads_to_something(screen: Screen, story: Story) -> None:
    """Trace, logs of the trace, context, logger and attributes."""
    screen.open(f"#/logs?trace_id={story.nasty_trace}")
    screen.page.locator(".log-head").first.click()
    screen.page.locator(".log-detail").wait_for()

    for link in screen.links():
        screen.open(link)
        assert screen.page.locator(".error-box").count() == 0, link
        assert screen.page.locator("[data-testid=empty]").count() == 0, link


def _evenly(items: list[str], most: int) -> list[str]:
    return items[:: max(1, -(-len(items) // most))]
