"""Objectives as they are declared: what is read, and what is refused with its line."""

from __future__ import annotations

import re

import pytest
import yaml

from otel_kit.errors import Fault
from otel_kit.settings.document import parse_document
from otel_kit.stack import rendering
from otel_kit.stack.alerting.objective_rules import WINDOWS, render
from otel_kit.stack.alerting.objectives import DEFAULTS, Objective, excepted, in_force, read

PATH = ("alerting", "objectives")
HEAD = "service_name: shop\nalerting:\n  objectives:\n"
GOOD = "{name: shop-availability, service: shop, kind: availability, target: 99.9}"


def parsed(*entries: str) -> tuple[tuple[Objective, ...], list[Fault]]:
    """Return the objectives of a file whose list begins in line 4, one entry a line, and its faults."""
    faults: list[Fault] = []
    text = HEAD + "".join(f"    - {entry}\n" for entry in entries)
    return read(parse_document(text, "otel-kit.yaml"), PATH, faults), faults


def test_every_field_is_read() -> None:
    """With defaults for what is left out."""
    found, faults = parsed(
        GOOD,
        "{name: pay, service: pay, kind: latency, threshold: 500ms, target: 99, window: 4w, environment: production,"
        " namespace: [eu, us], route: /pay}",
    )

    assert faults == []
    assert found == (
        Objective(name="shop-availability", service="shop", kind="availability", target=99.9, window_days=30),
        Objective(name="pay", service="pay", kind="latency", target=99.0, window_days=28, threshold_s=0.5,
                  environments=("production",), namespaces=("eu", "us"), routes=("/pay",)),
    )  # fmt: skip
    assert found[0].ratio == 0.999


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("name: Shop Availability", "small letters"),
        ("name: latency", "that is the latency of every service"),
        ("service: 7", "service.name"),
        ("kind: availabilty", "did you mean availability?"),
        ("kind: latency", "without threshold"),
        ("threshold: 500ms", "only latency has one"),
        ("target: 100", "50 to 99.999"),
        ("target: 0.999", "In percent it is 99.9."),
        ("target: true", "50 to 99.999"),
        ("target: .nan", "50 to 99.999"),
        ("window: 6d", "7d to 90d"),
        ("window: 91d", "7d to 90d"),
        ("window: 30", "7d to 90d"),
        ("environment: []", "a text is needed, or a list of them"),
        ("route: [/a, 7]", "a text is needed, or a list of them"),
        ("windw: 30d", "did you mean window?"),
        ("target:", "without target"),
        ("service: '${SERVICE}'", None),
    ],
)
def test_a_wrong_field_is_named_with_its_line(change: str, said: str | None) -> None:
    """The file, the line, what is wrong, and what would be right."""
    entry = yaml.safe_load(GOOD) | yaml.safe_load(change)
    found, faults = parsed(
        GOOD.replace("shop-availability", "other"), yaml.safe_dump(entry, default_flow_style=True, width=999).strip()
    )

    if said is None:
        assert (len(found), faults) == (2, [])
    else:
        assert len(found) == 1
        (fault,) = faults
        assert fault.where == "otel-kit.yaml:5"
        assert said in str(fault)


@pytest.mark.parametrize(("threshold", "nearest"), [("400ms", "500ms"), ("3s", "2.5s"), ("1h", ""), ("0.5", "")])
def test_threshold_has_to_be_a_bound_of_the_histogram(threshold: str, nearest: str) -> None:
    """Between two bounds nobody counted."""
    found, (fault,) = parsed(f"{{name: a, service: a, kind: latency, threshold: {threshold}, target: 99}}")

    assert found == ()
    assert "5ms, 10ms, 25ms" in fault.wanted
    assert fault.mend == (f"The nearest is {nearest}." if nearest else "")


def test_all_faults_come_at_once() -> None:
    """Of all objectives; what is right beside them is read."""
    found, faults = parsed(
        GOOD, "7", "{name: shop-availability, service: a, kind: availability, target: 12, x: 1}", "{}"
    )

    assert [one.name for one in found] == ["shop-availability"]
    assert [fault.where for fault in faults] == [f"otel-kit.yaml:{line}" for line in (5, 6, 6, 6, *[7] * 4)]
    assert parsed() == ((), [])


def test_a_list_is_needed() -> None:
    """A mapping with names as keys is refused, not taken for nothing."""
    faults: list[Fault] = []
    assert read(parse_document("alerting:\n  objectives: {a: {}}\n", "f"), PATH, faults) == ()
    assert [fault.where for fault in faults] == ["f:2"]


def test_defaults_hold_for_who_declares_nothing() -> None:
    """A service's own take the place of the defaults of that kind; those for every service replace them for all."""
    own = Objective(name="shop-availability", service="shop", kind="availability", target=99.5)
    for_all = Objective(name="most", service="*", kind="latency", target=95, threshold_s=1.0)

    assert in_force(()) == DEFAULTS
    assert in_force((), defaults=False) == ()
    assert in_force((own,)) == (own, *DEFAULTS)
    assert in_force((own, for_all)) == (own, for_all, DEFAULTS[0])
    assert [excepted(one, (own, *DEFAULTS)) for one in (own, *DEFAULTS)] == [(), ("shop",), ()]


def test_hostile_names_stay_text() -> None:
    """Quotation marks end no matcher, variables are not filled in, a pattern means itself."""
    service = 'pay"} or up{a="${HOME}$$é.*'
    (first, total, *_) = yaml.safe_load(
        rendering.render(
            render([Objective(name="a", service=service, kind="availability", target=99, routes=("/a.b", "/{id}"))]),
            {},
            "f",
        )
    )["groups"][0]["rules"]

    assert first["labels"]["service_name"] == service
    selector = re.search(r"\{(service_name=.*)\}\[5m\]", total["expr"])
    assert selector is not None
    assert selector[1] == (r'service_name="pay\"} or up{a=\"\x24{HOME}\x24\x24é.*", http_route=~"/a\\.b|/\\{id\\}"')


def test_records_of_all_objectives_are_shared() -> None:
    """Three for each more, two for each more window; the same text each time."""
    own = [
        Objective(name=f"a{number}", service="a", kind="availability", target=99, window_days=7) for number in (1, 2)
    ]
    counts = [
        len(yaml.safe_load(render(own[:count], defaults=count != 1))["groups"][0]["rules"]) for count in (0, 1, 2)
    ]

    shared = 2 * len(WINDOWS) + 2
    assert counts == [2 * 3 + 2 + shared, 3 + 2 + shared, 4 * 3 + 2 * 2 + shared]
    assert render(own) == render(own)
    assert yaml.safe_load(render((), defaults=False))["groups"][0]["rules"] == []
