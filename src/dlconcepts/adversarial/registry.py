"""The attacks of this package with what tells them apart; the tests go through this list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dlconcepts.adversarial import (
    blackbox,
    exact,
    gradient,
    iterative,
    linearized,
    penalty,
    sparse,
    variants,
)


class Entry(NamedTuple):
    """What an attack knows, wants, bounds and spends."""

    function: Callable[..., Any]
    name: str
    authors: str
    year: int  # of the first publication
    knowledge: str  # white box, black box, or other models
    goal: str
    norm: str  # by which the change is small
    optimizer: str
    cost: str  # d entries, k classes


def _entry(function: Callable[..., Any], *about: Any) -> tuple[str, Entry]:
    return function.__name__, Entry(function, *about)


WHITE, BLACK, OTHERS = "white box", "black box", "other models"

ATTACKS: Mapping[str, Entry] = dict([
    _entry(penalty.lbfgs, "L-BFGS", "Szegedy et al.", 2013, WHITE, "targeted", "l2",
           "L-BFGS with bounds, search for c", "hundreds of gradients"),
    _entry(gradient.fgsm, "FGSM", "Goodfellow, Shlens & Szegedy", 2014, WHITE, "untargeted", "linf",
           "one sign step", "1 gradient"),
    _entry(gradient.one_step_target, "OTCM", "Kurakin, Goodfellow & Bengio", 2016, WHITE, "targeted",
           "linf", "one sign step", "1 gradient"),
    _entry(iterative.bim, "BIM", "Kurakin, Goodfellow & Bengio", 2016, WHITE, "untargeted", "linf",
           "sign steps, clipped", "tens of gradients"),
    _entry(iterative.least_likely, "ILLC", "Kurakin, Goodfellow & Bengio", 2016, WHITE, "targeted",
           "linf", "sign steps, clipped", "tens of gradients"),
    _entry(iterative.pgd, "PGD", "Madry et al.", 2017, WHITE, "untargeted", "linf",
           "sign steps, projected, random starts", "tens of gradients for each start"),
    _entry(sparse.jsma, "JSMA", "Papernot et al.", 2015, WHITE, "targeted", "l0",
           "greedy pairs by saliency", "k gradients for each pair"),
    _entry(linearized.deepfool, "DeepFool", "Moosavi-Dezfooli, Fawzi & Frossard", 2015, WHITE,
           "untargeted", "l2", "linearize and project", "k gradients for each of a few steps"),
    _entry(penalty.carlini_wagner, "C&W", "Carlini & Wagner", 2016, WHITE, "untargeted", "l2",
           "Adam after a change of variables, search for c", "a thousand gradients"),
    _entry(blackbox.zoo, "ZOO", "Chen et al.", 2017, BLACK, "untargeted", "l2",
           "coordinate Adam on finite differences", "thousands of queries"),
    _entry(variants.universal, "universal perturbation", "Moosavi-Dezfooli et al.", 2016, WHITE,
           "universal", "linf", "DeepFool steps added up", "k gradients for each step and example"),
    _entry(sparse.one_pixel, "one pixel", "Su, Vargas & Sakurai", 2017, BLACK, "untargeted", "l0",
           "differential evolution", "hundreds of queries"),
    _entry(variants.feature_adversary, "feature adversary", "Sabour et al.", 2015, WHITE,
           "features", "linf", "L-BFGS with bounds", "hundreds of gradients"),
    _entry(variants.fooling_image, "fooling image", "Nguyen, Yosinski & Clune", 2014, BLACK,
           "fooling", "none", "evolution", "thousands of queries"),
    _entry(blackbox.transfer, "ensemble transfer", "Liu et al.", 2016, OTHERS, "untargeted", "linf",
           "PGD on the mean of other models", "no queries but the last"),
    _entry(exact.nearest, "ground truth", "Carlini et al.", 2017, WHITE, "untargeted", "l2",
           "every region, solved exactly", "2^h small problems"),
])  # fmt: skip
