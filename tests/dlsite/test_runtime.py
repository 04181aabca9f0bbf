"""The runtime: carriers, cache, errors, and one build for real."""

import errno
import hashlib
import http.server
import io
import json
import os
import random
import re
import runpy
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlsite import nodejs
from dlsite.runtime import RuntimeBuildError, build, carriers, pack, snapshot, store, wheels
from dlsite.runtime.__main__ import main

ROOT = Path(__file__).parents[2]
NUMPY = "numpy-2.4.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl"


def wheel_bytes(members: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


WHEEL = wheel_bytes({"numpy/core.py": "pi = 3\n" * 1000})
DIGEST = hashlib.sha256(WHEEL).hexdigest()
# What comes when a cell imports it: name → file, depends, imports.
OTHERS: dict[str, tuple[str, list[str], list[str]]] = {
    "matplotlib": ("matplotlib-3-cp314.whl", ["numpy", "dateutil"], ["matplotlib", "pylab"]),
    "dateutil": ("dateutil-2-py3-none-any.whl", ["six"], ["dateutil"]),
    "six": ("six-1-py3-none-any.whl", [], ["six"]),
    "scipy": ("scipy-1-cp314.whl", ["numpy"], ["scipy"]),
    "pandas": ("pandas-2-cp314.whl", ["numpy", "six"], ["pandas"]),
}
SHIPPED = {name: file for name, (file, _, _) in OTHERS.items() if name != "pandas"}
WHEELS = {file: wheel_bytes({f"{name}.py": "x = 1\n"}) for name, file in SHIPPED.items()}
DOWNLOADS = 1 + len(WHEELS)


@dataclass
class FakeCarrier:
    name: str
    answer: bytes | Exception
    asked: list[str] = field(default_factory=list)
    others: dict[str, bytes] = field(default_factory=dict)

    def fetch(self, file_name: str, progress: carriers.Progress) -> bytes:
        self.asked.append(file_name)
        if file_name in self.others:
            return self.others[file_name]
        if isinstance(self.answer, Exception):
            raise self.answer
        progress(len(self.answer), len(self.answer))
        return self.answer


@dataclass
class Workshop:
    """A small checkout, and counters of what is costly."""

    root: Path
    carrier: FakeCarrier
    compiled: list[str] = field(default_factory=list)
    snapshots: int = 0
    lines: list[str] = field(default_factory=list)

    def build(self, *more: carriers.Carrier) -> Path:
        return build(self.root, report=self.lines.append, carriers=(*more, self.carrier))


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    core = tmp_path / "node_modules" / "pyodide"
    core.mkdir(parents=True)
    for name in pack.CORE_FILES:
        (core / name).write_text(name)
    (core / "package.json").write_text('{"version": "314.0.3"}')
    others = {
        name: {
            "name": name,
            "depends": depends,
            "imports": imports,
            "file_name": file,
            "sha256": hashlib.sha256(WHEELS.get(file, b"")).hexdigest(),
        }
        for name, (file, depends, imports) in OTHERS.items()
    }
    numpy = {"name": "numpy", "depends": [], "file_name": NUMPY, "sha256": DIGEST}
    lock = {"info": {"abi_version": "2026_0"}, "packages": {"numpy": numpy, **others}}
    (core / "pyodide-lock.json").write_text(json.dumps(lock))
    (tmp_path / "package.json").write_text('{"dependencies": {"pyodide": "314.0.3"}}')
    for name in ("pyproject.toml", "README.md", "LICENSE", wheels.TOOLS_LOCK):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "src" / "dlconcepts").mkdir(parents=True)
    (tmp_path / "src" / "dlconcepts" / "__init__.py").write_text('"""Concepts."""\n')
    workshop = Workshop(tmp_path, FakeCarrier("good", WHEEL, others=dict(WHEELS)))

    def compiler(core: Path, tools: Path, work: Path) -> wheels.Answer:
        names = {}
        for wheel in sorted(work.iterdir()):
            workshop.compiled.append(wheel.name)
            names[wheel.name] = wheel.name.replace("py3-none", "cp314-none")
            with zipfile.ZipFile(wheel) as archive:
                members = {
                    re.sub(r"\.py$", ".pyc", name): archive.read(name)
                    for name in archive.namelist()
                }
            wheel.unlink()
            with zipfile.ZipFile(work / names[wheel.name], "w") as archive:
                for name, data in members.items():
                    archive.writestr(zipfile.ZipInfo(name), data)
        return {"python": "3.14.2", "names": names}

    def snapshooter(core: Path, inputs: Sequence[Path], folder: Path) -> None:
        workshop.snapshots += 1
        for name in snapshot.FILES:
            (folder / name).write_text(" ".join(file.name for file in inputs))

    monkeypatch.setattr(wheels, "run_compiler", compiler)
    monkeypatch.setattr(snapshot, "make_snapshot", snapshooter)
    monkeypatch.setattr(wheels, "_tools", lambda *_: tmp_path)
    return workshop


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# What comes out


