"""The live fence: what it refuses, with the line; what it accepts; the HTML it becomes."""

import json
import re
import subprocess
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import Extension, Markdown

from dlsite import nodejs, workshop
from dlsite.cells import (
    FIGURE_MIME,
    TABLE_MIME,
    Cell,
    LiveCellsExtension,
    PageError,
    Place,
    RenderError,
    current_place,
    fences,
    highlight_code,
    live_cells,
    parse_param,
    render_cell,
    render_events,
    set_place,
)
from dlsite.runner import Event

PLACE = Place("docs/x.md", 7)  # as below front matter
Texts = Callable[[str, str], list[str]]
Tags = Callable[[str], list[str]]


class FakeWorkshop:
    """Runs cells in this process; draws every figure alike."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def outputs(self, page: str, cells: Iterable[Cell]) -> Mapping[str, list[Event]]:
        self.pages.append(page)
        return workshop.run_cells(list(cells))

    def figure(self, spec: Mapping[str, Any]) -> str:
        if "marks" not in spec:
            raise RenderError("no marks")
        return "<svg></svg>"


@pytest.fixture(autouse=True)
def place() -> Iterator[None]:
    before = current_place()
    set_place(PLACE)
    yield
    set_place(before)


def convert(text: str) -> str:
    extensions: list[str | Extension] = [
        LiveCellsExtension(workshop=FakeWorkshop()),
        "pymdownx.superfences",
        "pymdownx.highlight",
        "admonition",
    ]
    return Markdown(extensions=extensions).convert(text)


def refused(text: str, place: Place = PLACE) -> tuple[int, str]:
    with pytest.raises(PageError) as caught:
        live_cells(text, place)
    assert caught.value.path == place.path
    assert str(caught.value) == f"{place.path}:{caught.value.line}: {caught.value.message}"
    return caught.value.line, caught.value.message


def live(options: str, code: str = "1", mark: str = "```") -> str:
    return f"{mark}python {options}\n{code}\n{mark}\n"


# Refusals. Every text below has two lines before the faulty one, so the line is 7 + 2 = 9. ---------------------------

BAD_FENCES = {
    "unknown option": (live('live="a" hl_lines="1"'), "unknown option 'hl_lines'"),
    "option twice": (live('live="a" live="b"'), "option 'live' is given twice"),
    "option not quoted": (live("live=a"), "cannot read 'live=a'"),
    "option without value": (live('live="a" fails'), "cannot read 'fails'"),
    "something after": (live('live="a" {'), "cannot read '{'"),
    "empty option": (live('live="a" session=""'), "option 'session' is empty"),
    "bare": (live(""), 'needs live="id" to run, or static="reason"'),
    "bare py": ("```py\n1\n```\n", 'needs live="id"'),
    "bare python3": ("```python3\n1\n```\n", 'needs live="id"'),
    "bare tilde": ("~~~python\n1\n~~~\n", 'needs live="id"'),
    "bare, spaced": ("``` python\n1\n```\n", 'needs live="id"'),
    "bare, indented": ("    ```python\n    1\n    ```\n", 'needs live="id"'),
    "no live": (live('session="a"'), 'needs live="id"'),
    "empty static": (live('static=" "'), "option 'static' is empty"),
    "static and live": (live('static="no" live="a"'), "live or static, not both"),
    "static and session": (live('static="no" session="a"'), "static goes with no other option"),
    "in capitals": ("```Python\n1\n```\n", "begin the fence with python"),
    "in braces": ('```{.python live="a"}\n1\n```\n', "begin the fence with python"),
    "in braces, spaced": ('``` { .py live="a" }\n1\n```\n', "begin the fence with python"),
    "with a dot": ("```.python\n1\n```\n", "begin the fence with python"),
    "in a quotation": ('> ```python live="a"\n> 1\n> ```\n', "cannot stand in a quotation"),
    "in a quotation in a list": ("  > ~~~ {.py}\n  > 1\n  > ~~~\n", "cannot stand in a quotation"),
    "id with capitals": (live('live="Pi"'), "'Pi' is no cell id"),
    "id with a space": (live('live="a b"'), "'a b' is no cell id"),
    "id with a digit first": (live('live="1a"'), "'1a' is no cell id"),
    "id with a hyphen last": (live('live="a-"'), "'a-' is no cell id"),
    "id with an underscore": (live('live="a_b"'), "'a_b' is no cell id"),
    "id with a quote": (live('live="a&quot;"'), "is no cell id"),
    "bad session": (live('live="a" session="A b"'), "'A b' is no session"),
    "unclosed backticks": ("```python\nx\n", "this fence (```) is never closed"),
    "unclosed tildes": ("~~~ text\nx\n", "this fence (~~~) is never closed"),
    "unclosed long fence": ("````text\n```\n", "this fence (````) is never closed"),
    "closed at another depth": ("  ```text\nx\n```\n", "this fence (```) is never closed"),
    "closed by the other mark": ("```text\nx\n~~~\n", "this fence (```) is never closed"),
}


@pytest.mark.parametrize("name", BAD_FENCES)
def test_a_bad_fence_is_refused_at_its_line(name: str) -> None:
    text, message = BAD_FENCES[name]
    line, said = refused(f"Text.\n\n{text}")
    assert message in said
    assert line == 9


@pytest.mark.parametrize("name", BAD_FENCES)
def test_the_markdown_extension_refuses_it_too(name: str) -> None:
    text, message = BAD_FENCES[name]
    with pytest.raises(PageError) as caught:
        convert(f"Text.\n\n{text}")
    assert message in caught.value.message
    assert (caught.value.path, caught.value.line) == ("docs/x.md", 9)


def test_a_duplicate_id_is_refused_at_the_second_and_names_the_first() -> None:
    line, message = refused(live('live="a"') + "\n" + live('live="a"'))
    assert line == 11
    assert "cell id 'a' is used already in line 7" in message


@pytest.mark.parametrize(
    ("code", "offset", "message"),
    [
        ("x = 1\nx = = 2", 2, "invalid syntax"),
        ("x = 1\n\nreturn x", 3, "'return' outside function"),
        ("def f():\n  x = 1\n   y = 2", 3, "unexpected indent"),
        ("f(1,\n2", 1, "'(' was never closed"),
        ('x = "\\d"', 1, "invalid escape sequence"),
        ("1 is 1", 1, "literal"),
        ('"""\x0c\u2028"""\n)', 2, "unmatched"),
    ],
)
@pytest.mark.parametrize("indent", ["", "    "])
def test_code_that_does_not_compile_is_refused_at_its_own_line(
    code: str, offset: int, message: str, indent: str
) -> None:
    fence = "\n".join(indent + line for line in live('live="a"', code).split("\n"))
    line, said = refused(f"!!! note\n\n{fence}")
    assert "cell 'a' does not compile" in said
    assert message in said
    assert line == 7 + 2 + offset


def test_what_only_a_newer_python_warns_of_is_refused_by_this_one() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "invalid escape sequence" in refused(live('live="a"', 'x = "\\d"'))[1]


@pytest.mark.parametrize(("code", "name"), [("x =", "SyntaxError"), (" x", "IndentationError")])
def test_a_cell_may_show_a_syntax_error_but_no_other_than_it_names(code: str, name: str) -> None:
    assert live_cells(live(f'live="a" fails="{name}"', code), PLACE)[0].fails == name
    assert "does not compile" in refused(live('live="a" fails="ValueError"', code))[1]


BAD_PARAMS = {
    'x = 5  # @param {type:"slider", min:0, max:4, step:1}': "5 is not between 0 and 4",
    'x = -1  # @param {type:"number", min:0}': "-1 is not between 0 and inf",
    'x = "a"  # @param {type:"slider", min:0, max:4, step:1}': "its value is a number",
    'x = True  # @param {type:"number"}': "its value is a number",
    'x = 1  # @param {type:"slider", min:0, max:4}': "a slider needs min, max and step",
    'x = 1  # @param {type:"slider", min:"0", max:4, step:1}': "min is a number",
    'x = 1  # @param {type:"slider", min:0, max:NaN, step:1}': "max is a number",
    'x = 1  # @param {type:"slider", min:0, max:true, step:1}': "max is a number",
    'x = 1  # @param {type:"slider", min:0, max:4, step:0}': "step is positive",
    'x = 1  # @param {type:"slider", min:1, max:1, step:1}': "min 1 is not below max 1",
    'x = 1  # @param {type:"slide", min:0, max:4, step:1}': "type 'slide'; there are slider,",
    'x = 1  # @param {type:["slider"]}': "has type ['slider']",
    "x = 1  # @param {min:0}": "has type None",
    'x = 1  # @param {type:"boolean"}': "its value is True or False",
    'x = True  # @param {type:"boolean", min:0}': "a boolean has no min",
    'x = 1  # @param {type:"number", options:[1]}': "a number has no options",
    'x = "c"  # @param ["a", "b"]': "'c' is not among its options",
    'x = "c"  # @param {type:"dropdown"}': "options is a list",
    'x = "a"  # @param {type:"dropdown", options:"abc"}': "options is a list",
    "x = True  # @param [1, 2]": "True is not among its options",
    "x = 1  # @param [1, [2]]": "options is a list",
    "x = 1  # @param": "a parameter is written",
    "x = 1  # @param slider": "a parameter is written",
    "x = 1  #@param [1]": "a parameter is written",
    "x = 1  # @param{}": "a parameter is written",
    "x = 1# @param [1]": "a parameter is written",
    "x: int = 1  # @param [1]": "a parameter is written",
    "if x:\n  x = 1  # @param [1]": "a parameter is written",
    'x = 1  # @param {type:"number" min:0}': "cannot read the parameter 'x'",
    "x = y  # @param [1]": "cannot read the parameter 'x'",
    "x = {[]: 1}  # @param [1]": "cannot read the parameter 'x'",
    "x = (1,  # @param [1]\n2)": "cannot read the parameter 'x'",
    "x = 1  # @param [1]\nx = 1  # @param [1]": "parameter 'x' is there twice",
}


@pytest.mark.parametrize("code", BAD_PARAMS)
def test_a_bad_parameter_is_refused_at_its_line(code: str) -> None:
    later = code.startswith("if") or code.count("@param") == 2
    line, message = refused("Text.\n\n" + live('live="a"', f"x = 0\n{code}"))
    assert BAD_PARAMS[code] in message
    assert line == 7 + 2 + 2 + later


# What is accepted ----------------------------------------------------------------------------------------------------


def test_a_cell_has_its_options_and_the_line_of_its_fence() -> None:
    text = "Text.\n\n" + live('live="a-1"  session="s" fails="E" varies="time"', "x\ny")
    assert live_cells(text, PLACE) == [Cell("a-1", "x\ny\n", "s", "E", "time", 9)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '````markdown\n```python\nx = = 1\n```\n```python live="a"\n```\n````\n',
        "~~~markdown\n```python\n~~~\n",
        "```\nplain\n```\n",
        '```js title="a" bare\nlet x\n```\n',
        "```pycon\n>>> 1\n```\n",
        "```pyrex\n1\n```\n",
        "```console\n$ python\n```\n",
        "```in``` a line",
        "> ```text\n> x\n> ```\n",
        live('static="it needs a GPU"', "not Python at all"),
    ],
)
def test_other_fences_are_left_alone(text: str) -> None:
    assert live_cells(text, PLACE) == []


@pytest.mark.parametrize("mark", ["```", "~~~", "````", "~~~~~"])
@pytest.mark.parametrize("indent", ["", "  ", "    ", "        "])
def test_a_fence_of_any_mark_at_any_depth_is_a_cell(mark: str, indent: str) -> None:
    source = live('live="a"', "if 1:\n    x = 1\n\n    y = 2", mark)
    text = "\n".join(indent + line if line else line for line in source.split("\n"))
    (cell,) = live_cells(f"!!! note\n\n{text}", PLACE)
    assert cell.code == "if 1:\n    x = 1\n\n    y = 2\n"
    assert cell.line == 9


def test_code_may_hold_what_looks_like_a_deeper_or_longer_fence() -> None:
    code = 's = """\n  ```\n````\n"""'
    (cell,) = live_cells(live('live="a"', code), PLACE)
    assert cell.code == f"{code}\n"
    assert ">```python" not in convert(live('live="a"', code))


