"""Run one cell of a page and report what happens as a stream of events.

The same file runs natively at build time and inside Pyodide in the reader's browser, so it may import nothing but the
standard library. An event is a dictionary that survives `json.dumps`:

* ``{"type": "stream", "name": "stdout" | "stderr", "text": str}``
* ``{"type": "display", "data": {mime: value}, "id": str}`` (`id` only when given; the same id replaces in place)
* ``{"type": "progress", "id", "done", "total", "label"}``, from `track`; `total` is None when it is not known
* ``{"type": "error", "name", "message", "line", "hint", "text", "full"}`` (`line` counts from 1, or is None)
* ``{"type": "done", "ok": bool, "seconds": float}``, always the last one
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import contextvars
import io
import itertools
import json
import linecache
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sized
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple, NoReturn, TypeVar

from dlsite import completion
from dlsite.hints import hint

Event = dict[str, Any]
T = TypeVar("T")

PROGRESS_INTERVAL = 0.05  # seconds between two events of `track`

# The `display` of the cell that runs, for modules that show things themselves.
DISPLAY: contextvars.ContextVar[Callable[..., None]] = contextvars.ContextVar("display")
# Called when a cell ends, with whether it ended well: what it has left open is shown or dropped.
AT_END: list[Callable[[bool], object]] = []


class Session(NamedTuple):
    """What the cells of one session share: their names, and NumPy's print options and error state."""

    namespace: dict[str, Any]
    context: contextvars.Context


_sessions: dict[str, Session] = {}
# The names of the cell that ran last without a session: what completion knows of it.
_last: dict[str, Any] = {}


def run(code: str, cell: str, session: str | None, emit: Callable[[str], object]) -> bool:
    """Run `code` and pass each event to `emit` as JSON.

    Args:
        code: The text of the cell.
        cell: Its id, which names it in tracebacks.
        session: Cells with the same session share a namespace; None gives a fresh one.
        emit: Called with one event at a time, in order.

    Returns:
        True when the cell ran to its end.
    """
    state = _fresh() if session is None else _sessions.setdefault(session, _fresh())
    if session is None:
        _last.clear()  # so that two cells' arrays are never held at once

    def send(event: Event) -> None:
        emit(json.dumps(event, allow_nan=False))  # JavaScript's JSON has no NaN

    try:
        return state.context.run(_run, code, f"<cell {cell}>", state.namespace, send)
    finally:
        if session is None:
            _last.update(state.namespace)


def complete(code: str, offset: int, session: str | None) -> str:
    """Return what can be written at a place of a cell, as JSON; see `dlsite.completion.complete`."""
    return json.dumps(completion.complete(code, offset, _known(session)))


def explain(code: str, offset: int, session: str | None) -> str:
    """Return what a name at a place of a cell is, as JSON; see `dlsite.completion.explain`."""
    return json.dumps(completion.explain(code, offset, _known(session)))


def _known(session: str | None) -> dict[str, Any]:
    if session is None:
        return _last
    return _sessions[session].namespace if session in _sessions else {}


def forget(session: str | None = None) -> None:
    """Drop the namespace of `session`, or of every session."""
    if session is None:
        _sessions.clear()
    else:
        _sessions.pop(session, None)


def _fresh() -> Session:
    return Session({"__name__": "__main__", "__builtins__": builtins}, contextvars.copy_context())


def _run(
    code: str, filename: str, namespace: dict[str, Any], send: Callable[[Event], None]
) -> bool:
    # linecache is where the traceback module looks for the text of a line.
    linecache.cache[filename] = (len(code), None, list(io.StringIO(code)), filename)

    def display(*values: object, id: str | None = None) -> None:  # noqa: A002 (the name readers know)
        """Show each value now, below what has been printed; the same id replaces what it showed before."""
        for value in values:
            event: Event = {"type": "display", "data": mimebundle(value)}
            send(event if id is None else {**event, "id": id})

    def track(items: Iterable[T], *, total: int | None = None, label: str = "") -> Iterator[T]:
        """Yield the items, and show in the page how many have been taken.

        Args:
            items: What to go through.
            total: How many there are, where `len(items)` does not tell.
            label: What stands before the bar.
        """
        if total is None:
            total = len(items) if isinstance(items, Sized) else None
        bar = f"track-{next(bars)}"
        event: Event = {"type": "progress", "id": bar, "total": total, "label": label}
        done = told = 0
        send({**event, "done": done})
        last = time.perf_counter()
        for item in items:
            yield item
            done += 1
            if time.perf_counter() - last > PROGRESS_INTERVAL:
                last, told = time.perf_counter(), done
                send({**event, "done": done})
        if told < done:
            send({**event, "done": done})

    bars = itertools.count()
    DISPLAY.set(display)
    namespace["display"] = display
    namespace["track"] = track
    start = time.perf_counter()
    ok = True
    # Entering the context also forgets which warnings were given already, so that a second run gives them again.
    with _streams(send), warnings.catch_warnings():
        warnings.simplefilter("default")
        try:
            body, last = _compile(code, filename)
            exec(body, namespace)  # noqa: S102 (running the reader's code is the purpose)
            if last is not None:
                value = eval(last, namespace)  # noqa: S307
                if value is not None:
                    display(value)
            for end in AT_END:
                end(True)
        # SystemExit and KeyboardInterrupt end the cell, not the runner.
        except BaseException as error:
            ok = False
            send(describe(error, filename, code))
            for end in AT_END:
                end(False)
    send({"type": "done", "ok": ok, "seconds": round(time.perf_counter() - start, 4)})
    return ok


