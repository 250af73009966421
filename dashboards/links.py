"""Where a click leads: to another board with variables and time kept, to traces, to logs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from grafana_foundation_sdk.models.dashboard import DashboardLink, DashboardLinkType

from dashboards.queries import SPANS

PREFIX: Final = "otel-kit-"
TIME: Final = "${__url_time_range}"
_KEPT: Final = ("environment", "service", "version")
_PLACE: Final = re.compile(r"\$\{[^}]+\}")
_VARIABLE: Final = re.compile(r"\$(environment|service|version)\b")
_OF_A_VALUE: Final = ("${__field.", "${__data.", "${__value.", "${__series.")


@dataclass(frozen=True, slots=True)
class Link:
    """A title and an address with places of Grafana in it."""

    title: str
    url: str

    @property
    def needs_a_value(self) -> bool:
        """Whether it can only hang on a value, not on the panel."""
        return any(place in self.url for place in _OF_A_VALUE)

    def model(self) -> DashboardLink:
        """Return it as link of a panel."""
        return DashboardLink(title=self.title, type_val=DashboardLinkType.LINK, url=self.url)

    def data_link(self) -> dict[str, object]:
        """Return it as link of a value."""
        return {"title": self.title, "url": self.url}


def to_board(
    board: str,
    title: str,
    *,
    given: Mapping[str, str] | None = None,
    kept: Iterable[str] = _KEPT,
) -> Link:
    """Return the link to a board by the end of its uid: ``to_board("service", "Service", given={"service": LABEL})``.

    ``kept``: variables of this board that the other one gets as they are; ``given``: those that it gets a value for,
    mostly one of the constants below. When the service is given, the version is not kept.
    """
    set_here = given or {}
    dropped = {*set_here, *({"version"} if "service" in set_here else ())}
    parts = [TIME, *(f"${{{name}:queryparam}}" for name in kept if name not in dropped)]
    parts += [f"var-{name}={value}" for name, value in set_here.items()]
    return Link(title, f"/d/{PREFIX}{board}/{board}?{'&'.join(parts)}")


def label(name: str) -> str:
    """Return the place of a label of the series that was clicked."""
    return f"${{__field.labels.{name}}}"


def column(name: str) -> str:
    """Return the place of another column of the row that was clicked."""
    return f'${{__data.fields["{name}"]}}' if " " in name else f"${{__data.fields.{name}}}"


VALUE: Final = "${__value.raw}"
"""The place of the value that was clicked."""


def to_traces(title: str, traceql: str) -> Link:
    """Return the link to Explore with traces; places of Grafana may stand in the query, variables as in panels."""
    # In a link Grafana would write several values as {a,b}.
    traceql = _VARIABLE.sub(r"${\1:pipe}", traceql)
    query = {"refId": "A", "queryType": "traceql", "limit": 20, "tableType": "traces", "query": traceql}
    return Link(title, _explore("tempo", "tempo", query))


def to_trace(title: str, trace_id: str) -> Link:
    """Return the link to one trace, by the place of its id."""
    return Link(title, _explore("tempo", "tempo", {"refId": "A", "queryType": "traceql", "query": trace_id}))


def to_logs(title: str, logql: str) -> Link:
    """Return the link to Explore with log records; places of Grafana may stand in the query."""
    return Link(title, _explore("loki", "loki", {"refId": "A", "queryType": "range", "expr": logql}))


def _explore(uid: str, kind: str, query: dict[str, object]) -> str:
    source = {"type": kind, "uid": uid}
    pane = {
        "datasource": uid,
        "queries": [{**query, "datasource": source}],
        "range": {"from": "${__from}", "to": "${__to}"},
    }
    text = json.dumps({"a": pane}, separators=(",", ":"), sort_keys=True)
    # Grafana fills in what stands in ${...}, encoded; so all but these is encoded here.
    kept = iter(_PLACE.findall(text))
    encoded = "".join(quote(part, safe="") + next(kept, "") for part in _PLACE.split(text))
    return f"/explore?schemaVersion=1&orgId=1&panes={encoded}"


RUNBOOK: Final = Link("Runbook", f"/public/runbooks/{VALUE}.md")
"""From the name of an alert to what to do about it, which Grafana serves; own alerts have none there."""
SERVICE_LOGS: Final = to_logs("Logs of these services", '{service_name=~".+",service_name=~"${service:pipe}"}')
FAILED_TRACES: Final = to_traces("Failed traces", f"{{ {SPANS} && status = error }} | select(span.http.route)")
SLOW_TRACES: Final = to_traces("Slow traces", f"{{ {SPANS} && kind = server && duration > 500ms }}")
