"""The key file on disk: read whole, changed under a lock, replaced in one step.

Whoever reads it sees the old file or the new one. Two commands at once follow each other: the lock is on the folder,
so that nothing is left behind, and ends with the process that holds it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from otel_kit.errors import ConfigError, Fault, nearest
from otel_kit.stack.keys import document
from otel_kit.stack.keys.key import (
    BURST_WANTED,
    FIELDS,
    LIMITS,
    Key,
    Limits,
    bursts_too_small,
    hash_of,
    id_in,
    new_id,
    new_text,
)

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: there nothing keeps two commands apart
    fcntl = None

_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700
_LARGEST_BYTES: Final = 16 << 20
_LOCK_TIMEOUT_S: Final = 10.0
_LOCK_INTERVAL_S: Final = 0.02


def read(file: Path) -> tuple[Key, ...]:
    """Return the keys in the order of the file.

    Raises:
        ConfigError: it cannot be read, or holds what the guard would refuse: every fault with line and entry.
    """
    keys, faults = document.parse(_text_of(file), str(file))
    if faults:
        raise ConfigError(faults)
    return keys


def create(
    file: Path,
    tenant: str,
    *,
    note: str = "",
    trusted_redaction: bool = False,
    expires: datetime | None = None,
    limits: Limits | None = None,
    now: datetime | None = None,
) -> tuple[Key, str]:
    """Add a key to the file, which is made if it is not there (its folder too), and return it with its text.

    The text is the secret and is nowhere else: who calls shows it once. Blocks for another writer, at most 10 s.
    ``now`` is the time of creation.

    Raises:
        ConfigError: an argument does not fit, or the file cannot be used or written; it is as it was then.
    """
    created = (now or datetime.now(UTC)).replace(microsecond=0)
    expires = expires.replace(microsecond=0) if expires else None
    limits = limits or Limits()
    faults = _argument_faults({"tenant": tenant, "note": note, **{name: getattr(limits, name) for name in LIMITS}})
    if expires is not None and expires <= created:
        faults.append(Fault("expires", "is not in the future"))
    if faults:
        raise ConfigError(faults)
    with _alone(file, make=True) as target:
        keys = read(target) if target.exists() else ()
        id = next(one for one in iter(new_id, None) if one not in {key.id for key in keys})
        text = new_text(id)
        key = Key(id, tenant, hash_of(text), created, expires, trusted_redaction, note, limits)
        _replace(target, [*keys, key])
    return key, text


def revoke(file: Path, ids: Sequence[str]) -> tuple[Key, ...]:
    """Take these keys out of the file and return them; the guard refuses them as soon as it has read it.

    All or, if one id is not there, none. Blocks for another writer, at most 10 s.

    Raises:
        ConfigError: an id is unknown, or the file cannot be used or written; it is as it was then.
    """
    with _alone(file) as target:
        keys = read(target)
        known = {key.id for key in keys}
        faults = [_unknown(file, id, known) for id in dict.fromkeys(ids) if id not in known]
        if faults:
            raise ConfigError(faults)
        _replace(target, [key for key in keys if key.id not in ids])
    return tuple(key for key in keys if key.id in ids)


def _argument_faults(values: dict[str, Any]) -> list[Fault]:
    wanted = {
        name: FIELDS[name].wanted
        for name, value in values.items()
        if value is not None and not FIELDS[name].fits(value)
    }
    wanted = wanted or dict.fromkeys(bursts_too_small(values), BURST_WANTED)
    return [Fault(name, "does not fit", text) for name, text in wanted.items()]


def _unknown(file: Path, id: str, known: set[str]) -> Fault:
    inside = id_in(id)
    if inside is not None:  # a whole key: not to be shown
        return Fault("the id", "is a whole key", mend=f"Give its id: {inside}")
    close = nearest(id, known)
    return Fault(f"{file}", f"holds no key {id!a}", f"did you mean {close}?" if close else "`keys list` shows them")


def _text_of(file: Path) -> str:
    try:
        # A pipe would wait for its writer, a device give bytes for ever.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        with open(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigError([Fault(f"{file}", "is no file of text", mend="Name the key file.")])
            content = opened.read(_LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError([Fault(f"{file}", "is not there", mend="`otel-kit keys create` makes it.")]) from error
    except OSError as error:
        raise _unusable(file, "cannot be read", error) from error
    if len(content) > _LARGEST_BYTES:
        raise ConfigError([Fault(f"{file}", f"is larger than {_LARGEST_BYTES} bytes", mend="Name the key file.")])
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([Fault(f"{file}:{line}", "is no text in UTF-8")]) from None


@contextlib.contextmanager
def _alone(file: Path, *, make: bool = False) -> Iterator[Path]:
    """Keep other writers out and yield the file to replace: behind links, so that a link stays one."""
    try:
        target = file.resolve()
        if make:
            target.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise _unusable(file, "cannot be written", error) from error
    if fcntl is None:
        yield target
        return
    try:
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(file, "cannot be read", error) from error
    try:
        _lock(folder, file)
        yield target
    finally:
        os.close(folder)


def _lock(folder: int, file: Path) -> None:
    deadline = time.monotonic() + _LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                held = f"is being changed by another process for {_LOCK_TIMEOUT_S:.0f} s"
                raise ConfigError([Fault(f"{file}", held, mend="Try again.")]) from None
            threading.Event().wait(_LOCK_INTERVAL_S)
        except OSError:  # a file system without locks
            return
        else:
            return


def _replace(target: Path, keys: Sequence[Key]) -> None:
    """Write a file next to it, safe on disk before it takes the name. Its mode and owner stay if it was there."""
    draft = ""
    try:
        descriptor, draft = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with open(descriptor, "w", encoding="utf-8") as written:
            _dress(descriptor, target)
            written.write(document.dump(keys))
            written.flush()
            os.fsync(descriptor)
        Path(draft).replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise _unusable(target, "cannot be written", error) from error
    if fcntl is not None:
        _sync_folder(target.parent)


def _dress(descriptor: int, target: Path) -> None:
    """Give the draft the mode and owner of what it replaces: often the group of the Collector's user was added."""
    if not hasattr(os, "fchmod"):
        return
    try:
        about = os.stat(target)
    except FileNotFoundError:
        os.fchmod(descriptor, _FILE_MODE)
        return
    with contextlib.suppress(PermissionError):  # it becomes ours, as any editor would make it
        os.fchown(descriptor, about.st_uid, about.st_gid)
    # Nobody but the owner writes: who can write the file can let himself in.
    os.fchmod(descriptor, stat.S_IMODE(about.st_mode) & 0o644 | _FILE_MODE)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot, and the rename is done
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(file: Path, what: str, error: Exception) -> ConfigError:
    why = getattr(error, "strerror", None) or str(error)
    return ConfigError([Fault(f"{file}", f"{what}: {why}")])
