"""Small things for use inside a notebook."""

from __future__ import annotations

import inspect
from collections.abc import Callable


def show_source(*functions: Callable):
    """Show the source of an experiment, highlighted: what you read is what runs."""
    from IPython.display import Code

    text = "\n\n".join(inspect.getsource(function).rstrip() for function in functions)
    return Code(text, language="python")
