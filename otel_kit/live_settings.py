"""The settings in force, renewed while the application runs: from an edited file or by ``kit.reload(...)``."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from otel_kit.file_watch import FileWatch
from otel_kit.settings import Loaded, LoadedAgain, Settings, load_again

_log = logging.getLogger(__name__)
# Takes the settings in force from now on, the keys that have changed, and who changed them: call or file.
Apply = Callable[[Settings, tuple[str, ...], str], object]


class LiveSettings:
    """Holds the loaded settings; replaced as a whole, so that a reader sees the old ones or the new. Thread-safe."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._lock = threading.RLock()
        self._apply: Apply = _nothing
        self._watch: FileWatch | None = None
        interval_s = loaded.settings.policy_watch_s
        if loaded.file is not None and interval_s > 0:
            self._watch = FileWatch([loaded.file], interval_s, lambda: self.reload(by="file"))

    @property
    def loaded(self) -> Loaded:
        """The settings in force with their origins."""
        return self._loaded

    def start(self, apply: Apply) -> None:
        """Hand changed settings to ``apply`` from now on, and watch the settings file if there is one."""
        self._apply = apply
        if self._watch is not None:
            self._watch.start()

    def stop(self) -> None:
        """Leave the settings as they are from now on."""
        self._apply = _nothing
        if self._watch is not None:
            self._watch.stop()

    def after_fork(self) -> None:
        """Go on watching in a child."""
        self._lock = threading.RLock()
        if self._watch is not None:
            self._watch.after_fork()

    def reload(self, more: Mapping[str, Any] | None = None, by: str = "call") -> LoadedAgain:
        """Read the sources anew, ``more`` before them; with a fault the settings stay as they are. Never raises."""
        with self._lock:
            content = self._watch.fingerprint() if self._watch is not None else ()
            again = load_again(self._loaded, more)
            self._loaded = again.loaded
            if self._watch is not None:
                self._watch.acted_on(content)
            if again.changed:
                self._apply(again.loaded.settings, again.changed, by)
        _say(again)  # without the lock: a log handler may wait for what waits for it
        return again


def _nothing(_settings: Settings, _changed: tuple[str, ...], _by: str) -> None:
    """Follow no change."""


def _say(again: LoadedAgain) -> None:
    if again.faults:
        told = "\n".join(f"  - {fault}" for fault in again.faults)
        _log.error("the settings were not reloaded, the old ones stay in force:\n%s", told)
    elif again.changed:
        _log.info("settings were changed: %s", ", ".join(again.changed))
    if again.needs_restart:
        _log.warning("a restart is needed for changed settings: %s", ", ".join(again.needs_restart))
