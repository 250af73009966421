"""Which files are loaded together: what is in use, and what is shipped, alone and all at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault, nearest
from otel_kit.stack.check import binary as collector
from otel_kit.stack.check.examine import Findings, examine
from otel_kit.stack.check.flow import REDACTED
from otel_kit.stack.check.layers import Merged, component_type, merge, names, read_layers
from otel_kit.stack.check.variables import required
from otel_kit.stack.initialise.options import STOCK
from otel_kit.stack.initialise.stock import needs_guard

IN_USE: Final = "in use"
# What an agent takes in beside OTLP; docs of agent.yaml.
_OF_AN_AGENT: Final = ("container_logs", "host_metrics")
_AT_ONCE: Final = 4
_SIGNALS: Final = frozenset({"traces", "logs", "metrics"})
# What takes up the signals that an overlay leaves without a destination.
_DESTINATION: Final = "lgtm"
# Stand-ins for what has no value here, by the end of the name: `validate` wants something that can be one.
_STAND_INS: Final = {
    "_ENDPOINT": "http://127.0.0.1:1",
    "_URLS": "http://127.0.0.1:1",
    "_HEADERS": "{}",
    "_FILE": "/dev/null",
}


@dataclass(frozen=True, slots=True)
class Combination:
    """Files that are loaded together, the base left out."""

    name: str
    files: tuple[Path, ...]
    stands_in: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out about one combination. ``left_out``: why the binary was not asked, if it was not."""

    combination: Combination
    findings: Findings
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A stack's folder."""

    root: Path

    @property
    def base(self) -> tuple[Path, Path]:
        """The two files that come first."""
        return self.root / "collector" / "gateway.yaml", self.root / "collector" / "generated" / "redaction.yaml"

    @property
    def overlays(self) -> Mapping[str, Path]:
        """The shipped overlays by name."""
        return {path.stem: path for path in sorted((self.root / "collector" / "overlays").glob("*.yaml"))}

    @property
    def local(self) -> Path:
        """The folder of the user's own files."""
        return self.root / "collector" / "local.d"

    def is_users(self, where: str) -> bool:
        """Return whether a file, or a place in one, is the user's own."""
        return where.startswith(f"{self.local}/")

    @property
    def users(self) -> tuple[Path, ...]:
        """The user's own files, in the order in which they are loaded."""
        return tuple(sorted(self.local.glob("*.yaml")))

    def not_loaded(self) -> Iterator[Fault]:
        """Yield a fault for each of the user's files that nobody will load: only ``*.yaml`` is, hidden files not."""
        for path in sorted(self.local.iterdir()) if self.local.is_dir() else ():
            if path.suffix != ".yaml" and path.name != "README.md" and not path.name.startswith("."):
                what = "is a folder: nothing in it is loaded" if path.is_dir() else "is not loaded"
                yield Fault(str(path), what, f"files directly in {self.local.name} that end in .yaml are",
                            f"Rename it to {path.stem}.yaml, or take it away.")  # fmt: skip

    def loaded(self, chosen: Iterable[str], variables: Mapping[str, str]) -> list[str]:
        """Return which of the overlays that the folder's settings choose `stack init` has loaded by the containers.

        The upstream image has no guard, so it goes without those that name it.
        """
        if variables.get("STACK_COLLECTOR_IMAGE") != STOCK:
            return list(chosen)
        overlays = self.overlays
        return [name for name in chosen if name not in overlays or not needs_guard(overlays[name].read_text("utf-8"))]

    def chosen(self, wanted: Iterable[str]) -> tuple[Path, ...]:
        """Return the overlays of these names; a path stands for itself.

        Raises:
            ConfigError: there is none of that name.
        """
        faults, found = [], []
        for name in wanted:
            path = self.overlays.get(name, Path(name))
            if not path.is_file():
                close = nearest(name, self.overlays)
                known = ", ".join(self.overlays)
                faults.append(
                    Fault(
                        "--overlay",
                        f"names {name}, which is not there",
                        f"{known} are",
                        f"Did you mean {close}?" if close else "",
                    )
                )
            found.append(path)
        if faults:
            raise ConfigError(faults)
        return tuple(found)

    def combinations(self, chosen: Sequence[Path], without: Iterable[str]) -> Iterator[Combination]:
        """Yield what is in use, each shipped overlay alone, the agent, all overlays, and all with the user's files.

        ``without``: overlays that are left out where all are loaded, because the Collector at hand cannot load them.
        """
        yield Combination(IN_USE, (*chosen, *self.users), stands_in=False)
        for name, path in self.overlays.items():
            if _signals_with_destination(path) == _SIGNALS or name == _DESTINATION:
                yield Combination(name, (path,))
            else:
                yield Combination(f"{name}, with {_DESTINATION}", (self.overlays[_DESTINATION], path))
        agent = self.root / "collector" / "agent.yaml"
        if agent.is_file():
            yield Combination("agent", (agent, *(self.overlays[name] for name in _OF_AN_AGENT)))
        out = set(without)
        everything = tuple(path for name, path in self.overlays.items() if name not in out)
        title = f"all but {', '.join(sorted(out))}" if out else "all overlays"
        yield Combination(title, everything)
        if self.users:
            yield Combination(f"{title}, and local.d", (*everything, *self.users))


