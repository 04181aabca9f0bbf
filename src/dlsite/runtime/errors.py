"""What can go wrong while the runtime is built."""


class RuntimeBuildError(Exception):
    """One sentence for the reader of a terminal: what is wrong and what to do about it."""
