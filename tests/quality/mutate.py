"""`make mutate`: change the library in one place at a time, and see whether its tests notice.

Each mutant meets the doctests and the tests of its own module first, then those of the files that import the module.
The tests run in a child of this process, which has imported what they all import, in a copy of the checkout. A sample
of the mutants gives the share that is killed, with its confidence interval; what survives is listed in
`docs/quality.md`, with a verdict where `tests/quality/equivalent.yml` has one.
"""

from __future__ import annotations

import argparse
import ast
import collections
import contextlib
import importlib
import json
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml
from scipy import stats

from .mutants import Mutant, draw, module_name
from .report import ROOT, today, write_part

LIBRARY = "dlconcepts"
VERDICTS = Path(__file__).with_name("equivalent.yml")
# What most tests import: in the parent, so that no child has to.
SHARED = ("numpy", "scipy.stats", "scipy.optimize", "autograd.numpy")
SLOWER = (
    5  # times the time that the tests take without a mutant; a loop that does not end takes more
)
LEAST = 20  # seconds
LONGEST = 1200  # the same for all tests of the library together
EVERY = "every_module"  # tests that read the source in place of importing it
KEPT = ROOT / "build" / "mutate.jsonl"
COPIED = ("src", "tests", "docs")
MEMORY = 8 << 30
NO_TESTS = 5  # pytest's status if there are none, as for a private module without a doctest


class Run(NamedTuple):
    """How tests ended, and the seconds of processor time they took."""

    outcome: str  # "passed", "failed", or "stopped" for what ran too long
    seconds: float


@dataclass(frozen=True)
class Finding:
    """What became of a mutant: "failed" and "stopped" are killed, "passed" survives."""

    mutant: Mutant
    outcome: str
    seconds: float


