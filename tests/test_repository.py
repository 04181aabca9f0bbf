"""What surrounds the code: the template, the workflows, the issue forms, and the versions that must agree."""

import importlib
import json
import os
import re
import shutil
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dlsite.catalogue import Catalogue, Entry, question_files, read_entries, split_front_matter
from dlsite.cells import PageError, Place, live_cells, parse_param
from dlsite.checker import CELL_LINES, PARTS, SHORT_ANSWER_WORDS, check
from dlsite.workshop import run_cells

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GITHUB = ROOT / ".github"
TEMPLATE = GITHUB / "question-template.md"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = [p for p in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if p.name != "config.yml"]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


# The commands --------------------------------------------------------------------------------------

# Notes that it ran, as MkDocs would write the site.
MKDOCS = """#!/bin/sh
echo "$@" >> built
mkdir -p "${SITE_DIR:-site}" && echo x > "${SITE_DIR:-site}/sitemap.xml"
"""


def test_make_site_builds_only_when_something_has_changed(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("docs/a.md", "overrides/b.js", "src/c.py", "mkdocs.yml", ".venv/bin/mkdocs"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(MKDOCS, encoding="utf-8")
    (tmp_path / ".venv/bin/mkdocs").chmod(0o755)
    installed = (".venv/.installed", "node_modules/.package-lock.json")
    for name in installed:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    built = tmp_path / "built"

    def made(**environment: str) -> bool:
        built.unlink(missing_ok=True)
        command = ["make", *(f"--assume-old={name}" for name in installed), "site"]
        env = {"PATH": os.environ["PATH"], **environment}
        subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
        return built.exists()

    def made_once(**environment: str) -> bool:
        return made(**environment) and not made(**environment)

    def changed(name: str) -> bool:
        time.sleep(0.01)  # the clock of the files is coarse
        (tmp_path / name).write_text("changed", encoding="utf-8")
        return made_once()

    assert made_once()
    assert all(changed(name) for name in ("docs/a.md", "overrides/b.js", "src/c.py", "mkdocs.yml"))
    assert changed("docs/new.md")
    (tmp_path / "docs/new.md").unlink()
    assert made_once()
    assert made_once(SITE_URL="https://example.org/")
    assert made_once(SITE_DIR="elsewhere")
    assert made()  # its pages name the first address again
    subprocess.run(["git", "init", "--quiet", "."], cwd=tmp_path, check=True)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    commit = [*git, "commit", "--quiet", "--allow-empty", "--message", "dates"]
    subprocess.run(commit, cwd=tmp_path, check=True)
    assert made_once()


# The template --------------------------------------------------------------------------------------


def _docs_with(entry: Entry, text: str, folder: Path) -> Path:
    """Make a docs folder whose only page is `text`, as a contributor would begin it."""
    docs = folder / "docs"
    (docs / entry.topic).mkdir(parents=True)
    for name in ("questions.yml", "references.bib"):
        (docs / name).write_text((DOCS / name).read_text(encoding="utf-8"), encoding="utf-8")
    (docs / "permalinks.txt").write_text(entry.slug + "\n", encoding="utf-8")
    (docs / entry.topic / f"{entry.slug}.md").write_text(text, encoding="utf-8")
    return docs


def _filled_in(entry: Entry) -> str:
    """Return the template with the two fields that depend on the question."""
    anchors = ", ".join(["step-2"] * len(entry.asks))
    text = TEMPLATE.read_text(encoding="utf-8")
    text, sources = re.subn(r"^source: 0\b", f"source: {entry.number}", text, flags=re.M)
    text, answers = re.subn(r"^answers: \[step-2\]", f"answers: [{anchors}]", text, flags=re.M)
    assert sources == answers == 1
    return text


@pytest.fixture
def unwritten() -> Entry:
    entries = read_entries(DOCS / "questions.yml")
    written = {p.stem for p in question_files(DOCS, list({e.topic for e in entries.values()}))}
    # Once all are written, any question will do.
    return next(
        (e for e in entries.values() if e.slug not in written), next(iter(entries.values()))
    )


def test_the_template_passes_the_page_checker(tmp_path: Path, unwritten: Entry) -> None:
    docs = _docs_with(unwritten, _filled_in(unwritten), tmp_path)
    catalogue = Catalogue.load(docs)
    assert [str(problem) for problem in check(catalogue, docs)] == []
    assert list(catalogue.pages) == [unwritten.slug]


def test_a_template_not_filled_in_is_refused(tmp_path: Path, unwritten: Entry) -> None:
    docs = _docs_with(unwritten, TEMPLATE.read_text(encoding="utf-8"), tmp_path)
    messages = [problem.message for problem in check(Catalogue.load(docs), docs)]
    assert f"source is 0; questions.yml says {unwritten.number}" in messages


def test_the_cells_of_the_template_run_wherever_their_sliders_stand() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    for outlier in ("0", "10.0", "20"):
        moved = text.replace("outlier = 10.0", f"outlier = {outlier}")
        (cell,) = live_cells(moved, Place(str(TEMPLATE)))
        kinds = [event["type"] for event in run_cells([cell])[cell.id]]
        assert kinds == ["stream", "display"]


def test_the_template_shows_functions_that_exist() -> None:
    names = re.findall(r"^ *::: (\S+)$", TEMPLATE.read_text(encoding="utf-8"), re.M)
    assert names
    for name in names:
        module, _, function = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function))


