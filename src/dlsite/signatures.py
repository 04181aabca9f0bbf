"""Long signatures in the reference, which mkdocstrings has formatted by Ruff, in a process for each."""

from __future__ import annotations

import functools
from importlib import metadata

from mkdocstrings_handlers.python._internal import rendering

from dlsite.store import Store, digest


def keep_formatted(store: Store) -> None:
    """Ask Ruff once for each signature, in whichever build: the processes are a quarter of one.

    mkdocstrings has no public place for this. What it calls is replaced.
    """
    ruff = rendering._get_ruff_formatter()
    assert ruff is not None, "Ruff is among the packages of the site"
    version = metadata.version("ruff")

    def formatted(code: str, line_length: int) -> str:
        key = digest("signature", version, code, line_length)
        kept: str | None = store.get(key)
        if kept is None:
            kept = ruff(code, line_length)
            store.put(key, kept)
        return kept

    rendering._get_formatter = functools.cache(lambda: formatted)
