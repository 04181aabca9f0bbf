"""What the service worker may keep: the list of the site's files by address, size and hash, and its version."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from pathlib import Path

LISTING = "offline.json"
SCRIPT = "sw.js"

# Files that a reader without a network has no use for.
_LEFT_OUT = re.compile(
    r"^(?:assets/previews/|sitemap\.xml\.gz$|objects\.inv$|offline\.json$|sw\.js$|_headers$)|\.map$|^assets/live/manifest\.json$"
)
# A hash of the content in an address below assets/: of the theme, of esbuild, of the runtime's folder.
_HASH = re.compile(r"(?<=[-./])(?:[0-9a-f]{8}|[0-9A-Z]{8}|[0-9a-f]{16,64})(?=[./])")
_DIGITS = 12  # of each hash: it guards against files that are cut or of another version, not against an enemy


def listing(folder: Path, extra: Collection[str]) -> str:
    """Return the list of the files of a built site, as JSON.

    Args:
        folder: Where the site stands.
        extra: Paths of files that are not part of the whole site, and kept only when a reader has used them.
    """
    files: dict[str, dict[str, object]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if _LEFT_OUT.search(name):
            continue
        content = path.read_bytes()
        entry: dict[str, object] = {
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest()[:_DIGITS],
        }
        if (stable := stable_name(name)) != name:
            entry["name"] = stable
        if name in extra:
            entry["extra"] = True
        address = name.removesuffix("index.html") if path.name == "index.html" else name
        files[address] = entry
    version = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
    return json.dumps({"version": version, "files": files}, separators=(",", ":"))


def stable_name(path: str) -> str:
    """Return an address without its content's hash: the same in each version of the site."""
    return _HASH.sub("*", path) if path.startswith("assets/") else path


def script(source: str, listing: str) -> str:
    """Return the service worker of a version; where the version differs, so do its bytes, and browsers renew it."""
    return f"self.DL_VERSION={json.dumps(json.loads(listing)['version'])};\n{source}"
