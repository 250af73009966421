"""Settings of logs: levels, what is left out, and the places beside OTLP where records are written."""

from __future__ import annotations

from dataclasses import dataclass

from otel_kit.settings.kinds import DURATION, SIZE, TEXT, choice
from otel_kit.settings.log_kinds import LEVELS, RATES, RATIOS, SIZE_OR_ZERO, SYSLOG_ADDRESS, Rate, SyslogAddress
from otel_kit.settings.option import group, option

FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """One file of JSON lines, shared by all processes that name it."""

    path: str | None = option("path", TEXT, None, "File for JSON lines; rotated files lie beside it.")
    max_bytes: int = option("max_size", SIZE, 100 << 20, "Size at which the file is rotated.")
    rotate_every_s: float = option("rotate_every", DURATION, 86400.0, "Age at which the file is rotated; 0: never.")
    compression: str = option(
        "compression", choice("none", "gzip", "zstd"), "gzip",
        "How rotated files are compressed; zstd needs the extra `zstd` before Python 3.14.",
    )  # fmt: skip
    max_age_s: float = option("max_age", DURATION, 14 * 86400.0, "Age at which rotated files are deleted; 0: never.")
    max_total_bytes: int = option("max_total_size", SIZE, 1 << 30, "Size of all rotated files; the oldest go first.")
    min_free_bytes: int = option(
        "min_free",
        SIZE_OR_ZERO,
        256 << 20,
        "Free space of the disk below which nothing is written; what is left out is counted. 0: write on.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Syslog:
    """A syslog server that takes RFC 5424."""

    address: SyslogAddress | None = option(
        "address", SYSLOG_ADDRESS, None, "Server, such as udp://127.0.0.1:514, tcp://host:601 or tls://host:6514."
    )
    facility: str = option("facility", choice(*FACILITIES), "user", "Facility of the messages.")
    certificate: str | None = option("certificate", TEXT, None, "File of the CA that signed the server's certificate.")
    client_certificate: str | None = option("client_certificate", TEXT, None, "Client certificate for mTLS.")
    client_key: str | None = option("client_key", TEXT, None, "Key of the client certificate.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """Levels, sampling and limits by logger, and the sinks. A logger's entry holds for its children, too."""

    levels: dict[str, str] | None = option(
        "levels", LEVELS, None, "Lowest level that is exported by logger, such as sqlalchemy=warning.", reloadable=True
    )
    sampling: dict[str, float] | None = option(
        "sampling", RATIOS, None,
        "Share of the records below WARNING that are kept, by logger, such as uvicorn.access=0.1.", reloadable=True,
    )  # fmt: skip
    rate_limit: dict[str, Rate] | None = option(
        "rate_limit", RATES, None,
        "Records below ERROR that one message template may give, by logger, such as orders=100/s; `*` for all.",
        reloadable=True,
    )  # fmt: skip
    console: str = option(
        "console", choice("auto", "on", "text", "json", "off"), "auto",
        "auto: in a terminal, what no other handler prints; on: text in a terminal, JSON lines otherwise.",
        reloadable=True,
    )  # fmt: skip
    console_stream: str = option(
        "console_stream", choice("stderr", "stdout"), "stderr", "Where the console writes.", reloadable=True
    )
    file: LogFile = group("file", "", LogFile, doc="")
    syslog: Syslog = group("syslog", "", Syslog, doc="")
