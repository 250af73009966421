"""Take the pictures of the documentation from a running viewer: ``python tests/page/take_pictures.py [PAGE]``.

``PAGE`` is the viewer's address (default http://127.0.0.1:4319), best while ``make demo`` has been running for five
minutes. Writes ``docs/images/page-home.png`` and ``docs/images/page-trace.png``.
"""

from __future__ import annotations

import json
import shutil
import sys
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def error_trace(base: str) -> str:
    """Return the newest error trace over the most services: the one with the most to see."""
    with urllib.request.urlopen(f"{base}/api/traces?status=error&limit=200&route=/checkout", timeout=10) as answer:
        traces = json.load(answer)["traces"]
    if not traces:
        raise SystemExit(f"{base} has no error trace of the last 15 minutes to take a picture of")
    best = max(traces, key=lambda trace: (len(trace["services"]), trace["error_count"], trace["start_ms"]))
    return str(best["trace_id"])


def take(page: Page, base: str) -> None:
    """Write both pictures."""
    page.goto(f"{base}/#/?range=5m")
    page.locator(".route-table a").first.wait_for()
    page.locator(".uplot canvas").nth(2).wait_for()
    page.screenshot(path=IMAGES / "page-home.png")
    page.goto(f"{base}/#/trace/{error_trace(base)}")
    page.locator(".span-row").first.wait_for()
    # The innermost span that failed: its stack trace is on the picture.
    page.locator(".span-row.has-error").last.click()
    page.get_by_test_id("span-panel").wait_for()
    page.screenshot(path=IMAGES / "page-trace.png")


def main() -> None:
    """Open a browser on the viewer named on the command line."""
    base = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:4319"
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        take(browser.new_page(viewport={"width": 1280, "height": 960}, color_scheme="light"), base)
        browser.close()


if __name__ == "__main__":
    main()
