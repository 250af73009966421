"""One Chromium and two viewers (one with data, one empty) for all page tests."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conditions import eventually
from tests.page.screen import Screen
from tests.page.story import Story, send_story
from tests.page.story_operations import send_operations
from tests.page.viewer_process import Viewer, running_viewer

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
# Read at import: a fixture that clears the environment must not turn a required tool into an optional one.
_IS_REQUIRED = "chromium" in os.environ.get("OTEL_KIT_REQUIRE", "").split(",")  # noqa: TID251 - the tests' own switch
_NOT_RUN = pytest.StashKey[str]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Chromium one test stays to say so for all: one line, and one failure where Chromium is required."""
    needing = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    if _CHROMIUM is not None or not needing:
        return
    config.stash[_NOT_RUN] = f"not run: {len(needing)} page tests because there is no Chromium on the PATH"
    config.hook.pytest_deselected(items=needing[1:])
    items[:] = [item for item in items if item not in needing[1:]]


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """A Chromium with a new, empty profile. Without it the test is skipped, or fails if OTEL_KIT_REQUIRE names it."""
    if why := pytestconfig.stash.get(_NOT_RUN, None):
        if _IS_REQUIRED:
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def viewer(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """A viewer that has received the story."""
    with running_viewer(tmp_path_factory.mktemp("viewer")) as running:
        yield running


@pytest.fixture(scope="session")
def story(viewer: Viewer) -> Story:
    """What the viewer has received; all of it can be read."""
    sent = send_story(viewer.http, time.time_ns())
    send_operations(viewer.http, sent)
    for trace in (sent.big_trace, sent.nasty_trace, sent.error_trace):
        eventually(lambda trace=trace: viewer.get(f"traces/{trace}")["logs"], f"trace {trace} is stored")
    eventually(lambda: viewer.get("metrics")["metrics"], "metrics are stored")
    eventually(lambda: viewer.get("events/counts")["total"], "events are stored")
    return sent


@pytest.fixture(scope="session")
def empty_viewer(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """A viewer that has received nothing."""
    with running_viewer(tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.fixture
def open_screen(browser: Browser) -> Iterator[Callable[..., Screen]]:
    """Open tabs, each in its own context; at the end none of them may have seen an error or a violation."""
    contexts, screens = [], []

    def opened(base: str, width: int = 1280, height: int = 800, scheme: str = "light") -> Screen:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type] # a plain text is one of its literals
        context.set_default_timeout(15_000)
        contexts.append(context)
        screens.append(Screen(context.new_page(), base))
        return screens[-1]

    yield opened
    for context in contexts:
        context.close()
    assert [problem for screen in screens for problem in screen.problems] == []


@pytest.fixture
def screen(viewer: Viewer, story: Story, open_screen: Callable[..., Screen]) -> Screen:
    """A tab of 1280 by 800 on the viewer with data."""
    return open_screen(viewer.page)
