"""``otel-kit stack check --live URL``: whether a stack that runs does what it is there for."""

from __future__ import annotations

import argparse
import base64
import json
import signal
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from otel_kit.errors import ConfigError, Fault

if TYPE_CHECKING:
    from otel_kit.stack.http_json import Api
    from otel_kit.stack.live import Finding

_PASSWORD: Final = Path("secrets") / "grafana" / "admin_password"
_CA: Final = "ca.crt"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a check through Grafana to the parser of ``stack check``."""
    group = parser.add_argument_group("a stack that runs, with --live")
    group.add_argument("--live", metavar="URL", help="Grafana of the stack, http://localhost:3000")
    group.add_argument("--user", default="admin", help="account of Grafana (default: admin)")
    group.add_argument(
        "--password-file", type=Path, metavar="FILE", help=f"its password (default: DIR/{_PASSWORD.as_posix()})"
    )
    group.add_argument("--token-file", type=Path, metavar="FILE", help="token of a service account, instead of both")
    group.add_argument("--ca-file", type=Path, metavar="FILE", help=f"CA of its certificate (default: DIR/{_CA})")
    group.add_argument(
        "--alert-severity", choices=("critical", "warning"), default="warning", help="of the test alert (warning)"
    )
    group.add_argument("--no-alert", action="store_true", help="raise no test alert: nobody is told")
    group.add_argument(
        "--wait", type=float, default=90.0, metavar="SECONDS", help="for what takes a moment (default: 90)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what is found, as it is found; the status is 1 when something failed.

    Raises:
        ConfigError: an option or a file cannot be used.
    """
    from otel_kit.stack import assets
    from otel_kit.stack.live import Outcome, Target, check

    grafana = _grafana(arguments)
    target = Target(
        grafana,
        arguments.folder if arguments.folder is not None else assets.root(),
        _gateway(),
        None if arguments.no_alert else arguments.alert_severity,
        arguments.wait,
    )
    stop = Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    found: list[Finding] = []
    for finding in check(target, stop):
        found.append(finding)
        if not arguments.json:
            print(finding, flush=True)
        if stop.is_set():
            print("interrupted", file=sys.stderr)
            break
    counts = Counter(finding.outcome for finding in found)
    if arguments.json:
        print(json.dumps({"findings": [asdict(finding) for finding in found], "counts": counts}, indent=2))
    else:
        print(", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome]))
    return 1 if counts[Outcome.FAILED] or stop.is_set() else 0


def _grafana(arguments: argparse.Namespace) -> Api:
    from otel_kit.stack.http_json import Api

    faults = []
    url = urlsplit(arguments.live)
    if url.scheme not in ("http", "https") or not url.hostname or url.username:
        faults.append(Fault("--live", f"is {arguments.live!r}", "an address such as http://localhost:3000"))
    if arguments.wait <= 0:
        faults.append(Fault("--wait", f"is {arguments.wait:g}", "seconds, more than 0"))
    authorization = _authorization(arguments, faults)
    ca_file = _ca_file(arguments, faults)
    if faults:
        raise ConfigError(faults)
    return Api(arguments.live.rstrip("/"), {"Authorization": authorization}, ca_file)


def _authorization(arguments: argparse.Namespace, faults: list[Fault]) -> str:
    if arguments.token_file is not None:
        return f"Bearer {_secret('--token-file', arguments.token_file, faults)}"
    file = arguments.password_file
    if file is None and arguments.folder is not None:
        file = arguments.folder / _PASSWORD
    if file is None:
        faults.append(
            Fault("--live", "needs an account of Grafana", "--token-file, or --user and --password-file, or DIR")
        )
        return ""
    pair = f"{arguments.user}:{_secret('--password-file', file, faults)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _secret(option: str, file: Path, faults: list[Fault]) -> str:
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is no text"
        faults.append(Fault(option, f"{file} cannot be read: {why}"))
        return ""
    if not text or not text.isprintable():
        faults.append(Fault(option, f"{file} does not hold a secret of one line"))
        return ""
    return text


def _ca_file(arguments: argparse.Namespace, faults: list[Fault]) -> str | None:
    file = arguments.ca_file
    if file is None:
        own = arguments.folder / _CA if arguments.folder is not None else None
        file = own if own is not None and own.is_file() else None
    elif not file.is_file():
        faults.append(Fault("--ca-file", f"names {file}, which is no file"))
    return None if file is None else str(file)


def _gateway() -> Api | None:
    """Return the gateway that services of this environment send to, with their key; None where none is set."""
    from otel_kit.settings import load
    from otel_kit.stack.http_json import Api

    export = load().settings.export
    if export.endpoint is None:
        return None
    return Api(export.endpoint.rstrip("/"), export.headers or {}, export.certificate)
