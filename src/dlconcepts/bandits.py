r"""Bandits: choose an arm, see the reward of that arm alone, learn its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array


class Play(NamedTuple):
    """What a player did and learned."""

    arms: NDArray[np.intp]  # arm of each step, shape (T,)
    rewards: Array  # shape (T,)
    values: Array  # estimated mean reward of each arm in each context, shape (contexts, arms)


def epsilon_greedy(
    reward: Callable[[int, int], float],
    contexts: ArrayLike,
    arms: int,
    epsilon: float,
    *,
    initial: float = 0.0,
    rng: np.random.Generator,
) -> Play:
    r"""Play the arm of highest mean reward so far, but with probability ε an arm drawn at random.

    The value of an arm in a context is the mean of the rewards it gave there, updated as
    $Q\leftarrow Q + (r - Q)/N$; before the first pull it is `initial`, and ties go to the lower arm. With
    one context this is the classical bandit.

    Args:
        reward: the reward of step t and an arm; the player calls it for the arm that it pulls, and for no other.
        contexts: situation of each step as a whole number from 0, shape (T,).
        arms: number of arms.
        epsilon: share ε of exploration, from 0 (greedy) to 1.
        initial: value of an arm before its first pull; the first reward replaces it.
        rng: source of randomness.

    Raises:
        ValueError: if an argument is out of range.

    References:
        Sutton & Barto 2018, §2.2–2.4.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> play = epsilon_greedy(lambda t, arm: float(arm), np.zeros(50), 2, 0.2, rng=rng)
        >>> play.values
        array([[0., 1.]])
    """
    situation = _checks.vector("contexts", contexts)
    if not ((situation >= 0) & (situation == np.round(situation))).all():
        raise ValueError(f"contexts must be whole numbers >= 0, shape {situation.shape}")
    arms = _checks.count("arms", arms, minimum=2)
    epsilon = _checks.fraction("epsilon", epsilon, ends=True)
    Q = np.full((int(situation.max()) + 1, arms), float(initial))
    pulls = np.zeros_like(Q)
    chosen, rewards = np.zeros(len(situation), dtype=np.intp), np.zeros(len(situation))
    for t, s in enumerate(situation.astype(np.intp)):
        explore = rng.random() < epsilon
        arm = int(rng.integers(arms)) if explore else int(Q[s].argmax())
        chosen[t], rewards[t] = arm, reward(t, arm)
        pulls[s, arm] += 1
        if pulls[s, arm] == 1:
            Q[s, arm] = rewards[t]  # not by the formula below: initial may be infinite
        Q[s, arm] += (rewards[t] - Q[s, arm]) / pulls[s, arm]
    return Play(chosen, rewards, Q)
