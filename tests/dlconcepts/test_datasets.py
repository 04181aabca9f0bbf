"""The data sets have the truth that they promise."""

from importlib import resources

import numpy as np
import pytest
from scipy import stats

from dlconcepts import clustering, datasets

RNG = np.random.default_rng


def test_quantiles_of_the_growing_noise_are_lines() -> None:
    x, y = datasets.heteroscedastic(200_000, rng=RNG(0))
    for gamma in (0.05, 0.5, 0.95):
        z = stats.norm.ppf(gamma)
        line = 1 + 0.1 * z + (2 + 1.5 * z) * x
        for part in (x < 0.2, x > 0.8):
            n = part.sum()
            error = 4 * np.sqrt(gamma * (1 - gamma) / n)
            assert abs(np.mean(y[part] <= line[part]) - gamma) < error


def test_the_wave_has_its_mean_and_its_growing_spread() -> None:
    x, y = datasets.growing_wave(200_000, rng=RNG(0))
    noise = (y - x * np.sin(x)) / (0.5 + 0.3 * x)
    assert stats.kstest(noise, "norm").pvalue > 0.001
    assert 0 <= x.min() < x.max() <= 10


def test_the_impulses_lift_the_mean_and_hardly_the_median() -> None:
    x, y = datasets.noisy_sinc(200_000, rng=RNG(0), sigma=0.1, impulse=1.5, share=0.1)
    noise = y - np.sin(x) / x
    assert abs(noise.mean() - 0.15) < 0.005
    assert abs(np.median(noise)) < 0.02
    assert abs(np.mean(noise > 0.75) - 0.1) < 0.003


@pytest.mark.parametrize(
    "name",
    [
        "heteroscedastic",
        "growing_wave",
        "noisy_sinc",
        "two_moons",
        "two_strips",
        "two_views",
        "disk_and_ring",
        "seven_segments",
    ],
)
def test_every_set_refuses_a_bad_size(name: str) -> None:
    with pytest.raises(ValueError, match="n must be"):
        getattr(datasets, name)(0, rng=RNG(0))


@pytest.mark.parametrize(("argument", "value"), [("share", 1.5), ("sigma", -1.0)])
def test_the_sinc_refuses_what_is_out_of_range(argument: str, value: float) -> None:
    with pytest.raises(ValueError, match=argument):
        datasets.noisy_sinc(5, rng=RNG(0), **{argument: value})


