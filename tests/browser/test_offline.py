"""Without a network: what was visited, the whole site on request, a new version, and browsers that keep nothing."""

import re

import pytest
from playwright.sync_api import Page, expect

from dlsite import offline

from .conftest import Visit
from .reader import Reader, wait_until
from .serving import Server
from .versions import change, release

pytestmark = pytest.mark.browser

QUESTION = "machine-learning/normal-equation/"
OTHER = "machine-learning/affine-vs-linear/"
# Whether these files, by what their addresses hold, are on the device.
HAS_KEPT = """async (paths) => {
  const kept = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) kept.push(url);
  }
  return paths.every((path) => kept.some((url) => url.includes(path)));
}"""
# Cuts what is kept of a file in half, as a full disk or a crash may; returns how many there were.
HALVE = """async (file) => {
  let found = 0;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (!request.url.endsWith(file)) continue;
      const {headers, bytes} = await cache.match(request).then(async (it) =>
        ({headers: it.headers, bytes: await it.arrayBuffer()}));
      await cache.put(request, new Response(bytes.slice(0, bytes.byteLength / 2), {headers}));
      found += 1;
    }
  }
  return found;
}"""
IS_WHOLE = """async ([file, size]) => {
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      if (request.url.endsWith(file)) return (await (await caches.match(request)).arrayBuffer()).byteLength === size;
    }
  }
}"""
# What a browser says of requests that nobody answers.
UNANSWERED = r"Failed to load|ERR_|NetworkError|NS_ERROR|download failed|error occurred|fetch"


def expect_kept(page: Page, *paths: str) -> None:
    """Wait until these files, by what their addresses hold, are on the device."""
    wait_until(page, HAS_KEPT, arg=list(paths))


def begin(visit: Visit, site: Server, path: str = QUESTION) -> Reader:
    reader = visit(site, keeps=True)
    reader.watch.allowed.append(UNANSWERED)
    reader.open(path)
    wait_until(reader.page, "navigator.serviceWorker.controller !== null")
    return reader


def test_what_was_visited_opens_and_runs_without_a_server(visit: Visit, own_site: Server) -> None:
    reader = begin(visit, own_site)
    assert reader.cells()[0].run() == "done"
    expect_kept(reader.page, QUESTION, "/assets/live/editor-", "/assets/live/page-", ".wasm")
    own_site.close()
    reader.page.reload()
    cell = reader.cells()[0]
    cell.write("print(6 * 7)\n")
    assert cell.run() == "done", cell.text()
    assert cell.text().startswith("42")
    reader.page.goto(own_site.url + "notation/")
    expect(reader.page.locator("h1")).to_have_text("This page is not on your device")
    reader.page.locator(f"a[href$='{QUESTION}']").click()
    expect(reader.page.locator("article h1")).to_be_visible()


def test_the_whole_site_is_kept_on_request(visit: Visit, own_site: Server) -> None:
    reader = begin(visit, own_site, "carry/")
    switch = reader.page.locator(".dl-offline")
    expect(switch).to_contain_text("MB on this device", timeout=30_000)
    # A download that breaks off is told, and goes on later without what it has.
    with own_site.fault("affine-vs-linear", 500):
        switch.get_by_role("button", name="Keep the whole site").click()
        expect(switch).to_contain_text("did not load: HTTP 500.", timeout=60_000)
    switch.get_by_role("button", name="Try again").click()
    expect(switch).to_contain_text("The whole site is on this device", timeout=60_000)
    assert own_site.count("pyodide.asm.wasm") == 1
    own_site.close()
    reader.page.goto(own_site.url + OTHER)
    cell = reader.cells()[0]
    assert cell.run() == "done", cell.text()
    reader.page.goto(f"{own_site.url}q/normal-equation/#step-2")
    reader.page.wait_for_url(f"{own_site.url}{QUESTION}#step-2")
    reader.page.goto(f"{own_site.url}carry/")
    switch.get_by_role("button", name="Remove").click()
    expect(switch).to_contain_text("Keep the whole site")
    kept = "async () => (await (await caches.open((await caches.keys())[0])).keys()).map(({ url }) => url)"
    assert reader.page.evaluate(kept) == [f"{own_site.url}{offline.LISTING}"]


WAITS = "async () => (await navigator.serviceWorker.getRegistration()).waiting !== null"
FORGOTTEN = "async (old) => !(await caches.keys()).includes(old)"


