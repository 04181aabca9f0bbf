"""The list of what may be kept without a network, and the service worker's version."""

import hashlib
import json
from pathlib import Path

import pytest

from dlsite.offline import listing, script, stable_name


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in (
        "index.html",
        "a/index.html",
        "a/a.ipynb",
        "404.html",
        "sitemap.xml",
        "sitemap.xml.gz",
        "objects.inv",
        "sw.js",
        "offline.json",
        "assets/previews/a-0123abcd.png",
        "assets/live/page-ABCD2345.js",
        "assets/live/manifest.json",
        "assets/javascripts/bundle.0123abcd.min.js",
        "assets/javascripts/bundle.0123abcd.min.js.map",
        "assets/runtime/0123456789abcdef/numpy.whl",
        "assets/runtime/0123456789abcdef/scipy.whl",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"this is {name}", encoding="utf-8")
    return tmp_path


def test_the_list_has_addresses_sizes_and_hashes_of_what_a_reader_needs(site: Path) -> None:
    files = json.loads(listing(site, {"assets/runtime/0123456789abcdef/scipy.whl"}))["files"]
    assert set(files) == {
        "",
        "a/",
        "a/a.ipynb",
        "404.html",
        "sitemap.xml",
        "assets/live/page-ABCD2345.js",
        "assets/javascripts/bundle.0123abcd.min.js",
        "assets/runtime/0123456789abcdef/numpy.whl",
        "assets/runtime/0123456789abcdef/scipy.whl",
    }
    content = (site / "a" / "index.html").read_bytes()
    assert files["a/"]["bytes"] == len(content)
    assert hashlib.sha256(content).hexdigest().startswith(files["a/"]["sha256"])
    assert len(files["a/"]["sha256"]) == 12
    assert [path for path, entry in files.items() if "extra" in entry] == [
        "assets/runtime/0123456789abcdef/scipy.whl"
    ]
    assert files["assets/live/page-ABCD2345.js"]["name"] == "assets/live/page-*.js"
    assert "name" not in files["a/"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("assets/live/page-YFTBPQDX.js", "assets/live/page-*.js"),
        ("assets/live/KaTeX_Main-Bold-YP5VVQRP.woff2", "assets/live/KaTeX_Main-Bold-*.woff2"),
        ("assets/javascripts/bundle.a5f9d56c.min.js", "assets/javascripts/bundle.*.min.js"),
        ("assets/runtime/809e01490fe65f72/a-1.0.whl", "assets/runtime/*/a-1.0.whl"),
        ("assets/wheels/dlconcepts-0.1.0-py3-none-any.whl", ""),
        ("assets/_mkdocstrings.css", ""),
        ("autoencoders/contractive-deadbeef/", ""),
    ],
)
def test_an_address_that_holds_its_contents_hash_has_a_name_without(path: str, name: str) -> None:
    assert stable_name(path) == (name or path)


def test_the_version_changes_with_any_file_and_with_nothing_else(site: Path) -> None:
    def version() -> str:
        return str(json.loads(listing(site, ()))["version"])

    first = version()
    (site / "sw.js").write_text("another", encoding="utf-8")
    (site / "a" / "index.html").touch()
    assert version() == first
    (site / "a" / "index.html").write_text("changed", encoding="utf-8")
    assert version() != first


def test_another_version_is_another_script(site: Path) -> None:
    first = script("work();", listing(site, ()))
    assert first.startswith('self.DL_VERSION="')
    assert first.endswith(";\nwork();")
    (site / "a" / "index.html").write_text("changed", encoding="utf-8")
    assert script("work();", listing(site, ())) != first
