"""What a check says: a status, a message, and a small experiment that shows the point."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import Enum
from html import escape


class Status(Enum):
    """How an answer stands. The word, not the color, carries the meaning."""

    NOT_ATTEMPTED = "not attempted"
    CORRECT = "correct"
    MISCONCEPTION = "misconception"
    WRONG = "wrong"
    ERROR = "error in your code"


# symbol, edge, background; text is always #1a1a1a (contrast above 14:1 on each background)
_LOOK = {
    Status.NOT_ATTEMPTED: ("○", "#0072B2", "#f0f6fb"),
    Status.CORRECT: ("✔", "#009E73", "#eef8f4"),
    Status.MISCONCEPTION: ("✘", "#D55E00", "#fdf3ec"),
    Status.WRONG: ("✘", "#D55E00", "#fdf3ec"),
    Status.ERROR: ("⚠", "#8a3b7a", "#faf1f7"),
}


@dataclass(frozen=True)
class Result:
    """The outcome of one check; shows itself as text and as HTML, never as a traceback.

    Args:
        label: the exercise, ``"Exercise 2.1"``.
        status: one of :class:`Status`.
        message: what was found, for the learner.
        misconception: the name of the wrong solution that behaves alike, or "".
        experiment: one or two lines of code that expose the mistake, or "".
        expect: what a right answer gives in that experiment.
        printed: what the learner's code printed at its first call.
        seed: the seed of the inputs, where they are random and the answer failed.

    >>> print(Result("Exercise 2.1", Status.CORRECT, "Right on 6 fresh inputs."))
    ✔ Exercise 2.1: correct
    Right on 6 fresh inputs.
    """

    label: str
    status: Status
    message: str
    misconception: str = ""
    experiment: str = ""
    expect: str = ""
    printed: str = ""
    seed: int | None = None

    @property
    def correct(self) -> bool:
        return self.status is Status.CORRECT

    def __repr__(self) -> str:
        lines = [self._heading()]
        for paragraph in self.message.split("\n"):
            lines += textwrap.wrap(paragraph, 88) or [""]
        if self.experiment:
            lines.append("A 30-second experiment:")
            lines += ["    " + line for line in self._experiment_lines()]
        if self.printed:
            lines += ["Your code printed:", textwrap.indent(self.printed, "    ")]
        if self.seed is not None:
            lines.append(self._again())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        _, edge, background = _LOOK[self.status]
        parts = [f"<strong>{escape(self._heading())}</strong>"]
        parts += [f"<p style='margin:.4em 0'>{inline(p)}</p>" for p in self.message.split("\n")]
        if self.experiment:
            parts.append("<p style='margin:.4em 0'>A 30-second experiment:</p>")
            parts.append(_block("\n".join(self._experiment_lines())))
        if self.printed:
            parts.append("<p style='margin:.4em 0'>Your code printed:</p>" + _block(self.printed))
        if self.seed is not None:
            parts.append(f"<p style='margin:.4em 0'><small>{escape(self._again())}</small></p>")
        return (f"<div role='status' style='border-left:6px solid {edge};background:{background};"
                "color:#1a1a1a;padding:.6em 1em;max-width:46em;line-height:1.45'>"
                + "".join(parts) + "</div>")

    def _heading(self) -> str:
        name = f": {self.misconception}" if self.misconception else ""
        return f"{_LOOK[self.status][0]} {self.label}: {self.status.value}{name}"

    def _experiment_lines(self) -> list[str]:
        return [*self.experiment.split("\n"), f"# a right answer gives {self.expect}"]

    def _again(self) -> str:
        return f"For the same inputs again, put seed={self.seed} behind your answer in check(…)."


def inline(text: str) -> str:
    """Escape, and set what stands between backticks as code."""
    pieces = escape(text).split("`")
    if len(pieces) % 2 == 0:  # an unpaired backtick: leave the text as it is
        return "`".join(pieces)
    for i in range(1, len(pieces), 2):
        pieces[i] = f"<code style='background:#fff;color:#1a1a1a'>{pieces[i]}</code>"
    return "".join(pieces)


def _block(code: str) -> str:
    return ("<pre style='background:#fff;color:#1a1a1a;padding:.4em .6em;margin:.4em 0;"
            f"font-family:monospace;white-space:pre-wrap'>{escape(code)}</pre>")