def test_a_new_version_leaves_open_tabs_alone_and_takes_over_what_was_kept(
    visit: Visit, own_site: Server
) -> None:
    reader = begin(visit, own_site)
    assert reader.cells()[0].run() == "done"
    expect_kept(reader.page, QUESTION, "/assets/live/editor-", ".wasm")
    (first,) = reader.page.evaluate("caches.keys()")
    # The new version has other scripts: those of the open tab are on the server no longer.
    (editor,) = own_site.folder.glob("assets/live/editor-*.js")
    editor.rename(editor.with_name("editor-0000NEW0.js"))
    change(own_site, QUESTION, "Short answer", "Shorter answer")
    release(own_site)
    other = reader.context.new_page()
    other.goto(own_site.url + QUESTION)
    expect(other.locator("#short-answer")).to_contain_text("Shorter answer")
    wait_until(other, WAITS)
    # The old version's service worker serves the new version's page.
    before, reader.page = reader.page, other
    assert reader.cells()[0].run() == "done", reader.cells()[0].text()
    reader.page = before
    reader.page.bring_to_front()
    reader.cells()[0].write("print(6 * 7)\n")  # the editor comes only now
    assert reader.cells()[0].run() == "done"
    other.close()
    # The tab that asked the new version to take over is gone; the one that is left still has old files to load.
    reader.page.wait_for_timeout(2500)
    assert reader.page.evaluate(WAITS)
    assert not reader.page.evaluate(FORGOTTEN, first)
    reader.page.close()
    page = reader.page = reader.context.new_page()
    page.goto(own_site.url + QUESTION)
    wait_until(page, FORGOTTEN, arg=first)
    assert own_site.count("pyodide.asm.wasm") == 1  # the same in both versions
    own_site.close()
    page.reload()
    expect(page.locator("#short-answer")).to_contain_text("Shorter answer")
    assert reader.cells()[0].run() == "done"


def test_what_is_kept_can_be_removed_while_a_new_version_waits(
    visit: Visit, own_site: Server
) -> None:
    reader = begin(visit, own_site)
    expect_kept(reader.page, QUESTION)
    (old,) = reader.page.evaluate("caches.keys()")
    change(own_site, QUESTION, "Short answer", "Shorter answer")
    release(own_site)
    page = reader.open("carry/")
    wait_until(page, WAITS)
    switch = page.locator(".dl-offline")
    remove = switch.get_by_role("button", name="Remove")
    remove.click()
    expect(remove).to_have_count(0)
    reader.open(QUESTION)
    wait_until(page, FORGOTTEN, arg=old)
    reader.open("carry/")
    expect(switch).to_contain_text("Keep the whole site", timeout=30_000)


@pytest.mark.parametrize("file", ["memory.zst", "pyodide.asm.wasm"])
def test_what_the_device_has_lost_a_part_of_comes_again(
    visit: Visit, own_site: Server, file: str
) -> None:
    reader = begin(visit, own_site)
    assert reader.cells()[0].run() == "done"
    expect_kept(reader.page, file)
    assert reader.page.evaluate(HALVE, file) == 1
    reader.watch.allowed += [
        "Damaged on this device, and asked for again: " + re.escape(file),
        # What Pyodide and the browser say of it.
        "wasm instantiation failed|WebAssembly|only a part of it arrived|^console warning: Error$",
    ]
    reader.page.reload()
    cell = reader.cells()[0]
    cell.write("print(6 * 7)\n")
    assert cell.run() == "done", cell.text()
    assert cell.text().startswith("42")
    assert own_site.count(file) == 2
    assert own_site.count("python_stdlib.zip") == 0  # the snapshot is used all the same
    expect_kept(reader.page, file)
    assert reader.page.evaluate(IS_WHOLE, [file, next(own_site.folder.rglob(file)).stat().st_size])


@pytest.mark.parametrize("forbidden", ["service workers", "storage"])
def test_where_nothing_may_be_kept_the_page_works_and_says_so(
    visit: Visit, own_site: Server, forbidden: str
) -> None:
    reader = visit(own_site, keeps=forbidden == "storage")
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


def test_a_tab_of_a_version_that_is_gone_offers_to_reload(visit: Visit, own_site: Server) -> None:
    reader = visit(own_site)  # whose browser keeps nothing
    reader.watch.allowed += [UNANSWERED, "Python starts without its snapshot"]
    reader.open(QUESTION)
    cell = reader.cells()[0]
    (old,) = (own_site.folder / "assets" / "runtime").iterdir()
    old.rename(old.with_name("0123456789abcdef"))
    change(own_site, QUESTION, old.name, "0123456789abcdef")
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
