"""The picture that a chat shows beside a link to a page: the question as large as it fits, its topic and its level.

Drawn offline with Pillow and a font from the Node packages; few colors, so that a picture is a few kilobytes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from dlsite.store import Store, digest, digest_files

SIZE = (1200, 630)  # what the large cards of chats and networks show uncropped

_FONT = "node_modules/@fontsource/source-sans-3/files/source-sans-3-latin-{weight}-normal.woff"
_INK, _MUTED, _ACCENT = _COLORS = "#1d2530", "#566070", "#0b57d0"
_MARGIN = 80
_LARGEST, _SMALLEST = 84, 44  # pixels
_LEADING = 1.18
_SMALL = 34
_SHADES = 5  # of each color, from paper to the color itself; more cannot be told apart


class PreviewError(Exception):
    """A text that the font cannot show, or that does not fit."""


@dataclass(frozen=True)
class Preview:
    """What a picture says: above, in the middle, and below."""

    above: str
    title: str
    below: str


class Drawer:
    """Draws pictures for the checkout at `root`, and keeps them in a store."""

    def __init__(self, root: Path, store: Store) -> None:
        """Look at what every picture depends on."""
        self.root = root
        self.store = store
        fonts = [root / _FONT.format(weight=weight) for weight in (400, 600)]
        for font in fonts:
            if not font.is_file():
                raise PreviewError(f"{font} is missing: run `npm ci --ignore-scripts`")
        self._tools = digest(metadata.version("pillow"), digest_files(Path(__file__), *fonts))

    def png(self, preview: Preview) -> bytes:
        """Return the picture of a page.

        Raises:
            PreviewError: For a text that cannot be drawn.
        """
        key = digest("preview", self._tools, preview.above, preview.title, preview.below)
        kept = self.store.get(key)
        if kept is None:
            kept = base64.b64encode(self._draw(preview)).decode()
            self.store.put(key, kept)
        return base64.b64decode(kept)

    @functools.cache  # noqa: B019 (the drawer lives as long as the build)
    def _font(self, weight: int, size: int) -> ImageFont.FreeTypeFont:
        path = self.root / _FONT.format(weight=weight)
        # The basic layout is in every build of Pillow, and is the same in all.
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)

    def _draw(self, preview: Preview) -> bytes:
        for text in (preview.above, preview.title, preview.below):
            self._check(text)
        width, height = SIZE
        inner = width - 2 * _MARGIN
        # One layer a color, each in shades of gray; none lies over another.
        layers = {color: Image.new("L", SIZE) for color in _COLORS}
        draw = {color: ImageDraw.Draw(layer) for color, layer in layers.items()}
        draw[_ACCENT].rectangle((0, 0, 16, height), fill=255)
        for color, text, y, weight in (
            (_ACCENT, preview.above, 96, 600),
            (_MUTED, preview.below, height - 62, 400),
        ):
            font = self._font(weight, _SMALL)
            if font.getlength(text) > inner:
                raise PreviewError(f"too long for a line of a preview: {text!r}")
            draw[color].text((_MARGIN, y), text, font=font, fill=255, anchor="ls")
        lines, font = self._fit(preview.title, inner, height - 2 * 150)
        step = font.size * _LEADING
        top = (height - step * len(lines)) / 2
        for index, line in enumerate(lines):
            place = (_MARGIN, top + (index + 0.5) * step)
            draw[_INK].text(place, line, font=font, fill=255, anchor="lm")
        return _packed(layers)

    def _check(self, text: str) -> None:
        font = self._font(400, _SMALL)
        box = bytes(font.getmask("\uffff"))
        for letter in text:
            if not letter.isspace() and bytes(font.getmask(letter)) == box:
                raise PreviewError(f"the font of the previews has no {letter!r}: {text!r}")

    def _fit(self, text: str, width: int, height: int) -> tuple[list[str], ImageFont.FreeTypeFont]:
        """Return the lines and the largest font in which the text fits."""
        for size in range(_LARGEST, _SMALLEST - 1, -2):
            font = self._font(600, size)
            lines = _wrapped(text, font, width)
            if len(lines) * size * _LEADING <= height and all(
                font.getlength(line) <= width for line in lines
            ):
                return lines, font
        raise PreviewError(f"too long for a preview: {text!r}")


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Return the text in as few lines as it needs, of about equal length."""
    few = _broken(text, font, width)
    # The narrowest width that takes no more lines leaves no word alone on the last one.
    low, high = width // 2, width
    while high - low > 8:
        middle = (low + high) // 2
        if len(_broken(text, font, middle)) > len(few):
            low = middle
        else:
            high = middle
    return _broken(text, font, high)


def _broken(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def address(name: str, png: bytes) -> str:
    """Return where a picture stands: chats keep a picture by its address, so another picture gets another one."""
    return f"assets/previews/{name}-{hashlib.sha256(png).hexdigest()[:8]}.png"


def _packed(layers: Mapping[str, Image.Image]) -> bytes:
    """Return layers over white paper as a PNG with a palette, a third of the size of one without."""
    image = Image.new("P", SIZE)
    palette = [255, 255, 255]
    for number, (color, layer) in enumerate(layers.items()):
        first = number * _SHADES
        levels = [round(gray / 255 * _SHADES) for gray in range(256)]
        shades = layer.point([first + level for level in levels])
        image.paste(shades, mask=layer.point([255 if level else 0 for level in levels]))
        ink = ImageColor.getrgb(color)
        for shade in range(1, _SHADES + 1):
            palette += [round(255 + (part - 255) * shade / _SHADES) for part in ink]
    image.putpalette(palette)
    packed = io.BytesIO()
    image.save(packed, "PNG", bits=4)
    return packed.getvalue()
