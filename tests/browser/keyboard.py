"""What a reader does who has no mouse."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

MOST = 250  # more stops than any page has before what is looked for

_NAME = """() => {
  const element = document.activeElement;
  // While the browser's own bars have the focus, the page still has an active element.
  return !element?.matches(":focus:not(body)") ? "" : [
    element.getAttribute("aria-label") ?? "",
    [...(element.labels ?? [])].flatMap((label) => [...label.childNodes])
      .map((node) => (node.nodeType === Node.TEXT_NODE ? node.data : "")).join(" "),
    element.textContent ?? "",
  ].find((text) => text.trim() !== "")?.trim().replace(/\\s+/g, " ") ?? "";
}"""


def focused(page: Page) -> str:
    """The name of what has the focus, "" for nothing."""
    name: str = page.evaluate(_NAME)
    return name


def tab_to(page: Page, name: str) -> Locator:
    """Press Tab until something with this name has the focus; from the page's end it goes on at the top."""
    seen = [focused(page)]
    while seen[-1] != name and len(seen) < MOST:
        page.keyboard.press("Tab")
        seen.append(focused(page))
    if seen[-1] == name:
        found = page.locator(":focus")
        expect(found).to_be_in_viewport()
        return found
    raise AssertionError(f"no {name!r} among {[*dict.fromkeys(seen)]}")


def press(page: Page, name: str, key: str = "Enter") -> None:
    """Go to what has this name, and press a key there."""
    tab_to(page, name)
    page.keyboard.press(key)
