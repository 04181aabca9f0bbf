"""Compute `recurrent_fixture.json` with PyTorch, which the project does not depend on.

    pip install torch && python tests/dlconcepts/recurrent_fixture.py

Forward and backward passes of ``torch.nn.RNN``, ``LSTM`` and ``GRU`` in double precision, on parameters and inputs that
the file holds too. PyTorch adds two biases; the second is 0 here.
"""

import json
from pathlib import Path
from typing import Any

SIZES = {"n": 2, "T": 5, "d": 3, "h": 4}
KINDS = {"rnn": ("RNN", 1), "lstm": ("LSTM", 4), "gru": ("GRU", 3)}


def main() -> None:
    import torch  # type: ignore[import-not-found,unused-ignore]  # only here: the tests import this file

    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    n, T, d, h = SIZES.values()
    fixture: dict[str, Any] = {"made with": f"torch {torch.__version__}"}
    for kind, (name, blocks) in KINDS.items():
        cell = getattr(torch.nn, name)(d, h, batch_first=True)
        torch.nn.init.zeros_(cell.bias_hh_l0)
        X = torch.randn(n, T, d, requires_grad=True)
        start = torch.randn(1, n, h)
        weight = torch.randn(n, T, h)  # J = Σ weight ⊙ states
        if kind == "lstm":
            memory = torch.randn(1, n, h)
            states, (_, last) = cell(X, (start, memory))
            extra = {"memory": memory[0].tolist(), "last_memory": last[0].tolist()}
        else:
            states, _ = cell(X, start)
            extra = {}
        (weight * states).sum().backward()
        fixture[kind] = {
            "W": cell.weight_hh_l0.tolist(),
            "U": cell.weight_ih_l0.tolist(),
            "b": cell.bias_ih_l0.tolist(),
            "X": X.tolist(),
            "start": start[0].tolist(),
            "weight": weight.tolist(),
            "states": states.tolist(),
            "W_grad": cell.weight_hh_l0.grad.tolist(),
            "U_grad": cell.weight_ih_l0.grad.tolist(),
            "b_grad": cell.bias_ih_l0.grad.tolist(),
            "X_grad": X.grad.tolist(),
            **extra,
        }
        assert len(fixture[kind]["b"]) == blocks * h
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
