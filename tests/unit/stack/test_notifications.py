"""The folder of secrets becomes receivers; what cannot be used is told all at once, without a secret in the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_kit.errors import ConfigError
from otel_kit.stack import assets, notifications, rendering

SECRET_URL = "https://hooks.slack.com/services/T0/B0/s3cr3t"
SMTP = {"STACK_ALERT_SMTP_HOST": "mail.example.com:587", "STACK_ALERT_SMTP_FROM": "alerts@example.com"}


def render(folder: Path, files: dict[str, str], **variables: str) -> dict[str, Any]:
    """Return the document for these files."""
    for name, text in files.items():
        (folder / name).write_text(text)
    base = (assets.root() / "backends" / "alertmanager" / "alertmanager.yml").read_text()
    text = notifications.render(
        rendering.render(base, {}, "x"), variables, secrets=folder, mounted="/run/secrets/alerts/"
    )
    assert "s3cr3t" not in text
    assert "&id" not in text
    return dict(yaml.safe_load(text))


def integrations(document: dict[str, Any]) -> dict[str, list[str]]:
    """Return what each receiver has, by name; nothing for one that only is written down."""
    found = {
        one["name"]: [f"{kind}:{len(one[kind])}" for kind in one if kind != "name"] for one in document["receivers"]
    }
    return {name: kinds for name, kinds in found.items() if kinds}


def test_without_secrets_nothing_is_sent_and_nothing_is_missing(tmp_path: Path) -> None:
    """Not even when there is no such folder."""
    assert integrations(render(tmp_path / "none", {})) == {}
    document = render(tmp_path, {})
    assert integrations(document) == {}
    assert "global" not in document
    assert document["time_intervals"] == [{"name": "quiet", "time_intervals": []}]


def test_each_file_becomes_an_integration_and_stays_the_only_place_of_its_secret(tmp_path: Path) -> None:
    """Named as Alertmanager sees it."""
    files = {
        "team.webhook": SECRET_URL,
        "page.slack": f"{SECRET_URL}\n",
        "shop.email": "a@example.com, b@example.com\n# c@example.com\n",
        "smtp.password": "s3cr3t",
        "README.md": "",
        ".gitignore": "*",
    }
    document = render(tmp_path, files, STACK_ALERT_SMTP_USER="kit", **SMTP)
    assert integrations(document) == {
        "team": ["webhook_configs:1"],
        "page": ["slack_configs:1"],
        "shop": ["email_configs:1"],
    }
    by_name = {one["name"]: one for one in document["receivers"]}
    assert by_name["team"]["webhook_configs"][0]["url_file"] == "/run/secrets/alerts/team.webhook"
    assert by_name["page"]["slack_configs"][0]["api_url_file"] == "/run/secrets/alerts/page.slack"
    assert by_name["shop"]["email_configs"][0]["to"] == "a@example.com, b@example.com"
    assert document["global"]["smtp_auth_password_file"] == "/run/secrets/alerts/smtp.password"
    assert document["global"]["smtp_require_tls"] is True
    routes = document["route"]["routes"]
    assert [route["receiver"] for route in routes[:4]] == ["watchdog", "team", "shop", "shop"]
    assert all(route["continue"] for route in routes[2:4])


def test_history_is_a_receiver_of_everybody_but_the_watchdog(tmp_path: Path) -> None:
    """With the key in its file."""
    url = "http://collector:4319/notifications"
    document = render(tmp_path, {"history.key": "s3cr3t", "team.webhook": SECRET_URL}, STACK_ALERT_HISTORY_URL=url)
    assert integrations(document) == {
        "team": ["webhook_configs:2"],
        "page": ["webhook_configs:1"],
        "escalation": ["webhook_configs:1"],
        "record": ["webhook_configs:1"],
    }
    (written,) = [one for one in document["receivers"] if one["name"] == "record"]
    assert written["webhook_configs"][0]["url"] == url
    authorization = written["webhook_configs"][0]["http_config"]["authorization"]
    assert authorization == {"credentials_file": "/run/secrets/alerts/history.key"}


@pytest.mark.parametrize(
    ("times", "days", "expected"),
    [
        ("12:00-13:30", "", [{"start_time": "12:00", "end_time": "13:30"}]),
        (
            "22:00-06:00",
            "",
            [{"start_time": "22:00", "end_time": "24:00"}, {"start_time": "00:00", "end_time": "06:00"}],
        ),
        ("22:00-00:00", "", [{"start_time": "22:00", "end_time": "24:00"}]),
        ("00:00-24:00", "", [{"start_time": "00:00", "end_time": "24:00"}]),
        (" 1:00-2:00", "", None),
        ("12:00-12:00", "", None),
        ("24:00-01:00", "", None),
        ("25:00-26:00", "", None),
        ("12:00", "", None),
        ("12:00-13:00\n14:00-15:00", "", None),
        ("", "caturday", None),
    ],
)
def test_quiet_times(tmp_path: Path, times: str, days: str, expected: list[dict[str, str]] | None) -> None:
    """Also past midnight; what is no time is refused."""
    variables = {
        "STACK_ALERT_QUIET_TIMES": times,
        "STACK_ALERT_QUIET_DAYS": days,
        "STACK_ALERT_TIME_ZONE": "Europe/Zurich",
    }
    if expected is None:
        with pytest.raises(ConfigError):
            render(tmp_path, {}, **variables)
        return
    (quiet,) = render(tmp_path, {}, **variables)["time_intervals"]
    assert quiet["time_intervals"] == [{"times": expected, "location": "Europe/Zurich"}]


def test_all_faults_at_once_and_no_secret_among_them(tmp_path: Path) -> None:
    """What, where and what was expected."""
    files = {
        "team.webhook": "s3cr3t, no address",
        "page.slack": f"{SECRET_URL}\n{SECRET_URL}",
        "escalation.email": "nobody",
        "watchdog.email": "",
        "shop.teams": SECRET_URL,
        "my shop.webhook": SECRET_URL,
        "key": "s3cr3t",
    }
    with pytest.raises(ConfigError) as refused:
        render(
            tmp_path, files,
            STACK_ALERT_HISTORY_URL="http://x", STACK_ALERT_SMTP_USER="kit", STACK_ALERT_SMTP_TLS="maybe",
            STACK_ALERT_QUIET_DAYS="monday,noday", STACK_ALERT_TIME_ZONE="Mars Time",
        )  # fmt: skip
    text = str(refused.value)
    named = (
        *files, "history.key", "smtp.password",
        "STACK_ALERT_SMTP_HOST", "STACK_ALERT_SMTP_FROM", "STACK_ALERT_SMTP_TLS",
        "noday", "STACK_ALERT_TIME_ZONE",
    )  # fmt: skip
    assert [name for name in named if name not in text] == []
    assert "s3cr3t" not in text
