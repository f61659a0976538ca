"""Whether a notebook's kernel is there."""

from __future__ import annotations

import sys


def in_notebook() -> bool:
    """Whether a kernel is there to answer a click; plain Python and IPython's terminal are not."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return hasattr(shell, "kernel")
