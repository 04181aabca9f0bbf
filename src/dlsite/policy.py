"""The Content-Security-Policy: no script but the site's own files and the few lines that the theme writes inline.

One policy for the whole site: with instant navigation a document outlives the page that it came with. It stands in
each page, for hosts that send no headers of ours, and in `_headers`, for those that read it (there it also covers the
worker, whose policy comes with its own response).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

HEADERS = "_headers"

_SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
_TYPE = re.compile(r'\btype="([^"]*)"')
# What a browser runs; any other type is data, such as a page's configuration.
_RUNS = {"", "module", "text/javascript"}
_CHARSET = re.compile(r'<meta charset="utf-8"\s*/?>', re.IGNORECASE)

# Styles are not scripts: KaTeX sets each formula with style attributes, and CodeMirror writes its own sheet.
_DIRECTIVES = {
    # What has no line of its own: the next page, which Firefox fetches ahead once a key has been pressed (see lean.py).
    "default-src": "'self'",
    "object-src": "'none'",
    "frame-src": "'none'",
    "media-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
# What a page's own copy of the policy cannot say.
_ONLY_AS_HEADER = {"frame-ancestors": "'self'"}


def inline_scripts(html: str) -> set[str]:
    """Return the sources `'sha256-…'` of the scripts that stand in a page itself."""
    found = set()
    for match in _SCRIPT.finditer(html):
        kind = _TYPE.search(match["attributes"])
        if "src=" not in match["attributes"] and (kind[1] if kind else "") in _RUNS:
            digest = hashlib.sha256(match["code"].encode("utf-8")).digest()
            found.add(f"'sha256-{base64.b64encode(digest).decode('ascii')}'")
    return found


def policy(scripts: Iterable[str], *, header: bool) -> str:
    """Return the policy that allows these inline scripts and no others.

    Args:
        scripts: What `inline_scripts` returned for the pages.
        header: Whether it is sent as a header, which may say more than a page.
    """
    directives = dict(_DIRECTIVES)
    directives["script-src"] = " ".join([directives["script-src"], *sorted(scripts)])
    if header:
        directives |= _ONLY_AS_HEADER
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def with_policy(html: str, content: str) -> str:
    """Return a page with the policy before everything that it rules.

    Raises:
        ValueError: If the page does not say `<meta charset="utf-8">`, after which it stands.
    """
    meta = f'<meta http-equiv="Content-Security-Policy" content="{content}">'
    html, times = _CHARSET.subn(lambda match: match[0] + meta, html, count=1)
    if not times:
        raise ValueError('a page has no <meta charset="utf-8"> in its head')
    return html


def seal(site: Path) -> None:
    """Give each page of a built site the policy, and write `_headers`.

    Raises:
        ValueError: For a page without a place for it, with its name.
    """
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    scripts = set().union(*map(inline_scripts, pages.values()))
    for path, html in pages.items():
        try:
            sealed = with_policy(html, policy(scripts, header=False))
        except ValueError as error:
            raise ValueError(f"{path.relative_to(site)}: {error}") from None
        path.write_text(sealed, encoding="utf-8")
    lines = [
        "/*",
        f"  Content-Security-Policy: {policy(scripts, header=True)}",
        "  Referrer-Policy: strict-origin-when-cross-origin",
        "  X-Content-Type-Options: nosniff",
    ]
    (site / HEADERS).write_text("\n".join(lines) + "\n", encoding="utf-8")
