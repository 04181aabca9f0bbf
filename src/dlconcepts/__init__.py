"""Deep-learning concepts as small, tested NumPy functions."""
