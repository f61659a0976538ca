"""Turn an exception in a learner's code into two sentences instead of a traceback."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

_CHECKS = str(Path(__file__).parent)
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})

_HELP = (
    ("'str'", "Looping over a dict gives its keys, which are strings; "
              "`params.items()` gives names and tensors, `params.values()` the tensors."),
    ("positional argument", "A call has too few or too many arguments. Compare with the stub: "
                            "it names the parameters and their order."),
    ("is not defined", "Was the cell that defines this name run? Is it spelled the same way?"),
    ("must match the size of tensor", "Print the `.shape` of both sides just before that line."),
    ("maximum recursion depth", "The function calls itself without ever stopping."),
)


def describe(error: BaseException) -> str:
    """What went wrong, in which line of the learner's code, and what it usually means.

    An error that happened elsewhere brings its own ``description``.
    """
    description = getattr(error, "description", "")
    if description and isinstance(description, str):
        return description
    what = "".join(traceback.format_exception_only(error)).strip()
    what = what if len(what) <= 300 else what[:299] + "…"
    own = [frame for frame in traceback.extract_tb(error.__traceback__)
           if not frame.filename.startswith((_CHECKS, *_LIBRARIES, "<frozen"))]
    where = f" in line {own[-1].lineno}" if own else ""
    code = f", `{own[-1].line}`" if own and own[-1].line else ""
    helps = [text for sign, text in _HELP if sign in what]
    return "\n".join([f"It stopped{where}{code}.", what, *helps[:1]])
