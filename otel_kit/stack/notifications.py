"""Where alerts are sent to: a file of secrets per receiver becomes an integration in Alertmanager's configuration.

The folder holds ``<receiver>.webhook`` (one URL), ``<receiver>.slack`` (the URL of an incoming webhook) and
``<receiver>.email`` (addresses). Receivers are those of ``backends/alertmanager/alertmanager.yml``; any other name is a
service, whose alerts then go there as well. ``smtp.password`` and ``history.key`` are secrets for all of them. URLs are
named, never copied: what is rendered holds no secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from otel_kit.errors import ConfigError, Fault
from otel_kit.stack.quiet_times import quiet_intervals

_HEAD: Final = "# Written by otel-kit from alertmanager.yml and the folder of secrets; changes here are lost.\n"
_KINDS: Final = ("webhook", "slack", "email")
_SHARED: Final = ("smtp.password", "history.key")
_RECEIVER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_URL: Final = re.compile(r"https?://[^\s/]+\S*")
_ADDRESS: Final = re.compile(r"[^@\s,<>]+@[^@\s,<>]+")
# Goes every minute, always, to something outside: no history. Its route and that of the hourly cap come first.
_WATCHDOG: Final = "watchdog"
_FIRST_FOR_SERVICES: Final = 2


def render(base: str, variables: Mapping[str, str], *, secrets: Path, mounted: str) -> str:
    """Return Alertmanager's configuration: ``base``, whose variables are filled in already, and what is sent where.

    ``secrets`` is the folder as it is seen here, ``mounted`` as Alertmanager sees it; without it nothing is sent.

    Raises:
        ConfigError: every file and variable that cannot be used; no secret stands in the text.
    """
    faults: list[Fault] = []
    document = yaml.safe_load(base)
    receivers: dict[str, dict[str, Any]] = {one["name"]: one for one in document["receivers"]}
    shipped = set(receivers)
    for path, name, kind in _files(secrets, faults):
        receiver = receivers.setdefault(name, {"name": name})
        receiver[f"{kind}_configs"] = list(_integration(path, kind, mounted, faults))
    own = [route for name in sorted(set(receivers) - shipped) for route in _of_service(name)]
    document["route"]["routes"][_FIRST_FOR_SERVICES:_FIRST_FOR_SERVICES] = own
    if any("email_configs" in one for one in receivers.values()):
        document["global"] = {**document.get("global", {}), **_smtp(variables, secrets, mounted, faults)}
    if url := variables.get("STACK_ALERT_HISTORY_URL"):
        history = _history(url, secrets, mounted, faults)
        for receiver in receivers.values():
            if receiver["name"] != _WATCHDOG:
                receiver.setdefault("webhook_configs", []).append(history)
    for interval in document["time_intervals"]:
        if interval["name"] == "quiet":
            interval["time_intervals"] = quiet_intervals(variables, faults)
    if faults:
        raise ConfigError(faults)
    document["receivers"] = list(receivers.values())
    return _HEAD + str(yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120))


def _of_service(name: str) -> list[dict[str, Any]]:
    """Return the routes to a service's own receiver: as the team's, and beside them."""
    return [
        {
            "receiver": name,
            "matchers": [f'service_name="{name}"', 'severity="warning"'],
            "mute_time_intervals": ["quiet"],
            "continue": True,
        },
        {"receiver": name, "matchers": [f'service_name="{name}"', 'severity!~"warning|info"'], "continue": True},
    ]


class _Plain(yaml.SafeDumper):
    """Without ``&id001``: the same settings stand in several receivers."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _files(secrets: Path, faults: list[Fault]) -> Iterator[tuple[Path, str, str]]:
    for path in sorted(secrets.iterdir()) if secrets.is_dir() else ():
        name, _, kind = path.name.rpartition(".")
        if path.name in _SHARED or path.name.startswith(".") or path.name == "README.md":
            continue
        if kind not in _KINDS or not _RECEIVER.fullmatch(name):
            faults.append(
                Fault(
                    str(path), "is no file of a receiver", f"NAME.{', NAME.'.join(_KINDS)} and {', '.join(_SHARED)} are"
                )
            )
        else:
            yield path, name, kind


def _integration(path: Path, kind: str, mounted: str, faults: list[Fault]) -> Iterator[dict[str, Any]]:
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(str(path), f"cannot be read: {getattr(error, 'strerror', 'it is no text')}"))
        return
    lines = [line for line in lines if line and not (kind == "email" and line.startswith("#"))]
    if kind == "email":
        addresses = [part.strip() for line in lines for part in line.split(",") if part.strip()]
        if not addresses or not all(map(_ADDRESS.fullmatch, addresses)):
            faults.append(Fault(str(path), "has something else than addresses", "ops@example.com, one a line"))
            return
        yield {
            "to": ", ".join(addresses),
            "send_resolved": True,
            "headers": {"Subject": '{{ template "otel_kit.title" . }}'},
            "text": '{{ template "otel_kit.text" . }}',
            "html": "",
        }
        return
    if len(lines) != 1 or not _URL.fullmatch(lines[0]):
        faults.append(Fault(str(path), "does not hold one URL", "https://..., on one line"))
        return
    file = f"{mounted.rstrip('/')}/{path.name}"
    if kind == "slack":
        yield {
            "api_url_file": file,
            "send_resolved": True,
            "title": '{{ template "otel_kit.title" . }}',
            "text": '{{ template "otel_kit.text" . }}',
        }
    else:
        yield {"url_file": file, "send_resolved": True}


def _smtp(variables: Mapping[str, str], secrets: Path, mounted: str, faults: list[Fault]) -> dict[str, Any]:
    needed = {"smtp_smarthost": "STACK_ALERT_SMTP_HOST", "smtp_from": "STACK_ALERT_SMTP_FROM"}
    faults += [
        Fault(name, "is not set, and there are receivers of e-mail")
        for name in needed.values()
        if not variables.get(name)
    ]
    tls = variables.get("STACK_ALERT_SMTP_TLS") or "true"
    if tls not in ("true", "false"):
        faults.append(Fault("STACK_ALERT_SMTP_TLS", f"is {tls!r}", "true or false"))
    smtp: dict[str, Any] = {key: variables.get(name, "") for key, name in needed.items()}
    smtp["smtp_require_tls"] = tls == "true"
    if user := variables.get("STACK_ALERT_SMTP_USER"):
        if not (secrets / "smtp.password").is_file():
            faults.append(Fault(str(secrets / "smtp.password"), "is missing", "STACK_ALERT_SMTP_USER is set"))
        smtp["smtp_auth_username"] = user
        smtp["smtp_auth_password_file"] = f"{mounted.rstrip('/')}/smtp.password"
    return smtp


def _history(url: str, secrets: Path, mounted: str, faults: list[Fault]) -> dict[str, Any]:
    if not (secrets / "history.key").is_file():
        said = "STACK_ALERT_HISTORY_URL is set"
        faults.append(
            Fault(str(secrets / "history.key"), "is missing", said, "Put a key of `otel-kit keys create` there.")
        )
    authorization = {"credentials_file": f"{mounted.rstrip('/')}/history.key"}
    return {"url": url, "send_resolved": True, "http_config": {"authorization": authorization}}
