"""What holds for every module of the library, read off its source."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import dlconcepts

HOME = Path(inspect.getfile(dlconcepts)).parent
MODULES = [info.name for info in pkgutil.walk_packages([str(HOME)], "dlconcepts.")]
# What a check is about where it is no argument: as a reader of the message knows it.
OTHERWISE = {
    "dlconcepts.adversarial.training": {"soft"},
    "dlconcepts.montecarlo": {"f(samples)"},
    "dlconcepts.normalization": {"n", "stats.mean", "stats.variance", "mean of the batch"},
    "dlconcepts.optim": {"state.velocity", "state.m", "state.v"},
    "dlconcepts.regularization": {"eigenvalues"},
    "dlconcepts.score": {"the model's score"},
    "dlconcepts.vae": {"code"},
}


def source_of(module: str) -> Path:
    path = HOME.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def checks(tree: ast.Module) -> Iterator[tuple[str, str, set[str]]]:
    """Each name that a check gives, the code of its value, and the arguments of the functions around it."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        around = {argument.arg for f in _around(tree, function) for argument in _arguments(f)}
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("_checks."):
                for name, value in zip(call.args, call.args[1:], strict=False):
                    if isinstance(name, ast.Constant) and isinstance(name.value, str):
                        yield name.value, ast.unparse(value), around


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
    tree = ast.parse(source_of(module).read_text(encoding="utf-8"))
    for name, value, arguments in checks(tree):
        known = name in arguments or value.endswith(name) or name in OTHERWISE.get(module, set())
        assert known, f"the check of {value} says {name!r}, which is no argument"
