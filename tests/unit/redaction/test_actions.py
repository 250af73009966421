"""What a policy may ask for beside masks: drop, truncate, report, a floor, rules that are off at a key."""

from __future__ import annotations

from otel_kit.policy.model import KeyClass, Policy, Rule
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor, compile_policy

NUMBER = Rule("number", r"\bN-[0-9]{4}\b")


def compiled(*rules: Rule, keys: tuple[KeyClass, ...] = (), **fields: object) -> Redactor:
    """Return a small policy compiled."""
    return compile_policy(Policy(rules=rules, keys=keys, classes=(("confidential", "replace"),), **fields))  # type: ignore[arg-type]


def test_a_rule_that_drops_leaves_nothing_of_the_text() -> None:
    """What stands around the value may say as much as the value."""
    redactor = compiled(Rule("number", r"\bN-[0-9]{4}\b", action="drop"))
    findings = Findings()

    assert redactor.text("Jane has N-1234 and N-9999", findings) == "[REDACTED:number]"
    assert findings.hits == {"number": 2}
    assert redactor.text("[REDACTED:number]", findings) == "[REDACTED:number]"


def test_a_key_class_that_drops_takes_the_attribute_away() -> None:
    """Also in maps; empty values stay, and where nothing can be taken away the marker stands."""
    redactor = compiled(keys=(KeyClass("note", action="drop", words=("note",)),))
    findings = Findings()

    given = {"a": 1, "note": "x", "b": {"note": ["y"], "c": 2}, "my.note": ""}
    assert redactor.attributes(given, findings) == {"a": 1, "b": {"c": 2}, "my.note": ""}
    assert findings.places == {("note", "note"): 1, ("note", "b.note"): 1}
    assert redactor.text("note=secret", Findings()) == "note=[REDACTED:note]"
    assert redactor.value("note", "x", Findings()) == "[REDACTED:note]"


def test_truncate_leaves_a_beginning_that_is_scanned() -> None:
    """What stays is text like any other."""
    redactor = compiled(NUMBER, keys=(KeyClass("agent", action="truncate", keep=10, words=("agent",)),))

    assert redactor.value("agent", "Mozilla/5.0 (X11)", Findings()) == "Mozilla/5.[REDACTED:agent]"
    assert redactor.value("agent", "N-1234 and more", Findings()) == "[REDACTED:number] and[REDACTED:agent]"


def test_report_counts_and_alters_nothing() -> None:
    """Once for each value, however often a text is looked at; the other rules still work."""
    redactor = compiled(
        Rule("number", r"\bN-[0-9]{4}\b", mode="report"),
        Rule("letter", r"\bL-[0-9]{4}\b"),
        keys=(KeyClass("salary", mode="report", words=("salary",)),),
    )
    findings = Findings()

    assert redactor.text("N-1234 L-1234", findings, "log.body") == "N-1234 [REDACTED:letter]"
    assert redactor.text("N-1234", findings, "log.body") == "N-1234"
    assert redactor.text("N-1234", findings, "log.body") == "N-1234"
    assert redactor.attributes({"salary": 1000, "my": {"salary": "L-1234"}}, findings) == {
        "salary": 1000,
        "my": {"salary": "[REDACTED:letter]"},
    }
    assert findings.hits == {"letter": 2}
    assert findings.reported == {"number": 3, "salary": 2}
    assert findings.places == {
        ("number", "log.body"): 3,
        ("letter", "log.body"): 1,
        ("salary", "salary"): 1,
        ("salary", "my.salary"): 1,
        ("letter", "my.salary"): 1,
    }


def test_a_floor_masks_keys_that_nothing_names() -> None:
    """Known ones stay: public ones, internal ones; maps are looked into; free text is only scanned."""
    redactor = compiled(
        NUMBER, public=("http.route",), internal=("shop.*",), minimum_class="confidential",
        structured=(("url", ("url.full",)),),
    )  # fmt: skip
    findings = Findings()
    given = {"http.route": "/a", "shop.size": "L N-1234", "diagnosis": "flu", "map": {"x": 1}, "url.full": "http://a/"}

    assert redactor.attributes(given, findings) == {
        "http.route": "/a",
        "shop.size": "L [REDACTED:number]",
        "diagnosis": "[REDACTED:confidential]",
        "map": {"x": "[REDACTED:confidential]"},
        "url.full": "http://a/",
    }
    assert redactor.text("the flu", findings) == "the flu"
    again = Findings()
    assert redactor.attributes({"diagnosis": "[REDACTED:confidential]"}, again) == {
        "diagnosis": "[REDACTED:confidential]"
    }
    assert again == Findings()


def test_a_rule_is_off_at_a_key_and_nowhere_else() -> None:
    """The way to mend a false alarm without letting anything else pass."""
    other = Rule("other", r"\bO-[0-9]{4}\b")
    redactor = compiled(
        NUMBER, other, keys=(KeyClass("token", words=("token",)),),
        allow_rules=(("number", ("order.id", "log.body")), ("token", ("page.token",))),
    )  # fmt: skip
    text = "N-1234 O-1234"

    assert redactor.value("order.id", text, Findings()) == "N-1234 [REDACTED:other]"
    assert redactor.attributes({"order": {"id": [text]}}, Findings()) == {"order": {"id": ["N-1234 [REDACTED:other]"]}}
    assert redactor.text(text, Findings(), "log.body") == "N-1234 [REDACTED:other]"
    assert redactor.text(text, Findings(), "span.name") == "[REDACTED:number] [REDACTED:other]"
    assert redactor.value("page.token", "abc", Findings()) == "abc"
    assert redactor.value("page.token", text, Findings()) == "[REDACTED:number] [REDACTED:other]"
    assert redactor.value("token", "abc", Findings()) == "[REDACTED:token]"


def test_literals_are_part_of_what_a_rule_finds() -> None:
    """A match without any of them is none."""
    redactor = compiled(Rule("id", r"\b[A-Z]{2}-[0-9]{4}\b", literals=("AB", "CD")))

    assert redactor.text("AB-1234 XY-1234 CD-1", Findings()) == "[REDACTED:id] XY-1234 CD-1"
