"""Home: which service needs me now?"""

from __future__ import annotations

from dashboards import panel
from dashboards.board import Board
from dashboards.facts import Facts
from dashboards.layout import Section
from dashboards.limits import NO_LIMITS
from dashboards.links import label, to_board
from dashboards.panel import Sized
from dashboards.queries import RATE, SCOPE, metric

_REQUESTS = "http_server_request_duration_seconds"
_FAILED = 'http_response_status_code=~"5.."'
_TO_SERVICE = to_board("service", "Service", given={"service": label("service_name")})
_NOTHING = "No requests in this time range, or no service with these variables."


def board() -> Board:
    """Return the board."""
    return Board(
        name="home",
        title="Home",
        description="Which service needs me now?",
        sections=(Section("Now", (_requests(),)),),
    )


def _requests() -> Sized:
    return panel.time_series(
        Facts(
            title="Requests",
            question="How much is asked of each service?",
            reading="Requests a second, answered by any status.",
            next_step="click a line for its service; a sudden end is either no traffic or no telemetry.",
            unit="reqps",
            empty=_NOTHING,
            limits=NO_LIMITS,
            links=(_TO_SERVICE,),
        ),
        metric(f"sum by (service_name) (rate({_REQUESTS}_count{{{SCOPE}}}{RATE}))", "{{service_name}}"),
    )
