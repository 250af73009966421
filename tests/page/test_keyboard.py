"""The page without a mouse."""

from __future__ import annotations

import pytest

from tests.page.screen import Screen
from tests.page.story import BIG_SPANS, Story

pytestmark = pytest.mark.page


def test_the_keyboard_leads_from_home_to_a_stack_trace_and_its_logs(screen: Screen) -> None:
    """Keys g t, j, Enter, e: no mouse from the first page to the failing span, Esc closes it."""
    page, key = screen.page, screen.page.keyboard
    screen.open("#/")
    key.press("g")
    key.press("t")
    page.locator(".trace-row").first.wait_for()
    page.get_by_label("Status").select_option("error")
    page.locator("main").focus()
    rows, calm = page.locator(".trace-row"), page.locator(".trace-row:not(.has-error)")
    screen.until(lambda: rows.count() > 0 and calm.count() == 0, "only failed traces are listed")
    row_is_checkout = "document.activeElement.matches('.trace-row') && document.activeElement.innerText.includes('502')"
    while not page.evaluate(row_is_checkout):
        key.press("j")
    key.press("Enter")
    page.get_by_test_id("waterfall").wait_for()

    key.press("e")
    page.get_by_test_id("span-panel").wait_for()
    key.press("Escape")
    screen.until(lambda: page.get_by_test_id("span-panel").count() == 0, "the panel is closed")

    key.press("g")
    key.press("l")
    page.locator(".log-head").first.wait_for()
    key.press("j")
    key.press("Enter")
    page.locator(".log-detail").wait_for()


@pytest.mark.parametrize(
    ("letter", "title"), [("e", "Events"), ("i", "LLM"), ("c", "Health"), ("a", "Alerts"), ("s", "Status")]
)
def test_a_letter_behind_g_opens_a_view(screen: Screen, story: Story, letter: str, title: str) -> None:
    """Also from a trace, where some of these letters do something else by themselves."""
    screen.open(f"#/trace/{story.error_trace}")
    screen.page.keyboard.press("g")
    screen.page.keyboard.press(letter)

    screen.page.get_by_role("heading", name=title, level=1).wait_for()


def test_the_keyboard_opens_an_event_and_goes_to_its_trace(screen: Screen) -> None:
    """Along the categories into the list, Enter opens, Tab reaches the links."""
    page, key = screen.page, screen.page.keyboard
    screen.open("#/events?category=audit")
    page.locator(".event-row").first.wait_for()
    while not page.evaluate("document.activeElement.matches('.event-row')"):
        key.press("j")
    key.press("Enter")
    page.get_by_test_id("event").wait_for()
    page.get_by_test_id("event").get_by_role("link", name="Trace", exact=True).press("Enter")

    page.get_by_test_id("waterfall").wait_for()


def test_slash_focuses_the_search_and_escape_leaves_it(screen: Screen) -> None:
    """The key goes into no field, and typed letters are no commands."""
    page = screen.page
    screen.open("#/logs")
    page.keyboard.press("/")
    page.keyboard.type("gt")

    search = page.get_by_label("Search")
    assert search.input_value() == "gt"
    assert "#/logs" in page.url
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") != "INPUT"


def test_arrows_move_through_the_waterfall(screen: Screen, story: Story) -> None:
    """Down selects, left folds, End goes to the last of ten thousand spans."""
    page, key = screen.page, screen.page.keyboard
    screen.open(f"#/trace/{story.big_trace}")
    page.get_by_text(f"{BIG_SPANS:,} spans", exact=True).wait_for()
    page.get_by_test_id("waterfall").focus()
    key.press("Home")
    key.press("ArrowLeft")
    screen.until(lambda: page.locator(".span-row").count() == 1, "the root is folded")
    key.press("ArrowRight")
    key.press("End")

    page.locator(".span-row.is-selected", has_text=f"step {BIG_SPANS - 1}").wait_for()


def test_focus_is_visible(screen: Screen) -> None:
    """The focused link has an outline."""
    page = screen.page
    screen.open("#/traces")
    page.keyboard.press("j")

    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert outline == "solid"


def test_the_keys_are_listed(screen: Screen) -> None:
    """A question mark opens the list, Escape closes it."""
    page = screen.page
    screen.open("#/")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    page.keyboard.press("Escape")

    screen.until(lambda: page.get_by_role("dialog").count() == 0, "the list is closed")
