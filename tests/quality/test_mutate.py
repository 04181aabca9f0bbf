"""Mutants of a small library, made by hand: which tests they meet, and what becomes of them."""

import subprocess
import sys
from pathlib import Path

import pytest
from scipy import stats

from . import mutate
from .mutants import Mutant, changed, draw, module_name
from .mutate import Checkout, Finding, imports, killed_share, table

FILES = {
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib", "--doctest-modules"]\n',
    "src/lib/__init__.py": "",
    "src/lib/_base.py": "LIMIT = 10\n",
    "src/lib/twice.py": (
        "from lib._base import LIMIT\n\n\ndef twice(x):\n"
        '    """Double.\n\n    >>> twice(1)\n    2\n    """\n    return min(2 * x, LIMIT)\n'
    ),
    "src/lib/part/__init__.py": "from lib.part.inner import odd\n",
    "src/lib/part/inner.py": "from ..twice import twice\n\n\ndef odd(x):\n    return twice(x) + 1\n",
    "tests/lib/test_twice.py": "from lib.twice import twice\n\n\ndef test_it():\n    assert twice(2) == 4\n",
    "tests/lib/test_part.py": "import lib.part\n\n\ndef test_it():\n    assert lib.part.odd(3) == 7\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for name, text in FILES.items():
        (tmp_path / "origin" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "origin" / name).write_text(text, encoding="utf-8")
    return Checkout(tmp_path / "copy", tmp_path / "origin", "lib")


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def mutant(module: str, file: str, old: str, new: str) -> Mutant:
    text = FILES[file]
    assert text.count(old) == 1
    code = text.replace(old, new)
    return Mutant(module, "operators", *changed(text, code), code)


def test_the_tests_of_a_module_and_those_that_import_it(checkout: Checkout) -> None:
    assert names(checkout.own("lib.twice")) == ["twice.py", "test_twice.py"]
    assert names(checkout.others("lib.twice")) == []
    assert names(checkout.own("lib.part.inner")) == ["inner.py", "test_part.py"]
    assert names(checkout.own("lib._base")) == ["_base.py"]
    assert names(checkout.others("lib._base")) == ["test_twice.py"]
    inner = checkout.files["lib.part.inner"]
    assert imports(inner, "lib") == {"lib.twice", "lib.twice.twice"}
    assert imports(checkout.tests / "test_part.py", "lib") == {"lib.part"}


def test_what_becomes_of_mutants(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutate, "LEAST", 1)
    monkeypatch.setattr(mutate, "SLOWER", 1)
    twice = "src/lib/twice.py"
    for old, new, outcome in [
        ("2 * x", "3 * x", "failed"),
        ("min(2 * x, LIMIT)", "2 * x", "passed"),
        ("    return min", "    while True:\n        pass\n    return min", "stopped"),
        ("return", "retrun", "failed"),
    ]:
        assert checkout.judge(mutant("lib.twice", twice, old, new)).outcome == outcome, new
        assert checkout.files["lib.twice"].read_text(encoding="utf-8") == FILES[twice]
    # A private module has no tests of its own: those of its users notice.
    found = checkout.judge(mutant("lib._base", "src/lib/_base.py", "10", "3"))
    assert found.outcome == "failed"


def test_tests_that_fail_without_a_mutant_kill_nothing(checkout: Checkout) -> None:
    test = checkout.tests / "test_twice.py"
    test.write_text(FILES["tests/lib/test_twice.py"].replace("4", "5"), encoding="utf-8")
    with pytest.raises(
        RuntimeError, match=r"lib\.twice must pass without a mutant:\n(?s:.)*assert 4 == 5"
    ):
        checkout.judge(mutant("lib.twice", "src/lib/twice.py", "2 * x", "3 * x"))


def test_a_change_is_its_lines_and_nothing_else() -> None:
    assert changed("a\nb\nc\n", "a\nB\nc\n") == (2, "b", "B")
    assert changed("a\nb\nc\nd\n", "a\nd\n") == (2, "b\nc", "")
    assert changed("a\nb\nc\nd\n", "A\nb\nC\nd\n") == (1, "a\nb\nc", "A\nb\nC")
    assert module_name(Path("/s/a/b.py"), Path("/s")) == "a.b"
    assert module_name(Path("/s/a/__init__.py"), Path("/s")) == "a"


def test_the_interval_is_wilsons() -> None:
    share, low, high = killed_share(270, 300)
    z = stats.norm.ppf(0.975)
    middle = (0.9 + z**2 / 600) / (1 + z**2 / 300)
    half = z / (1 + z**2 / 300) * (0.9 * 0.1 / 300 + z**2 / (4 * 300**2)) ** 0.5
    assert share == 0.9
    assert low == pytest.approx(middle - half)
    assert high == pytest.approx(middle + half)


def test_the_table_counts_and_judges() -> None:
    one = mutant("lib.twice", "src/lib/twice.py", "2 * x", "3 * x")
    two = mutant("lib._base", "src/lib/_base.py", "10", "11")
    found = [Finding(one, "failed", 1), Finding(one, "stopped", 1), Finding(two, "passed", 1)]
    open_ = table(found, 1234, [], 7)
    assert "3 of the 1,234 mutants" in open_
    assert "kill 2, **66.7%**" in open_
    assert "1 of them because they ran too long. 1 survive" in open_
    assert "| operators | 3 | 67% |" in open_
    assert open_.endswith("`lib._base`, line 1: open\n\n```diff\n- LIMIT = 10\n+ LIMIT = 11\n```")
    why = {
        "module": "lib._base",
        "was": "LIMIT = 10\n",
        "becomes": "LIMIT = 11",
        "why": "never met",
    }
    judged = table(found, 1234, [why], 7)
    assert "of which 1 are equivalent" in judged
    assert "`lib._base`, line 1: equivalent, never met" in judged


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no module dlconcepts\.nothing in"):
        draw(tmp_path, ["dlconcepts.nothing"], 1, 0)
    done = subprocess.run(
        [sys.executable, "-m", "quality.mutate", "nothing"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no module nothing in ")
