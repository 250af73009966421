"""What `otel-kit policy check` finds in a policy file."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.errors import Fault
from otel_kit.redaction.diagnosis import Diagnosis, diagnose


def diagnosed(tmp_path: Path, text: str) -> Diagnosis:
    """Return the diagnosis of a file with this text."""
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    return diagnose(path)


def lines(faults: tuple[Fault, ...]) -> list[int]:
    """Return the lines of the faults."""
    return [int(fault.where.rpartition(":")[2]) for fault in faults]


CLEAN = """
rules:
  customer_number:
    pattern: '\\bKD-[0-9]{8}\\b'
    examples: {"for KD-12345678": "for [REDACTED:customer_number]"}
    counter_examples: [KD-12]
"""


def test_a_clean_file_has_neither_faults_nor_notes(tmp_path: Path) -> None:
    """And makes a policy."""
    found = diagnosed(tmp_path, CLEAN)

    assert ((), ()) == (found.faults, found.notes)
    assert found.policy is not None
    assert found.policy.only_stricter


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rule: {}\n", 1, "Did you mean rules?"),
        ("rules:\n  emial: {action: replace}\n", 2, "Did you mean email?"),
        ("rules:\n  a: {}\n", 2, "has no pattern"),
        ("rules:\n  a:\n    pattern: 'x(?=y)'\n", 3, "look-around"),
        ("rules:\n  a:\n    pattern: '(?:a{1,30}){1,30}b'\n", 3, "too slow"),
        ("rules:\n  a: {pattern: KD-1, group: 1}\n", 2, "no group 1"),
        ("rules:\n  a: {pattern: KD-1, patern: x}\n", 2, "Did you mean pattern?"),
        ("rules:\n  a: {pattern: KD-1, action: replcae}\n", 2, "did you mean replace?"),
        ("rules:\n  a: {pattern: KD-1}\n  a: {pattern: KD-2}\n", 3, "'a' twice"),
        ("rules:\n  a:\n    pattern: KD-1\n    examples: {KD-1: KD}\n", 2, "example 'KD-1' becomes '[REDACTED:a]'"),
        ("rules:\n  a:\n    pattern: KD-1\n    examples: {KD-2: '[REDACTED:a]'}\n", 2, "example 'KD-2' does not match"),
        ("rules:\n  a:\n    pattern: KD-1\n    counter_examples: [KD-12]\n", 2, "it must stay"),
        ("keys:\n  a: {words: []}\n", 2, "names no keys"),
        ("keys:\n  a: {words: [salary], class: secret}\n", 2, "class cannot be used"),
        ("classes:\n  confidental: {action: drop}\n", 2, "Did you mean confidential?"),
        ("classes:\n  confidential: {}\n\nkeys: {}\n", None, ""),
        ("packs: {pii-cor: false}\n", 1, "Did you mean pii-core?"),
        ("allow: {rules: {emial: [a]}}\n", 1, "did you mean email"),
        ("rules: [\n", 2, "not valid YAML"),
        ("- a\n", 1, "is no policy"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int | None, words: str) -> None:
    """And with the nearest name that is known."""
    found = diagnosed(tmp_path, text)

    if line is None:
        assert () == found.faults
    else:
        assert [line] == lines(found.faults)
        assert words in str(found.faults[0])


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """Those of reading, of the loader, of examples and of the whole policy, in the order of their lines."""
    found = diagnosed(
        tmp_path,
        """rule: {}
rules:
  kd:
    pattern: 'KD-1'
    pattern: 'KD-2'
  wrong:
    pattern: 'WR-[0-9]{3}'
    examples: {"WR-123": "x"}
  again:
    pattern: '[a-z]{1,20}@example\\.com'
    examples: {"bob@example.com": "[REDACTED:again]"}
  slow: {pattern: '(?:a{1,30}){1,30}b'}
keys:
  pw: {words: [password]}
