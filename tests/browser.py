"""A real, headless Chromium for the tests; run as a program, it installs one where none is.

Every page is opened offline: what it asks the network for is refused, and told by `asked`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab
    from playwright.sync_api import Route

T = TypeVar("T")
PHONE, DESK = 360, 1280
"""Widths of windows, in CSS pixels."""
SCREENSHOTS = Path(__file__).parents[1] / "build" / "screenshots"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MISSING = """\
error: the tests open pages in a real Chromium, and there is none
  → install Debian's package `chromium`, or any Chrome, or name one: CHROMIUM=/path/to/chrome"""
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # As root, in a container, Chromium does not start otherwise; it only sees our own files.
    "--no-sandbox",
)
_TOO_WIDE = """() => {
  const root = document.documentElement, room = root.clientWidth;
  if (root.scrollWidth <= room) return [];
  const scrolls = e => e && (getComputedStyle(e).overflowX !== "visible"
    || scrolls(e.parentElement));
  const wide = [...document.body.querySelectorAll("*")].filter(e =>
    e.getBoundingClientRect().right > room + 1 && !scrolls(e.parentElement));
  const told = e => `<${e.tagName.toLowerCase()}> ${e.textContent.trim().slice(0, 40)}`;
  return [`${root.scrollWidth} pixels in a window of ${room}`, ...wide.slice(0, 5).map(told)];
}"""


class Browser:
    """A Chromium with an empty profile, for the tests of one process.

    It lives in a thread of its own: Playwright leaves an event loop running in whichever it is
    used, where `asyncio.run` of other tests would fail.
    """

    def __init__(self, executable: str):
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")
        self._playwright, self._chromium = self._thread.submit(self._start, executable).result()

    @staticmethod
    def _start(executable: str) -> Any:
        from playwright.sync_api import sync_playwright

        playwright = sync_playwright().start()
        return playwright, playwright.chromium.launch(executable_path=executable, args=_QUIET)

    def stop(self) -> None:
        """Close it."""
        self._thread.submit(self._chromium.close).result()
        self._thread.submit(self._playwright.stop).result()
        self._thread.shutdown()

    @contextmanager
    def open(
        self, file: Path, *, width: int = DESK, scheme: str = "light",
        scripts: bool = True,
    ) -> Iterator[Page]:  # fmt: skip
        """Open a file in a window of its own, of some width and colour scheme: light or dark."""

        def begin() -> Page:
            context = self._chromium.new_context(
                viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True,
                java_script_enabled=scripts, locale="en-US", timezone_id="Asia/Tokyo",
            )  # fmt: skip
            page = Page(context.new_page(), self.run)
            page.tab.goto(file.resolve().as_uri())
            return page

        page = self.run(begin)
        try:
            yield page
        finally:
            self.run(page.tab.context.close)

    def run(self, act: Callable[[], T]) -> T:
        """Do something in the browser's own thread."""
        return self._thread.submit(act).result()


class Page:
    """An open page, and what was seen while it opened."""

    def __init__(self, tab: Tab, run: Callable[[Callable[[], Any]], Any]):
        self.tab = tab
        """Playwright's own page; to be used within `run` only."""
        self.run = run
        self.said: list[str] = []
        """Errors and warnings of the console, and exceptions that nobody caught."""
        self.asked: list[str] = []
        """Addresses that it asked the network for; none was let through."""
        tab.on(
            "console",
            lambda m: self.said.append(m.text) if m.type in {"error", "warning"} else None,
        )
        tab.on("pageerror", lambda error: self.said.append(str(error)))
        tab.route("**/*", self._refuse)
        # A socket that nobody connects reaches nothing.
        tab.route_web_socket(re.compile("."), lambda socket: self.asked.append(socket.url))

    def _refuse(self, route: Route) -> None:
        request = route.request
        if request.url.startswith("file:") and request.is_navigation_request():
            route.continue_()
            return
        self.asked.append(request.url)
        route.abort()

    def evaluate(self, script: str) -> Any:
        """Run a script in the page."""
        return self.run(lambda: self.tab.evaluate(script))

    def texts(self, selector: str) -> list[str]:
        """Give the text that can be seen of every element that fits."""
        found = self.run(lambda: self.tab.locator(selector).all_inner_texts())
        return [str(text).strip() for text in found]

    def unfold(self) -> None:
        """Open whatever is folded away, so that it is looked at, too."""
        self.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.run(lambda key=key: self.tab.keyboard.press(key))  # type: ignore[misc]

    def too_wide(self) -> list[str]:
        """Say what makes the whole page scroll sideways; what scrolls in itself does not."""
        return list(self.evaluate(_TOO_WIDE))

    def inaccessible(self) -> list[str]:
        """Say what axe-core finds against the page: rules of WCAG A and AA, and good practice."""
        from axe_playwright_python.sync_playwright import Axe

        found = self.run(lambda: Axe().run(self.tab).response)
        return [
            f"{one['id']}: {node['target']} {node['html'][:120]} {_why(node)}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def problems(self) -> list[str]:
        """Say all that is wrong with a page that must stand for itself, for everybody."""
        return [
            *(f"console: {text}" for text in self.said),
            *(f"network: {address}" for address in self.asked),
            *(f"too wide: {what}" for what in self.too_wide()),
            *(f"axe: {what}" for what in self.inaccessible()),
        ]

    def screenshot(self, name: str) -> Path:
        """Keep a picture of the whole page, for people: build/screenshots/NAME.png."""
        file = SCREENSHOTS / f"{name}.png"
        self.run(lambda: self.tab.screenshot(path=file, full_page=True))
        return file


def _why(node: dict[str, Any]) -> str:
    return "; ".join(one["message"] for kind in ("any", "all", "none") for one in node[kind])


def executable() -> str | None:
    """Find a Chromium or Chrome: the one that CHROMIUM names, else one on the path."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def start() -> Browser:
    """Start the browser of a test process; fail where there is none, never skip."""
    if found := executable():
        return Browser(found)
    raise RuntimeError(_MISSING)


def install() -> bool:
    """Install Debian's Chromium; False where that is not ours to do, or fails."""
    if not shutil.which("apt-get") or os.geteuid() != 0 or os.environ.get("CHROMIUM"):
        return False
    apt = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")
    install = (*apt, "install", "-y", "--no-install-recommends", "chromium")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}

    def done(*command: str) -> bool:
        return not subprocess.run(
            command, env=environment, stdout=sys.stderr, check=False
        ).returncode

    print("installing chromium, which the tests open pages in", file=sys.stderr)
    # The lists of a machine that has stood for a while name packages that are gone.
    return done(*install) or (done(*apt, "update") and done(*install))


if __name__ == "__main__":
    if not executable() and not (install() and executable()):
        sys.exit(_MISSING)
