"""The pictures of links: their size, what they show, and what cannot be drawn."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from dlsite.previews import SIZE, Drawer, Preview, PreviewError, address
from dlsite.store import Store

ROOT = Path(__file__).parents[2]
SHORT = Preview("Topic", "What is it?", "Core · 4 minutes")
LONG = Preview(
    "Topic", "Which of the many ways to say the same thing is the shortest? " * 3, "Core"
)


@pytest.fixture
def drawer(tmp_path: Path) -> Drawer:
    return Drawer(ROOT, Store(tmp_path / "store.sqlite"))


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.mode, image.size) == ("PNG", "P", SIZE)
    return image.convert("RGB")


@pytest.mark.parametrize("preview", [SHORT, LONG])
def test_the_text_keeps_its_distance_from_the_edges_and_from_each_other(
    drawer: Drawer, preview: Preview
) -> None:
    png = drawer.png(preview)
    image = opened(png)
    assert len(png) < 40_000
    width, height = SIZE
    inside = image.crop((17, 0, width, height))
    box = ImageChops.difference(inside, Image.new("RGB", inside.size, "white")).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert left >= 60
    assert right <= inside.width - 70
    assert top >= 50
    assert bottom <= height - 45
    # Blank lines part the title from what stands above and below it.
    rows = [inside.crop((0, y, inside.width, y + 1)).getcolors() or [] for y in (118, height - 110)]
    assert all(colors == [(inside.width, (255, 255, 255))] for colors in rows)


def test_a_short_title_is_larger_than_a_long_one(drawer: Drawer) -> None:
    sizes = [drawer._fit(preview.title, 1000, 300)[1].size for preview in (SHORT, LONG)]
    assert sizes[0] > sizes[1]


def test_no_line_is_left_with_a_word_that_fits_above(drawer: Drawer) -> None:
    lines, font = drawer._fit("one two three four five six seven eight nine ten", 700, 400)
    lengths = [font.getlength(line) for line in lines]
    assert len(lines) > 1
    assert min(lengths) > 0.5 * max(lengths)
    assert " ".join(lines) == "one two three four five six seven eight nine ten"


def test_a_picture_is_drawn_once_and_alike(drawer: Drawer, monkeypatch: pytest.MonkeyPatch) -> None:
    first = drawer.png(SHORT)
    assert drawer._draw(SHORT) == first
    monkeypatch.setattr(Drawer, "_draw", lambda *_: pytest.fail("drawn again"))
    assert drawer.png(SHORT) == first


@pytest.mark.parametrize(
    ("preview", "message"),
    [
        (Preview("Topic", "What is 字?", ""), "has no '字'"),
        (Preview("Topic", "word " * 100, ""), "too long for a preview"),
        (Preview("Topic", "w" * 100, ""), "too long for a preview"),
        (Preview("Topic " * 30, "What?", ""), "too long for a line"),
    ],
)
def test_what_cannot_be_shown_is_refused(drawer: Drawer, preview: Preview, message: str) -> None:
    with pytest.raises(PreviewError, match=message):
        drawer.png(preview)


def test_a_missing_font_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PreviewError, match="npm ci"):
        Drawer(tmp_path, Store(tmp_path / "store.sqlite"))


def test_another_picture_has_another_address() -> None:
    one, other = (address("slug", png) for png in (b"one", b"other"))
    assert one != other
    assert one == address("slug", b"one")
    assert one.startswith("assets/previews/slug-")
