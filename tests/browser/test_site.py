"""The pages, at the root of a host and below a path, and the way between them."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit
from .pages import DOCS, SAMPLE, address
from .reader import Reader, wait_until
from .serving import Server

pytestmark = pytest.mark.browser

SLUG = "normal-equation"
QUESTION = f"machine-learning/{SLUG}/"
LOOP = "while True:\n    pass\n"
# What may load only once the reader does something.
LIVE_PARTS = ("/assets/runtime/", "/worker-", "/editor-", "/figure-", "/figuretools-")


@pytest.fixture(params=["root_site", "sub_path_site"])
def site(request: pytest.FixtureRequest) -> Server:
    server = request.getfixturevalue(request.param)
    assert isinstance(server, Server)
    return server


def test_a_page_its_assets_and_a_run(site: Server, visit: Visit) -> None:
    reader = visit(site)
    failed: list[str] = []
    reader.context.on(
        "response", lambda r: failed.append(f"{r.status} {r.url}") if r.status >= 400 else None
    )
    page = reader.open(QUESTION)
    cell = reader.cells()[0]
    assert cell.run() == "done", cell.text()
    page.wait_for_load_state("networkidle")
    assert failed == []


def test_a_permalink_keeps_the_anchor(site: Server, visit: Visit) -> None:
    reader = visit(site)
    page = reader.open("notation/")
    page.goto(f"{site.url}q/{SLUG}/#step-2")
    page.wait_for_url(f"{site.url}{QUESTION}#step-2")
    expect(page.locator("#step-2")).to_be_in_viewport()
    page.evaluate("history.back()")  # the permalink itself is no stop on the way back
    # Firefox's driver does not hear of a page that comes back from the browser's memory.
    wait_until(page, "url => location.href === url", arg=f"{site.url}notation/")


def test_every_permalink_leads_to_its_page(site: Server, visit: Visit) -> None:
    slugs = (DOCS / "permalinks.txt").read_text(encoding="utf-8").split()
    for slug in slugs:
        text = (site.folder / "q" / slug / "index.html").read_text(encoding="utf-8")
        targets = set(re.findall(rf"{re.escape(site.url)}([\w-]+/{slug}/)", text))
        assert len(targets) == 1, f"{slug}: {targets}"
        assert (site.folder / targets.pop() / "index.html").is_file(), slug
    page = visit(site).page
    for slug in slugs[:: len(slugs) // 3]:
        page.goto(f"{site.url}q/{slug}/")
        page.wait_for_url(re.compile(rf"^{re.escape(site.url)}[\w-]+/{slug}/$"))
        expect(page.locator("article h1")).to_be_visible()


def test_every_page_tells_elsewhere_what_it_is(site: Server) -> None:
    told: dict[str, set[str]] = {name: set() for name in ("og:title", "og:url", "description")}
    pages = {
        path.parent.relative_to(site.folder).as_posix().removeprefix(".")
        for path in site.folder.rglob("index.html")
        if path.relative_to(site.folder).parts[0] != "q"
    }
    for page in pages:
        address = site.url + (f"{page}/" if page else "")
        html = (site.folder / page / "index.html").read_text(encoding="utf-8")
        head, _, _ = html.partition("</head>")
        metas = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', head))
        assert f'<link rel="canonical" href="{address}">' in head
        assert metas["og:url"] == address
        for name, values in told.items():
            assert metas[name], f"{page}: {name}"
            assert metas[name] not in values, f"{page}: {name} is that of another page"
            values.add(metas[name])
        picture = metas["og:image"].removeprefix(site.url)
        assert (site.folder / picture).is_file()
        blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', head)
        assert [json.loads(block)["url"] for block in blocks] == [address] * (
            picture_of(page) in picture
        )
        if blocks:
            permalink = site.folder / "q" / page.rpartition("/")[2] / "index.html"
            assert (
                f'<meta property="og:image" content="{site.url}{picture}">'
                in permalink.read_text(encoding="utf-8")
            )
    listed = re.findall(r"<loc>(.*?)</loc>", (site.folder / "sitemap.xml").read_text("utf-8"))
    assert sorted(listed) == sorted(site.url + (f"{page}/" if page else "") for page in pages)


def picture_of(page: str) -> str:
    """The begin of the name of a question's own picture."""
    return f"previews/{page.rpartition('/')[2]}-" if page.count("/") == 1 else "none"


