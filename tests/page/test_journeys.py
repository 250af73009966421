"""Ways that people go on the page."""

from __future__ import annotations

import pytest

from tests.page.screen import Screen
from tests.page.story import UNMASKED, Story
from tests.page.viewer_process import Viewer

pytestmark = pytest.mark.page


def test_from_an_error_trace_to_its_logs_and_back(screen: Screen, story: Story) -> None:
    """Home -> error trace -> failing span with its stack -> its log lines -> Back, with the span still selected."""
    page = screen.page
    screen.open("#/")
    page.locator(f"a[href='#/trace/{story.error_trace}'], .is-brief .trace-row:has-text('502')").first.click()
    page.get_by_role("button", name="Next error").click()
    page.get_by_role("button", name="Next error").click()
    page.get_by_role("button", name="Next error").click()
    panel = page.get_by_test_id("span-panel")
    panel.get_by_text("payments.gateway.CardDeclined", exact=True).wait_for()
    assert "gateway.py" in panel.get_by_role("region", name="Stack trace").inner_text()
    address = page.url

    panel.get_by_role("link", name="Its log lines").click()
    page.get_by_text("charge failed").first.wait_for()
    assert page.locator(".log-line").count() == 2

    page.go_back()
    panel.wait_for()
    assert page.url == address
    # Selecting spans left no steps behind: the next one back is the list.
    page.go_back()
    page.locator(".route-table").wait_for()


def test_logs_of_a_trace_come_in_time_order_and_can_be_narrowed_to_a_span(screen: Screen, story: Story) -> None:
    """The lines of all services of the trace stand below its waterfall."""
    page = screen.page
    screen.open(f"#/trace/{story.error_trace}")
    times = page.locator(".trace-logs time").evaluate_all("all => all.map(t => t.dateTime)")
    assert len(times) == 3
    assert times == sorted(times)

    page.locator(".span-row").first.click()
    page.get_by_role("link", name="Only the selected span").click()

    screen.until(lambda: page.locator(".trace-logs .log-line").count() == 1, "one line is left")
    page.get_by_role("link", name="Show all of the trace").click()
    screen.until(lambda: page.locator(".trace-logs .log-line").count() == 3, "all lines are back")


def test_a_route_leads_to_its_traces(screen: Screen) -> None:
    """The list is filtered by service and route, and each row has them."""
    page = screen.page
    screen.open("#/")
    page.locator(".route-table a", has_text="/charges").click()

    page.locator(".trace-row").first.wait_for()
    assert "route=%2Fcharges" in page.url
    assert page.get_by_label("Route").input_value() == "/charges"


def test_an_attribute_leads_to_the_traces_that_share_it(screen: Screen, story: Story) -> None:
    """A filter link of the panel ends in a list with that filter as a removable chip."""
    page = screen.page
    screen.open(f"#/trace/{story.error_trace}")
    page.locator(".span-row").first.click()
    row = page.locator(".attributes tr", has_text="http.response.status_code").first
    row.hover()
    row.get_by_role("link").click()

    page.locator(".chip", has_text="http.response.status_code=502").wait_for()
    screen.until(lambda: page.locator(".trace-row.has-error").count() >= 5, "the failed requests are listed")
    assert page.locator(".trace-row:not(.has-error)").count() == 0


def test_links_of_an_old_trace_reach_beyond_the_time_range(screen: Screen, story: Story, viewer: Viewer) -> None:
    """A trace opened by its address can be older than the range in force; its links bring a range along."""
    page = screen.page
    starts = {trace: viewer.get(f"traces/{trace}")["start_ms"] for trace in story.traces}
    oldest = min(starts, key=lambda trace: starts[trace])
    screen.open(f"#/trace/{oldest}?range=5m")
    page.locator(".span-row").first.click()
    row = page.locator(".attributes tr", has_text="http.route").first
    row.hover()
    row.get_by_role("link").click()

    page.locator(f".trace-row[href*='{oldest}']").wait_for()


