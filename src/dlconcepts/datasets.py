r"""Small data sets whose truth is known, drawn anew from a generator, and one of real images.

Each returns the inputs and the targets; what generated them stands in the docstring, so that a page can compare a fit
with the truth. The images of ``digits`` come with the package.
"""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array


class Sample(NamedTuple):
    """Inputs and targets of a regression problem with one feature."""

    x: Array  # shape (n,)
    y: Array  # shape (n,)


def heteroscedastic(n: int, *, rng: np.random.Generator) -> Sample:
    r"""A line whose noise grows: $y = 1 + 2x + (0.1 + 1.5x)\,\varepsilon$, $x$ uniform on [0, 1].

    With $\varepsilon$ standard normal, the γ-quantile of y given x is a line too,
    $1 + 0.1z + (2 + 1.5z)x$ with $z = \Phi^{-1}(\gamma)$.

    Args:
        n: number of examples.
        rng: source of randomness.

    Raises:
        ValueError: if n is not a positive whole number.

    Examples:
        >>> heteroscedastic(3, rng=np.random.default_rng(0)).y.round(3)
        array([2.385, 1.269, 1.14 ])
    """
    n = _checks.count("n", n)
    x = rng.uniform(0, 1, n)
    return Sample(x, 1 + 2 * x + (0.1 + 1.5 * x) * rng.normal(size=n))


def growing_wave(n: int, *, rng: np.random.Generator) -> Sample:
    r"""A wave whose noise grows: $y = x\sin x + (0.5 + 0.3x)\,\varepsilon$, $x$ uniform on [0, 10].

    Args:
        n: number of examples.
        rng: source of randomness.

    Raises:
        ValueError: if n is not a positive whole number.

    Examples:
        >>> growing_wave(3, rng=np.random.default_rng(0)).x.round(3)
        array([6.37 , 2.698, 0.41 ])
    """
    n = _checks.count("n", n)
    x = rng.uniform(0, 10, n)
    return Sample(x, x * np.sin(x) + (0.5 + 0.3 * x) * rng.normal(size=n))


def noisy_sinc(
    n: int,
    *,
    rng: np.random.Generator,
    sigma: float = 0.1,
    impulse: float = 1.5,
    share: float = 0.1,
) -> Sample:
    r"""A sinc with two kinds of noise: $y = \sin(x)/x + \sigma\varepsilon + h\,b$, $b\sim$ Bernoulli(p).

    The impulses lift the conditional mean by $hp$ and the median by much less.

    Args:
        n: number of examples; x is uniform on [-10, 10].
        rng: source of randomness.
        sigma: standard deviation σ of the normal noise.
        impulse: height h of an impulse.
        share: probability p of an impulse, between 0 and 1.

    Raises:
        ValueError: if an argument is out of range.

    References:
        Natekin & Knoll 2013, who compare boosting losses on data of this kind.

    Examples:
        >>> x, y = noisy_sinc(1000, rng=np.random.default_rng(0), sigma=0.0, share=0.0)
        >>> bool(np.allclose(x * y, np.sin(x)))
        True
    """
    n = _checks.count("n", n)
    sigma = _checks.positive("sigma", sigma, zero=True)
    share = _checks.fraction("share", share, ends=True)
    x = rng.uniform(-10, 10, n)
    noise = sigma * rng.normal(size=n) + impulse * (rng.random(n) < share)
    return Sample(x, np.sinc(x / np.pi) + noise)


class Labeled(NamedTuple):
    """Points with their classes."""

    X: Array  # shape (n, d)
    y: NDArray[np.intp]  # 0, 1, …, or −1 and +1; shape (n,)


def two_moons(n: int, *, rng: np.random.Generator, sigma: float = 0.1) -> Labeled:
    r"""Two interleaved half circles of radius 1 with normal noise.

    Class 0 lies on $(\cos t, \sin t)$ and class 1 on $(1 - \cos t, \tfrac12 - \sin t)$, with t uniform on [0, π].

    Args:
        n: number of points; each class is drawn with probability one half.
        rng: source of randomness.
        sigma: standard deviation of the noise in each coordinate.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> X, y = two_moons(200, rng=np.random.default_rng(0), sigma=0.0)
        >>> bool(np.allclose(np.linalg.norm(X[y == 0], axis=1), 1))
        True
    """
    n, sigma = _checks.count("n", n), _checks.positive("sigma", sigma, zero=True)
    y = rng.integers(2, size=n)
    t = rng.uniform(0, np.pi, n)
    upper = np.column_stack([np.cos(t), np.sin(t)])
    lower = np.column_stack([1 - np.cos(t), 0.5 - np.sin(t)])
    return Labeled(np.where(y[:, None] == 0, upper, lower) + sigma * rng.normal(size=(n, 2)), y)


