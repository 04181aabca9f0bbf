"""The runner: the events of a cell, natively as in the browser."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dlsite import completion, hints, runner

Event = dict[str, Any]


@pytest.fixture(autouse=True)
def no_sessions() -> Iterator[None]:
    runner.forget()
    yield
    runner.forget()


def run(code: str, cell: str = "a", session: str | None = None) -> list[Event]:
    """Run a cell; the last event, always `done`, is checked here and left out."""
    lines: list[str] = []
    ok = runner.run(code, cell, session, lines.append)
    *events, done = [json.loads(line) for line in lines]
    assert done["type"] == "done"
    assert done["ok"] is ok
    assert done["seconds"] >= 0
    assert ok is not any(event["type"] == "error" for event in events)
    return events


def text_of(events: list[Event]) -> str:
    """Join what a cell has printed and displayed."""
    return "".join(
        e["text"] if e["type"] == "stream" else f"[{e['data']['text/plain']}]" for e in events
    )


def error_of(code: str, cell: str = "a", session: str | None = None) -> Event:
    *_, error = run(code, cell, session)
    assert error["type"] == "error"
    return error


# Output --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("print(1)\n2\n", "1\n[2]"),
        ("1\n2\n", "[2]"),
        ("1; 2", "[2]"),
        ("2;", ""),
        ("2 ; # shown? no", ""),
        ("2  # a; b", "[2]"),
        ("'a;'", "['a;']"),
        ("'ü𝛼';", ""),
        ("'ü𝛼'", "['ü𝛼']"),
        ("(1,\n 2)", "[(1, 2)]"),
        ("(1,\n 2);", ""),
        ("s = '''\u2028\x0c'''\n1;", ""),
        ("s = '''\u2028\x0c'''\n1", "[1]"),
        ("None", ""),
        ("x = 1", ""),
        ("x = 1\nx", "[1]"),
        ("if True:\n    3", ""),
        ("", ""),
        ("# nothing", ""),
        ("display(1, 2)\nprint(3)\n4", "[1][2]3\n[4]"),
        ("print('a', end='')\nprint('b', 1, sep='-')", "ab-1\n"),
        ("[display(i) for i in range(2)];", "[0][1]"),
        ("__name__", "['__main__']"),
        ("int", "[<class 'int'>]"),
    ],
)
def test_what_a_cell_shows_in_order(code: str, shown: str) -> None:
    assert text_of(run(code)) == shown


def test_displays_carry_their_id_only_when_given() -> None:
    assert run("display(1, id='p')\ndisplay(2)") == [
        {"type": "display", "data": {"text/plain": "1"}, "id": "p"},
        {"type": "display", "data": {"text/plain": "2"}},
    ]


def test_streams() -> None:
    code = (
        "import sys\n"
        "print('e', file=sys.stderr)\n"
        "assert sys.stdout.write('ü') == 1\n"
        "sys.stdout.writelines(['a', 'b'])\n"
        "print(end='')\n"
        "sys.stdout.flush()\n"
        "print(sys.stdout.isatty(), sys.stdout.name)"
    )
    events = run(code)
    assert all(e["type"] == "stream" and e["text"] for e in events)
    assert "".join(e["text"] for e in events if e["name"] == "stderr") == "e\n"
    assert "".join(e["text"] for e in events if e["name"] == "stdout") == "üabFalse stdout\n"


@pytest.mark.parametrize("value", ["b'x'", "1", "None"])
def test_only_strings_can_be_written(value: str) -> None:
    error = error_of(f"import sys\nsys.stdout.write({value})")
    assert error["name"] == "TypeError"
    assert error["line"] == 2
    assert "write() needs a string" in error["message"]


def test_the_streams_say_that_they_can_be_written() -> None:
    # What wraps a stream, as io.TextIOWrapper and logging's handlers do, may ask first.
    assert text_of(run("import sys\nsys.stdout.writable() and sys.stderr.writable()\n")) == "[True]"


def test_the_streams_are_put_back() -> None:
    before = sys.stdin, sys.stdout, sys.stderr
    run("1 / 0")
    run("import sys\nsys.stdout = sys.stderr = sys.stdin = None\nraise SystemExit")
    assert (sys.stdin, sys.stdout, sys.stderr) == before


@pytest.mark.parametrize("code", ["input()", "input('?')", "import sys\nsys.stdin.read()"])
def test_input_is_refused(code: str) -> None:
    error = error_of(code)
    assert error["name"] == "OSError"
    assert "input() is not available here" in error["message"]
    assert error["line"] == code.count("\n") + 1


RICH = """class Rich:
    def __repr__(self): return "R"
    def _repr_mimebundle_(self, include=None, exclude=None): return {"a/b": {"x": 1}}
