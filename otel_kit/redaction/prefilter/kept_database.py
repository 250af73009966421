"""The compiled database of a policy's signs, from the state folder or compiled and kept there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from otel_kit.redaction.prefilter.database_files import DatabaseFiles
from otel_kit.redaction.prefilter.database_name import database_name
from otel_kit.redaction.prefilter.hyperscan_database import SignDatabase, compile_signs, dump_signs, load_signs

FOLDER: Final = "redaction"  # below the state folder
_PATIENCE_S: Final = 30.0  # several times what compiling takes


class KeptDatabase:
    """The database of ``signs``. What is kept holds the policy's patterns, compiled, and nothing else. Thread-safe."""

    def __init__(self, hyperscan: Any, signs: Sequence[str], state_folder: Path | None) -> None:
        """Without a state folder nothing is kept. Raises hyperscan.HyperscanError: this machine cannot run it."""
        self._hyperscan = hyperscan
        self._signs = tuple(signs)
        try:
            self._name = database_name(hyperscan, self._signs) if state_folder is not None else ""
        except OSError:
            state_folder = None
        self._files = DatabaseFiles(None if state_folder is None else state_folder / FOLDER)

    def loaded(self) -> SignDatabase | None:
        """Return what is kept, in some milliseconds; None if there is nothing."""
        dumped = self._files.read(self._name)
        if dumped is None:
            return None
        try:
            return load_signs(self._hyperscan, dumped)
        except (ValueError, self._hyperscan.HyperscanError):
            self._files.remove(self._name)
            return None

    def loaded_or_compiled(self) -> SignDatabase:
        """Return what is kept, or compile and keep it; while another process does so, wait for what it makes.

        Takes up to half a minute and the seconds of compiling. Raises hyperscan.HyperscanError: nothing compiles here.
        """
        found = self.loaded()
        if found is not None:
            return found
        with self._files.turn(_PATIENCE_S):
            found = self.loaded()
            if found is None:
                found = compile_signs(self._hyperscan, self._signs)
                self._keep(found)
            return found

    def _keep(self, compiled: SignDatabase) -> None:
        try:
            dumped = dump_signs(self._hyperscan, compiled)
        except self._hyperscan.HyperscanError:
            return
        self._files.write(self._name, dumped)
