"""The live fence: find it in a page, refuse what is wrong with it, and render it with its static output.

A live cell is a Python fence with an id::

    ```python live="huber-vs-mse"
    ...
    ```

Options: `live` (the id), `session` (cells of one session share a namespace), `fails` (the exception the cell is there
to show), `varies` (why its output may differ from run to run). A Python fence that does not run says why with
`static="reason"`. Anything else is an error with file and line.
"""

from __future__ import annotations

import ast
import html
import json
import math
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from dlsite.runner import Event

FIGURE_MIME = "application/vnd.dlconcepts.figure+json"
TABLE_MIME = "application/vnd.dlconcepts.table+json"

_OPEN = re.compile(r"^(?P<indent>[ ]*)(?P<mark>`{3,}|~{3,})[ ]*(?P<info>[^`]*)$")
_OPTION = re.compile(r'\s*([A-Za-z_][\w-]*)="([^"]*)"')
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_PYTHON = {"python", "py", "python3", "py3"}
# What pymdownx.superfences would show as Python, too, but this file would not see as a Python fence.
_DISGUISED = re.compile(r"[{.\s]*py(?:thon)?3?\b", re.IGNORECASE)
_QUOTED = re.compile(rf"^[ ]*>[> ]*(?:`{{3,}}|~{{3,}}){_DISGUISED.pattern}", re.IGNORECASE)
_OPTIONS = {"live", "session", "fails", "varies", "static"}


class PageError(Exception):
    """Something wrong in a page, with the place."""

    def __init__(self, path: str, line: int, message: str) -> None:
        """Say `message` of line `line` of the file `path`."""
        super().__init__(f"{path}:{line}: {message}")
        self.path, self.line, self.message = path, line, message


class RenderError(Exception):
    """A formula or a figure that cannot be drawn."""


@dataclass(frozen=True)
class Fence:
    """A fenced block as it stands in a page; `first` and `last` are the indices of its fence lines."""

    language: str
    options: Mapping[str, str]
    code: str
    indent: str
    mark: str
    first: int
    last: int


@dataclass(frozen=True)
class Cell:
    """A live cell.

    Attributes:
        id: Unique on its page.
        code: Its text, ending in a newline.
        session: The cells it shares a namespace with, or None.
        fails: The name of the exception it is there to show, or "".
        varies: Why its output differs from run to run, or "".
        line: The line of its opening fence in the file.
    """

    id: str
    code: str
    session: str | None = None
    fails: str = ""
    varies: str = ""
    line: int = 1


@dataclass(frozen=True)
class Place:
    """The file a text comes from, and the line of the file that is the text's first."""

    path: str = "<markdown>"
    first_line: int = 1

    def error(self, index: int, message: str) -> PageError:
        """Return an error at the line with this index, counted from 0 in the text."""
        return PageError(self.path, self.first_line + index, message)

    def error_at(self, message: str, *patterns: str) -> PageError:
        """Return an error at the first match of the first of these regular expressions that the file has.

        For what is found so late in the conversion that the text's lines are gone.
        """
        try:
            lines = Path(self.path).read_text(encoding="utf-8").split("\n")
        except OSError:
            return self.error(0, message)
        text = "\n".join(lines[self.first_line - 1 :])
        match = next(filter(None, (re.search(pattern, text) for pattern in patterns)), None)
        return self.error(text.count("\n", 0, match.start()) if match else 0, message)


def fences(text: str, place: Place) -> Iterator[Fence]:
    """Yield the fenced blocks of a page, outermost only.

    Raises:
        PageError: For a fence that is not closed, an info string that cannot be read, or Python in a quotation.
    """
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        opening = _OPEN.match(lines[index])
        if not opening:
            if _QUOTED.match(lines[index]):
                raise place.error(index, "a Python fence cannot stand in a quotation")
            index += 1
            continue
        indent, mark = opening["indent"], opening["mark"]
        # As pymdownx.superfences has it: the same mark at the same depth. So code may hold deeper or longer ones.
        closing = indent + mark
        rest = range(index + 1, len(lines))
        last = next((i for i in rest if lines[i].rstrip() == closing), None)
        if last is None:
            raise place.error(index, f"this fence ({mark}) is never closed")
        language, options = _info(opening["info"].strip(), place, index)
        body = [line.removeprefix(indent) for line in lines[index + 1 : last]]
        yield Fence(language, options, "\n".join(body) + "\n", indent, mark, index, last)
        index = last + 1


