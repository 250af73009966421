"""Where the files of the stack lie: the only place that finds them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from otel_kit.errors import OtelKitError

# What pyproject.toml puts into the wheel; an editable install does not see it.
_PACKAGED: Final = Path(__file__).parent / "files"
_CHECKOUT: Final = Path(__file__).parents[2]
_SIGN: Final = Path("collector") / "gateway.yaml"


def root() -> Path:
    """Return the folder that holds ``collector/``, ``backends/``, ``grafana/`` and ``docker-compose.yml``.

    The packaged copy, else the checkout that the package runs from.

    Raises:
        OtelKitError: neither is there.
    """
    for folder in (_PACKAGED, _CHECKOUT):
        if (folder / _SIGN).is_file():
            return folder
    raise OtelKitError("the files of the stack are missing from this installation; reinstall otel-kit")