"""


def test_a_mimebundle_joins_the_text() -> None:
    (event,) = run(RICH + "Rich()")
    assert event["data"] == {"text/plain": "R", "a/b": {"x": 1}}


def test_a_class_with_a_mimebundle_is_shown_as_text() -> None:
    (event,) = run(RICH + "Rich")
    assert event["data"] == {"text/plain": "<class '__main__.Rich'>"}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("def __repr__(self): raise KeyError('r')", "KeyError"),
        ("def __repr__(self): return 1", "TypeError"),
        ("def _repr_mimebundle_(self): raise KeyError('r')", "KeyError"),
        ("def _repr_mimebundle_(self): return {'a/b': object()}", "TypeError"),
        ("def _repr_mimebundle_(self): return {'a/b': float('nan')}", "ValueError"),
        ("def _repr_mimebundle_(self): return 1", "TypeError"),
    ],
)
def test_a_value_that_cannot_be_shown_is_an_error_of_the_cell(body: str, name: str) -> None:
    assert error_of(f"class F:\n    {body}\nF()")["name"] == name
    assert text_of(run("1")) == "[1]"


def test_every_event_is_json_for_javascript() -> None:
    lines: list[str] = []
    runner.run("print('\\ud800\\x00 ü')\n1 / 0", "a", None, lines.append)
    for line in lines:
        json.loads(line, parse_constant=pytest.fail)
        line.encode("ascii")


# Errors --------------------------------------------------------------------------------------------------------------


def test_an_error_in_the_cell() -> None:
    error = error_of("x = 0\n\n1 / x\n")
    assert error["name"] == "ZeroDivisionError"
    assert error["message"] == "division by zero"
    assert error["line"] == 3
    assert error["text"].startswith("Traceback (most recent call last):\n")
    assert '  File "<cell a>", line 3, in <module>\n    1 / x\n' in error["text"]
    assert error["text"].endswith("ZeroDivisionError: division by zero\n")
    assert "runner.py" not in error["text"] + error["full"]


def test_an_error_in_a_function_names_the_line_that_fails() -> None:
    error = error_of("def f(x):\n    return 1 / x\n\nf(0)\n")
    assert error["line"] == 2
    assert error["text"].index("line 4") < error["text"].index("line 2")
    assert "in f\n    return 1 / x\n" in error["text"]


def test_an_error_inside_numpy_names_the_readers_line() -> None:
    error = error_of("import numpy as np\nx = np.ones(3)\nnp.linalg.solve(x, x)")
    assert error["name"] == "LinAlgError"
    assert error["line"] == 3
    assert error["text"].count("File ") == 1
    assert "_linalg.py" in error["full"]
    assert "runner.py" not in error["full"]


def test_a_line_of_an_odd_code_is_quoted_rightly() -> None:
    assert "    1 / 0\n" in error_of("s = '\u2028\x0c'\n1 / 0")["text"]


@pytest.mark.parametrize(
    ("code", "name", "line"),
    [
        ("x = 1\nx = = 2", "SyntaxError", 2),
        ("if 1:\nx", "IndentationError", 2),
        ("\nreturn", "SyntaxError", 2),
    ],
)
def test_a_syntax_error(code: str, name: str, line: int) -> None:
    error = error_of(code)
    assert (error["name"], error["line"]) == (name, line)
    assert code.split("\n")[-1] in error["text"]
    assert "Traceback" not in error["text"]
    assert error["message"]
    assert "<cell" not in error["message"]


def test_a_syntax_error_of_other_code_is_at_the_line_that_ran_it() -> None:
    assert error_of("x = 1\neval('1 +')")["line"] == 2


@pytest.mark.parametrize(
    "name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "MemoryError"]
)
def test_exceptions_that_end_programs_end_only_the_cell(name: str) -> None:
    error = error_of(f"print(1)\nraise {name}('m')")
    assert (error["name"], error["message"], error["line"]) == (name, "m", 2)


def test_exit_ends_only_the_cell() -> None:
    assert error_of("import sys\nsys.exit(3)")["name"] == "SystemExit"


def test_a_recursion_error_is_short() -> None:
    error = error_of("def f():\n    return f()\n\nf()")
    assert (error["name"], error["line"]) == ("RecursionError", 2)
    assert "Previous line repeated" in error["text"]
    assert len(error["text"]) < 1500


def test_an_exception_that_cannot_be_written_is_shown_all_the_same() -> None:
    error = error_of("class E(Exception):\n    def __str__(self): raise KeyError\nraise E")
    assert (error["name"], error["message"], error["line"]) == ("E", "", 3)
    assert "E: <exception str() failed>" in error["text"]


@pytest.mark.parametrize(
    "code",
    [
        "raise SyntaxError",
        "class E(ValueError):\n    def __str__(self): raise KeyError\nraise E",
        "class S:\n    @property\n    def shape(self): raise KeyError\nx = S()\nx @ x",
    ],
)
def test_whatever_fails_while_an_error_is_told_the_error_is_told(code: str) -> None:
    error = error_of(code)
    assert isinstance(error["message"], str)
    assert isinstance(error["hint"], str)


def test_a_cause_is_shown_with_the_readers_frames() -> None:
    code = (
        "def f():\n    return {}['k']\n"
        "try:\n    f()\n"
        "except KeyError as error:\n    raise ValueError('v') from error"
    )
    error = error_of(code)
    assert (error["name"], error["line"]) == ("ValueError", 6)
    assert "KeyError: 'k'\n\nThe above exception was the direct cause" in error["text"]
    assert "line 2, in f\n    return {}['k']" in error["text"]


def test_a_context_from_inside_a_library_is_left_to_the_full_text() -> None:
    # getattr() of a mapping proxy: a library catches a KeyError and raises another exception.
    code = "import collections\ncollections.ChainMap().pop('k')"
    error = error_of(code)
    assert (error["name"], error["line"]) == ("KeyError", 2)
    assert "During handling" in error["full"]
    assert "During handling" not in error["text"]


def test_a_group_is_shown_with_its_parts() -> None:
    error = error_of(
        "import statistics\ndef f():\n    statistics.mean([])\ntry:\n    f()\nexcept Exception as e:\n    x = e\n"
        "raise ExceptionGroup('g', [x, ValueError('v')])"
    )
    assert (error["name"], error["line"]) == ("ExceptionGroup", 8)
    assert "StatisticsError: mean requires" in error["text"]
    assert "line 3, in f" in error["text"]
    assert "statistics.py" in error["full"]
    assert "statistics.py" not in error["text"]
    assert "ValueError: v" in error["text"]
    assert "runner.py" not in error["text"] + error["full"]


def test_an_error_in_another_cell_of_the_session_marks_the_call_here() -> None:
    run("\n\ndef f():\n    return 1 / 0", "first", "s")
    error = error_of("x = 1\nf()", "second", "s")
    assert error["line"] == 2
    assert '"<cell first>", line 4, in f\n    return 1 / 0\n' in error["text"]


def test_what_ran_before_the_error_is_shown() -> None:
    *shown, error = run("print(1)\ndisplay(2)\n1 / 0\nprint(3)")
    assert text_of(shown) == "1\n[2]"
    assert error["line"] == 3


def test_events_come_while_the_cell_runs() -> None:
    seen: list[str] = []
    runner.run("seen = []", "a", "s", seen.append)
    runner._sessions["s"].namespace["seen"] = seen
    assert runner.run("print(1)\nassert '1' in seen[-2]", "b", "s", seen.append)


# Namespaces ----------------------------------------------------------------------------------------------------------


def test_a_cell_without_session_is_fresh() -> None:
    run("x = 1\nprint = None")
    assert error_of("x")["name"] == "NameError"
    assert text_of(run("print(2)")) == "2\n"


def test_cells_of_a_session_share_and_others_do_not() -> None:
    run("x = 1", "a", "s")
    assert text_of(run("x", "b", "s")) == "[1]"
    assert error_of("x", "c", "t")["name"] == "NameError"
    assert error_of("x", "d")["name"] == "NameError"


def test_forget() -> None:
    for session in ("s", "t"):
        run("x = 1", "a", session)
    runner.forget("s")
    assert error_of("x", "a", "s")["name"] == "NameError"
    assert text_of(run("x", "a", "t")) == "[1]"
    runner.forget()
    assert error_of("x", "a", "t")["name"] == "NameError"
    runner.forget("unknown")


def test_a_failing_cell_keeps_its_session() -> None:
    run("x = 1\n1 / 0", "a", "s")
    assert text_of(run("x", "b", "s")) == "[1]"


NUMPY = "import numpy as np\n"
STATE = NUMPY + "print(np.array([1 / 3]))\nprint(np.geterr()['divide'])"


def test_numpys_state_does_not_leak_out_of_a_cell() -> None:
    change = NUMPY + "np.set_printoptions(precision=2)\nnp.seterr(all='raise');"
    run(change)
    assert text_of(run(STATE)) == "[0.33333333]\nwarn\n"
    run(change, "a", "s")
    assert text_of(run(STATE, "b", "s")) == "[0.33]\nraise\n"
    assert text_of(run(STATE, "c", "t")) == "[0.33333333]\nwarn\n"
    assert text_of(run(STATE)) == "[0.33333333]\nwarn\n"


def test_the_runners_own_future_imports_are_not_the_readers() -> None:
    assert text_of(run("def f(x: int): pass\nf.__annotations__")) == "[{'x': <class 'int'>}]"
    assert (
        text_of(run("from __future__ import annotations\ndef f(x: int): pass\nf.__annotations__"))
        == "[{'x': 'int'}]"
    )


# Warnings, in a process of their own: pytest has its hands on them in this one ---------------------------------------

ALONE = """
import json, sys
from dlsite import completion, hints, runner
for number, code in enumerate(json.loads(sys.argv[1])):
    runner.run(code, f"c{number}", None, lambda line: sys.__stdout__.write(line + "\\n"))
