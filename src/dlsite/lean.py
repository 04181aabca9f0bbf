"""Take from a page what it loads for nothing."""

from __future__ import annotations

import re

_NEXT = '<link rel="next"'
_OF_THE_LIBRARY = re.compile(r'\s*<link rel="stylesheet" href="[^"]*/_mkdocstrings\.css">')


def lean(html: str, *, documents_library: bool) -> str:
    """Return a page without what only other pages, or a reader on the way to them, need.

    Firefox fetches what `rel=next` names. The theme looks there when a reader presses N; a script in the head puts the
    name back then. The style of the library's documentation goes where there is none.
    """
    html = html.replace(_NEXT, _NEXT.replace("next", "dl-next"))
    return html if documents_library else _OF_THE_LIBRARY.sub("", html)
