"""The tables of docs/privacy.md: what the kit itself records, and what the policy does with each of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

from benchmarks import figures
from otel_kit import semconv
from otel_kit.policy.load import load_policy
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor, default_redactor

_REQUEST = "span of a request"
_CALL = "span of an httpx call"
_QUERY = "span and metric of SQLAlchemy"
_EXCEPTION = "exception, on spans and log records"
_LOG = "log record"
_RESOURCE = "resource, on everything"
_BOUND = "where the application binds it"
_MACHINE = "metrics of process and host"
_OWN = "the kit's own metrics"
_HTTP = "metrics of requests"

# Where it stands, the key, what it holds. A test compares the keys with what an application with the kit sends.
COLLECTED: tuple[tuple[str, str, str], ...] = (
    (_REQUEST, semconv.HTTP_REQUEST_METHOD, "the method, `_OTHER` if it is none of HTTP's"),
    (_REQUEST, semconv.HTTP_REQUEST_METHOD_ORIGINAL, "a method that is none of HTTP's, 64 characters"),
    (_REQUEST, semconv.URL_SCHEME, "http or https"),
    (_REQUEST, semconv.URL_PATH, "the path, 2048 characters"),
    (_REQUEST, semconv.URL_QUERY, "the query string, 2048 characters"),
    (_REQUEST, semconv.HTTP_ROUTE, "the route's template"),
    (_REQUEST, semconv.HTTP_RESPONSE_STATUS_CODE, "the status"),
    (_REQUEST, semconv.NETWORK_PROTOCOL_VERSION, "the version of HTTP"),
    (_REQUEST, semconv.CLIENT_ADDRESS, "the peer's address"),
    (_REQUEST, semconv.NETWORK_PEER_ADDRESS, "the same"),
    (_REQUEST, semconv.NETWORK_PEER_PORT, "the peer's port"),
    (_REQUEST, semconv.SERVER_ADDRESS, "the host that was asked for"),
    (_REQUEST, semconv.SERVER_PORT, "its port"),
    (_REQUEST, semconv.USER_AGENT_ORIGINAL, "the header User-Agent, 2048 characters"),
    (_REQUEST, semconv.REQUEST_ID, "the request's id, made by the kit or taken from a trusted peer"),
    (_REQUEST, semconv.CLIENT_REQUEST_ID, "the id that a stranger claims"),
    (_REQUEST, semconv.ERROR_TYPE, "the exception's class or the status"),
    (_REQUEST, semconv.LINK_REASON, "why a stranger's trace is only linked"),
    (_CALL, semconv.URL_FULL, "the URL with its query string"),
    (_CALL, semconv.HTTP_REQUEST_METHOD, "the method"),
    (_CALL, semconv.HTTP_RESPONSE_STATUS_CODE, "the status"),
    (_CALL, semconv.SERVER_ADDRESS, "the host"),
    (_CALL, semconv.SERVER_PORT, "its port"),
    (_CALL, semconv.NETWORK_PEER_ADDRESS, "the host"),
    (_CALL, semconv.NETWORK_PEER_PORT, "its port"),
    (_CALL, semconv.NETWORK_PROTOCOL_VERSION, "the version of HTTP"),
    (_CALL, semconv.ERROR_TYPE, "the exception's class or the status"),
    (_QUERY, "db.system.name", "the database's kind"),
    (_QUERY, semconv.DB_QUERY_TEXT, "the statement, never its parameters"),
    (_QUERY, "db.operation.name", "the statement's first word"),
    (_QUERY, "db.namespace", "the database's name"),
    (_QUERY, semconv.SERVER_ADDRESS, "its host"),
    (_QUERY, semconv.SERVER_PORT, "its port"),
    (_QUERY, "pool.name", "of `db.client.connections.usage`: the URL without its password"),
    (_QUERY, "state", "the same"),
    (_EXCEPTION, semconv.EXCEPTION_TYPE, "the class"),
    (_EXCEPTION, semconv.EXCEPTION_MESSAGE, "its text; also in the span's status"),
    (_EXCEPTION, semconv.EXCEPTION_STACKTRACE, "the stack, without the values of variables"),
    (_EXCEPTION, "exception.escaped", "whether it left the span"),
    (_LOG, "body", "the message as it was formatted"),
    (_LOG, "every `extra` of the call", "as the application named it"),
    (_LOG, semconv.LOGGER_NAME, "the logger"),
    (_LOG, semconv.CODE_FILE_PATH, "the file, from WARNING up"),
    (_LOG, semconv.CODE_FUNCTION_NAME, "the function, from WARNING up"),
    (_LOG, semconv.CODE_LINE_NUMBER, "the line, from WARNING up"),
    (_LOG, semconv.REQUEST_ID, "the request's id"),
    (_BOUND, semconv.USER_ID, "`otel_kit.bind(user_id=...)`"),
    (_BOUND, semconv.SESSION_ID, "`otel_kit.bind(session_id=...)`"),
    (_BOUND, semconv.TENANT, "`otel_kit.bind(tenant=...)`"),
    (_HTTP, semconv.HTTP_REQUEST_METHOD, "of the duration and of active requests"),
    (_HTTP, semconv.URL_SCHEME, "the same two"),
    (_HTTP, semconv.HTTP_ROUTE, "of the duration"),
    (_HTTP, semconv.HTTP_RESPONSE_STATUS_CODE, "of the duration"),
    (_HTTP, semconv.NETWORK_PROTOCOL_VERSION, "of the duration"),
    (_HTTP, semconv.ERROR_TYPE, "of the duration"),
    (_MACHINE, semconv.CPU_MODE, f"of `{semconv.PROCESS_CPU_TIME}`"),
    (_MACHINE, semconv.CPYTHON_GC_GENERATION, f"of `{semconv.CPYTHON_GC_COLLECTIONS}`"),
    (_MACHINE, semconv.SYSTEM_MEMORY_STATE, f"of `{semconv.SYSTEM_MEMORY_USAGE}`"),
    (_MACHINE, semconv.SYSTEM_FILESYSTEM_STATE, f"of `{semconv.SYSTEM_FILESYSTEM_USAGE}`"),
    (_MACHINE, semconv.SYSTEM_FILESYSTEM_MOUNTPOINT, "where each disk is mounted"),
    (_MACHINE, semconv.SYSTEM_FILESYSTEM_TYPE, "such as ext4"),
    (_MACHINE, semconv.SYSTEM_DEVICE, "the disk, such as `/dev/sda1`"),
    (_MACHINE, semconv.NETWORK_INTERFACE_NAME, "such as `eth0`"),
    (_MACHINE, semconv.DISK_IO_DIRECTION, f"of `{semconv.SYSTEM_DISK_IO}` and the like"),
    (_MACHINE, semconv.SYSTEM_PAGING_STATE, f"of `{semconv.SYSTEM_PAGING_USAGE}`"),
    (_MACHINE, semconv.SYSTEM_PAGING_DIRECTION, f"of `{semconv.SYSTEM_PAGING_OPERATIONS}`"),
    (_MACHINE, semconv.SYSTEM_PAGING_FAULT_TYPE, f"of `{semconv.PROCESS_PAGING_FAULTS}`"),
    (_MACHINE, semconv.PROCESS_CONTEXT_SWITCH_TYPE, f"of `{semconv.PROCESS_CONTEXT_SWITCHES}`"),
    (_MACHINE, semconv.SYSTEM_LOAD_WINDOW, f"of `{semconv.SYSTEM_LOAD_AVERAGE}`"),
    (_MACHINE, semconv.NETWORK_IO_DIRECTION, f"of `{semconv.SYSTEM_NETWORK_IO}`"),
    (_OWN, semconv.SIGNAL, "traces, metrics or logs"),
    (_OWN, semconv.LOG_SEVERITY, f"of `{semconv.LOG_RECORDS}`"),
    (_OWN, semconv.INSTRUMENT, f"of `{semconv.SERIES_CUT}`"),
    (_OWN, semconv.ATTRIBUTE, f"of `{semconv.SERIES_CUT}`"),
    (_OWN, semconv.DROP_REASON, "why records were dropped"),
    (_OWN, semconv.REDACTION_RULE, "the rule that altered a value, never the value"),
    (_OWN, semconv.REDACTION_KEY, "the key whose value it altered"),
    (_OWN, semconv.REDACTION_RELOAD_OUTCOME, "whether a new policy was taken"),
    (_RESOURCE, semconv.SERVICE_NAME, "the name given to `init`"),
    (_RESOURCE, semconv.SERVICE_INSTANCE_ID, "a random id of the installation and a number"),
    (_RESOURCE, semconv.HOST_NAME, "the host's name"),
    (_RESOURCE, semconv.HOST_ARCH, "the processor's architecture"),
    (_RESOURCE, semconv.OS_TYPE, "the operating system"),
    (_RESOURCE, semconv.PROCESS_RUNTIME_NAME, "the interpreter"),
    (_RESOURCE, semconv.PROCESS_RUNTIME_VERSION, "its version"),
    (_RESOURCE, semconv.TELEMETRY_DISTRO_NAME, "otel-kit"),
    (_RESOURCE, semconv.TELEMETRY_DISTRO_VERSION, "its version"),
    (_RESOURCE, semconv.TELEMETRY_SDK_LANGUAGE, "python"),
    (_RESOURCE, semconv.TELEMETRY_SDK_NAME, "opentelemetry"),
    (_RESOURCE, semconv.TELEMETRY_SDK_VERSION, "its version"),
    (_RESOURCE, semconv.REDACTION_POLICY, "the id of the policy"),
)  # fmt: skip
_KINDS = {
    "url": "user and password, query values and the rest scanned, decoded",
    "query": "each value by its name, and scanned, decoded",
    "path": "each segment scanned, decoded",
    "sql": "literals become `?`",
    "cookie": "each value masked, names stay",
    "set_cookie": "the value masked, name and attributes stay",
    "address": "public addresses to /24 or /48, others stay",
}
_PROBE = "xyzzy plugh"


def collected() -> Iterator[str]:
    """Yield the table of what is recorded by default."""
    yield "| where | key | what it holds | data class | what becomes of it |"
    yield "|---|---|---|---|---|"
    for where, key, what in COLLECTED:
        shown = key if " " in key else f"`{key}`"
        data_class, action = treatment(key)
        yield f"| {where} | {shown} | {what} | {data_class} | {action} |"


@cache
def _redactor() -> Redactor:
    return default_redactor()


def treatment(key: str) -> tuple[str, str]:
    """Return the data class of a key's values under the shipped policy, and what becomes of them."""
    policy = load_policy()
    findings = Findings()
    _redactor().value(key, _PROBE, findings)
    for known in policy.keys:
        if known.id in findings.hits:
            return known.data_class, f"`{known.action}`, key class `{known.id}`"
    for kind, keys in policy.structured:
        if key in keys:
            return policy.minimum_class, _KINDS[kind]
    if _is_named(key, policy.public):
        return "public", "kept, not scanned"
    if _is_named(key, policy.internal):
        return "internal", "kept, value rules apply"
    return policy.minimum_class, "value rules apply; key classes by its name" if " " in key else "value rules apply"


