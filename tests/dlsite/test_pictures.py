"""Matplotlib's figures in a cell: natively here, as the worker does it in the page."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from PIL import Image

from dlsite import pictures, runner

HEAD = "import matplotlib.pyplot as plt\n"
PLOT = f"{HEAD}plt.plot([1, 2])\nplt.title('Rise')\nplt.xlabel('time')\nplt.ylabel('time')\n"


@pytest.fixture(autouse=True)
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the worker sets before Matplotlib is imported."""
    monkeypatch.setattr(runner, "AT_END", [pictures.at_end])
    before = mpl.get_backend()
    mpl.use("module://dlsite.pictures")
    yield
    mpl.use(before)


def events(code: str) -> list[dict[str, Any]]:
    lines: list[str] = []
    runner.run(code, "drawn", None, lines.append)
    return [json.loads(line) for line in lines]


def shown(code: str) -> list[dict[str, str]]:
    return [event["data"] for event in events(code) if event["type"] == "display"]


def test_what_is_left_open_is_shown_at_the_end_as_svg_and_in_words() -> None:
    (data,) = shown(PLOT + "None\n")
    assert set(data) == {"text/plain", "image/svg+xml"}
    assert data["text/plain"] == "Figure: Rise; time"
    assert ElementTree.fromstring(data["image/svg+xml"]).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert shown(PLOT + "None\n") == shown(PLOT + "None\n")


def test_show_shows_what_is_open_where_it_stands_and_closes_it() -> None:
    found = events(f"{PLOT}plt.show()\nprint(plt.get_fignums())\n")
    assert found[0]["type"] == "display"
    assert [event["text"] for event in found[1:] if event["type"] == "stream"] == ["[]", "\n"]
    assert [event["type"] for event in found].count("display") == 1


def test_a_figure_that_was_displayed_is_not_shown_again() -> None:
    code = f"{HEAD}a = plt.figure()\ndisplay(a)\nb = plt.figure()\nb.suptitle('second');\n"
    first, second = shown(code)
    assert first["text/plain"].startswith("Figure(640x480)")
    assert second["text/plain"] == "Figure: second"
    assert len(shown(code)) == 2  # nothing is remembered from the cell before


def test_after_an_error_nothing_is_shown_and_nothing_stays_open() -> None:
    assert [event["type"] for event in events(f"{PLOT}1 / 0\n")] == ["error", "done"]
    assert shown(HEAD) == []


def test_a_figure_too_large_as_svg_comes_as_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_SVG", 1000)
    (data,) = shown(
        f"{HEAD}plt.figure(figsize=(3, 2)).add_axes((0, 0, 1, 1), xticks=[], yticks=[]);\n"
    )
    assert set(data) == {"text/plain", "image/png"}
    with Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) as image:
        width, height = image.size
    # 96 pixels an inch, twice over; Matplotlib adds a tenth of an inch on each side.
    assert width == pytest.approx(3.2 * 192, abs=4)
    assert height == pytest.approx(2.2 * 192, abs=4)