LINES = st.lists(
    st.sampled_from(
        [
            "",
            "text",
            "```",
            "~~~",
            "````",
            "```text",
            "  ```",
            "  ~~~ js",
            "    x = 1",
            "~~~~",
            "> a",
        ]
    ),
    max_size=14,
)


@given(LINES)
def test_no_line_is_lost_or_counted_twice(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        found = list(fences(text, PLACE))
    except PageError as error:
        opening = lines[error.line - PLACE.first_line].strip()
        assert opening.startswith(("```", "~~~"))
        return
    rebuilt: list[str] = []
    for fence in found:
        rebuilt += lines[len(rebuilt) : fence.first]
        rebuilt.append(lines[fence.first])
        body = fence.code.split("\n")[:-1] if fence.last > fence.first + 1 else []
        rebuilt += [
            fence.indent + line if original.startswith(fence.indent) else line
            for line, original in zip(body, lines[fence.first + 1 :], strict=False)
        ]
        rebuilt.append(lines[fence.last])
        assert len(rebuilt) == fence.last + 1
    assert [*rebuilt, *lines[len(rebuilt) :]] == lines


NUMBERS = st.integers(-99, 99) | st.decimals(-99, 99, places=2).map(float)
WORDS = st.text("ab ,:{}[]'#@", min_size=1, max_size=6)


@st.composite
def params(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["slider", "number", "dropdown", "boolean"]))
    if kind == "boolean":
        return {"type": kind, "value": draw(st.booleans())}
    if kind == "dropdown":
        options = draw(st.lists(WORDS | NUMBERS, min_size=1, max_size=4))
        return {"type": kind, "options": options, "value": draw(st.sampled_from(options))}
    low, value, high = sorted(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    limits = {"min": low, "max": high + 1, "step": draw(st.sampled_from([1, 0.1, 0.25]))}
    if kind == "number":
        limits = {name: limits[name] for name in draw(st.sets(st.sampled_from([*limits])))}
    return {"type": kind, "value": value, **limits}


def written(param: Mapping[str, Any]) -> str:
    settings = {name: setting for name, setting in param.items() if name != "value"}
    form = ", ".join(f"{name}:{json.dumps(setting)}" for name, setting in settings.items())
    return f"x = {param['value']!r}  # @param {{{form}}}"


@given(params())
def test_a_parameter_is_read_as_it_was_written(param: dict[str, Any]) -> None:
    assert parse_param(written(param)) == {"name": "x", **param}


def test_the_browser_reads_every_parameter_that_the_build_accepts(root: Path) -> None:
    accepted = {
        'delta = 1.0  # @param {type:"slider", min:0.1, max:3, step:0.1}': ("slider", 1.0),
        'n = 20_000  # @param {type:"slider", min:1000, max:200000, step:1000}': ("slider", 20000),
        'n = -2.5  # @param {type:"number"}': ("number", -2.5),
        'n = 1e-3  # @param {type:"number", min:0}': ("number", 0.001),
        'kind = "a, b: c"  # @param ["a, b: c", "d"]': ("dropdown", "a, b: c"),
        'kind = \'a\'  # @param {type:"dropdown", options:["a", 2]}': ("dropdown", "a"),
        "n = 2  # @param [1, 2]": ("dropdown", 2),
        'on = True  # @param {type:"boolean"}': ("checkbox", True),
    }
    script = (
        f'import {{ parseParams }} from "{root.as_uri()}/overrides/live/params.js";'
        "const lines = JSON.parse(process.argv[1]);"
        "console.log(JSON.stringify(lines.map(parseParams)));"
    )
    for line in accepted:
        parse_param(line)
    done = subprocess.run(
        [nodejs.find_node(), "--input-type=module", "-e", script, json.dumps(list(accepted))],
        capture_output=True,
        text=True,
        check=True,
    )
    for line, answer in zip(accepted, json.loads(done.stdout), strict=True):
        assert answer["errors"] == [], line
        (param,) = answer["params"]
        assert (param["kind"], param["value"]) == accepted[line]


# HTML ----------------------------------------------------------------------------------------------------------------

CODES = [
    "print('<script>alert(1)</script>' \"&amp;\")\n",
    "x = 1  \n\n\n    # indented, with trailing blanks   \n",
    "\n\nx = 1\n\n\n",
    "'''\n\tTab, ünï, 𝛼, &lt; & \u2028 '''\n",
    "f'{x!r:>{w}}'  # <b>\n",
]


@pytest.mark.parametrize("code", CODES)
def test_the_text_of_the_code_element_is_exactly_the_source(
    code: str, texts_of: Texts, tags_of: Tags
) -> None:
    html = render_cell(Cell("a", code), "")
    assert texts_of(html, "code") == [code]
    assert set(tags_of(html)) <= {"section", "div", "a", "pre", "code", "span"}


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=40))
def test_highlighting_loses_no_character(texts_of: Texts, code: str) -> None:
    code += "\n"  # as the code of every cell
    assert texts_of(f"<code>{highlight_code(code)}</code>", "code") == [code]


