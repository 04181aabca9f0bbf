"""Put the folder together from which a page starts Python."""

import errno
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import snapshot
from .carriers import Carrier, Report, carriers_for, fetch
from .errors import RuntimeBuildError
from .store import Cache, key_of, place, sha256
from .wheels import Job, compile_wheels, library_wheel

CORE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LIBRARY = "dlconcepts"
NEEDED = "numpy"
# What a reader's cell may import besides; a page loads it when a cell does, and not before.
OPTIONAL = ("matplotlib", "scipy")
LOCK = "pyodide-lock.json"
# With the snapshot a start needs these of the core; the archives come when Python reads in them.
CORE_OF_START = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")


@dataclass
class Build:
    """A build under way: what the steps work with, and what they have made so far.

    `files` are those of Python, NumPy and dlconcepts, `optional` those of other packages; `lock` is Pyodide's
    own, `packages` what of it is shipped.
    """

    root: Path
    cache: Cache
    report: Report
    carriers: Sequence[Carrier] | None = None
    files: dict[str, Path] = field(default_factory=dict)
    optional: dict[str, Path] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    lock: dict[str, Any] = field(default_factory=dict)
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def core(self) -> Path:
        """The npm package of Pyodide."""
        return self.root / "node_modules" / "pyodide"


Step = Callable[[Build], None]


def take_core(build: Build) -> None:
    """Pyodide itself, as `npm ci` has verified it against package-lock.json."""
    wanted = json.loads((build.root / "package.json").read_text())["dependencies"]["pyodide"]
    try:
        found = json.loads((build.core / "package.json").read_text())["version"]
        build.lock = json.loads((build.core / "pyodide-lock.json").read_text())
    except FileNotFoundError as error:
        message = "node_modules has no Pyodide: run `npm ci --ignore-scripts`"
        raise RuntimeBuildError(message) from error
    if found != wanted:
        message = f"node_modules has Pyodide {found}, not {wanted}: run `npm ci --ignore-scripts`"
        raise RuntimeBuildError(message)
    build.about["pyodide"] = found
    build.files |= {name: build.core / name for name in CORE_FILES}


def make_packages(build: Build) -> None:
    """NumPy, what it depends on, and dlconcepts: byte-compiled, with a lock of their own."""
    library = library_wheel(build.root, build.cache, build.report)
    packages = {name: dict(build.lock["packages"][name]) for name in _closure(build.lock, NEEDED)}
    jobs = [Job(_downloaded(build, entry), keep_sources=False) for entry in packages.values()]
    packages[LIBRARY] = {
        "name": LIBRARY,
        "version": library.name.split("-")[1],
        "install_dir": "site",
        "package_type": "package",
        "imports": [LIBRARY],
        "depends": [NEEDED],
        "unvendored_tests": False,
    }
    jobs.append(Job(library, keep_sources=True))
    done = compile_wheels(jobs, build.root, build.core, build.cache, build.report)
    for entry, compiled in zip(packages.values(), done, strict=True):
        entry |= {"file_name": compiled.wheel.name, "sha256": sha256(compiled.wheel)}
        build.files[compiled.wheel.name] = compiled.wheel
        build.about["python"] = compiled.python
    build.about["packages"] = list(packages)
    build.packages = packages


def add_optional(build: Build) -> None:
    """What comes when a cell imports it, with all that it depends on: as Pyodide released it.

    Not byte-compiled: that makes the wheels larger, and they are waited for once in a while only.
    """
    optional: dict[str, dict[str, Any]] = {}
    for wanted in OPTIONAL:
        for name in dict.fromkeys(_closure(build.lock, wanted)):
            if name in build.packages or name in optional:
                continue
            entry = build.lock["packages"][name]
            path = _downloaded(build, entry)
            needs = dict.fromkeys(_closure(build.lock, name))
            optional[name] = {
                "imports": entry["imports"],
                "needs": [each for each in needs if each not in build.packages],
                "file": path.name,
                "bytes": path.stat().st_size,
                "sha256": entry["sha256"],
            }
            build.optional[path.name] = path
    build.about["optional"] = optional
    build.packages |= {name: build.lock["packages"][name] for name in optional}


def write_lock(build: Build) -> None:
    """The lock that tells Pyodide what it can load: the packages that are shipped, no others."""
    lock = {"info": build.lock["info"], "packages": build.packages}
    text = json.dumps(lock, indent=1, sort_keys=True) + "\n"

    def write(folder: Path) -> None:
        (folder / LOCK).write_text(text)

    build.files[LOCK] = build.cache.ensure("lock", key_of(text), write) / LOCK


