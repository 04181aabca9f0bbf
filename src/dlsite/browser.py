"""Find the browsers for the tests, or install Debian's."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, cast

Kind = Literal["chromium", "firefox", "webkit"]

NAMES: dict[str, Kind] = {
    "chromium": "chromium",
    "chromium-browser": "chromium",
    "google-chrome": "chromium",
    "google-chrome-stable": "chromium",
    "firefox-esr": "firefox",
    "firefox": "firefox",
    "WebKitWebDriver": "webkit",  # starts the browser that comes with it
}
PACKAGES: dict[Kind, tuple[str, ...]] = {
    "chromium": ("chromium",),
    "firefox": ("firefox-esr",),
    "webkit": ("webkit2gtk-driver", "xvfb"),
}
SCREEN = "Xvfb"  # what WebKit shows its windows on
REMEDY = (
    "install Chromium, Firefox or WebKit (Debian: chromium, firefox-esr, webkit2gtk-driver and xvfb) "
    "or set DL_BROWSER"
)


class BrowserNotFoundError(RuntimeError):
    """One sentence: no browser, and how to get one."""


class Browser(NamedTuple):
    """A browser that is installed."""

    kind: Kind
    path: Path


def find_browser(kind: Kind | None = None) -> Browser:
    """The browser that DL_BROWSER names, else the first one installed.

    Args:
        kind: Accept only browsers of this kind; DL_BROWSER must then name one, unless it is WebKit, which has a driver
            of its own and is found by itself, and only where it is asked for.

    Raises:
        BrowserNotFoundError: there is none.
    """
    wanted = os.environ.get("DL_BROWSER")
    if wanted and kind != "webkit":
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
        if path is None or of_kind != (kind or of_kind):
            continue
        if of_kind != "webkit" or (kind and shutil.which(SCREEN)):
            return Browser(of_kind, Path(path))
    raise BrowserNotFoundError(f"no {kind or 'browser'} is installed: {REMEDY}")


def ensure_browser(kind: Kind | None = None) -> Browser:
    """`find_browser`, after installing Debian's package where that is possible.

    Args:
        kind: Which one; Chromium is installed where any would do and there is none.

    Raises:
        BrowserNotFoundError: there is none and it cannot be installed.
    """
    try:
        return find_browser(kind)
    except BrowserNotFoundError:
        # A wrong DL_BROWSER is for its author to correct.
        named = os.environ.get("DL_BROWSER") and kind != "webkit"
        if named or os.geteuid() != 0 or not shutil.which("apt-get"):
            raise
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    packages = PACKAGES[kind or "chromium"]
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
    ):
        print("+", *command, file=sys.stderr, flush=True)
        if subprocess.run(command, env=env, check=False, stdout=sys.stderr).returncode:
            raise BrowserNotFoundError(f"`{' '.join(command)}` failed: {REMEDY}")
    return find_browser(kind)


def main(arguments: Sequence[str] = ()) -> int:
    """Print where the browsers of the named kinds are, or one of any kind; install what is missing.

    Returns:
        The exit status.
    """
    unknown = set(arguments) - set(PACKAGES)
    if unknown:
        print(
            f"error: no engine {', '.join(sorted(unknown))}: there are {', '.join(PACKAGES)}",
            file=sys.stderr,
        )
        return 2
    try:
        for kind in [cast("Kind", argument) for argument in arguments] or (None,):
            print(ensure_browser(kind).path)
    except BrowserNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
