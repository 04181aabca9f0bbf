"""Find a browser for the tests, or install Debian's Chromium."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal, NamedTuple

Kind = Literal["chromium", "firefox"]

NAMES: dict[str, Kind] = {
    "chromium": "chromium",
    "chromium-browser": "chromium",
    "google-chrome": "chromium",
    "google-chrome-stable": "chromium",
    "firefox-esr": "firefox",
    "firefox": "firefox",
}
REMEDY = "install Chromium or Firefox (Debian: `apt-get install chromium`) or set DL_BROWSER"


class BrowserNotFoundError(RuntimeError):
    """One sentence: no browser, and how to get one."""


class Browser(NamedTuple):
    """A browser that is installed."""

    kind: Kind
    path: Path


def find_browser(kind: Kind | None = None) -> Browser:
    """The browser that DL_BROWSER names, else the first one installed.

    Args:
        kind: Accept only browsers of this kind; DL_BROWSER must then name one.

    Raises:
        BrowserNotFoundError: there is none.
    """
    wanted = os.environ.get("DL_BROWSER")
    if wanted:
        path = shutil.which(wanted)
        if path is None:
            raise BrowserNotFoundError(
                f"DL_BROWSER names {wanted}, which is not a program: {REMEDY}"
            )
        found: Kind = "firefox" if "firefox" in Path(wanted).name.lower() else "chromium"
        if kind not in (None, found):
            raise BrowserNotFoundError(f"DL_BROWSER names {wanted}, which is not {kind}: {REMEDY}")
        return Browser(found, Path(path))
    for name, of_kind in NAMES.items():
        path = shutil.which(name)
        if path is not None and kind in (None, of_kind):
            return Browser(of_kind, Path(path))
    raise BrowserNotFoundError(f"no {kind or 'browser'} is installed: {REMEDY}")


def ensure_browser() -> Browser:
    """`find_browser`, after installing Debian's Chromium where that is possible.

    Raises:
        BrowserNotFoundError: there is none and it cannot be installed.
    """
    try:
        return find_browser()
    except BrowserNotFoundError:
        # A wrong DL_BROWSER is for its author to correct.
        if os.environ.get("DL_BROWSER") or os.geteuid() != 0 or not shutil.which("apt-get"):
            raise
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
    ):
        print("+", *command, file=sys.stderr, flush=True)
        if subprocess.run(command, env=env, check=False, stdout=sys.stderr).returncode:
            raise BrowserNotFoundError(f"`{' '.join(command)}` failed: {REMEDY}")
    return find_browser()


def main() -> int:
    """Print the browser's path, installing it if need be; the exit status."""
    try:
        print(ensure_browser().path)
    except BrowserNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