def test_a_cell_is_converted_with_its_output_and_nothing_else_touches_it(texts_of: Texts) -> None:
    code = 'print("*a* <script>x</script> $x$ &amp; [b](c)")\n"`r`"'
    html = convert("Before.\n" + live('live="a" session="s"', code) + "After *all*.")
    assert texts_of(html, "code") == [f"{code}\n"]
    assert texts_of(html, "dl-out-stdout") == ["*a* <script>x</script> $x$ &amp; [b](c)\n"]
    assert texts_of(html, "dl-out-text") == ["'`r`'"]
    assert '<section class="dl-cell" id="cell-a" data-cell="a" data-session="s"' in html
    assert '<a class="dl-cell-name" href="#cell-a">a</a>' in html
    assert "<script>" not in html
    assert html.startswith("<p>Before.</p>")
    assert html.endswith("<p>After <em>all</em>.</p>")


def test_a_cell_in_an_admonition_stays_in_it(texts_of: Texts) -> None:
    html = convert('!!! note "T"\n\n    Text.\n\n    ```python live="a"\n    1 + 1\n    ```\n')
    (inside,) = texts_of(html, "admonition")
    assert "1 + 1" in inside
    assert "\n2" in f"\n{inside.split('1 + 1')[1].strip()}"
    assert texts_of(html, "code") == ["1 + 1\n"]


