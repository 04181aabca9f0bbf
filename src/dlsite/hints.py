"""A sentence that helps with a common error. Standard library only: it runs in the browser, as the runner does."""

from __future__ import annotations

import ast
import re
from types import FrameType

HERE = "Here are numpy, dlconcepts and Python's standard library, and matplotlib and scipy"
# Loaded when a cell has an import statement of them: see overrides/live/packages.js.
ON_IMPORT = {"matplotlib", "scipy"}
_SHAPES = re.compile(r"shape|broadcast|dimension|matmul|aligned|size", re.IGNORECASE)


def hint(error: BaseException, frame: FrameType | None, line: int | None, code: str) -> str:
    """Return what to do about an error, or "" where its message says enough.

    Args:
        error: What was raised.
        frame: The reader's innermost frame, for the values of names.
        line: The line of the cell that failed, counted from 1.
        code: The text of the cell.
    """
    match error:
        case ModuleNotFoundError(name=str(name)):
            package = name.partition(".")[0]
            if package in ON_IMPORT:
                return f"An import statement loads it: write import {package} in the cell."
            return f"There is no {package} in this page. {HERE}."
        case TabError():
            return "The cell mixes tabs and spaces: indent every line by spaces."
        case SystemExit():
            return "sys.exit() ends the cell; the page goes on."
        case RecursionError():
            return "A function calls itself without end: look at the case in which it should stop."
        case MemoryError():
            return "The page's memory is used up: take smaller arrays, or do the work in parts."
        case ValueError() if str(error).startswith("array is too big"):
            return "The browser's Python has 32-bit addresses: one array is below 2 GB."
        case ValueError() | IndexError() if frame and line and _SHAPES.search(str(error)):
            shapes = _shapes(frame, line, code)
            return f"Shapes in this line: {', '.join(shapes)}." if shapes else ""
    return ""


def _shapes(frame: FrameType, line: int, code: str) -> list[str]:
    """Return the shapes of the arrays that the failing statement names."""
    shapes: dict[str, str] = {}
    for name in _names(line, code):
        value = frame.f_locals.get(name, frame.f_globals.get(name))
        shape = getattr(value, "shape", None)
        if isinstance(shape, tuple) and shape:
            shapes[name] = f"{name} {shape}"
    return list(shapes.values())


def _names(line: int, code: str) -> list[str]:
    """Return the names in the innermost statement that covers a line, in order."""
    covering = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    innermost = min(covering, key=lambda node: (node.end_lineno or 0) - node.lineno, default=None)
    if innermost is None:
        return []
    found = [node for node in ast.walk(innermost) if isinstance(node, ast.Name)]
    return [node.id for node in sorted(found, key=lambda node: (node.lineno, node.col_offset))]
