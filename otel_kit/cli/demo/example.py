"""The example shop: where it lies, whether it can run, and its modules for this process."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import otel_kit
from otel_kit.errors import MissingExtra, OtelKitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shop.planted import Planted
    from shop.traffic import Traffic

# In the order of their calls: each needs the address of the next.
SERVICES = ("shop", "orders", "payments")
_NEEDED = {
    "fastapi": "fastapi",
    "httpx": "httpx",
    "opentelemetry.instrumentation.httpx": "opentelemetry-instrumentation-httpx",
    "starlette": "starlette",
    "uvicorn": "uvicorn",
}


def require_extras() -> None:
    """Check that the packages of the extra ``demo`` are there.

    Raises:
        MissingExtra: one is not.
    """
    for module, package in _NEEDED.items():
        if importlib.util.find_spec(module) is None:
            raise MissingExtra("otel-kit demo", "demo", package)


def examples_folder() -> Path:
    """Return the folder that holds the package ``shop``: the wheel's copy, else the checkout's.

    Raises:
        OtelKitError: neither is there.
    """
    package = package_folder()
    for folder in (package / "examples", package.parent / "examples"):
        if (folder / "shop" / "planted.py").is_file():
            return folder
    raise OtelKitError("the example shop is missing from this installation; reinstall otel-kit")


def package_folder() -> Path:
    """Return the folder of the package ``otel_kit``."""
    return Path(otel_kit.__file__).parent


def load_planted() -> Sequence[Planted]:
    """Return the table of what is planted."""
    planted: Sequence[Planted] = _load("shop.planted").PLANTED
    return planted


def new_traffic(shop_url: str) -> Traffic:
    """Return the shop's customers, not started."""
    traffic: Traffic = _load("shop.traffic").Traffic(shop_url)
    return traffic


def _load(name: str) -> ModuleType:
    folder = str(examples_folder())
    if folder not in sys.path:
        sys.path.insert(0, folder)  # before the working directory: "shop" is a likely name for a user's own package
    return importlib.import_module(name)
