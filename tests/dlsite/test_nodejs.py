"""Finding and installing Node.js."""

import subprocess
import sys
from pathlib import Path

import pytest

from dlsite import nodejs


def program(path: Path, prints: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {prints}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment and a PATH without Node.js."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    return tmp_path


def give(folder: Path, version: str = "v20.1.0", *, npm: bool = True) -> Path:
    if npm:
        program(folder / "npm", "11.0.0")
    return program(folder / "node", version)


def test_node_on_path(environment: Path) -> None:
    node = give(environment / "path")
    assert nodejs.find_node() == node


def test_node_of_the_environment_comes_first(environment: Path) -> None:
    give(environment / "path", "v18.0.0")
    node = give(environment / "venv" / "bin", "v24.0.0")
    assert nodejs.find_node() == node


def test_none(environment: Path) -> None:
    with pytest.raises(nodejs.NodeNotFoundError, match=r"Node\.js is missing: install Node\.js 20"):
        nodejs.find_node()


@pytest.mark.parametrize(("prints", "version"), [("v18.19.0", 18), ("nonsense", 0)])
def test_too_old(environment: Path, prints: str, version: int) -> None:
    give(environment / "path", prints)
    with pytest.raises(nodejs.NodeNotFoundError, match=rf"is Node\.js {version}, too old: install"):
        nodejs.find_node()


def test_a_program_that_cannot_run(environment: Path) -> None:
    give(environment / "path").write_text("#!/nowhere/at/all\n")
    with pytest.raises(nodejs.NodeNotFoundError, match="too old: install"):
        nodejs.find_node()


def test_no_npm(environment: Path) -> None:
    give(environment / "path", npm=False)
    with pytest.raises(nodejs.NodeNotFoundError, match="has no npm: install"):
        nodejs.find_node()


def fake_pip(environment: Path, status: int) -> Path:
    """A Python whose pip notes what it is asked and installs a Node.js."""
    folder = environment / "venv" / "bin"
    python = program(folder / "python", "")
    give(folder / "later")
    python.write_text(
        f'#!/bin/sh\necho "$@" > {folder}/asked\n'
        f"[ {status} = 0 ] && PATH=/usr/bin:/bin cp {folder}/later/* {folder}\nexit {status}\n"
    )
    return folder


def test_a_missing_node_is_installed_with_its_hashes(
    environment: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = fake_pip(environment, 0)
    assert nodejs.main() == 0
    out, err = capfd.readouterr()
    assert out == f"{folder}\n"
    assert err == "Installing Node.js from the package index\n"
    asked = (folder / "asked").read_text()
    assert asked.startswith("-m pip install ")
    assert "--require-hashes" in asked
    assert asked.endswith("requirements-node.lock\n")
    assert nodejs.LOCK.exists()


def test_a_node_that_is_there_is_not_installed_again(environment: Path) -> None:
    folder = fake_pip(environment, 0)
    give(environment / "path")
    assert nodejs.ensure_node() == environment / "path" / "node"
    assert not (folder / "asked").exists()


def test_neither_works(environment: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fake_pip(environment, 1)
    assert nodejs.main() == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == (
        "error: pip could not install Node.js: install Node.js 20 or later with npm"
    )


def test_the_node_of_this_machine() -> None:
    assert nodejs.find_node().exists()


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlsite.nodejs"], capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.rstrip("\n")) == nodejs.find_node().parent