def test_an_exemplar_leads_to_its_trace(screen: Screen, story: Story) -> None:
    """The dots of a chart are links."""
    page = screen.page
    screen.open("#/metrics?name=http.server.request.duration&agg=p95")
    page.locator(".chart-dot").first.focus()
    page.keyboard.press("Enter")

    page.get_by_test_id("trace-id").wait_for()
    assert page.get_by_test_id("trace-id").inner_text() in story.traces


def test_the_lines_around_a_line_are_one_click_away(screen: Screen, story: Story, viewer: Viewer) -> None:
    """What the service logged before and after without a gap, with the line itself marked."""
    page = screen.page
    screen.open(f"#/logs?trace_id={story.error_trace}&severity=error")
    page.locator(".log-head").first.click()
    page.get_by_role("link", name="20 lines before and after").click()

    page.locator(".is-marked").wait_for()
    shown = page.locator(".log-line time").evaluate_all("all => all.map(t => Date.parse(t.dateTime))")
    logged = [int(log["time_ms"]) for log in viewer.get("logs?service=payments&order=asc&from=0&limit=500")["logs"]]
    assert len(shown) > 20
    assert shown == [time for time in logged if shown[0] <= time <= shown[-1]]
    assert "charge failed" in page.locator(".is-marked").inner_text()


def test_masked_values_are_marked(screen: Screen, story: Story) -> None:
    """Full and partial masks are told apart from plain text, with the rule as title."""
    page = screen.page
    screen.open(f"#/trace/{story.error_trace}")
    page.locator(".span-row").first.click()
    query = page.locator(".attributes tr", has_text="url.query")

    assert query.locator("mark").all_inner_texts() == ["j***@example.com", "[REDACTED:token]"]
    assert "token" in (query.locator("mark").last.get_attribute("title") or "")


def test_what_only_the_viewer_masked_is_told_apart(screen: Screen) -> None:
    """Home warns of it and leads to the explanation; the value itself is nowhere."""
    page = screen.page
    screen.open("#/")
    page.get_by_role("link", name="What that means").click()

    receiver = page.get_by_test_id("receiver")
    receiver.get_by_text("reached the viewer unmasked").wait_for()
    assert receiver.locator(".bar-name").all_inner_texts() == ["email"]
    assert page.get_by_test_id("sdk").locator(".bar-name").all_inner_texts() == ["email", "token", "acme_number"]
    screen.open("#/logs?q=without%20a%20Guard")
    page.locator(".log-body mark").first.wait_for()
    assert UNMASKED not in page.content()


def test_state_is_in_the_address(screen: Screen, viewer: Viewer) -> None:
    """A copied address shows the same: filters, range and switch."""
    page = screen.page
    screen.open("#/logs")
    page.get_by_label("Severity").select_option("error")
    page.get_by_label("Time range").select_option("1h")
    page.get_by_role("button", name="Live").click()
    page.get_by_label("Search").fill("charge")
    screen.until(lambda: "q=charge" in page.url, "the typed text is in the address")
    address = page.url

    page.goto("about:blank")
    page.goto(address)

    page.get_by_text("charge failed").first.wait_for()
    assert page.get_by_label("Severity").input_value() == "error"
    assert page.get_by_label("Search").input_value() == "charge"
    assert page.get_by_label("Time range").input_value() == "1h"
    assert page.get_by_role("button", name="Paused").count() == 1


def test_more_pages_are_loaded_on_demand(screen: Screen) -> None:
    """The second page follows the first without a repeated trace."""
    page = screen.page
    screen.open("#/traces")
    page.get_by_role("button", name="Show more").click()

    screen.until(lambda: page.locator(".trace-row").count() > 50, "a second page is there")
    hrefs = page.locator(".trace-row").evaluate_all("all => all.map(a => a.href)")
    assert len(hrefs) == len(set(hrefs))
