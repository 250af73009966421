"""``otel-kit alerts`` against the real Alertmanager, Loki and gateway of the session's stack."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from otel_kit.cli import main
from otel_kit.stack.native import Stack
from tests.conditions import eventually
from tests.stack.grafana_stand_in import TOKEN, GrafanaStandIn

pytestmark = pytest.mark.stack
NOWHERE = "http://127.0.0.1:9"
Run = Callable[..., str]


@pytest.fixture
def run(stack: Stack, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs a command against the stack of the session and returns what it prints."""

    def run(*arguments: str, state: bool = True) -> str:
        status = main(["alerts", *arguments, *(["--state", str(stack.layout.state)] if state else [])])
        printed = capsys.readouterr()
        assert status == (2 if printed.err else 0), printed
        return printed.err or printed.out

    return run


def raise_alerts(stack: Stack, *alerts: Mapping[str, str]) -> None:
    """Send alerts as Prometheus does."""
    body = json.dumps([{"labels": labels, "annotations": {"summary": "S"}} for labels in alerts]).encode()
    request = urllib.request.Request(
        f"{stack.addresses.alertmanager}/api/v2/alerts", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 200


def silences(stack: Stack, author: str) -> list[Any]:
    """Return the silences of that author that are in force."""
    with urllib.request.urlopen(f"{stack.addresses.alertmanager}/api/v2/silences", timeout=10) as response:
        found = json.loads(response.read())
    return [one for one in found if one["createdBy"] == author and one["status"]["state"] == "active"]


def audited(stack: Stack, author: str, at_least: int = 0) -> list[dict[str, str]]:
    """Return the audit events of that author in Loki, the oldest first; nothing while there are fewer."""
    query = f'{{event_category="audit", service_name="otel-kit-alerts"}} | user_id="{author}"'
    start = str(time.time_ns() - 3600 * 10**9)
    request = urllib.request.Request(
        f"{stack.addresses.loki}/loki/api/v1/query_range?{urlencode({'query': query, 'start': start})}",
        headers={"X-Scope-OrgID": stack.addresses.loki_tenant},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        streams = json.loads(response.read())["data"]["result"]
    found = [(value[0], stream["stream"]) for stream in streams for value in stream["values"]]
    return [labels for _, labels in sorted(found, key=lambda one: int(one[0]))] if len(found) >= at_least else []


def rows(printed: str) -> list[dict[str, Any]]:
    """Return what ``--json`` printed."""
    return list(json.loads(printed))


def test_from_the_alert_to_the_history(stack: Stack, run: Run) -> None:
    """Somebody takes it, everybody sees who; it is not escalated; it is given back; all of it is written down."""
    down = {"alertname": "TakenDown", "severity": "critical", "family": "x", "dependency": "db"}
    here, there = {**down, "service_name": "taken-a"}, {**down, "service_name": "taken-b"}
    raise_alerts(stack, here, there, {**here, "severity": "warning"})
    eventually(lambda: len(rows(run("list", "--json", "--service", "taken-a"))) == 2, "both are known")
    worst, _ = rows(run("list", "--json", "--service", "taken-a"))
    assert (worst["severity"], worst["silenced_by"], worst["receivers"]) == ("critical", [], ["page", "team"])
    eventually(lambda: "nobody: TakenDown fires" in run("list", "--service", "taken-a"), "the worse one mutes it")

    assert "fires in taken-a, taken-b: name one with --service" in run("ack", "TakenDown", "--comment", "on it")
    assert "did you mean TakenDown?" in run("ack", "TakenDwn", "--comment", "on it")
    by = ("--comment", "on it", "--author", "ann-take")
    said = run("ack", "TakenDown", "--service", "taken-a", "--for", "30m", *by)
    assert 'alertname="TakenDown", dependency="db", service_name="taken-a"' in said
    (silence,) = silences(stack, "ann-take")
    raise_alerts(stack, {**here, "escalation": "2"})
    by_ann = "nobody: ann-take until"
    eventually(lambda: run("list", "--service", "taken-a").count(by_ann) == 3, "all are muted by it")
    assert "TakenDown (escalated)" in run("list", "--service", "taken-a")
    assert "ann-take" not in run("list", "--service", "taken-b")

    assert "is told again; ann-take had silenced it: on it" in run("expire", silence["id"][:13], *by)
    assert silences(stack, "ann-take") == []

    taken, given = eventually(lambda: audited(stack, "ann-take", 2), "both are stored", 30)
    assert taken["event_name"] == "otel_kit.alert.acknowledged"
    assert (taken["retention_tier"], taken["otel_kit_audit_reason"]) == ("audit", "on it")
    assert (taken["otel_kit_alert_name"], taken["otel_kit_alert_service"]) == ("TakenDown", "taken-a")
    assert taken["otel_kit_alert_until"][:16] == silence["endsAt"][:16]
    assert given["event_name"] == "otel_kit.alert.unsilenced"
    assert given["otel_kit_alert_silence"] == silence["id"]

    def told() -> bool:
        known = [(one["what"], one["who"]) for one in rows(run("history", "--json", "--service", "taken-a"))]
        return {("firing", "page"), ("acknowledged", "ann-take"), ("unsilenced", "ann-take")} <= set(known)

    eventually(told, "who was told and who did what", 30)
    assert "acknowledged" in run("history", "--since", "1h", "--service", "taken-a")


def test_what_begins_elsewhere_is_still_told(stack: Stack, run: Run) -> None:
    """Of two that fire each is taken by all of its labels; another job, host or environment goes on."""
    stores = [{"alertname": "StoreGone", "severity": "critical", "job": job} for job in ("a", "b", "c")]
    prod, staging = (
        {
            "alertname": "ErrorsThere",
            "severity": "critical",
            "service_name": "there",
            "deployment_environment_name": name,
        }
        for name in ("prod", "staging")
    )
    raise_alerts(stack, *stores[:2], prod, staging)

    def told() -> set[str]:
        named = [one for one in rows(run("list", "--json")) if one["name"] in ("StoreGone", "ErrorsThere")]
        free = [one["labels"] for one in named if not one["silenced_by"]]
        return {one.get("job") or one.get("deployment_environment_name", "") for one in free}

    eventually(lambda: told() == {"a", "b", "prod", "staging"}, "all are known")
    by = ("--comment", "on it", "--author", "dan-there")
    assert "fires in prod, staging: name one with --environment" in run("ack", "ErrorsThere", *by)
    assert "does not fire in job=z, but in a, b" in run("ack", "StoreGone", "--label", "job=z", *by)
    assert "prod" in run("list", "--service", "there")
    nowhere = {"alertname": "ErrorsThere", "severity": "critical", "service_name": "there"}
    raise_alerts(stack, nowhere)
    eventually(lambda: "fires in none, prod, staging" in run("ack", "ErrorsThere", *by), "one has no environment")
    (lone,) = json.loads(run("ack", "ErrorsThere", "--environment", "none", "--json", *by))["silences"]
    assert lone["labels"] == {"alertname": "ErrorsThere", "service_name": "there", "deployment_environment_name": ""}

    taken = json.loads(run("ack", "StoreGone", "--json", *by))
    assert [one["labels"] for one in taken["silences"]] == [{"alertname": "StoreGone", "job": job} for job in "ab"]
    run("ack", "ErrorsThere", "--environment", "staging", *by)
    raise_alerts(stack, stores[2], {**staging, "deployment_environment_name": "dev"}, {**staging, "escalation": "2"})
    eventually(lambda: told() == {"c", "prod", "dev"}, "what nobody has taken is told")
    listed = next(line for line in run("list").splitlines() if "StoreGone" in line and "dan-there" not in line)
    assert "job=c" in listed


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--otlp", NOWHERE), "does not answer"),
        (("--otlp", "GATEWAY"), "HTTP 401"),
        (("--otlp", "ALERTMANAGER"), "HTTP 404"),
    ],
)
def test_no_event_no_change(stack: Stack, run: Run, options: tuple[str, str], expected: str) -> None:
    """Said in one line with what mends it; who insists may still do it."""
    named = {"GATEWAY": stack.addresses.otlp_http, "ALERTMANAGER": stack.addresses.alertmanager}
    where = (options[0], named.get(options[1], options[1]))
    change = ("silence", "service_name=unheard", "--for", "1m", "--comment", "c", "--author", f"eve-{expected[-3:]}")
    said = run(*change, *where)
    assert expected in said
    assert "Nothing was changed" in said
    assert "--without-audit" in said
    assert len(said.splitlines()) == 1
    assert silences(stack, change[-1]) == []
    run(*change, *where, "--without-audit")
    assert len(silences(stack, change[-1])) == 1
    assert audited(stack, change[-1]) == []


