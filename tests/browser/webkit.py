"""A reader with WebKit, the engine of Safari, as Debian has it: Playwright drives only a build of its own.

Its driver tells nothing of the console and cannot add a script to a page. So the server gives each page, and Python's
worker, a script that runs first (`Server.first`), and that notes what goes wrong.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import WebKitGTK
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from dlsite.browser import SCREEN, ensure_browser

from .comparing import SHOWN
from .reader import FOLLOW, LOADED, PASTE, SPY, UNKEPT
from .serving import Server

# Warnings and errors of the console, what nobody caught, what the policy refused, and what came from another place than
# the site; a worker's come to its page.
WATCH = """
{
  const page = globalThis.document !== undefined;
  const channel = new BroadcastChannel("dl-watch");
  if (page) globalThis.dlProblems = [];
  const note = (problem) => page ? dlProblems.push(problem) : channel.postMessage(problem);
  if (page) channel.onmessage = ({data}) => note(`in the worker: ${data}`);
  for (const kind of ["warn", "error"]) {
    const own = console[kind];
    console[kind] = (...parts) => {
      note(`console ${kind}: ${parts.join(" ")}`);
      own.apply(console, parts);
    };
  }
  addEventListener("error", ({message, target}) =>
    note(`uncaught: ${message ?? `${target.src ?? target.href} did not load`}`), true);
  // As in a browser's console: not what a script takes care of.
  addEventListener("unhandledrejection", (event) => queueMicrotask(() =>
    event.defaultPrevented || note(`uncaught: ${event.reason}`)));
  addEventListener("securitypolicyviolation", ({effectiveDirective, blockedURI}) =>
    note(`refused by ${effectiveDirective}: ${blockedURI}`));
  new PerformanceObserver((list) => list.getEntries()
    .filter(({name}) => !name.startsWith(`${location.origin}/`) && !/^(blob|data):/.test(name))
    .forEach(({name}) => note(`asked another place: ${name}`))).observe({type: "resource", buffered: true});
}
"""
FIRST = f"{WATCH}\nif (globalThis.document) {{ {SPY} {UNKEPT} }}\n"
POLL = 0.05  # seconds

# Brings an element to the middle of the window, and says where it is, unless something else is there.
_PLACE = """element => {
  element.scrollIntoView({block: "center", behavior: "instant"});
  if (document.readyState !== "complete" || document.fonts.status !== "loaded") return null;
  const {x, y, width, height} = element.getBoundingClientRect();
  const there = document.elementFromPoint(x + width / 2, y + height / 2);
  return element.contains(there) ? [x, y, scrollY] : null;
}"""
_DRAWN = """cell => [...cell.querySelectorAll(".dl-cell-output .dl-figure")].every((figure) =>
  figure.querySelector(".dl-error, .dl-note")
  || [...figure.querySelectorAll("svg")].some((drawing) => drawing.checkVisibility()))"""


@contextmanager
def webkit(home: Path) -> Iterator[WebKitGTK]:
    """WebKit on a screen of its own, that keeps its files in a folder of its own."""
    driver = ensure_browser("webkit").path
    reading, writing = os.pipe()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [SCREEN, "-displayfd", str(writing), "-screen", "0", "1280x1024x24"]
    screen = subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[writing], **quiet)  # type: ignore[call-overload]
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            display = number.readline().strip()
        assert display, f"{SCREEN} did not start"
        # No proxy keeps it from the network, as the other engines: its list of exceptions at times ends this browser
        # (2.50.6 reads on behind the list), and the driver then waits for ever. WATCH tells of requests to elsewhere.
        service = Service(
            str(driver), env={**os.environ, "DISPLAY": f":{display}", "HOME": str(home)}
        )
        with warnings.catch_warnings():  # of Selenium about itself
            warnings.filterwarnings("ignore", "setting remote_server_addr", DeprecationWarning)
            browser = WebKitGTK(Options(), service)
        try:
            browser.set_window_size(1280, 900)
            yield browser
        finally:
            browser.quit()
    finally:
        screen.terminate()
        screen.wait()


class SafariReader:
    """One window of WebKit, at the address of one server whose `first` is FIRST."""

    def __init__(self, browser: WebKitGTK, server: Server) -> None:
        self.browser = browser
        self.server = server
        self.allowed: list[str] = []
        self._problems: list[str] = []

    def open(self, path: str = "") -> None:
        """Load a page anew, whatever is shown now."""
        self.leave()
        self.browser.get(self.server.url + path)

    def leave(self) -> None:
        """Close the page, so that Python ends."""
        self._note()
        self.browser.get("about:blank")

    def reload(self) -> None:
        self._note()
        self.browser.refresh()

    def follow(self, path: str) -> None:
        """Go to another page as by a link: the site changes its content in place, and Python goes on."""
        url = self.server.url + path
        self.call(FOLLOW, url)
        here = f'link[rel=canonical][href="{url}"]'
        self.wait(lambda: self.all(here), f"the page {path}")

    def call(self, function: str, *arguments: Any) -> Any:
        """What a function returns in the page; it may be asynchronous, and elements are arguments too."""
        return self.browser.execute_script(f"return ({function})(...arguments)", *arguments)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """All the text of the first such element, or none."""
        return str(self.call("s => document.querySelector(s)?.textContent ?? ''", selector))

    def click(self, element: WebElement) -> None:
        """Click an element where nothing lies above it, once it stands still."""
        place: object = None

        def stands_still() -> bool:
            nonlocal place
            before, place = place, self.call(_PLACE, element)
            return place is not None and place == before

        self.wait(stands_still, "the button stands still, with nothing above it")
        element.click()

    def wait(self, holds: Callable[[], object], what: str | Callable[[], object]) -> None:
        deadline = time.monotonic() + LOADED / 1000
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"not in time: {what() if callable(what) else what}")
            time.sleep(POLL)

    def wait_for_text(self, selector: str, part: str) -> None:
        self.wait(
            lambda: part in self.text(selector),
            lambda: f"{part!r} in {selector}, which says {self.text(selector)!r}",
        )

    def cells(self) -> list[SafariCell]:
        """The live cells of the page, once they are live."""
        self.wait(
            lambda: self.call(
                "() => [...document.querySelectorAll('.dl-cell')].every((cell) => cell.dataset.state)"
            ),
            "the cells are live",
        )
        names = self.call(
            "() => [...document.querySelectorAll('.dl-cell')].map((c) => c.dataset.cell)"
        )
        return [SafariCell(self, name) for name in names]

    @property
    def workers(self) -> int:
        return int(self.call("() => dlSpy.workers"))

    def heard(self) -> list[dict[str, Any]]:
        """What the worker has said of runs since this was asked last."""
        events: list[dict[str, Any]] = self.call("() => dlSpy.messages.splice(0)")
        return events

    def _note(self) -> None:
        self._problems += self.call("() => globalThis.dlProblems?.splice(0) ?? []")

    def take(self) -> list[str]:
        """What went wrong since this was asked last, without what a pattern allows."""
        self._note()
        problems, self._problems = self._problems, []
        return [p for p in problems if not any(re.search(a, p) for a in self.allowed)]


class SafariCell:
    """A live cell as its reader sees it."""

    def __init__(self, reader: SafariReader, name: str) -> None:
        self.reader = reader
        self.name = name
        self.id = f"#cell-{name}"

    def part(self, selector: str = "") -> WebElement:
        return self.reader.browser.find_element(By.CSS_SELECTOR, f"{self.id} {selector}")

    def press(self, text: str) -> None:
        """Press the button that says this."""
        buttons = [
            b for b in self.reader.all(f"{self.id} button") if b.is_displayed() and b.text == text
        ]
        assert len(buttons) == 1, f"{len(buttons)} buttons {text!r}"
        self.reader.click(buttons[0])

    def press_run(self) -> None:
        """Press the button that is Run, or Stop."""
        self.reader.click(self.part(".dl-run"))

    @property
    def state(self) -> str:
        return self.part().get_attribute("data-state") or ""

    def wait_for_state(self, *states: str) -> None:
        self.reader.wait(
            lambda: self.state in states,
            lambda: f"{' or '.join(states)}, but {self.state}: {self.text()}",
        )

    def run(self) -> str:
        """Press Run and wait for the end."""
        self.press_run()
        self.wait_for_state("done", "failed", "stopped")
        return self.state

    def stop(self) -> None:
        """Press Stop once the button is that, and see the cell stop."""
        self.reader.wait(lambda: self.part(".dl-run").text == "Stop", "the button is Stop")
        self.press_run()
        self.wait_for_state("stopped")

    def write(self, code: str) -> None:
        """Put other code into the cell, as pasted."""
        self.reader.call("area => area.focus()", self.part(".dl-cell-code"))
        if not self.reader.all(f"{self.id} .cm-content"):
            self.part(".dl-cell-code").send_keys(Keys.ENTER)
            self.reader.wait(lambda: self.reader.all(f"{self.id} .cm-content"), "the editor")
        editor = self.part(".cm-content")
        editor.send_keys(Keys.CONTROL, "a")
        self.reader.call(PASTE, editor, code.removesuffix("\n"))

    def code(self) -> str:
        """The code that the reader sees."""
        lines = self.reader.all(f"{self.id} .cm-line")
        if lines:
            return "".join(f"{line.get_property('textContent')}\n" for line in lines)
        return self.reader.text(f"{self.id} .dl-cell-code code")

    def text(self) -> str:
        """All the text of the output."""
        return self.reader.text(f"{self.id} .dl-cell-output")

    def drawn(self) -> list[dict[str, Any]]:
        """What the output shows, read from the page."""
        self.reader.wait(lambda: self.reader.call(_DRAWN, self.part()), "the figures are drawn")
        shown: list[dict[str, Any]] = self.reader.call(SHOWN, self.part(".dl-cell-output"))
        return shown
