"""Which techniques help one another, and from which training budget on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..arguments import require, require_integer
from ..plotting import style
from ..plotting.artists import BandArtist
from ..plotting.numbers import Band, band
from . import panels
from .explorer import Explorer
from .live import LiveFigure
from .slider import slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..result import Result

NONE, CHOSEN = style.Style(style.GRAY, (0, (5, 2)), "o"), style.PART["validation"]


class InteractionExplorer(Explorer):
    """A slider over the training budget and a box to tick for each technique of a factorial.

    Left, the validation score of the combination that is ticked, over the whole training, beside
    that of no technique at all. Right, what each technique changes *in this company* at this
    budget: for one that is ticked, against the same combination without it; for one that is not,
    what adding it would change. Both are paired over seeds.

    A shorter budget is a place on the curve, which is right where the learning rate is constant.

    Args:
        result: a sweep whose arms are all the subsets of some techniques, as tuples of names.
        steps_per_epoch: to show the budget in steps, ≥ 1.
        start: the combination shown first; ``None`` ticks everything.
        steps: the budget shown first; ``None`` takes the longest.
    """

    def __init__(self, result: Result, steps_per_epoch: int = 1, *,
                 start: Sequence[str] | None = None, steps: int | None = None):
        import ipywidgets

        factors = _factors(result)
        require_integer(steps_per_epoch, "InteractionExplorer.steps_per_epoch", 1)
        start = factors if start is None else start
        require(set(start) <= set(factors), "InteractionExplorer.start", f"among {factors}", start)
        budgets = (steps_per_epoch * result.epochs).tolist()
        steps = budgets[-1] if steps is None else steps
        require(steps in budgets, "InteractionExplorer.steps", f"one of {budgets}", steps)
        self.frames = _frames(result, factors)

        figure, axes = _two_panels()
        panels = _CurvesPanel(axes[0], budgets, self.frames, result), _EffectsPanel(
            axes[1], factors, self.frames)
        title = figure.text(0.008, 0.985, "", va="top", fontsize=13, fontweight="bold")
        figure.text(0.99, 0.982, style.seeds_and_band(len(result.seeds)).replace("\n", " "),
                    va="top", ha="right", fontsize=style.TICK)

        def show(steps: int, **ticked: bool) -> str:
            on = frozenset(f for i, f in enumerate(factors) if ticked[f"factor{i}"])
            place = budgets.index(steps)
            title.set_text(f"{_name(on, factors)}, {steps} steps")
            for panel in panels:
                panel.show(on, place)
            return _sentence(self.frames, on, place, steps, factors, result)

        control = slider([(f"{budget}", budget) for budget in budgets], steps, "training steps")
        boxes = {f"factor{i}": ipywidgets.Checkbox(
            value=factor in start, description=factor, indent=False, tooltip=f"{factor} on or off",
            layout={"width": "auto", "margin": "0 24px 0 0"}) for i, factor in enumerate(factors)}
        moving = [artist for panel in panels for artist in panel.artists]
        label = ("Chart of validation curves with and without the ticked techniques, and of what "
                 "each changes in their company; in words below it.")
        super().__init__({"steps": control, **boxes}, show, LiveFigure(figure, [*moving, title]),
                         label)
        row = ipywidgets.HBox(list(boxes.values()), layout={"flex_flow": "row wrap"})
        self.box.children = (control, row, self.image, self.text)


class Frame(NamedTuple):
    """All that is known of a combination: bands over the budgets, (E,) each."""

    score: Band
    effects: dict[str, Band]    # of each technique in the company of the others that are on


def _factors(result: Result) -> tuple[str, ...]:
    arms = result.arms
    tuples = all(isinstance(arm, tuple) and all(isinstance(f, str) for f in arm) for arm in arms)
    factors = tuple(dict.fromkeys(f for arm in arms for f in arm)) if tuples else ()
    require(len(factors) > 0 and len({frozenset(arm) for arm in arms}) == len(arms)
            == 2 ** len(factors), "InteractionExplorer.result",
            "a sweep over all subsets of some techniques, each a tuple of names", arms,
            "Such as reglab.claims.factorial.factorial_sweep().")
    return factors


def _frames(result: Result, factors: tuple[str, ...]) -> dict[frozenset, Frame]:
    scores = {frozenset(arm): result.curve("validation", "score", arm).numpy()
              for arm in result.arms}
    return {on: Frame(band(score), {factor: band(scores[on | {factor}] - scores[on - {factor}])
                                    for factor in factors})
            for on, score in scores.items()}


def _name(on: frozenset, factors: tuple[str, ...]) -> str:
    return " + ".join(f for f in factors if f in on) or "no technique"


def _sentence(frames: dict[frozenset, Frame], on: frozenset, place: int, steps: int,
              factors: tuple[str, ...], result: Result) -> str:
    def cell(numbers: Band, spec: str) -> str:
        mean, low, high = (values[place] for values in numbers[:3])
        ends = f" [{low:{spec}}, {high:{spec}}]" if len(result.seeds) > 1 else ""
        return style.minus(f"{mean:{spec}}{ends}")

    frame, n = frames[on], len(result.seeds)
    changes = "; ".join(f"{'having' if factor in on else 'adding'} {factor} "
                        f"{cell(frame.effects[factor], '+.2f')}" for factor in factors)
    means = f"mean of {n} seeds [95 % interval]" if n > 1 else "one seed, an anecdote"
    return (f"{_name(on, factors)} after {steps} steps: validation {result.metric} "
            f"{cell(frame.score, '.2f')}, with no technique "
            f"{cell(frames[frozenset()].score, '.2f')}. What each changes here: {changes}; "
            f"{means}.")


def _two_panels() -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=style.SIZE, dpi=100, layout="constrained", facecolor="white")
    figure.get_layout_engine().set(rect=(0, 0, 1, 0.925), wspace=0.05)    # the title is above
    return figure, list(figure.subplots(1, 2))


class _CurvesPanel:
    """The combination and no technique over the whole training, and where the slider stands."""

    def __init__(self, ax: Axes, budgets: list[int], frames: dict[frozenset, Frame],
                 result: Result):
        self.x, self.frames = np.array(budgets, float), frames
        BandArtist(ax, NONE, "no technique", hollow=True).set(self.x, frames[frozenset()].score)
        self.line = BandArtist(ax, CHOSEN, "what is ticked", offset=0.5)
        self.cursor = ax.axvline(budgets[-1], color=style.BLACK, linewidth=2, label="the slider")
        self.artists = [*self.line.artists, self.cursor]
        ends = np.concatenate([np.concatenate(frame.score[:3]) for frame in frames.values()])
        low, high = _range(ends)
        ax.set_ylim(low, high)
        ax.set_xlim(0, 1.03 * budgets[-1])
        panels.dress(ax, f"validation {result.metric} ({style.data_name(result)})",
                     "training steps", style.metric_label(result, "score"))
        ax.legend(loc="lower right", fontsize=style.TICK, frameon=False, handlelength=2.4)

    def show(self, on: frozenset, place: int) -> None:
        self.line.set(self.x, self.frames[on].score)
        self.cursor.set_xdata([self.x[place]] * 2)


class _EffectsPanel:
    """What each technique changes in the company of the others that are ticked."""

    def __init__(self, ax: Axes, factors: tuple[str, ...], frames: dict[frozenset, Frame]):
        self.factors, self.frames = factors, frames
        ax.axvline(0, color=style.BLACK, linewidth=1.2, zorder=1)
        rows = range(len(factors))
        self.bars = [ax.plot([], [], color=style.BLUE, linewidth=2.2)[0] for _ in rows]
        self.dots = [ax.plot([], [], "o", color=style.BLUE, markersize=8, markeredgewidth=1.8)[0]
                     for _ in rows]
        self.words = [ax.text(0, y - 0.2, "", ha="center", va="bottom", fontsize=style.TICK)
                      for y in rows]
        self.artists = [*self.bars, *self.dots, *self.words]
        ends = np.concatenate([np.concatenate(numbers[:3]) for frame in frames.values()
                               for numbers in frame.effects.values()])
        ax.set_xlim(*_range(np.append(ends, 0.0)))
        ax.set_ylim(len(factors) - 0.5, -0.7)
        ax.set_yticks(rows, factors)
        panels.dress(ax, "what each changes in this company",
                     "difference in validation score, on − off", "")
        ax.grid(False, axis="y")
        ax.tick_params(axis="y", length=0, labelsize=style.TEXT)
        ax.spines["left"].set_visible(False)

    def show(self, on: frozenset, place: int) -> None:
        for y, factor in enumerate(self.factors):
            mean, low, high = (values[place] for values in self.frames[on].effects[factor][:3])
            self.bars[y].set_data([low, high], [y, y])
            self.dots[y].set_data([mean], [y])
            clear = low > 0 or high < 0    # never for one seed: its ends are NaN
            self.dots[y].set_markerfacecolor(style.BLUE if clear else "white")
            self.words[y].set_x(mean)
            self.words[y].set_text(style.minus(f"{'' if factor in on else 'if added: '}"
                                               f"{mean:+.2f}"))


def _range(values: np.ndarray) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    low, high = values.min(), values.max()
    pad = 0.06 * (high - low) or 0.05
    return low - pad, high + pad
