"""Writing a stack's folder: files, settings, certificates, secrets and the first key; safe to repeat."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault, OtelKitError
from otel_kit.stack import environment
from otel_kit.stack.alerting import placing
from otel_kit.stack.initialise import certificates, env_file, manifest, originals, override, rendered, shipped, stock
from otel_kit.stack.initialise.first_keys import OWN_TENANT, change_image, has_history, make_first, make_own
from otel_kit.stack.initialise.options import (
    LOOPBACK,
    STOCK,
    Options,
    check,
    has_tls,
    is_public,
    overlays_of,
    split,
)
from otel_kit.stack.initialise.writing import PRIVATE_FOLDER, give, new_secret, write_private, write_public
from otel_kit.stack.variables import by_name

# Where root runs it: containers never do.
_UNPRIVILEGED: Final = 10001
# May lie in a folder before there is a stack in it.
_HARMLESS: Final = frozenset({".git", ".DS_Store"})
_HISTORY_URL: Final = "http://collector:4319/notifications"
_GRAFANA_SECRETS: Final = ("admin_password", "secret_key")


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did. ``key`` is the text of the first key, None if there was one already: it is shown once.

    ``client`` is certificate and key of senders, where the gateway asks for them; ``image_changed`` what another
    image of the Collector means for them; ``remarks`` what to know of the rules.
    """

    folder: Path
    written: tuple[str, ...]
    edited: tuple[str, ...]
    variables: Mapping[str, str]
    issued: certificates.Issued
    endpoint: str
    grafana: str
    key: str | None
    lacks: tuple[str, ...]
    older_release: str | None
    client: tuple[Path, Path] | None
    image_changed: str | None
    tenant: str
    remarks: tuple[str, ...] = ()


def initialise(folder: Path, options: Options, files: Path, release: str, now: datetime | None = None) -> Done:
    """Write what is missing of a stack into ``folder``, from ``files``, and make anew what follows from `.env`.

    Keys, secrets, certificates that hold, edited files and every line of `.env` that no option names stay.

    Raises:
        ConfigError: an option, the `.env`, a file of the folder or the folder itself cannot be used; every fault.
        MissingExtra: the package that makes certificates is not installed.
        OtelKitError: a file cannot be written.
    """
    if options.tenant == OWN_TENANT:
        raise ConfigError([Fault("--tenant", f"is {OWN_TENANT}", "that is the stack's own: name another")])
    certificates.require_cryptography()
    known = _own(folder)
    env = folder / ".env"
    present = environment.read(env, in_containers=True) if env.exists() else {}
    overlay_files = (folder if known else files) / "collector" / "overlays"
    check(options, present, overlay_files)
    if known:
        placing.placed(folder, settings_of(folder))
    try:
        return _write(folder, options, files, known or manifest.Manifest(release), release, now or datetime.now(UTC))
    except OSError as error:
        raise OtelKitError(f"{error.filename or folder} cannot be written: {error.strerror}") from error


def settings_of(folder: Path) -> dict[str, str]:
    """Return the variables of a stack's folder as its rules get them: those of its `.env`, and what follows from them.

    Raises:
        ConfigError: the `.env` cannot be used.
    """
    env = folder / ".env"
    return _in_rules(environment.read(env, in_containers=True) if env.exists() else {})


def _in_rules(variables: Mapping[str, str]) -> dict[str, str]:
    history = {"STACK_ALERT_HISTORY_URL": _HISTORY_URL} if has_history(variables) else {}
    return {**history, **_links(variables, _grafana(variables)), **variables}


def _grafana(variables: Mapping[str, str]) -> str:
    return f"{'https' if is_public(variables) else 'http'}://{_reached_at(variables)}:3000"


def _own(folder: Path) -> manifest.Manifest | None:
    """Return the manifest of a folder that is ours, None for a new or empty one; anything else is refused."""
    if folder.exists() and not folder.is_dir():
        raise ConfigError([Fault(str(folder), "is no folder", "the stack gets a folder of its own")])
    found = manifest.read(folder)
    if found is not None or not folder.exists():
        return found
    others = sorted(path.name for path in folder.iterdir() if path.name not in _HARMLESS)
    if others:
        shown = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        raise ConfigError(
            [Fault(f"{folder}", f"is not empty ({shown}) and no stack of otel-kit: {manifest.NAME} is missing",
                   "the stack gets a folder of its own", "Name a new one: otel-kit stack init observability")]
        )  # fmt: skip
    return None


