"""A changed policy or key file, taken over while the application runs: read, compiled, and put in force as a whole."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from otel_kit.compiled_policy import CompiledPolicy, compiled_policy
from otel_kit.errors import Fault
from otel_kit.file_watch import FileWatch
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor
from otel_kit.settings import Settings, state_dir

_log = logging.getLogger(__name__)
EngineChoice = Literal["auto", "stdlib", "hyperscan"]
CHANGED, UNCHANGED, REFUSED = "changed", "unchanged", "refused"


@dataclass(frozen=True, slots=True)
class Reload:
    """What ``kit.reload()`` did.

    ``changed`` says whether anything is different now. ``before`` and ``after`` name the policy in force, ``settings``
    are the keys that have another value now; ``faults`` say why a file or a value was refused.
    """

    changed: bool
    before: str | None = None
    after: str | None = None
    settings: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


class Reloader:
    """Holds the compiled policy and renews it. Thread-safe; raises nothing after construction.

    There is one compiled object, replaced by one assignment: a record is redacted by the one or by the other.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._watch = self._new_watch()  # before the files are read
        self._in_force = compiled_policy(settings)
        self._faults = self._in_force.faults
        self._use: Callable[[Redactor], object] = lambda _redactor: None
        self._changed: Callable[[str], object] = lambda _by: None
        self._lock = threading.RLock()
        self._outcomes: Counter[str] = Counter()
        self._stopped = False

    @property
    def in_force(self) -> CompiledPolicy:
        """The policy that redacts now."""
        return self._in_force

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Why what the files say now is not in force; empty when it is."""
        return self._faults

    def outcomes(self) -> Mapping[str, int]:
        """Return the reloads so far: ``changed``, ``unchanged``, ``refused``."""
        return dict(self._outcomes)

    def start(self, use: Callable[[Redactor], object], changed: Callable[[str], object] | None = None) -> None:
        """Hand each new redactor to ``use`` from now on, and begin to watch the files if the settings name any.

        ``changed`` is told after each change who made it: ``call`` or ``file``.
        """
        self._use = use
        self._changed = changed or self._changed
        if self._faults:
            policy = self._in_force.redactor.policy
            which = "the shipped redaction policy" if policy.id == policy.base_id else "the redaction policy"
            _log.error(
                "%s %s is in force, with faults in what was asked for:\n%s", which, policy.id, _told(self._faults)
            )
        self._start_engine(self._in_force)
        if self._watch is not None:
            self._watch.start()

    def stop(self) -> None:
        """Leave the policy as it is from now on."""
        self._stopped = True
        if self._watch is not None:
            self._watch.stop()

    def after_fork(self) -> None:
        """Count from zero and go on watching in a child."""
        self._lock = threading.RLock()
        self._outcomes = Counter()
        if self._watch is not None and not self._stopped:
            self._watch.after_fork()

    def reload(self, by: str = "call") -> Reload:
        """Read and compile the files anew and put the result in force; a file with a fault changes nothing.

        Blocks as long as that takes (some tenths of a second), on the caller's thread; records go on meanwhile.
        """
        with self._lock:
            before = self._in_force
            if self._stopped:
                return Reload(False, before.redactor.policy_id, before.redactor.policy_id)
            content = self._watch.fingerprint() if self._watch is not None else ()
            new = self._compiled_again(before)
            is_news = new.faults != self._faults
            self._faults = new.faults
            if new.faults:
                outcome = REFUSED
            elif new.is_like(before):
                outcome = UNCHANGED
            else:
                outcome = CHANGED
                self._start_engine(new)
                # What a redactor prepares at its first text is prepared here, not by every thread of the application.
                new.redactor.attributes({"first": "text 1"}, Findings())
                self._use(new.redactor)
                self._in_force = new
            self._outcomes[outcome] += 1
            if self._watch is not None:
                self._watch.acted_on(content)
            result = Reload(
                outcome == CHANGED, before.redactor.policy_id, self._in_force.redactor.policy_id, faults=new.faults
            )
        if is_news or result.changed:
            _say(result)  # without the lock: a log handler may wait for what waits for it
        if result.changed:
            self._changed(by)
        return result

    def _new_watch(self) -> FileWatch | None:
        settings = self._settings
        paths = [Path(path) for path in (settings.policy_file, settings.pseudonym_keys_file) if path is not None]
        if not paths or not settings.redaction or settings.policy_watch_s <= 0:
            return None
        return FileWatch(paths, settings.policy_watch_s, lambda: self.reload("file"))

    def _compiled_again(self, before: CompiledPolicy) -> CompiledPolicy:
        try:
            return compiled_policy(self._settings)
        except Exception as error:  # the shipped policy itself, while the package is being replaced on disk
            fault = Fault("the shipped policy", f"cannot be read again: {type(error).__name__}")
            return replace(before, faults=(fault,))

    def _start_engine(self, compiled: CompiledPolicy) -> None:
        engine = cast("EngineChoice", self._settings.redaction_engine)
        compiled.redactor.start_engine(engine, state_folder=state_dir(self._settings.state_dir))


def _say(result: Reload) -> None:
    if result.faults:
        told = _told(result.faults)
        _log.error("the redaction policy was not reloaded, policy %s stays in force:\n%s", result.after, told)
    elif result.changed:
        _log.info("redaction policy %s is in force, in the place of %s", result.after, result.before)


def _told(faults: Sequence[Fault]) -> str:
    return "\n".join(f"  - {fault}" for fault in faults)