def test_static_and_nested_fences_are_shown_and_not_run(texts_of: Texts) -> None:
    nested = '````markdown\n```python live="b"\nprint(1)\n```\n````\n'
    html = convert(live('static="no GPU"', "torch.cuda()") + "\n" + nested)
    assert "dl-cell" not in html
    assert "no GPU" not in html
    assert [text.strip() for text in texts_of(html, "code")] == [
        "torch.cuda()",
        '```python live="b"\nprint(1)\n```',
    ]
    assert 'class="n"' in html  # Pygments has read it as Python


def test_the_extension_asks_for_the_output_of_the_page_it_converts() -> None:
    asked = FakeWorkshop()
    md = Markdown(extensions=[LiveCellsExtension(workshop=asked)])
    md.convert(live('live="a"'))
    md.convert("Text.")
    assert asked.pages == ["docs/x.md"]


def test_a_figure_that_cannot_be_drawn_is_refused_at_its_cell() -> None:
    code = (
        "class F:\n"
        "    def _repr_mimebundle_(self):\n"
        f"        return {{'{FIGURE_MIME}': {{'title': 'x'}}}}\n"
        "F()"
    )
    with pytest.raises(PageError, match="cell 'a' shows what cannot be drawn: no marks") as caught:
        convert("Text.\n\n" + live('live="a"', code))
    assert (caught.value.path, caught.value.line) == ("docs/x.md", 9)


