"""Each screen, wide and narrow, light and dark, with and without data."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.page.screen import Screen
from tests.page.story import Story
from tests.page.viewer_process import Viewer

pytestmark = pytest.mark.page
SCREENS = (
    "#/",
    "#/traces",
    "#/trace/{error_trace}",
    "#/logs",
    "#/events",
    "#/metrics",
    "#/llm",
    "#/llm?by=tenant",
    "#/health",
    "#/alerts",
    "#/redaction",
    "#/rule/card?key=order.id",
    "#/rule/password",
    "#/rule/cookie",
    "#/rule/acme_number?key=note",
    "#/status",
)
# Entries of the navigation that reach beyond the window, are cut, or overlap the one before.
_NAVIGATION_FAULTS = """() => {
  const boxes = [...document.querySelectorAll('.top nav a')].map(a => [a.textContent, a.getBoundingClientRect(), a]);
  return boxes.filter(([, box, a], i) =>
    box.right > innerWidth || a.scrollWidth > a.clientWidth + 1 ||
    boxes.slice(0, i).some(([, other]) => other.right > box.left + 1 && other.left < box.right - 1 &&
      other.bottom > box.top + 1 && other.top < box.bottom - 1)
  ).map(([name]) => name);
}"""
WINDOWS = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_screens_fit_the_window(
    viewer: Viewer, story: Story, open_screen: Callable[..., Screen], window: tuple[int, str]
) -> None:
    """Nothing is wider than the window, nothing fails, nothing breaks the policy, no part stays empty."""
    screen = open_screen(viewer.page, width=window[0], scheme=window[1])
    for route in SCREENS:
        screen.open(route.format(error_trace=story.error_trace))

        assert screen.overflow_px() <= 0, route
        assert screen.page.locator(".error-box").count() == 0, route
        assert screen.page.locator("[data-testid=empty]").count() == 0, route


@pytest.mark.parametrize("width", [1280, 390])
def test_a_selected_span_and_an_open_log_line_fit_the_window(
    viewer: Viewer, story: Story, open_screen: Callable[..., Screen], width: int
) -> None:
    """The details with hostile and long values are no wider than the window either."""
    screen = open_screen(viewer.page, width=width)
    span = viewer.get(f"traces/{story.nasty_trace}")["spans"][0]["span_id"]
    screen.open(f"#/trace/{story.nasty_trace}?span={span}")
    screen.page.get_by_test_id("span-panel").wait_for()
    assert screen.overflow_px() <= 0

    screen.open(f"#/logs?trace_id={story.nasty_trace}")
    screen.page.locator(".log-head").first.click()
    screen.page.locator(".log-detail").wait_for()
    assert screen.overflow_px() <= 0


@pytest.mark.parametrize("width", [1280, 900, 390])
def test_an_open_event_and_the_navigation_fit_the_window(
    viewer: Viewer, story: Story, open_screen: Callable[..., Screen], width: int
) -> None:
    """Hostile names, categories and outcomes too; no entry of the navigation is cut or covers another."""
    screen = open_screen(viewer.page, width=width)
    screen.open("#/events?q=nasty")
    screen.page.locator(".event-row").click()
    screen.page.get_by_test_id("event").wait_for()

    assert screen.overflow_px() <= 0
    assert screen.page.evaluate(_NAVIGATION_FAULTS) == []


@pytest.mark.parametrize(
    ("view", "title", "code"),
    [
        ("events", "No events yet", "event.audit("),
        ("llm", "No calls of language models yet", "event.llm("),
        ("health", "No health checks yet", "kit.health.check("),
        ("alerts", "No alerts yet", "otel_kit.alert("),
    ],
)
@pytest.mark.parametrize("width", [1280, 390])
def test_an_empty_view_shows_the_line_that_fills_it(
    empty_viewer: Viewer, open_screen: Callable[..., Screen], view: str, title: str, code: str, width: int
) -> None:
    """With something to copy, not only an empty place."""
    screen = open_screen(empty_viewer.page, width=width)
    screen.open(f"#/{view}")

    screen.page.get_by_text(title).wait_for()
    assert code in screen.page.locator("main pre").inner_text()
    assert screen.overflow_px() <= 0


@pytest.mark.parametrize("width", [1280, 390])
def test_an_empty_store_says_how_to_send_data(
    empty_viewer: Viewer, open_screen: Callable[..., Screen], width: int
) -> None:
    """A newcomer sees the two lines of Python and the variables with the right port, wherever he looks."""
    screen = open_screen(empty_viewer.page, width=width)
    for route in ("#/", "#/traces", "#/logs", "#/metrics"):
        screen.open(route)

        screen.page.get_by_text("No data yet").wait_for()
        text = screen.page.locator("main").inner_text()
        assert "otel_kit.init(" in text, route
        assert f"OTEL_EXPORTER_OTLP_ENDPOINT={empty_viewer.http}" in text, route
        assert screen.overflow_px() <= 0, route


def test_an_empty_redaction_screen_says_what_fills_it(empty_viewer: Viewer, open_screen: Callable[..., Screen]) -> None:
    """No data are no error."""
    screen = open_screen(empty_viewer.page)
    screen.open("#/redaction")

    assert "Nothing masked so far" in screen.page.get_by_test_id("sdk").inner_text()
    assert "Nothing was left to mask" in screen.page.get_by_test_id("receiver").inner_text()


def test_a_filter_without_a_match_offers_to_be_removed(screen: Screen) -> None:
    """The way out of an empty list is a link in it."""
    screen.open("#/traces?route=/nowhere")
    screen.page.get_by_role("link", name="remove the filters").click()

    screen.page.locator(".trace-row").first.wait_for()
    assert "route" not in screen.page.url


def test_older_data_are_offered_when_the_range_is_empty(screen: Screen) -> None:
    """An empty time range is told apart from an empty store."""
    screen.open("#/traces?from=1000&to=2000")
    screen.page.get_by_role("link", name="Show all of it").click()

    screen.page.locator(".trace-row").first.wait_for()


def test_an_unknown_trace_is_explained(viewer: Viewer, story: Story, open_screen: Callable[..., Screen]) -> None:
    """A trace that retention has removed is no dead end."""
    screen = open_screen(viewer.page)
    screen.open(f"#/trace/{'0' * 31}1")

    screen.page.get_by_text("This trace is not stored").wait_for()
    assert screen.page.get_by_role("link", name="All traces").count() == 1
    # The browser itself reports the 404.
    screen.problems = [line for line in screen.problems if "404" not in line]


def test_a_refused_filter_is_explained_in_place(screen: Screen) -> None:
    """The API's words appear where the list would be, with a way to try again."""
    screen.open("#/traces")
    screen.page.get_by_label("At least, ms").fill("soon")

    screen.page.get_by_role("alert").wait_for()
    assert "min_ms" in screen.page.get_by_role("alert").inner_text()
    assert screen.page.get_by_role("button", name="Try again").count() == 1
    screen.problems = [line for line in screen.problems if "422" not in line]


def test_the_theme_is_remembered(screen: Screen) -> None:
    """The choice outlives the tab's next load."""
    screen.open("#/")
    dark = "() => document.documentElement.dataset.theme === 'dark'"
    for _ in range(2):
        screen.page.get_by_role("button", name="Colours").click()
    screen.page.wait_for_function(dark)

    screen.page.reload()

    screen.page.wait_for_function(dark)
