"""The MkDocs plugin: passes pages, files and messages between MkDocs and the modules that do the work."""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page as SitePage
from mkdocs.utils.templates import TemplateContext

from dlsite import (
    anchors,
    anki,
    checker,
    downloads,
    errata,
    excerpts,
    nodejs,
    notebooks,
    offline,
    previews,
    runtime,
    unfurling,
)
from dlsite.accessible import accessible
from dlsite.anchors import Published
from dlsite.catalogue import LEVELS, Catalogue, Page, split_front_matter
from dlsite.cells import Cell, PageError, Place, RenderError, live_cells, set_place
from dlsite.errata import Erratum, with_errata
from dlsite.history import History
from dlsite.lean import lean
from dlsite.policy import seal
from dlsite.previews import PreviewError
from dlsite.references import bibliography
from dlsite.searching import with_questions, without_excluded, without_repeats
from dlsite.standalone import Site
from dlsite.usage import Usage, usage, with_reference, with_users
from dlsite.workshop import Workshop, workshop_at

log = get_plugin_logger("dlsite")

BUNDLE = "assets/live"
RUNTIME = "assets/runtime"
QUESTIONS = "assets/questions"

_AWAY = re.compile(r'<a href="(https?:)')
_ID = re.compile(r'\sid="([^"]+)"')
# The theme's style sheets, whose names change with its version.
_STYLES = re.compile(r"assets/stylesheets/(main|palette)\.[\w.]+\.css")


class SitePluginConfig(Config):  # type: ignore[no-untyped-call]
    """No options: the site is what the checkout holds."""


