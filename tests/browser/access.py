"""What axe-core finds on a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# What axe names best practice counts as well; `resultTypes` leaves out long lists of what is in order.
_OPTIONS = {
    "resultTypes": ["violations"],
    # Chromium and Firefox put what scrolls and holds nothing focusable among the stops of Tab themselves.
    # A head that is a formula is MathML to readers' aids, which axe does not take for text.
    "rules": {
        "scrollable-region-focusable": {"enabled": False},
        "empty-table-header": {"enabled": False},
    },
}


def access_problems(page: Page, within: str | None = None, *, but: str = "") -> list[str]:
    """Each rule that the page breaks, with how often, the first place and why.

    Args:
        page: An open page.
        within: A selector of the only part to look at.
        but: A rule to leave out.
    """
    violations = Axe().run(page, context=within, options=_OPTIONS).response["violations"]
    found = [rule for rule in violations if rule["id"] != but]
    return [
        f"{rule['id']} ({len(rule['nodes'])} times): {rule['nodes'][0]['html'][:200]}: "
        f"{' '.join(str(rule['nodes'][0].get('failureSummary')).split())[:300]}"
        for rule in found
    ]
