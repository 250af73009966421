"""Events, language models, health and alerts on the page: what is shown, and where it leads."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from otel_kit import semconv
from tests.page.screen import Screen
from tests.page.story import Story, log_record, send_logs
from tests.page.story_operations import CALLS
from tests.page.viewer_process import Viewer, running_viewer

pytestmark = pytest.mark.page


def test_home_begins_with_what_is_wrong(screen: Screen) -> None:
    """Active alerts, the most severe first, then checks that are not healthy; each leads to its view."""
    page = screen.page
    screen.open("#/")
    rows = page.get_by_test_id("attention").get_by_role("listitem")
    rows.first.wait_for()

    texts = rows.all_inner_texts()
    assert ["critical" in texts[0], "Alert bank" in texts[1], "Check bank" in texts[2], "degraded" in texts[3]] == [
        True
    ] * 4
    assert "three charges failed" in texts[1]
    assert "no answer within 2 s" in texts[2]
    rows.nth(1).get_by_role("link").click()
    page.get_by_role("heading", name="Alerts", level=1).wait_for()

    screen.open("#/?service=shop")
    page.locator(".tiles").wait_for()
    assert page.get_by_test_id("attention").count() == 0


def test_home_is_calm_when_nothing_is_wrong(empty_viewer: Viewer, open_screen: Callable[..., Screen]) -> None:
    """No empty frame stays."""
    screen = open_screen(empty_viewer.page)
    screen.open("#/")

    assert screen.page.get_by_test_id("attention").count() == 0


def test_events_are_chosen_by_category_name_and_outcome(screen: Screen) -> None:
    """Each choice stands in the address, and the list follows."""
    page = screen.page
    screen.open("#/events")
    facets = page.get_by_role("navigation", name="Categories")
    facets.get_by_role("link", name="security").click()
    rows = page.locator(".event-row")
    screen.until(lambda: rows.count() == 5, "the five events of the category")
    assert "login failed" in rows.first.inner_text()

    facets.get_by_role("link", name="All").click()
    page.get_by_role("combobox", name="Event").select_option("shop.order_placed")
    screen.until(lambda: rows.count() == 5, "the five events of the name")
    assert "order.total=39.9 · order.items=2 · paid=true" in rows.first.inner_text()
    assert "name=shop.order_placed" in page.url

    screen.open("#/events?category=llm&outcome=failure")
    assert all("RateLimitError" in text for text in rows.all_inner_texts())


def test_an_open_event_shows_its_fields_and_finds_others(screen: Screen) -> None:
    """A field is a filter; the address of an open event opens it again."""
    page = screen.page
    screen.open("#/events?category=audit")
    page.locator(".event-row").first.click()
    detail = page.get_by_test_id("event")
    assert "refund" in detail.inner_text()
    page.reload()
    detail.wait_for()

    detail.locator("tr", has_text="audit.actor").get_by_role("link").click()
    screen.settle()

    assert "audit.actor=c-7" in page.locator(".chips").inner_text()
    assert page.locator(".event-row").count() == 5


def test_usage_of_language_models_is_shown_by_model_and_tenant(screen: Screen) -> None:
    """What has no price is unknown, not 0; a model leads to its calls."""
    page = screen.page
    screen.open("#/llm")
    assert f"{CALLS}\nCalls" in page.locator(".tiles").inner_text()
    assert "4 calls unknown" in page.locator(".tiles").inner_text()
    rows = page.get_by_test_id("usage").locator("tbody tr")
    (unpriced,) = [text for text in rows.all_inner_texts() if "house-model-7b" in text]
    assert "unknown" in unpriced
    assert "$0" not in unpriced
    page.get_by_test_id("usage").get_by_role("button", name="Cost").click()
    assert "claude-sonnet" in rows.first.inner_text()
    assert "house-model-7b" in rows.last.inner_text()

    page.get_by_role("combobox", name="By").select_option("tenant")
    screen.until(lambda: "globex" in rows.first.inner_text() + rows.last.inner_text(), "rows by tenant")

    screen.open("#/llm")
    page.get_by_role("link", name="house-model-7b").click()
    screen.until(lambda: page.locator(".event-row").count() == 4, "the calls of the model")
    assert page.locator(".log-trace").count() == 4


def test_health_shows_each_service_with_its_worst_check(screen: Screen) -> None:
    """The reason stands beside the check; its change leads to the event, its trace and its logs."""
    page = screen.page
    screen.open("#/health")
    payments = page.get_by_test_id("health-payments")
    assert "unhealthy" in payments.get_by_role("heading").inner_text()
    assert "degraded" in page.get_by_test_id("health-orders").get_by_role("heading").inner_text()
    assert "no answer within 2 s" in payments.inner_text()

    payments.get_by_role("link", name="changed").click()
    page.get_by_test_id("event").wait_for()
    assert "otel_kit.health.status.after" in page.get_by_test_id("event").inner_text()


def test_an_alert_leads_to_its_trace_and_its_history(screen: Screen, story: Story) -> None:
    """Raised, resolved and raised again; only what is still raised is active."""
    page = screen.page
    screen.open("#/alerts")
    active = page.get_by_test_id("active").get_by_role("listitem")
    assert active.count() == 2
    assert page.get_by_test_id("history").locator(".event-row").count() == 4

    active.nth(1).get_by_role("link", name="Trace", exact=True).click()
    screen.settle()
    assert story.traces[0] in page.url
    page.go_back()
    screen.settle()
    active.nth(1).get_by_role("link", name="Its events").click()
    screen.until(lambda: page.locator(".event-row").count() == 3, "the three events of the alert")


def test_an_alert_shows_and_goes_without_a_reload(tmp_path: Path, open_screen: Callable[..., Screen]) -> None:
    """On the home page, as it is raised and resolved."""
    with running_viewer(tmp_path) as viewer:
        screen = open_screen(viewer.page)
        screen.open("#/")
        for name, count in ((semconv.EVENT_ALERT_RAISED, 1), (semconv.EVENT_ALERT_RESOLVED, 0)):
            said = {semconv.ALERT_NAME: "mail", semconv.ALERT_SEVERITY: "low", semconv.EVENT_CATEGORY: "alert"}
            record = log_record(time.time_ns(), "mail", 13, **said)
            record.event_name = name
            send_logs(viewer.http, "shop", [record])
            attention = screen.page.get_by_test_id("attention")
            screen.until(lambda count=count, found=attention: found.count() == count, f"after {name}")
        screen.page.close()  # it would miss the viewer


def test_older_events_are_offered_when_the_range_has_none(screen: Screen) -> None:
    """The way to them is a link, beside the line that sends new ones."""
    screen.open("#/events?from=1000&to=2000")
    screen.page.get_by_role("link", name="Look through all that is stored").click()

    screen.page.locator(".event-row").first.wait_for()
