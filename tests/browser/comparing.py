"""Compares what a cell shows in the browser with what the build put into the page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from dlsite.cells import Cell

Event = dict[str, Any]

# What stands in an output, in order. The axes of a drawing depend on its width, and so do
# contours; the other marks of a figure have the same parts in every drawing.
SHOWN = """(output) => [...output.children].map((item) => {
  const kind = [...item.classList].find((name) => name !== "dl-out");
  const texts = (selector) => [...item.querySelectorAll(selector)].map((e) => e.textContent);
  if (kind === "dl-figure") {
    const drawing = item.querySelector("svg.dl-wide") ?? item.querySelector("svg");
    const groups = [...drawing.querySelectorAll("g[data-mark]")];
    const marks = groups
      .map((group) => [group.getAttribute("data-mark"), group.querySelectorAll(":not(g)").length])
      .filter(([label]) => !/^f?[xy]-|^contour|^density/.test(label));
    return {
      kind, title: texts("figcaption"), legend: texts(".dl-legend li"), marks,
      described: (drawing.getAttribute("aria-label") ?? "").length > 10,
    };
  }
  if (kind === "dl-table") {
    const rows = [...item.querySelectorAll("tr")];
    return {
      kind, title: texts("caption"),
      rows: rows.map((row) => [...row.children].map((cell) => cell.textContent)),
    };
  }
  if (kind === "dl-error") {
    const message = item.querySelector("p").cloneNode(true);
    for (const button of message.querySelectorAll("button")) button.remove();
    return {kind, message: message.textContent.trim()};
  }
  return {kind, text: item.textContent};
})"""

_NUMBER = re.compile(r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|\b(?:nan|inf)\b", re.IGNORECASE)
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9


def shown(events: Iterable[Event]) -> list[Event]:
    """The events as they remain visible: printed text joined, each id once, times left out."""
    kept: list[Event] = []
    for event in events:
        last = kept[-1] if kept else {}
        same = [i for i, e in enumerate(kept) if "id" in event and e.get("id") == event["id"]]
        if event["type"] == "done":
            continue
        if event["type"] == last.get("type") == "stream" and event["name"] == last["name"]:
            kept[-1] = {**last, "text": last["text"] + event["text"]}
        elif same:
            kept[same[0]] = event
        elif event["type"] == "error":
            # The traceback's drawing differs between the versions of Python.
            kept.append({key: event[key] for key in ("type", "name", "message", "line")})
        else:
            kept.append(event)
    return kept


def kinds(events: Iterable[Event]) -> list[str]:
    """What sort of output each event is."""
    return [
        f"{e['type']} {e.get('name') or ' '.join(sorted(e.get('data', ())))}".strip()
        for e in events
    ]


def differences(static: object, live: object, where: str = "") -> Iterator[str]:
    """Each place where the two differ: numbers by more than rounding, all else at all."""
    if isinstance(static, dict) and isinstance(live, dict):
        for key in [*static, *(key for key in live if key not in static)]:
            if key not in static or key not in live:
                yield f"{where}.{key} is only in the {'page' if key in static else 'browser'}"
            else:
                yield from differences(static[key], live[key], f"{where}.{key}")
    elif isinstance(static, list) and isinstance(live, list):
        if len(static) != len(live):
            yield f"{where} has {len(static)} entries in the page and {len(live)} in the browser"
        else:
            for i, (a, b) in enumerate(zip(static, live, strict=True)):
                yield from differences(a, b, f"{where}[{i}]")
    elif isinstance(static, str) and isinstance(live, str):
        if not _same_text(static, live):
            yield f"{where} is {static!r} in the page and {live!r} in the browser"
    elif _is_number(static) and _is_number(live):
        if not _close(float(static), float(live)):  # type: ignore[arg-type]
            yield f"{where} is {static} in the page and {live} in the browser"
    elif static != live:
        yield f"{where} is {static!r} in the page and {live!r} in the browser"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _close(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)


def _same_text(static: str, live: str) -> bool:
    """Whether two texts are equal up to the rounding of their numbers, and the padding that comes with it."""
    if static == live:
        return True
    if _words(static) != _words(live):
        return False
    pairs = zip(_numbers(static), _numbers(live), strict=True)
    return all(_close(a, b) for a, b in pairs)


def _words(text: str) -> str:
    return re.sub(r"[ ]+", " ", _NUMBER.sub(" # ", text))


def _numbers(text: str) -> list[float]:
    return [float(number.replace("−", "-")) for number in _NUMBER.findall(text)]


class Hears(Protocol):
    """A reader of any engine."""

    def heard(self) -> list[Event]: ...


class Shows(Protocol):
    """A cell in the page of any engine."""

    def drawn(self) -> list[Event]: ...

    def run(self) -> str: ...

    def text(self) -> str: ...


def check(reader: Hears, cell: Cell, on_page: Shows, static: list[Event]) -> list[str]:
    """Run a cell; everything that is not as the build has it."""
    before = on_page.drawn()
    state = on_page.run()
    expected = "failed" if cell.fails else "done"
    if state != expected:
        return [f"ends {state}, not {expected}: {on_page.text()}"]
    live = shown(reader.heard())
    if kinds(static) != kinds(live):
        return [f"shows {kinds(live)} in the browser and {kinds(static)} in the page"]
    after = on_page.drawn()
    if cell.varies:
        before, after = ([{"kind": item["kind"]} for item in items] for items in (before, after))
        return list(differences(before, after, "output"))
    return [*differences(static, live, "output"), *differences(before, after, "shown")]