def two_strips(n: int, *, rng: np.random.Generator, sigma: float = 0.15) -> Labeled:
    r"""Two horizontal strips, each three times as long as they lie apart.

    A point is $(u, c - \tfrac12)$ plus vertical noise, with class c and u uniform on [-1.5, 1.5]. Most of the variance
    of the inputs lies along the strips, so that two centers describe them best by a cut across both: it takes 9/16 off
    the mean square, a cut between the strips 1/4. At two thirds of the length the two would tie.

    Args:
        n: number of points; each class is drawn with probability one half.
        rng: source of randomness.
        sigma: standard deviation of the vertical noise.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> X, y = two_strips(200, rng=np.random.default_rng(0), sigma=0.0)
        >>> bool(np.array_equal(X[:, 1], y - 0.5))
        True
    """
    n, sigma = _checks.count("n", n), _checks.positive("sigma", sigma, zero=True)
    y = rng.integers(2, size=n)
    return Labeled(
        np.column_stack([rng.uniform(-1.5, 1.5, n), y - 0.5 + sigma * rng.normal(size=n)]), y
    )


def two_views(n: int, *, rng: np.random.Generator, sigma: float = 0.7) -> Labeled:
    r"""Two classes of equal share with means (−1, −1) and (1, 1) and noise $\sigma^2I$.

    Given the class, the coordinates are independent. Therefore $\mathbb E[x_2\mid x_1] = 2P(y{=}1\mid x_1) - 1$: to
    predict one coordinate from the other is to estimate the class.

    Args:
        n: number of points.
        rng: source of randomness.
        sigma: standard deviation of the noise; the best accuracy possible is $\Phi(\sqrt2/\sigma)$.

    Raises:
        ValueError: if an argument is out of range.

    Examples:
        >>> X, y = two_views(4, rng=np.random.default_rng(0), sigma=0.0)
        >>> bool((X[:, 0] == 2 * y - 1).all())
        True
    """
    n, sigma = _checks.count("n", n), _checks.positive("sigma", sigma, zero=True)
    y = rng.integers(2, size=n)
    return Labeled((2.0 * y - 1)[:, None] + sigma * rng.normal(size=(n, 2)), y)


def disk_and_ring(n: int, *, rng: np.random.Generator) -> Labeled:
    """A disk of radius 0.8 (class 1, two fifths of the points) inside a ring from 1.1 to 1.6 (class 0).

    No line separates the classes; a circle of radius 1 does, with room to spare.

    Args:
        n: number of points.
        rng: source of randomness.

    Raises:
        ValueError: if n is not positive.

    Examples:
        >>> X, y = disk_and_ring(50, rng=np.random.default_rng(0))
        >>> bool(((np.linalg.norm(X, axis=1) < 1) == (y == 1)).all()), y.mean()
        (True, np.float64(0.4))
    """
    n = _checks.count("n", n)
    y = (np.arange(n) < 2 * n // 5).astype(np.intp)
    low, high = np.where(y == 1, 0.0, 1.1), np.where(y == 1, 0.8, 1.6)
    radius = np.sqrt(rng.uniform(low**2, high**2))  # uniform over the area
    angle = rng.uniform(0, 2 * np.pi, n)
    return Labeled(radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), y)


class Curve(NamedTuple):
    """Points of a one-dimensional manifold, with its direction at each."""

    X: Array  # points, shape (n, d)
    tangents: Array  # of length 1, shape (n, d)


def spiral(n: int) -> Curve:
    r"""Three quarters of a turn of a spiral: $\frac a4(\cos a,\sin a)$ for $a$ from $\frac34\pi$ to $\frac94\pi$.

    Args:
        n: number of points ≥ 2, evenly spaced in the angle.

    Returns:
        Points and tangents in two dimensions.

    Raises:
        ValueError: if n is less than 2.

    Examples:
        >>> spiral(2).X.round(2)
        array([[-0.42,  0.42],
               [ 1.25,  1.25]])
    """
    a = np.linspace(0.75, 2.25, _checks.count("n", n, minimum=2)) * np.pi
    u, v = np.column_stack([np.cos(a), np.sin(a)]), np.column_stack([-np.sin(a), np.cos(a)])
    along = u + a[:, None] * v
    return Curve(a[:, None] / 4 * u, along / np.linalg.norm(along, axis=1, keepdims=True))


