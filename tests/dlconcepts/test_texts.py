from collections.abc import Callable

import numpy as np
import pytest

from dlconcepts import texts


@pytest.mark.parametrize(
    ("n", "word"),
    [
        (0, "zero"),
        (7, "seven"),
        (13, "thirteen"),
        (20, "twenty"),
        (99, "ninety nine"),
        (100, "one hundred"),
        (512, "five hundred twelve"),
        (999, "nine hundred ninety nine"),
    ],
)
def test_number_words(n: int, word: str) -> None:
    assert texts.number_word(n) == word


def test_number_words_differ() -> None:
    assert len({texts.number_word(n) for n in range(1000)}) == 1000


def test_a_batch_gives_each_symbol_its_predecessor() -> None:
    words = ["one", "three", "one one"]
    code = texts.Code.of(words)
    X, y, weights = code.batch(words)
    assert X.shape == (3, 8, len(code.symbols))
    for word, inputs, symbols, counted in zip(words, X, y, weights, strict=True):
        assert code.text(symbols) == word
        assert counted.sum() == len(word) + 1
        np.testing.assert_array_equal(inputs.argmax(axis=1), [0, *symbols[:-1]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: texts.number_word(1000), "n must be at most 999"),
        (lambda: texts.number_word(-1), "n must be a whole number"),
        (lambda: texts.Code.of([]), "words must be texts"),
        (lambda: texts.Code.of(["a", ""]), "words must be texts"),
        (lambda: texts.Code.of(["a"]).batch(["b"]), "words must be of the code's characters"),
        (lambda: texts.Code.of(["a"]).batch([]), "words must hold a text at least"),
    ],
)
def test_refusals(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
