"""The Content-Security-Policy in the browser: the page works under it, and what is not the site's own does not run."""

import pytest
from playwright.sync_api import Page

from .conftest import Visit
from .serving import Server

pytestmark = pytest.mark.browser

# Each way by which a text in the page could become a script; the page's own scripts do none of them.
WAYS = {
    "an inline script": """() => {
        const script = document.createElement("script");
        script.textContent = "globalThis.ran = true";
        document.body.append(script);
    }""",
    "an attribute": """() => {
        const image = document.createElement("img");
        image.setAttribute("onerror", "globalThis.ran = true");
        image.src = "data:,";
        document.body.append(image);
    }""",
    "a link": """() => {
        const link = document.createElement("a");
        link.href = "javascript:void (globalThis.ran = true)";
        document.body.append(link);
        link.click();
    }""",
    "a script of another place": """() => {
        const script = document.createElement("script");
        script.src = "data:text/javascript,globalThis.ran = true";
        document.body.append(script);
    }""",
    "a timer with text": "() => { setTimeout('globalThis.ran = true'); }",
}


@pytest.fixture(scope="module")
def sealed(visit_once: Visit, sub_path_site: Server) -> Page:
    """A page that has its policy from itself alone."""
    reader = visit_once(sub_path_site)
    reader.watch.allowed.append(r"Content.Security.Policy|The page’s settings blocked")
    return reader.open()


@pytest.mark.parametrize("way", WAYS)
def test_text_does_not_become_a_script(sealed: Page, way: str) -> None:
    sealed.evaluate(
        """() => {
            globalThis.refused = new Promise((resolve) =>
              document.addEventListener("securitypolicyviolation",
                (event) => resolve(event.effectiveDirective), {once: true}));
        }"""
    )
    sealed.evaluate(f"() => {{ try {{ ({WAYS[way]})() }} catch {{}} }}")
    assert str(sealed.evaluate("refused")).startswith("script-src")
    assert sealed.evaluate("globalThis.ran") is None


def test_a_cell_runs_in_a_worker_under_the_policy_of_a_header(
    visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    reader.open("machine-learning/normal-equation/")
    cell = reader.cells()[0]
    assert cell.run() == "done", cell.text()
    assert reader.watch.take() == []