class SitePlugin(BasePlugin[SitePluginConfig]):  # type: ignore[no-untyped-call]
    """Builds the live side of the site around what MkDocs builds."""

    catalogue: Catalogue
    found_errata: list[Erratum]
    published: list[Published]
    users: Usage
    workshop: Workshop
    making_runtime: Future[Path]
    runtime_url: str
    sizes: dict[str, int]
    content: str | None
    site: Site
    previews: dict[str, str]
    optional: set[str]
    manifest: dict[str, Any]
    excerpts: dict[str, dict[str, str]]
    serving = False

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """See whether the site is being written.

        Then its files change all the time, and none is kept offline; and `mkdocs serve` adds a script to each page.
        """
        self.serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Find the checkout."""
        self.root = Path(config.config_file_path).parent
        self.docs = Path(config.docs_dir)
        self.workshop = workshop_at(self.root)
        for extension in ("dlsite.cells", "dlsite.formulas"):
            config.mdx_configs.setdefault(extension, {})["workshop"] = self.workshop
        return config

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Check every question page, and begin to run every cell and to make what the browser needs."""
        self.catalogue = Catalogue.load(self.docs)
        self.by_path = {q.path.as_posix(): q for q in self.catalogue.pages.values()}
        self.excerpts = {}
        problems = checker.check(self.catalogue, self.docs)
        problems += anchors.check(self.catalogue, self.docs)
        cells: dict[str, list[Cell]] = {}
        for file in files.documentation_pages():
            path = self.docs / file.src_uri
            try:
                place, body = _place_and_body(path)
                cells[str(path)] = live_cells(body, place)
            except PageError as problem:
                problems.append(problem)
        try:
            self.found_errata = errata.load(self.docs, self.catalogue)
        except PageError as problem:
            problems.append(problem)
        _refuse(problems)
        self.published = anchors.read(self.docs)
        questions = self.catalogue.pages.values()
        # What the browser loads is half of a first build's work: it is made beside the pages, on another core.
        beside = ThreadPoolExecutor(1)
        making_library = beside.submit(runtime.library, self.root, report=log.info)
        self.making_runtime = beside.submit(runtime.build, self.root, report=log.info)
        beside.shutdown(wait=False)
        self.users = usage(questions, {q.slug: cells[str(self.docs / q.path)] for q in questions})
        self.workshop.begin(cells)
        self._add_folder(files, config, self._bundle(), BUNDLE)
        library = _result(making_library)
        wheel = f"{notebooks.WHEELS}/{library.name}"
        files.append(File.generated(config, wheel, abs_src_path=str(library)))
        works = bibliography(self.docs / "references.bib")
        about = (config.site_name, config.site_description or "", config.site_url or "")
        site = self.site = Site(*about, self.catalogue, works, wheel)
        for page in self.catalogue.pages.values():
            content = notebooks.notebook(page, site)
            files.append(File.generated(config, page.notebook, content=content))
        self.sizes = {wheel: library.stat().st_size}
        for name, made in self._downloads(site, files).items():
            self.sizes[name] = len(made if isinstance(made, bytes) else made.encode())
            files.append(File.generated(config, name, content=made))
        self._draw_previews(files, config)
        for slug in (self.docs / "permalinks.txt").read_text(encoding="utf-8").split():
            page = self.catalogue.pages[slug]
            content = permalink(
                page, site, unfurling.head(self._card(page), site), self._live("forward")
            )
            files.append(File.generated(config, f"q/{slug}/index.html", content=content))
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Date the pages by their history, for the site map: MkDocs gives each the day of the build."""
        docs = self.docs.relative_to(self.root).as_posix()
        history = History(self.root, [docs])
        for file in files.documentation_pages():
            assert file.page is not None
            time = history.changed(f"{docs}/{file.src_uri}")
            file.page.update_date = f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d}"
        return nav

    def on_page_markdown(
        self, markdown: str, *, page: SitePage, config: MkDocsConfig, files: Files
    ) -> str:
        """Tell the extensions which file comes next, and resolve links to questions."""
        path = self.docs / page.file.src_uri
        set_place(_place_and_body(path)[0])
        if page.meta.get("lists_errata"):
            markdown += "\n\n" + errata.markdown(self.found_errata, self.catalogue)
        return self._question_links(markdown, page)

    def on_page_content(
        self, html: str, *, page: SitePage, config: MkDocsConfig, files: Files
    ) -> str:
        """Cut the excerpts, link questions and library, mark what search skips, and tell MkDocs of all ids."""
        question, root = self.by_path.get(page.file.src_uri), "../" * page.url.count("/")
        if question:
            self.excerpts[question.slug] = excerpts.excerpt(html, question.url)
            pages = self.catalogue.pages
            html = anchors.with_moved(html, question.slug, self.published, pages, root)
        ids = set(_ID.findall(html))
        if page.meta.get("lists_all"):
            ids |= set(self.catalogue.entries)
        page.present_anchor_ids = (page.present_anchor_ids or set()) | ids
        if question:
            html = with_reference(html, root)
            html = with_errata(html, question.slug, self.found_errata, root)
        elif page.file.src_uri.startswith("reference/"):
            html = with_users(html, self.users, root)
        # On paper a link that leads off the site shows its address; in the page the theme makes all links absolute.
        html = _AWAY.sub(r'<a class="dl-away" href="\1', html)
        return without_repeats(html, question=question is not None)

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        """Give every template the questions and the addresses of what the browser loads; add that, and the excerpts."""
        folder = _result(self.making_runtime)
        self.runtime_url = f"{RUNTIME}/{folder.name}/"
        self.optional = {f"{self.runtime_url}{name}" for name in runtime.optional_files(folder)}
        self._add_folder(files, config, folder, self.runtime_url.rstrip("/"))
        env.globals["live"] = {
            **{name: self._live(name) for name in ("entry", "style", "hide")},
            "runtime": self.runtime_url,
            "bytes": runtime.first_download(folder),
            "offline": None if self.serving else offline.SCRIPT,
            "questions": f"{QUESTIONS}/",
        }
        env.globals["sizes"] = self.sizes
        env.globals["catalogue"] = self.catalogue
        env.globals["levels"] = LEVELS
        self._add_excerpts(files, config)
        return env

    @event_priority(100)  # before the search plugin
    def _shorten(self, context: TemplateContext, *, page: SitePage, **_: Any) -> None:
        """Spare the search plugin what it leaves out."""
        self.content = page.content
        page.content = without_excluded(page.content or "")

    @event_priority(-100)
    def _give_back(self, context: TemplateContext, *, page: SitePage, **_: Any) -> None:
        page.content = self.content

    def _unfurl(
        self, context: TemplateContext, *, page: SitePage, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Give the template of a page its question, and what a link to it tells elsewhere."""
        question = self.by_path.get(page.file.src_uri)
        if question is None:
            title = str(page.title) if page.file.src_uri != "index.md" else self.site.name
            description = unfurling.description(title, page.meta.get("topic", ""), self.site)
            url = page.canonical_url or ""
            card = unfurling.page_card(title, description, url, self.site, self.previews[""])
            unfurled = unfurling.head(card, self.site)
        else:
            card = self._card(question)
            description = f"{question.question} {card.description}"
            unfurled = unfurling.head(card, self.site) + unfurling.data(question, self.site)
        page.meta.setdefault("description", description)
        context.update({"question": question, "unfurled": unfurled})  # type: ignore[misc]
        for download in page.meta.get("downloads", []):
            if download["file"] not in self.sizes:
                message = (
                    f"there is no download {download['file']!r}; there are {', '.join(self.sizes)}"
                )
                raise PageError(str(self.docs / page.file.src_uri), 1, message)
        return context

    def on_post_page(self, output: str, *, page: SitePage, config: MkDocsConfig) -> str:
        """Mend what aids for readers would stumble over, and take what is loaded for nothing."""
        return lean(accessible(output))

    def on_post_template(
        self, output_content: str, *, template_name: str, config: MkDocsConfig
    ) -> str:
        """Do the same for the page that says that there is none."""
        if not template_name.endswith(".html"):
            return output_content
        return lean(accessible(output_content))

    on_page_context = CombinedEvent(_shorten, _unfurl, _give_back)

    @event_priority(-100)  # after the plugins that write files of their own
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Add the questions to the search index, seal the pages, and list what the service worker may keep."""
        site = Path(config.site_dir)
        if any(name.endswith("search") for name in config.plugins):
            path = site / "search" / "search_index.json"
            index = json.loads(path.read_text(encoding="utf-8"))
            index = with_questions(index, self.catalogue.pages)
            path.write_text(json.dumps(index, separators=(",", ":")), encoding="utf-8")
        if self.serving:
            return
        seal(site)
        made = offline.listing(site, self.optional)
        (site / offline.LISTING).write_text(made, encoding="utf-8")
        source = (self.root / "build" / offline.SCRIPT).read_text(encoding="utf-8")
        (site / offline.SCRIPT).write_text(offline.script(source, made), encoding="utf-8")

    def on_build_error(self, *, error: Exception) -> None:
        """Say what is wrong with a page in place of a traceback."""
        if isinstance(error, PageError | RenderError | PreviewError | nodejs.NodeNotFoundError):
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

    def _downloads(self, site: Site, files: Files) -> dict[str, str | bytes]:
        """Make what readers can take away, by its address."""
        questions = {page.path.as_posix() for page in self.catalogue.pages.values()}
        others = [
            downloads.document(Path(file.src_uri), self.docs)
            for file in files.documentation_pages()
            if file.src_uri not in questions and downloads.says_something(file.src_uri)
        ]
        return {
            anki.DECK: anki.deck(site, self.root),
            downloads.QUESTIONS: downloads.questions(site),
            downloads.SCHEMA: downloads.schema(),
            downloads.LLMS: downloads.llms(site, others),
            downloads.LLMS_FULL: downloads.llms_full(site, others),
        }

    def _draw_previews(self, files: Files, config: MkDocsConfig) -> None:
        """Draw the picture of each question, and one for all other pages, whose name is ""."""
        drawer = previews.Drawer(self.root, self.workshop.store)
        wanted = {p.slug: unfurling.preview(p, self.site) for p in self.catalogue.pages.values()}
        wanted[""] = unfurling.site_preview(self.site)
        self.previews = {}
        for slug, preview in wanted.items():
            png = drawer.png(preview)
            self.previews[slug] = previews.address(slug or "site", png)
            files.append(File.generated(config, self.previews[slug], content=png))

    def _card(self, question: Page) -> unfurling.Card:
        return unfurling.question_card(question, self.site, self.previews[question.slug])

    def _add_folder(self, files: Files, config: MkDocsConfig, folder: Path, uri: str) -> None:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = f"{uri}/{path.relative_to(folder).as_posix()}"
            files.append(File.generated(config, name, abs_src_path=str(path)))

    def _question_links(self, markdown: str, page: SitePage) -> str:
        """Turn `[text](q:slug)` into a link to the page, or to its line in the list of all while it is not written."""
        up = "../" * page.file.src_uri.count("/")

        def target(match: Any) -> str:
            question = self.catalogue.pages.get(match["slug"])
            if question is None:
                return f"]({up}questions.md#{match['slug']})"
            return f"]({up}{question.path.as_posix()}{match['anchor'] or ''})"

        return checker.QUESTION_LINK.sub(target, markdown)


def permalink(page: Page, site: Site, head: str, forward: str) -> str:
    """Return the page at `/q/<slug>/`, which leads on to the question wherever it stands, keeping the anchor.

    `head` says what a link tells elsewhere: this is the address that is passed on, and what reads it runs no script.
    """
    target = f"../../{page.url}"
    canonical = site.at(page.url) if site.url else target
    title = escape(page.question)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="canonical" href="{canonical}"><meta name="robots" content="noindex">{head}'
        '<link rel="icon" href="../../assets/images/favicon.png">'
        f'<script src="../../{forward}" data-to="{target}"></script>'
        f'<noscript><meta http-equiv="refresh" content="0; url={target}"></noscript></head>'
        f'<body><a href="{target}">{title}</a></body></html>\n'
    )


def _place_and_body(path: Path) -> tuple[Place, str]:
    _, body, first_line = split_front_matter(path.read_text(encoding="utf-8"))
    return Place(str(path), first_line), body


def _result(making: Future[Path]) -> Path:
    try:
        return making.result()
    except runtime.RuntimeBuildError as error:
        raise PluginError(str(error)) from None


def _refuse(problems: list[PageError]) -> None:
    # The checker and the search for cells may both stumble over one fence.
    if unique := dict.fromkeys(str(problem) for problem in problems):
        listed = "\n".join(f"  {problem}" for problem in unique)
        raise PluginError(f"{len(unique)} problem(s) in the pages:\n{listed}")
