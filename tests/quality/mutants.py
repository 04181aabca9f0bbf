"""Mutants of `dlconcepts`: its modules with one small change each, which the tests should notice.

The changes are mutmut's, inside functions, by its own rules of what to leave alone. Left alone too is what an error
says: the tests hold that a message names the argument, not how it is worded.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KINDS = {
    "Call": "arguments of calls",
    "SimpleString": "strings",
    "BinaryOperation": "operators",
    "UnaryOperation": "operators",
    "BooleanOperation": "operators",
    "AugAssign": "operators",
    "ComparisonTarget": "comparisons",
    "In": "comparisons",
    "NotIn": "comparisons",
    "Is": "comparisons",
    "IsNot": "comparisons",
    "Integer": "numbers",
    "Float": "numbers",
    "Assign": "assignments",
    "AnnAssign": "assignments",
}


@dataclass(frozen=True)
class Mutant:
    """A module with one change."""

    module: str
    kind: str
    line: int
    was: str  # the changed lines
    becomes: str
    code: str


def draw(source: Path, modules: Sequence[str], count: int, seed: int) -> tuple[list[Mutant], int]:
    """Return a sample of the mutants of some modules and packages below `source`, and how many there are.

    The sample is in the order in which it was drawn: as far as it has been judged, it is a sample too.

    Raises:
        ValueError: if a module is not there.
    """
    files = {module_name(file, source): file for file in sorted(source.rglob("*.py"))}
    for name in modules:
        if name not in files:
            raise ValueError(f"there is no module {name} in {source}")
    wanted = [f for f in files if any(f"{f}.".startswith(f"{name}.") for name in modules)]
    parsed = {module: _mutations(files[module]) for module in wanted}
    every = [(module, one) for module, (_, found) in parsed.items() for one in found]
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    return [_mutant(module, parsed[module][0], one) for module, one in chosen], len(every)


def module_name(file: Path, source: Path) -> str:
    """The name under which Python imports a file below `source`."""
    parts = file.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _mutations(file: Path) -> tuple[Any, list[Any]]:
    """The syntax tree of a file, and the changes to it."""
    # From the folder of `make mutate`: nothing else needs them.
    import libcst.matchers as match
    from mutmut.mutation.file_mutation import create_mutations

    tree, found, *_ = create_mutations(str(file), file.read_text(encoding="utf-8"))
    words = {
        id(string)
        for statement in match.findall(tree, match.Raise())
        for string in match.findall(statement, match.SimpleString())
    }
    return tree, [
        one
        for one in found
        if one.contained_by_top_level_function is not None
        and id(one.original_node) not in words
        and not _is_type(one)
    ]


def _is_type(mutation: Any) -> bool:
    """Whether only the type in a `cast` changes, which does nothing when it runs."""
    import libcst.matchers as match

    cast = match.Call(func=match.Name("cast"), args=[match.Arg(match.Name("None")), match.Arg()])
    return bool(match.matches(mutation.mutated_node, cast))


def _mutant(module: str, tree: Any, mutation: Any) -> Mutant:
    code = tree.deep_replace(mutation.original_node, mutation.mutated_node).code
    kind = KINDS.get(type(mutation.original_node).__name__, "others")
    return Mutant(module, kind, *changed(tree.code, code), code)


def changed(text: str, code: str) -> tuple[int, str, str]:
    """The first line in which two texts differ, the lines of the one, and those of the other."""
    before, after = text.splitlines(), code.splitlines()
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    (_, low, high, first, last), *more = [block for block in blocks if block[0] != "equal"]
    if more:
        _, _, high, _, last = more[-1]
    return low + 1, "\n".join(before[low:high]), "\n".join(after[first:last])