def _prose(path: Path) -> Iterator[str]:
    """Yield the lines that a contributor writes anew: long ones, outside fences, not the parts' headings."""
    fenced = False
    for line in path.read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        if not fenced and not line.startswith("## ") and len(line.split()) >= 6:
            yield line


def test_no_page_keeps_text_of_the_template() -> None:
    template = set(_prose(TEMPLATE))
    topics = list({e.topic for e in read_entries(DOCS / "questions.yml").values()})
    kept = [
        f"{page.relative_to(ROOT)}: {line}"
        for page in question_files(DOCS, topics)
        for line in _prose(page)
        if line in template
    ]
    assert kept == []


def test_the_guide_names_every_field_part_option_and_limit() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    head, _, _ = split_front_matter(TEMPLATE.read_text(encoding="utf-8"))
    for name in [*yaml.safe_load(head), *(f"#{a}" for a in PARTS.values()), *_fence_options()]:
        assert f"`{name}`" in guide
    assert "{} to {} words".format(*SHORT_ANSWER_WORDS) in guide
    assert f"stops at {CELL_LINES})" in guide


def _fence_options() -> list[str]:
    """Return the options of a Python fence, which the refusal of an unknown one lists."""
    with pytest.raises(PageError) as refusal:
        live_cells('```python unknown="1"\n```', Place())
    return refusal.value.message.partition("there are ")[2].split(", ")


def test_the_examples_of_the_guide_work() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^````\n(.*?)^````$", guide, re.M | re.S)
    (cell,) = live_cells(example, Place())
    assert [event["type"] for event in run_cells([cell])[cell.id]] == ["display"]
    params = [
        parse_param(line) for line in guide.splitlines() if re.match(r"\w+ = .*# @param", line)
    ]
    assert {param["type"] for param in params} == {"slider", "number", "dropdown", "boolean"}


# GitHub --------------------------------------------------------------------------------------------


def _steps(workflow: Any) -> Iterator[Any]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", [])


@each_workflow
def test_workflows_ask_for_no_more_than_they_need(path: Path) -> None:
    workflow = _yaml(path)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job or job["uses"].startswith("./")
    for step in _steps(workflow):
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def test_continuous_integration_runs_the_same_command_as_everyone() -> None:
    workflow = _yaml(GITHUB / "workflows" / "ci.yml")
    assert ".ci/run" in [step.get("run") for step in _steps(workflow)]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_only_what_has_passed_is_deployed() -> None:
    jobs = _yaml(GITHUB / "workflows" / "deploy.yml")["jobs"]
    assert jobs["test"]["uses"] == "./.github/workflows/ci.yml"
    assert jobs["build"]["needs"] == "test"
    assert jobs["deploy"]["needs"] == "build"
    (build,) = [step for step in jobs["build"]["steps"] if "run" in step]
    assert build["run"] == "make site"
    # The names that mkdocs.yml reads.
    for name in build["env"]:
        assert f"!ENV [{name}," in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert build["env"].keys() == {"SITE_URL", "REPO_URL"}


