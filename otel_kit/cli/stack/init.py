"""``otel-kit stack init``: write the stack into a folder, with everything that `docker compose up` needs."""

from __future__ import annotations

import argparse
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from otel_kit.version import __version__

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from otel_kit.stack.initialise import Done

DEFAULT_FOLDER: Final = Path("observability")
_DESCRIPTION = """\
Write the complete stack into a folder: docker-compose.yml, every configuration, an .env with every setting, and what
is not to be committed: a CA, certificates, passwords and the first key. Then "docker compose up -d" there starts it.
It can be run again at any time: what is there stays, what follows from .env is made anew, certificates are renewed
before they expire.
"""


def add_parser(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command to the parser."""
    parser = subparsers.add_parser(
        "init",
        help="write the stack, its secrets and the first key into a folder",
        description=_DESCRIPTION,
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help=f"the folder ({DEFAULT_FOLDER})"
    )
    parser.add_argument(
        "--listen", metavar="ADDR", help="publish on this address of the machine, 0.0.0.0 for all (127.0.0.1)"
    )
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name under which senders reach this machine, for the certificate; repeatable",
    )
    parser.add_argument(
        "--overlay",
        action="append",
        default=[],
        metavar="NAME",
        help="also load collector/overlays/NAME.yaml; repeatable",
    )
    parser.add_argument("--tenant", default="main", metavar="NAME", help="whom the first key belongs to (main)")
    parser.add_argument(
        "--collector-image",
        choices=("own", "stock"),
        help="build the Collector (own) or take the upstream image (stock), which lacks some of it",
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the stack and say what it needs now; return the exit status.

    Raises:
        OtelKitError: see ``otel_kit.stack.initialise``.
    """
    from otel_kit.stack import assets
    from otel_kit.stack.initialise import Options, initialise

    options = Options(
        listen=arguments.listen,
        host_names=arguments.host,
        overlays=arguments.overlay,
        tenant=arguments.tenant,
        collector_image=arguments.collector_image,
    )
    done = initialise(arguments.folder, options, assets.root(), __version__)
    print(summary(done), end="")
    return 0


def summary(done: Done) -> str:
    """Return what a run did and what comes next, as text."""
    from otel_kit.stack.initialise import has_tls, overlays_of, snippets

    folder = quote(str(done.folder))
    lines = [f"The stack is in {folder}: {len(done.written)} files written, rules made anew.",
             "Alert rules:", *(f"  - {remark}" for remark in done.remarks)]  # fmt: skip
    if done.edited:
        lines.append(f"Kept as you edited them: {', '.join(done.edited)}.")
    if done.older_release is not None:
        lines.append(
            f"Its files are of otel-kit {done.older_release}: `otel-kit stack upgrade {folder}` shows what is new."
        )
    # At the first run both are new, and nobody has the old ones.
    if done.issued.new_ca and done.key is None:
        lines.append("A new CA was made: senders need the new ca.crt.")
    elif done.issued.new_server and done.key is None:
        lines.append("The certificate was renewed; the CA stays, and so does everything that senders have.")
    lines.append(f"The certificate holds until {done.issued.expires:%Y-%m-%d}; run this again to renew it.")
    if done.image_changed is not None:
        lines.append(done.image_changed)
    if done.lacks:
        lines += ["", "The upstream image of the Collector lacks:", *(f"  - {line}" for line in done.lacks)]
    lines += ["", "Check what the Collector is given, then start it:", f"  otel-kit stack check --in-use {folder}"]
    lines += [f"  cd {folder} && docker compose up -d"]
    password = quote(str(done.folder / "secrets/grafana/admin_password"))
    lines += ["", f"Grafana: {done.grafana}, user admin, password in {password}"]
    ca_file = done.issued.ca_file.resolve() if has_tls(overlays_of(done.variables)) else None
    client = None if done.client is None else (done.client[0].resolve(), done.client[1].resolve())
    given = snippets.variables(done.endpoint, done.key or snippets.KEY_UNKNOWN, ca_file, client)
    once = "the key is shown this once" if done.key else f"put in a key: {_more_keys(done)}"
    lines += ["", f"What a service needs ({once}):", snippets.exports(given), snippets.text()]
    return "\n".join(lines)


def _more_keys(done: Done) -> str:
    """Return how one comes to another key."""
    secrets = done.folder / "secrets" / "collector"
    if done.lacks:
        return f"one of {quote(str(secrets / 'tokens'))}, or a new line there"
    return f"otel-kit keys create --tenant {quote(done.tenant)} --file {quote(str(secrets / 'keys.json'))}"
