"""Without a network: what was visited, the whole site on request, a new version, and browsers that keep nothing."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dlsite import offline

from .conftest import Visit
from .reader import Reader, wait_until
from .serving import Server

pytestmark = pytest.mark.browser

QUESTION = "machine-learning/normal-equation/"
OTHER = "machine-learning/affine-vs-linear/"
# Enough of the site to go through it all in a moment.
KEPT = {
    "404.html", "assets", "carry", "index.html", "machine-learning", "notation", "q", "search", "sitemap.xml", "sw.js",
}  # fmt: skip
QUESTIONS = {"normal-equation", "affine-vs-linear"}
# Whether these files, by what their addresses hold, are on the device.
HAS_KEPT = """async (paths) => {
  const kept = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) kept.push(url);
  }
  return paths.every((path) => kept.some((url) => url.includes(path)));
}"""
# What a browser says of requests that nobody answers.
UNANSWERED = r"Failed to load|ERR_|NetworkError|NS_ERROR|download failed|error occurred|fetch"


@pytest.fixture
def site(sub_path_site: Server, tmp_path: Path) -> Iterator[Server]:
    """A part of the site below a path, in a folder and at a server of this test's own."""
    folder = tmp_path / "site"

    def unwanted(inside: str, names: list[str]) -> set[str]:
        if Path(inside) == sub_path_site.folder:
            return set(names) - KEPT
        return set(names) - QUESTIONS if Path(inside).name in {"machine-learning", "q"} else set()

    shutil.copytree(sub_path_site.folder, folder, copy_function=os.link, ignore=unwanted)
    server = Server(folder, sub_path_site.prefix)
    release(server)
    yield server
    server.close()


def release(server: Server) -> None:
    """Make a version of what is in the folder."""
    made = offline.listing(server.folder, ())
    script = server.folder / offline.SCRIPT
    source = script.read_text("utf-8").partition("\n")[2]
    for name, text in {offline.SCRIPT: offline.script(source, made), offline.LISTING: made}.items():
        write(server.folder / name, text)


def write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # it is a link to the whole site's
    path.write_text(text, encoding="utf-8")


def change(server: Server, page: str, old: str, new: str) -> None:
    path = server.folder / page / "index.html"
    text = path.read_text("utf-8")
    assert old in text
    write(path, text.replace(old, new))


def expect_kept(page: Page, *paths: str) -> None:
    """Wait until these files, by what their addresses hold, are on the device."""
    wait_until(page, HAS_KEPT, arg=list(paths))


def begin(visit: Visit, site: Server, path: str = QUESTION) -> Reader:
    reader = visit(site, keeps=True)
    reader.watch.allowed.append(UNANSWERED)
    reader.open(path)
    wait_until(reader.page, "navigator.serviceWorker.controller !== null")
    return reader


def test_what_was_visited_opens_and_runs_without_a_server(visit: Visit, site: Server) -> None:
    reader = begin(visit, site)
    assert reader.cells()[0].run() == "done"
    expect_kept(reader.page, QUESTION, "/assets/live/editor-", "/assets/live/page-", ".wasm")
    site.close()
    reader.page.reload()
    cell = reader.cells()[0]
    cell.write("print(6 * 7)\n")
    assert cell.run() == "done", cell.text()
    assert cell.text().startswith("42")
    reader.page.goto(site.url + "notation/")
    expect(reader.page.locator("h1")).to_have_text("This page is not on your device")
    reader.page.locator(f"a[href$='{QUESTION}']").click()
    expect(reader.page.locator("article h1")).to_be_visible()