@pytest.mark.parametrize("path", FORMS, ids=lambda p: p.stem)
def test_issue_forms_ask_for_the_permalink(path: Path) -> None:
    form = _yaml(path)
    assert {"name", "description", "body"} <= form.keys()
    fields = {field["id"]: field for field in form["body"]}
    assert len(fields) == len(form["body"])
    assert "/q/" in fields["permalink"]["attributes"]["placeholder"]
    for name in ("permalink", "reference"):
        assert fields[name]["validations"]["required"] is True


def test_there_are_both_issue_forms() -> None:
    assert [path.stem for path in FORMS] == ["new-question", "wrong-answer"]


def test_hooks_and_updates_read_as_configured() -> None:
    hooks = _yaml(ROOT / ".pre-commit-config.yaml")
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]
    updates = _yaml(GITHUB / "dependabot.yml")["updates"]
    assert {u["package-ecosystem"] for u in updates} == {"pip", "npm", "github-actions"}
    ignored = {rule["dependency-name"] for u in updates for rule in u.get("ignore", [])}
    assert {"numpy", "pyodide", "playwright", "pymdown-extensions"} <= ignored


# What is in the checkout ----------------------------------------------------------------------------

REGISTRIES = re.compile(
    rb"\b(?:pypi\.org|pythonhosted\.org|pypi\.python\.org|npmjs\.(?:org|com)|yarnpkg\.com)\b"
)
# The home folders of Pyodide's own file system are no machine's.
MACHINE_PATHS = re.compile(rb"(?<![\w.~/-])/(?:work|root|home(?!/(?:pyodide|web_user)\b))/")


def _checkout() -> list[Path]:
    """Return the files git tracks, and those it would if they were added."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize(
    ("pattern", "what"), [(REGISTRIES, "a package registry"), (MACHINE_PATHS, "one machine")]
)
def test_no_file_names(pattern: re.Pattern[bytes], what: str) -> None:
    files = _checkout()
    assert ROOT / "pyproject.toml" in files
    found = [
        f"{path.relative_to(ROOT)}:{number}: names {what}"
        for path in files
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1)
        if pattern.search(line)
    ]
    assert found == []


# Versions ------------------------------------------------------------------------------------------


def _pins() -> dict[str, str]:
    """Return the packages that pyproject.toml pins, by name."""
    wanted = [spec for group in PYPROJECT["dependency-groups"].values() for spec in group]
    return dict(re.split(r"(?:\[.*?\])?==", spec) for spec in wanted if "==" in spec)


def test_numpy_is_the_same_natively_and_in_the_browser() -> None:
    lock = ROOT / "node_modules" / "pyodide" / "pyodide-lock.json"
    wheel = json.loads(lock.read_text(encoding="utf-8"))["packages"]["numpy"]
    assert wheel["version"] == _pins()["numpy"]
    assert wheel["file_name"].startswith(f"numpy-{wheel['version']}-")


def test_the_lock_has_the_versions_that_are_pinned() -> None:
    files = (ROOT / "requirements.lock", ROOT / "requirements-mutate.lock")
    lock = "".join(file.read_text(encoding="utf-8") for file in files)
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.M))
    differing = {name: pin for name, pin in _pins().items() if locked.get(name) != pin}
    assert not differing, "run `make lock`"


def test_the_citation_names_this_version() -> None:
    citation = _yaml(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == PYPROJECT["project"]["version"]
    assert citation["authors"] == PYPROJECT["project"]["authors"]