def test_the_switch_makes_the_page_dark_and_keeps_it_so(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site, color_scheme="light")
    page = reader.open()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "default")
    page.locator("form[data-md-component=palette] label:visible").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    page = reader.open(QUESTION)
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def test_search_finds_a_question(site: Server, visit: Visit) -> None:
    before = site.count("search_index.json")
    page = visit(site).open()
    page.wait_for_timeout(500)
    assert site.count("search_index.json") == before
    page.locator(".md-search__input").click()
    page.keyboard.type("normal equation")
    results = page.locator(".md-search-result__link")
    target = results.and_(page.locator(f'[href*="{QUESTION}"]')).first
    target.click(timeout=10_000)
    page.wait_for_url(re.compile(re.escape(site.url + QUESTION)))
    expect(page.locator(".md-content article h1")).to_contain_text("ormal equation")
    # The index is by far the largest file of the site: it comes when the search is opened.
    assert site.count("search_index.json") == before + 1


def test_nothing_live_loads_before_the_reader_acts(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    before = len(root_site.requests)
    for source in [*SAMPLE, "index.md", "questions.md", "reference/rnn.md"]:
        page = reader.open(address(source))
        reader.cells()
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
    reader.page.wait_for_load_state("networkidle")
    asked = root_site.requests[before:]
    assert [path for path in asked if any(part in path for part in LIVE_PARTS)] == []
    assert reader.workers == 0


def test_a_question_loads_of_each_font_the_common_characters_alone(
    visit: Visit, root_site: Server
) -> None:
    before = len(root_site.requests)
    visit(root_site).open(QUESTION).wait_for_load_state("networkidle")
    fonts = [path for path in root_site.requests[before:] if path.endswith(".woff2")]
    assert len(fonts) >= 3, fonts
    assert [path for path in fonts if "KaTeX_Small_" not in path] == []


# Instant navigation


def to_the_question(page: Page) -> None:
    """From any page by links alone: the tab of the topic, then the question."""
    page.locator('.md-tabs__link[href*="machine-learning"]').click()
    page.locator(f'article a[href*="{SLUG}/"]').first.click()
    page.wait_for_url(re.compile(QUESTION))
    expect(
        page.locator(".dl-question h1")
    ).to_be_visible()  # the address changes before the content


def test_the_worker_lives_across_pages(visit: Visit, site: Server) -> None:
    reader = visit(site)
    page = reader.open()
    page.evaluate("window.samePage = true")
    assert reader.cells()[0].run() == "done"
    downloads = site.count("/assets/runtime/")

    to_the_question(page)
    expect(page.locator("article h1")).to_contain_text("ormal equation")
    on_question = reader.cells()
    assert len(on_question) > 1
    assert on_question[0].run() == "done"
    on_question[0].edit()

    page.go_back()
    page.go_back()
    # With the section that is in view, once the theme has followed.
    expect(page).to_have_url(re.compile(re.escape(site.url) + "(#.*)?$"))
    expect(page.locator("#cell-pi")).to_be_visible()  # the address changes before the content
    home = reader.cells()[0]
    assert home.root.locator(".dl-run").count() == 1
    assert home.run() == "done"
    home.edit()
    assert page.evaluate("window.samePage") is True
    assert reader.workers == 1
    assert site.count("/assets/runtime/") == downloads


def test_leaving_a_running_cell_and_coming_back(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.open()
    home = reader.cells()[0]
    home.write(LOOP)
    home.button.click()
    home.expect_state("running")

    to_the_question(page)
    question = reader.cells()[0]
    assert question.run() == "done", question.text()

    page.go_back()
    page.go_back()
    expect(page).to_have_url(root_site.url)
    expect(page.locator("#cell-pi")).to_be_visible()
    home = reader.cells()[0]
    assert home.state == "idle"
    home.root.get_by_role("button", name="Reset").click()  # the edit came back, the run did not
    assert home.run() == "done", home.text()


def test_a_reload_during_a_run(visit: Visit, root_site: Server) -> None:
    reader: Reader = visit(root_site)
    page = reader.open(QUESTION)
    cell = reader.cells()[0]
    cell.write(LOOP)
    cell.button.click()
    cell.expect_state("running")
    page.reload()
    cell = reader.cells()[0]
    assert cell.state == "idle"
    cell.root.get_by_role("button", name="Reset").click()
    assert cell.run() == "done"
