"""The shipped overlays by the own rules, and docs/overlays.md, which has a row for each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from otel_kit.stack.assets import root
from otel_kit.stack.check import check, examine
from otel_kit.stack.check.layers import read_layers
from otel_kit.stack.check.variables import required

COLLECTOR = root() / "collector"
BASE = (COLLECTOR / "gateway.yaml", COLLECTOR / "generated" / "redaction.yaml")
OVERLAYS = sorted((COLLECTOR / "overlays").glob("*.yaml"))
_DOCS = (Path(__file__).parents[3] / "docs" / "overlays.md").read_text()


def test_all_go_together_in_any_order() -> None:
    """By the own rules, forwards and backwards, each of their variables set."""
    values = dict.fromkeys(_required(*BASE, *OVERLAYS), "127.0.0.1:1")

    assert [str(fault) for fault in check([*BASE, *OVERLAYS], values, None)] == []
    assert [str(fault) for fault in check([*BASE, *reversed(OVERLAYS)], values, None)] == []


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem)
def test_documented_with_what_has_to_be_set(overlay: Path) -> None:
    """A row in the table, with exactly the variables that have no default."""
    (row,) = re.findall(rf"^\| `{overlay.stem}` \| [^|]+ \|([^|]*)\|$", _DOCS, re.MULTILINE)

    assert set(re.findall(r"`(\w+)`", row)) == _required(overlay)


@pytest.mark.parametrize(
    "overlay", [path for path in OVERLAYS if "# Variables: " in path.read_text()], ids=lambda p: p.stem
)
def test_header_names_every_variable_with_its_default(overlay: Path) -> None:
    """In brackets after the name, or `required`: exactly those that the file reads."""
    head, _, body = overlay.read_text().partition("\n\n")
    said = head.partition("# Variables: ")[2].replace("\n# ", " ")

    read = dict(re.findall(r"\$\{env:(\w+)(?::-([^}]*))?\}", body))

    assert set(re.findall(r"OTELCOL_\w+", said)) == set(read)
    for name, default in read.items():
        told = re.search(rf"{name} \(([^)]*)", said)
        if told is not None:
            assert told[1].startswith("required" if name in _required(overlay) else default or "empty")


def test_example_of_the_docs_is_accepted(tmp_path: Path) -> None:
    """The file that docs/overlays.md tells people to write has no fault and nothing to note."""
    mine = tmp_path / "local.d" / "partner.yaml"
    mine.parent.mkdir()
    (text,) = re.findall(r"```yaml\n(.*?)```", _DOCS, re.DOTALL)
    mine.write_text(text)
    values = {"OTELCOL_KEYS_FILE": "/dev/null", "PARTNER_ENDPOINT": "https://example.com", "PARTNER_KEY": "k"}

    found = examine([*BASE, mine], values, None)

    assert [str(one) for one in (*found.faults, *found.notes)] == []


def test_rates_of_a_sample_are_noted() -> None:
    """Sampling alone is no fault, but Tempo would count what is left; with span metrics nothing is said."""
    sampling, metrics = (COLLECTOR / "overlays" / f"{name}.yaml" for name in ("tail_sampling", "span_metrics"))
    values = {"OTELCOL_KEYS_FILE": "/dev/null"}

    (note,) = examine([*BASE, sampling], values, None).notes

    assert "Load span_metrics" in str(note)
    assert examine([*BASE, sampling, metrics], values, None).notes == ()


def _required(*paths: Path) -> set[str]:
    return {name for layer in read_layers(paths, None, []) for name in required(layer)}
