"""Predict before you run: commit to an answer, then see it next to the measurement.

A prediction shows itself as widgets (keyboard-operable) in a notebook and as plain text anywhere
else. Nothing happens without a click, so a notebook runs from top to bottom unattended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from .. import logbook
from ..arguments import require, require_number
from ..kernel import in_notebook

CONFIDENCES = (50, 70, 90)
INTERVAL_CONFIDENCE = 80


@dataclass(frozen=True)
class Entry:
    """One prediction and how it came out; plain values, so ``dataclasses.asdict`` is JSON.

    Args:
        question: as it was asked.
        predicted: the chosen option, or ``[low, high]``.
        confidence: percent.
        measured: what the run gave; None until it is revealed.
        hit: whether the prediction holds; None until it is revealed, and where what was measured
            is none of the options.
    """

    question: str
    predicted: str | list[float]
    confidence: int
    measured: str | float | None = None
    hit: bool | None = None


record: dict[str, Entry] = {}
"""The predictions committed in this session, by question; the newest stands."""


def predict(question: str, *, options: Iterable[Any] | None = None,
            between: tuple[float, float] | None = None, unit: str = "") -> Prediction:
    """Ask for a prediction, before the cell that measures it.

    Either ``options`` (choose one and say how sure you are) or ``between`` (give an interval that
    holds the value with 80 % probability). In a notebook the question appears at once; assign
    the prediction to a name for :meth:`Prediction.reveal`.

    Args:
        question: one sentence.
        options: two or more, told apart by their text.
        between: the smallest and the largest value that can be entered.
        unit: of the number, ``"points"``.

    >>> guess = predict("Which strength wins?", options=[0.001, 0.02, 0.1])
    >>> guess
    Predict: Which strength wins?
      ( ) 0.001
      ( ) 0.02
      ( ) 0.1
    >>> guess.commit(0.1, confidence=50)
    >>> guess.reveal(0.02)
    You predicted 0.1 (50 % sure). Measured: 0.02. A surprise: what explains it?
    """
    require((options is None) != (between is None), "predict.options", "given, or `between`, one "
            "of the two", options)
    prediction = (ChoicePrediction(question, tuple(str(o) for o in options)) if between is None
                  else IntervalPrediction(question, between, unit))
    if in_notebook():
        from IPython.display import display
        display(prediction)
    return prediction


class Prediction:
    """A question and, once committed, an answer to it."""

    def __init__(self, question: str):
        self.question = question
        self.committed: Entry | None = None
        self._panel = None

    def reveal(self, measured: Any) -> None:
        """Print the prediction next to what was measured."""
        value = self._read(measured)
        if self.committed is None:
            logbook.note("seen", question=self.question)
            print(f"Measured: {self._name(value)}. (No prediction was committed.)")
            return
        hit = self._hit(value)
        self.committed = record[self.question] = Entry(
            self.question, self.committed.predicted, self.committed.confidence, value, hit)
        if hit is not None:
            logbook.note("reveal", **asdict(self.committed))
        end = {True: "As you said.", False: "A surprise: what explains it?",
               None: "That was not among the options, so it does not count."}[hit]
        print(f"You predicted {self._predicted()} ({self._sure(self.committed.confidence)}). "
              f"Measured: {self._name(value)}. {end}")

    def _keep(self, predicted: str | list[float], confidence: int) -> None:
        self.committed = record[self.question] = Entry(self.question, predicted, confidence)
        logbook.note("commit", question=self.question, predicted=predicted, confidence=confidence)
        if self._panel is not None:
            for control in self._panel.children:
                if hasattr(control, "disabled"):
                    control.disabled = True
            self._say(f"Committed: {self._predicted()}, {self._sure(confidence)}. Now run on.")

    def _say(self, text: str) -> None:
        self._panel.children[-1].value = f'<span role="status">{escape(text)}</span>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> Any:
        """The widgets, with the same text that a reader without a kernel sees."""
        text = {"text/plain": repr(self)}
        if not in_notebook():
            return text
        if self._panel is None:
            self._panel = self._build()
        bundle = self._panel._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, **text}, metadata

    def _box(self, controls: list, commit) -> Any:
        import ipywidgets as widgets
        title = widgets.HTML(f"<strong>Predict:</strong> {escape(self.question)}")
        button = widgets.Button(description="Commit", button_style="primary",
                                tooltip="Commit to this prediction")
        button.on_click(lambda _: commit())
        return widgets.VBox([title, *controls, button, widgets.HTML('<span role="status"></span>')])

    def _predicted(self) -> str:
        return self._name(self.committed.predicted)

    def _sure(self, confidence: int) -> str:
        return f"{confidence} % sure"


class ChoicePrediction(Prediction):
    """One of several options.

    Whoever has no idea says so: a guess is right as often as one option in all of them.
    """

    def __init__(self, question: str, options: tuple[str, ...]):
        require(len(set(options)) == len(options) >= 2, "predict.options",
                "two or more different options", options)
        super().__init__(question)
        self.options = options
        self.guess = round(100 / len(options))

    def __repr__(self) -> str:
        chosen = self.committed.predicted if self.committed else None
        marks = [f"  ({'x' if o == chosen else ' '}) {o}" for o in self.options]
        return "\n".join([f"Predict: {self.question}", *marks])

    def commit(self, option: Any, confidence: int = 70) -> None:
        """Commit to one option, without the widgets."""
        require(str(option) in self.options, "commit.option", f"one of {self.options}", option)
        require_number(confidence, "commit.confidence", 0, 100)
        self._keep(str(option), confidence)

    def _build(self) -> Any:
        import ipywidgets as widgets
        # Buttons (Tab, then Space): JupyterLab takes the arrow keys that radio buttons need.
        choice = widgets.ToggleButtons(options=self.options, value=None,
                                       style={"button_width": "auto"})
        levels = [("a guess", self.guess),
                  *((f"{c} %", c) for c in CONFIDENCES if c > self.guess)]
        sure = widgets.ToggleButtons(options=levels, value=70, description="How sure?",
                                     style={"button_width": "auto"})

        def tell(_):
            if choice.value is not None and self.committed is None:
                self._say(f"Chosen: {choice.value}, {self._sure(sure.value)}. Not committed yet.")

        choice.observe(tell, "value")
        sure.observe(tell, "value")

        def commit():
            if choice.value is None:
                self._say("Choose an option first.")
            else:
                self.commit(choice.value, sure.value)

        return self._box([choice, sure], commit)

    def _read(self, measured: Any) -> str:
        """The option that was measured, also where 0.0 came for 0; else what came, as text."""
        return next((o for o in self.options if _same(o, measured)), str(measured))

    def _hit(self, measured: str) -> bool | None:
        return measured == self.committed.predicted if measured in self.options else None

    def _name(self, value: str) -> str:
        return value

    def _sure(self, confidence: int) -> str:
        return "a guess" if confidence == self.guess else super()._sure(confidence)


class IntervalPrediction(Prediction):
    """An interval that should hold a number."""

    def __init__(self, question: str, between: tuple[float, float], unit: str):
        super().__init__(question)
        self.low, self.high = between
        require_number(self.low, "predict.between[0]", float("-inf"))
        require_number(self.high, "predict.between[1]", self.low, open_low=True)
        self.unit = unit

    def __repr__(self) -> str:
        where = f"between ____ and ____ {self.unit}".rstrip()
        where = self._predicted() if self.committed else where
        return f"Predict: {self.question}\n  With {INTERVAL_CONFIDENCE} % probability {where}"

    def commit(self, low: float, high: float) -> None:
        """Commit to an interval, without the widgets."""
        require_number(low, "commit.low", self.low, self.high)
        require_number(high, "commit.high", low, self.high)
        self._keep([float(low), float(high)], INTERVAL_CONFIDENCE)

    def _build(self) -> Any:
        import ipywidgets as widgets
        wide = {"style": {"description_width": "8em"}, "layout": widgets.Layout(width="18em")}
        low = widgets.BoundedFloatText(value=self.low, min=self.low, max=self.high,
                                       description=f"from {self.unit}".strip(), **wide)
        high = widgets.BoundedFloatText(value=self.high, min=self.low, max=self.high,
                                        description=f"to {self.unit}".strip(), **wide)

        def commit():
            if low.value > high.value:
                self._say("The first number should be the smaller one.")
            elif (low.value, high.value) == (self.low, self.high):
                self._say("Narrow it down: this interval holds everything.")
            else:
                self.commit(low.value, high.value)

        return self._box([widgets.HTML(f"I am {INTERVAL_CONFIDENCE} % sure that it lies"),
                          low, high], commit)

    def _read(self, measured: Any) -> float:
        return float(measured)

    def _hit(self, measured: float) -> bool:
        low, high = self.committed.predicted
        return low <= measured <= high

    def _name(self, value: float | list[float]) -> str:
        text = (f"{value[0]:.4g} and {value[1]:.4g}" if isinstance(value, list)
                else f"{value:.4g}")
        return f"{text} {self.unit}".rstrip()

    def _predicted(self) -> str:
        return "between " + self._name(self.committed.predicted)


def _same(option: str, measured: Any) -> bool:
    try:
        return float(option) == float(measured)
    except (TypeError, ValueError):
        return option == str(measured)
