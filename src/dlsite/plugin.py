"""The MkDocs plugin: passes pages, files and messages between MkDocs and the modules that do the work."""

from __future__ import annotations

import json
import re
import subprocess
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page as SitePage
from mkdocs.utils.templates import TemplateContext

from dlsite import checker, excerpts, nodejs, notebooks, runtime
from dlsite.catalogue import LEVELS, Catalogue, Page, split_front_matter
from dlsite.cells import Cell, PageError, Place, RenderError, live_cells, set_place
from dlsite.references import bibliography
from dlsite.workshop import Workshop, workshop_at

log = get_plugin_logger("dlsite")

BUNDLE = "assets/live"
RUNTIME = "assets/runtime"
QUESTIONS = "assets/questions"

_ID = re.compile(r'\sid="([^"]+)"')
# The theme's style sheets, whose names change with its version.
_STYLES = re.compile(r"assets/stylesheets/(main|palette)\.[\w.]+\.css")


class SitePluginConfig(Config):  # type: ignore[no-untyped-call]
    """No options: the site is what the checkout holds."""


class SitePlugin(BasePlugin[SitePluginConfig]):  # type: ignore[no-untyped-call]
    """Builds the live side of the site around what MkDocs builds."""

    catalogue: Catalogue
    workshop: Workshop
    runtime_url: str
    runtime_bytes: int
    manifest: dict[str, Any]
    excerpts: dict[str, dict[str, str]]

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Find the checkout."""
        self.root = Path(config.config_file_path).parent
        self.docs = Path(config.docs_dir)
        self.workshop = workshop_at(self.root)
        for extension in ("dlsite.cells", "dlsite.formulas"):
            config.mdx_configs.setdefault(extension, {})["workshop"] = self.workshop
        return config

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Check every question page, run every cell, and add what the browser needs."""
        self.catalogue = Catalogue.load(self.docs)
        self.by_path = {q.path.as_posix(): q for q in self.catalogue.pages.values()}
        self.excerpts = {}
        problems = checker.check(self.catalogue, self.docs)
        cells: dict[str, list[Cell]] = {}
        for file in files.documentation_pages():
            path = self.docs / file.src_uri
            try:
                place, body = _place_and_body(path)
                cells[str(path)] = live_cells(body, place)
            except PageError as problem:
                problems.append(problem)
        _refuse(problems)
        try:
            self.workshop.outputs_of_pages(cells)
        except PageError as problem:
            _refuse([problem])
        self._add_folder(files, config, self._bundle(), BUNDLE)
        try:
            folder = runtime.build(self.root, report=log.info)
            library = runtime.library(self.root, report=log.info)
        except runtime.RuntimeBuildError as error:
            raise PluginError(str(error)) from None
        self.runtime_url = f"{RUNTIME}/{folder.name}/"
        self.runtime_bytes = runtime.first_download(folder)
        self._add_folder(files, config, folder, self.runtime_url.rstrip("/"))
        wheel = f"{notebooks.WHEELS}/{library.name}"
        files.append(File.generated(config, wheel, abs_src_path=str(library)))
        works = bibliography(self.docs / "references.bib")
        site = notebooks.Site(config.site_url or "", self.catalogue, works, wheel)
        for page in self.catalogue.pages.values():
            content = notebooks.notebook(page, site)
            files.append(File.generated(config, page.notebook, content=content))
        for slug in (self.docs / "permalinks.txt").read_text(encoding="utf-8").split():
            page = self.catalogue.pages[slug]
            content = permalink(page, config.site_url or "", self._live("forward"))
            files.append(File.generated(config, f"q/{slug}/index.html", content=content))
        return files

    def on_page_markdown(
        self, markdown: str, *, page: SitePage, config: MkDocsConfig, files: Files
    ) -> str:
        """Tell the extensions which file comes next, and resolve links to questions."""
        path = self.docs / page.file.src_uri
        set_place(_place_and_body(path)[0])
        return self._question_links(markdown, page)

    def on_page_content(
        self, html: str, *, page: SitePage, config: MkDocsConfig, files: Files
    ) -> str:
        """Tell MkDocs, which checks links, of the anchors that extensions and templates make; cut the excerpts."""
        if question := self.by_path.get(page.file.src_uri):
            self.excerpts[question.slug] = excerpts.excerpt(html, question.url)
        anchors = set(_ID.findall(html))
        if page.meta.get("lists_all"):
            anchors |= set(self.catalogue.entries)
        page.present_anchor_ids = (page.present_anchor_ids or set()) | anchors
        return html

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        """Give every template the questions and the addresses of what the browser loads; add the excerpts."""
        env.globals["live"] = {
            **{name: self._live(name) for name in ("entry", "style", "hide")},
            "runtime": self.runtime_url,
            "bytes": self.runtime_bytes,
            "questions": f"{QUESTIONS}/",
        }
        env.globals["catalogue"] = self.catalogue
        env.globals["levels"] = LEVELS
        self._add_excerpts(files, config)
        return env

    def on_page_context(
        self, context: TemplateContext, *, page: SitePage, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Give the template of a question's page its question."""
        context.update({"question": self.by_path.get(page.file.src_uri)})  # type: ignore[misc]
        return context

    def on_build_error(self, *, error: Exception) -> None:
        """Say what is wrong with a page in place of a traceback."""
        if isinstance(error, PageError | RenderError | nodejs.NodeNotFoundError):
            raise PluginError(str(error)) from None

    def on_shutdown(self) -> None:
        """End the helper process."""
        if hasattr(self, "workshop"):
            self.workshop.close()

    def _live(self, name: str) -> str:
        """The address of a file that the manifest names, relative to the site's root."""
        return f"{BUNDLE}/{self.manifest[name]}"

    def _add_excerpts(self, files: Files, config: MkDocsConfig) -> None:
        """Add what is shown of the questions elsewhere than on their pages, once these are rendered."""

        def add(uri: str, content: object) -> None:
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
            files.append(File.generated(config, f"{QUESTIONS}/{uri}.json", content=text))

        add("index", excerpts.listing(self.catalogue))
        themes = sorted(f.src_uri for f in files if _STYLES.fullmatch(f.src_uri))
        for slug, parts in self.excerpts.items():
            add(slug, parts)
            content = excerpts.alone(
                self.catalogue.pages[slug],
                parts,
                site_url=config.site_url or "",
                styles=[*themes, self._live("style")],
                forward=self._live("forward"),
            )
            files.append(File.generated(config, f"q/{slug}/ask/index.html", content=content))

    def _bundle(self) -> Path:
        """Bundle the browser side; esbuild takes a fraction of a second, so it is not cached."""
        folder = self.root / "build" / "live"
        script = Path(__file__).parent / "node" / "bundle.mjs"
        done = subprocess.run(
            [nodejs.find_node(), script, folder],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PluginError(f"the browser side does not bundle:\n{done.stderr}")
        self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return folder

    def _add_folder(self, files: Files, config: MkDocsConfig, folder: Path, uri: str) -> None:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = f"{uri}/{path.relative_to(folder).as_posix()}"
            files.append(File.generated(config, name, abs_src_path=str(path)))

    def _question_links(self, markdown: str, page: SitePage) -> str:
        """Turn `[text](q:slug)` into a link to the page, or into plain text while it is not written."""
        up = "../" * page.file.src_uri.count("/")

        def target(match: Any) -> str:
            question = self.catalogue.pages.get(match["slug"])
            if question is None:
                return f"]({up}questions.md#{match['slug']})"
            return f"]({up}{question.path.as_posix()}{match['anchor'] or ''})"

        return checker.QUESTION_LINK.sub(target, markdown)


def permalink(page: Page, site_url: str, forward: str) -> str:
    """Return the page at `/q/<slug>/`, which leads on to the question wherever it stands, keeping the anchor."""
    target = f"../../{page.url}"
    canonical = f"{site_url.rstrip('/')}/{page.url}" if site_url else target
    title = escape(page.question)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="canonical" href="{canonical}"><meta name="robots" content="noindex">'
        '<link rel="icon" href="../../assets/images/favicon.png">'
        f'<script src="../../{forward}" data-to="{target}"></script>'
        f'<noscript><meta http-equiv="refresh" content="0; url={target}"></noscript></head>'
        f'<body><a href="{target}">{title}</a></body></html>\n'
    )


def _place_and_body(path: Path) -> tuple[Place, str]:
    _, body, first_line = split_front_matter(path.read_text(encoding="utf-8"))
    return Place(str(path), first_line), body


def _refuse(problems: list[PageError]) -> None:
    # The checker and the search for cells may both stumble over one fence.
    if unique := dict.fromkeys(str(problem) for problem in problems):
        listed = "\n".join(f"  {problem}" for problem in unique)
        raise PluginError(f"{len(unique)} problem(s) in the pages:\n{listed}")