def test_moons_lie_on_their_circles() -> None:
    X, y = datasets.two_moons(5000, rng=RNG(0), sigma=0.05)
    center = np.where(y[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    radius = np.linalg.norm(X - center, axis=1)
    assert abs(radius.mean() - 1) < 0.01
    assert abs(radius.std() - 0.05) < 0.01
    assert abs(y.mean() - 0.5) < 0.03
    assert X[y == 0, 1].min() > -0.3
    assert X[y == 1, 1].max() < 0.8


def test_strips_vary_along_themselves() -> None:
    X, y = datasets.two_strips(20_000, rng=RNG(0), sigma=0.15)
    for c in (0, 1):
        assert abs(X[y == c, 1].mean() - (c - 0.5)) < 0.01
        assert abs(X[y == c, 1].std() - 0.15) < 0.01
        assert stats.kstest(X[y == c, 0], stats.uniform(-1.5, 3).cdf).pvalue > 1e-3
    assert X[:, 0].var() > X[:, 1].var()
    across = clustering.kmeans(X, [[-0.75, 0.0], [0.75, 0.0]])
    between = clustering.kmeans(X, [[0.0, -0.5], [0.0, 0.5]])
    assert across.cost < 0.9 * between.cost
    assert abs(np.mean(across.labels == y) - 0.5) < 0.05


def test_views_are_independent_given_the_class() -> None:
    X, y = datasets.two_views(50_000, rng=RNG(0), sigma=0.7)
    for c in (0, 1):
        assert abs(np.corrcoef(X[y == c].T)[0, 1]) < 0.03
        np.testing.assert_allclose(X[y == c].mean(axis=0), 2 * c - 1, atol=0.03)
    assert abs(np.mean((X.sum(axis=1) > 0) == y) - stats.norm.cdf(2**0.5 / 0.7)) < 0.005


def test_the_disk_is_uniform_and_the_ring_is_around_it() -> None:
    X, y = datasets.disk_and_ring(5000, rng=RNG(0))
    radius = np.linalg.norm(X, axis=1)
    assert y.sum() == 2000
    assert radius[y == 1].max() < 0.8
    assert radius[y == 0].min() > 1.1
    assert radius[y == 0].max() < 1.6
    assert stats.kstest((radius[y == 1] / 0.8) ** 2, "uniform").pvalue > 1e-3
    assert abs(X.mean(axis=0)).max() < 0.05


def test_displays_follow_their_table() -> None:
    patterns, joint = datasets.seven_segment_table(0.1)
    assert len(np.unique(patterns, axis=0)) == 128
    np.testing.assert_allclose(joint.sum(axis=0), 0.1)
    X, y = datasets.seven_segments(200_000, rng=RNG(0), extra=2)
    code = (X[:, :7] @ 2 ** np.arange(6, -1, -1)).astype(int)
    np.testing.assert_array_equal(patterns[code], X[:, :7])
    count = np.zeros((128, 10))
    np.add.at(count, (code, y), 1)
    expected = 200_000 * joint
    big = expected > 5
    assert (np.abs(count - expected)[big] < 5 * np.sqrt(expected[big])).all()
    assert np.abs(X[:, 7:].mean(axis=0) - 0.5).max() < 0.01
    assert np.abs(np.corrcoef(X[:, 7], y)[0, 1]) < 0.01


def test_the_display_has_the_published_best_accuracy() -> None:
    # The description of the data set gives 74 %.
    assert round(datasets.seven_segment_table(0.1).joint.max(axis=1).sum(), 2) == 0.74
    assert datasets.seven_segment_table(0.0).joint.max(axis=1).sum() == pytest.approx(1)
    assert len({tuple(row) for row in datasets.SEGMENTS}) == 10
    with pytest.raises(ValueError, match="flip must be"):
        datasets.seven_segment_table(1.1)
    with pytest.raises(ValueError, match="extra must be"):
        datasets.seven_segments(3, rng=RNG(0), extra=-1)


def test_the_digits_are_scikit_learns() -> None:
    from sklearn.datasets import load_digits

    theirs = load_digits()
    X, y = datasets.digits()
    np.testing.assert_array_equal(16 * X, theirs.data)
    np.testing.assert_array_equal(y, theirs.target)


def test_the_license_of_the_digits_is_beside_them() -> None:
    folder = resources.files("dlconcepts") / "data"
    assert "CC BY 4.0" in (folder / "digits.LICENSE.txt").read_text(encoding="utf-8")
    assert len((folder / "digits.npz").read_bytes()) < 50_000


def test_bars_are_unions_of_full_rows_and_columns() -> None:
    X = datasets.bars(4000, rng=RNG(0), size=4, share=0.2).reshape(-1, 4, 4)
    rows, columns = np.asarray(X.all(axis=2)), np.asarray(X.all(axis=1))
    assert np.array_equal(X, rows[:, :, None] | columns[:, None, :])
    # A full row is a bar, or four full columns.
    expected = 0.2 + 0.8 * 0.2**4
    assert abs(rows.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / rows.size)
    assert abs(X.mean() - (1 - 0.8**2)) < 0.01


def test_single_bars_are_the_images_with_one_full_row_or_column() -> None:
    parts = datasets.single_bars(5).reshape(10, 5, 5)
    assert (parts.sum(axis=(1, 2)) == 5).all()
    assert len(np.unique(parts, axis=0)) == 10
    assert np.array_equal(parts[:5].all(axis=2), np.eye(5))
    assert np.array_equal(parts[5:].all(axis=1), np.eye(5))


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_bars_and_stripes_are_all_there_once(size: int) -> None:
    X = datasets.bars_and_stripes(size)
    assert X.shape == (2 ** (size + 1) - 2, size * size)
    assert len({tuple(x) for x in X}) == len(X)
    images = X.reshape(-1, size, size)
    same_rows = (images == images[:, :, :1]).all(axis=(1, 2))
    same_columns = (images == images[:, :1, :]).all(axis=(1, 2))
    assert (same_rows | same_columns).all()


def test_sizes_of_bars_are_checked() -> None:
    with pytest.raises(ValueError, match="size must be at most 10"):
        datasets.bars_and_stripes(11)
    with pytest.raises(ValueError, match="share"):
        datasets.bars(3, rng=RNG(0), share=1.0)


def test_tangents_of_curves_are_differences() -> None:
    n = 3000
    for found in (datasets.spiral(n), datasets.moving_bump(n, size=9, width=1.2)):
        step = found.X[2:] - found.X[:-2]
        step /= np.linalg.norm(step, axis=1, keepdims=True)
        # Where a pixel is opposite the bump its distance changes sign; there the image has a corner.
        np.testing.assert_allclose(np.median((step * found.tangents[1:-1]).sum(axis=1)), 1)
        assert (step * found.tangents[1:-1]).sum(axis=1).min() > 0.999
        np.testing.assert_allclose(np.linalg.norm(found.tangents, axis=1), 1)
    radius = np.linalg.norm(datasets.spiral(100).X, axis=1)
    np.testing.assert_allclose(np.diff(radius), 1.5 * np.pi / 4 / 99)


def test_a_bump_moves_by_pixels() -> None:
    X = datasets.moving_bump(16, width=1.5).X
    np.testing.assert_allclose(X[1:], np.roll(X[:-1], 1, axis=1), atol=1e-15)
    np.testing.assert_allclose(X[0, 3], np.exp(-9 / (2 * 1.5**2)))
    with pytest.raises(ValueError, match="width"):
        datasets.moving_bump(3, width=0.0)
    with pytest.raises(ValueError, match="size must be a whole number >= 3"):
        datasets.moving_bump(3, size=2)


def test_labels_of_two_factors_are_in_the_factors_or_in_the_noise() -> None:
    fixed = RNG(7)
    G = fixed.normal(size=(2, 40))
    for apart in (False, True):
        X, y = datasets.two_factors(4000, rng=RNG(0), sigma=0.5, apart=apart)
        factors = 2 * X @ np.linalg.pinv(G)
        agree = factors.prod(axis=1) > 0
        right = (agree == y).mean()
        assert abs(right - (0.5 if apart else 1.0)) < 0.03
        outside = X - factors @ G / 2  # what the factors do not explain
        w = np.linalg.lstsq(outside[:2000], 2.0 * y[:2000] - 1, rcond=None)[0]
        right = ((outside[2000:] @ w > 0) == y[2000:]).mean()
        assert right > 0.95 if apart else abs(right - 0.5) < 0.05
    with pytest.raises(ValueError, match="sigma"):
        datasets.two_factors(3, rng=RNG(0), sigma=0.0)