def _compile(code: str, filename: str) -> tuple[CodeType, CodeType | None]:
    """Split off the last expression, whose value is shown unless a semicolon ends it."""
    tree = ast.parse(code, filename)
    last: CodeType | None = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not _ends_in_semicolon(code, tree):
        expression = tree.body.pop()
        assert isinstance(expression, ast.Expr)
        # dont_inherit: this file's own `from __future__` is not the reader's.
        last = compile(ast.Expression(expression.value), filename, "eval", dont_inherit=True)
    return compile(tree, filename, "exec", dont_inherit=True), last


def _ends_in_semicolon(code: str, tree: ast.Module) -> bool:
    end = tree.body[-1]
    line = code.split("\n")[(end.end_lineno or 1) - 1]
    rest = line.encode()[end.end_col_offset or 0 :].decode()
    return rest.lstrip().startswith(";")


def mimebundle(value: object) -> dict[str, Any]:
    """Return the forms in which `value` can be shown, by MIME type; text is always among them."""
    bundle: dict[str, Any] = {"text/plain": repr(value)}
    # A class has the method too, but unbound: it is shown as text.
    method = None if isinstance(value, type) else getattr(value, "_repr_mimebundle_", None)
    if callable(method):
        bundle.update(method())
    return bundle


def describe(error: BaseException, filename: str, code: str = "") -> Event:
    """Return the error event for an exception: the reader's own frames, and the whole traceback beside them."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if _is_cell(frame.filename)
    ]
    if isinstance(error, SyntaxError) and error.filename == filename:
        line = error.lineno
    else:
        line = next((f.lineno for f in reversed(frames) if f.filename == filename), None)
    shown = traceback.TracebackException.from_exception(error)
    _keep_cells(shown)
    return {
        "type": "error",
        "name": type(error).__name__,
        "message": _message(error),
        "line": line,
        "hint": _hint(error, filename, line, code),
        "text": "".join(shown.format()),
        "full": "".join(traceback.format_exception(_without_runner(error))),
    }


def _innermost(error: BaseException, filename: str) -> FrameType | None:
    """Return the reader's frame that is nearest to the error, for the values of its names."""
    found = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == filename:
            found = frame
    return found


def _hint(error: BaseException, filename: str, line: int | None, code: str) -> str:
    try:
        return hint(error, _innermost(error, filename), line, code)
    except Exception:  # the reader's own __str__ or shape may fail
        return ""


def _message(error: BaseException) -> str:
    try:
        return str((error.msg or "") if isinstance(error, SyntaxError) else error)
    except Exception:  # the reader's own __str__ may fail
        return ""


def _keep_cells(shown: traceback.TracebackException) -> None:
    """Leave the reader's own frames, also in the exceptions it came from, and none that came up in a library."""
    frames = [frame for frame in shown.stack if _is_cell(frame.filename)]
    # Without any frame there is to be no heading; None is how the traceback module says so.
    shown.stack = traceback.StackSummary.from_list(frames) if frames else None  # type: ignore[assignment]
    for name in ("__cause__", "__context__"):
        earlier = getattr(shown, name)
        if earlier is not None:
            foreign = bool(earlier.stack) and not any(_is_cell(f.filename) for f in earlier.stack)
            if foreign:
                setattr(shown, name, None)
            else:
                _keep_cells(earlier)
    for part in getattr(shown, "exceptions", None) or ():
        _keep_cells(part)


def _is_cell(filename: str) -> bool:
    return filename.startswith("<cell ") and filename.endswith(">")


def _without_runner(error: BaseException) -> BaseException:
    """Cut this file's own frames off the top of the traceback."""
    tb: TracebackType | None = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename == __file__:
        tb = tb.tb_next
    return error.with_traceback(tb)


class _Stream(io.TextIOBase):
    """A text file whose writes become stream events."""

    def __init__(self, name: str, send: Callable[[Event], None]) -> None:
        self.name = name
        self._send = send

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() needs a string, not {type(text).__name__}")
        if text:
            self._send({"type": "stream", "name": self.name, "text": text})
        return len(text)


class _NoInput(io.TextIOBase):
    """Reading from the keyboard is not possible in a page."""

    def readline(self, size: int | None = -1, /) -> NoReturn:
        raise OSError("input() is not available here: put the value into the code")

    def read(self, size: int | None = -1, /) -> NoReturn:
        self.readline()


@contextlib.contextmanager
def _streams(send: Callable[[Event], None]) -> Iterator[None]:
    """Turn what is printed into events for as long as the cell runs."""
    stdin = sys.stdin
    sys.stdin = _NoInput()
    try:
        with (
            contextlib.redirect_stdout(_Stream("stdout", send)),
            contextlib.redirect_stderr(_Stream("stderr", send)),
        ):
            yield
    finally:
        sys.stdin = stdin
