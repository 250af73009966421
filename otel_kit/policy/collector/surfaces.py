r"""How each text of a record gets to the redaction processor and back: the statements of the transform processors.

``redaction`` looks at attributes and log bodies only, so the other texts travel through it as attributes. Each is
copied whether it is empty or not, or deleted first: an attribute of the same name that a sender made up does not
survive.

Each group names its context. Left to be inferred, one statement on span events would run the whole list once per
event, and never for a span that has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CARRIED = "otel_kit.surface."
UNREACHED = (
    "span link attribute: no context and no setter of this version takes one",
    "bytes value: an attribute is searched in its JSON form, which is base64",
)

_BODY = f'log.attributes["{CARRIED}body"]'
# What carried the texts, and two counts of the processor that nobody asked for: what it allowed, what it ignored.
_OWN = r"\A(?:otel_kit\.surface\.|redaction\.(?:body\.)?(?:allowed|ignored)\.count\z)"
_CLEAN = f'log.attributes["{CARRIED}clean"]'
_BYTES = f'log.attributes["{CARRIED}bytes"]'
_DECODED = 'Decode(log.body.string, "base64")'
_IS_BYTES = " and ".join(
    ["log.body != nil", *(f"not Is{kind}(log.body)" for kind in ("String", "Map", "List", "Int", "Double", "Bool"))]
)
# In keys and metric texts an e-mail address, a card and an SSN are looked for, and not what the SDK masked: @timestamp
# and j***@example.com stay. Anchored patterns cost a quarter of free ones.
_ADDRESS = r"(?s)\A[^@%*]*[^@%*\]](?:@|%40).*\z"
_NUMBER = r"\b[0-9](?:[0-9]{2}-[0-9]{2}-[0-9]{4}|[0-9]{3}(?:[ -]?[0-9]{4}){3})\b"
_ADDRESS_IN_TEXT = r"[^\s@*]*[^\s@*\]](?:@|%40)\S+"
_IPV4 = r"\A((?:[0-9]{1,3}\.){3})[0-9]{1,3}\z"
_IPV6 = r"\A([23][0-9A-Fa-f]{3}:(?:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}|[0-9A-Fa-f]{1,4}|)):[0-9A-Fa-f:.]+\z"
_KEPT = ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
           "192.168.0.0/16", "224.0.0.0/3")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Statements that run in one context of one signal."""

    signal: str
    context: str
    statements: tuple[str, ...]
    conditions: tuple[str, ...] = ()


def expose(whole: Sequence[str], dropped: str) -> list[Group]:
    """Return what runs before the redaction: texts become attributes.

    ``whole`` are statements for values that are known by their key, ``{}`` in the place of the context; ``dropped`` is
    a pattern of keys that leave with their values, or nothing.
    """
    scope = _copied("scope", {"name": "scope.name", "version": "scope.version"})
    span = {"name": "span.name", "status": "span.status.message", "trace_state": "span.trace_state"}
    log = {"event_name": "log.event_name", "severity_text": "log.severity_text"}
    body = [
        f'delete_key(log.attributes, "{CARRIED}body")',
        f'delete_key(log.attributes, "{CARRIED}bytes")',
        f'delete_key(log.attributes, "{CARRIED}clean")',
        f"set({_BODY}, log.body) where IsMap(log.body) or IsList(log.body)",
        f"set({_BYTES}, {_DECODED}) where {_IS_BYTES}",
    ]
    leave = [f"delete_matching_keys({{}}.attributes, {_quoted(dropped)})"] if dropped else []

    def of(signal: str, context: str, statements: Iterable[str], *, addressed: bool = False) -> Group:
        first = [statement.replace("{}", context) for statement in leave]
        known = [statement.replace("{}", context) for statement in whole] if addressed else ()
        return Group(signal, context, (*first, *statements, *known))

    groups = [
        of("trace", "resource", ()),
        of("trace", "scope", scope),
        of("trace", "span", _copied("span", span), addressed=True),
        of("trace", "spanevent", _copied("spanevent", {"name": "spanevent.name"})),
        of("log", "resource", ()),
        of("log", "scope", scope),
        of("log", "log", [*_copied("log", log), *body], addressed=True),
        of("metric", "resource", ()),
        of("metric", "scope", scope),
        of("metric", "datapoint", (), addressed=True),
    ]
    return [group for group in groups if group.statements]