""",
    )

    assert [1, 5, 6, 9, 12, 14] == lines(found.faults)


def test_a_rule_whose_examples_an_earlier_one_takes_is_shadowed(tmp_path: Path) -> None:
    """Which one, and where that stands."""
    text = "rules:\n  again:\n    pattern: 'bob@[a-z.]{1,20}'\n    examples: {bob@example.com: '[REDACTED:again]'}\n"

    (fault,) = diagnosed(tmp_path, text).faults

    taken = "rule again is shadowed and never acts: its examples are taken before by email "
    assert f"{taken}(otel_kit/policy/packs/pii-core.yaml:" in str(fault)


def test_a_rule_that_acts_on_some_of_its_examples_is_noted(tmp_path: Path) -> None:
    """It has its use."""
    text = (
        "rules:\n  again:\n    pattern: 'bob(?:@[a-z.]{1,20}|-1)'\n    counter_examples: [bob]\n"
        "    examples: {bob@example.com: '[REDACTED:again]', bob-1: '[REDACTED:again]'}\n"
    )

    found = diagnosed(tmp_path, text)

    assert () == found.faults
    (note,) = found.notes
    assert "does not act on its example 'bob@example.com'" in note.what


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("keys:\n  a: {words: [password]}\n", "key class password takes it"),
        ("keys:\n  a: {exact: [http.request.method]}\n", "the key is public"),
        ("keys:\n  a: {exact: [url.full]}\n", "the key is url"),
        ("keys:\n  a: {words: [salary]}\nallow: {keys: [salary]}\n", "the key is allowed"),
    ],
)
def test_a_key_class_that_never_acts_is_shadowed(tmp_path: Path, text: str, words: str) -> None:
    """By another class, or because the key is spoken for."""
    (fault,) = diagnosed(tmp_path, text).faults

    assert "key class a is shadowed and never acts" in fault.what
    assert words in fault.what


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules:\n  phone: {enabled: false}\n", "rule phone is switched off"),
        ("rules:\n  email: {mode: report}\n", "rule email only reports"),
        ("rules:\n  a: {pattern: KD-1, counter_examples: [x]}\n", "rule a has no examples"),
        ("rules:\n  a: {pattern: KD-1, examples: {KD-1: '[REDACTED:a]'}}\n", "rule a has no counter-examples"),
        ("rules:\n  a: {pattern: '[a-z]{1,2}'}\n", "looked for in every text"),
        ("keys:\n  a: {words: [salary, password]}\n", "does not act on 'password': key class password takes it"),
        ("allow: {values: [hello]}\n", "allow.values names 'hello', which no rule finds"),
        (
            "rules: {phone: {enabled: false}}\nallow: {rules: {phone: [a]}}\n",
            "allow.rules names phone, which is switched",
        ),
        ("allow: {rules: {person_name: [shop.id]}}\n", "is no key of class person_name"),
        ("allow: {rules: {email: [user.password]}}\n", "whose whole value key class password masks"),
        ("allow: {rules: {email: [a.b]}, keys: [a.b]}\n", "which no rule looks at anyway"),
    ],
)
def test_what_should_be_known_is_noted(tmp_path: Path, text: str, words: str) -> None:
    """It is no fault."""
    found = diagnosed(tmp_path, text)

    assert () == found.faults
    assert any(words in str(note) for note in found.notes), found.notes


def test_the_policy_knows_whether_it_is_only_stricter(tmp_path: Path) -> None:
    """As the loader's does."""
    stricter = diagnosed(tmp_path, "rules: {email: {action: replace}}\n").policy
    looser = diagnosed(tmp_path, "rules: {email: {mode: report}}\n").policy

    assert stricter is not None
    assert looser is not None
    assert (True, False) == (stricter.only_stricter, looser.only_stricter)


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    """And no policy."""
    found = diagnose(tmp_path / "none.yaml")

    assert found.policy is None
    assert "cannot be read" in found.faults[0].what
