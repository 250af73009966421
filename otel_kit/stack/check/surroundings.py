"""What the Collector of a folder will find in its environment: `.env`, and what the compose file sets for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from otel_kit.errors import ConfigError
from otel_kit.settings.document import read_document
from otel_kit.stack.environment import read
from otel_kit.stack.variables import by_name

_OVERLAYS: Final = "OTELCOL_OVERLAYS"
# Without compose files nothing says more than where data goes.
_DESTINATION: Final = "lgtm"
_COMPOSE_FILES: Final = ("docker-compose.yml", "compose.override.yaml")
_SERVICE: Final = "collector"
_REFERENCE: Final = re.compile(r"\$\{(?P<name>\w+)(?::?(?P<kind>[-?])(?P<rest>[^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The variables as the Collector will see them; ``in_container``: compose files set some of them."""

    variables: Mapping[str, str]
    in_container: bool

    @property
    def overlays(self) -> list[str]:
        """The names of the overlays that the folder's own settings choose."""
        default = by_name()[_OVERLAYS].default if self.in_container else None
        return re.split(r"[\s,]+", self.variables.get(_OVERLAYS, "").strip() or default or _DESTINATION)


def surroundings(root: Path, env_file: Path | None, process: Mapping[str, str]) -> Surroundings:
    """Return what is in the environment of the Collector; what the process has wins over the file.

    ``env_file`` None: ``root/.env``, if it is there. What the compose files of ``root`` set for the Collector counts
    where neither of the two says anything.

    Raises:
        ConfigError: `.env` cannot be read, each fault with its line.
    """
    path = env_file if env_file is not None else root / ".env"
    # Beside a compose file it is that of the containers, and what the file fixes has no place in it.
    in_containers = env_file is None and (root / _COMPOSE_FILES[0]).is_file()
    is_there = env_file is not None or path.is_file()
    values = {**(read(path, in_containers=in_containers) if is_there else {}), **process}
    composed: dict[str, str] = {}
    for name in _COMPOSE_FILES:
        composed |= _of_service(root / name, values)
    return Surroundings({**composed, **values}, bool(composed))


def _of_service(path: Path, values: Mapping[str, str]) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        data = read_document(path, [], merges=True).data
    except ConfigError:
        # The compose file has its own check.
        return {}
    services = data.get("services") if isinstance(data, dict) else None
    service = services.get(_SERVICE) if isinstance(services, dict) else None
    rows = service.get("environment") if isinstance(service, dict) else None
    # A name without a value is passed on from the environment, which is looked at anyway.
    return (
        {name: _expanded(value, values) for name, value in rows.items() if value is not None}
        if isinstance(rows, dict)
        else {}
    )


def _expanded(value: Any, values: Mapping[str, str]) -> str:
    def of(match: re.Match[str]) -> str:
        return values.get(match["name"]) or ((match["rest"] or "") if match["kind"] == "-" else "")

    return _REFERENCE.sub(of, str(value))