def restore(member: str) -> list[Group]:
    """Return what runs after it: the texts go back, and the surfaces that cannot travel are treated where they are.

    ``member`` is a pattern of JSON that a key rule masks.
    """

    def of(signal: str, context: str, back: dict[str, str], more: Iterable[str] = ()) -> Group:
        statements = [f'set({path}, {context}.attributes["{CARRIED}{name}"])' for name, path in back.items()]
        statements += more
        if back or signal != "metric":
            statements.append(f"delete_matching_keys({context}.attributes, {_quoted(_OWN)})")
        return Group(signal, context, (*statements, *_keys(f"{context}.attributes")))

    scope = {"name": "scope.name", "version": "scope.version"}
    texts = [statement for path in ("metric.name", "metric.description", "metric.unit") for statement in _text(path)]
    return [
        of("trace", "resource", {}),
        of("trace", "scope", scope),
        of("trace", "span", {"name": "span.name", "status": "span.status.message", "trace_state": "span.trace_state"}),
        of("trace", "spanevent", {"name": "spanevent.name"}),
        of("log", "resource", {}),
        of("log", "scope", scope),
        of("log", "log", {"event_name": "log.event_name", "severity_text": "log.severity_text"}, _bodies(member)),
        of("metric", "resource", {}),
        of("metric", "scope", scope),
        Group("metric", "metric", tuple(texts)),
        of("metric", "datapoint", {}),
        # What a view took off the points comes back here, and `redaction` never looks. The link to the trace is a
        # field of its own and stays.
        Group("metric", "exemplar", ('delete_matching_keys(exemplar.filtered_attributes, ".*")',)),
    ]


def _bodies(member: str) -> list[str]:
    """A body that is a map or list came along whole, as one text in JSON form.

    The processor masks what stands under a sensitive key of a body, also what the SDK left there. If nothing was found
    in the text and no key asks for masking, the body goes back as it came. Else the body that the processor masked
    stays, without e-mail addresses and numbers in its keys. Where one is nested, or no value was masked and so a key
    must hold what was found, the text takes the body's place.
    """
    clean = f"{_BODY} != nil and not IsString({_BODY})"
    if member:
        clean += f" and not IsMatch(String({_BODY}), {_quoted(member)})"
    found = f"{_BODY} != nil and IsString({_BODY})"
    return [
        f"set({_CLEAN}, true) where {clean}",
        f'delete_key(log.attributes, "redaction.body.masked.count") where {_CLEAN} == true',
        f"set(log.body, {_BODY}) where {_CLEAN} == true",
        *(f"{statement} where {found} and IsMap(log.body)" for statement in _keys("log.body")),
        f'set(log.body, {_BODY}) where {found} and (log.attributes["redaction.body.masked.count"] == nil or '
        f"IsMatch(log.body.string, {_quoted(_IN_KEY)}) or IsMatch(log.body.string, {_quoted(_NUMBER)}))",
        f'set(log.body, "****") where {_BYTES} != nil and {_BYTES} != {_DECODED}',
    ]


_IN_KEY = r'"[^"\s@*]*[^"\s@*\]](?:@|%40)[^"]*":'


def _copied(context: str, texts: dict[str, str]) -> list[str]:
    return [f'set({context}.attributes["{CARRIED}{name}"], {path})' for name, path in texts.items()]


def _keys(path: str) -> list[str]:
    return [f'replace_all_patterns({path}, "key", {_quoted(one)}, "[REDACTED:key]")' for one in (_ADDRESS, _NUMBER)]


def _text(path: str) -> list[str]:
    return [f'replace_pattern({path}, {_quoted(one)}, "[REDACTED:text]")' for one in (_ADDRESS_IN_TEXT, _NUMBER)]


def addresses(keys: Iterable[str]) -> list[str]:
    """Return statements by which a public IPv4 address keeps its /24 and a public IPv6 address its /48."""
    networks = ", ".join(f'"{network}"' for network in _KEPT)
    fourth, sixth = _quoted(_IPV4), _quoted(_IPV6)
    statements = []
    for key in keys:
        path = f'{{}}.attributes["{key}"]'
        public = f"IsMatch({path}, {fourth}) and not IsInCIDR({path}, [{networks}])"
        statements.append(f'replace_pattern({path}, {fourth}, "${{1}}0") where IsString({path}) and {public}')
        statements.append(f'replace_pattern({path}, {sixth}, "${{1}}::") where IsString({path})')
    return statements


def queries(keys: Iterable[str], pattern: str, rule_id: str) -> list[str]:
    """Return statements that mask the values of a key class in the query strings of ``keys``."""
    return [
        f'replace_pattern({{}}.attributes["{key}"], {_quoted(pattern)}, "${{1}}[REDACTED:{rule_id}]") '
        f'where IsString({{}}.attributes["{key}"])'
        for key in keys
    ]


def _quoted(text: str) -> str:
    """Return ``text`` as a string of OTTL."""
    return json.dumps(text, ensure_ascii=False)
