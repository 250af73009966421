"""The folders of a native run, all below one: what a run leaves behind, and where to look for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from otel_kit.stack.own_folder import KEYS, make_unseen

_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class Layout:
    """``data/NAME`` (what a component stores), ``logs/NAME.log``, ``rendered/`` (anew at each start), ``secrets/``."""

    state: Path

    def data(self, name: str) -> Path:
        """The folder with the data of that component."""
        return self.state / "data" / name

    def log(self, name: str) -> Path:
        """The file with what that component printed since its last start."""
        return self.state / "logs" / f"{name}.log"

    @property
    def rendered(self) -> Path:
        """The configuration files in which variables are filled in."""
        return self.state / "rendered"

    @property
    def keys_file(self) -> Path:
        """The ingest keys, as hashes."""
        return self.state / KEYS

    @property
    def first_key(self) -> Path:
        """The text of the key that the first start made: for the programs of this machine's user."""
        return self.state / "secrets" / "ingest-key"

    @property
    def alert_secrets(self) -> Path:
        """The addresses and passwords of receivers of alerts, a file each; the user's."""
        return self.state / "secrets" / "alerts"

    @property
    def addresses(self) -> Path:
        """Where the parts were reached when the stack was started last: JSON, without the key."""
        return self.state / "addresses.json"

    @property
    def lock(self) -> Path:
        """Held while a stack runs over these folders."""
        return self.state / "lock"

    def make(self) -> None:
        """Make the folders; only their owner may look into them, and git does not see them.

        Raises:
            OSError: one cannot be made.
        """
        make_unseen(self.state)
        for folder in (
            self.state,
            *(self.state / name for name in ("data", "logs", "rendered", "secrets")),
            self.alert_secrets,
        ):
            folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            folder.chmod(_PRIVATE)