def test_the_whole_site_is_kept_on_request(visit: Visit, site: Server) -> None:
    reader = begin(visit, site, "carry/")
    switch = reader.page.locator(".dl-offline")
    expect(switch).to_contain_text("MB on this device", timeout=30_000)
    # A download that breaks off is told, and goes on later without what it has.
    with site.fault("affine-vs-linear", 500):
        switch.get_by_role("button", name="Keep the whole site").click()
        expect(switch).to_contain_text("did not load: HTTP 500.", timeout=60_000)
    switch.get_by_role("button", name="Try again").click()
    expect(switch).to_contain_text("The whole site is on this device", timeout=60_000)
    assert site.count("pyodide.asm.wasm") == 1
    site.close()
    reader.page.goto(site.url + OTHER)
    cell = reader.cells()[0]
    assert cell.run() == "done", cell.text()
    reader.page.goto(f"{site.url}q/normal-equation/#step-2")
    reader.page.wait_for_url(f"{site.url}{QUESTION}#step-2")
    reader.page.goto(f"{site.url}carry/")
    switch.get_by_role("button", name="Remove").click()
    expect(switch).to_contain_text("Keep the whole site")
    kept = "async () => (await (await caches.open((await caches.keys())[0])).keys()).map(({ url }) => url)"
    assert reader.page.evaluate(kept) == [f"{site.url}{offline.LISTING}"]


def test_a_new_version_leaves_open_tabs_alone_and_takes_over_what_was_kept(
    visit: Visit, site: Server
) -> None:
    reader = begin(visit, site)
    assert reader.cells()[0].run() == "done"
    expect_kept(reader.page, QUESTION, "/assets/live/editor-", ".wasm")
    (first,) = reader.page.evaluate("caches.keys()")
    # The new version has other scripts: those of the open tab are on the server no longer.
    (editor,) = site.folder.glob("assets/live/editor-*.js")
    editor.rename(editor.with_name("editor-0000NEW0.js"))
    change(site, QUESTION, "Short answer", "Shorter answer")
    release(site)
    other = reader.context.new_page()
    other.goto(site.url + QUESTION)
    expect(other.locator("#short-answer")).to_contain_text("Shorter answer")
    wait_until(
        other, "async () => (await navigator.serviceWorker.getRegistration()).waiting !== null"
    )
    reader.page.bring_to_front()
    reader.cells()[0].write("print(6 * 7)\n")  # the editor comes only now
    assert reader.cells()[0].run() == "done"
    other.close()
    reader.page.close()
    page = reader.page = reader.context.new_page()
    page.goto(site.url + QUESTION)
    wait_until(page, "async (old) => !(await caches.keys()).includes(old)", arg=first)
    assert site.count("pyodide.asm.wasm") == 1  # the same in both versions
    site.close()
    page.reload()
    expect(page.locator("#short-answer")).to_contain_text("Shorter answer")
    assert reader.cells()[0].run() == "done"


@pytest.mark.parametrize("forbidden", ["service workers", "storage"])
def test_where_nothing_may_be_kept_the_page_works_and_says_so(
    visit: Visit, site: Server, forbidden: str
) -> None:
    reader = visit(site, keeps=forbidden == "storage")
    if forbidden == "storage":
        # Firefox has no such thing on the empty page that a tab begins with.
        reader.context.add_init_script(
            """for (const name of ["keys", "open", "match"]) {
              (globalThis.CacheStorage?.prototype ?? {})[name] = () => {
                throw new DOMException("denied", "SecurityError");
              };
            }"""
        )
    page = reader.open("carry/")
    expect(page.locator(".dl-offline")).to_contain_text(
        "This browser does not let the site keep files"
    )
    reader.open(QUESTION)
    assert reader.cells()[0].run() == "done"


def test_a_tab_of_a_version_that_is_gone_offers_to_reload(visit: Visit, site: Server) -> None:
    reader = visit(site)  # whose browser keeps nothing
    reader.watch.allowed += [UNANSWERED, "Python starts without its snapshot"]
    reader.open(QUESTION)
    cell = reader.cells()[0]
    (old,) = (site.folder / "assets" / "runtime").iterdir()
    old.rename(old.with_name("0123456789abcdef"))
    change(site, QUESTION, old.name, "0123456789abcdef")
    cell.write("print(6 * 7)\n")
    assert cell.run() == "failed"
    expect(cell.output.get_by_role("alert")).to_contain_text("The site was renewed.")
    cell.output.get_by_role("button", name="Reload").click()
    there = "document.getElementById('dl-config')?.textContent.includes('0123456789abcdef')"
    wait_until(reader.page, there)
    again = reader.cells()[0]
    assert again.code() == "print(6 * 7)\n"
    assert again.run() == "done", again.text()
    assert again.text().startswith("42")
