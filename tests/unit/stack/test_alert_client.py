"""What is decided about alerts and silences without a server: matchers, what is shared, what is meant."""

from __future__ import annotations

import argparse
import datetime

import pytest

from otel_kit.cli.alerts import changing, tables
from otel_kit.errors import ConfigError, OtelKitError
from otel_kit.stack.alertmanager import Alert, Matcher, Silence, matchers
from otel_kit.stack.alertmanager.alerts import differing, exactly
from otel_kit.stack.alertmanager.silences import chosen

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "expected", "shown"),
    [
        ("service_name=shop", Matcher("service_name", "shop"), 'service_name="shop"'),
        (' a = "b c" ', Matcher("a", "b c"), 'a="b c"'),
        ("a!=b", Matcher("a", "b", is_equal=False), 'a!="b"'),
        ("a=~b.*", Matcher("a", "b.*", is_regex=True), 'a=~"b.*"'),
        ('a!~"b|c"', Matcher("a", "b|c", is_regex=True, is_equal=False), 'a!~"b|c"'),
        ("a=", Matcher("a", ""), 'a=""'),
        ("a=b=c", Matcher("a", "b=c"), 'a="b=c"'),
        (r'a="b\"c"', Matcher("a", 'b"c'), r'a="b\"c"'),
    ],
)
def test_matchers_are_read_and_shown(text: str, expected: Matcher, shown: str) -> None:
    """What is shown can be read again."""
    found = matchers.read(text)
    assert found == expected
    assert str(found) == shown
    assert matchers.read(shown) == found
    assert matchers.of_json(found.as_json()) == found


@pytest.mark.parametrize("text", ["", "shop", "=b", "1a=b", "a-b=c", "a>b"])
def test_what_is_no_matcher_is_refused(text: str) -> None:
    """Alertmanager's own labels have such names only."""
    with pytest.raises(ValueError, match="is no matcher"):
        matchers.read(text)


def alert(**labels: str) -> Alert:
    """Return an alert with these labels."""
    return Alert(labels, {}, NOW, (), (), (), ())


def test_an_acknowledgement_is_about_what_fires() -> None:
    """The escalated copy is the same alert; a third route that fails later is none of them, nor one without a route."""
    first = alert(alertname="A", severity="critical", service_name="shop", http_route="/a")
    escalated = alert(alertname="A", severity="critical", escalation="2", service_name="shop", http_route="/a")
    other = alert(alertname="A", severity="warning", service_name="shop", http_route="/b")
    whole = alert(alertname="A", severity="warning", service_name="shop")
    a, b = ({"alertname": "A", "service_name": "shop", "http_route": route} for route in ("/a", "/b"))
    assert exactly([first, escalated], [first, escalated]) == [a]
    assert exactly([first, escalated, other], [first, escalated, other]) == [a, b]
    assert exactly([whole], [first, whole]) == [{**a, "http_route": ""}]
    assert differing([first, escalated, whole]) == ["http_route"]


def test_a_silence_is_named_by_the_beginning_of_its_id() -> None:
    """As much of it as no other begins with."""
    known = [Silence([Matcher("a", "b")], "ann", "c", NOW, NOW, id=name) for name in ("abc-1", "abd-2")]
    assert chosen(known, "abc") is known[0]
    for text in ("ab", "", "x"):
        with pytest.raises(OtelKitError, match="abc-1, abd-2"):
            chosen(known, text)


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1800), ("1h30m", 5400), ("366d", 366 * 86400)])
def test_how_long(text: str, seconds: int) -> None:
    """From now on."""
    assert changing.end(argparse.Namespace(length=text), NOW) == NOW + datetime.timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "0s", "-1h", "367d", "99999999999w", "1ms"])
def test_how_long_is_no_time(text: str) -> None:
    """Refused by the option's name."""
    with pytest.raises(ConfigError, match="--for is"):
        changing.end(argparse.Namespace(length=text), NOW)


def test_a_table_stays_a_table() -> None:
    """Whatever a comment has in it."""
    assert tables.table(("a", "b"), [("x\n\x1b[31m", "yy")]) == ["a        b", "x  [31m  yy"]
    assert tables.ago(NOW, NOW + datetime.timedelta(minutes=90)) == "1 h"