def test_the_gateway_of_the_environment(stack: Stack, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the services, with their key; what Alertmanager then refuses is written down as well."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", stack.addresses.otlp_http)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"authorization=Bearer%20{stack.addresses.key}")
    where = ("--alertmanager", stack.addresses.alertmanager)
    change = ("silence", "service_name=~shop(", "--for", "1m", "--comment", "c", "--author", "bob-env")
    said = run(*change, *where, state=False)
    assert "HTTP 400" in said
    assert len(said.splitlines()) == 1
    first, second = eventually(lambda: audited(stack, "bob-env", 2), "both are there", 30)
    assert "event_outcome" not in first
    assert second["event_outcome"] == "failure"
    assert "HTTP 400" in second["otel_kit_alert_reason"]

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    assert "OTLP over gRPC" in run(*change, *where, state=False)


DONE = ("--comment", "c", "--author", "x")
FAULTS: Mapping[str, tuple[Sequence[str], str]] = {
    "nobody there": (("list", "--alertmanager", NOWHERE), f"{NOWHERE} does not answer"),
    "another server": (("list", "--alertmanager", "LOKI"), "Alertmanager at"),
    "another server, history": (("history", "--loki", "ALERTMANAGER"), "HTTP 404"),
    "no address": (("list", "--alertmanager", "ftp://x"), "--alertmanager is 'ftp://x'"),
    "no matcher": (("silence", "shop", "--for", "1m", *DONE), "MATCHER is 'shop'"),
    "no duration": (("silence", "a=b", "--for", "soon", *DONE), "--for is 'soon'"),
    "for ever": (("silence", "a=b", "--for", "9999d", *DONE), "--for is '9999d'"),
    "no comment": (("silence", "a=b", "--for", "1m", "--comment", " ", "--author", "x"), "--comment is empty"),
    "nobody": (("silence", "a=b", "--for", "1m", "--comment", "c", "--author", ""), "--author"),
    "no such silence": (("expire", "zzz", *DONE), "no silence begins with 'zzz'"),
    "no label": (("ack", "X", "--label", "job", *DONE), "--label is 'job'"),
    "no such alert": (("ack", "NeverHeardOf", *DONE), "no alert NeverHeardOf fires"),
    "no time": (("history", "--since", "yesterday"), "--since is 'yesterday'"),
    "no key": (
        ("silence", "a=b", "--for", "1m", *DONE, "--otlp", NOWHERE, "--key-file", "no.key"), "no.key cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_what_cannot_be_done_is_said(stack: Stack, run: Run, case: str) -> None:
    """What, where, and how to mend it; never a traceback."""
    arguments, expected = FAULTS[case]
    named = {"LOKI": stack.addresses.loki, "ALERTMANAGER": stack.addresses.alertmanager}
    assert expected in run(*(named.get(one, one) for one in arguments))


def test_through_grafana(stack: Stack, run: Run, tmp_path: Path) -> None:
    """As containers publish nothing else; what its account may not do is said."""
    at = stack.addresses
    grafana = GrafanaStandIn({"alertmanager": at.alertmanager, "loki": at.loki}, {})
    token = tmp_path / "token"
    token.write_text(TOKEN)
    where = ("--grafana", grafana.url, "--token-file", str(token))
    audit = ("--otlp", at.otlp_http, "--key-file", str(stack.layout.first_key))
    try:
        raise_alerts(stack, {"alertname": "Proxied", "severity": "info", "service_name": "proxied"})
        eventually(lambda: "Proxied" in run("list", "--service", "proxied", *where, state=False), "it is listed")
        taken = ("ack", "Proxied", "--comment", "c", "--author", "cat-proxy")
        assert "cat-proxy has Proxied until" in run(*taken, *where, *audit, state=False)
        eventually(
            lambda: "cat-proxy" in run("history", "--service", "proxied", *where, state=False), "it is written down", 30
        )
        token.write_text("glsa_of_nobody")
        assert "HTTP 401" in run("list", *where, state=False)
    finally:
        grafana.stop()


def test_a_folder_without_a_stack_says_what_to_name(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a folder of `stack init`: containers publish Grafana only."""
    monkeypatch.chdir(tmp_path)
    assert "--grafana URL for a stack in containers" in run("list", state=False)
