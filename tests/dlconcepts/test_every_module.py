"""What holds for every module of the library, read off its source."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import dlconcepts

HOME = Path(inspect.getfile(dlconcepts)).parent
MODULES = [info.name for info in pkgutil.walk_packages([str(HOME)], "dlconcepts.")]
HELPERS = ("dlconcepts._checks", "dlconcepts._unfold", "dlconcepts.adversarial.model")
# What a check is about where it is no argument: as a reader of the message knows it.
OTHERWISE = {
    "dlconcepts.adversarial.training": {"soft"},
    "dlconcepts.lstm": {"start[0]", "start[1]"},
    "dlconcepts.montecarlo": {"f(samples)"},
    "dlconcepts.normalization": {
        *("n", "stats.mean", "stats.variance"),
        *("mean of the batch", "variance of the batch"),
    },
    "dlconcepts.optim": {"state.velocity", "state.m", "state.v"},
    "dlconcepts.regularization": {"eigenvalues"},
    "dlconcepts.score": {"the model's score"},
    "dlconcepts.vae": {"code"},
}


def source_of(module: str) -> Path:
    path = HOME.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def tree_of(module: str) -> ast.Module:
    return ast.parse(source_of(module).read_text(encoding="utf-8"))


@cache
def naming() -> dict[str, list[int]]:
    """The checks of the library, and at which places they are given a name to speak of."""
    found = {}
    for module in MODULES:
        for node in ast.walk(tree_of(module)):
            if isinstance(node, ast.FunctionDef):
                named = [i for i, a in enumerate(_arguments(node)) if a.arg.startswith("name")]
                if named[:1] == [0] and (node.name.startswith("_") or module in HELPERS):
                    found[node.name] = named
    return found


def checks(tree: ast.Module) -> Iterator[tuple[ast.expr, str, set[str]]]:
    """Each name that a check is given, the code of its value, and the arguments of the functions around it."""
    places = naming()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        around = {argument.arg for f in _around(tree, function) for argument in _arguments(f)}
        for call in ast.walk(function):
            if isinstance(call, ast.Call):
                of, _, called = ast.unparse(call.func).rpartition(".")
                own = of == "" and called.startswith(("_", "labels"))
                for at in places.get(called, []) if own or of in {"_checks", "_unfold"} else []:
                    if at + 1 < len(call.args):
                        yield call.args[at], ast.unparse(call.args[at + 1]), around


def _around(tree: ast.Module, function: ast.FunctionDef) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(inner is function for inner in ast.walk(node)):
            yield node


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    found = function.args
    return [*found.posonlyargs, *found.args, *found.kwonlyargs]


def test_there_are_modules() -> None:
    assert len(MODULES) > 50


@pytest.mark.parametrize("module", MODULES)
def test_a_check_names_what_the_caller_has_given(module: str) -> None:
    for given, value, arguments in checks(tree_of(module)):
        if isinstance(given, ast.Constant):
            name = str(given.value)
            known = name in arguments or value.endswith(name)
            assert known or name in OTHERWISE.get(module, set()), f"{value} is called {name!r}"


def test_the_checks_are_found() -> None:
    places = naming()
    assert places["vector"] == [0]
    assert places["same_shape"] == [0, 2]
    assert places["_unit"] == places["labels"] == places["start"] == [0]
    assert sum(1 for module in MODULES for _ in checks(tree_of(module))) > 600
