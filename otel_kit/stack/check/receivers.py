"""What lets data in: the guard on every protocol of every OTLP receiver, its limits, and where it listens."""

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
_LISTENING_KEYS: Final = ("endpoint", "listen_address", "host")
_EVERY_INTERFACE: Final = ("0.0.0.0:", "[::]:", ":")


def unguarded(merged: Merged, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what each protocol of each OTLP receiver lacks."""
    for name, receiver in merged.section("receivers").items():
        if component_type(name) != "otlp":
            continue
        place: Place = ("receivers", name, "protocols")
        protocols = receiver.get("protocols") if isinstance(receiver, dict) else None
        for protocol, settings in (protocols if isinstance(protocols, dict) else {}).items():
            yield from _protocol(
                merged, (*place, protocol), settings if isinstance(settings, dict) else {}, environment
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


def _protocol(
    merged: Merged, place: Place, settings: Mapping[str, Any], environment: Mapping[str, str]
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
            "Add it, in each protocol.",
        )  # fmt: skip
    middlewares = value("middlewares")
    if not (isinstance(middlewares, list) and {"id": GUARD} in middlewares):
        yield fault(
            "middlewares", "lacks the guard in middlewares: no key would have a limit",
            f"middlewares: [{{id: {GUARD}}}]", "Add it, in each protocol.",
        )  # fmt: skip
    if value("include_metadata"):
        yield fault(
            "include_metadata", "keeps client metadata: keys would be written into the queue's files",
            "include_metadata is off", "Remove it; the guard passes on whose key it was.",
        )  # fmt: skip
    yield from _limits(place[-1], value, fault)


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
