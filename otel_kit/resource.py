"""Who sends: the resource of all three signals, and an instance id that recycled workers share.

The instance id is the UUIDv5 of a random id (written once into the state folder), the service and a slot. A slot is
held by a file lock that the kernel frees when the process dies: worker number 3 of a service has the same id after
every restart, so that its series go on instead of new ones appearing, and two containers with one host name still
differ, because each has its own state folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import socket
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

from opentelemetry.sdk.resources import Resource

from otel_kit import semconv
from otel_kit.settings import Loaded
from otel_kit.version import __version__

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: a random id for each process
    fcntl = None

_MAX_SLOTS = 512


class InstanceId:
    """The instance id of this process; another one after a fork. Thread-safe."""

    def __init__(self, folder: Path, service: str, given: str | None = None) -> None:
        self._folder = folder
        self._given = given
        self._is_child = False
        self._service = service
        self._lock = threading.Lock()
        self._slot: int | None = None  # descriptor of the locked file, kept open as long as the process lives
        self._speaks: int | None = None  # the same, of the process that speaks for the host
        self._id: str | None = None
        self.is_stable = False
        self._number: int | None = None

    @property
    def leads(self) -> bool:
        """Whether this process speaks for the host: one of the processes of a service on it does.

        Whoever asks first while nobody does takes it over, until it ends: each asks at each of its collections.
        """
        self.current()
        if self._number is None or self._speaks is not None:
            return True
        with self._lock, contextlib.suppress(OSError):
            if self._speaks is None:
                self._speaks = _take(self._folder / "slots" / f"{self._hashed_service()}-host.lock")
        return self._speaks is not None

    @property
    def slot(self) -> int | None:
        """The number of this process among those of its service on this host; None where there are no slots."""
        self.current()
        return self._number

    def current(self) -> str:
        """Return the id; the first call of a process takes a slot."""
        known = self._id
        if known is not None:
            return known
        with self._lock:
            if self._id is None:
                self._id = self._stable() or self._unstable()
            return self._id

    def after_fork(self) -> None:
        """Let the child take a slot of its own; the parent keeps its lock."""
        self._lock = threading.Lock()
        self.release()
        self._id = None
        self._is_child = True
        self.is_stable = False

    def release(self) -> None:
        """Leave the slot to others: this process sends nothing more, or a new start of the kit takes it again."""
        slot, self._slot, self._number = self._slot, None, None
        speaks, self._speaks = self._speaks, None
        for descriptor in (slot, speaks):
            if descriptor is not None:
                with contextlib.suppress(OSError):
                    os.close(descriptor)

    def _stable(self) -> str | None:
        if fcntl is None:
            return None
        try:
            slots = self._folder / "slots"
            slots.mkdir(mode=0o700, parents=True, exist_ok=True)
            installation = _installation_id(self._folder / "installation-id")
            service = self._hashed_service()
            for number in range(_MAX_SLOTS):
                slot = _take(slots / f"{service}-{number}.lock")
                if slot is not None:
                    self._slot, self._number = slot, number
                    self.is_stable = True
                    return self._named(installation, number)
        except (OSError, ValueError):
            return None
        return None

    def _hashed_service(self) -> str:
        return hashlib.sha256(self._service.encode("utf-8", "backslashreplace")).hexdigest()[:16]

    def _named(self, installation: uuid.UUID, number: int) -> str:
        """A given id, such as an operator's, is kept by the first process; others of the service add to it."""
        if self._given is None:
            return str(uuid.uuid5(installation, f"{self._service}/{number}"))
        return self._given if number == 0 else f"{self._given}/{number}"

    def _unstable(self) -> str:
        if self._given is None:
            return str(uuid.uuid4())
        return f"{self._given}/{uuid.uuid4().hex[:8]}" if self._is_child else self._given


def build_resource(loaded: Loaded) -> Resource:
    """Return the resource. The first that names an attribute wins.

    1. settings that were given (``service.name``, ``environment``, ...)
    2. ``resource.attributes``
    3. the defaults of settings and what the process knows of itself
    """
    settings = loaded.settings
    named = {
        semconv.SERVICE_NAME: ("service.name", settings.service_name),
        semconv.SERVICE_VERSION: ("service.version", settings.service_version),
        semconv.SERVICE_NAMESPACE: ("service.namespace", settings.service_namespace),
        semconv.DEPLOYMENT_ENVIRONMENT_NAME: ("environment", settings.environment),
    }
    attributes: dict[str, Any] = {
        semconv.SERVICE_NAME: settings.service_name,
        semconv.HOST_NAME: socket.gethostname(),
        semconv.HOST_ARCH: _host_arch(platform.machine()),
        semconv.OS_TYPE: {"win32": "windows", "sunos5": "solaris"}.get(sys.platform, sys.platform),
        semconv.PROCESS_RUNTIME_NAME: sys.implementation.name,
        semconv.PROCESS_RUNTIME_VERSION: platform.python_version(),
        semconv.TELEMETRY_DISTRO_NAME: "otel-kit",
        semconv.TELEMETRY_DISTRO_VERSION: __version__,
        **(settings.resource_attributes or {}),
    }
    attributes.update(
        {name: value for name, (key, value) in named.items() if value is not None and loaded.origins[key] != "default"}
    )
    return Resource.create(attributes, semconv.SCHEMA_URL)


def _host_arch(machine: str) -> str:
    """Return the conventions' name of a processor architecture."""
    name = machine.lower()
    return {"x86_64": "amd64", "aarch64": "arm64", "i386": "x86", "i686": "x86", "armv7l": "arm32"}.get(name, name)


def _installation_id(path: Path) -> uuid.UUID:
    """Return the random id of this state folder, written by whoever comes first. Raises OSError, ValueError."""
    if not path.exists():
        made = uuid.uuid4()
        draft = path.with_name(f"{path.name}.{made}")
        draft.write_text(str(made))
        draft.chmod(0o600)
        try:
            # A link appears with its content or not at all: who comes second never reads half an id.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
    return uuid.UUID(path.read_text().strip())


def _take(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor
    except OSError:
        os.close(descriptor)
        return None
