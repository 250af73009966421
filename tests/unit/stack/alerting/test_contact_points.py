"""Alertmanager's configuration as Grafana's: who is told what, without a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from otel_kit.stack import assets, notifications, rendering
from otel_kit.stack.alerting import contact_points

SMTP = {"STACK_ALERT_SMTP_HOST": "mail.example.com:587", "STACK_ALERT_SMTP_FROM": "alerts@example.com"}


def provisioned(folder: Path, files: dict[str, str], **variables: str) -> tuple[str, dict[str, Any]]:
    """Return text and document for these files of secrets."""
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    base = (assets.root() / "backends" / "alertmanager" / "alertmanager.yml").read_text("utf-8")
    given = notifications.render(
        rendering.render(base, {}, "x"), variables, secrets=folder, mounted="/run/secrets/alerts"
    )
    text = contact_points.render(given)
    return text, yaml.safe_load(text)


def test_receivers_become_contact_points_with_their_secrets_in_files(tmp_path: Path) -> None:
    """Each kind, and what notifications are written down with."""
    files = {
        "team.slack": "https://hooks.example.com/s3cr3t",
        "page.webhook": "https://page.example.com/s3cr3t",
        "shop.email": "a@example.com, b@example.com",
        "history.key": "s3cr3t",
    }
    text, document = provisioned(tmp_path, files, STACK_ALERT_HISTORY_URL="http://collector:4319/", **SMTP)

    points = {one["name"]: one["receivers"] for one in document["contactPoints"]}
    secrets = "/run/secrets/alerts"
    history = {
        "url": "http://collector:4319/",
        "httpMethod": "POST",
        "authorization_scheme": "Bearer",
        "authorization_credentials": f"$__file{{{secrets}/history.key}}",
    }
    assert "s3cr3t" not in text
    assert [("slack", {"url": f"$__file{{{secrets}/team.slack}}"}), ("webhook", history)] == [
        (one["type"], one["settings"]) for one in points["otel-kit team"]
    ]
    assert {"url": f"$__file{{{secrets}/page.webhook}}", "httpMethod": "POST"} == points["otel-kit page"][0]["settings"]
    assert {"addresses": "a@example.com;b@example.com"} == points["otel-kit shop"][0]["settings"]
    assert ["otel-kit record", "otel-kit escalation"] == [
        name for name in ("otel-kit record", "otel-kit escalation", "otel-kit watchdog") if name in points
    ]


def test_routes_are_the_same_and_who_has_no_address_is_not_told(tmp_path: Path) -> None:
    """Same order, matchers and waits; a receiver without address is muted, as Grafana cannot route to nobody."""
    base = yaml.safe_load((assets.root() / "backends" / "alertmanager" / "alertmanager.yml").read_text("utf-8"))
    text, document = provisioned(tmp_path, {"team.webhook": "https://example.com/x"}, STACK_ALERT_QUIET_DAYS="sunday")
    (policy,) = document["policies"]

    told = {
        tuple(map(tuple, route.get("object_matchers", []))): (
            route["receiver"], route.get("mute_time_intervals", []), route.get("continue", False)
        )
        for route in policy["routes"]
    }  # fmt: skip

    assert len(base["route"]["routes"]) == len(policy["routes"])
    assert ["rule", "service_name", "deployment_environment_name"] == policy["group_by"]
    assert ("otel-kit team", "30s", "5m", "4h") == (
        policy["receiver"], policy["group_wait"], policy["group_interval"], policy["repeat_interval"]
    )  # fmt: skip
    nobody = ("otel-kit team", ["otel-kit always"], True)
    assert nobody == told[(("escalation", "=", "2"),)]
    assert ("otel-kit team", ["otel-kit always"], False) == told[(("rule", "=", "Watchdog"),)]
    assert ("otel-kit team", ["otel-kit quiet"], False) == told[(("severity", "=", "warning"),)]
    assert ("otel-kit team", [], False) == told[()]
    assert {"otel-kit quiet", "otel-kit always"} == {one["name"] for one in document["muteTimes"]}
    assert all(rule["name"] in text.partition("apiVersion")[0] for rule in base["inhibit_rules"])


def test_without_addresses_grafanas_own_policy_is_put_back(tmp_path: Path) -> None:
    """Nobody is told; nothing points to contact points that are gone."""
    _, document = provisioned(tmp_path, {})

    assert {"apiVersion": 1, "resetPolicies": [1]} == document
