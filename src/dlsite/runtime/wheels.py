"""Make dlconcepts' wheel and byte-compile wheels for the browser's Python."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypedDict

from ..nodejs import NodeNotFoundError, find_node
from .carriers import Report
from .errors import RuntimeBuildError
from .store import PART, Cache, key_of, sha256

COMPILER = Path(__file__).parents[1] / "node" / "compile.mjs"
TOOLS_LOCK = "requirements-pyodide.lock"
# Dates every file in every wheel alike, and makes py_compile write hash-based .pyc files.
EPOCH = "1580601600"


class Answer(TypedDict):
    """What compile.mjs prints."""

    python: str
    names: dict[str, str]


class Job(NamedTuple):
    """A wheel to compile; `keep_sources` leaves the .py files in for tracebacks and `inspect`."""

    wheel: Path
    keep_sources: bool


class Compiled(NamedTuple):
    """A byte-compiled wheel and the Python that it was compiled by."""

    wheel: Path
    python: str


def library_wheel(root: Path, cache: Cache, report: Report) -> Path:
    """The wheel of dlconcepts, built anew when one of the files that go into it has changed."""
    package = root / "src" / "dlconcepts"
    inputs = [root / name for name in ("pyproject.toml", "README.md", "LICENSE")]
    inputs += sorted(
        file for file in package.rglob("*") if file.is_file() and file.suffix != ".pyc"
    )
    key = key_of(EPOCH, *(f"{file.relative_to(root)} {sha256(file)}" for file in inputs))

    def make(folder: Path) -> None:
        report("Building the wheel of dlconcepts")
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        run(command, "hatchling could not build the wheel of dlconcepts", cwd=root)

    return _only_wheel(cache.ensure("library", key, make))


def compile_wheels(
    jobs: Sequence[Job], root: Path, core: Path, cache: Cache, report: Report
) -> list[Compiled]:
    """Byte-compile the wheels that have not been compiled before, all in one run."""
    tools_lock = root / TOOLS_LOCK
    setting = [sha256(file) for file in (core / "package.json", tools_lock, COMPILER)]
    keys = [key_of(sha256(job.wheel), str(job.keep_sources), EPOCH, *setting) for job in jobs]
    missing = {
        key: job for key, job in zip(keys, jobs, strict=True) if cache.get("compiled", key) is None
    }
    if missing:
        tools = _tools(tools_lock, cache, report)
        names = " and ".join(job.wheel.name for job in missing.values())
        report(f"Byte-compiling {names} in Pyodide under Node (about 10 s)")
        with tempfile.TemporaryDirectory(prefix=PART, dir=cache.root) as work:
            for job in missing.values():
                shutil.copy(job.wheel, work)
            done = run_compiler(core, tools, Path(work))
            for key, job in missing.items():
                _store(cache, key, job, Path(work) / done["names"][job.wheel.name], done["python"])
    return [_stored(cache.root / "compiled" / key) for key in keys]


def _store(cache: Cache, key: str, job: Job, compiled: Path, python: str) -> None:
    def fill(folder: Path) -> None:
        if job.keep_sources:
            _with_sources(job.wheel, compiled, folder / compiled.name)
        else:
            shutil.copyfile(compiled, folder / compiled.name)
        (folder / "python.txt").write_text(python)

    cache.put("compiled", key, fill)


def _stored(entry: Path) -> Compiled:
    return Compiled(_only_wheel(entry), (entry / "python.txt").read_text())


def _only_wheel(folder: Path) -> Path:
    [wheel] = folder.glob("*.whl")
    return wheel


def _with_sources(original: Path, compiled: Path, target: Path) -> None:
    """Join a wheel and its compiled form: sources in their place, bytecode in __pycache__.

    A .pyc beside its .py would not be used: Python prefers the source and looks for bytecode in
    __pycache__ alone. The .pyc files hold the hash of their source: no time stamp can stale them.
    """
    tag = compiled.name.split("-")[2].replace("cp", "cpython-")
    with (
        zipfile.ZipFile(original) as sources,
        zipfile.ZipFile(compiled) as bytecode,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for info in sources.infolist():
            out.writestr(info, sources.read(info), zipfile.ZIP_DEFLATED)
        for info in bytecode.infolist():
            if info.filename.endswith(".pyc"):
                folder, _, name = info.filename.rpartition("/")
                data = bytecode.read(info)
                info.filename = f"{folder}/__pycache__/{name.removesuffix('pyc')}{tag}.pyc"
                out.writestr(info, data, zipfile.ZIP_DEFLATED)


def _tools(lock: Path, cache: Cache, report: Report) -> Path:
    """The wheels of pyodide-build and of what it imports, for the Python inside Pyodide."""

    def download(folder: Path) -> None:
        report("Downloading pyodide-build's byte-compiler")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        only = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--python-version", "3.14"]
        command = [*pip, *only, "-d", str(folder), "-r", str(lock)]
        run(command, f"pip could not download {lock.name}")

    return cache.ensure("tools", sha256(lock), download)


def run_compiler(core: Path, tools: Path, work: Path) -> Answer:
    """Compile the wheels in `work` in place."""
    try:
        node = find_node()
    except NodeNotFoundError as error:
        raise RuntimeBuildError(str(error)) from error
    command = [str(node), str(COMPILER), str(core), str(tools), str(work)]
    answer: Answer = json.loads(run(command, "the byte-compiler failed"))
    return answer


def run(command: list[str], failure: str, cwd: Path | None = None) -> str:
    """What a command prints; its own last words when it fails. It runs in one time zone: zip files hold local times.

    Raises:
        RuntimeBuildError: the command fails.
    """
    env = os.environ | {"SOURCE_DATE_EPOCH": EPOCH, "TZ": "UTC"}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        # Node ends with its version, after a blank line; Python and pip with what is wrong.
        telling = [line for line in lines if "Error" in line or "ERROR" in line] or lines
        detail = telling[-1] if telling else f"exit status {done.returncode}"
        raise RuntimeBuildError(f"{failure}: {detail}; correct this and run the command again")
    return done.stdout
