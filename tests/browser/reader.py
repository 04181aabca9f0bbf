"""What a reader does: opens pages, presses buttons, edits cells. Whatever goes wrong meanwhile is noted."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, expect

from .comparing import SHOWN
from .serving import Server

LOADED = 60_000  # ms: the first run waits for the whole runtime on a busy machine

# Counts the workers and keeps what they say about runs: the figures' data is nowhere else.
SPY = """
globalThis.dlSpy = {workers: 0, messages: []};
// Python would start while a page is looked at: a test says when.
const whenIdle = globalThis.requestIdleCallback;
if (whenIdle) {  // not in WebKit
  globalThis.requestIdleCallback = (callback) => dlSpy.idle && whenIdle.call(globalThis, callback);
}
globalThis.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    if (!/\\/worker-\\w+\\.js$/.test(String(args[0]))) return;
    dlSpy.workers += 1;
    this.addEventListener("message", ({data}) => {
      if (data.type === "ready") dlSpy.ready = true;
      if (data.type === "events") dlSpy.messages.push(...data.events);
    });
  }
};
"""

# What a service worker keeps would hide the faults and requests that the tests look for.
UNKEPT = "delete Navigator.prototype.serviceWorker"

# Firefox takes the text of a made-up paste in its own way, and hides a DataTransfer's.
PASTE = """(editor, text) => {
  const options = {bubbles: true, cancelable: true};
  let paste = new ClipboardEvent("paste", {...options, dataType: "text/plain", data: text});
  if (!paste.clipboardData) {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    paste = new ClipboardEvent("paste", {...options, clipboardData});
  }
  editor.dispatchEvent(paste);
}"""


FOLLOW = """url => {
  const link = document.createElement("a");
  link.href = url;
  document.querySelector("article").append(link);
  link.click();
}"""

# At once: on the way from one scheme to the other no color has the contrast of either.
_USE_SCHEME = """name => {
  if (!document.getElementById("test-still")) {
    const style = document.createElement("style");
    style.id = "test-still";
    style.textContent = "* { transition: none !important }";
    document.head.append(style);
  }
  document.body.setAttribute("data-md-color-scheme", name);
}"""

# Firefox warns of a formula that it lays out before all of it has arrived; layout.py looks at the whole ones.
_HALF_A_FORMULA = r"^uncaught: Incorrect number of children for <\w+/> tag"

# Firefox tells of a font whose download ended because the page was left (NS_BINDING_ABORTED).
_LEFT_BEHIND = r"^uncaught: download failed \(font-family: .*status=2152398850"


class Watch:
    """Notes what no page should do: errors, warnings of the browser, requests that leave the origin."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.allowed: list[str] = []
        self.problems: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"uncaught: {error.error}"))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.problems.append(f"foreign request: {request.url}")

    def take(self) -> list[str]:
        """The problems since this was asked last, without those that a pattern allows."""
        problems, self.problems = self.problems, []
        allowed = [_HALF_A_FORMULA, _LEFT_BEHIND, *self.allowed]
        return [p for p in problems if not any(re.search(a, p) for a in allowed)]


class Reader:
    """One browser context with one page, at the address of one server; `keeps` allows a service worker."""

    def __init__(self, context: BrowserContext, server: Server, *, keeps: bool = False) -> None:
        self.server = server
        self.context = context
        self.watch = Watch(context, server.origin)
        context.add_init_script(SPY)
        if not keeps:
            context.add_init_script(UNKEPT)
        self.page: Page = context.new_page()

    def open(self, path: str = "") -> Page:
        self.page.goto(self.server.url + path, wait_until="load")
        return self.page

    def follow(self, path: str) -> Page:
        """Go to another page as by a link: the site changes its content in place, and Python goes on."""
        url = self.server.url + path
        self.page.evaluate(FOLLOW, url)
        expect(self.page.locator(f'link[rel=canonical][href="{url}"]')).to_have_count(1)
        return self.page

    def use_scheme(self, scheme: str) -> None:
        """Make the page light or dark, as the theme's switch does: a click takes a second, and there are many pages."""
        name = {"light": "default", "dark": "slate"}[scheme]
        self.page.evaluate(_USE_SCHEME, name)

    def cell(self, name: str) -> CellOnPage:
        return CellOnPage(self.page, name)

    def cells(self) -> list[CellOnPage]:
        """The live cells of the page, once they are live."""
        roots = self.page.locator(".dl-cell")
        if roots.count():
            expect(roots.last).to_have_attribute("data-state", re.compile("."))
        names = roots.evaluate_all("all => all.map((cell) => cell.dataset.cell)")
        return [self.cell(name) for name in names]

    @property
    def workers(self) -> int:
        return int(self.page.evaluate("dlSpy.workers"))

    @property
    def ran_nothing(self) -> bool:
        """Whether no cell has run; Python may have started, for the pointer has been near a cell."""
        return not self.heard()

    def heard(self) -> list[dict[str, Any]]:
        """What the worker has said of runs since this was asked last."""
        events: list[dict[str, Any]] = self.page.evaluate("dlSpy.messages.splice(0)")
        return events


