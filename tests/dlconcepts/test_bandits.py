"""The player sees one reward a step, averages it, and explores as often as told."""

import numpy as np
import pytest

from dlconcepts import bandits

RNG = np.random.default_rng


def test_values_are_the_means_of_what_was_seen() -> None:
    rng = RNG(0)
    table = rng.normal(size=(400, 3))
    asked: list[tuple[int, int]] = []

    def reward(t: int, arm: int) -> float:
        asked.append((t, arm))
        return float(table[t, arm])

    contexts = rng.integers(2, size=400)
    play = bandits.epsilon_greedy(reward, contexts, 3, 0.3, rng=rng)
    assert asked == list(enumerate(play.arms.tolist()))
    np.testing.assert_array_equal(play.rewards, table[np.arange(400), play.arms])
    for s in range(2):
        for arm in range(3):
            seen = play.rewards[(contexts == s) & (play.arms == arm)]
            assert play.values[s, arm] == pytest.approx(seen.mean())


@pytest.mark.parametrize("epsilon", [0.0, 0.2, 1.0])
def test_share_of_exploration(epsilon: float) -> None:
    play = bandits.epsilon_greedy(
        lambda t, arm: float(arm == 0), np.zeros(4000), 2, epsilon, rng=RNG(1)
    )
    share = epsilon / 2  # half of the explored steps take the arm that is best so far
    assert abs(play.arms.mean() - share) <= 4 * np.sqrt(share * (1 - share) / 4000)


@pytest.mark.parametrize("initial", [np.inf, 1e20])
def test_the_first_reward_replaces_the_initial_value(initial: float) -> None:
    play = bandits.epsilon_greedy(
        lambda t, arm: 0.1 * arm, np.zeros(5), 3, 0.0, initial=initial, rng=RNG(0)
    )
    assert play.arms.tolist() == [0, 1, 2, 2, 2]  # each is tried once, then the best
    np.testing.assert_array_equal(play.values, [[0.0, 0.1, 0.2]])


def test_refusals() -> None:
    for message, contexts, arms, epsilon in [
        ("contexts must be", [0.5], 2, 0.1),
        ("arms must be", [0.0], 1, 0.1),
        ("epsilon must be", [0.0], 2, 1.1),
    ]:
        with pytest.raises(ValueError, match=message):
            bandits.epsilon_greedy(lambda t, arm: 0.0, contexts, arms, epsilon, rng=RNG(0))
