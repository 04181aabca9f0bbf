"""What can be written at a place of a cell, and what a name there is. Standard library only, as the runner.

Nothing of the reader's code runs for it: names come from the last run and from the cell's imports, and values are
reached through attributes alone.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import keyword
import pkgutil
import re
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

LIBRARIES = ("numpy", "dlconcepts")  # importing them does nothing but define
MOST = 300

_DOTTED = re.compile(r"[A-Za-z_][\w.]*$|$")
_FROM = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+(?:\w+\s*,\s*)*(\w*)$")
_IMPORT = re.compile(r"^\s*(?:import|from)\s+([\w.]*)$")
_MISSING = object()


def complete(code: str, offset: int, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names that fit at `offset`.

    Returns:
        `from`: where the name to replace begins; `options`: each with `label` and `type` (function, class, module,
        variable or keyword).
    """
    line = code[:offset].rpartition("\n")[2]
    if "#" in line and line.count('"') % 2 == 0 and line.count("'") % 2 == 0:
        return {"from": offset, "options": []}
    if match := _FROM.match(line):
        module = _module(match[1])
        found = {} if module is None else _members(module)
        return _options(found, match[2], offset)
    if match := _IMPORT.match(line):
        parent, _, prefix = match[1].rpartition(".")
        module = _module(parent) if parent else None
        found = dict.fromkeys(LIBRARIES) if not parent else _submodules(module)
        return _options(found, prefix, offset)
    dotted = _DOTTED.search(line)
    assert dotted is not None
    owner, _, prefix = dotted[0].rpartition(".")
    if not owner and not prefix:
        return {"from": offset, "options": []}
    names = _names(code, namespace)
    if owner:
        value = _resolve(owner, names)
        found = {} if value is _MISSING else _members(value)
    else:
        found = dict.fromkeys(keyword.kwlist, _MISSING) | vars(builtins) | names
    return _options(found, prefix, offset)


def explain(code: str, offset: int, namespace: Mapping[str, Any]) -> dict[str, str] | None:
    """Return name, signature and first line of the docstring of what stands at `offset`, or None."""
    start = re.search(r"[\w.]*$", code[:offset])
    end = re.match(r"\w*", code[offset:])
    assert start is not None
    assert end is not None
    dotted = (start[0] + end[0]).strip(".")
    if not dotted or dotted[0].isdigit() or keyword.iskeyword(dotted):
        return None
    value = _resolve(dotted, dict(vars(builtins)) | _names(code, namespace))
    if value is _MISSING:
        return None
    if not (isinstance(value, ModuleType | type) or callable(value)):
        shape = getattr(value, "shape", None)
        detail = f"shape {shape}" if isinstance(shape, tuple) else repr(value)
        return {"name": dotted, "signature": f": {type(value).__name__}", "doc": detail[:200]}
    doc = (inspect.getdoc(value) or "").partition("\n")[0]
    return {"name": dotted, "signature": _signature(value), "doc": doc}


def _signature(value: object) -> str:
    if isinstance(value, ModuleType):
        return ""
    try:
        # Annotations that are strings at run time show their quotes, which say nothing to a reader.
        return re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(value)))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        # Functions written in C say it in the first line of their docstring, or not at all.
        first = (inspect.getdoc(value) or "").partition("\n")[0]
        match = re.match(r"\w+(\(.*\))", first)
        return match[1] if match else "(…)"


def _options(found: Mapping[str, Any], prefix: str, offset: int) -> dict[str, Any]:
    hidden = not prefix.startswith("_")
    fitting = [
        name
        for name in found
        if name.lower().startswith(prefix.lower()) and not (hidden and name.startswith("_"))
    ]
    options = [{"label": name, "type": _type(name, found[name])} for name in sorted(fitting)[:MOST]]
    return {"from": offset - len(prefix), "options": options}


def _type(name: str, value: object) -> str:
    if value is _MISSING:
        return "keyword" if keyword.iskeyword(name) else "variable"
    if isinstance(value, ModuleType) or value is None:
        return "module" if isinstance(value, ModuleType) or name in LIBRARIES else "variable"
    if isinstance(value, type):
        return "class"
    return "function" if callable(value) else "variable"


def _names(code: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of names: those of the last run, and what the cell's imports bind."""
    names = {k: v for k, v in namespace.items() if not k.startswith("__")}
    for line in code.splitlines():
        if line.lstrip().startswith(("import ", "from ")):
            try:
                statement = ast.parse(line.strip()).body[0]
            except (SyntaxError, ValueError):  # the latter for characters that no source has
                continue
            names |= _bound(statement)
    return names


def _bound(statement: ast.stmt) -> dict[str, Any]:
    bound: dict[str, Any] = {}
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            bound[alias.asname or name] = _module(name)
    elif isinstance(statement, ast.ImportFrom) and statement.module:
        module = _module(statement.module)
        for alias in statement.names:
            value = getattr(module, alias.name, None) or _module(f"{statement.module}.{alias.name}")
            bound[alias.asname or alias.name] = value
    return {name: value for name, value in bound.items() if value is not None}


def _module(name: str) -> ModuleType | None:
    """Return a module that is loaded, or that does nothing but define when it is."""
    if name in sys.modules:
        return sys.modules[name]
    if name.partition(".")[0] not in LIBRARIES:
        return None
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _submodules(module: ModuleType | None) -> dict[str, Any]:
    found = pkgutil.iter_modules(getattr(module, "__path__", []))
    return (
        {info.name: sys.modules.get(f"{module.__name__}.{info.name}", module) for info in found}
        if module
        else {}
    )


def _members(value: object) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name in dir(value):
        try:
            members[name] = inspect.getattr_static(value, name)
        except AttributeError:
            members[name] = _MISSING
    if isinstance(value, ModuleType):
        members |= {k: v for k, v in _submodules(value).items() if k not in members}
    return members


def _resolve(dotted: str, names: Mapping[str, Any]) -> Any:
    first, *rest = dotted.split(".")
    value = names.get(first, _MISSING)
    for name in rest:
        try:
            value = getattr(value, name)
        except Exception:  # a property may raise anything
            return _MISSING
    return value
