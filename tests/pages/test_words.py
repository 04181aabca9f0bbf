"""One vocabulary for all pages: the spelling and the terms that the style asks for, and none of their variants."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"

# What is not written, and what is written for it.
VARIANTS = {
    r"\w*(optimi|regulari|minimi|maximi|generali|initiali|normali|penali|summari)s(?!m|ti)\w*": "-ize",
    r"\w*(behavio|colo|favo|neighbo|hono)ur\w*": "-or",
    r"centre\w*|\w*(label|model|travel|cancel)l(ed|ing)": "center, -eled, -eling",
    r"analys(e|ed|ing)": "analyze",
    r"whilst|amongst|(to|after|down|up)wards": "while, among, toward, afterward, downward",
    r"discs?": "disk",
    r"\w*parameteri[sz]\w*": "parametrize",
    r"auto-encoders?": "autoencoder",
    r"back-propagat\w*": "backpropagation",
    r"cross entropy": "cross-entropy",
    r"datasets?": "data set",
    r"feed-forward": "feedforward",
    r"finetun\w*|pre-train\w*": "fine-tuning, pretraining",
    r"GBC": "Goodfellow et al.",
    r"hold-out|heldout": "held-out",
    r"hyper-parameters?": "hyperparameter",
    r"for ever": "forever",
    r"log likelihood": "log-likelihood",
    r"log-loss(es)?": "log loss",
    r"mean[ -]square error": "mean squared error",
    r"mini-batch\w*": "minibatch",
    r"(?<!elastic )nets?": "network; net is for code",
    r"non-(linear|convex|parametric|negative|zero)\w*": "nonlinear, nonconvex, …",
    r"over-fit\w*|under-fit\w*": "overfit, underfit",
    r"time-?steps?|timesteps?": "time step",
    r"train error|training loss error": "training error",
    r"\w+n[’']t": "not",
    r"e\.g\.|i\.e\.|w\.r\.t\.|wrt|iid": "for example, that is, with respect to, i.i.d.",
    r"basically|clearly|essentially|obviously|utiliz\w*|very much": "nothing",
    r"(it is )?(important|worth|interesting) to note|note that|of course|in order to": "nothing",
}

_ASIDE = re.compile(
    r"\A---\n.*?\n---\n|```.*?```|\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`|\]\([^)\s]*\)|\[@[^\]]*\]"
    r"|^\s*(?:>|:::).*?$|[“\"][^”\"]{0,400}[”\"]",
    re.DOTALL | re.MULTILINE,
)


def prose(text: str) -> str:
    """The page without front matter, code, math, addresses and quotations, each line where it was."""
    return _ASIDE.sub(lambda match: "\n" * match[0].count("\n"), text)


def pages() -> list[str]:
    """The pages that we write: not the errata's quotations, nor titles of works."""
    return sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", pages())
def test_no_variant_of_a_term_is_written(page: str) -> None:
    text = prose((DOCS / page).read_text(encoding="utf-8"))
    found = [
        f"{page}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}: write {instead}"
        for variant, instead in VARIANTS.items()
        for match in re.finditer(rf"(?<![\w-])(?:{variant})(?![\w-])", text, re.IGNORECASE)
    ]
    assert not found, "\n".join(found)


def test_prose_leaves_out_what_is_not_ours() -> None:
    text = '---\ntitle: dataset\n---\n\nA "dataset" of `dataset` in $dataset$ [@dataset].\n\n> dataset\n\ndata set'
    assert prose(text).split() == ["A", "of", "in", ".", "data", "set"]