def moving_bump(n: int, *, size: int = 16, width: float = 2.0) -> Curve:
    r"""Images of one bump, $x_j = e^{-u^2/2w^2}$ with the distance u of pixel j from its center on a ring of pixels.

    One number, the position, makes them all; yet they lie in no line or plane.

    Args:
        n: number of images ≥ 1; the positions go once around, evenly spaced.
        size: number of pixels ≥ 3; on fewer the bump has no direction to move in.
        width: w > 0, in pixels.

    Returns:
        Images in ``size`` dimensions, and the direction of each in which the bump moves.

    Raises:
        ValueError: if a number is out of range.

    Examples:
        >>> moving_bump(2, size=4, width=1.0).X.round(2)
        array([[1.  , 0.61, 0.14, 0.61],
               [0.14, 0.61, 1.  , 0.61]])
    """
    size, width = _checks.count("size", size, minimum=3), _checks.positive("width", width)
    at = np.linspace(0, size, _checks.count("n", n), endpoint=False)
    u = (np.arange(size) - at[:, None] + size / 2) % size - size / 2
    X = np.exp(-(u**2) / (2 * width**2))
    along = X * u
    return Curve(X, along / np.linalg.norm(along, axis=1, keepdims=True))


# Top, upper left, upper right, middle, lower left, lower right, bottom of the digits 0 to 9.
SEGMENTS = np.array(
    [[int(s) for s in row] for row in (
        "1110111", "0010010", "1011101", "1011011", "0111010",
        "1101011", "1101111", "1010010", "1111111", "1111011",
    )]
)  # fmt: skip


class Patterns(NamedTuple):
    """Everything that a display can show, with its probabilities."""

    X: Array  # the 128 patterns, shape (128, 7)
    joint: Array  # P(pattern, digit), shape (128, 10)


def seven_segments(
    n: int, *, rng: np.random.Generator, flip: float = 0.1, extra: int = 0
) -> Labeled:
    r"""A digit on a faulty display: each of its seven segments is wrong with probability $\epsilon$.

    The digits are equally likely. With $\epsilon = 0.1$ no program can read more than 74 % of them.

    Args:
        n: number of displays.
        rng: source of randomness.
        flip: probability ε that a segment is wrong, from 0 to 1.
        extra: number of further lights that say nothing: each is on with probability one half.

    Returns:
        Lights as 0 and 1, shape (n, 7 + extra), and the digits 0 to 9, shape (n,).

    Raises:
        ValueError: if an argument is out of range.

    References:
        Breiman, Friedman, Olshen & Stone 1984, ch. 2.

    Examples:
        >>> X, y = seven_segments(3, rng=np.random.default_rng(0), flip=0.0)
        >>> bool((X == SEGMENTS[y]).all())
        True
    """
    n, extra = _checks.count("n", n), _checks.count("extra", extra, minimum=0)
    flip = _checks.fraction("flip", flip, ends=True)
    y = rng.integers(10, size=n)
    shown = SEGMENTS[y] ^ (rng.random((n, 7)) < flip)
    noise = rng.integers(2, size=(n, extra))
    return Labeled(np.hstack([shown, noise]).astype(float), y)


def seven_segment_table(flip: float = 0.1) -> Patterns:
    r"""All 128 patterns of `seven_segments` with $P(\mathbf x, y) = \frac1{10}\epsilon^h(1-\epsilon)^{7-h}$.

    h counts the segments of $\mathbf x$ that are wrong for the digit y. Sums over the table are exact expectations.

    Args:
        flip: probability ε that a segment is wrong, from 0 to 1.

    Raises:
        ValueError: if flip is out of range.

    Examples:
        >>> round(float(seven_segment_table(0.1).joint.max(axis=1).sum()), 4)  # the best accuracy
        0.74
    """
    flip = _checks.fraction("flip", flip, ends=True)
    X = (np.arange(128)[:, None] >> np.arange(6, -1, -1)) & 1
    wrong = (X[:, None, :] != SEGMENTS).sum(axis=2)
    return Patterns(X.astype(float), flip**wrong * (1 - flip) ** (7 - wrong) / 10)


def digits() -> Labeled:
    """Handwritten digits: 1797 images of 8 by 8 pixels with values 0, 1/16, …, 1, where 1 is ink.

    Row by row, from the top left: ``X[0].reshape(8, 8)`` is the first image. About 180 images show each digit.
    Forty-three people wrote the whole data set; these are the images of the thirteen in its test part.

    Returns:
        Images, shape (1797, 64), and the digits 0 to 9, shape (1797,).

    References:
        Alpaydin & Kaynak 1998, UCI Machine Learning Repository, CC BY 4.0.

    Examples:
        >>> X, y = digits()
        >>> X.shape, y[:5], (X.min(), X.max())
        ((1797, 64), array([0, 1, 2, 3, 4]), (np.float64(0.0), np.float64(1.0)))
    """
    with (resources.files("dlconcepts") / "data" / "digits.npz").open("rb") as file:
        stored = np.load(file)
        return Labeled(stored["X"] / 16.0, stored["y"].astype(np.intp))


