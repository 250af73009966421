"""Five faults, each from what breaks to whom it is told, to its end, and into the history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from otel_kit.stack import assets
from otel_kit.stack.alertmanager import history
from otel_kit.stack.http_json import Api
from tests.conditions import eventually
from tests.stack.alert_faults import ENVIRONMENT, Outcome, scene
from tests.stack.faulty_app import SERVICE

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]
# Side by side, as far as they have nothing to do with each other: all of it in less than two minutes.
WAVES = (("error burst", "dependency down", "disk nearly full"), ("latency", "Loki killed"))
FAULTS = [name for wave in WAVES for name in wave]


@dataclass(frozen=True)
class Story:
    """What became of the faults, and where the history of it is."""

    outcomes: Mapping[str, Outcome]
    loki: Api

    def of(self, fault: str) -> Outcome:
        """Return what became of one."""
        if fault not in self.outcomes:
            pytest.skip("not run: the disk that fills up, as no volume can be mounted by this user")
        return self.outcomes[fault]


@pytest.fixture(scope="module")
def story(binaries: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """All faults have happened and are over; the stack still runs."""
    with scene(tmp_path_factory.mktemp("faults"), binaries) as made:
        faults = made.faults
        outcomes = made.follow([[faults[name] for name in wave if name in faults] for wave in WAVES])
        addresses = made.stack.addresses
        yield Story(outcomes, Api(addresses.loki, {"X-Scope-OrgID": addresses.loki_tenant}))


@pytest.mark.parametrize("fault", FAULTS)
def test_who_is_paged_hears_of_it_and_of_its_end(story: Story, fault: str) -> None:
    """With a sentence that says what is wrong, filled in."""
    outcome = story.of(fault)
    assert outcome.told["labels"]["severity"] == "critical"
    assert outcome.over["status"] == "resolved"
    assert outcome.over["startsAt"] == outcome.told["startsAt"]
    for name in ("summary", "description"):
        text = outcome.told["annotations"][name]
        assert text
        assert not [open_place for open_place in ("{{", "${", "no value") if open_place in text], text


@pytest.mark.parametrize("fault", FAULTS)
def test_its_links_lead_somewhere(story: Story, fault: str) -> None:
    """The board is there, has the variables that the link sets, to the values of the alert; the runbook is there."""
    outcome = story.of(fault)
    annotations = outcome.told["annotations"]
    link = urlsplit(annotations["dashboard_url"])
    uid = link.path.split("/")[2]
    boards = {
        board["uid"]: board
        for path in (assets.root() / "grafana" / "generated").glob("*.json")
        if (board := json.loads(path.read_text()))
    }
    assert uid in boards
    chosen = {name: values for name, values in parse_qs(link.query).items() if name.startswith("var-")}
    variables = {f"var-{one['name']}" for one in boards[uid]["templating"]["list"]}
    assert set(chosen) <= variables
    if "service_name" in outcome.fault.labels:
        assert chosen == {"var-service": [SERVICE], "var-environment": [ENVIRONMENT]}
    runbook = urlsplit(annotations["runbook_url"])
    text = Path(unquote(runbook.path)).read_text("utf-8")
    assert text.startswith(f"# {outcome.fault.alert}\n")


@pytest.mark.parametrize("fault", FAULTS)
def test_it_stands_in_the_history(story: Story, fault: str) -> None:
    """Who was told, of its begin and of its end; also of what happened while Loki was away."""
    outcome = story.of(fault)
    service = outcome.fault.labels.get("service_name", "")

    def written() -> bool:
        found = {
            one.what
            for one in history(story.loki, timedelta(hours=1))
            if (one.name, one.service, one.who) == (outcome.fault.alert, service, "page")
        }
        return {"firing", "resolved"} <= found

    eventually(written, f"both are written down of {outcome.fault.alert}", 60, 0.5)
