"""``otel-kit demo`` for a person: traffic until Ctrl-C, and links as soon as there is something behind them."""

from __future__ import annotations

import webbrowser
from threading import Event
from typing import TYPE_CHECKING

import httpx

from otel_kit import semconv
from otel_kit.cli.demo.example import SERVICES, new_traffic
from otel_kit.cli.demo.stage import Stage
from otel_kit.cli.demo.viewer import Viewer

if TYPE_CHECKING:
    from shop.traffic import Traffic

_POLL_S = 0.25
_FAILED = 502


def show(page_port: int, stop: Event, *, opens_browser: bool) -> None:
    """Run the demo until ``stop`` is set.

    Raises:
        ChildDied: a process of the demo has ended.
        Interrupted: ``stop`` was set before all of it ran.
        OtelKitError: the demo did not start.
    """
    print(f"Starting {', '.join(SERVICES)} and a viewer ...", flush=True)
    with Stage(page_port, stop) as stage:
        traffic, viewer = new_traffic(stage.shop_url), Viewer(stage.page_url)
        traffic.start()
        print(f"\n  page            {stage.page_url}/", flush=True)
        if opens_browser:
            webbrowser.open(stage.page_url)
        try:
            links: list[str] = []
            while not stop.wait(_POLL_S):
                stage.check_alive()
                if not links and (links := _links(stage.page_url, traffic, viewer)):
                    print("\n".join(links) + "\n\nThe shop has customers now. Ctrl-C stops all of it.", flush=True)
            print("\nStopping ...", flush=True)
        finally:
            traffic.stop()
            viewer.close()


def _links(page: str, traffic: Traffic, viewer: Viewer) -> list[str]:
    """Return the lines once all links lead to data, else nothing."""
    try:
        failed = next((seen.trace_id for seen in traffic.seen if seen.status == _FAILED and seen.trace_id), None)
        trace = viewer.trace(failed) if failed else None
        if trace is None or not trace["logs"] or {span["service"] for span in trace["spans"]} != set(SERVICES):
            return []
        if not (
            viewer.has_latency()
            and viewer.llm_totals()["calls"]
            and viewer.checks()
            and viewer.events(category="alert")
        ):
            return []
    except httpx.HTTPError:
        return []  # asked again in a moment
    return [
        f"  an error trace  {page}/#/trace/{failed}",
        f"  its logs        {page}/#/logs?trace_id={failed}",
        f"  p95 latency     {page}/#/metrics?name={semconv.HTTP_SERVER_REQUEST_DURATION}&agg=p95&range=5m",
        f"  events          {page}/#/events",
        f"  language model  {page}/#/llm",
        f"  health          {page}/#/health",
        f"  alerts          {page}/#/alerts",
    ]
