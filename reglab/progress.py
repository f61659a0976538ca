"""A progress bar with rate and time left, in notebooks, terminals and logs."""

from __future__ import annotations

import os
import sys


def epochs_bar(total: int, shown: bool):
    """A tqdm bar over ``total`` epochs of single models, shown when they take over two seconds.

    Not a terminal and not a notebook, as in CI: a line every half minute. The environment variable
    ``TQDM_DISABLE=1`` switches all bars off.
    """
    from tqdm.auto import tqdm
    from tqdm.notebook import tqdm_notebook

    live = issubclass(tqdm, tqdm_notebook) or sys.stderr.isatty()
    quiet = not shown or os.environ.get("TQDM_DISABLE") == "1"    # notebook bars do not heed it
    return tqdm(total=total, unit="epoch", unit_scale=True, desc="training", delay=2, leave=False,
                mininterval=0.1 if live else 30, disable=quiet)