"""


def run_alone(*codes: str, options: tuple[str, ...] = ()) -> list[Event]:
    done = subprocess.run(
        [sys.executable, *options, "-c", ALONE, json.dumps(codes)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def warnings_of(*codes: str, options: tuple[str, ...] = ()) -> list[str]:
    """Return what each cell has written to stderr."""
    told = [""]
    for event in run_alone(*codes, options=options):
        if event["type"] == "done":
            assert event["ok"]
            told.append("")
        elif event["type"] == "stream" and event["name"] == "stderr":
            told[-1] += event["text"]
    return told[:-1]


def test_a_warning_goes_to_stderr_with_the_readers_line() -> None:
    (told,) = warnings_of(NUMPY + "\nnp.array([1.0]) / 0;")
    assert told.startswith("<cell c0>:3: RuntimeWarning: divide by zero")
    assert "np.array([1.0]) / 0;" in told


def test_a_warning_is_given_again_when_a_cell_runs_again() -> None:
    # The location is in the library, whose registry of given warnings outlives the cell.
    code = (
        "import statistics, warnings\n"
        "registry = statistics.__dict__.setdefault('r', {})\n"
        "warnings.warn_explicit('w', UserWarning, 'f', 1, registry=registry)"
    )
    first, second = warnings_of(code, code)
    assert first == second
    assert "UserWarning: w" in first


@pytest.mark.parametrize("options", [(), ("-W", "ignore"), ("-W", "error")])
def test_warnings_do_not_depend_on_the_process(options: tuple[str, ...]) -> None:
    quiet = "import warnings\nwarnings.simplefilter('ignore')"
    silenced, told = warnings_of(quiet, "import warnings\nwarnings.warn('w')", options=options)
    assert silenced == ""
    assert "UserWarning: w" in told


def test_the_files_run_alone_as_in_the_browser(tmp_path: Path) -> None:
    # There they are a package of their own, with nothing else of it.
    package = tmp_path / "dlsite"
    package.mkdir()
    for module in (runner, hints, completion):
        source = Path(str(module.__file__))
        (package / source.name).write_bytes(source.read_bytes())
    code = (
        "from dlsite import runner\nout = sys.stdout\n"
        "runner.run('1 / 0', 'a', None, lambda line: print(line, file=out))"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys\nsys.path[:0] = [{str(tmp_path)!r}]\n{code}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    error, last = map(json.loads, done.stdout.splitlines())
    assert error["line"] == 1
    assert "runner.py" not in error["full"]
    assert last["ok"] is False


def test_track_tells_how_far_it_is() -> None:
    code = "import time\nfor i in track(range(4), label='fits'):\n    time.sleep(0.06)\n"
    events = [e for e in run(code) if e["type"] == "progress"]
    assert [e["done"] for e in events] == sorted({e["done"] for e in events} | {0, 4})
    assert {(e["id"], e["total"], e["label"]) for e in events} == {("track-0", 4, "fits")}


def test_track_of_a_generator_has_no_total_unless_given() -> None:
    code = "list(track(x for x in 'ab'))\nlist(track((x for x in 'ab'), total=2))\n"
    events = [e for e in run(code) if e["type"] == "progress"]
    assert {e["id"]: e["total"] for e in events} == {"track-0": None, "track-1": 2}


def test_track_is_quiet_when_it_is_fast() -> None:
    events = [e for e in run("for _ in track(range(100_000)): pass\n") if e["type"] == "progress"]
    assert len(events) < 40


# What modules leave open ---------------------------------------------------------------------------------------------


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A module that shows something at the end of each cell, as `dlsite.pictures` does."""
    seen: list[bool] = []

    def end(ok: bool) -> None:
        seen.append(ok)
        if ok:
            runner.DISPLAY.get()("left open")

    monkeypatch.setattr(runner, "AT_END", [end])
    return seen


def test_what_is_left_open_is_shown_at_the_end_of_the_cell(ends: list[bool]) -> None:
    assert text_of(run("print(1)\n2\n")) == "1\n[2]['left open']"
    assert text_of(run("3;\n", session="s")) == "['left open']"
    assert ends == [True, True]


def test_what_is_left_open_is_dropped_after_an_error(ends: list[bool]) -> None:
    assert [event["type"] for event in run("1 / 0\n")] == ["error"]
    assert ends == [False]


def test_an_error_while_it_is_shown_is_the_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(ok: bool) -> None:
        if ok:
            raise ValueError("cannot be drawn")

    monkeypatch.setattr(runner, "AT_END", [end])
    assert error_of("1\n")["message"] == "cannot be drawn"