def _info(info: str, place: Place, index: int) -> tuple[str, dict[str, str]]:
    """Read `python live="x"`; other languages keep whatever syntax they have."""
    language, _, rest = info.partition(" ")
    if language not in _PYTHON:
        if _DISGUISED.match(info):
            raise place.error(index, f"cannot read {info!r}: begin the fence with python")
        return language, {}
    options: dict[str, str] = {}
    position = 0
    while rest[position:].strip():
        match = _OPTION.match(rest, position)
        if not match:
            raise place.error(
                index, f'cannot read {rest[position:].strip()!r}: write option="value"'
            )
        name, value = match.groups()
        if name not in _OPTIONS:
            known = ", ".join(sorted(_OPTIONS))
            raise place.error(
                index, f"unknown option {name!r} of a Python fence; there are {known}"
            )
        if name in options:
            raise place.error(index, f"option {name!r} is given twice")
        if not value.strip():
            raise place.error(index, f"option {name!r} is empty")
        options[name] = value
        position = match.end()
    return language, options


def live_cells(text: str, place: Place) -> list[Cell]:
    """Return the live cells of a page in order.

    Raises:
        PageError: For a Python fence that neither runs nor says why not, a duplicate or ill-formed id, options that
            do not go together, code that does not compile, or a `# @param` that cannot be read.
    """
    found: dict[str, Cell] = {}
    for fence in fences(text, place):
        if fence.language not in _PYTHON:
            continue
        options = fence.options
        if "live" not in options:
            if "static" not in options:
                message = 'a Python fence needs live="id" to run, or static="reason" if it must not'
                raise place.error(fence.first, message)
            if len(options) > 1:
                raise place.error(fence.first, "static goes with no other option")
            continue
        if "static" in options:
            raise place.error(fence.first, "a fence is live or static, not both")
        cell = Cell(
            id=options["live"],
            code=fence.code,
            session=options.get("session"),
            fails=options.get("fails", ""),
            varies=options.get("varies", ""),
            line=place.first_line + fence.first,
        )
        if not _ID.fullmatch(cell.id):
            message = f"{cell.id!r} is no cell id: use lower-case words joined by hyphens"
            raise place.error(fence.first, message)
        if cell.session is not None and not _ID.fullmatch(cell.session):
            message = f"{cell.session!r} is no session: use lower-case words joined by hyphens"
            raise place.error(fence.first, message)
        if cell.id in found:
            message = f"cell id {cell.id!r} is used already in line {found[cell.id].line}"
            raise place.error(fence.first, message)
        _check_code(cell, fence, place)
        found[cell.id] = cell
    return list(found.values())


def _check_code(cell: Cell, fence: Fence, place: Place) -> None:
    try:
        with warnings.catch_warnings():
            # Such as an invalid escape: the browser's newer Python warns the reader where this one is silent.
            warnings.simplefilter("error")
            compile(cell.code, cell.id, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # the latter for characters that no source has
        if cell.fails != type(error).__name__:
            line = fence.first + (getattr(error, "lineno", None) or 1)
            why = getattr(error, "msg", error)
            raise place.error(line, f"cell {cell.id!r} does not compile: {why}") from None
    names: set[str] = set()
    for offset, text in enumerate(cell.code.split("\n"), 1):
        if not _PARAM_MARK.search(text):
            continue
        try:
            name = parse_param(text)["name"]
        except ValueError as error:
            raise place.error(fence.first + offset, str(error)) from None
        if name in names:
            raise place.error(fence.first + offset, f"parameter {name!r} is there twice")
        names.add(name)


_PARAM_MARK = re.compile(r"#\s*@param\b")
_PARAM = re.compile(
    r"^(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.+?)\s+# @param\s+(?P<form>[\[{].*[\]}])\s*$"
)
# A string is passed over, so that only a key's name gets quotes.
_PARAM_KEY = re.compile(r'"(?:\\.|[^"\\])*"|([A-Za-z_]\w*)(?=\s*:)')
_PARAM_TYPES = {
    "slider": {"min", "max", "step"},
    "number": {"min", "max", "step"},
    "dropdown": {"options"},
    "boolean": set(),
}


def parse_param(line: str) -> dict[str, Any]:
    """Read a line such as `delta = 1.0  # @param {type:"slider", min:0, max:3, step:0.1}`.

    Returns:
        `name`, `value`, `type` and the settings of that type.

    Raises:
        ValueError: When the line is not of that form, or the value does not fit its control.
    """
    match = _PARAM.match(line)
    if not match:
        raise ValueError(
            'a parameter is written: name = literal  # @param {type:"slider", min:0, max:1, step:0.1}'
        )
    form = _PARAM_KEY.sub(lambda key: f'"{key[1]}"' if key[1] else key[0], match["form"])
    try:
        settings = json.loads(form)
        value = ast.literal_eval(match["value"])
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"cannot read the parameter {match['name']!r}: {error}") from None
    if isinstance(settings, list):
        settings = {"type": "dropdown", "options": settings}
    kind = settings.pop("type", None)
    if not isinstance(kind, str) or kind not in _PARAM_TYPES:
        known = ", ".join(_PARAM_TYPES)
        raise ValueError(f"parameter {match['name']!r} has type {kind!r}; there are {known}")
    if unknown := set(settings) - _PARAM_TYPES[kind]:
        raise ValueError(
            f"parameter {match['name']!r}: a {kind} has no {', '.join(sorted(unknown))}"
        )
    _check_value(match["name"], kind, value, settings)
    return {"name": match["name"], "value": value, "type": kind, **settings}


