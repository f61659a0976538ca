"""Many small fits with scikit-learn."""

from __future__ import annotations

from contextlib import AbstractContextManager


def without_checks() -> AbstractContextManager:
    """scikit-learn without the checks of its arguments, which take longer than a fit this small."""
    import sklearn

    return sklearn.config_context(assume_finite=True, skip_parameter_validation=True)
