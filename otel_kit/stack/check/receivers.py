"""What lets data in: the guard on everything that serves, its limits, and where it listens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from otel_kit.errors import Fault
from otel_kit.stack.check.layers import Merged, Place, component_type, dotted
from otel_kit.stack.check.variables import expanded

GUARD: Final = "ingest_guard"
_MAX_BODY_BYTES: Final = 4 * 1024 * 1024
_MAX_MESSAGE_MIB: Final = 4
_COMPRESSIONS: Final = ("", "gzip")
_WEBHOOKS: Final = ("webhook_event", "webhookevent")
# Senders cannot show a key: their protocols have none.
_KEYLESS: Final = ("syslog", "tcp_log", "tcplog", "udp_log", "udplog")
# They fetch, or read what lies on this machine.
_FETCHING: Final = (
    "file_log", "filelog", "host_metrics", "hostmetrics", "http_check", "httpcheck", "kafka", "otlp_json_file",
    "otlpjsonfile",
)  # fmt: skip
_LOOPBACK: Final = ("127.", "[::1]:", "localhost:")
_LISTENING_KEYS: Final = ("endpoint", "listen_address", "host")
_EVERY_INTERFACE: Final = ("0.0.0.0:", "[::]:", ":")


def unguarded(merged: Merged, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what each server among the receivers lacks: each protocol of OTLP, each webhook."""
    for name, receiver in merged.section("receivers").items():
        settings = receiver if isinstance(receiver, dict) else {}
        if component_type(name) in _WEBHOOKS:
            yield from _server(merged, ("receivers", name), "http", settings, environment)
        elif component_type(name) == "otlp":
            protocols = settings.get("protocols")
            for protocol, inner in (protocols if isinstance(protocols, dict) else {}).items():
                place = ("receivers", name, "protocols", protocol)
                yield from _server(merged, place, protocol, inner if isinstance(inner, dict) else {}, environment)


def keyless(merged: Merged, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a note for each receiver that takes data without keys beyond this machine, or of which nobody knows."""
    for name, receiver in merged.section("receivers").items():
        kind = component_type(name)
        if kind in ("otlp", *_WEBHOOKS, *_FETCHING):
            continue
        for place, value in _addresses(receiver, ("receivers", name)):
            address = expanded(value, environment)
            if kind not in _KEYLESS:
                yield Fault(
                    merged.where(*place),
                    f"receivers.{name} is of a type of which this check does not know whether it asks for keys",
                    f"what serves has auth: {{authenticator: {GUARD}}}",
                )
            elif not str(address).startswith(_LOOPBACK):
                yield Fault(
                    merged.where(*place),
                    f"{dotted(place)} takes data without keys ({address}): whoever reaches it can write and can forge",
                    "127.0.0.1, or an address in a network of your own",
                    "Let a firewall pass the senders only.",
                )


def everywhere(merged: Merged, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a note for each address that listens on every interface of the machine."""
    for section in ("receivers", "extensions", "service"):
        for place, value in _addresses(merged.section(section), (section,)):
            address = expanded(value, environment)
            if isinstance(address, str) and (address.startswith(_EVERY_INTERFACE) or f"{address}:" in _EVERY_INTERFACE):
                yield Fault(
                    merged.where(*place),
                    f"{dotted(place)} listens on every interface ({address})",
                    "127.0.0.1, or the one address that senders use",
                    "Within a container that is right; say so with --in-container.",
                )


def _server(
    merged: Merged, place: Place, protocol: Any, settings: Mapping[str, Any], environment: Mapping[str, str]
) -> Iterator[Fault]:
    def value(*keys: str) -> Any:
        found: Any = settings
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return expanded(found, environment)

    def fault(key: str, what: str, wanted: str, mend: str) -> Fault:
        return Fault(merged.where(*place, key), f"{dotted(place)} {what}", wanted, mend)

    if value("auth", "authenticator") != GUARD:
        yield fault(
            "auth", "lacks the guard in auth: it would be open to everybody", f"auth: {{authenticator: {GUARD}}}",
            "Add it.",
        )  # fmt: skip
    middlewares = value("middlewares")
    if not (isinstance(middlewares, list) and {"id": GUARD} in middlewares):
        yield fault(
            "middlewares", "lacks the guard in middlewares: no key would have a limit",
            f"middlewares: [{{id: {GUARD}}}]", "Add it.",
        )  # fmt: skip
    if value("include_metadata"):
        yield fault(
            "include_metadata", "keeps client metadata: keys would be written into the queue's files",
            "include_metadata is off", "Remove it; the guard passes on whose key it was.",
        )  # fmt: skip
    yield from _limits(protocol, value, fault)


def _limits(protocol: Any, value: Any, fault: Any) -> Iterator[Fault]:
    if protocol == "grpc":
        size = value("max_recv_msg_size_mib")
        # Left out it is 4.
        if size is not None and not _is_within(size, _MAX_MESSAGE_MIB):
            yield fault(
                "max_recv_msg_size_mib", f"takes messages of {size} MiB", f"at most {_MAX_MESSAGE_MIB}: "
                "a sender could fill the memory before anything limits it", "Remove it: 4 is the default.",
            )  # fmt: skip
    elif protocol == "http":
        size = value("max_request_body_size")
        if not _is_within(size, _MAX_BODY_BYTES):
            yield fault(
                "max_request_body_size", f"takes bodies of {'20 MiB' if size is None else f'{size} bytes'}",
                f"max_request_body_size: {_MAX_BODY_BYTES} at most", "Set it.",
            )  # fmt: skip
        compressions = value("compression_algorithms")
        if not (isinstance(compressions, list) and compressions and set(compressions) <= set(_COMPRESSIONS)):
            yield fault(
                "compression_algorithms", "unpacks more than gzip: 67 kB of zstd can ask for 512 MiB",
                'compression_algorithms: ["", gzip]', "Set it.",
            )  # fmt: skip


def _is_within(size: Any, limit: int) -> bool:
    # 0 is no limit to the Collector.
    return isinstance(size, int) and not isinstance(size, bool) and 0 < size <= limit


def _addresses(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _LISTENING_KEYS and isinstance(inner, str):
                yield (*place, key), inner
            else:
                yield from _addresses(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _addresses(inner, (*place, number))
