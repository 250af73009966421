r"""How each text of a record gets to the redaction processor and back: the statements of the transform processors.

``redaction`` looks at attributes and log bodies only, so the other texts travel through it as attributes. Each is
copied whether it is empty or not, or deleted first: an attribute of the same name that a sender made up does not
survive.

Of trusted data, which the SDK has redacted, only bodies travel: the rules for keys need no texts.

Each group names its context. Left to be inferred, one statement on span events would run the whole list once per
event, and never for a span that has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CARRIED = "otel_kit.surface."
UNREACHED = (
    "span link attribute: no context and no setter of this version takes one",
    "span link trace state: the same",
    "entity reference of a resource: the same",
    "bytes value: an attribute is searched in its JSON form, which is base64",
)

# What travels, by context: name of the attribute and place of the text.
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "resource": {"schema_url": "resource.schema_url"},
    "scope": {"name": "scope.name", "version": "scope.version", "schema_url": "scope.schema_url"},
    "span": {"name": "span.name", "status": "span.status.message", "trace_state": "span.trace_state"},
    "spanevent": {"name": "spanevent.name"},
    "log": {"event_name": "log.event_name", "severity_text": "log.severity_text"},
}
_BODY = f'log.attributes["{CARRIED}body"]'
# Two counts of the processor that nobody asked for: what it allowed, what it ignored.
_CARRIED_KEYS = r"\Aotel_kit\.surface\."
_COUNTS = r"redaction\.(?:body\.)?(?:allowed|ignored)\.count\z"
_OF_RESOURCES = rf"\A(?:otel_kit\.surface\.|{_COUNTS})"
# Below the resource also what the gateway writes on resources about the sender. A sender may not say it anywhere, in no
# spelling that a backend takes for the same name: Loki writes otel_kit.ingest.tenant and otel.kit.ingest.tenant alike,
# others make all letters small.
_OTHER = "[^A-Za-z0-9]"
_SENDER = rf"(?i:{_OTHER}*otel{_OTHER}+kit{_OTHER}+(?:surface|ingest){_OTHER})"
_OF_ITEMS = rf"\A(?:{_SENDER}|{_COUNTS})"
_OF_POINTS = rf"\A{_SENDER}"
# For each value in a body that is a map or list, `redaction` writes out the whole path to it and keeps it: depth times
# length. 30,000 lists in each other, 2 kB on the way, would cost 3 GB. A longer one goes along as an attribute only.
_LONGEST = 8192
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


def expose(whole: Sequence[str], dropped: str, *, is_trusted: bool = False) -> list[Group]:
    """Return what runs before the redaction: texts become attributes, but not those of trusted data.

    ``whole`` are statements for values that are known by their key, ``{}`` in the place of the context; ``dropped`` is
    a pattern of keys that leave with their values, or nothing.
    """
    carried = {} if is_trusted else _TEXTS
    body = [
        f"set({_BODY}, log.body) where IsMap(log.body) or IsList(log.body)",
        f'set(log.body, "****") where {_BODY} != nil and Len(String({_BODY})) > {_LONGEST}',
    ]
    if not is_trusted:
        body.append(f"set({_BYTES}, {_DECODED}) where {_IS_BYTES}")
    # Not delete_key: a sender can repeat a key, and it takes away the first one only.
    unforged = f"delete_matching_keys(log.attributes, {_quoted(_CARRIED_KEYS)})"
    leave = [f"delete_matching_keys({{}}.attributes, {_quoted(dropped)})"] if dropped else []

    def of(signal: str, context: str, statements: Iterable[str], *, addressed: bool = False) -> Group:
        first = [statement.replace("{}", context) for statement in leave]
        known = [statement.replace("{}", context) for statement in whole] if addressed else ()
        return Group(signal, context, (*first, *statements, *known))

    groups = [
        of("trace", "resource", _copied("resource", carried)),
        of("trace", "scope", _copied("scope", carried)),
        of("trace", "span", _copied("span", carried), addressed=True),
        of("trace", "spanevent", _copied("spanevent", carried)),
        of("log", "resource", _copied("resource", carried)),
        of("log", "scope", _copied("scope", carried)),
        of("log", "log", [unforged, *_copied("log", carried), *body], addressed=True),
        of("metric", "resource", _copied("resource", carried)),
        of("metric", "scope", _copied("scope", carried)),
        of("metric", "datapoint", (), addressed=True),
    ]
    return [group for group in groups if group.statements]


def restore(member: str, *, is_trusted: bool = False) -> list[Group]:
    """Return what runs after it: the texts go back, and the surfaces that cannot travel are treated where they are.

    ``member`` is a pattern of JSON that a key rule masks.
    """
    carried = {} if is_trusted else _TEXTS

    def of(signal: str, context: str, own: str, more: Iterable[str] = ()) -> Group:
        attributes = f"{context}.attributes"
        back = [f'set({path}, {attributes}["{CARRIED}{name}"])' for name, path in carried.get(context, {}).items()]
        leave = [f"delete_matching_keys({attributes}, {_quoted(own)})"] if own else []
        return Group(signal, context, (*back, *more, *leave, *([] if is_trusted else _keys(attributes))))

    texts = [statement for path in ("metric.name", "metric.description", "metric.unit") for statement in _text(path)]
    # No processor looks into it, no SDK writes it, and no chart needs it.
    no_metadata = 'delete_matching_keys(metric.metadata, ".*")'
    groups = [
        of("trace", "resource", _OF_RESOURCES),
        of("trace", "scope", _OF_ITEMS),
        of("trace", "span", _OF_ITEMS),
        of("trace", "spanevent", _OF_ITEMS),
        of("log", "resource", _OF_RESOURCES),
        of("log", "scope", _OF_ITEMS),
        of("log", "log", _OF_ITEMS, _trusted_bodies(member) if is_trusted else _bodies(member)),
        of("metric", "resource", _CARRIED_KEYS),
        of("metric", "scope", _OF_ITEMS),
        Group("metric", "metric", (no_metadata, *(() if is_trusted else texts))),
        of("metric", "datapoint", _OF_POINTS),
        # What a view took off the points comes back here, and `redaction` never looks. The link to the trace is a
        # field of its own and stays.
        Group("metric", "exemplar", ('delete_matching_keys(exemplar.filtered_attributes, ".*")',)),
    ]
    return [group for group in groups if group.statements]


def _map_bodies(member: str) -> list[str]:
    """Give a body that is a map or list back as it came, unless a key in it asks for masking."""
    clean = f"{_BODY} != nil and not IsString({_BODY})"
    if member:
        clean += f" and not IsMatch(String({_BODY}), {_quoted(member)})"
    return [
        f"set({_CLEAN}, true) where {clean}",
        f'delete_key(log.attributes, "redaction.body.masked.count") where {_CLEAN} == true',
        f"set(log.body, {_BODY}) where {_CLEAN} == true",
    ]


def _trusted_bodies(member: str) -> list[str]:
    """The same; a body in which the processor has left out such a key, below one that it ignores, goes as a whole."""
    if not member:
        return _map_bodies(member)
    left = f"{_BODY} != nil and {_CLEAN} == nil and not IsString(log.body)"
    return [
        *_map_bodies(member),
        f'set(log.body, "****") where {left} and IsMatch(String(log.body), {_quoted(member)})',
    ]


def _bodies(member: str) -> list[str]:
    """A body that is a map or list came along whole, as one text in JSON form.

    The processor masks what stands under a sensitive key of a body, also what the SDK left there. If nothing was found
    in the text and no key asks for masking, the body goes back as it came. Else the body that the processor masked
    stays, without e-mail addresses and numbers in its keys. Where one is nested, or no value was masked and so a key
    must hold what was found, the text takes the body's place.
    """
    found = f"{_BODY} != nil and IsString({_BODY})"
    return [
        *_map_bodies(member),
        *(f"{statement} where {found} and IsMap(log.body)" for statement in _keys("log.body")),
        f'set(log.body, {_BODY}) where {found} and (log.attributes["redaction.body.masked.count"] == nil or '
        f"IsMatch(log.body.string, {_quoted(_IN_KEY)}) or IsMatch(log.body.string, {_quoted(_NUMBER)}))",
        f'set(log.body, "****") where {_BYTES} != nil and {_BYTES} != {_DECODED}',
    ]


_IN_KEY = r'"[^"\s@*]*[^"\s@*\]](?:@|%40)[^"]*":'


def _copied(context: str, carried: Mapping[str, Mapping[str, str]]) -> list[str]:
    texts = carried.get(context, {})
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
