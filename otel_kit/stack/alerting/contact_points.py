"""Who is told, for those whose alerts Grafana evaluates: Alertmanager's configuration as Grafana's provisioning.

Routes, receivers, groups, repeats and quiet times are carried over. Grafana has no inhibition, so what follows from a
dead backend is told as well, and no hourly cap, which is made of it. *Source:* Grafana 12.4,
pkg/services/provisioning/alerting: settings and policies are interpolated, so ``$`` is ``$$`` and a secret is
``$__file{path}``, read when Grafana starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from otel_kit.stack.alerting.rule_file import dumped

_HEAD: Final = """\
# Written by otel-kit from the configuration of Alertmanager; changes here are lost. What Grafana cannot do, and is not
# in here: {missing}. E-mail also needs GF_SMTP_ENABLED and its like.

"""
_ORGANISATION: Final = 1
_PREFIX: Final = "otel-kit "
# Grafana cannot route to nobody: who is not to be told is muted at all times.
_ALWAYS: Final = f"{_PREFIX}always"
_MATCHER: Final = re.compile(r'([A-Za-z_]\w*)(=~|!~|!=|=)"(.*)"')
_COPIED: Final = ("group_wait", "group_interval", "repeat_interval", "continue")
# In Grafana `alertname` is a rule's title, which says more than its name.
_NAMES: Final = {"alertname": "rule"}


def render(alertmanager: str) -> str:
    """Return the file of contact points, notification policies and mute timings.

    ``alertmanager`` is the text that ``stack.notifications.render`` returns. No secret stands in either. Without any
    receiver Grafana's own policy is put back: nobody is told, and everything is seen in Grafana.
    """
    document = yaml.safe_load(alertmanager)
    inhibitions = [rule.get("name", "one without name") for rule in document.get("inhibit_rules", [])]
    head = _HEAD.format(missing="; ".join(["inhibition", *inhibitions]) if inhibitions else "nothing")
    points = {one["name"]: list(_integrations(one)) for one in document["receivers"]}
    points = {name: integrations for name, integrations in points.items() if integrations}
    if not points:
        return head + dumped({"apiVersion": 1, "resetPolicies": [_ORGANISATION]})
    intervals = {one["name"]: one["time_intervals"] for one in document["time_intervals"] if one["time_intervals"]}
    intervals["always"] = [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]
    first = document["route"]["receiver"]
    default = first if first in points else next(iter(points))
    policy = {"orgId": _ORGANISATION, **_route(document["route"], points, intervals, default)}
    policy.pop("mute_time_intervals", None)  # the root has none; its last route takes what no other does
    return head + dumped(
        {
            "apiVersion": 1,
            "contactPoints": [
                {"orgId": _ORGANISATION, "name": _PREFIX + name, "receivers": integrations}
                for name, integrations in points.items()
            ],
            "muteTimes": [
                {"orgId": _ORGANISATION, "name": _PREFIX + name, "time_intervals": times}
                for name, times in intervals.items()
            ],
            "policies": [policy],
        }
    )


def _route(route: Mapping[str, Any], points: Mapping[str, Any], intervals: Mapping[str, Any], default: str) -> Any:
    receiver = route["receiver"]
    muted = [_PREFIX + name for name in route.get("mute_time_intervals", []) if name in intervals]
    made: dict[str, Any] = {"receiver": _PREFIX + (receiver if receiver in points else default)}
    if "group_by" in route:
        made["group_by"] = [_NAMES.get(name, name) for name in route["group_by"]]
    if "matchers" in route:
        made["object_matchers"] = [_matcher(text) for text in route["matchers"]]
    made |= {key: route[key] for key in _COPIED if key in route}
    if receiver not in points:
        muted = [_ALWAYS]
    if muted:
        made["mute_time_intervals"] = muted
    if "routes" in route:
        made["routes"] = [_route(one, points, intervals, default) for one in route["routes"]]
    return made


def _matcher(text: str) -> list[str]:
    match = _MATCHER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    name, operator, value = match.groups()
    return [_NAMES.get(name, name), operator, value.replace("$", "$$")]


def _integrations(receiver: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    found = [
        *(("slack", {"url": _secret(one["api_url_file"])}) for one in receiver.get("slack_configs", [])),
        *(("email", {"addresses": one["to"].replace(", ", ";")}) for one in receiver.get("email_configs", [])),
        *(("webhook", dict(_webhook(one))) for one in receiver.get("webhook_configs", [])),
    ]
    for number, (kind, settings) in enumerate(found):
        uid = re.sub(r"[^A-Za-z0-9_-]", "-", f"otk-{receiver['name']}")[:30]
        yield {"uid": f"{uid}-{number}", "type": kind, "settings": settings, "disableResolveMessage": False}


def _webhook(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "url", _secret(config["url_file"]) if "url_file" in config else config["url"].replace("$", "$$")
    yield "httpMethod", "POST"
    if file := config.get("http_config", {}).get("authorization", {}).get("credentials_file"):
        yield "authorization_scheme", "Bearer"
        yield "authorization_credentials", _secret(file)


def _secret(path: str) -> str:
    return f"$__file{{{path}}}"