def _is_named(key: str, names: tuple[str, ...]) -> bool:
    return any(key == name or (name.endswith("*") and key.startswith(name[:-1])) for name in names)


def packs() -> Iterator[str]:
    """Yield the packs of value rules with their actions."""
    policy = load_policy()
    yield "| pack | rules | actions |"
    yield "|---|---|---|"
    for pack in dict.fromkeys(rule.pack for rule in policy.rules):
        actions = Counter(rule.action for rule in policy.rules if rule.pack == pack)
        named = ", ".join(f"`{action}` {count}" for action, count in actions.most_common())
        yield f"| `{pack}` | {actions.total()} | {named} |"


def weak_spots() -> Iterator[str]:
    """Yield what the evaluation found to pass most often."""
    result = figures.read("evaluation")
    if result is None:
        yield "Not measured yet: `python -m benchmarks evaluation`."
        return
    yield "| kind of value | of so many | passed |"
    yield "|---|---|---|"
    rows = [row for row in result["figures"]["types"] if row["rate"] > 0.01]
    for row in [*sorted(rows, key=lambda row: -float(row["rate"])), *result["figures"]["no target"]]:
        yield f"| {NAMES.get(row['name'], row['name'])} | {row['items']:,} | {row['rate']:.1%} |"


NAMES = {
    "email": "e-mail addresses", "card": "card numbers", "iban": "IBANs", "ssn": "US social security numbers",
    "ipv4": "public IPv4 addresses", "ipv6": "public IPv6 addresses",
    "national_id": "national ids of 25 European countries, with their word or key",
    "phone_international": "phone numbers with country code",
    "phone_national_context": "phone numbers without country code, with a word or key",
    "coordinates": "coordinates with a word or key", "person_name": "names under their keys",
    "birth_date": "birth dates under their keys", "jwt": "JSON web tokens", "pem": "private keys",
    "vendor_token": "tokens of vendors with a fixed prefix", "named_secret": "secrets without a form under their names",
    "password_url": "passwords in URLs and DSNs", "password_setting": "passwords in settings, JSON, XML, code",
    "password_option": "passwords on command lines", "bearer": "Bearer and other header tokens",
    "basic": "Basic credentials", "cookie": "session cookies",
    "phone_national_bare": "phone numbers without country code and without any word",
    "national_id_bare": "national ids that are digits only, without any word",
    "coordinates_bare": "pairs of coordinates without any word",
    "password_prose": "passwords told in a sentence",
    "late_token": "tokens of 22 vendors that came into the set when the rules were finished",
    "late_phone": "phone numbers behind words that came into the set when the rules were finished",
    "key_apart": "values that only a key tells, in texts where the key does not stand before them",
}  # fmt: skip
"""The types of the held-out set, as people call them."""