def wait_until(page: Page, expression: str, arg: Any = None) -> None:
    """Wait until an expression, or a function of `arg`, is true in the page.

    Playwright's own `wait_for_function` evaluates text in the page, which the site's policy forbids.
    """
    deadline = time.monotonic() + LOADED / 1000
    while not _holds(page, expression, arg):
        assert time.monotonic() < deadline, f"not in time: {expression}"
        page.wait_for_timeout(100)


def _holds(page: Page, expression: str, arg: Any) -> bool:
    try:
        return bool(page.evaluate(expression, arg))
    except Error as error:
        if "context was destroyed" in str(error):  # the page has just made way for another
            return False
        raise


class CellOnPage:
    """A live cell as its reader sees it."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self.root = page.locator(f"#cell-{name}")
        self.button = self.root.locator(".dl-run")
        self.status = self.root.locator(".dl-cell-status")
        self.output = self.root.locator(".dl-cell-output")
        self.area = self.root.locator(".dl-cell-code")
        self.editor = self.root.locator(".cm-content")

    @property
    def state(self) -> str:
        return self.root.get_attribute("data-state") or ""

    def expect_state(self, *states: str, timeout: float = LOADED) -> None:
        pattern = re.compile("^(" + "|".join(states) + ")$")
        expect(self.root).to_have_attribute("data-state", pattern, timeout=timeout)

    def run(self) -> str:
        """Press Run and wait for the end."""
        self.button.click()
        self.expect_state("done", "failed", "stopped")
        return self.state

    def stop(self) -> None:
        """Press Stop once the button is that, and see the cell stop. `make bench` measures how long it takes."""
        expect(self.button).to_have_text("Stop")
        self.button.click()
        self.expect_state("stopped", timeout=5000)

    def edit(self) -> None:
        """Bring up the editor and put the caret into it."""
        self.area.focus()
        if not self.editor.count():
            self.page.keyboard.press("Enter")
        self.editor.focus()
        expect(self.editor).to_be_focused()

    def write(self, code: str) -> None:
        """Put other code into the cell, as pasted."""
        self.edit()
        self.page.keyboard.press("ControlOrMeta+a")
        # The editor does not show the last line's end, and puts it back.
        self.editor.evaluate(PASTE, code.removesuffix("\n"))

    def code(self) -> str:
        """The code that the reader sees."""
        if self.editor.count():
            lines: list[str] = self.editor.locator(".cm-line").all_text_contents()
            return "".join(f"{line}\n" for line in lines)
        return self.area.locator("code").text_content() or ""

    def text(self) -> str:
        """All the text of the output."""
        return self.output.text_content() or ""

    def drawn(self) -> list[dict[str, Any]]:
        """What the output shows, read from the page."""
        for figure in self.output.locator(".dl-figure").all():
            expect(figure.locator("svg:visible, .dl-error, .dl-note").first).to_be_visible()
        found: list[dict[str, Any]] = self.output.evaluate(SHOWN)
        return found


# The files that the page makes, taken from its hands: not every driver hears of them.
CATCH = """() => {
  window.dlSaved = [];
  const made = new Map();
  const {createObjectURL} = URL;
  URL.createObjectURL = (blob) => {
    const url = createObjectURL.call(URL, blob);
    made.set(url, blob);
    return url;
  };
  const {click} = HTMLAnchorElement.prototype;
  HTMLAnchorElement.prototype.click = async function () {
    if (!this.download) return click.call(this);
    const bytes = new Uint8Array(await made.get(this.href).arrayBuffer());
    const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    dlSaved.push([this.download, text]);
  };
}"""


def caught(page: Page) -> tuple[str, bytes]:
    """Name and content of the file that the page has just made; CATCH ran before."""
    wait_until(page, "dlSaved.length > 0")
    name, text = page.evaluate("dlSaved.shift()")
    return name, base64.b64decode(text)
