"""The service map: who calls whom, as Tempo saw it in the traces."""

from __future__ import annotations

from typing import Final

from dashboards import panel
from dashboards.facts import Facts
from dashboards.limits import NO_LIMITS
from dashboards.links import column, to_board
from dashboards.panel import Sized
from dashboards.queries import RATE, rows

_TOTAL: Final = "traces_service_graph_request_total"
_FAILED: Final = "traces_service_graph_request_failed_total"


def _of_services(metric: str) -> str:
    environment = 'deployment_environment_name=~"$environment"'
    return " or ".join(f'rate({metric}{{{side}=~"$service",{environment}}}{RATE})' for side in ("client", "server"))


_OF_SERVICES: Final = _of_services(_TOTAL)
_FAILURES: Final = _of_services(_FAILED)


def service_map(*, width: int, height: int) -> Sized:
    """Return the node graph of the chosen services and those next to them."""
    called = _nodes(_OF_SERVICES, "id")
    return panel.graph(
        Facts(
            title="Service map",
            question="Who calls whom?",
            reading="Calls a second on each arrow; in each node calls a second and, below, the share that failed. "
            "What sends no spans itself (databases, other people's services) is named by its address or kind.",
            next_step="click a node for its board; follow failures to the last node that has them.",
            unit="reqps",
            empty="No trace with two sides in this time range: the map needs calls between services.",
            limits=NO_LIMITS,
            links=(
                to_board("dependencies", "Dependencies"),
                to_board("service", "Service", given={"service": column("id")}),
            ),
        ),
        rows(
            "label_join(label_replace(label_replace(sum by (client, server) ("
            f'{_OF_SERVICES}), "source", "$1", "client", "(.*)"), "target", "$1", "server", "(.*)"), '
            '"id", " to ", "client", "server")'
        ),
        rows(_nodes(_OF_SERVICES, "id, title")),
        rows(f"({_by(_FAILURES, 'server', 'id')} or 0 * {called}) / ({called} > 0)"),
        units=("reqps", "percentunit"),
        width=width,
        height=height,
    )


def _nodes(series: str, labels: str) -> str:
    """Return all that are called, and those that only call."""
    return f"({_by(series, 'server', labels)} or {_by(series, 'client', labels)})"


def _by(series: str, side: str, labels: str) -> str:
    """Return the sums of one side of the calls, its name in the labels that the panel knows."""
    return (
        f'sum by ({labels}) (label_replace(label_replace({series}, "id", "$1", "{side}", "(.*)"), '
        f'"title", "$1", "{side}", "(.*)"))'
    )
