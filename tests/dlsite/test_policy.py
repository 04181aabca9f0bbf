"""The policy allows the inline scripts of the pages and nothing else that a page could write."""

import re
from pathlib import Path

import pytest

from dlsite.policy import HEADERS, inline_scripts, policy, seal, with_policy

# The digest of `alert('Hello, world.');` in the specification of Content Security Policy Level 3, section 8.
HELLO = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
HELLO_SCRIPT = "<script>alert('Hello, world.');</script>"
PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>A</title></head><body>{}</body></html>'
)


@pytest.mark.parametrize(
    "script",
    [
        HELLO_SCRIPT,
        HELLO_SCRIPT.replace("<script>", '<script type="module">'),
        HELLO_SCRIPT.replace("<script>", '<script type="text/javascript" async>'),
    ],
)
def test_an_inline_script_is_named_by_its_digest(script: str) -> None:
    assert inline_scripts(PAGE.format(script)) == {HELLO}


@pytest.mark.parametrize(
    "script",
    [
        '<script src="a.js"></script>',
        '<script type="application/json">{"a": 1}</script>',
        '<script type="application/ld+json">{}</script>',
        "<p>script</p>",
    ],
)
def test_files_and_data_need_no_digest(script: str) -> None:
    assert inline_scripts(PAGE.format(script)) == set()


@pytest.mark.parametrize("header", [False, True])
def test_nothing_else_runs(header: bool) -> None:
    rules = dict(rule.split(" ", 1) for rule in policy({HELLO}, header=header).split("; "))
    assert rules["default-src"] == "'none'"
    assert set(rules["script-src"].split()) == {"'self'", "'wasm-unsafe-eval'", HELLO}
    assert ("frame-ancestors" in rules) == header
    assert not any(source.startswith("http") for rule in rules.values() for source in rule.split())


def test_a_site_is_sealed_with_one_policy_for_all_pages(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text(PAGE.format(HELLO_SCRIPT), encoding="utf-8")
    (tmp_path / "index.html").write_text(PAGE.format("<script>1</script>"), encoding="utf-8")
    seal(tmp_path)
    found = set()
    for name in ("index.html", "a/index.html"):
        html = (tmp_path / name).read_text(encoding="utf-8")
        head = re.search(
            r'<head><meta charset="utf-8"><meta http-equiv="([\w-]+)" content="([^"]+)">', html
        )
        assert head
        assert head[1] == "Content-Security-Policy"
        assert head[2].count("'sha256-") == 2
        found.add(head[2])
    assert len(found) == 1
    headers = (tmp_path / HEADERS).read_text(encoding="utf-8").splitlines()
    assert headers[0] == "/*"
    assert headers[1].startswith(f"  Content-Security-Policy: {found.pop()}; frame-ancestors")


def test_a_page_without_a_place_for_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no <meta charset"):
        with_policy("<html></html>", "x")
    (tmp_path / "bare.html").write_text("<p>bare</p>", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^bare\.html: "):
        seal(tmp_path)