def _check_value(name: str, kind: str, value: object, settings: Mapping[str, Any]) -> None:
    if kind == "boolean" and not isinstance(value, bool):
        raise ValueError(f"parameter {name!r} is a checkbox, so its value is True or False")
    if kind == "dropdown":
        options = settings.get("options")
        if not isinstance(options, list) or not all(type(o) in {str, int, float} for o in options):
            raise ValueError(f"parameter {name!r}: options is a list of strings or numbers")
        if value not in options or isinstance(value, bool):
            raise ValueError(f"parameter {name!r}: {value!r} is not among its options")
    if kind in {"slider", "number"}:
        if type(value) not in {int, float}:
            raise ValueError(f"parameter {name!r} is a {kind}, so its value is a number")
        if kind == "slider" and not {"min", "max", "step"} <= set(settings):
            raise ValueError(f"parameter {name!r}: a slider needs min, max and step")
        _check_range(name, value, settings)


def _check_range(name: str, value: Any, settings: Mapping[str, Any]) -> None:
    for key, bound in settings.items():
        if type(bound) not in {int, float} or not math.isfinite(bound):
            raise ValueError(f"parameter {name!r}: {key} is a number")
    low, high = settings.get("min", -math.inf), settings.get("max", math.inf)
    if low >= high:
        raise ValueError(f"parameter {name!r}: min {low} is not below max {high}")
    if settings.get("step", 1) <= 0:
        raise ValueError(f"parameter {name!r}: step is positive")
    if not low <= value <= high:
        raise ValueError(f"parameter {name!r}: {value} is not between {low} and {high}")


class Workshop(Protocol):
    """What rendering a cell needs from elsewhere: its output, and figures drawn."""

    def outputs(self, page: str, cells: Iterable[Cell]) -> Mapping[str, list[Event]]:
        """Run the cells of a page and return the events of each by id."""

    def figure(self, spec: Mapping[str, Any]) -> str:
        """Draw a figure as the inner HTML of a `<figure>`."""


_place: ContextVar[Place] = ContextVar("place", default=Place())  # noqa: B039 (frozen)


def set_place(place: Place) -> None:
    """Tell the extensions which file they convert next; Python-Markdown itself knows only the text."""
    _place.set(place)


def current_place() -> Place:
    """Return the place of the page being converted."""
    return _place.get()


def highlight_code(code: str) -> str:
    """Return the spans of Pygments for `code`; their text is exactly the code."""
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def render_cell(cell: Cell, output: str) -> str:
    """Return the HTML of a cell around its static output.

    A `section`, because the search plugin ends an exclusion where an element of the same name inside ends.
    """
    session = f' data-session="{html.escape(cell.session)}"' if cell.session else ""
    return (
        f'<section class="dl-cell" id="cell-{cell.id}" data-cell="{cell.id}"{session} data-search-exclude>'
        f'<div class="dl-cell-bar"><a class="dl-cell-name" href="#cell-{cell.id}">{cell.id}</a></div>'
        f"{_render_form(cell.code)}"
        f'<div class="dl-cell-code highlight"><pre><code>{highlight_code(cell.code)}</code></pre></div>'
        f'<div class="dl-cell-output">{output}</div></section>'
    )


def _render_form(code: str) -> str:
    """Hold the place of the controls, which the browser puts in: without that the page would jump."""
    params = [parse_param(line) for line in code.split("\n") if _PARAM_MARK.search(line)]
    if not params:
        return ""
    return f'<div class="dl-cell-params" aria-hidden="true">{"".join(map(_render_control, params))}</div>'


def _render_control(param: Mapping[str, Any]) -> str:
    kinds = {"slider": "range", "boolean": "checkbox"}
    name, kind = html.escape(param["name"]), kinds.get(param["type"], param["type"])
    if kind == "dropdown":
        options = "".join(f"<option>{html.escape(str(o))}</option>" for o in param["options"])
        control = f"<select disabled>{options}</select>"
    else:
        control = f'<input type="{kind}" disabled>'
    value = ""
    if kind == "range":
        decimals = len(str(param["step"]).partition(".")[2])
        ends = (f"{param[end]:.{decimals}f}" for end in ("min", "max"))
        width = max(map(len, ends))
        value = f'<output class="dl-param-value" style="min-width:{width}ch">{param["value"]:.{decimals}f}</output>'
    return (
        f'<label class="dl-param"><span class="dl-param-name">{name}</span>{control}{value}</label>'
    )


