"""A trace of ten thousand spans."""

from __future__ import annotations

import pytest

from tests.page.screen import Screen
from tests.page.story import BIG_SPANS, Story

pytestmark = pytest.mark.page
MOST_ROWS = 100


def test_ten_thousand_spans_scroll_with_few_rows_in_the_document(screen: Screen, story: Story) -> None:
    """Only the rows in sight exist, at the top, in the middle and at the end."""
    page = screen.page
    screen.open(f"#/trace/{story.big_trace}")
    page.get_by_text(f"{BIG_SPANS:,} spans", exact=True).wait_for()
    rows = page.locator(".span-row")
    assert 10 < rows.count() < MOST_ROWS

    for part in (0.5, 1.0):
        page.get_by_test_id("waterfall").evaluate("(box, part) => { box.scrollTop = box.scrollHeight * part }", part)
        expected = f"step {int((BIG_SPANS - 1) * part)}"
        page.get_by_text(expected, exact=True).wait_for()
        assert 10 < rows.count() < MOST_ROWS


def test_search_inside_a_big_trace_finds_attributes(screen: Screen, story: Story) -> None:
    """A value deep below is one search away, and the row comes into sight."""
    page = screen.page
    screen.open(f"#/trace/{story.big_trace}")
    page.get_by_text(f"{BIG_SPANS:,} spans", exact=True).wait_for()
    page.keyboard.press("/")
    page.keyboard.type("row=8765")
    page.get_by_text("1 match", exact=True).wait_for()
    page.get_by_role("button", name="Next match").click()

    page.locator(".span-row.is-selected.is-found", has_text="step 8765").wait_for()


def test_the_next_error_is_found_beyond_the_first_page(screen: Screen, story: Story) -> None:
    """The one failed span among ten thousand."""
    page = screen.page
    screen.open(f"#/trace/{story.big_trace}")
    page.get_by_text(f"{BIG_SPANS:,} spans", exact=True).wait_for()
    page.get_by_role("button", name="Next error").click()

    page.locator(".span-row.is-selected.has-error", has_text="step 7777").wait_for()


def test_a_link_to_a_late_span_selects_it(screen: Screen, story: Story) -> None:
    """Also when the span is not in the first answer of the API."""
    page = screen.page
    screen.open(f"#/trace/{story.big_trace}")
    page.get_by_text(f"{BIG_SPANS:,} spans", exact=True).wait_for()
    page.get_by_test_id("waterfall").focus()
    page.keyboard.press("End")
    page.get_by_test_id("span-panel").wait_for()

    page.reload()

    page.locator(".span-row.is-selected", has_text=f"step {BIG_SPANS - 1}").wait_for()
