"""Figures: values on hover, tap and keys, the data as a table, copies, and no jump when a run's figure comes."""

from __future__ import annotations

import base64
import json
import re
import struct
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Visit
from .pages import SAMPLE, address
from .reader import CATCH, Reader, caught, wait_until
from .serving import Server

pytestmark = pytest.mark.browser

QUESTION = "machine-learning/normal-equation/"
CELL = "four-ways"  # four series at the same ten points, on a logarithmic axis
CODE = """import numpy as np
from dlconcepts import plot

k = 1  # @param {type:"slider", min:1, max:9, step:1}
x = np.arange(6)
first = plot.lines(x, {"up": k * x, "down": 5 - x}, x="r", y="loss", title="One")
second = plot.bars({"p": 1, "q": 2}, y="count")
plot.facets({"a": first, "b": plot.dots(x, {"dots": x / 2})}, label="panel")
"""


def figure_of(reader: Reader, cell: str = CELL) -> tuple[Locator, Locator]:
    """The first figure of a cell, and its drawing that is shown."""
    reader.cells()
    figure = reader.cell(cell).output.locator(".dl-figure").first
    drawing = figure.locator("svg:visible").first
    drawing.evaluate("(svg) => svg.scrollIntoView({block: 'center'})")
    return figure, drawing


def point_of(drawing: Locator, mark: int, i: int) -> tuple[float, float]:
    """Where a point of the data stands on the screen, by the drawing's own path."""
    return tuple(
        drawing.evaluate(
            """(svg, [mark, i]) => {
              const path = svg.querySelectorAll('[data-mark="line"] path')[mark];
              const [x, y] = path.getAttribute("d").slice(1).split("L")[i].split(",").map(Number);
              const {left, top, width} = svg.getBoundingClientRect();
              const scale = width / svg.viewBox.baseVal.width;
              return [left + x * scale, top + y * scale];
            }""",
            [mark, i],
        )
    )


def table_of(figure: Locator) -> Locator:
    """The open table of a figure, which stands below it."""
    return figure.locator("xpath=following-sibling::*[1][contains(@class, 'dl-data')]")


def data_of(figure: Locator) -> Any:
    text = figure.locator("> template").evaluate("(template) => template.content.textContent")
    return json.loads(text)


def hover(page: Page, x: float, y: float) -> None:
    """Come with the pointer, and move on a little: the tools load on the way."""
    page.mouse.move(x - 30, y)
    page.mouse.move(x, y + 1)
    wait_until(page, "document.querySelector('.dl-figure-tools')")
    page.mouse.move(x, y)


def shows(tip: Locator) -> dict[str, str]:
    spans: list[str] = tip.locator("span").all_text_contents()
    return dict(zip(spans[::2], spans[1::2], strict=True))


