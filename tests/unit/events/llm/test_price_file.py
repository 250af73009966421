"""A user's price file: overrides and adds; what is wrong in it is named with its line, all of it at once."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from otel_kit.errors import ConfigError
from otel_kit.events.llm.price_file import own_prices, shipped_prices
from otel_kit.events.llm.tokens import Tokens

_HEAD = 'version: "mine"\nproviders:\n  openai:\n    models:\n'


def _written(folder: Path, text: str) -> Path:
    path = folder / "prices.yaml"
    path.write_text(text)
    return path


def test_own_prices_override_and_add(tmp_path: Path) -> None:
    """The other models keep the shipped prices; the version tells both."""
    text = (
        "version: 2026-12-01\ncurrency: USD\nproviders:\n"
        "  openai:\n    tiers: {priority: 2}\n    models:\n"
        "      gpt-4o-mini: {input: 0.1, output: 0.5, aliases: [small]}\n"
        "  azure: {like: openai, models: {our-deployment: {input: 1, output: 2}}}\n"
        "  cellar: {models: {llama: {input: 0, output: 0}}}\n"
    )

    prices = own_prices(_written(tmp_path, text), shipped_prices())

    million = Tokens(1_000_000, 1_000_000)
    assert prices.version == f"{shipped_prices().version}+2026-12-01"
    assert prices.cost("openai", "gpt-4o-mini-2024-07-18", million) == Fraction("0.6")
    assert prices.cost("openai", "small", million) == Fraction("0.6")
    assert prices.cost("openai", "small", million, "priority") == Fraction("1.2")
    assert prices.cost("openai", "gpt-4o", million) == shipped_prices().cost("openai", "gpt-4o", million)
    assert prices.cost("azure.ai.openai", "our-deployment", million) == 3
    assert prices.cost("azure.ai.openai", "gpt-4o", million) == Fraction("12.5")
    assert prices.cost("cellar", "llama", million) == 0


def test_the_file_of_the_docs_is_right(tmp_path: Path) -> None:
    """As it stands there."""
    page = (Path(__file__).parents[4] / "docs" / "llm.md").read_text()
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    prices = own_prices(_written(tmp_path, text), shipped_prices())

    assert prices.cost("openai", "our-small-one", Tokens(1_000_000, 0)) == Fraction("0.12")
    assert prices.cost("azure.ai.openai", "gpt-4o", Tokens(1_000_000, 0)) == Fraction("2.5")
    assert prices.cost("cellar", "llama-70b", Tokens(1_000_000, 9)) == 0


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", [" has no version; a text", " names no providers"]),
        ("- x\n", [":1 is no price file"]),
        ("version: 3\nproviders: {}\n", [":1 has no version", ":2 names no providers"]),
        (f"{_HEAD}      m: {{input: 1}}\ncurrency: EUR\n", [":6 names another currency; USD is needed"]),
        (
            f"{_HEAD}      m: {{imput: 1}}\n",
            [":5 has the key imput", "Did you mean input?", ":5 m has no price for input"],
        ),
        (f"{_HEAD}      m: {{input: -1, output: .nan}}\n", [":5 input cannot be used", ":5 output cannot be used"]),
        (f"{_HEAD}      m: {{input: yes, output: '1'}}\n", [":5 input cannot be used", ":5 output cannot be used"]),
        (f"{_HEAD}      m: {{input: 1000000}}\n", ["US dollars for a million tokens, 0 to 100000, are needed"]),
        (
            f"{_HEAD}      m: 3\n      n: {{input: 1, aliases: 7}}\n",
            [":5 m has no prices", ":6 aliases cannot be used"],
        ),
        (f"{_HEAD}      m:\n        input: 1\n        long_context: {{above: 0, input: 2}}\n", [":7 has no limit"]),
        (f"{_HEAD}      m: {{input: 1}}\n      m: {{input: 2}}\n", [":6 names the key 'm' twice"]),
        (
            "version: a\nproviders:\n  x: {like: opnai}\n  y: [1]\n",
            [":3 is like no provider", ":4 provider y is no map"],
        ),
        (
            "version: a\nproviders:\n  x: {tiers: {flex: half}, models: [1]}\n",
            [":3 flex cannot", ":3 models is no map"],
        ),
        ("version: [\n", [" is not valid YAML"]),
    ],
)
def test_faults_have_file_and_line(tmp_path: Path, text: str, wanted: list[str]) -> None:
    """All of them at once."""
    path = _written(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        own_prices(path, shipped_prices())

    told = str(caught.value)
    assert all(part in told for part in wanted), told
    assert all(str(path) in fault.where for fault in caught.value.faults)


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    """As any other."""
    with pytest.raises(ConfigError, match="cannot be read"):
        own_prices(tmp_path / "none.yaml", shipped_prices())
