r"""Adversarial examples: attacks on classifiers, from one gradient step to the exact optimum, and defenses.

A `Model` is a pair of functions, the logits and their gradient with respect to the input; ``network`` and ``linear``
make one. An attack takes a model, inputs in rows and classes, and returns an `Attack`: the changed inputs, whether the
goal is reached, and how many inputs were shown to the model. ``ATTACKS`` lists them with what tells them apart.
"""

from dlconcepts.adversarial.blackbox import coordinate_slopes, transfer, zoo
from dlconcepts.adversarial.defense import (
    Distilled,
    distill,
    inner_maximum,
    rounded,
    scaled,
    single,
)
from dlconcepts.adversarial.exact import Nearest, nearest, regions
from dlconcepts.adversarial.gradient import fgsm, one_step_target
from dlconcepts.adversarial.iterative import bim, least_likely, pgd, project
from dlconcepts.adversarial.linearized import deepfool, exact_linear, jacobian
from dlconcepts.adversarial.model import (
    Attack,
    Model,
    Norms,
    accuracy,
    ensemble,
    linear,
    network,
    norms,
    predict,
)
from dlconcepts.adversarial.penalty import carlini_wagner, lbfgs
from dlconcepts.adversarial.registry import ATTACKS, Entry
from dlconcepts.adversarial.smoothing import (
    Certificate,
    certify,
    lower_bound,
    radius,
    smooth_plane,
)
from dlconcepts.adversarial.sparse import jsma, one_pixel
from dlconcepts.adversarial.training import Trained, digit_net, fit
from dlconcepts.adversarial.variants import (
    Disguise,
    Fooling,
    Universal,
    feature_adversary,
    fooling_image,
    universal,
)

__all__ = [
    "ATTACKS",
    "Attack",
    "Certificate",
    "Disguise",
    "Distilled",
    "Entry",
    "Fooling",
    "Model",
    "Nearest",
    "Norms",
    "Trained",
    "Universal",
    "accuracy",
    "bim",
    "carlini_wagner",
    "certify",
    "coordinate_slopes",
    "deepfool",
    "digit_net",
    "distill",
    "ensemble",
    "exact_linear",
    "feature_adversary",
    "fgsm",
    "fit",
    "fooling_image",
    "inner_maximum",
    "jacobian",
    "jsma",
    "lbfgs",
    "least_likely",
    "linear",
    "lower_bound",
    "nearest",
    "network",
    "norms",
    "one_pixel",
    "one_step_target",
    "pgd",
    "predict",
    "project",
    "radius",
    "regions",
    "rounded",
    "scaled",
    "single",
    "smooth_plane",
    "transfer",
    "universal",
    "zoo",
]
