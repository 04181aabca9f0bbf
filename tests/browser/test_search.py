"""The search finds a question by what people type: abbreviations, other names, the question's own words."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit
from .serving import Server

pytestmark = pytest.mark.browser

QUERIES = {
    "BPTT": "sequence-modeling/bptt",
    "backpropagation through time": "sequence-modeling/bptt",
    "MLE": "machine-learning/maximum-likelihood",
    "maximum likelihood": "machine-learning/maximum-likelihood",
    "L2": "machine-learning/weight-decay",
    "ridge": "machine-learning/weight-decay",
    "KLD": "machine-learning/cross-entropy",
    "KL divergence": "machine-learning/cross-entropy",
    "OLS": "machine-learning/normal-equation",
    "normal equation": "machine-learning/normal-equation",
    "huber": "optimization/regression-losses",
    "pinball loss": "optimization/regression-losses",
    "VC dimension": "machine-learning/vc-dimension",
    "NFL theorem": "machine-learning/no-free-lunch",
    "irreducible error": "machine-learning/bayes-error",
    "k-fold": "machine-learning/cross-validation",
    "overfitting": "machine-learning/train-test-error",
    "ERM": "optimization/empirical-risk",
    "LSTM": "sequence-modeling/lstm-vs-gru",
    "exploding gradients": "sequence-modeling/vanishing-exploding",
    "clipping": "sequence-modeling/gradient-clipping",
    "teacher forcing": "sequence-modeling/teacher-forcing",
    "scheduled sampling": "sequence-modeling/exposure-bias",
    "PCA": "autoencoders/autoencoder-vs-pca",
    "DAE": "autoencoders/denoising-autoencoder",
    "CAE": "autoencoders/contractive-autoencoder",
    "VAE": "autoencoders/generative-autoencoders",
    "FGSM": "adversarial/adversarial-attacks",
    "adversarial training": "adversarial/adversarial-defenses",
    "zero-shot": "representation-learning/one-shot-zero-shot",
    "layer-wise pretraining": "representation-learning/glup",
    "MCMC": "monte-carlo/monte-carlo",
    "las vegas": "monte-carlo/las-vegas",
    "batch normalization": "sequence-modeling/batchnorm-rnn",
    "why does pretraining work": "representation-learning/why-pretraining-works",
}


@pytest.fixture(scope="module")
def searching(visit_once: Visit, root_site: Server) -> Page:
    """A page whose search is open and has its index."""
    page = visit_once(root_site).open()
    page.locator(".md-search__input").click()
    page.keyboard.type("loss")
    expect(page.locator(".md-search-result__link").first).to_be_visible(timeout=30_000)
    return page


@pytest.mark.parametrize(("query", "question"), QUERIES.items(), ids=QUERIES)
def test_the_question_is_among_the_first_three(searching: Page, query: str, question: str) -> None:
    meta = searching.locator(".md-search-result__meta")
    searching.keyboard.press("Control+a")
    searching.keyboard.press("Delete")
    expect(meta).to_have_text("Type to start searching")
    searching.keyboard.insert_text(query)
    searching.keyboard.press("End")  # the theme listens to keys, and inserted text has none
    expect(meta).to_have_text(re.compile(r"\d+ matching document|No matching documents"))
    links = searching.locator(".md-search-result__item > a:first-of-type")
    first = [urlsplit(str(link.get_attribute("href"))).path for link in links.all()[:3]]
    assert f"/{question}/" in first
