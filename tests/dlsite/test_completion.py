"""Completion knows the library, NumPy and the last run, and runs nothing."""

import json
from typing import Any

import pytest

from dlconcepts import losses
from dlsite import runner

HEAD = "import numpy as np\nfrom dlconcepts import losses\n"


def labels(code: str, session: str | None = None) -> list[str]:
    found = json.loads(runner.complete(code, len(code), session))
    return [option["label"] for option in found["options"]]


def explained(code: str, name: str) -> Any:
    return json.loads(runner.explain(code, code.rindex(name) + 1, None))


@pytest.fixture(autouse=True)
def forgotten() -> None:
    runner.run("", "empty", None, lambda line: None)


def test_members_of_a_module_before_any_run() -> None:
    assert labels(HEAD + "np.linalg.sol") == ["solve"]
    assert set(labels(HEAD + "losses.hub")) == {"huber", "huber_grad"}


def test_what_an_import_can_name() -> None:
    assert labels("import dlc") == ["dlconcepts"]
    assert labels("from dlconcepts import lin") == ["linear"]
    assert labels("from dlconcepts import losses, lin") == ["linear"]
    assert "huber" in labels("from dlconcepts.losses import hu")
    assert "montecarlo" in labels("from dlconcepts.mon")


def test_names_of_the_last_run_and_their_members() -> None:
    runner.run("import numpy as np\nweights = np.ones((2, 3))\n", "a", None, lambda line: None)
    assert labels("wei") == ["weights"]
    assert "reshape" in labels("weights.resh")
    runner.run("other = 1\n", "b", None, lambda line: None)
    assert labels("wei") == []


def test_a_session_has_its_own_names() -> None:
    runner.run("alpha_rate = 1\n", "a", "s", lambda line: None)
    assert labels("alph", "s") == ["alpha_rate"]
    assert labels("alph") == []
    runner.forget("s")
    assert labels("alph", "s") == []


def test_builtins_keywords_and_case() -> None:
    found = json.loads(runner.complete("whi", 3, None))
    assert found == {"from": 0, "options": [{"label": "while", "type": "keyword"}]}
    assert "print" in labels("PRI")


@pytest.mark.parametrize("code", ["", "x = 3 ", "# a comment np", "1.", "nothing_here.", "f()."])
def test_where_nothing_fits(code: str) -> None:
    assert labels(code) == []


@pytest.mark.parametrize("code", ["import (\nnp.lin", "import numpy\0\nnp.lin"])
def test_an_import_that_is_none_names_nothing(code: str) -> None:
    assert labels(code) == []


def test_a_relative_import_names_nothing() -> None:
    assert labels("from . import sibling\nsib") == []


def test_a_name_that_an_object_only_says_it_has() -> None:
    code = "class Odd:\n    def __dir__(self):\n        return ['ghost']\nodd = Odd()\n"
    runner.run(code, "a", None, lambda line: None)
    assert labels("odd.gh") == ["ghost"]


def test_private_names_only_when_asked_for() -> None:
    assert not any(label.startswith("_") for label in labels(HEAD + "np."))
    assert "__name__" in labels(HEAD + "np.__na")


def test_nothing_of_the_code_runs() -> None:
    code = "import antigravity\nboom = 1 / 0\nantigravity."
    assert labels(code) == []


def test_an_explanation_has_the_signature_and_one_line() -> None:
    found = explained(HEAD + "losses.huber(r)", "huber")
    assert found["name"] == "losses.huber"
    assert found["signature"] == "(r: ArrayLike, delta: float = 1.0) -> Array"
    assert found["doc"] == str(losses.huber.__doc__).splitlines()[0]
    assert explained(HEAD + "np.linalg.norm(x)", "norm")["signature"].startswith("(x, ord=None")
    assert explained(HEAD + "np.arange(3)", "arange")["signature"].startswith("(")


def test_an_explanation_of_a_value_tells_its_shape() -> None:
    runner.run("import numpy as np\nX = np.ones((2, 3))\n", "a", None, lambda line: None)
    assert explained("X + 1", "X") == {"name": "X", "signature": ": ndarray", "doc": "shape (2, 3)"}


@pytest.mark.parametrize(("code", "name"), [("x = 3", "3"), ("if y: pass", "if"), ("zzz", "z")])
def test_what_cannot_be_explained(code: str, name: str) -> None:
    assert explained(code, name) is None


def test_offsets_fit_what_is_replaced() -> None:
    code = HEAD + "np.lin"
    found = json.loads(runner.complete(code, len(code), None))
    assert code[found["from"] :] == "lin"


def test_imports_of_every_form_bind_their_names() -> None:
    assert "solve" in labels("import numpy.linalg\nnumpy.linalg.sol")
    assert "solve" in labels("import numpy.linalg as la\nla.sol")
    assert "huber" in labels("from dlconcepts import nothing_like_it, losses as L\nL.hub")
    assert "huber" in labels("from dlconcepts.losses import huber\nhub")
    assert labels("import (\nfrom dlconcepts import losses\nlosses.log_c") == [
        "log_cosh",
        "log_cosh_grad",
    ]
    assert labels("from dlconcepts.no_such import ") == []
    assert labels("from no_such.mod") == []


def test_functions_written_in_c_and_modules_are_explained_too() -> None:
    code = HEAD + "print(np.random)\nf = np.random.default_rng(0)\nmax(1, 2)\n"
    assert explained(code, "random)")["signature"] == ""
    assert explained(code, "max")["signature"].startswith("(")
    runner.run("import operator\nget = operator.itemgetter(1)\n", "a", None, lambda line: None)
    assert explained("get(x)", "get")["signature"].startswith("(")


def test_a_property_that_fails_is_no_completion() -> None:
    code = "class Bad:\n    @property\n    def boom(self):\n        raise OSError\nbad = Bad()\n"
    runner.run(code, "a", None, lambda line: None)
    assert labels("bad.boom.x") == []
    assert "boom" in labels("bad.bo")
