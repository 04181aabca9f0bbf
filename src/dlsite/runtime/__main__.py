"""`python -m dlsite.runtime`: make the runtime of this checkout and print its folder."""

import sys
from pathlib import Path

from . import RuntimeBuildError, build

ROOT = Path(__file__).parents[3]


def show(line: str) -> None:
    """Print progress at once, apart from the result."""
    print(line, file=sys.stderr, flush=True)


def main(root: Path = ROOT) -> int:
    """Build; the exit status."""
    try:
        print(build(root, report=show))
    except RuntimeBuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
