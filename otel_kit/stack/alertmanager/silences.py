"""Silences of Alertmanager, API v2: an acknowledgement is one."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from otel_kit.errors import OtelKitError
from otel_kit.stack.alertmanager.answers import wanted, when
from otel_kit.stack.alertmanager.matchers import Matcher, of_json
from otel_kit.stack.http_json import Api

_SERVER = "Alertmanager"


@dataclass(frozen=True, slots=True)
class Silence:
    """Who keeps what silent until when, and why. ``id`` is empty before it is created."""

    matchers: Sequence[Matcher]
    author: str
    comment: str
    begins: datetime.datetime
    ends: datetime.datetime
    id: str = ""
    state: str = ""

    @property
    def target(self) -> str:
        """What it is about, in one line."""
        return ", ".join(map(str, self.matchers))

    def fixed(self, name: str) -> str | None:
        """Return the one value that the label can have, None if it may have several."""
        return next(
            (one.value for one in self.matchers if one.name == name and one.is_equal and not one.is_regex), None
        )


def silences(api: Api) -> list[Silence]:
    """Return those that hold or will; blocks.

    Raises:
        Unreachable: nobody answers.
        OtelKitError: what answers refuses, or is something else.
    """
    found = wanted(api, _SERVER, api.get("/api/v2/silences"), list)
    return [
        Silence(
            matchers=[of_json(matcher) for matcher in one["matchers"]],
            author=one["createdBy"],
            comment=one["comment"],
            begins=when(one["startsAt"]),
            ends=when(one["endsAt"]),
            id=one["id"],
            state=one["status"]["state"],
        )
        for one in found
        if one["status"]["state"] != "expired"
    ]


def chosen(known: Sequence[Silence], text: str) -> Silence:
    """Return the silence whose id begins with that text.

    Raises:
        OtelKitError: there is none, or more than one.
    """
    found = [one for one in known if text and one.id.startswith(text)]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(one.id for one in (found or known)) or "there are none"
    raise OtelKitError(f"{'no' if not found else 'more than one'} silence begins with {text!r}; in force: {ids}")


def create(api: Api, silence: Silence) -> str:
    """Create it and return its id; blocks. Raises as ``silences`` does."""
    body = {
        "matchers": [matcher.as_json() for matcher in silence.matchers],
        "startsAt": silence.begins.isoformat(),
        "endsAt": silence.ends.isoformat(),
        "createdBy": silence.author,
        "comment": silence.comment,
    }
    made = wanted(api, _SERVER, api.ask("POST", "/api/v2/silences", body), dict)
    # Grafana's own Alertmanager has had both names.
    return str(made.get("silenceID") or made.get("id") or "")


def expire(api: Api, silence: Silence) -> None:
    """End it now; blocks. Raises as ``silences`` does."""
    wanted(api, _SERVER, api.ask("DELETE", f"/api/v2/silence/{quote(silence.id, safe='')}"), object)
