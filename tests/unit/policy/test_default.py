"""The shipped policy keeps its own promises."""

from __future__ import annotations

import dataclasses

import pytest

from otel_kit.errors import PolicyError
from otel_kit.policy.load import load_policy
from otel_kit.policy.model import Policy, Rule
from otel_kit.redaction.redactor import compile_policy

POLICY = load_policy()


@pytest.mark.parametrize("rule", POLICY.rules, ids=lambda rule: rule.id)
def test_each_rule_shows_what_it_does_and_what_not(rule: Rule) -> None:
    """Examples are the tests of a rule; compiling checks them."""
    assert rule.examples
    assert rule.counter_examples
    compile_policy(dataclasses.replace(POLICY, rules=(rule,)), check_shipped=True)


@pytest.mark.parametrize("rule", POLICY.rules, ids=lambda rule: rule.id)
def test_a_broken_rule_does_not_compile(rule: Rule) -> None:
    """With a pattern that finds nothing, the examples fail by name."""
    broken = dataclasses.replace(rule, pattern="never(there)", group=min(rule.group, 1))

    with pytest.raises(PolicyError, match=rule.id):
        compile_policy(dataclasses.replace(POLICY, rules=(broken,)), check_shipped=True)


def test_a_counter_example_that_is_altered_does_not_compile() -> None:
    """What must stay is checked like what must go."""
    rule = Rule(id="loose", pattern="[0-9]{4}", counter_examples=("order 1234",))

    with pytest.raises(PolicyError, match="must stay"):
        compile_policy(Policy(rules=(rule,)))


def test_a_mask_that_is_found_again_does_not_compile() -> None:
    """Redaction would have no end."""
    rule = Rule(id="email", pattern="[a-z*]{1,9}@x.de", action="email", examples=(("bob@x.de", "b***@x.de"),))
    looping = Rule(id="red", pattern="RED", examples=(("RED", "[REDACTED:red]"),))

    compile_policy(Policy(rules=(rule,)))
    with pytest.raises(PolicyError, match="found again"):
        compile_policy(Policy(rules=(looping,)))


def test_patterns_outside_of_the_subset_do_not_compile() -> None:
    """Every fault is listed."""
    with pytest.raises(PolicyError) as caught:
        compile_policy(Policy(rules=(Rule(id="one", pattern="(?=a)a"), Rule(id="two", pattern="a*b"))))

    assert len(caught.value.faults) == 2


def test_the_id_names_what_the_policy_does() -> None:
    """Another pattern, key or allowed value is another policy; another example is not."""
    assert POLICY.id == load_policy().id
    assert len(POLICY.id) == 16
    int(POLICY.id, 16)
    assert POLICY.id != dataclasses.replace(POLICY, allow_values=("x",)).id
    assert POLICY.id != dataclasses.replace(POLICY, rules=POLICY.rules[1:]).id
    assert POLICY.id != dataclasses.replace(POLICY, keys=POLICY.keys[1:]).id
    shown = dataclasses.replace(POLICY.rules[0], examples=(), origin="elsewhere:1")
    assert POLICY.id == dataclasses.replace(POLICY, rules=(shown, *POLICY.rules[1:])).id
