"""The file of data sources: no unknown field, no dead link, no variable that Grafana would empty."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from otel_kit.stack.variables import by_name
from tests.unit.stack import data_sources
from tests.unit.stack.data_sources import FILE, load, references

PORTS = {"prometheus": "prometheus", "usage": "usage", "loki": "loki", "tempo": "tempo", "alertmanager": "alertmanager"}


def test_uids_are_those_that_dashboards_name_and_addresses_those_of_the_network() -> None:
    """Taken from the table of variables."""
    found = load()
    assert [source.uid for source in found.datasources] == list(PORTS)
    assert len({source.name for source in found.datasources}) == len(PORTS)
    assert [source.uid for source in found.datasources if source.is_default] == ["prometheus"]
    rows = by_name()
    for source in found.datasources:
        prefix = f"STACK_{source.uid.upper()}"
        assert source.url == f"http://{rows[f'{prefix}_HOST'].default}:{rows[f'{prefix}_HTTP_PORT'].default}"
    assert found.loki.secure_json_data == {"httpHeaderValue1": rows["OTELCOL_LOKI_TENANT"].default}


def test_every_link_leads_to_a_source_in_every_direction() -> None:
    """Metric to trace and logs, log to trace, trace to logs and metrics, all to the alerts."""
    found = load()
    named = list(references(found))
    assert set(named) <= {source.uid for source in found.datasources}
    assert set(named) == {"alertmanager", "loki", "prometheus", "tempo"}


def test_no_single_dollar_and_no_secret() -> None:
    """Grafana takes ``$x`` for a variable of its environment and puts nothing in its place."""
    text = "\n".join(line for line in FILE.read_text().splitlines() if not line.lstrip().startswith("#"))
    assert re.findall(r"(?<!\$)\$(?!\$)", text) == []
    assert re.findall(r"\${3,}", text) == []
    assert "password" not in text.lower()
    assert "token" not in text.lower()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    uid: usage", "    uid: usage\n    jsondata: {}"),
        ("customQuery: true", "customQery: true"),
        ("          type: query\n          field", "          field"),
        ("        description: Log records of the service that the series is about\n", ""),
        ("      timeInterval: 60s\n      manageAlerts: false", "      timeInterval: 60\n      manageAlerts: false"),
        ("access: proxy", "access: direct"),
    ],
)
def test_the_model_is_strict(old: str, new: str) -> None:
    """What Grafana would take in silence, or not start with."""
    text = FILE.read_text()
    assert old in text
    with pytest.raises(ValidationError):
        data_sources.load(text.replace(old, new, 1))
