"""Where the WebAssembly wheels come from.

Pyodide's own packages are on no registry under their own name. Which carrier brings a file does not
matter: only the bytes with the SHA-256 in the lock of the npm package are accepted.
"""

import ast
import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .errors import RuntimeBuildError

Report = Callable[[str], None]
Progress = Callable[[int, int], None]

TIMEOUT = (5.0, 60.0)  # seconds to connect, seconds without a byte: a dead carrier must fail fast
CHUNK = 1 << 16


class Carrier(Protocol):
    """A place that holds the packages of a Pyodide release."""

    @property
    def name(self) -> str:
        """What to call it in messages."""

    def fetch(self, file_name: str, progress: Progress) -> bytes:
        """The file's bytes; any exception means that this carrier cannot serve it."""


@dataclass(frozen=True)
class ReleaseCdn:
    """The address at which the Pyodide project publishes its releases."""

    version: str
    base: str = "https://cdn.jsdelivr.net/pyodide"
    name: str = "Pyodide release CDN"

    def fetch(self, file_name: str, progress: Progress) -> bytes:
        """Download the file."""
        import requests

        url = f"{self.base}/v{self.version}/full/{file_name}"
        with requests.get(url, stream=True, timeout=TIMEOUT) as response:
            response.raise_for_status()
            total = int(response.headers.get("Content-Length", 0))
            data = bytearray()
            for chunk in response.iter_content(CHUNK):
                data += chunk
                progress(len(data), total)
        return bytes(data)


@dataclass(frozen=True)
class IndexWheel:
    """A wheel on the package index that has the files of a Pyodide release among its own."""

    project: str
    wheel: str
    folder: str
    endpoint: str | None = None

    @property
    def name(self) -> str:
        """The wheel's file name."""
        return f"{self.wheel} on the package index"

    def fetch(self, file_name: str, progress: Progress) -> bytes:
        """Read one member of the wheel by HTTP range requests."""
        # Imported here because a build that downloads nothing should not wait 0.6 s for them.
        import requests
        from pypi_simple import PYPI_SIMPLE_ENDPOINT, PyPISimple
        from remotezip import RemoteZip

        settings = pip_settings()
        endpoint = self.endpoint or settings.get("index-url") or PYPI_SIMPLE_ENDPOINT
        session = requests.Session()
        if "cert" in settings:
            session.verify = settings["cert"]
        with PyPISimple(endpoint, session=session) as index:
            page = index.get_project_page(self.project, timeout=TIMEOUT)
            url = next((file.url for file in page.packages if file.filename == self.wheel), None)
            if url is None:
                raise LookupError("the index does not list it")
            with RemoteZip(url, session=session, timeout=TIMEOUT) as archive:
                member = archive.getinfo(f"{self.folder}/{file_name}")
                data = bytearray()
                with archive.open(member) as stream:
                    while chunk := stream.read(CHUNK):
                        data += chunk
                        progress(len(data), member.file_size)
        return bytes(data)


def carriers_for(version: str) -> tuple[Carrier, ...]:
    """The carriers of a Pyodide release, in the order to try them.

    The index comes first: pip has just installed everything else from it, so it is known to be
    reachable, through whatever mirror is configured; the CDN is one more host that may be blocked.
    """
    wheel = IndexWheel(
        "open-webui", "open_webui-0.12.4-py3-none-any.whl", "open_webui/frontend/pyodide"
    )
    return wheel, ReleaseCdn(version)


def pip_settings() -> dict[str, str]:
    """What pip is configured to use for `pip install`, option by option."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.stdout.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in found:
            found[section][option] = ast.literal_eval(value)
    return found["global"] | found["install"] | found[":env:"]


def reason(error: Exception) -> str:
    """Why a carrier failed, in a few words."""
    import requests

    match error:
        case requests.ConnectTimeout():
            return f"no connection within {TIMEOUT[0]:g} s"
        case requests.ReadTimeout():
            return f"silent for {TIMEOUT[1]:g} s"
        case requests.exceptions.ProxyError() | requests.exceptions.SSLError():
            return type(error).__name__
        case requests.HTTPError(response=requests.Response() as response):
            return f"HTTP {response.status_code}"
        case requests.ConnectionError():
            return "no connection"
    text = str(error).strip("'\"").splitlines()
    return text[0] if text else type(error).__name__


def fetch(file_name: str, digest: str, carriers: Sequence[Carrier], report: Report) -> bytes:
    """The file with this SHA-256 from the first carrier that has it.

    Raises:
        RuntimeBuildError: no carrier delivers these bytes.
    """
    failures = []
    for carrier in carriers:
        report(f"Downloading {file_name} from {carrier.name}")
        try:
            data = carrier.fetch(file_name, _progress_lines(report))
        except Exception as error:  # whatever is wrong with this carrier, the next one may work
            failure = f"{carrier.name}: {reason(error)}"
        else:
            actual = hashlib.sha256(data).hexdigest()
            if actual == digest:
                return data
            failure = f"{carrier.name}: sha256 is {actual}, expected {digest}"
        report(f"  {failure}")
        failures.append(failure)
    message = (
        f"no carrier delivered {file_name} ({'; '.join(failures)}): "
        "check the network or pip's index settings and run the command again"
    )
    raise RuntimeBuildError(message)


def _progress_lines(report: Report) -> Progress:
    """Report each further megabyte and the end."""
    reported = 0

    def progress(done: int, total: int) -> None:
        nonlocal reported
        if done == total or done - reported >= 1_000_000:
            reported = done
            of_total = f" of {total:,}" if total else ""
            report(f"  {done:,}{of_total} bytes")

    return progress