def render_events(events: Iterable[Event], workshop: Workshop) -> str:
    """Return the HTML of what a cell has put out, as the browser would show it."""
    parts: list[str] = []
    places: dict[str, int] = {}
    stream = ""
    for event in events:
        match event["type"]:
            case "stream":
                if stream == event["name"]:
                    text = html.escape(event["text"], quote=False)
                    parts[-1] = parts[-1].removesuffix("</pre>") + text + "</pre>"
                else:
                    parts.append(_pre(event["name"], event["text"]))
                stream = event["name"]
                continue
            case "display":
                shown = _display(event["data"], workshop)
                if (name := event.get("id")) in places:
                    parts[places[name]] = shown
                else:
                    if name is not None:
                        places[name] = len(parts)
                    parts.append(shown)
            case "error":
                parts.append(_error(event))
        stream = ""
    return "".join(parts)


def _pre(kind: str, text: str) -> str:
    # A browser takes the first newline in a <pre> for a part of the source, not of the text.
    newline = "\n" if text.startswith("\n") else ""
    return f'<pre class="dl-out dl-out-{kind}">{newline}{html.escape(text, quote=False)}</pre>'


def _display(data: Mapping[str, Any], workshop: Workshop) -> str:
    if spec := data.get(FIGURE_MIME):
        return f'<figure class="dl-out dl-figure">{workshop.figure(spec)}</figure>'
    if spec := data.get(TABLE_MIME):
        return _table(spec)
    return _pre("text", data["text/plain"])


def _table(spec: Mapping[str, Any]) -> str:
    def row(tag: str, cells: Iterable[str]) -> str:
        aligns = (column["align"] for column in spec["columns"])
        inner = "".join(
            f'<{tag} class="dl-{align}">{html.escape(cell, quote=False)}</{tag}>'
            for cell, align in zip(cells, aligns, strict=True)
        )
        return f"<tr>{inner}</tr>"

    caption = (
        f"<caption>{html.escape(spec['title'], quote=False)}</caption>" if spec["title"] else ""
    )
    head = row("th", (column["name"] for column in spec["columns"]))
    body = "".join(row("td", cells) for cells in spec["rows"])
    return (
        f'<div class="dl-out dl-table" tabindex="0" role="group"><table>{caption}<thead>{head}</thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _error(event: Event) -> str:
    return (
        '<div class="dl-out dl-error">'
        f"<p><strong>{html.escape(event['name'])}</strong>: {html.escape(event['message'], quote=False)}</p>"
        f"<pre>{html.escape(event['text'], quote=False)}</pre></div>"
    )


class LiveCells(Preprocessor):
    """Replace live fences by their HTML before any other extension sees them."""

    def __init__(self, md: Markdown, workshop: Workshop) -> None:
        """Remember whom to ask for output and figures."""
        super().__init__(md)
        self.workshop = workshop

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with each live fence replaced by a placeholder."""
        text = "\n".join(lines)
        place = current_place()
        cells = {cell.line: cell for cell in live_cells(text, place)}
        outputs = self.workshop.outputs(place.path, cells.values()) if cells else {}
        done: list[str] = []
        position = 0
        for fence in fences(text, place):
            done += lines[position : fence.first]
            cell = cells.get(place.first_line + fence.first)
            if cell is not None:
                try:
                    output = render_events(outputs[cell.id], self.workshop)
                except RenderError as error:
                    message = f"cell {cell.id!r} shows what cannot be drawn: {error}"
                    raise PageError(place.path, cell.line, message) from None
                block = self.md.htmlStash.store(render_cell(cell, output))
                done += ["", f"{fence.indent}{block}", ""]
            else:
                head = lines[fence.first]
                if fence.language in _PYTHON:
                    # The reason not to run is for the reader of the source; highlighting needs the language only.
                    head = f"{fence.indent}{fence.mark}{fence.language}"
                done += [head, *lines[fence.first + 1 : fence.last + 1]]
            position = fence.last + 1
        return done + lines[position:]


class LiveCellsExtension(Extension):
    """Python-Markdown extension for live cells."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the workshop from the configuration, or the one of the working directory."""
        # "" stands for none: Python-Markdown turns what replaces a None into a bool.
        self.config = {"workshop": ["", "runs cells and draws figures"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name Python-Markdown calls)
        """Register before the fences of pymdownx.superfences (priority 25)."""
        workshop = self.getConfig("workshop")
        if not workshop:
            from dlsite.workshop import default_workshop

            workshop = default_workshop()
        md.preprocessors.register(LiveCells(md, workshop), "live_cells", 28)


def makeExtension(**kwargs: Any) -> LiveCellsExtension:  # noqa: N802 (the name Python-Markdown calls)
    """Return the extension; how Python-Markdown finds it by module name."""
    return LiveCellsExtension(**kwargs)
