"""A browser page that remembers what went wrong on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.conditions import eventually

# Violations of the Content Security Policy are events, not only console lines.
_WATCH_CSP = (
    "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
)
# The view of the present address is drawn, its data are drawn, and none are awaited: looked at over whole frames,
# because drawing and asking follow one another from frame to frame.
_SETTLED = """async () => {
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const isSettled = () =>
    document.querySelector('main')?.dataset.route === location.hash &&
    document.querySelector('main h1, main .empty') !== null &&
    !document.querySelector('.awaiting, [data-waiting]');
  for (let frames = 0; frames < 3; frames = isSettled() ? frames + 1 : 0) await frame();
}"""


@dataclass(slots=True)
class Screen:
    """One tab on one viewer."""

    page: Page
    base: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(_WATCH_CSP)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on(
            "console", lambda line: self.problems.append(line.text) if line.type in ("error", "warning") else None
        )

    def open(self, hash_route: str) -> None:
        """Go to a hash route such as ``#/logs`` and wait until its data are there."""
        if self.page.url.startswith(self.base):
            self.page.evaluate("hash => { location.hash = hash }", hash_route)
        else:
            self.page.goto(f"{self.base}/{hash_route}")
        self.settle()

    def settle(self) -> None:
        """Wait until the view has its first data."""
        self.page.evaluate(_SETTLED)

    def until(self, check: Callable[[], object], what: str) -> None:
        """Wait for a condition on the page. Playwright's own clock runs meanwhile, so that events arrive."""

        def look() -> object:
            self.page.evaluate("1")
            return check()

        eventually(look, what)

    def links(self) -> list[str]:
        """Return the addresses of the links in the content that lead to another view, each once, in order."""
        found = self.page.eval_on_selector_all("main a[href^='#/']", "all => all.map(a => a.getAttribute('href'))")
        return list(dict.fromkeys(found))

    def overflow_px(self) -> int:
        """Return by how many pixels the content is wider than the window."""
        return int(self.page.evaluate("document.scrollingElement.scrollWidth - innerWidth"))
