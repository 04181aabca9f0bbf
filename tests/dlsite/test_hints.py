"""Hints stand beside the errors they are for, and nowhere else."""

import json
from typing import Any

import pytest

from dlsite import runner


def error_of(code: str) -> dict[str, Any]:
    lines: list[str] = []
    runner.run(code, "hinted", None, lines.append)
    return next(e for e in map(json.loads, lines) if e["type"] == "error")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import pandas.core\n", "no pandas in this page"),
        ("import pandas.core\n", "and matplotlib and scipy"),
        ("raise ModuleNotFoundError(name='scipy.stats')\n", "write import scipy in the cell"),
        ("def f():\n    return f()\nf()\n", "calls itself"),
        ("import sys\nsys.exit()\n", "the page goes on"),
        ("raise MemoryError\n", "smaller arrays"),
        ("import numpy as np\nnp.ones((2**40, 2**40))\n", "below 2 GB"),
        ("if True:\n    a = 1\n\tb = 2\n", "tabs and spaces"),
    ],
)
def test_a_common_error_has_its_hint(code: str, says: str) -> None:
    assert says in error_of(code)["hint"]


@pytest.mark.parametrize("code", ["1 / 0\n", "x\n", "raise ValueError('too big')\n", "(\n"])
def test_other_errors_have_none(code: str) -> None:
    assert error_of(code)["hint"] == ""


def test_a_mismatch_names_the_shapes_of_the_failing_line() -> None:
    code = (
        "import numpy as np\nX = np.ones((3, 4))\nunused = np.ones(7)\ny = np.ones(5)\nz = X @ y\n"
    )
    assert error_of(code)["hint"] == "Shapes in this line: X (3, 4), y (5,)."


def test_the_shapes_are_those_of_the_function_that_failed() -> None:
    code = (
        "import numpy as np\na = np.ones(9)\ndef f(a, b):\n    return (\n        a\n        + b)\n"
        "f(np.ones(2), np.ones(3))\n"
    )
    assert error_of(code)["hint"] == "Shapes in this line: a (2,), b (3,)."


def test_a_decorators_line_belongs_to_no_statement() -> None:
    code = "import numpy as np\na = np.ones(2)\n@(a + np.ones(3))\ndef f():\n    pass\n"
    error = error_of(code)
    assert (error["line"], error["hint"]) == (3, "")
