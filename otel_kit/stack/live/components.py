"""Whether the parts of the stack are there: Grafana itself, its data sources, and what Prometheus scrapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from otel_kit.stack.live.findings import Finding, Outcome
from otel_kit.stack.live.grafana import Grafana, values_of

_AREA: Final = "component"
_SOURCE: Final = "data source"
PROMETHEUS: Final = {"uid": "prometheus", "type": "prometheus"}
_SOURCES: Final = Path("grafana") / "provisioning" / "datasources" / "otel-kit.yaml"
_SCRAPES: Final = Path("backends") / "prometheus" / "prometheus.yml"


def grafana_itself(grafana: Grafana) -> Iterator[Finding]:
    """Yield what Grafana says of itself and of the account; a failed one means that nothing more can be asked."""
    health = grafana.health()
    state = health.body if isinstance(health.body, dict) else {}
    if not health.is_ok or state.get("database") != "ok":
        yield Finding(
            _AREA, "grafana", Outcome.FAILED, health.told,
            "Is this Grafana's address, with its scheme? What it says itself: docker compose logs grafana",
        )  # fmt: skip
        return
    yield Finding(
        _AREA, "grafana", Outcome.OK, f"{state.get('version', 'of an unknown version')}, its database is well"
    )
    account = grafana.account()
    if not account.is_ok:
        yield Finding(
            _AREA, "account", Outcome.FAILED, account.told,
            "Name a service account's token (--token-file), or user and password (--user, --password-file); the first "
            "password is in secrets/grafana/admin_password, and is read only when Grafana's volume is new.",
        )  # fmt: skip


def sources(grafana: Grafana, root: Path) -> Iterator[Finding]:
    """Yield whether each data source of ours is there, and reaches what it stands for."""
    for source in _expected(root):
        uid, kind = str(source["uid"]), str(source["type"])
        found = grafana.source(uid)
        if found.status == 404:
            yield Finding(
                _SOURCE, uid, Outcome.FAILED, "is not there",
                "It is provisioned from grafana/provisioning/datasources/otel-kit.yaml: is the folder mounted? "
                "docker compose logs grafana | grep provisioning",
            )  # fmt: skip
        elif not found.is_ok:
            yield Finding(_SOURCE, uid, Outcome.FAILED, found.told, "The account needs the right datasources:read.")
        elif isinstance(found.body, dict) and found.body.get("type") != kind:
            yield Finding(
                _SOURCE, uid, Outcome.FAILED, f"is of the type {found.body.get('type')}, boards ask it as {kind}",
                "Another data source has this uid: give that one another.",
            )  # fmt: skip
        else:
            yield _reached(grafana, uid, kind, str(source["url"]))


def _reached(grafana: Grafana, uid: str, kind: str, url: str) -> Finding:
    if kind == "alertmanager":
        # It has no check of health of its own in Grafana.
        answer = grafana.alertmanager(uid, "/api/v2/status")
        is_well, seen = answer.is_ok, "answers" if answer.is_ok else answer.told
    else:
        answer = grafana.source_health(uid)
        body = answer.body if isinstance(answer.body, dict) else {}
        is_well = answer.is_ok and body.get("status", "OK") == "OK"
        seen = "answers" if is_well else answer.told
    if is_well:
        return Finding(_SOURCE, uid, Outcome.OK, seen)
    name = url.partition("://")[2].partition(":")[0]
    mend = f"Grafana asks {url}: is {name} up? docker compose ps {name}; docker compose logs {name}"
    return Finding(_SOURCE, uid, Outcome.FAILED, seen, mend)


def scraped(grafana: Grafana, root: Path) -> Iterator[Finding]:
    """Yield whether Prometheus reaches each component that it scrapes."""
    answer, result = grafana.query(PROMETHEUS, {"refId": "A", "expr": "up", "instant": True, "range": False})
    if result is None or result.get("error"):
        seen = answer.told if result is None else str(result["error"])
        yield Finding(_AREA, "scraped ones", Outcome.FAILED, seen, "See the data source prometheus above.")
        return
    up: dict[str, float] = {}
    for labels, value in values_of(result):
        job = labels.get("job", "")
        up[job] = min(value, up.get(job, value))
    for job in _jobs(root):
        if job not in up:
            yield Finding(
                _AREA, job, Outcome.FAILED, "Prometheus does not know it",
                "Its scrape_configs are older than these files: otel-kit stack init, then docker compose up -d",
            )  # fmt: skip
        elif not up[job]:
            yield Finding(
                _AREA, job, Outcome.FAILED, "Prometheus does not reach it",
                f"docker compose ps {job}; docker compose logs {job}",
            )  # fmt: skip
        else:
            yield Finding(_AREA, job, Outcome.OK, "up")


def _expected(root: Path) -> Sequence[Mapping[str, Any]]:
    sources: Sequence[Mapping[str, Any]] = yaml.safe_load((root / _SOURCES).read_text("utf-8"))["datasources"]
    return sources


def _jobs(root: Path) -> Sequence[str]:
    return [job["job_name"] for job in yaml.safe_load((root / _SCRAPES).read_text("utf-8")).get("scrape_configs", ())]
