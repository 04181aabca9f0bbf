"""Find a Node.js that is new enough, or install one from the package index."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 20
LOCK = Path(__file__).parents[2] / "requirements-node.lock"
REMEDY = f"install Node.js {OLDEST} or later with npm, or run `python -m dlsite.nodejs`"


class NodeNotFoundError(RuntimeError):
    """One sentence: no usable Node.js, and how to get one."""


def find_node() -> Path:
    """The `node` of this environment, else the one on PATH.

    Only the first one counts: `npm` and `make` would run no other.

    Raises:
        NodeNotFoundError: it is missing or too old, or has no npm.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()])
    node = shutil.which("node", path=path)
    if node is None:
        raise NodeNotFoundError(f"Node.js is missing: {REMEDY}")
    version = _version(node)
    if version < OLDEST:
        raise NodeNotFoundError(f"{node} is Node.js {version}, too old: {REMEDY}")
    if shutil.which("npm", path=path) is None:
        raise NodeNotFoundError(f"{node} has no npm: {REMEDY}")
    return Path(node)


def ensure_node() -> Path:
    """`find_node`, after installing Node.js into this environment when there is none.

    Raises:
        NodeNotFoundError: there is none and pip cannot install one.
    """
    try:
        return find_node()
    except NodeNotFoundError:
        print("Installing Node.js from the package index", file=sys.stderr, flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "--require-hashes", "--only-binary=:all:", "-r", str(LOCK)]
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
        message = f"pip could not install Node.js: install Node.js {OLDEST} or later with npm"
        raise NodeNotFoundError(message)
    return find_node()


def _version(node: str) -> int:
    """The major version, 0 when the program does not run."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    match = re.match(r"v(\d+)\.", done.stdout)
    return int(match[1]) if match else 0


def main() -> int:
    """Print the folder of a usable `node`, installing it if need be; the exit status."""
    try:
        print(ensure_node().parent)
    except NodeNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