def take_snapshot(build: Build) -> None:
    """Python's memory after everything has been imported, and which files a start needs then."""
    build.about["plain"] = sorted(build.files)
    wheels = [build.files[build.packages[name]["file_name"]] for name in build.about["packages"]]
    folder = snapshot.snapshot(build.core, wheels, build.cache, build.report)
    build.files |= {name: folder / name for name in snapshot.FILES}
    build.about["start"] = [*CORE_OF_START, LOCK, *snapshot.FILES]


# Each step adds files made from those of the steps before it.
STEPS: tuple[Step, ...] = (take_core, make_packages, add_optional, write_lock, take_snapshot)


def build_runtime(
    root: Path,
    *,
    report: Report,
    carriers: Sequence[Carrier] | None = None,
    steps: Sequence[Step] = STEPS,
) -> Path:
    """Make `build/runtime/<key>/` for a checkout, doing only what has not been done before.

    Args:
        root: The checkout.
        report: Shown one line for each thing that takes time.
        carriers: Where the wheels of Pyodide come from, in the order to try.
        steps: What makes the files.

    Returns:
        The folder; its name changes when a byte in it does.

    Raises:
        RuntimeBuildError: in one sentence, what is wrong and what to do about it.
    """
    cache = Cache(root / "build" / "cache")
    build = Build(root, cache, report, carriers)
    try:
        with cache.lock(report):
            for step in steps:
                step(build)
            return _pack(build)
    except OSError as error:
        where = error.filename or root / "build"
        if error.errno == errno.ENOSPC:
            message = f"the disk is full at {where}: free 100 MB and run the command again"
        else:
            message = (
                f"{error.strerror or error} at {where}: correct this and run the command again"
            )
        raise RuntimeBuildError(message) from error


def first_download(folder: Path) -> int:
    """Bytes that a page downloads from a folder of `build_runtime` before the first cell runs."""
    about = json.loads((folder / "runtime.json").read_text())
    return sum(about["files"][name]["bytes"] for name in about["start"])


def optional_files(folder: Path) -> list[str]:
    """Files of a folder of `build_runtime` that come only when a reader's own code imports them."""
    optional = json.loads((folder / "runtime.json").read_text()).get("optional", {})
    return [package["file"] for package in optional.values()]


def build_library(root: Path, *, report: Report) -> Path:
    """Make the wheel of dlconcepts that any Python installs: the browser's is compiled for its own.

    Raises:
        RuntimeBuildError: in one sentence, what is wrong and what to do about it.
    """
    cache = Cache(root / "build" / "cache")
    with cache.lock(report):
        return library_wheel(root, cache, report)


def _pack(build: Build) -> Path:
    files: dict[str, dict[str, Any]] = {
        name: {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for name, path in sorted(build.files.items())
    }
    about = json.dumps(build.about | {"files": files}, indent=1) + "\n"
    home = build.root / "build" / "runtime"
    folder = home / key_of(about)
    optional = build.about.get("optional", {}).values()
    sums = {name: str(file["sha256"]) for name, file in files.items()}
    sums |= {str(package["file"]): str(package["sha256"]) for package in optional}
    if not _is_whole(folder, about, sums):

        def fill(work: Path) -> None:
            for name, path in (build.files | build.optional).items():
                shutil.copyfile(path, work / name)
            (work / "runtime.json").write_text(about)

        place(folder, fill)
        size = sum(file["bytes"] for file in files.values())
        more = sum(package["bytes"] for package in optional)
        build.report(
            f"The runtime is in {folder.relative_to(build.root)}: {size:,} bytes, "
            f"and {more:,} that load when imported"
        )
    for other in home.iterdir():
        if other != folder:
            shutil.rmtree(other)
    return folder


def _is_whole(folder: Path, about: str, sums: dict[str, str]) -> bool:
    try:
        return (folder / "runtime.json").read_text() == about and all(
            sha256(folder / name) == digest for name, digest in sums.items()
        )
    except FileNotFoundError:
        return False


def _closure(lock: dict[str, Any], name: str) -> list[str]:
    """The package and everything that it depends on, dependencies first, some perhaps twice."""
    needed = [each for one in lock["packages"][name]["depends"] for each in _closure(lock, one)]
    return [*needed, name]


def _downloaded(build: Build, entry: dict[str, Any]) -> Path:
    """The file of an entry of Pyodide's lock."""
    name: str = entry["file_name"]
    digest: str = entry["sha256"]

    def download(folder: Path) -> None:
        carriers = build.carriers or carriers_for(build.about["pyodide"])
        data = fetch(name, digest, carriers, build.report)
        (folder / name).write_bytes(data)

    return build.cache.ensure("downloads", digest, download) / name