def test_the_folder_has_the_core_the_wheels_and_their_description(workshop: Workshop) -> None:
    folder = workshop.build()
    library = "dlconcepts-0.1.0-cp314-none-any.whl"
    plain = {*pack.CORE_FILES, "pyodide-lock.json", NUMPY, library}
    described = plain | {*snapshot.FILES}
    assert names_in(folder) == described | {"runtime.json", *WHEELS}
    about = json.loads((folder / "runtime.json").read_text())
    files = about.pop("files")
    del about["optional"]
    assert set(about.pop("plain")) == plain
    start = {"pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json"}
    assert set(about.pop("start")) == start | {*snapshot.FILES}
    assert about == {"pyodide": "314.0.3", "python": "3.14.2", "packages": ["numpy", "dlconcepts"]}
    assert files == {
        name: {
            "bytes": (folder / name).stat().st_size,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        for name in described
    }


def test_what_loads_on_import_is_described_apart_from_what_every_start_loads(
    workshop: Workshop,
) -> None:
    folder = workshop.build()
    about = json.loads((folder / "runtime.json").read_text())
    optional = about["optional"]
    assert set(optional) == set(SHIPPED)
    assert {name: package["needs"] for name, package in optional.items()} == {
        "six": ["six"],
        "dateutil": ["six", "dateutil"],
        "matplotlib": ["six", "dateutil", "matplotlib"],
        "scipy": ["scipy"],
    }
    assert optional["matplotlib"]["imports"] == ["matplotlib", "pylab"]
    for name, file in SHIPPED.items():
        package = optional[name]
        data = (folder / file).read_bytes()
        assert (package["file"], package["bytes"]) == (file, len(data))
        assert package["sha256"] == hashlib.sha256(data).hexdigest()
        assert data == WHEELS[file]
        assert file not in about["files"]
    assert not {*WHEELS} & {*workshop.compiled}


def test_the_first_download_is_what_every_start_loads(workshop: Workshop) -> None:
    folder = workshop.build()
    start = json.loads((folder / "runtime.json").read_text())["start"]
    assert pack.first_download(folder) == sum((folder / name).stat().st_size for name in start)


def test_a_snapshot_is_taken_of_the_compiled_wheels_and_again_when_one_changes(
    workshop: Workshop,
) -> None:
    folder = workshop.build()
    wheels_of_start = f"{NUMPY} dlconcepts-0.1.0-cp314-none-any.whl"
    assert {(folder / name).read_text() for name in snapshot.FILES} == {wheels_of_start}
    workshop.build()
    assert workshop.snapshots == 1
    (workshop.root / "src" / "dlconcepts" / "new.py").write_text("new = 1\n")
    workshop.build()
    assert workshop.snapshots == 2


def test_a_package_for_imports_that_no_carrier_has_stops_the_build(workshop: Workshop) -> None:
    workshop.carrier.others["six-1-py3-none-any.whl"] = b"not the wheel"
    with pytest.raises(RuntimeBuildError, match=r"no carrier delivered six-1-py3-none-any\.whl"):
        workshop.build()


def test_a_damaged_package_for_imports_is_packed_again(workshop: Workshop) -> None:
    folder = workshop.build()
    file = SHIPPED["scipy"]
    (folder / file).write_bytes(b"")
    assert workshop.build() == folder
    assert (folder / file).read_bytes() == WHEELS[file]


def test_the_lock_lists_what_is_shipped_and_nothing_else(workshop: Workshop) -> None:
    folder = workshop.build()
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    assert lock["info"] == {"abi_version": "2026_0"}
    assert set(lock["packages"]) == {"numpy", "dlconcepts", *SHIPPED}
    assert lock["packages"]["dlconcepts"]["depends"] == ["numpy"]
    for entry in lock["packages"].values():
        assert entry["sha256"] == store.sha256(folder / entry["file_name"])


def test_what_numpy_depends_on_is_shipped_too(workshop: Workshop) -> None:
    path = workshop.root / "node_modules" / "pyodide" / "pyodide-lock.json"
    lock = json.loads(path.read_text())
    lock["packages"]["numpy"]["depends"] = ["lapack", "blas"]
    for name, depends in {"blas": ["fortran"], "lapack": ["fortran"], "fortran": []}.items():
        file_name = f"{name}-1-py3-none-any.whl"
        data = wheel_bytes({f"{name}.py": ""})
        digest = hashlib.sha256(data).hexdigest()
        lock["packages"][name] = {"depends": depends, "file_name": file_name, "sha256": digest}
        workshop.carrier.others[file_name] = data
    path.write_text(json.dumps(lock))
    about = json.loads((workshop.build() / "runtime.json").read_text())
    assert about["packages"] == ["fortran", "lapack", "blas", "numpy", "dlconcepts"]
    assert "blas-1-cp314-none-any.whl" in about["files"]


def test_sources_of_dlconcepts_stay_beside_their_bytecode(workshop: Workshop) -> None:
    [wheel] = workshop.build().glob("dlconcepts-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "dlconcepts/__init__.py" in names
    assert "dlconcepts/__pycache__/__init__.cpython-314.pyc" in names
    assert "dlconcepts/__init__.pyc" not in names


def test_a_data_file_of_dlconcepts_stays_as_it_is(workshop: Workshop) -> None:
    data = (ROOT / "src" / "dlconcepts" / "data" / "digits.npz").read_bytes()
    (workshop.root / "src" / "dlconcepts" / "data").mkdir()
    (workshop.root / "src" / "dlconcepts" / "data" / "digits.npz").write_bytes(data)
    wheel = workshop.build() / "dlconcepts-0.1.0-cp314-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith("digits.npz")]
        assert names == ["dlconcepts/data/digits.npz"]
        assert archive.read(names[0]) == data


def test_a_further_step_adds_its_file(workshop: Workshop) -> None:
    def note(making: pack.Build) -> None:
        making.files["note.txt"] = making.root / "README.md"

    folder = pack.build_runtime(
        workshop.root,
        report=workshop.lines.append,
        carriers=[workshop.carrier],
        steps=(*pack.STEPS, note),
    )
    assert "note.txt" in json.loads((folder / "runtime.json").read_text())["files"]


# What is done only once


def test_a_second_build_does_nothing(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = workshop.build()
    workshop.lines.clear()
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a program was started"))
    monkeypatch.setattr(store, "place", lambda *_: pytest.fail("something was written"))
    monkeypatch.setattr(pack, "place", lambda *_: pytest.fail("something was written"))
    assert workshop.build() == first
    assert workshop.lines == []
    assert len(workshop.carrier.asked) == DOWNLOADS
    assert len(workshop.compiled) == 2


@pytest.mark.parametrize("name", ["__init__.py", "losses.py"])
def test_a_change_of_dlconcepts_recompiles_that_wheel_alone(workshop: Workshop, name: str) -> None:
    first = workshop.build()
    workshop.compiled.clear()
    (workshop.root / "src" / "dlconcepts" / name).write_text("x = 1\n")
    second = workshop.build()
    assert workshop.compiled == ["dlconcepts-0.1.0-py3-none-any.whl"]
    assert len(workshop.carrier.asked) == DOWNLOADS
    assert second != first
    assert not first.exists()
    assert names_in(second.parent) == {second.name}


def test_going_back_gives_the_same_folder_without_compiling(workshop: Workshop) -> None:
    first = workshop.build()
    extra = workshop.root / "src" / "dlconcepts" / "losses.py"
    extra.write_text("x = 1\n")
    workshop.build()
    extra.unlink()
    workshop.compiled.clear()
    assert workshop.build() == first
    assert workshop.compiled == []


def test_bytecode_beside_the_sources_is_no_change(workshop: Workshop) -> None:
    first = workshop.build()
    bytecode = workshop.root / "src" / "dlconcepts" / "__pycache__" / "a.cpython-311.pyc"
    bytecode.parent.mkdir()
    bytecode.write_bytes(b"x")
    workshop.lines.clear()
    assert workshop.build() == first
    assert workshop.lines == []


@pytest.mark.parametrize("damage", ["truncate", "remove", "no sums"])
@pytest.mark.parametrize("kind", ["downloads", "compiled", "library", "lock"])
def test_a_damaged_cache_entry_is_made_again(workshop: Workshop, kind: str, damage: str) -> None:
    first = workshop.build()
    shutil.rmtree(first)
    for entry in (workshop.root / "build" / "cache" / kind).iterdir():
        if damage == "no sums":
            (entry / store.SUMS).unlink()
            continue
        for path in entry.iterdir():
            if path.name == store.SUMS:
                continue
            if damage == "remove":
                path.unlink()
            else:
                path.write_bytes(path.read_bytes()[:-1])
    assert workshop.build() == first
    assert (
        hashlib.sha256((first / NUMPY).read_bytes()).hexdigest()
        in (first / "runtime.json").read_text()
    )


def test_a_damaged_runtime_is_packed_again(workshop: Workshop) -> None:
    first = workshop.build()
    good = (first / "pyodide.mjs").read_bytes()
    (first / "pyodide.mjs").write_bytes(b"")
    workshop.compiled.clear()
    assert workshop.build() == first
    assert (first / "pyodide.mjs").read_bytes() == good
    assert workshop.compiled == []


def test_what_a_killed_build_left_is_removed(workshop: Workshop) -> None:
    cache = workshop.root / "build" / "cache"
    runtime = workshop.root / "build" / "runtime"
    leftovers = [cache / ".part-1", cache / "compiled" / ".part-2", runtime / ".part-3"]
    for folder in leftovers:
        folder.mkdir(parents=True)
        (folder / "half").write_text("x")
    workshop.build()
    assert not [folder for folder in leftovers if folder.exists()]


def test_an_entry_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise RuntimeBuildError("stopped")

    cache = store.Cache(tmp_path)
    with pytest.raises(RuntimeBuildError, match="stopped"):
        cache.ensure("kind", "key", fill)
    assert cache.get("kind", "key") is None
    assert list((tmp_path / "kind").iterdir()) == []


def test_two_builds_wait_for_each_other(tmp_path: Path) -> None:
    cache = store.Cache(tmp_path)
    entered = threading.Event()
    lines: list[str] = []

    def other() -> None:
        with cache.lock(lines.append):
            entered.set()

    thread = threading.Thread(target=other)
    with cache.lock(lines.append):
        assert lines == []
        thread.start()
        assert not entered.wait(0.2)
        assert lines == ["Waiting for another build of the runtime in this checkout"]
    thread.join(10)
    assert entered.is_set()


# What goes wrong


def test_the_next_carrier_is_tried(workshop: Workshop) -> None:
    down = FakeCarrier("down", OSError("unplugged"))
    liar = FakeCarrier("liar", b"not the wheel")
    folder = workshop.build(down, liar)
    assert (folder / NUMPY).exists()
    assert "  down: unplugged" in workshop.lines
    assert any(line.startswith("  liar: sha256 is ") for line in workshop.lines)
    assert f"  {len(WHEEL):,} of {len(WHEEL):,} bytes" in workshop.lines


def test_each_megabyte_and_the_end_are_told() -> None:
    lines: list[str] = []
    tell = carriers._progress_lines(lines.append)
    for done in (10, 1_000_000, 1_999_999, 2_000_000, 2_000_010):
        tell(done, 2_000_010)
    assert lines == [f"  {at} of 2,000,010 bytes" for at in ("1,000,000", "2,000,000", "2,000,010")]


def test_what_the_compiler_answers_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "node"
    node.write_text(
        '#!/bin/sh\necho "{\\"python\\": \\"3.14\\", \\"names\\": {\\"$4\\": \\"b\\"}}"\n'
    )
    node.chmod(0o755)
    monkeypatch.setattr(wheels, "find_node", lambda: node)
    answer = wheels.run_compiler(Path("core"), Path("tools"), Path("work"))
    assert answer == {"python": "3.14", "names": {"work": "b"}}


def test_no_carrier_left_names_each_and_why(workshop: Workshop) -> None:
    workshop.carrier.answer = KeyError("no such member")
    with pytest.raises(RuntimeBuildError) as caught:
        workshop.build(FakeCarrier("first", OSError("unplugged")))
    assert "first: unplugged; good: no such member" in str(caught.value)
    assert "run the command again" in str(caught.value)


def test_a_wrong_hash_is_not_used(workshop: Workshop) -> None:
    workshop.carrier.answer = b"not the wheel"
    with pytest.raises(RuntimeBuildError) as caught:
        workshop.build()
    assert hashlib.sha256(b"not the wheel").hexdigest() in str(caught.value)
    assert DIGEST in str(caught.value)
    cache = workshop.root / "build" / "cache"
    assert not list(cache.glob("downloads/*"))
    assert not (workshop.root / "build" / "runtime").exists()


def test_node_modules_missing(workshop: Workshop) -> None:
    shutil.rmtree(workshop.root / "node_modules")
    with pytest.raises(RuntimeBuildError, match="run `npm ci"):
        workshop.build()


def test_another_pyodide_in_node_modules(workshop: Workshop) -> None:
    package = workshop.root / "node_modules" / "pyodide" / "package.json"
    package.write_text('{"version": "313.0.0"}')
    with pytest.raises(RuntimeBuildError, match=r"313\.0\.0, not 314\.0\.3: run `npm ci"):
        workshop.build()


@pytest.mark.parametrize("call", ["write_bytes", "write_text", "mkdir"])
def test_a_full_disk(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(path: Path, *_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, call, full)
        with pytest.raises(RuntimeBuildError, match=r"the disk is full at .*: free 100 MB"):
            workshop.build()
    assert not list((workshop.root / "build").glob(f"*/*/{store.PART}*"))
    assert workshop.build().exists()


def test_a_folder_that_cannot_be_written(workshop: Workshop) -> None:
    (workshop.root / "build").write_text("a file")
    with pytest.raises(RuntimeBuildError, match=r"at .*build.*: correct this"):
        workshop.build()


def test_no_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise nodejs.NodeNotFoundError("Node.js is missing: install it")

    monkeypatch.setattr(wheels, "find_node", none)
    with pytest.raises(RuntimeBuildError, match=r"Node\.js is missing: install it"):
        wheels.run_compiler(tmp_path, tmp_path, tmp_path)


def test_no_node_for_the_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise nodejs.NodeNotFoundError("Node.js is missing: install it")

    # The fixture's stand-in is not in use here.
    monkeypatch.setattr(snapshot, "find_node", none)
    with pytest.raises(RuntimeBuildError, match=r"Node\.js is missing: install it"):
        snapshot.make_snapshot(tmp_path, [], tmp_path)


def test_a_compiler_that_fails_shows_its_reason(tmp_path: Path) -> None:
    with pytest.raises(RuntimeBuildError, match=r"the byte-compiler failed: .*Cannot find module"):
        wheels.run_compiler(tmp_path, tmp_path, tmp_path)


def test_what_programs_pack_has_the_same_times_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    script = "import os, time; print(time.localtime(int(os.environ['SOURCE_DATE_EPOCH']))[:6])"
    assert wheels.run([sys.executable, "-c", script], "it failed") == "(2020, 2, 2, 0, 0, 0)\n"


def test_a_program_that_fails_silently() -> None:
    with pytest.raises(RuntimeBuildError, match="it failed: exit status 3"):
        wheels.run([sys.executable, "-c", "raise SystemExit(3)"], "it failed")


def test_tools_are_downloaded_once_and_only_with_their_hashes(tmp_path: Path) -> None:
    lock = tmp_path / wheels.TOOLS_LOCK
    lock.write_text("mdurl==0.1.2\n")
    with pytest.raises(RuntimeBuildError, match=r"requirements-pyodide\.lock: ERROR"):
        wheels._tools(lock, store.Cache(tmp_path), lambda _: None)


def test_a_library_that_cannot_be_built(workshop: Workshop) -> None:
    (workshop.root / "pyproject.toml").write_text("[project\n")
    with pytest.raises(
        RuntimeBuildError, match="hatchling could not build the wheel of dlconcepts"
    ):
        workshop.build()


def test_the_command_prints_the_folder(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pack, "carriers_for", lambda _: [workshop.carrier])
    assert main(workshop.root) == 0
    out, err = capsys.readouterr()
    assert Path(out.rstrip("\n")).parent == workshop.root / "build" / "runtime"
    assert "Downloading" in err


def test_the_module_is_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(root: Path, *, report: object) -> Path:
        raise RuntimeBuildError(f"nothing is built in {root}")

    monkeypatch.setattr("dlsite.runtime.build", refuse)
    monkeypatch.delitem(sys.modules, "dlsite.runtime.__main__")
    with pytest.raises(SystemExit, match="1"):
        runpy.run_module("dlsite.runtime", run_name="__main__")
    assert capsys.readouterr().err == f"error: nothing is built in {ROOT}\n"


def test_the_library_is_a_wheel_of_the_sources_alone(workshop: Workshop) -> None:
    wheel = pack.build_library(workshop.root, report=workshop.lines.append)
    with zipfile.ZipFile(wheel) as archive:
        modules = [name for name in archive.namelist() if name.endswith(".py")]
    assert modules == ["dlconcepts/__init__.py"]
    assert pack.build_library(workshop.root, report=workshop.lines.append) == wheel


def test_the_command_prints_one_sentence(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(workshop.root / "node_modules")
    assert main(workshop.root) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: node_modules has no Pyodide")
    assert err.count("\n") == 1


# The carriers, against a server of our own


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves a dict of path → (type, bytes), with byte ranges unless told otherwise."""

    files: dict[str, tuple[str, bytes]]
    ranges = True

    def do_GET(self) -> None:
        if self.path not in self.files:
            self.send_error(404)
            return
        kind, data = self.files[self.path]
        total = len(data)
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if wanted and self.ranges:
            first, last = wanted.groups()
            start = int(first) if first else max(0, total - int(last))
            stop = min(total, int(last) + 1) if first and last else total
            data = data[start:stop]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{total}")
        else:
            self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Server:
    address: str
    handler: type[Handler]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(carriers, "pip_settings", dict)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    carrier = carriers.carriers_for("314.0.3")[0]
    assert isinstance(carrier, carriers.IndexWheel)
    filler: dict[str, str | bytes] = {f"filler{i}": random.randbytes(100) for i in range(2000)}
    big = wheel_bytes({f"{carrier.folder}/{NUMPY}": WHEEL, **filler})
    page = f'<!DOCTYPE html><a href="/files/{carrier.wheel}">{carrier.wheel}</a>'.encode()

    class Ours(Handler):
        pass

    Ours.files = {
        "/simple/open-webui/": ("text/html", page),
        f"/files/{carrier.wheel}": ("application/zip", big),
        f"/pyodide/v314.0.3/full/{NUMPY}": ("application/zip", WHEEL),
    }

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ours) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        yield Server(f"http://127.0.0.1:{listening.server_port}", Ours)
        listening.shutdown()
        thread.join()


def at(server: Server, kind: str) -> carriers.Carrier:
    if kind == "cdn":
        return carriers.ReleaseCdn("314.0.3", f"{server.address}/pyodide")
    wheel = carriers.carriers_for("314.0.3")[0]
    assert isinstance(wheel, carriers.IndexWheel)
    return carriers.IndexWheel(wheel.project, wheel.wheel, wheel.folder, f"{server.address}/simple")


@pytest.mark.parametrize("kind", ["cdn", "index"])
def test_a_carrier_brings_the_file_and_tells_how_far_it_is(server: Server, kind: str) -> None:
    seen: list[tuple[int, int]] = []
    data = at(server, kind).fetch(NUMPY, lambda done, total: seen.append((done, total)))
    assert data == WHEEL
    assert seen[-1] == (len(WHEEL), len(WHEEL))


@pytest.mark.parametrize("kind", ["cdn", "index"])
def test_a_carrier_without_the_file(server: Server, kind: str) -> None:
    with pytest.raises(RuntimeBuildError, match=r"HTTP 404|There is no item named"):
        carriers.fetch("other.whl", DIGEST, [at(server, kind)], lambda _: None)


def test_an_index_that_serves_no_ranges(server: Server) -> None:
    server.handler.ranges = False
    with pytest.raises(RuntimeBuildError, match="doesn't support range requests"):
        carriers.fetch(NUMPY, DIGEST, [at(server, "index")], lambda _: None)


def test_an_index_without_the_wheel(server: Server) -> None:
    server.handler.files["/simple/open-webui/"] = ("text/html", b"<!DOCTYPE html>")
    with pytest.raises(RuntimeBuildError, match="the index does not list it"):
        carriers.fetch(NUMPY, DIGEST, [at(server, "index")], lambda _: None)


def test_an_index_without_the_project(server: Server) -> None:
    del server.handler.files["/simple/open-webui/"]
    with pytest.raises(RuntimeBuildError, match="No details about project"):
        carriers.fetch(NUMPY, DIGEST, [at(server, "index")], lambda _: None)


def test_refused_connections_fail_over_at_once(server: Server) -> None:
    nowhere = Server("http://127.0.0.1:9", server.handler)
    lines: list[str] = []
    order = [at(nowhere, "index"), at(nowhere, "cdn"), at(server, "cdn")]
    assert carriers.fetch(NUMPY, DIGEST, order, lines.append) == WHEEL
    assert [line for line in lines if line.endswith(": no connection")] == [
        "  open_webui-0.12.4-py3-none-any.whl on the package index: no connection",
        "  Pyodide release CDN: no connection",
    ]


def test_pip_configuration_decides_the_index(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"index-url": f"{server.address}/simple", "cert": "unused.pem"}
    monkeypatch.setattr(carriers, "pip_settings", lambda: settings)
    data = carriers.carriers_for("314.0.3")[0].fetch(NUMPY, lambda *_: None)
    assert data == WHEEL


def test_pip_settings_are_those_of_pip_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = http://a/\ncert = a.pem\n[install]\nindex-url = http://b/\n"
        "[freeze]\nindex-url = http://d/\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    for name in ("PIP_INDEX_URL", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    assert carriers.pip_settings()["index-url"] == "http://b/"
    assert carriers.pip_settings()["cert"] == "a.pem"
    monkeypatch.setenv("PIP_INDEX_URL", "http://c/")
    assert carriers.pip_settings()["index-url"] == "http://c/"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("ConnectTimeout", "no connection within 5 s"),
        ("ReadTimeout", "silent for 60 s"),
        ("ProxyError", "ProxyError"),
        ("SSLError", "SSLError"),
    ],
)
def test_reasons_are_short(error: str, text: str) -> None:
    import requests

    kind: type[Exception] = getattr(requests.exceptions, error)
    assert carriers.reason(kind("HTTPSConnectionPool(…)")) == text
    assert carriers.reason(ValueError()) == "ValueError"


# For real

LOAD = """
import { loadPyodide } from %s;
const pyodide = await loadPyodide({ indexURL: %s });
const loaded = await pyodide.loadPackage(['numpy', 'dlconcepts'], { messageCallback() {} });
const answer = await pyodide.runPythonAsync(`
import inspect, json, platform, sys
import numpy, dlconcepts
from dlconcepts import datasets
json.dumps({
    "numpy": numpy.__version__,
    "sum": float(numpy.arange(5.0).sum()),
    "docstring": (numpy.linalg.svd.__doc__ or "")[:40].strip(),
    "numpy bytecode": numpy.__file__,
    "source": inspect.getsource(dlconcepts),
    "bytecode": dlconcepts.__spec__.cached,
    "asserts": __debug__,
    "digits": float(datasets.digits().X.sum()),
    "python": platform.python_version(),
})
`);
console.log(JSON.stringify({ loaded: loaded.map((each) => each.name), ...JSON.parse(answer) }));
"""


def test_the_real_runtime_loads_numpy_and_dlconcepts(tmp_path: Path) -> None:
    folder = build(ROOT, report=print)
    about = json.loads((folder / "runtime.json").read_text())
    script = tmp_path / "load.mjs"
    entry = (folder / "pyodide.mjs").as_uri()
    script.write_text(LOAD % (json.dumps(entry), json.dumps(f"{folder}/")))
    done = subprocess.run(
        [str(nodejs.find_node()), str(script)], capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    assert answer["numpy"] == "2.4.3"
    assert answer["sum"] == 10.0
    assert answer["docstring"].startswith("Singular Value Decomposition")
    assert answer["numpy bytecode"].endswith(".pyc")
    assert answer["source"] == (ROOT / "src" / "dlconcepts" / "__init__.py").read_text()
    assert answer["bytecode"].endswith("__pycache__/__init__.cpython-314.pyc")
    assert answer["asserts"] is True
    with np.load(ROOT / "src" / "dlconcepts" / "data" / "digits.npz") as stored:
        assert answer["digits"] == stored["X"].sum() / 16
    assert answer["python"] == about["python"] == "3.14.2"
    assert sorted(answer["loaded"]) == sorted(about["packages"])


RESTORE = """
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import * as snapshots from %s;
const folder = %s;
const { loadPyodide } = await import(`${folder}pyodide.mjs`);
const { default: create } = await import(`${folder}pyodide.asm.mjs`);
const snapshot = JSON.parse(readFileSync(`${folder}snapshot.json`, "utf8"));
const code = gunzipSync(readFileSync(`${folder}libraries.bin.gz`));
let from = 0;
const libraries = snapshot.libraries.map(({ path, bytes }) => ({
  path, module: new WebAssembly.Module(code.subarray(from, (from += bytes))),
}));
const python = await loadPyodide({
  indexURL: folder,
  env: { ...snapshots.ENVIRONMENT },
  _loadSnapshot: Buffer.from(snapshot.head, "base64"),
  createPyodideModule: async (settings) => {
    settings.thisProgram = snapshots.PROGRAM;
    const module = await create(settings);
    snapshots.unpack(module, snapshot, readFileSync(`${folder}memory.zst`));
    snapshots.loadLibraries(module, libraries);
    snapshots.restore(module, snapshot);
    return module;
  },
});
python.runPython(snapshots.REFRESH);
console.log(python.runPython(`
import json, os, random, sys, time
loaded = {name: name in sys.modules for name in ("numpy.random", "dlconcepts.losses", "dlsite.runner")}
import numpy as np
json.dumps({
    "loaded": loaded,
    "drawn": [np.random.default_rng().random(), np.random.random(), random.random(), os.urandom(8).hex()],
    "seeded": np.random.default_rng(0).random(),
    "inverse": np.linalg.inv(np.diag([2.0, 4.0])).tolist(),
    "spectrum": np.fft.fft(np.arange(4)).real.tolist(),
    "time": time.time(),
    "zone": [*time.tzname, time.timezone, time.strftime("%%Z")],
    "seed in the environment": "PYTHONHASHSEED" in os.environ,
})
`));
"""


def restored(folder: Path, work: Path, zone: str) -> dict[str, Any]:
    """What a Python says that goes on from the snapshot."""
    script = work / "restore.mjs"
    source = (snapshot.LIVE / "snapshot.js").as_uri()
    script.write_text(RESTORE % (json.dumps(source), json.dumps(f"{folder}/")))
    done = subprocess.run(
        [str(nodejs.find_node()), str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TZ": zone},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_real_snapshot_has_everything_imported_and_each_start_its_own_randomness_and_time(
    tmp_path: Path,
) -> None:
    folder = build(ROOT, report=print)
    one, other = (restored(folder, tmp_path, zone) for zone in ("America/New_York", "Asia/Tokyo"))
    assert all(one["loaded"].values())
    assert one["inverse"] == [[0.5, 0.0], [0.0, 0.25]]
    assert one["spectrum"] == [6.0, -2.0, -2.0, -2.0]
    assert one["seeded"] == other["seeded"] == np.random.default_rng(0).random()
    for drawn in zip(one["drawn"], other["drawn"], strict=True):
        assert drawn[0] != drawn[1]
    assert abs(other["time"] - time.time()) < 60
    assert one["zone"][2] == 5 * 3600
    assert other["zone"] == ["UTC+0900", "UTC+0900", -9 * 3600, "UTC+0900"]
    assert not one["seed in the environment"]


def test_the_real_snapshot_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    folder = build(ROOT, report=print)
    about = json.loads((folder / "runtime.json").read_text())
    inputs = [next(folder.glob(f"{name}-*.whl")) for name in about["packages"]]
    snapshot.make_snapshot(ROOT / "node_modules" / "pyodide", inputs, tmp_path)
    for name in snapshot.FILES:
        assert store.sha256(tmp_path / name) == about["files"][name]["sha256"], name