class Checkout:
    """A copy of the checkout, whose modules can be exchanged."""

    def __init__(self, folder: Path, origin: Path = ROOT, library: str = LIBRARY) -> None:
        """Copy what the tests of the library read, as it is now."""
        self.folder, self.library = folder, library
        for part in COPIED:
            if (origin / part).is_dir():
                shutil.copytree(
                    origin / part, folder / part, ignore=shutil.ignore_patterns("__pycache__")
                )
        shutil.copyfile(origin / "pyproject.toml", folder / "pyproject.toml")
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder.with_name(f"{folder.name}.log")
        self.source, self.tests = folder / "src", folder / "tests" / library
        self.files = {module_name(f, self.source): f for f in (self.source / library).rglob("*.py")}
        self.imports = {name: imports(f, library) for name, f in self.files.items()}
        self._usual: dict[str, float] = {}

    def own(self, module: str) -> list[Path]:
        """The module, for its doctests, the tests of all modules, and those named after it or its package."""
        names = [part.lstrip("_") for part in reversed(module.split(".")[1:])]
        named = [self.tests / f"test_{name}.py" for name in [EVERY, *names]]
        return [self.files[module], *(file for file in named if file.exists())]

    def others(self, module: str) -> list[Path]:
        """The other test files that import the module, or a module that does."""
        users = {name for name, used in self.imports.items() if module in used} | {module}
        own = self.own(module)
        return [
            file
            for file in sorted(self.tests.glob("test_*.py"))
            if file not in own and imports(file, self.library) & users
        ]

    def judge(self, mutant: Mutant) -> Finding:
        """Exchange the module, run the tests until one fails, and put the module back."""
        own, others = self.own(mutant.module), self.others(mutant.module)
        usual = self.usual(mutant.module)
        with self._exchanged(mutant):
            run = self.run(own, max(LEAST, SLOWER * usual))
            if run.outcome != "passed" or not others:
                return Finding(mutant, *run)
            more = self.run(others, LONGEST)
        return Finding(mutant, more.outcome, run.seconds + more.seconds)

    def usual(self, module: str) -> float:
        """Seconds that a module's own tests take without a mutant.

        Raises:
            RuntimeError: if they do not pass: then they would kill every mutant.
        """
        if module not in self._usual:
            run = self.run(self.own(module))
            if run.outcome != "passed":
                said = self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
                raise RuntimeError(f"the tests of {module} must pass without a mutant:\n{said}")
            self._usual[module] = run.seconds
        return self._usual[module]

    def run(self, tests: Sequence[Path], limit: float | None = None) -> Run:
        """Run test files in a child, with a limit of processor time in seconds."""
        child = os.fork()
        if not child:
            self._test(tests, limit)
        _, status, used = os.wait4(child, 0)
        seconds = used.ru_utime + used.ru_stime
        if os.WIFSIGNALED(status):
            return Run("stopped", seconds)
        passed = os.WEXITSTATUS(status) in (0, NO_TESTS)
        return Run("passed" if passed else "failed", seconds)

    def _test(self, tests: Sequence[Path], limit: float | None) -> None:
        """What the child does; it does not return."""
        import pytest

        code = 1
        try:
            log = self.log.open("w", encoding="utf-8")
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            sys.stdout = sys.stderr = log
            if limit is not None:
                whole = int(limit) + 1
                resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            os.chdir(self.folder)
            source = str(self.source)
            sys.path[:] = [source, *(part for part in sys.path if part != str(ROOT / "src"))]
            os.environ["PYTHONPATH"] = source
            sys.dont_write_bytecode = True
            options = ["--exitfirst", "--quiet", "-pno:cacheprovider", "--hypothesis-profile=ci"]
            # Where a test forks this, its own watch for what hangs is a thread that the child does not have.
            options.append("-pno:faulthandler")
            code = int(pytest.main([*options, *map(str, tests)]))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)

    @contextlib.contextmanager
    def _exchanged(self, mutant: Mutant) -> Iterator[None]:
        file = self.files[mutant.module]
        text = file.read_text(encoding="utf-8")
        file.write_text(mutant.code, encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(text, encoding="utf-8")


def imports(file: Path, library: str = LIBRARY) -> set[str]:
    """What a file imports, as names of modules; of `from a import b` both `a` and `a.b`."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = file.with_suffix("").parts
            base = node.module or ""
            if node.level:
                package = parts[parts.index(library) : len(parts) - node.level]
                base = ".".join([*package, *base.split(".")]).rstrip(".")
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] == library}


def survey(mutants: Sequence[Mutant], jobs: int, heard: Callable[[Finding], None]) -> list[Finding]:
    """Judge mutants, several at a time, each process in a copy of its own."""
    for name in SHARED:
        importlib.import_module(name)
    assert LIBRARY not in sys.modules, "the library is to be imported by the tests, as a mutant"
    found = []
    with tempfile.TemporaryDirectory() as home:
        context = multiprocessing.get_context("fork")
        with context.Pool(jobs, _settle, [home]) as pool:
            for finding in pool.imap_unordered(_judge, mutants):
                heard(finding)
                found.append(finding)
    return found


_here: Checkout


def _settle(home: str) -> None:
    global _here
    _here = Checkout(Path(tempfile.mkdtemp(dir=home)))


def _judge(mutant: Mutant) -> Finding:
    return _here.judge(mutant)


def killed_share(killed: int, count: int) -> tuple[float, float, float]:
    """The share, and Wilson's interval that has it with 95 %."""
    interval = stats.binomtest(killed, count).proportion_ci(0.95, method="wilson")
    return killed / count, float(interval.low), float(interval.high)


def verdict(mutant: Mutant, verdicts: Iterable[dict[str, str]]) -> str:
    """Why no test can notice a mutant, if somebody has found that out."""
    for one in verdicts:
        same = (one["module"], one["was"].strip(), one["becomes"].strip())
        if same == (mutant.module, _plain(mutant.was), _plain(mutant.becomes)):
            return one["why"]
    return ""


def _plain(lines: str) -> str:
    return "\n".join(line.strip() for line in lines.splitlines())


def table(
    found: Sequence[Finding], total: int, verdicts: Sequence[dict[str, str]], seed: int
) -> str:
    """The part of the page."""
    killed = [finding for finding in found if finding.outcome != "passed"]
    survivors = [finding.mutant for finding in found if finding.outcome == "passed"]
    share, low, high = killed_share(len(killed), len(found))
    stopped = sum(finding.outcome == "stopped" for finding in found)
    judged = {mutant: verdict(mutant, verdicts) for mutant in survivors}
    equal = sum(map(bool, judged.values()))
    lines = [
        f"Written by `make mutate` on {today()}: {len(found)} of the {total:,} mutants that mutmut makes of",
        f"`{LIBRARY}`, drawn with seed {seed}. The tests kill {len(killed)}, **{share:.1%}** (95 % interval",
        f"{low:.1%} to {high:.1%}); {stopped} of them because they ran too long. {len(survivors)} survive,",
        f"of which {equal} are equivalent: they do what the library does, so that no test can tell them apart.",
        "",
        "| Change of | mutants | killed |",
        "|---|---|---|",
    ]
    kinds = collections.Counter(finding.mutant.kind for finding in found)
    dead = collections.Counter(finding.mutant.kind for finding in killed)
    lines += [f"| {kind} | {n} | {dead[kind] / n:.0%} |" for kind, n in kinds.most_common()]
    for mutant, why in judged.items():
        name = f"`{mutant.module}`, line {mutant.line}"
        lines += ["", f"{name}: {f'equivalent, {why}' if why else 'open'}", ""]
        lines += ["```diff", _diff(mutant), "```"]
    return "\n".join(lines)


def _diff(mutant: Mutant) -> str:
    signs = (("-", mutant.was), ("+", mutant.becomes))
    return "\n".join(f"{sign} {line.strip()}" for sign, text in signs for line in text.splitlines())


def _key(mutant: Mutant) -> tuple[str, int, str, str]:
    return mutant.module, mutant.line, mutant.was, mutant.becomes


def _kept(mutants: Sequence[Mutant]) -> list[Finding]:
    """Those that an earlier run has killed: more tests kill no less."""
    if not KEPT.exists():
        return []
    rows = map(json.loads, KEPT.read_text(encoding="utf-8").splitlines())
    killed = {tuple(key): outcome for *key, outcome in rows}
    return [Finding(m, killed[_key(m)], 0) for m in mutants if _key(m) in killed]


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, judge, write."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument(
        "modules",
        nargs="*",
        help="such as dlconcepts.pca or dlconcepts.losses; without one, all, for docs/quality.md",
    )
    parser.add_argument(
        "--count",
        type=int,
        help="how many to draw (300 of the whole library; all of named modules)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the draw (0)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (one a core)"
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="run only what no run since the last one without --keep has killed",
    )
    options = parser.parse_args(arguments)
    count = options.count or (sys.maxsize if options.modules else 300)
    try:
        drawn, total = draw(ROOT / "src", options.modules or [LIBRARY], count, options.seed)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(drawn)} of {total:,} mutants", file=sys.stderr)
    begun, heard = time.monotonic(), 0

    def hear(finding: Finding) -> None:
        nonlocal heard
        heard += 1
        word = "SURVIVES" if finding.outcome == "passed" else finding.outcome
        mutant = finding.mutant
        at = f"{heard:5} {time.monotonic() - begun:6.0f} s  {mutant.module}:{mutant.line}"
        print(f"{at}  {word} ({finding.seconds:.0f} s)", flush=True)
        if finding.outcome == "passed":
            print(_diff(mutant), flush=True)
        else:
            print(json.dumps([*_key(mutant), finding.outcome]), file=kept, flush=True)

    found = _kept(drawn) if options.keep else []
    print(f"{len(found)} of them killed before", file=sys.stderr)
    done = {finding.mutant for finding in found}
    KEPT.parent.mkdir(exist_ok=True)
    with KEPT.open("a" if options.keep else "w", encoding="utf-8") as kept:
        found += survey([mutant for mutant in drawn if mutant not in done], options.jobs, hear)
    found.sort(key=lambda finding: (finding.mutant.module, finding.mutant.line))
    verdicts = yaml.safe_load(VERDICTS.read_text(encoding="utf-8")) or []
    part = table(found, total, verdicts, options.seed)
    print(part)
    if not options.modules:
        write_part("mutate", part)
    return 0


if __name__ == "__main__":
    sys.exit(main())
