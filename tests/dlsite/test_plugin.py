"""The plugin in a small site that MkDocs builds; the bundle, the runtime and the renderer are stood in for."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, PluginError

from dlsite import nodejs, runtime, workshop
from dlsite.cells import Cell, RenderError, current_place, set_place
from dlsite.plugin import SitePlugin
from dlsite.runner import Event
from dlsite.workshop import Workshop, run_cells, workshop_at

ROOT = Path(__file__).parents[2]
CONFIG = """
site_name: Small
site_url: https://example.org/sub/path/
strict: true
exclude_docs: |
  questions.yml
  anchors.txt
  permalinks.txt
  references.bib
  errata.yml
theme: {name: null, custom_dir: theme}
plugins: [dlsite]
markdown_extensions:
  - attr_list
  - md_in_html
  - toc
  - pymdownx.arithmatex: {generic: true}
  - pymdownx.superfences
  - dlsite.cells
  - dlsite.formulas
  - dlsite.references: {file: docs/references.bib}
validation: {links: {anchors: warn}}
"""
TEMPLATE = """\
<meta charset="utf-8">
<link href="{{ live.style | url }}"><script src="{{ live.entry | url }}"></script>
<i>{{ live.runtime | url }}</i><u>{{ live.bytes }}</u><b>{% if question %}{{ question.title }}{% endif %}</b>
{% for entry in catalogue.entries.values() %}<s id="{{ entry.slug }}">{{ levels[1] }}</s>{% endfor %}
{{ page.content }}
"""
SIZES = "{% for d in page.meta.downloads %}<em>{{ d.file }} {{ sizes[d.file] }}</em>{% endfor %}"
HOME = """\
---
title: Home
---

# Home

