"""Write `src/dlconcepts/data/digits.npz` from scikit-learn's copy of the data set, when run as a script.

`test_datasets.py` compares the file with its source, so this runs again only if the format changes.
"""

import io
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TARGET = Path(__file__).parents[2] / "src" / "dlconcepts" / "data" / "digits.npz"


def packed() -> bytes:
    """Images as whole numbers from 0 to 16, shape (1797, 64), and their digits, in one archive."""
    found = load_digits()
    file = io.BytesIO()
    np.savez_compressed(file, X=found.data.astype(np.uint8), y=found.target.astype(np.uint8))
    return file.getvalue()


if __name__ == "__main__":
    TARGET.write_bytes(packed())
