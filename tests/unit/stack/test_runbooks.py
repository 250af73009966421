"""What runbooks tell somebody to type at three in the morning: queries of metrics that are sent, real commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest

from otel_kit.cli import build_parser
from otel_kit.stack import assets
from otel_kit.stack.catalogue import unknown_in

_RUNBOOKS = sorted((assets.root() / "alerts" / "runbooks").glob("*.md"))
_CODE = re.compile(r"`([^`]+)`")
_FUNCTION = re.compile(
    r"(sum|count|min|max|avg|topk|rate|increase|histogram_quantile|predict_linear|changes)\b[^.]*\(.*"
)
_METRIC = re.compile(r"[a-z]+(?:_[a-z]+)+(?:[{[].*| [-*/<>=+]+ [a-z0-9].*)")
# Loki's and Tempo's, what is to be filled in, and what only says by which labels.
_OTHER = re.compile(r" \| |=~ |[.]{3}|\b[A-Z]{2,}(_[A-Z]+)*\b|^\w+ by \([^)]*\)$")


def _codes(runbook: Path) -> Iterator[str]:
    for code in _CODE.findall(runbook.read_text("utf-8")):
        yield " ".join(code.split())


def _queries(runbook: Path) -> Iterator[str]:
    for code in _codes(runbook):
        if (_FUNCTION.fullmatch(code) or _METRIC.fullmatch(code)) and not _OTHER.search(code):
            yield code


def test_runbooks_have_queries() -> None:
    """What recognises them recognises them."""
    assert len(_RUNBOOKS) < sum(len(list(_queries(runbook))) for runbook in _RUNBOOKS)


@pytest.mark.parametrize("runbook", _RUNBOOKS, ids=[path.stem for path in _RUNBOOKS])
def test_queries_can_be_asked_and_name_metrics_that_are_sent(runbook: Path) -> None:
    """Each query of Prometheus is PromQL, of names in the catalogue."""
    for query in _queries(runbook):
        promql_parser.parse(query)

        assert not unknown_in(query), query


@pytest.mark.parametrize("runbook", _RUNBOOKS, ids=[path.stem for path in _RUNBOOKS])
def test_commands_are_those_of_otel_kit(runbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A command's words and options; what it is given is to be filled in."""
    for code in _codes(runbook):
        if not code.startswith("otel-kit "):
            continue
        words = code.split()[1:]
        # The words of a command are small letters; then come options and values.
        end = next((at for at, word in enumerate(words) if not re.fullmatch("[a-z]+", word)), len(words))

        with pytest.raises(SystemExit) as ended:
            build_parser().parse_args([*words[:end], "--help"])

        assert ended.value.code == 0, code
        helped = capsys.readouterr().out
        assert all(word in helped for word in words if word.startswith("--")), code
