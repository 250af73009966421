"""``python -m dashboards.pictures``: write ``docs/images/boards/``; takes about five minutes.

``--save FILE`` keeps what the stores returned, ``--load FILE`` draws from that instead of a new run: to mend drawings.
"""

from __future__ import annotations

import argparse
import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any, Final, TypeAlias

import httpx
from playwright.sync_api import sync_playwright

from dashboards.__main__ import FOLDER as BOARDS
from dashboards.answers import Answer, Asker, Window
from dashboards.pictures.page import WIDTH, page
from dashboards.pictures.palette import with_palette
from otel_kit.stack import assets
from otel_kit.stack.live.panels import queries_of, read
from otel_kit.stack.native.binaries import build
from otel_kit.stack.native.components import BINARIES
from tests.conditions import eventually
from tests.stack.watched_shop import WatchedShop

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images" / "boards"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_HEALTHY_S, _FAILING_S = 120.0, 60.0
# What is below it is left out: a picture has to stay small.
_MOST_HEIGHT: Final = 2200

Found: TypeAlias = tuple[Window, Mapping[str, Mapping[tuple[str, str], Answer]]]
"""The time range, and for each board its answers by the panel's title and the letter of the query."""


def main(arguments: list[str]) -> int:
    """Write the pictures; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dashboards.pictures", description=__doc__)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--load", type=Path)
    chosen = parser.parse_args(arguments)
    boards = [read(path.read_text("utf-8")) for path in sorted(BOARDS.glob("*.json"))]
    found: Found = pickle.loads(chosen.load.read_bytes()) if chosen.load else _lived(boards)  # noqa: S301 - our own
    if chosen.save:
        chosen.save.write_bytes(pickle.dumps(found))
    _shoot(boards, found)
    return 0


def _lived(boards: list[Mapping[str, Any]]) -> Found:
    """Let the shop run, fail, and go on; return what its boards' queries return then."""
    environment = dict(os.environ)  # noqa: TID251 - PATH and HOME, for the builds
    binaries = build(BINARIES, assets.root(), environment, print, Event())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shop = WatchedShop(Path(folder), binaries)
        asker = Asker(shop.addresses)
        started = time.time()
        try:
            shop.start()
            _pass(_HEALTHY_S)
            shop.fail()
            _pass(_FAILING_S)
            window = Window(started, time.time(), step_s=2, rate_s=20)
            return window, {str(board["uid"]): _asked(board, asker, window) for board in boards}
        finally:
            shop.stop()
            asker.close()


def _asked(board: Mapping[str, Any], asker: Asker, window: Window) -> dict[tuple[str, str], Answer]:
    found = {}
    for query in queries_of(board):
        for _ in range(3):  # a busy store may be late
            try:
                found[query.panel, query.ref_id] = asker.answer(query, window)
                break
            except httpx.HTTPError:
                continue
    return found


def _pass(seconds: float) -> None:
    until = time.monotonic() + seconds
    eventually(lambda: time.monotonic() > until, "time passes", 2 * seconds, 0.5)


def _shoot(boards: list[Mapping[str, Any]], found: Found) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    window, answers = found
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-lcd-text"]
        )
        for theme in ("light", "dark"):
            for board in boards:
                uid = str(board["uid"])
                tab = browser.new_page(viewport={"width": WIDTH, "height": 900})
                tab.set_content(page(board, answers.get(uid, {}), window, theme))
                height = min(_MOST_HEIGHT, int(tab.evaluate("document.body.offsetHeight")))
                name = uid if theme == "light" else f"{uid}-dark"
                tab.set_viewport_size({"width": WIDTH, "height": height})
                (FOLDER / f"{name}.png").write_bytes(with_palette(tab.screenshot()))
                tab.close()
        browser.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