def _write(folder: Path, options: Options, files: Path, known: manifest.Manifest, release: str, now: datetime) -> Done:
    folder.mkdir(parents=True, exist_ok=True)
    manifest.write(folder, known)
    hashes = dict(known.files)
    written, edited = _write_shipped(folder, files, hashes)
    variables = env_file.update(folder / ".env", _changes(folder, options))
    secrets = folder / "secrets"
    secrets.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    for name in ("collector", "agent", "grafana", "alerts"):
        (secrets / name).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    issued = certificates.ensure(folder, _names(variables), now)
    client = certificates.ensure_client(folder, now) if "mtls" in overlays_of(variables) else None
    _copy_certificates(folder, client)
    for name in _GRAFANA_SECRETS:
        if not (secrets / "grafana" / name).exists():
            write_private(secrets / "grafana" / name, new_secret())
    image_changed = change_image(secrets, variables) if known.files else None
    make_own(secrets, variables)
    rendered.write(folder, _in_rules(variables))
    made = override.text(folder, variables).encode()
    write_public(folder / override.NAME, made)
    # Last, as it is shown once: a run that fails before it can be repeated.
    key = make_first(secrets, options.tenant, variables)
    if os.name == "posix" and os.geteuid() == 0:
        give(secrets, int(variables["STACK_UID"]), int(variables["STACK_GID"]))
    manifest.write(folder, manifest.Manifest(known.release, hashes))
    is_stock = variables.get("STACK_COLLECTOR_IMAGE") == STOCK
    return Done(
        folder=folder,
        written=tuple(written),
        edited=tuple(edited),
        variables=variables,
        issued=issued,
        endpoint=f"{'https' if has_tls(overlays_of(variables)) else 'http'}://{_reached_at(variables)}:4318",
        grafana=_grafana(variables),
        key=key,
        lacks=stock.LACKS if is_stock else (),
        older_release=known.release if known.release != release else None,
        client=client,
        image_changed=image_changed,
        tenant=options.tenant,
        remarks=tuple(placing.remarks(folder, _in_rules(variables))),
    )


def _links(variables: Mapping[str, str], grafana: str) -> dict[str, str]:
    """Return where the links of alerts lead to, unless `.env` says it: to Grafana, as others reach it."""
    address = variables.get("STACK_GRAFANA_URL") or (grafana if is_public(variables) else "")
    if not address:
        return {}
    return {"STACK_GRAFANA_URL": address, "STACK_RUNBOOKS_URL": f"{address.rstrip('/')}/public/runbooks"}


def _write_shipped(folder: Path, files: Path, hashes: dict[str, str]) -> tuple[list[str], list[str]]:
    """Write what is missing; return its paths, and those of edited files. ``hashes`` is brought up to date."""
    written, edited = [], []
    new = shipped.shipped(files)
    if not (folder / originals.NAME).exists():
        originals.write(folder, new)
    for name, content in new.items():
        path = folder / name
        if not path.exists():
            write_public(path, content)
            hashes[name] = manifest.digest(content)
            written.append(name)
            continue
        found = manifest.digest(path.read_bytes())
        if name not in hashes and found == manifest.digest(content):
            # Written by a run that did not come to its end.
            hashes[name] = found
        elif hashes.get(name) != found:
            edited.append(name)
    return written, edited


def _changes(folder: Path, options: Options) -> dict[str, str]:
    """Return the variables that this run sets in `.env`."""
    env = folder / ".env"
    present = environment.read(env, in_containers=True) if env.exists() else {}
    changes: dict[str, str] = {}
    if not {"STACK_UID", "STACK_GID"} <= set(present):
        uid, gid = _user()
        changes |= {"STACK_UID": str(uid), "STACK_GID": str(gid)}
    if "OTELCOL_HOST_NAME" in by_name() and "OTELCOL_HOST_NAME" not in present:
        changes["OTELCOL_HOST_NAME"] = socket.gethostname()
    if options.listen is not None:
        changes["STACK_PUBLISH_ADDRESS"] = options.listen
    if options.host_names:
        names = [*split(present.get("STACK_HOST_NAMES", "")), *options.host_names]
        changes["STACK_HOST_NAMES"] = " ".join(dict.fromkeys(names))
    if options.overlays:
        changes["OTELCOL_OVERLAYS"] = " ".join(dict.fromkeys([*overlays_of(present), *options.overlays]))
    if options.collector_image is not None:
        changes["STACK_COLLECTOR_IMAGE"] = options.collector_image
    return changes


def _user() -> tuple[int, int]:
    if os.name != "posix" or os.geteuid() == 0:
        return _UNPRIVILEGED, _UNPRIVILEGED
    return os.geteuid(), os.getegid()


def _names(variables: Mapping[str, str]) -> list[str]:
    """Return the names and addresses under which senders reach the Collector, for its certificate."""
    address = variables.get("STACK_PUBLISH_ADDRESS") or LOOPBACK
    names = ["localhost", LOOPBACK, "::1", "collector", *split(variables.get("STACK_HOST_NAMES", ""))]
    names.append(socket.gethostname() if _is_any(address) else address)
    return list(dict.fromkeys(names))


def _reached_at(variables: Mapping[str, str]) -> str:
    """Return the host that senders are told."""
    address = variables.get("STACK_PUBLISH_ADDRESS") or LOOPBACK
    if address in (LOOPBACK, "::1"):
        return "localhost"
    own_names = split(variables.get("STACK_HOST_NAMES", ""))
    if own_names or _is_any(address):
        return own_names[0] if own_names else socket.gethostname()
    return f"[{address}]" if ":" in address else address


def _is_any(address: str) -> bool:
    return address in ("0.0.0.0", "::")  # noqa: S104 - what the user wrote


def _copy_certificates(folder: Path, client: tuple[Path, Path] | None) -> None:
    """Put what each container reads into the folder that it alone gets."""
    secrets = folder / "secrets"
    for name in ("tls.crt", "tls.key"):
        write_private(secrets / "grafana" / name, (secrets / "collector" / name).read_bytes())
    for name in ("collector", "agent"):
        write_private(secrets / name / "ca.crt", (folder / "ca.crt").read_bytes())
    for path in client or ():
        write_private(secrets / "agent" / path.name, path.read_bytes())
