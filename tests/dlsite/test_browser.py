"""Finding and installing a browser."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlsite import browser
from dlsite.browser import Browser, BrowserNotFoundError


def program(folder: Path, name: str, script: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, without a browser; we are root."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("DL_BROWSER", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path / "bin"


@pytest.mark.parametrize(("name", "kind"), browser.NAMES.items())
def test_each_name_is_known(path: Path, name: str, kind: browser.Kind) -> None:
    installed = program(path, name)
    program(path, browser.SCREEN)
    assert browser.find_browser(kind) == Browser(kind, installed)


def test_webkit_is_found_only_where_it_is_asked_for_and_has_a_screen(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = program(path, "WebKitWebDriver")
    with pytest.raises(BrowserNotFoundError, match="no webkit is installed: install"):
        browser.find_browser("webkit")
    program(path, browser.SCREEN)
    monkeypatch.setenv("DL_BROWSER", str(program(path.parent / "elsewhere", "chrome")))
    assert browser.find_browser("webkit") == Browser("webkit", driver)
    assert browser.find_browser().kind == "chromium"
    monkeypatch.delenv("DL_BROWSER")
    with pytest.raises(BrowserNotFoundError, match="no browser is installed"):
        browser.find_browser()


def test_the_kind_decides(path: Path) -> None:
    program(path, "chromium")
    firefox = program(path, "firefox-esr")
    assert browser.find_browser().kind == "chromium"
    assert browser.find_browser("firefox") == Browser("firefox", firefox)
    firefox.unlink()
    with pytest.raises(BrowserNotFoundError, match="no firefox is installed: install"):
        browser.find_browser("firefox")


@pytest.mark.parametrize(
    ("name", "kind"), [("my-chrome", "chromium"), ("Firefox Nightly", "firefox")]
)
def test_the_environment_overrides(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: browser.Kind
) -> None:
    program(path, "chromium")
    elsewhere = program(path.parent / "elsewhere", name)
    monkeypatch.setenv("DL_BROWSER", str(elsewhere))
    assert browser.find_browser() == Browser(kind, elsewhere)


def test_the_environment_names_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = fake_apt(path)
    monkeypatch.setenv("DL_BROWSER", "/nowhere/chrome")
    with pytest.raises(
        BrowserNotFoundError, match="DL_BROWSER names /nowhere/chrome, which is not"
    ):
        browser.ensure_browser()
    assert not log.exists()


def test_the_environment_names_another_kind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DL_BROWSER", str(program(path, "chromium")))
    with pytest.raises(BrowserNotFoundError, match="which is not firefox"):
        browser.find_browser("firefox")


def fake_apt(path: Path, status: int = 0) -> Path:
    """An apt-get that notes what it is asked and installs a browser when asked to."""
    log = path.parent / "log"
    program(path.parent, "later")
    copy = f'for package; do :; done; PATH=/usr/bin:/bin cp {path.parent}/later "{path}/$package"'
    program(
        path,
        "apt-get",
        f'echo "$DEBIAN_FRONTEND $@" >> {log}\n[ $1 = install ] && {{ {copy}; }}\nexit {status}',
    )
    return log


def test_root_with_apt_installs_chromium(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = fake_apt(path)
    assert browser.main() == 0
    assert log.read_text().splitlines() == [
        "noninteractive update",
        "noninteractive install --yes --no-install-recommends chromium",
    ]
    out, err = capfd.readouterr()
    assert out == f"{path / 'chromium'}\n"
    assert err.splitlines() == [
        "+ apt-get update",
        "+ apt-get install --yes --no-install-recommends chromium",
    ]


def test_each_engine_that_is_named_is_installed(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program(path, "chromium")
    log = fake_apt(path)
    assert browser.main(["chromium", "firefox"]) == 0
    assert log.read_text().splitlines()[1:] == [
        "noninteractive install --yes --no-install-recommends firefox-esr"
    ]
    assert capfd.readouterr().out.split() == [str(path / "chromium"), str(path / "firefox-esr")]


def test_webkit_comes_with_its_screen(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program(path, "chromium")
    log = fake_apt(path)
    assert (
        browser.main(["chromium", "webkit"]) == 1
    )  # the packages are not called as their programs
    assert log.read_text().splitlines()[1:] == [
        "noninteractive install --yes --no-install-recommends webkit2gtk-driver xvfb"
    ]
    assert "no webkit is installed" in capfd.readouterr().err


def test_an_unknown_engine(capfd: pytest.CaptureFixture[str]) -> None:
    assert browser.main(["chromium", "netscape"]) == 2
    assert (
        capfd.readouterr().err == "error: no engine netscape: there are chromium, firefox, webkit\n"
    )


def test_an_installed_browser_is_enough(path: Path) -> None:
    log = fake_apt(path)
    program(path, "firefox")
    assert browser.ensure_browser().kind == "firefox"
    assert not log.exists()


def test_apt_fails(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fake_apt(path, 100)
    assert browser.main() == 1
    assert capfd.readouterr().err.splitlines()[-1] == (
        f"error: `apt-get update` failed: {browser.REMEDY}"
    )


@pytest.mark.parametrize("lacking", ["root", "apt"])
def test_what_to_install_when_it_cannot_be_done(
    path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    if lacking == "root":
        fake_apt(path)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(
        BrowserNotFoundError, match=r"no browser is installed: install Chromium, Firefox or"
    ):
        browser.ensure_browser()


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlsite.browser", "netscape"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: no engine netscape")
