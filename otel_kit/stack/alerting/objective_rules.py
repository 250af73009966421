"""Objectives as recording rules of Prometheus: what was promised, what happened, how fast the error budget goes.

Three records tell an objective (``slo:objective:ratio``, ``slo:total:increase5m``, ``slo:bad:increase5m``); all others
are made of them for all objectives at once. Sums, not averages of ratios: an hour with many requests weighs more than
one with few. *Source:* the SRE workbook, chapter 5, "multiwindow, multi-burn-rate alerts"; sums as Pyrra has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from otel_kit.stack.alerting.objectives import EVERY_SERVICE, Objective, excepted, in_force
from otel_kit.stack.alerting.rule import BY
from otel_kit.stack.alerting.rule_file import dumped

WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""Over which burn is looked at, for whatever window an objective has."""
GROUP: Final = "objective-records"

# What means something in RE2; a backslash before anything else would be a fault.
_SPECIAL: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")
_COUNT: Final = "http_server_request_duration_seconds_count"
_BUCKET: Final = "http_server_request_duration_seconds_bucket"
_HEAD: Final = """\
# Generated from the objectives (otel_kit/stack/alerting/objective_rules.py): changes here are lost. docs/objectives.md
# explains the records. Every name begins with slo: and is also kept in the second Prometheus.

"""
# After a change of labels both series are there until the old one is five minutes old.
_BUDGET: Final = "(1 - max by (slo) (slo:objective:ratio))"
# How many evaluations fall into the five minutes that each sample of an increase5m covers.
_OVERLAP: Final = "sum by (slo) (count_over_time(slo:objective:ratio[5m]))"


def render(declared: Sequence[Objective], *, defaults: bool = True) -> str:
    """Return the text of a rule file for Prometheus; the same objectives give the same text.

    ``defaults``: services without an objective of a kind have that of ``objectives.DEFAULTS``.
    """
    group = {"name": GROUP, "rules": list(records(declared, defaults=defaults))}
    return _HEAD + dumped({"groups": [group]})


def records(declared: Sequence[Objective], *, defaults: bool = True) -> Iterator[dict[str, Any]]:
    """Yield the recording rules in the order of their evaluation: each is made of those before it."""
    chosen = in_force(declared, defaults=defaults)
    for one in chosen:
        yield from _told(one, excepted(one, chosen))
    if not chosen:
        return
    for window in WINDOWS:
        bad, total = _summed("slo:bad:increase5m", window), _summed("slo:total:increase5m", window)
        yield {"record": f"slo:error_ratio:{window}", "expr": f"{bad} / ({total} > 0)"}
    for window in WINDOWS:
        yield {
            "record": f"slo:burn_rate:{window}",
            "expr": f"slo:error_ratio:{window} / on (slo) group_left () {_BUDGET}",
        }
    for days in sorted({one.window_days for one in chosen}):
        names = [one.name for one in chosen if one.window_days == days]
        yield from (_over_window(what, days, names) for what in ("total", "bad"))
    yield {"record": "slo:error_ratio:window", "expr": "slo:bad:window / (slo:total:window > 0)"}
    yield {
        "record": "slo:error_budget_remaining:ratio",
        "expr": f"1 - slo:error_ratio:window / on (slo) group_left () {_BUDGET}",
    }


def _told(objective: Objective, without: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the three records that say everything about one objective."""
    labels = {"slo": objective.name, "slo_kind": objective.kind}
    about = {**labels, "slo_window": objective.window}
    if objective.threshold_s is not None:
        about["slo_threshold"] = f"{objective.threshold_s:g}"
    if not objective.declared:
        about["slo_default"] = "true"
    if objective.service != EVERY_SERVICE:
        # `$$` is one `$` to what fills in variables.
        about["service_name"] = objective.service.replace("$", "$$")
    selected = ", ".join(_matchers(objective, without))
    total = _increase(_COUNT, selected)
    if objective.threshold_s is None:
        # 0 for a service without errors, so that its ratio is 0 and not "no data".
        failed = _increase(_COUNT, f'{selected}, http_response_status_code=~"5.."')
        bad = f"{failed}\nor\n0 * {total}"
    else:
        within = _increase(_BUCKET, f"{selected}, {_le(objective.threshold_s)}")
        bad = f"clamp_min(\n{total}\n-\n{within},\n0)"
    yield {"record": "slo:objective:ratio", "expr": f"vector({objective.ratio!r})", "labels": about}
    yield {"record": "slo:total:increase5m", "expr": total, "labels": labels}
    yield {"record": "slo:bad:increase5m", "expr": bad, "labels": labels}


def _over_window(what: str, days: int, names: Iterable[str]) -> dict[str, Any]:
    """Return the record of how many there were in the objectives' own window, each counted once."""
    selected = f'slo=~"{"|".join(names)}"'
    counted = f"sum_over_time(slo:{what}:increase5m{{{selected}}}[{days}d])"
    return {
        "record": f"slo:{what}:window",
        "expr": f"{counted} / on (slo) group_left () {_OVERLAP}",
        "labels": {"slo_window": f"{days}d"},
    }


def _summed(record: str, window: str) -> str:
    return record if window == "5m" else f"sum_over_time({record}[{window}])"


def _increase(metric: str, selected: str) -> str:
    return f"sum by ({BY}) (increase({metric}{{{selected}}}[5m]))"


def _matchers(objective: Objective, without: Sequence[str]) -> Iterator[str]:
    if objective.service != EVERY_SERVICE:
        yield _matcher("service_name", [objective.service])
    elif without:
        yield f'service_name!~"|{_alternatives(without)}"'
    else:
        yield 'service_name!=""'
    for label, values in (
        ("deployment_environment_name", objective.environments),
        ("service_namespace", objective.namespaces),
        ("http_route", objective.routes),
    ):
        if values:
            yield _matcher(label, values)


def _matcher(label: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f'{label}="{_quoted(values[0])}"'
    return f'{label}=~"{_alternatives(values)}"'


def _alternatives(values: Sequence[str]) -> str:
    return "|".join(_quoted(_SPECIAL.sub(r"\\\g<0>", value)) for value in values)


def _quoted(text: str) -> str:
    """Return a text for quotation marks; without a `$`, before which a variable would be filled in."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\x24")


def _le(bound: float) -> str:
    """Return the matcher of a bucket; Prometheus writes the bound 1 as 1 if it was pushed, as 1.0 if scraped."""
    return f'le=~"{bound:g}|{bound:g}[.]0"' if bound.is_integer() else f'le="{bound:g}"'
