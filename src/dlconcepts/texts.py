"""Small texts for character models: numbers in words, and characters as symbols.

Symbol 0 stands for the end of a text, and for what is before its first character.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def number_word(n: int) -> str:
    """A number from 0 to 999 in English words.

    Args:
        n: the number.

    Returns:
        Its words, joined by spaces.

    Raises:
        ValueError: if n is not a whole number from 0 to 999.

    Examples:
        >>> number_word(342)
        'three hundred forty two'
    """
    n = _checks.count("n", n, minimum=0)
    if n > 999:
        raise ValueError(f"n must be at most 999, got {n}")
    if n < 20:
        return _ONES[n]
    if n < 100:
        tens, ones = divmod(n - 20, 10)
        return _TENS[tens] + (f" {_ONES[ones]}" if ones else "")
    hundreds, rest = divmod(n, 100)
    return f"{_ONES[hundreds]} hundred" + (f" {number_word(rest)}" if rest else "")


class Batch(NamedTuple):
    """Texts for training: each symbol's predecessor in, the symbol out."""

    X: Array  # one-hot predecessors, shape (n, T, k)
    y: NDArray[np.int_]  # symbols, shape (n, T)
    weights: Array  # 1 up to the end of each text, 0 in the padding, shape (n, T)


class Code(NamedTuple):
    """Characters and the symbols that stand for them."""

    symbols: str  # the first is the end of a text

    @classmethod
    def of(cls, words: Sequence[str]) -> Code:
        """The code of all characters in some texts.

        Raises:
            ValueError: if there is no text, or a text is empty.

        Examples:
            >>> Code.of(["ab", "ca"]).symbols[1:]
            'abc'
        """
        if not words or not all(words):
            raise ValueError("words must be texts of a character at least")
        return cls("\n" + "".join(sorted(set("".join(words)) - {"\n"})))

    def batch(self, words: Sequence[str]) -> Batch:
        """Texts as arrays, padded to the longest.

        Raises:
            ValueError: if there is no text, or a text has a character that the code has not.

        Examples:
            >>> Code.of(["ab"]).batch(["ab"]).y
            array([[1, 2, 0]])
        """
        if not words:
            raise ValueError("words must hold a text at least, got none")
        if unknown := set("".join(words)) - set(self.symbols[1:]):
            raise ValueError(f"words must be of the code's characters, got {sorted(unknown)}")
        longest = max(map(len, words)) + 1
        y = np.zeros((len(words), longest), dtype=int)
        weights = np.zeros(y.shape)
        for i, word in enumerate(words):
            y[i, : len(word)] = [self.symbols.index(c) for c in word]
            weights[i, : len(word) + 1] = 1
        before = np.hstack([np.zeros((len(words), 1), dtype=int), y[:, :-1]])
        return Batch(np.eye(len(self.symbols))[before], y, weights)

    def text(self, drawn: ArrayLike) -> str:
        """The characters of symbols, up to the end; a 0 in front is skipped.

        Examples:
            >>> Code.of(["ab"]).text([0, 2, 1, 0])
            'ba'
        """
        symbols = np.asarray(drawn).tolist()
        start = 1 if symbols[:1] == [0] else 0
        stop = symbols.index(0, start) if 0 in symbols[start:] else len(symbols)
        return "".join(self.symbols[i] for i in symbols[start:stop])
