"""The policy rendered for the Collector: never stale, never weaker without saying so, and as strict about keys."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from otel_kit.errors import PolicyError
from otel_kit.policy.collector import Rendered, render
from otel_kit.policy.collector.keys import is_named, key_forms, key_patterns
from otel_kit.policy.collector.patterns import pieces, with_digit
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import CollectorForm, KeyClass, Policy, Rule
from otel_kit.redaction.key_classes import KeyClasses

POLICY = load_policy()
COMMITTED = Path(__file__).resolve().parents[3] / "collector" / "generated" / "redaction.yaml"
MASKED = key_forms(POLICY).masked
PATTERNS = key_patterns(MASKED)


def rendered(*rules: Rule, keys: tuple[KeyClass, ...] = ()) -> Rendered:
    """What becomes of a policy of these rules and key classes alone."""
    return render(Policy(rules=rules, keys=keys))


def redaction(what: Rendered) -> dict[str, list[str]]:
    """The settings of its redaction processor, as the Collector reads them."""
    settings: dict[str, list[str]] = yaml.safe_load(what.text.replace("$$", "$"))["processors"]["redaction/records"]
    return settings


def test_committed_file_is_that_of_the_shipped_policy() -> None:
    """After a change of a rule: otel-kit policy render -o collector/generated/redaction.yaml, and commit it."""
    assert COMMITTED.read_text() == render(POLICY).text


def test_head_says_what_differs_and_what_is_refused() -> None:
    """Whoever reads the file knows the policy it was made of, and every rule that the Collector does not do alike."""
    what = render(POLICY, previous=("0123456789abcdef",))
    head = what.text.partition("processors:")[0]

    assert f"Policy {POLICY.id}." in head
    assert f"{POLICY.id}, 0123456789abcdef" in _unwrapped(head)
    assert [name for name, _ in (*what.differs, *what.refused) if f"#   {name}:" not in head] == []
    assert {"email", "card"} <= dict(what.differs).keys()
    assert {"ip", "phone_national"} <= dict(what.refused).keys()


def test_loosened_policy_is_never_accepted_unsearched() -> None:
    """Only data under a policy that was made stricter may skip the rules for values."""
    text = render(replace(POLICY, loosened=("rule email is off",)), previous=["0123456789abcdef"]).text
    head = text.partition("processors:")[0]

    assert {row["condition"] for one in yaml.safe_load(text)["connectors"].values() for row in one["table"]} == {
        "false"
    }
    assert "none, because this policy was loosened" in _unwrapped(head)


@pytest.mark.parametrize(("rule", "said"), [
    (Rule("x", "[0-9]{9}", validator="ssn"), "checked by ssn"),
    (Rule("x", "[0-9]{9}", collector=CollectorForm("(?=a)[0-9]{9}", "why")), "look-around"),
    (Rule("x", "a:([^ ]{4,9})", group=1, examples=(("a:abcd", "a:[REDACTED:x]"),)), "what the SDK left"),
    (Rule("x", "[a-z]{4}", validator="random", counter_examples=("word",)), "counter-example"),
    (Rule("x", "secret", literals=("y",), counter_examples=("a secret",)), "counter-example"),
    (Rule("x", "abc[0-9]{4}", examples=(("abc1234", "[REDACTED:x]"),),
          collector=CollectorForm("abc[0-9]{2}$", "why")), "cannot be|uses|leaves"),
], ids=["validator", "look-around", "idempotence", "random", "literals", "example"])  # fmt: skip
def test_rule_that_the_collector_cannot_do_is_refused_by_name(rule: Rule, said: str) -> None:
    """No rule gets weaker, or masks what it must leave, without a field `collector` that says so."""
    with pytest.raises(PolicyError, match=rf"rule x .*(?:{said})"):
        rendered(rule)


def test_declared_rules_are_rendered_or_named() -> None:
    """The declared pattern is used; a refused rule and one that only reports are left out, with their reasons."""
    what = rendered(
        Rule("near", "[0-9]{9}", validator="ssn", collector=CollectorForm("id=[0-9]{9}", "only behind id=")),
        Rule("never", "[0-9]{8}", validator="ssn", collector=CollectorForm(None, "its check digit tells it")),
        Rule("tried", "zzz[0-9]{8}", mode="report"),
    )

    assert redaction(what)["blocked_values"] == ["id=[0-9]{9}"]
    assert what.differs == (("near", "only behind id="),)
    assert [name for name, _ in what.refused] == ["never", "tried"]
    assert dict(what.refused)["never"] == "its check digit tells it"


def test_dollar_signs_survive_the_collectors_variables() -> None:
    """The Collector would take $x for a variable of the environment."""
    what = rendered(Rule("price", r"US\$[0-9]{4}"))

    assert r"US\$$[0-9]{4}" in what.text
    assert redaction(what)["blocked_values"] == [r"US\$[0-9]{4}"]


@pytest.mark.parametrize("one", [
    KeyClass("kept", action="keep", words=("pet name",)),
    KeyClass("tried", mode="report", words=("pet name",)),
    KeyClass("id", action="pseudonym", fallback="keep", words=("pet name",)),
], ids=lambda one: one.id)  # fmt: skip
def test_key_class_that_keeps_its_values_is_left_alone(one: KeyClass) -> None:
    """What the SDK leaves, the Collector leaves."""
    assert not is_named("pet_name", key_patterns(key_forms(Policy(rules=(), keys=(one,))).masked))


def test_dropped_keys_leave_with_their_values() -> None:
    """As the SDK does it: the attribute is gone."""
    what = rendered(Rule("x", "xyz[0-9]{8}"), keys=(KeyClass("gone", action="drop", words=("pet name",)),))

    assert "delete_matching_keys(span.attributes" in what.text.partition("redaction/records")[0]


def test_allowed_keys_and_values_stay() -> None:
    """allow.keys are not looked at, allow.values stay where they are the whole value."""
    what = redaction(render(replace(POLICY, allow_keys=("shop.note", "shop.raw.*"), allow_values=("me@example.com",))))

    assert "shop.note" in what["ignored_keys"]
    assert any(re.search(pattern.replace(r"\z", r"\Z"), "shop.raw.x") for pattern in what["ignored_key_patterns"])
    allowed = [pattern for pattern in what["allowed_values"] if "example" in pattern]
    assert [
        bool(re.search(allowed[0].replace(r"\z", r"\Z"), text)) for text in ("me@example.com", "to me@example.com")
    ] == [
        True,
        False,
    ]


@pytest.mark.parametrize("one", MASKED, ids=lambda one: one.id)
def test_every_key_that_the_sdk_masks_is_masked(one: KeyClass) -> None:
    """Each phrase, in every way that keys are written."""
    keys = [name.removesuffix("*") + ("x" if name.endswith("*") else "") for name in one.exact]
    for words in (phrase.split() for phrase in one.words):
        title = "".join(word.title() for word in words)
        keys += ["_".join(words), "db." + "-".join(words), "X-" + "-".join(words).title(), "".join(words)]
        keys += ["the" + title, "theUser" + title, "DB" + title, words[0] + title[len(words[0]) :], title + "2"]
        keys += ["_".join(words).upper(), "user" + words[0].upper() + "".join(word.title() for word in words[1:])]
    keys += ["my" + ending for ending in one.endings]
    classes = KeyClasses(POLICY.keys, frozenset())

    assert [key for key in keys if classes.of(key) is not None and not is_named(key, PATTERNS)] == []


HARMLESS = (
    "gen_ai.usage.input_tokens", "password_reset.count", "exception.stacktrace", "http.request.method", "url.path",
    "tokenizer.name", "service.name", "code.function.name", "shop.order.id", "keyboard", "isFormat", "flat",
    "cookies_enabled", "server.address", "db.system.name", "messaging.destination.name", "LOG_FORMAT", "authored",
    "platform", "elongated",
)  # fmt: skip


@pytest.mark.parametrize("key", HARMLESS)
def test_everyday_key_is_left(key: str) -> None:
    """Only the last words of a key tell, not letters in the middle of one."""
    assert not is_named(key, PATTERNS)


def test_known_key_that_sounds_like_a_person_is_left() -> None:
    """process.user.name is the account of a service; the SDK keeps it, so the Collector does not look at the key."""
    ignored = redaction(render(POLICY))["ignored_keys"]

    assert "process.user.name" in ignored
    assert [key for key in ignored if not is_named(key, PATTERNS)] == list(POLICY.allow_keys)
    assert [
        key for key in POLICY.public if not key.endswith("*") and is_named(key, PATTERNS) and key not in ignored
    ] == []


def test_no_key_that_is_masked_is_left_out_of_trusted_data() -> None:
    """What is ignored there is what the patterns of keys would have left, and nothing more."""
    text = render(POLICY).text.replace("$$", "$")
    processors = yaml.safe_load(text)["processors"]

    ignored = set(processors["redaction/trusted_records"]["ignored_keys"])

    assert {"http.route", "code.function.name", "service.name", "db.query.text"} <= ignored
    always = set(processors["redaction/records"]["ignored_keys"])
    assert {key for key in ignored if is_named(key, PATTERNS)} == {key for key in always if is_named(key, PATTERNS)}
    assert not [key for key in ignored if key.endswith("*")]


@pytest.mark.parametrize("wrong", ["", "26476AA7EE5CBB6D", '0123456789abcdef" or true or "', "0123456789abcde"])
def test_older_policy_that_is_none_is_refused(wrong: str) -> None:
    """It would stand in a condition of the Collector."""
    with pytest.raises(PolicyError, match="is no id of a policy"):
        render(POLICY, previous=["0123456789abcdef", wrong])


def test_mark_of_current_and_previous_policies_is_accepted() -> None:
    """Each once, and in every signal."""
    routing = yaml.safe_load(render(POLICY, previous=["0123456789abcdef", POLICY.id]).text)["connectors"]

    conditions = {row["condition"] for one in routing.values() for row in one["table"]}
    mark = 'resource.attributes["otel_kit.redaction.policy"]'
    assert conditions == {f'{mark} == "{POLICY.id}" or {mark} == "0123456789abcdef"'}
    assert len(routing) == 3


def test_pieces_begin_with_what_go_looks_for() -> None:
    """A choice at the beginning becomes several pieces, and a large limit is lifted."""
    assert [(piece.prefix, piece.pattern) for piece in pieces(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}")] == [
        ("AKIA", "AKIA[A-Z0-9]{16}"),
        ("ASIA", "ASIA[A-Z0-9]{16}"),
    ]
    assert [piece.pattern for piece in pieces("gh[ps]_[a-z]{20,255}")] == ["ghp_[a-z]{20,}", "ghs_[a-z]{20,}"]
    assert pieces(r"\bab(?i:c)")[0].bordered


def test_digit_in_a_run_is_asked_for_where_that_loses_nothing() -> None:
    """sk-0123456789 and sk-abcdefghi0 are found, sk-abcdefghij is not; without a single run it stays as it is."""
    pattern = with_digit("sk-[a-z0-9]{10,}")

    assert pattern is not None
    assert [bool(re.search(pattern, text)) for text in ("sk-0123456789", "sk-abcdefghi0", "sk-abcdefghij")] == [
        True,
        True,
        False,
    ]
    assert with_digit(r"u\w{3}-[a-z0-9]{10,}") is None


def _unwrapped(head: str) -> str:
    return " ".join(head.replace("\n# ", " ").split())