def stream(text: str, name: str = "stdout") -> Event:
    return {"type": "stream", "name": name, "text": text}


def display(text: str, id_: str | None = None) -> Event:
    event: Event = {"type": "display", "data": {"text/plain": text}}
    return event if id_ is None else {**event, "id": id_}


def rendered(*events: Event) -> str:
    return render_events(events, FakeWorkshop())


def test_streams_merge_while_nothing_comes_between(texts_of: Texts) -> None:
    html = rendered(
        stream("a<"), stream("b\n"), stream("e", "stderr"), stream("c"), display("d"), stream("f")
    )
    assert texts_of(html, "dl-out") == ["a<b\n", "e", "c", "d", "f"]
    assert texts_of(html, "dl-out-stdout") == ["a<b\n", "c", "f"]
    assert texts_of(html, "dl-out-stderr") == ["e"]


@pytest.mark.parametrize("event", [stream("\nx"), display("\nx")])
def test_a_first_newline_survives_the_browser(event: Event) -> None:
    # HTML drops one newline right after <pre>; Python's parser does not.
    assert ">\n\nx</pre>" in rendered(event)


def test_a_display_id_replaces_in_place(texts_of: Texts) -> None:
    html = rendered(
        display("1", "p"), stream("s"), display("0"), display("2", "p"), display("3", "q")
    )
    assert texts_of(html, "dl-out") == ["2", "s", "0", "3"]


