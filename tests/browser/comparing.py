"""Compares what a cell shows in the browser with what the build put into the page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

Event = dict[str, Any]

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
