"""Builds the site and serves it as a plain file server would, faults included on demand."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[2]

_TEXT = re.compile(r"text/|application/(?:json|xml|wasm)|image/svg")

Fault = int | Literal["half", "cut", "altered", "silent", "slow"]
"""A status; a whole answer with half the bytes; a connection that breaks; one byte changed; headers and then nothing;
or a file that takes about a second."""


class Server:
    """Serves a folder under `prefix` at a port of localhost, by default a free one, until `close`.

    With `sends_headers` it does so as a host that reads the site's `_headers`; with `compresses`, as hosts do, text
    goes compressed.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str = "/",
        port: int = 0,
        *,
        sends_headers: bool = False,
        compresses: bool = False,
    ) -> None:
        self.folder = folder
        self.prefix = prefix
        self.sends_headers = sends_headers
        self.compresses = compresses
        self.requests: list[str] = []
        self.faults: dict[str, Fault] = {}
        self.closing = threading.Event()
        handler = type("Handler", (_Handler,), {"site": self})
        self._http = _Http(("127.0.0.1", port), handler)
        self.origin = f"http://localhost:{self._http.server_port}"
        self.url = self.origin + prefix
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def count(self, part: str) -> int:
        """How many requests had this in their path."""
        return sum(part in path for path in self.requests)

    @contextmanager
    def fault(self, name: str, fault: Fault) -> Iterator[None]:
        """Break the files whose names begin so."""
        self.faults[name] = fault
        try:
            yield
        finally:
            del self.faults[name]

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up in the middle of a file is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(SimpleHTTPRequestHandler):
    site: Server
    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012 (declared so by the base class)
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".woff2": "font/woff2",
    }

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        if self.site.closing.is_set():  # a connection that was kept alive
            self.close_connection = True
            return
        path = unquote(urlsplit(self.path).path)
        self.site.requests.append(path)
        file = self._file(path)
        if file is None:
            self._send(b"not here", "text/plain", 404)
        elif file.is_dir():
            self.send_response(301)
            self.send_header("Location", f"{path}/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            kind = self.guess_type(file)
            fault = next((f for n, f in self.site.faults.items() if file.name.startswith(n)), None)
            self._answer(file.read_bytes(), str(kind), fault)

    def _file(self, path: str) -> Path | None:
        if not path.startswith(self.site.prefix):
            return None
        inside = path.removeprefix(self.site.prefix)
        if not inside or inside.endswith("/"):
            inside += "index.html"
        file = self.site.folder / inside
        return file if file.exists() else None

    def _answer(self, body: bytes, kind: str, fault: Fault | None) -> None:
        match fault:
            case None:
                self._send(body, kind)
            case int():
                self._send(b"no", "text/plain", fault)
            case "half":
                self._send(body[: len(body) // 2], kind)
            case "altered":
                middle = len(body) // 2
                self._send(body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :], kind)
            case "cut":
                self._head(len(body), kind)
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
            case "silent":
                self._head(len(body), kind)
                self.wfile.flush()
                self.site.closing.wait(60)
            case "slow":
                self._head(len(body), kind)
                size = len(body) // 10 + 1
                for start in range(0, len(body), size):
                    self.wfile.write(body[start : start + size])
                    self.wfile.flush()
                    time.sleep(0.1)

    def _send(self, body: bytes, kind: str, status: int = 200) -> None:
        encoding = None
        if self.site.compresses and _TEXT.match(kind):
            body, encoding = gzip.compress(body, 6), "gzip"
        self._head(len(body), kind, status, encoding)
        self.wfile.write(body)

    def _head(self, length: int, kind: str, status: int = 200, encoding: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.send_header("Cache-Control", "no-cache")
        if encoding:
            self.send_header("Content-Encoding", encoding)
        if self.site.sends_headers:
            _, *lines = (self.site.folder / "_headers").read_text(encoding="utf-8").splitlines()
            for line in lines:
                name, _, value = line.strip().partition(": ")
                self.send_header(name, value)
        self.end_headers()


def build(folder: Path, url: str) -> None:
    """Build the site for an address.

    Raises:
        RuntimeError: with what MkDocs said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=ROOT,
        env=os.environ | {"SITE_DIR": str(folder), "SITE_URL": url, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the site does not build:\n{done.stdout}{done.stderr}")