Go to [first](q:first#step-1), [second](q:second), or [third](q:third#why).

```python live="home"
print(6 * 7)
```
"""
ALL = "---\nlists_all: true\n---\n\n# All questions\n"


@pytest.fixture
def site(tmp_path: Path, docs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The checkout of a small site, ready to build."""
    for name, text in {
        "mkdocs.yml": CONFIG,
        "theme/main.html": TEMPLATE,
        "docs/index.md": HOME,
        "docs/questions.md": ALL,
        "docs/bibliography.md": "# Bibliography\n\n[@bibliography]\n",
        "docs/anchors.txt": "first#step-1\n",
        "build/sw.js": "worker();",
        "made/page-1.js": "page",
        "made/site-1.css": "style",
        "made/manifest.json": json.dumps(
            {
                "entry": "page-1.js",
                "style": "site-1.css",
                "hide": "hide-1.js",
                "forward": "forward-1.js",
            }
        ),
        "runtime/abc/pyodide.mjs": "pyodide",
        "runtime/abc/runtime.json": json.dumps(
            {"files": {"pyodide.mjs": {"bytes": 7}}, "start": ["pyodide.mjs"]}
        ),
        "dlconcepts-1-py3-none-any.whl": "wheel",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    def bundle(plugin: SitePlugin) -> Path:
        plugin.manifest = json.loads((tmp_path / "made" / "manifest.json").read_text())
        return tmp_path / "made"

    def build_runtime(root: Path, report: Callable[[str], object]) -> Path:
        assert root == tmp_path
        return tmp_path / "runtime" / "abc"

    def here(pages: Mapping[str, Sequence[Cell]]) -> Iterator[tuple[str, dict[str, list[Event]]]]:
        return ((page, run_cells(cells)) for page, cells in pages.items())

    def tex(_: Workshop, formula: str, *, display: bool) -> str:
        if "bad" in formula:
            raise RenderError("no such command")
        return "<i>formula</i>"

    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")  # the fonts of the previews
    monkeypatch.setattr(SitePlugin, "_bundle", bundle)

    def build_library(root: Path, report: Callable[[str], object]) -> Path:
        assert root == tmp_path
        return tmp_path / "dlconcepts-1-py3-none-any.whl"

    monkeypatch.setattr(runtime, "build", build_runtime)
    monkeypatch.setattr(runtime, "library", build_library)
    monkeypatch.setattr(workshop, "_run_pages", here)
    monkeypatch.setattr(Workshop, "tex", tex)
    monkeypatch.chdir(tmp_path)
    place = current_place()
    yield tmp_path
    set_place(place)
    workshop_at(tmp_path).store.close()
    workshop_at.cache_clear()


def built(site: Path, command: str = "build", **settings: Any) -> Path:
    config = load_config(str(site / "mkdocs.yml"), **settings)
    config.plugins.run_event("startup", command=command, dirty=False)
    try:
        build(config)
    finally:
        config.plugins.run_event("shutdown")
    return Path(config.site_dir)


def refused(site: Path, caplog: pytest.LogCaptureFixture) -> str:
    """Return what a build that fails says; MkDocs shows these two exceptions without a traceback."""
    caplog.clear()
    with pytest.raises((Abort, PluginError)) as caught:
        built(site)
    return f"{caplog.text}\n{caught.value}"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def change(path: Path, old: str, new: str) -> None:
    text = read(path)
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_links_to_questions_lead_to_the_page_or_its_place_in_the_list(site: Path) -> None:
    out = built(site)
    home = read(out / "index.html")
    assert '<a href="topic/first/#step-1">first</a>' in home
    assert '<a href="questions/#second">second</a>' in home
    assert '<a href="questions/#third">third</a>' in home
    first = read(out / "topic" / "first" / "index.html")
    assert '<a href="../../questions/#second">second</a>' in first
    assert "q:" not in home + first


def test_cells_and_formulas_and_citations_stand_in_the_page(site: Path) -> None:
    out = built(site)
    assert '<pre class="dl-out dl-out-stdout">42\n</pre>' in read(out / "index.html")
    first = read(out / "topic" / "first" / "index.html")
    assert '<pre class="dl-out dl-out-text">1</pre>' in first
    assert "<i>formula</i>" in first
    assert 'href="../../bibliography/#book"' in first


def test_templates_get_the_question_and_addresses_that_hold_under_any_path(site: Path) -> None:
    out = built(site)
    home, first = (read(out / f"{page}index.html") for page in ("", "topic/first/"))
    assert "<b></b>" in home
    assert "<b>First</b>" in first
    assert '<s id="third">warm-up</s>' in home
    for text, up in ((home, ""), (first, "../../")):
        assert f'href="{up}assets/live/site-1.css"' in text
        assert f'src="{up}assets/live/page-1.js"' in text
        assert re.search(rf"<i>{re.escape(up)}(\./)?assets/runtime/abc/</i>", text)
        assert "<u>7</u>" in text
        assert not re.search(r'(href|src)="/', text)
        assert "example.org" not in text
    assert read(out / "assets" / "live" / "page-1.js") == "page"
    assert read(out / "assets" / "runtime" / "abc" / "pyodide.mjs") == "pyodide"


def test_a_question_and_its_errata_lead_to_each_other(site: Path) -> None:
    assert "errata" not in read(built(site) / "topic" / "first" / "index.html")
    entry = "{id: e1, kind: wrong, says: one, right: two, see: cell-demo}"
    (site / "docs" / "topic" / "errata.yml").write_text(f"first: [{entry}]\n", encoding="utf-8")
    (site / "docs" / "errata.md").write_text(
        "---\nlists_errata: true\n---\n\n# Errata\n", encoding="utf-8"
    )
    out = built(site)
    question, listed = (read(out / f"{page}/index.html") for page in ("topic/first", "errata"))
    assert '<a href="../../errata/#first">' in question
    assert '<h3 id="first"><a href="../topic/first/">' in listed
    assert 'href="../topic/first/#cell-demo"' in listed


def test_a_section_that_is_gone_leads_to_its_heir(site: Path) -> None:
    docs = site / "docs"
    (docs / "anchors.txt").write_text("first#step-9 first#step-2\n", encoding="utf-8")
    change(docs / "index.md", "q:first#step-1", "q:first#step-9")  # a link to it is no broken one
    text = read(built(site) / "topic" / "first" / "index.html")
    assert '<a id="step-9"></a><h3 id="step-2">' in text


def test_permalinks_lead_on_and_keep_the_anchor(site: Path) -> None:
    change(site / "docs" / "topic" / "first.md", "and why?", 'and "why" <b>&amp;</b>?')
    text = read(built(site) / "q" / "first" / "index.html")
    script = '<script src="../../assets/live/forward-1.js" data-to="../../topic/first/"></script>'
    assert script in text
    assert '<meta http-equiv="refresh" content="0; url=../../topic/first/">' in text
    assert '<a href="../../topic/first/">' in text
    assert '<link rel="canonical" href="https://example.org/sub/path/topic/first/">' in text
    assert "<b>" not in text
    assert "&lt;b&gt;&amp;amp;" in text


def test_permalinks_tell_elsewhere_what_they_lead_to(site: Path) -> None:
    out = built(site)
    text = read(out / "q" / "first" / "index.html")
    pattern = r'<meta property="og:image" content="https://example\.org/sub/path/([^"]+)">'
    picture = re.search(pattern, text)
    assert picture is not None
    assert (out / picture[1]).read_bytes().startswith(b"\x89PNG")
    assert '<meta property="og:url" content="https://example.org/sub/path/topic/first/">' in text


def test_downloads_stand_in_the_site_and_their_sizes_in_the_page(site: Path) -> None:
    change(site / "theme" / "main.html", "{{ page.content }}", "{{ page.content }}" + SIZES)
    listed = "---\ndownloads: [{file: questions.json}, {file: deep-learning-concepts.apkg}]\n---\n\n# Carry\n"
    (site / "docs" / "carry.md").write_text(listed, encoding="utf-8")
    out = built(site)
    shown = dict(re.findall(r"<em>(\S+) (\d+)</em>", read(out / "carry" / "index.html")))
    assert shown.keys() == {"questions.json", "deep-learning-concepts.apkg"}
    for name, size in shown.items():
        assert (out / name).stat().st_size == int(size)
    for name in ("questions.schema.json", "llms.txt", "llms-full.txt"):
        assert (out / name).is_file()


def test_a_download_that_is_not_there_ends_the_build(
    site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change(site / "docs" / "index.md", "title: Home", "title: Home\ndownloads: [{file: none.zip}]")
    assert "there is no download 'none.zip'; there are " in refused(site, caplog)


def test_the_site_lists_what_may_be_kept_but_not_while_it_is_written(site: Path) -> None:
    change(site / "theme" / "main.html", "{{ page.content }}", "<tt>{{ live.offline }}</tt>")
    out = built(site)
    listed = json.loads(read(out / "offline.json"))
    assert {"", "topic/first/", "q/first/", "assets/live/page-1.js"} <= listed["files"].keys()
    assert read(out / "sw.js") == f'self.DL_VERSION="{listed["version"]}";\nworker();'
    assert "<tt>sw.js</tt>" in read(out / "index.html")
    out = built(site, "serve")
    assert not (out / "sw.js").exists()
    assert "<tt>None</tt>" in read(out / "index.html")


def test_what_is_shown_elsewhere_of_a_question_is_cut_from_its_page(site: Path) -> None:
    out = built(site)
    folder = out / "assets" / "questions"
    assert sorted(p.name for p in folder.iterdir()) == ["first.json", "index.json"]
    listing = json.loads(read(folder / "index.json"))
    assert listing["topics"] == {"topic": "Topic", "other": "Other"}
    (question,) = listing["questions"]
    assert (question["slug"], question["url"], question["level"]) == ("first", "topic/first/", 2)
    parts = json.loads(read(folder / "first.json"))
    assert list(parts) == ["short-answer", "scoring", "follow-ups"]
    assert "<i>formula</i>" in parts["short-answer"]
    assert "<strong>Must say</strong>: first." in parts["scoring"]

    alone = read(out / "q" / "first" / "ask" / "index.html")
    assert 'src="../../../assets/live/forward-1.js" data-to="../../../topic/first/?ask"' in alone
    assert '<link rel="stylesheet" href="../../../assets/live/site-1.css">' in alone
    assert "<summary>Short answer</summary><p>It is first" in alone
    assert 'http-equiv="refresh"' not in alone  # it would give the answer away


def test_the_errata_stand_in_the_page_that_lists_them(
    site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entry = "id: e1\n  kind: wrong\n  says: two is three\n  right: It is not.\n  see: step-1\n"
    path = site / "docs" / "topic" / "errata.yml"
    path.write_text(f"first:\n- {entry}", encoding="utf-8")
    listing = "---\nlists_errata: true\n---\n\n# Errata\n"
    (site / "docs" / "errata.md").write_text(listing, encoding="utf-8")
    change(site / "mkdocs.yml", "  references.bib\n", "  references.bib\n  errata.yml\n")
    out = built(site)
    assert "two is three" in read(out / "errata" / "index.html")
    assert "two is three" not in read(out / "index.html")
    change(path, "kind: wrong", "kind: odd")
    assert f"{path}:2: " in refused(site, caplog)


def test_the_reference_names_the_questions_that_use_a_function(site: Path) -> None:
    (site / "docs" / "reference").mkdir()
    text = "# Plots\n\n## lines { #dlconcepts.plot.lines }\n"
    (site / "docs" / "reference" / "plot.md").write_text(text, encoding="utf-8")
    change(
        site / "docs" / "topic" / "first.md",
        "x = 1\nassert x < 2\nx\n",
        "from dlconcepts import plot\nassert plot.lines\n",
    )
    page = read(built(site) / "reference" / "plot" / "index.html")
    assert 'Used by <a href="../../topic/first/#cell-demo">First</a>' in page


def test_the_search_finds_a_question_by_its_words(site: Path) -> None:
    change(site / "mkdocs.yml", "plugins: [dlsite]", "plugins: [search, dlsite]")
    index = json.loads(read(built(site) / "search" / "search_index.json"))
    (entry,) = [doc for doc in index["docs"] if doc["location"] == "topic/first/"]
    assert entry["text"].startswith("What is first, and why?")
    assert entry["boost"] == 2


def test_the_browser_side_is_bundled_under_its_contents_hash(tmp_path: Path) -> None:
    plugin = SitePlugin()
    plugin.root = tmp_path
    folder = plugin._bundle()
    for name in ("entry", "style", "hide", "forward"):
        file = folder / plugin.manifest[name]
        assert file.stat().st_size > 100
        assert re.fullmatch(r"\w+-[0-9A-Za-z]{8,}\.(?:js|css)", file.name)


def test_a_browser_side_that_does_not_bundle_ends_the_build(tmp_path: Path) -> None:
    plugin = SitePlugin()
    plugin.root = tmp_path
    (tmp_path / "build").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(PluginError, match=r"the browser side does not bundle:\n(?s:.)*ENOTDIR"):
        plugin._bundle()


def test_the_page_that_says_that_there_is_none_is_mended_as_the_others_are() -> None:
    plugin, config = SitePlugin(), load_config(str(ROOT / "mkdocs.yml"))
    cell = "<table><tr><th></th></tr></table>"
    for name, made in {"404.html": "<td></td>", "sitemap.xml": "<th></th>"}.items():
        assert made in plugin.on_post_template(cell, template_name=name, config=config)


def test_a_build_that_ends_before_it_has_begun_has_no_helper_to_end() -> None:
    SitePlugin().on_shutdown()


def test_the_site_map_has_the_day_on_which_a_page_changed(site: Path) -> None:
    for name, day in {"index": 1, "questions": 2}.items():
        os.utime(site / "docs" / f"{name}.md", (0, day * 24 * 3600 - 1))
    listed = read(built(site) / "sitemap.xml")
    days = dict(re.findall(r"<loc>(.*)</loc>\s*<lastmod>(.*)</lastmod>", listed))
    assert days["https://example.org/sub/path/"] == "1970-01-01"
    assert days["https://example.org/sub/path/questions/"] == "1970-01-02"


def test_a_second_build_runs_no_cell(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(site)
    calls: list[list[str]] = []

    def none(pages: Mapping[str, object]) -> Iterator[Any]:
        calls.append(list(pages))
        return iter(())

    monkeypatch.setattr(workshop, "_run_pages", none)
    built(site)
    assert not calls


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "message"),
    [
        ("topic/first.md", "## Scoring", "## Scoring { #x }", 48, "give 'Scoring' its anchor"),
        ("topic/first.md", "assert x < 2", "assert x > 2", 36, "AssertionError"),
        ("topic/first.md", 'live="demo"', "", 34, "a Python fence needs"),
        ("topic/first.md", "level: 2", "level: 7", 4, "level is one of"),
        ("permalinks.txt", "first", "first\nsecond", 2, "'second' has no page"),
        ("anchors.txt", "step-1", "step-3", 1, "first#step-3 was published and is gone"),
        ("index.md", "print(6 * 7)", "1 / 0", 10, "ZeroDivisionError"),
        ("index.md", "# Home", "# Home\n\n$\\bad$", 7, "KaTeX cannot set '\\\\bad'"),
        ("index.md", "# Home", "# Home\n\n[@no]", 7, "[@no] is not in references.bib"),
        ("index.md", "# Home", "# Home\n\na $$ b", 7, "belongs to no formula"),
        ("references.bib", "year={1964}", "", 3, "'paper' cannot be formatted"),
    ],
)
def test_a_problem_in_a_page_ends_the_build_with_file_and_line(
    site: Path,
    caplog: pytest.LogCaptureFixture,
    file: str,
    old: str,
    new: str,
    line: int,
    message: str,
) -> None:
    path = site / "docs" / file
    change(path, old, new)
    text = refused(site, caplog)
    assert f"{path}:{line}: " in text
    assert message in text
    assert "2 problem(s)" not in text


def test_a_link_to_no_question_is_a_warning_and_ends_a_strict_build(
    site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change(site / "docs" / "index.md", "(q:second)", "(q:none)")
    text = refused(site, caplog)
    assert "does not contain an anchor '#none'" in text
    assert "strict mode" in text


def test_problems_are_listed_together(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    change(site / "docs" / "index.md", ' live="home"', "")
    change(site / "docs" / "topic" / "first.md", "## Scoring", "## Scoring { #x }")
    text = refused(site, caplog)
    assert "2 problem(s)" in text
    assert "index.md:9:" in text
    assert "first.md:48:" in text


def test_what_is_missing_is_said_without_a_traceback(
    site: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_node(_: SitePlugin) -> Path:
        raise nodejs.NodeNotFoundError("Node.js is missing")

    def no_runtime(root: Path, report: object) -> Path:
        raise runtime.RuntimeBuildError("no NumPy")

    with monkeypatch.context() as patch:
        patch.setattr(runtime, "build", no_runtime)
        assert "no NumPy" in refused(site, caplog)
    monkeypatch.setattr(SitePlugin, "_bundle", no_node)
    assert "Node.js is missing" in refused(site, caplog)