def test_a_tip_follows_the_pointer_before_anything_was_run(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.open(QUESTION)
    figure, drawing = figure_of(reader)
    marks = data_of(figure)["marks"]
    tip = figure.locator(".dl-tip")
    for mark, i in ((0, 3), (2, 8)):
        hover(page, *point_of(drawing, mark, i))
        expect(tip).to_be_visible()
        expect(tip.locator(".dl-tip-name")).to_have_text(marks[mark]["series"])
        said = shows(tip)
        assert said["degree of the polynomial"] == str(marks[mark]["channels"]["x"][i])
        digits = f"{marks[mark]['channels']['y'][i]:.3e}".split("e")[0]
        assert float(said["largest error"].split("×")[0]) == pytest.approx(float(digits), rel=1e-3)
        # Nothing of the tip is cut off, and the mark stands at the point.
        inner, outer = tip.bounding_box(), reader.cell(CELL).output.bounding_box()
        assert inner
        assert outer
        assert inner["x"] >= outer["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
        ring = figure.locator(".dl-tip-mark").bounding_box()
        assert ring
        x, y = point_of(drawing, mark, i)
        assert abs(ring["x"] + ring["width"] / 2 - x) < 1.5
        assert abs(ring["y"] + ring["height"] / 2 - y) < 1.5
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    page.mouse.move(*[c + 9 for c in point_of(drawing, 0, 5)])
    expect(tip).to_be_visible()
    page.mouse.move(5, 300)
    expect(tip).to_have_count(0)
    assert reader.ran_nothing


def test_keys_go_from_point_to_point_and_are_announced(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.open(QUESTION)
    figure, drawing = figure_of(reader)
    marks = data_of(figure)["marks"]
    said = page.locator("#dl-announcer")
    expect(drawing).to_have_attribute("tabindex", "0")
    expect(drawing).to_have_attribute(
        "aria-label", re.compile(r"Lines\. .* from 2 to 11\. .*logarithmic")
    )
    drawing.focus()
    expect(figure.locator(".dl-figure-tools")).to_have_count(1)
    scrolled = page.evaluate("scrollY")

    def at(mark: int, i: int) -> None:
        x = marks[mark]["channels"]["x"][i]
        expect(said).to_contain_text(f"{marks[mark]['series']}: degree of the polynomial {x}, ")
        expect(figure.locator(".dl-tip-name")).to_have_text(marks[mark]["series"])

    for key, place in (
        ("ArrowRight", (0, 0)),
        ("ArrowRight", (0, 1)),
        ("ArrowDown", (1, 1)),
        ("ArrowDown", (2, 1)),
        ("ArrowUp", (1, 1)),
        ("End", (1, 9)),
        ("ArrowLeft", (1, 8)),
        ("Home", (1, 0)),
    ):
        page.keyboard.press(key)
        at(*place)
    assert page.evaluate("scrollY") == scrolled
    page.keyboard.press("Escape")
    expect(figure.locator(".dl-tip")).to_have_count(0)
    for name in ("Data", "Copy SVG", "Copy PNG"):
        page.keyboard.press("Tab")
        expect(figure.get_by_role("button", name=name)).to_be_focused()
        expect(figure.locator(".dl-figure-tools")).to_have_css("opacity", "1")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(table_of(figure).locator("td")).not_to_have_count(0)


# What a finger does, for a browser whose driver has none.
_TAP = """([x, y]) => {
  const target = document.elementFromPoint(x, y);
  const init = {bubbles: true, cancelable: true, clientX: x, clientY: y, pointerType: "touch"};
  for (const type of ["over", "down", "up", "out"]) {
    target.dispatchEvent(new PointerEvent(`pointer${type}`, init));
  }
  target.dispatchEvent(new PointerEvent("click", init));
}"""


def tap(page: Page, engine: str, x: float, y: float) -> None:
    if engine == "chromium":
        page.touchscreen.tap(x, y)
    else:
        page.evaluate(_TAP, [x, y])


def test_a_tap_shows_the_tip_and_the_tools(visit: Visit, root_site: Server, engine: str) -> None:
    reader = visit(root_site, viewport={"width": 390, "height": 844}, has_touch=True)
    page = reader.open(QUESTION)
    figure, drawing = figure_of(reader)
    tap(page, engine, *point_of(drawing, 2, 8))
    tip = figure.locator(".dl-tip")
    expect(tip).to_be_visible()
    expect(tip.locator(".dl-tip-name")).to_have_text(data_of(figure)["marks"][2]["series"])
    expect(figure.get_by_role("button", name="Copy PNG")).to_be_visible()
    tap(page, engine, *[c + 1 for c in point_of(drawing, 0, 3)])
    expect(tip).to_contain_text("degree of the polynomial5")
    tap(page, engine, 5, 400)
    expect(tip).to_have_count(0)
    figure.get_by_role("button", name="Data").click()
    expect(table_of(figure).locator("th").first).to_have_text("degree of the polynomial")


def test_the_table_has_the_data(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.open(QUESTION)
    figure, drawing = figure_of(reader)
    marks = data_of(figure)["marks"]
    hover(page, *point_of(drawing, 0, 3))
    where = "(svg) => svg.getBoundingClientRect().top + scrollY"  # the driver may scroll
    above = drawing.evaluate(where)
    figure.get_by_role("button", name="Data").click()
    assert drawing.evaluate(where) == pytest.approx(above, abs=0.5)
    heads = table_of(figure).locator("thead th").all_text_contents()
    assert heads == ["degree of the polynomial", *(mark["series"] for mark in marks)]
    rows = [
        row.locator("td").all_text_contents() for row in table_of(figure).locator("tbody tr").all()
    ]
    columns = [marks[0]["channels"]["x"], *(mark["channels"]["y"] for mark in marks)]
    assert [[float(text) for text in row] for row in rows] == [
        list(r) for r in zip(*columns, strict=True)
    ]
    region = table_of(figure)
    expect(region).to_have_role("region")
    assert region.evaluate("(e) => e.clientHeight") <= 340
    figure.get_by_role("button", name="Data").click()
    expect(table_of(figure)).to_have_count(0)


def test_every_kind_of_figure_has_values_for_its_tip(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    for source in SAMPLE:
        page = reader.open(address(source))
        reader.cells()
        for drawing in page.locator(".dl-figure svg:visible").all():
            drawing.focus()
            expect(drawing.locator("xpath=..").locator(".dl-figure-tools")).to_have_count(1)
            page.keyboard.press("ArrowRight")
            tip = drawing.locator("xpath=..").locator(".dl-tip")
            expect(tip).to_be_visible()
            said = shows(tip)
            assert said, source
            for value in said.values():
                assert not re.search(r"^$|NaN|undefined|null|\[object", value), f"{source}: {said}"


SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_copies_need_nothing_of_the_page(
    scheme: Literal["light", "dark"], visit: Visit, root_site: Server, engine: str
) -> None:
    reader = visit(root_site, color_scheme=scheme)
    if engine == "chromium":
        reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = reader.open(QUESTION)
    reader.use_scheme(scheme)  # whatever the driver makes of color_scheme
    figure, drawing = figure_of(reader)
    hover(page, *point_of(drawing, 0, 3))
    # What is put on the clipboard, seen on its way: not every engine lets a page read it again.
    page.evaluate(
        """() => {
          const {clipboard} = navigator;
          const writeText = clipboard.writeText.bind(clipboard);
          clipboard.writeText = (text) => { window.dlText = text; return writeText(text); };
          const write = clipboard.write.bind(clipboard);
          clipboard.write = async (items) => {
            await write(items);
            const bytes = new Uint8Array(await (await items[0].getType("image/png")).arrayBuffer());
            window.dlPng = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
          };
        }"""
    )
    figure.get_by_role("button", name="Copy SVG").click()
    expect(page.locator("#dl-announcer")).to_have_text("SVG copied")
    svg: str = page.evaluate("dlText")
    title = figure.locator("figcaption").text_content()
    assert title
    assert title in svg
    assert all(mark["series"] in svg for mark in data_of(figure)["marks"])
    assert not re.search(r"var\(|color-mix|oklab|rgba|class=|<style|dl-tip|<script|data-axes", svg)
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', svg)) <= {
        "none",
        *re.findall(r"#[0-9a-f]{6}", svg),
        *re.findall(r"url\(#[\w-]+\)", svg),
    }
    background = re.search(r'<rect[^>]*width="100%"[^>]*fill="(#\w{6})"', svg)
    assert background
    assert (int(background[1][1:3], 16) > 128) == (scheme == "light")
    assert page.evaluate(
        "(text) => !new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')",
        svg,
    )
    width, height = (float(n) for n in re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])

    figure.get_by_role("button", name="Copy PNG").click()
    expect(page.locator("#dl-announcer")).to_have_text("PNG copied")
    wait_until(page, "window.dlPng")
    png = base64.b64decode(page.evaluate("dlPng"))
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (2 * width, 2 * height)
    assert len(png) > 10_000  # not an empty sheet


def saved(page: Page, engine: str, button: Locator, folder: Path) -> tuple[str, bytes]:
    """Name and content of the file that a button makes."""
    if engine == "chromium":
        with page.expect_download() as download:
            button.click()
        download.value.save_as(folder / "saved")
        return download.value.suggested_filename, (folder / "saved").read_bytes()
    page.evaluate(CATCH)
    button.click()
    return caught(page)


def test_without_a_clipboard_the_copy_is_a_file(
    visit: Visit, root_site: Server, engine: str, tmp_path: Path
) -> None:
    reader = visit(root_site)
    page = reader.open(QUESTION)
    page.evaluate(
        """() => {
          const refuse = () => Promise.reject(new DOMException("no", "NotAllowedError"));
          Object.assign(navigator.clipboard, {write: refuse, writeText: refuse});
        }"""
    )
    figure, drawing = figure_of(reader)
    hover(page, *point_of(drawing, 0, 3))
    for kind, begin in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        button = figure.get_by_role("button", name=f"Copy {kind}")
        name, content = saved(page, engine, button, tmp_path)
        assert content.startswith(begin)
        assert name == f"four-ways-to-solve-the-same-problem.{kind.lower()}"
        expect(page.locator("#dl-announcer")).to_contain_text("saved as a file")


# Notes, once a frame, where what follows each cell stands.
_FOLLOW = """() => {
  const cells = [...document.querySelectorAll(".dl-cell")];
  window.dlTops = cells.map(() => new Set());
  const note = () => {
    for (const [i, cell] of cells.entries()) {
      const {top, height} = cell.getBoundingClientRect();
      dlTops[i].add(Math.round((top + height + scrollY) * 4) / 4);
    }
    requestAnimationFrame(note);
  };
  note();
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_when_a_run_draws_the_same_figure(
    width: int, visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site, viewport={"width": width, "height": 844}, has_touch=width == 390)
    page = reader.open(QUESTION)
    cells = reader.cells()
    page.evaluate("document.fonts.ready")
    static = [cell.output.locator("svg:visible").all() for cell in cells]
    before = [[svg.bounding_box() for svg in drawings] for drawings in static]
    page.evaluate(_FOLLOW)
    for cell in cells:
        assert cell.run() == "done", cell.text()
    page.wait_for_timeout(300)
    tops: list[list[float]] = page.evaluate("dlTops.map((set) => [...set])")
    for cell, seen in zip(cells, tops, strict=True):
        assert max(seen) - min(seen) <= 0.5, f"what follows {cell.name} stood at {seen}"
    for cell, boxes in zip(cells, before, strict=True):
        live = cell.output.locator("svg").all()
        assert len(live) == len(boxes)
        for svg, box in zip(live, boxes, strict=True):
            now = svg.bounding_box()
            assert now
            assert box
            assert abs(now["height"] - box["height"]) <= 0.5
            assert abs(now["width"] - box["width"]) <= 0.5


def test_a_run_s_figure_has_the_tools_too_and_its_table_follows_the_slider(lab: Reader) -> None:
    page = lab.page
    cell = lab.cells()[0]
    cell.write(CODE)
    assert cell.run() == "done", cell.text()
    figure = cell.output.locator(".dl-figure")
    drawing = figure.locator("svg")
    drawing.evaluate("(svg) => svg.scrollIntoView({block: 'center'})")
    hover(page, *point_of(drawing, 0, 3))
    tip = figure.locator(".dl-tip")
    expect(tip).to_be_visible()
    assert shows(tip) == {"panel": "a", "r": "3", "loss": "3"}
    figure.get_by_role("button", name="Data").click()
    captions = table_of(figure).locator("caption").all_text_contents()
    assert captions == ["a", "b"]
    fourth = table_of(figure).locator("tbody tr").nth(3).locator("td")
    expect(fourth).to_have_text(["3", "3", "2"])
    height = figure.bounding_box()
    for _ in range(4):
        cell.root.locator(".dl-param-slider input").press("ArrowRight")
    expect(fourth).to_have_text(["3", "15", "2"])
    cell.expect_state("done")
    expect(figure.get_by_role("button", name="Data")).to_have_attribute("aria-expanded", "true")
    after = figure.bounding_box()
    assert height
    assert after
    # Longer labels on the axis make the drawing narrower; the open table is there as before.
    assert abs(height["height"] - after["height"]) < 12
    drawing.focus()
    page.keyboard.press("End")
    expect(page.locator("#dl-announcer")).to_have_text("up: panel a, r 5, loss 25")
    figure.get_by_role("button", name="Data").click()
    expect(table_of(figure)).to_have_count(0)


# How many of the drawings got onto the screen since this was asked last.
_FRAMES = """() => {
  const {count = 0} = window.dlFrames ?? {};
  window.dlFrames = {count: 0};
  if (window.dlLast) return count;
  const look = () => {
    const svg = document.querySelector(".dl-cell-output .dl-figure svg");
    if (svg !== window.dlLast) { window.dlLast = svg; dlFrames.count += 1; }
    requestAnimationFrame(look);
  };
  look();
  return 0;
}"""


# A run without the driver looking on, which takes a long time of its own with a long table.
_RUN = """(cell) => new Promise((resolve) => {
  let ran = false;
  new MutationObserver((_, observer) => {
    ran ||= cell.dataset.state === "running";
    if (!ran || cell.dataset.state !== "done") return;
    observer.disconnect();
    resolve();
  }).observe(cell, {attributes: true});
  cell.querySelector(".dl-run").click();
})"""


def test_redrawing_with_everything_open_stays_quick(lab: Reader) -> None:
    page = lab.page
    cell = lab.cells()[0]
    cell.write(
        "import time\nimport numpy as np\nfrom dlconcepts import plot\n\n"
        "x = np.linspace(0, 6, 400)\n"
        "for k in range(90):\n"
        "    display(plot.lines(x, {'a': np.sin(x + k / 9), 'b': np.cos(x)}), id='w')\n"
        "    time.sleep(1 / 30)\n"
    )
    assert cell.run() == "done", cell.text()
    figure = cell.output.locator(".dl-figure")
    figure.scroll_into_view_if_needed()
    page.evaluate(_FRAMES)
    cell.root.evaluate(_RUN)
    plain = page.evaluate(_FRAMES)
    figure.locator("svg").focus()
    figure.get_by_role("button", name="Data").click()
    expect(table_of(figure).locator("tbody tr")).to_have_count(400)
    figure.locator("svg").focus()
    page.keyboard.press("ArrowRight")
    expect(figure.locator(".dl-tip")).to_be_visible()
    page.evaluate(_FRAMES)
    cell.root.evaluate(_RUN)
    assert page.evaluate(_FRAMES) > plain / 3, "a machine that does other things varies by half"
    expect(table_of(figure).locator("tbody tr")).to_have_count(400)
    expect(figure.locator(".dl-figure-tools")).to_have_count(1)
