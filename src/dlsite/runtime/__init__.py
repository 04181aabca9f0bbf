"""Fetch, verify, compile and pack Pyodide, NumPy and dlconcepts: the Python of the pages."""

from .errors import RuntimeBuildError
from .pack import build_library as library
from .pack import build_runtime as build
from .pack import first_download, optional_files

__all__ = ["RuntimeBuildError", "build", "first_download", "library", "optional_files"]