def two_factors(
    n: int, *, rng: np.random.Generator, sigma: float = 1.0, apart: bool = False
) -> Labeled:
    r"""Two hidden factors in 40 inputs, $\mathbf x=(G^\top\mathbf z+\sigma\boldsymbol\varepsilon)/2$, and a label.

    Each factor is ±1 with a little noise of its own. The label is 1 where their signs agree. With ``apart``, the inputs
    have the same distribution, and the label is the sign of the noise along a direction that G does not use: so
    features of the inputs' distribution hold all of the first label and nothing of the second.

    Args:
        n: number of examples ≥ 1.
        rng: source of randomness; G is always the same.
        sigma: σ > 0.
        apart: whether the label is a matter of the noise.

    Returns:
        Inputs, shape (n, 40), and labels 0 and 1, shape (n,).

    Raises:
        ValueError: if a parameter is out of range.

    Examples:
        >>> X, y = two_factors(5, rng=np.random.default_rng(0))
        >>> X.shape, y
        ((5, 40), array([1, 0, 1, 1, 0]))
    """
    n, sigma = _checks.count("n", n), _checks.positive("sigma", sigma)
    fixed = np.random.default_rng(7)
    G, v = fixed.normal(size=(2, 40)), fixed.normal(size=40)
    v -= np.linalg.lstsq(G.T, v, rcond=None)[0] @ G
    sign, noise = rng.choice([-1, 1], size=(n, 2)), rng.normal(size=(n, 40))
    factors = sign + 0.2 * rng.normal(size=(n, 2))
    label = noise @ v > 0 if apart else sign.prod(axis=1) > 0
    return Labeled((factors @ G + sigma * noise) / 2, label.astype(np.intp))


def bars(n: int, *, rng: np.random.Generator, size: int = 8, share: float = 0.15) -> Array:
    r"""Binary images with full rows and columns: each of the 2·size bars is there with a probability of its own.

    The image is the union of its bars. Its parts are known, so that one sees whether a code finds them; as they
    overlap, no code that is linear in the image has them exactly.

    Args:
        n: number of images ≥ 1.
        rng: source of randomness.
        size: rows and columns.
        share: probability of each bar, in (0, 1).

    Returns:
        Pixels 0 and 1, shape (n, size²), row by row.

    Raises:
        ValueError: if a number is out of range.

    References:
        Földiák 1990 (the bars problem).

    Examples:
        >>> bars(1, rng=np.random.default_rng(2), size=3, share=0.3).reshape(3, 3)
        array([[1., 1., 1.],
               [1., 1., 1.],
               [1., 0., 0.]])
    """
    n, size = _checks.count("n", n), _checks.count("size", size)
    there = rng.random((n, 2, size)) < _checks.fraction("share", share)
    image = there[:, 0, :, None] | there[:, 1, None, :]
    return image.reshape(n, size * size).astype(float)


def single_bars(size: int = 8) -> Array:
    r"""The parts of ``bars``: each row, then each column, alone.

    Args:
        size: rows and columns.

    Returns:
        Pixels 0 and 1, shape (2·size, size²), row by row.

    Raises:
        ValueError: if size is not positive.

    Examples:
        >>> single_bars(2).astype(int)
        array([[1, 1, 0, 0],
               [0, 0, 1, 1],
               [1, 0, 1, 0],
               [0, 1, 0, 1]])
    """
    size = _checks.count("size", size)
    one, all_ = np.eye(size), np.ones((1, size))
    return np.vstack([np.kron(one, all_), np.kron(all_, one)])


def bars_and_stripes(size: int) -> Array:
    r"""All binary images whose rows, or whose columns, are constant: $2^{\text{size}+1}-2$ of them.

    Args:
        size: rows and columns, 1 … 10.

    Returns:
        Pixels 0 and 1, shape (n, size²); each pattern once.

    Raises:
        ValueError: if size is out of range.

    References:
        MacKay 2003, ch. 43.

    Examples:
        >>> bars_and_stripes(2).astype(int)
        array([[0, 0, 0, 0],
               [0, 0, 1, 1],
               [0, 1, 0, 1],
               [1, 0, 1, 0],
               [1, 1, 0, 0],
               [1, 1, 1, 1]])
    """
    if (size := _checks.count("size", size)) > 10:
        raise ValueError(f"size must be at most 10, got {size}")
    words = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
    rows = np.repeat(words[:, :, None], size, axis=2)
    images = np.concatenate([rows, rows.transpose(0, 2, 1)])
    return np.unique(images.reshape(len(images), -1), axis=0).astype(float)
