"""From a masked value to the rule that did it, and to what lets it pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import compile_policy
from tests.page.screen import Screen
from tests.page.story import Story

pytestmark = pytest.mark.page


def test_a_mark_leads_to_its_rule_and_to_a_snippet_that_mends_it(screen: Screen, story: Story, tmp_path: Path) -> None:
    """Trace -> span -> mark -> rule with the key chosen -> policy; with that policy the value stays readable."""
    page = screen.page
    screen.open(f"#/trace/{story.error_trace}")
    page.locator(".span-row").first.click()
    page.locator(".attributes tr", has_text="url.query").get_by_role("link", name="[REDACTED:token]").click()
    screen.settle()

    assert "key=url.query" in page.url
    facts = page.get_by_test_id("rule").inner_text()
    assert "key class" in facts
    assert "access token" in facts
    assert "192" in page.get_by_test_id("rule-places").locator("tr.is-chosen").inner_text()
    mending = page.get_by_test_id("rule-mending")
    assert "otel-kit policy explain --rule token" in mending.inner_text()
    snippet = tmp_path / "policy.yaml"
    snippet.write_text(mending.locator("pre").first.inner_text())
    redactor = compile_policy(load_policy(snippet))
    query = {"url.query": "token=f81d4fae7dec&password=hunter2"}
    assert redactor.attributes(query, Findings()) == {"url.query": "token=f81d4fae7dec&password=[REDACTED:password]"}


def test_the_snippet_can_be_copied(screen: Screen) -> None:
    """What the button puts on the clipboard is what is shown."""
    page = screen.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    screen.open("#/rule/card?key=order.id")

    page.get_by_role("button", name="Copy the allow snippet").click()
    page.get_by_text("Copied").wait_for()

    assert page.evaluate("navigator.clipboard.readText()") == "version: 1\nallow:\n  rules:\n    card: [order.id]"


@pytest.mark.parametrize("key", ["on", "a b", 'quo"te', "x: y", "ключ", "[REDACTED:email]", "a,b", "1"])
def test_the_snippet_is_yaml_for_any_key(screen: Screen, tmp_path: Path, key: str) -> None:
    """Keys come from anywhere; what the page writes, the policy reads."""
    screen.open("#/rule/card?key=x")
    screen.page.evaluate("key => { location.hash = `#/rule/card?key=${encodeURIComponent(key)}` }", key)
    screen.settle()

    file = tmp_path / "policy.yaml"
    file.write_text(screen.page.get_by_test_id("rule-mending").locator("pre").first.inner_text(), encoding="utf-8")

    assert key in dict(load_policy(file).allow_rules)["card"]


def test_a_mark_in_a_log_line_leads_to_its_rule(screen: Screen, story: Story) -> None:
    """In the line it can be clicked and opens no line; in the opened line it is a link, for the keyboard too."""
    page = screen.page
    screen.open(f"#/logs?trace_id={story.error_trace}&q=gateway called")
    page.locator(".log-body mark").click()
    screen.settle()
    assert "#/rule/authorization" in page.url

    page.go_back()
    screen.settle()
    page.locator(".log-head time").click()
    page.locator(".log-detail").get_by_role("link", name="[REDACTED:authorization]").press("Enter")
    screen.settle()
    assert "#/rule/authorization?key=log.body" in page.url


def test_the_table_is_sorted_and_filtered(screen: Screen) -> None:
    """By what was altered, reported, found last; by rule and by service; what the viewer had to mask is marked."""
    page = screen.page
    screen.open("#/redaction")
    table = page.get_by_test_id("places")
    rows = table.locator("tbody tr")
    assert "log.body" in rows.first.inner_text()
    assert rows.count() == 6
    (hole,) = [text for text in rows.all_inner_texts() if "masked here" in text]
    assert "orders" in hole

    table.get_by_role("button", name="Reported").click()
    assert "order.id" in rows.first.inner_text()
    table.get_by_role("button", name="Last").click()
    assert "masked here" in rows.first.inner_text()

    table.get_by_role("combobox", name="Rule").select_option("email")
    screen.until(lambda: rows.count() == 3, "the rows of one rule")
    table.get_by_role("combobox", name="Service").select_option("orders")
    screen.until(lambda: rows.count() == 1, "the row of one service")
    assert "rule=email" in page.url
    screen.open("#/redaction?rule=card&service=orders")
    page.get_by_role("link", name="Remove the filters").click()
    screen.until(lambda: rows.count() == 6, "all rows are back")


def test_a_rule_of_somebody_elses_policy_is_explained(screen: Screen) -> None:
    """The viewer does not know it, says so, and how to look it up; the snippet works all the same."""
    page = screen.page
    screen.open("#/redaction")
    page.get_by_test_id("places").get_by_role("link", name="acme_number").click()
    screen.settle()

    shown = page.get_by_test_id("rule").inner_text()
    assert "has no such rule" in shown
    assert "otel-kit policy explain --rule acme_number --policy FILE" in shown
    assert "acme_number: [note]" in page.get_by_test_id("rule-mending").inner_text()
