"""The site, built once for the root of a host and once for a sub-path, and one browser for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from dlsite.browser import Kind, ensure_browser

from .reader import Reader
from .serving import Server, build
from .versions import part_of

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = Path(__file__).parent
DISCARD = 9  # nobody listens at this port


# The driver of Firefox shows no page as it is printed.
IN_CHROMIUM = {"test_print"}
# Playwright cannot drive Debian's WebKit: it has tests of its own, with cases from the others.
IN_WEBKIT = {"test_webkit"}


def _runs(module: str, engine: Kind | None) -> bool:
    """Whether the tests of a module run in an engine."""
    if engine == "webkit" or module in IN_WEBKIT:
        return engine == "webkit" and module in IN_WEBKIT
    return engine != "firefox" or module not in IN_CHROMIUM


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what another engine runs; it counts as deselected."""
    engine: Kind | None = config.getoption("--engine")
    out = [i for i in items if i.path.parent == HERE and not _runs(i.path.stem, engine)]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


@contextmanager
def _served(folder: Path, prefix: str, *, sends_headers: bool = False) -> Iterator[Server]:
    server = Server(folder, prefix, sends_headers=sends_headers)
    try:
        build(folder, server.url)  # instant navigation needs the very address
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def root_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The site at the root of a host that sends the headers of `_headers`."""
    with _served(tmp_path_factory.mktemp("root"), "/", sends_headers=True) as server:
        yield server


@pytest.fixture(scope="session")
def sub_path_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The site below a path and without headers of its own, as a project site of GitHub Pages is."""
    with _served(tmp_path_factory.mktemp("sub"), "/deep-learning-concepts/") as server:
        yield server


@pytest.fixture
def own_site(sub_path_site: Server, tmp_path: Path) -> Iterator[Server]:
    """A part of the site below a path, in a folder and at a server of this test's own."""
    with part_of(sub_path_site, tmp_path / "site") as server:
        yield server


@pytest.fixture(scope="session")
def wanted(request: pytest.FixtureRequest) -> Kind | None:
    """The engine that `--engine` names."""
    engine: Kind | None = request.config.getoption("--engine")
    return engine


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    """What drives the browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(driver: Playwright, wanted: Kind | None) -> Iterator[Browser]:
    """The browser; for all but localhost its proxy is a closed port."""
    browser = _launch(driver, wanted)
    yield browser
    browser.close()


def _launch(
    playwright: Playwright, wanted: Kind | None, **preferences: str | float | bool
) -> Browser:
    found = ensure_browser(wanted)
    if found.kind == "chromium":
        proxy = f"--proxy-server=http://127.0.0.1:{DISCARD}"
        return playwright.chromium.launch(executable_path=found.path, args=[*FLAGS, proxy])
    preferences["network.proxy.type"] = 1
    for scheme in ("http", "ssl"):
        preferences[f"network.proxy.{scheme}"] = "127.0.0.1"
        preferences[f"network.proxy.{scheme}_port"] = DISCARD
    return playwright.firefox.launch(
        channel="moz-firefox", executable_path=found.path, firefox_user_prefs=preferences
    )


class Visit(Protocol):
    """Opens a new browser context; whatever went wrong in it fails the test at its end."""

    def __call__(self, server: Server, *, keeps: bool = False, **options: Any) -> Reader:
        """Return a reader at this server, with a service worker or without; options are those of `new_context`."""


@contextmanager
def _visits(browser: Browser, **always: Any) -> Iterator[Visit]:
    readers: list[Reader] = []

    def visit(server: Server, *, keeps: bool = False, **options: Any) -> Reader:
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, **always, **options}
        )
        reader = Reader(context, server, keeps=keeps)
        readers.append(reader)
        return reader

    try:
        yield visit
    finally:
        for reader in readers:
            reader.context.close()
    problems = [problem for reader in readers for problem in reader.watch.take()]
    assert not problems, "\n".join(problems)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Makes readers whose contexts end with the test."""
    with _visits(browser) as visit:
        yield visit


@pytest.fixture(scope="module")
def visit_once(browser: Browser) -> Iterator[Visit]:
    """Like `visit`, for readers that the tests of a module share."""
    with _visits(browser) as visit:
        yield visit


@pytest.fixture
def scriptless(browser: Browser, driver: Playwright, engine: Kind) -> Iterator[Visit]:
    """Like `visit`, in a browser whose reader has switched JavaScript off."""
    if engine == "chromium":
        with _visits(browser, java_script_enabled=False) as visit:
            yield visit
        return
    # Firefox's driver does not know that option of a context.
    other = _launch(driver, engine, **{"javascript.enabled": False})
    try:
        with _visits(other) as visit:
            yield visit
    finally:
        other.close()


@pytest.fixture(scope="module")
def warm(browser: Browser, root_site: Server) -> Iterator[Reader]:
    """A reader at a page with several cells, whose Python has started: shared, because a start takes seconds."""
    with _visits(browser) as visit:
        reader = visit(root_site)
        reader.open("machine-learning/normal-equation/")
        cell = reader.cells()[0]
        assert cell.run() == "done", cell.text()
        yield reader


@pytest.fixture
def lab(warm: Reader) -> Iterator[Reader]:
    """The warm reader, with all cells as they were; what goes wrong fails the test."""
    warm.heard()
    yield warm
    for cell in warm.cells():
        if cell.button.get_attribute("data-does") == "stop":
            cell.button.click()
        reset = cell.root.get_by_role("button", name="Reset")
        if reset.count():
            reset.click()
    problems = warm.watch.take()
    warm.watch.allowed.clear()
    assert not problems, "\n".join(problems)


@pytest.fixture
def engine(browser: Browser) -> Kind:
    """Which engine runs."""
    return "chromium" if browser.browser_type.name == "chromium" else "firefox"
