"""The quiz at the end of a chapter: choose, read why, choose again.

In a notebook it shows buttons (Tab, then Space) and answers at once; anywhere else, plain text.
The answers stand folded in the chapter, in the same words, for whoever reads without a kernel.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from .. import logbook
from ..kernel import in_notebook
from .quiz import Option, Question
from .result import Result, Status, inline

WIDTH = 88

# Options are sentences: the buttons of ipywidgets hold one line unless told otherwise.
STYLE = """<style>
.reglab-option.jupyter-button { height: auto; white-space: normal; text-align: left;
    line-height: 1.4; padding: .35em .8em; border-left: 6px solid transparent; }
.reglab-option.reglab-chosen { border-left-color: currentColor; font-weight: 600; }
</style>"""


@dataclass(frozen=True, repr=False)
class ChapterQuiz:
    """Questions of one chapter.

    Args:
        chapter: its number, ``"05"``.
        questions: three or four; the options are called a, b, c, …

    >>> ChapterQuiz("00", (Question("sign", "Is 2 > 1?", {"a": Option("Yes.", "It is."),
    ...             "b": Option("No.", "Count again.")}, right="a"),))
    Quiz of chapter 00
    <BLANKLINE>
    1. Is 2 > 1?
       a) Yes.
       b) No.
    """

    chapter: str
    questions: tuple[Question, ...]

    def __repr__(self) -> str:
        lines = [f"Quiz of chapter {self.chapter}"]
        for number, question in enumerate(self.questions, start=1):
            lines += ["", *_indented(f"{number}. ", _plain(question.text))]
            for letter, option in question.options.items():
                lines += _indented(f"   {letter}) ", _plain(option.text))
        return "\n".join(lines)

    def answers(self) -> str:
        """The right letters and all reasons in Markdown, as they stand in the chapter."""
        parts = []
        for number, question in enumerate(self.questions, start=1):
            parts += [f"**Question {number}**: {question.right} is right.", "\n".join(
                f"- {letter}: {option.rationale}" for letter, option in question.options.items())]
        return "\n\n".join(parts)

    def _repr_mimebundle_(self, include=None, exclude=None) -> Any:
        """The widgets, with the same text that a reader without a kernel sees."""
        text = {"text/plain": repr(self)}
        if not in_notebook():
            return text
        bundle = self.panel()._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, **text}, metadata

    def panel(self) -> Any:
        """The widgets, with nothing answered yet."""
        import ipywidgets as widgets
        latest: dict[str, bool] = {}
        score = widgets.HTML()

        def count(question: Question, letter: str) -> None:
            right = latest[question.key] = letter == question.right
            logbook.note("answer", chapter=self.chapter, question=question.key, option=letter,
                         right=right)
            score.value = (f"Answered {len(latest)} of {len(self.questions)}, "
                           f"right {sum(latest.values())}.")

        asked = [_ask(number, question, count)
                 for number, question in enumerate(self.questions, start=1)]
        return widgets.VBox([widgets.HTML(STYLE), *asked, score],
                            layout=widgets.Layout(max_width="46em"))


def _ask(number: int, question: Question, answered) -> Any:
    """One question, a button for each option, and the place for what there is to say."""
    import ipywidgets as widgets
    title = widgets.HTML(f"<div style='line-height:1.4;margin-top:.7em'><strong>{number}.</strong> "
                         f"{inline(question.text)}</div>")
    reply = widgets.HTML("<div role='status'></div>")
    buttons = {letter: widgets.Button(description=_label(letter, option),
                                      layout=widgets.Layout(width="auto"))
               for letter, option in question.options.items()}

    def choose(letter: str) -> None:
        right = letter == question.right
        for other, button in buttons.items():
            mark = ("✔ " if right else "✘ ") if other == letter else ""
            button.description = mark + _label(other, question.options[other])
            (button.add_class if other == letter else button.remove_class)("reglab-chosen")
        status = Status.CORRECT if right else Status.MISCONCEPTION
        reply.value = Result(f"Question {number}, {letter}", status,
                             question.options[letter].rationale)._repr_html_()
        answered(question, letter)

    for letter, button in buttons.items():
        button.add_class("reglab-option")
        button.on_click(lambda _, letter=letter: choose(letter))
    return widgets.VBox([title, *buttons.values(), reply])


def _label(letter: str, option: Option) -> str:
    return f"{letter}) {_plain(option.text)}"


def _plain(text: str) -> str:
    return text.replace("`", "")


def _indented(start: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