@dataclass(frozen=True, slots=True)
class Checker:
    """How a folder's combinations are checked: with these variables, by the own rules and, if there is one, a binary.

    What is in use needs a value for each of its variables; in the others of what is shipped a stand-in takes its place.
    What a binary has no components for is checked by the own rules only, and says so.
    """

    folder: Folder
    environment: Mapping[str, str]
    binary: Path | None
    in_container: bool = False
    available: Mapping[str, frozenset[str]] | None = None

    def all(self, combinations: Iterable[Combination]) -> Sequence[Checked]:
        """Return what there is to say about each of them. Blocks while the binary runs, several at once.

        Raises:
            OtelKitError: the binary cannot be run.
        """
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return list(pool.map(self.one, combinations))

    def combinations(self, chosen: Sequence[Path]) -> list[Combination]:
        """Return the combinations; what the binary lacks is left out where all overlays are loaded."""
        overlays = self.folder.overlays.items()
        without = [name for name, path in overlays if self._left_out(merge(read_layers([path], None, [])))]
        return list(self.folder.combinations(chosen, without))

    def one(self, combination: Combination) -> Checked:
        """Return what there is to say about one combination. Blocks while the binary runs."""
        files = (*self.folder.base, *combination.files)
        layers = read_layers(files, self.folder.local, [])
        values = dict(self.environment)
        if combination.stands_in:
            shipped = [layer for layer in layers if not self.folder.is_users(layer.document.name)]
            unset = {name for layer in shipped for name in required(layer) if not values.get(name)}
            values |= {name: _stand_in(name) for name in unset}
        left_out = self._left_out(merge(layers))
        binary = None if left_out else self.binary
        return Checked(combination, examine(files, values, binary, in_container=self.in_container), left_out)

    def _left_out(self, merged: Merged) -> str:
        """Return what of the shipped files the binary was built without; what a user's file names is a fault."""
        if self.available is None:
            return ""
        lacking = [
            component_type(name)
            for section, name in collector.lacking(merged, self.available)
            if not self.folder.is_users(merged.where(section, name))
        ]
        return f"this Collector was built without {', '.join(dict.fromkeys(lacking))}" if lacking else ""


def checker(folder: Folder, environment: Mapping[str, str], binary: Path | None, *, in_container: bool) -> Checker:
    """Return a checker that knows what the binary can. Blocks a moment.

    Raises:
        OtelKitError: the binary cannot be run.
    """
    available = collector.components(binary) if binary is not None else None
    return Checker(folder, environment, binary, in_container, available)


def _stand_in(name: str) -> str:
    return next((value for end, value in _STAND_INS.items() if name.endswith(end)), "placeholder")


def _signals_with_destination(path: Path) -> frozenset[str]:
    pipelines = merge(read_layers([path], None, [])).pipelines()
    return frozenset(
        name.partition("/")[0] for name, pipeline in pipelines.items() if REDACTED in names(pipeline, "receivers")
    )