def test_displays_are_escaped(tags_of: Tags, texts_of: Texts) -> None:
    html = rendered(display("<img src=x onerror=alert(1)> &lt;"))
    assert tags_of(html) == ["pre"]
    assert texts_of(html, "dl-out-text") == ["<img src=x onerror=alert(1)> &lt;"]


def test_a_table(tags_of: Tags, texts_of: Texts) -> None:
    spec = {
        "title": "<T>",
        "columns": [{"name": "a&b", "align": "left"}, {"name": "n", "align": "right"}],
        "rows": [["<b>", "1"], ["y", "2"]],
    }
    html = rendered({"type": "display", "data": {"text/plain": "", TABLE_MIME: spec}})
    assert texts_of(html, "caption") == ["<T>"]
    assert texts_of(html, "th") == ["a&b", "n"]
    assert texts_of(html, "td") == ["<b>", "1", "y", "2"]
    assert texts_of(html, "dl-right") == ["n", "1", "2"]
    assert texts_of(html, "dl-left") == ["a&b", "<b>", "y"]
    assert tags_of(html).count("tr") == 3
    assert "b" not in tags_of(html)
    assert "caption" not in tags_of(
        rendered({"type": "display", "data": {TABLE_MIME: {**spec, "title": None}}})
    )


def test_a_figure() -> None:
    data = {"text/plain": "<Figure>", FIGURE_MIME: {"marks": []}}
    html = rendered({"type": "display", "data": data})
    assert html == '<figure class="dl-out dl-figure"><svg></svg></figure>'


def test_an_error(tags_of: Tags, texts_of: Texts) -> None:
    event = {"type": "error", "name": "E<i>", "message": "<b>&", "text": "at <x>", "line": 1}
    html = rendered(stream("a"), event, {"type": "done", "ok": False, "seconds": 1})
    assert texts_of(html, "dl-error") == ["E<i>: <b>&at <x>"]
    assert texts_of(html, "strong") == ["E<i>"]
    assert tags_of(html) == ["pre", "div", "p", "strong", "pre"]


# Places --------------------------------------------------------------------------------------------------------------


def test_a_place_finds_a_line_below_the_front_matter(tmp_path: Path) -> None:
    file = tmp_path / "x.md"
    file.write_text("---\ntitle: needle\n---\n\nhay\nneedle\n", encoding="utf-8")
    place = Place(str(file), 5)
    assert place.error_at("m", "needle").line == 6
    assert place.error_at("m", "absent", "hay\nne").line == 5
    assert place.error_at("m", "absent").line == 5
    assert Place(str(tmp_path / "none.md"), 3).error_at("m", "needle").line == 3


def test_the_place_of_the_controls_is_held_with_what_they_will_show(texts_of: Texts) -> None:
    code = (
        'delta = 1.5  # @param {type:"slider", min:0, max:10, step:0.25}\n'
        'loss = "b"  # @param ["a<", "b"]\n'
        'n = 3  # @param {type:"number"}\n'
        'log = True  # @param {type:"boolean"}\n'
    )
    html = render_cell(Cell("forms", code), "")
    form = html[html.index("dl-cell-params") : html.index("dl-cell-code")]
    assert re.findall(r'type="(\w+)"', form) == ["range", "number", "checkbox"]
    assert texts_of(html, "output") == ["1.50"]
    assert 'min-width:5ch">' in form  # as wide as the longest value, 10.00
    assert texts_of(html, "option") == ["a<", "b"]
    assert re.findall(r"param-name\">(\w+)<", form) == ["delta", "loss", "n", "log"]
    assert form.count(" disabled>") == 4


@pytest.mark.parametrize("code", ["x = 1\n", "# @params are explained below\nx = 1\n"])
def test_a_cell_without_parameters_has_no_form(code: str) -> None:
    assert "dl-cell-params" not in render_cell(Cell("plain", code), "")
