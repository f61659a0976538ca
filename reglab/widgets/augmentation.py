"""A transform and a slider over its strength, on real images."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..arguments import require
from ..augmentation import Affine, CutMix, Cutout, GaussianNoise, Mixup, RandomCrop
from ..data import photos
from ..devices import on_all_cores
from ..plotting import style
from ..plotting.artists import BandArtist
from ..plotting.images import mosaic
from ..plotting.numbers import Band, band
from ..seeding import generator
from ..technique import Technique
from .explorer import Explorer
from .live import LiveFigure
from .slider import slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..result import Result

SIZE = 8.8, 4.2    # inches, at 100 pixels each
PHOTO = 64         # pixels on a side
DIGIT = 8
TESTED = 200            # validation images of each seed


class Transform(NamedTuple):
    """A technique at seven strengths from off on; lengths in parts of the image's side."""

    make: Callable[[float, int, int], Technique]    # of strength, side and channels
    strengths: tuple[float, ...]
    words: Callable[[float], str]
    label: str                                      # of the axis, with the unit of the ticks
    tick: Callable[[float], float] = lambda v: v    # the strength in that unit


def percent(share: float) -> float:
    return round(100 * share)


TRANSFORMS = {
    "rotation": Transform(lambda v, side, c: Affine(rotation=v), (0, 10, 20, 45, 90, 135, 180),
                          lambda v: f"turned by up to {v:g}°", "largest angle (degrees)"),
    "shift": Transform(lambda v, side, c: Affine(translation=v * side),
                       (0, 0.0625, 0.125, 0.1875, 0.25, 0.375, 0.5),
                       lambda v: f"shifted by up to {v:.0%} of the side",
                       "largest shift (% of the side)", percent),
    "random crop": Transform(lambda v, side, c: RandomCrop(v * side),
                             (0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75),
                             lambda v: f"padded by {v:.0%} of the side and cropped",
                             "padding (% of the side)", percent),
    "zoom": Transform(lambda v, side, c: Affine(scale=v), (0, 0.1, 0.2, 0.4, 0.7, 1, 2),
                      lambda v: f"zoomed by a factor of up to {1 + v:g}, in or out",
                      "largest factor, in or out", lambda v: 1 + v),
    "shear": Transform(lambda v, side, c: Affine(shear=v), (0, 10, 20, 30, 45, 60, 70),
                       lambda v: f"sheared by up to {v:g}°", "largest shear (degrees)"),
    "horizontal flip": Transform(lambda v, side, c: Affine(flip=v),
                                 (0, 0.1, 0.2, 0.35, 0.5, 0.75, 1),
                                 lambda v: f"flipped with probability {v:g}",
                                 "probability of a flip"),
    "cutout": Transform(lambda v, side, c: Cutout(v * side),
                        (0, 0.125, 0.25, 0.375, 0.5, 0.75, 1),
                        lambda v: f"without a square of {v:.0%} of the side",
                        "square (% of the side)", percent),
    "noise": Transform(lambda v, side, c: GaussianNoise(v if c == 1 else v / 4, (c, side, side)),
                       (0, 0.25, 0.5, 1, 1.5, 2, 3),
                       lambda v: f"with noise of {v:g} standard deviations of the pixels",
                       "noise (standard deviations)"),
    "mixup": Transform(lambda v, side, c: Mixup(v, classes=10), (0, 0.05, 0.1, 0.2, 0.5, 1, 4),
                       lambda v: f"blended with another, label included, α = {v:g}",
                       "α of mixup"),
    "CutMix": Transform(lambda v, side, c: CutMix(v, classes=10), (0, 0.05, 0.1, 0.2, 0.5, 1, 4),
                        lambda v: f"with a square of another, label included, α = {v:g}",
                        "α of CutMix"),
}
STEPS = range(7)


class Frame(NamedTuple):
    """All that the figure shows for one transform at one strength."""

    digits: np.ndarray
    photos: np.ndarray
    sentence: str


class TransformExplorer(Explorer):
    """A slider over the strength of a transform of images, and a choice of ten transforms.

    The panels: digits and photographs under a few draws, the first row as it was; and how many
    validation images, transformed in the same way, are still recognized by networks that never
    saw the transform in training. For mixup and CutMix, the label with the larger share counts.

    Args:
        result: a sweep on digits, images of 8 × 8 pixels with a background of 0.
        arm: the arm that was trained without augmentation.
        start: the transform shown first.
    """

    def __init__(self, result: Result, arm: Hashable = "none", start: str = "rotation"):
        import ipywidgets

        shape = tuple(result.splits[result.seeds[0]].shape)
        require(shape == (1, DIGIT, DIGIT), "TransformExplorer.result",
                "a sweep on images of shape (1, 8, 8)", shape)
        require(start in TRANSFORMS, "TransformExplorer.start", f"one of {list(TRANSFORMS)}", start)
        examples = _examples(result)

        def page(name: str) -> tuple[Band, list[Frame]]:
            scores = _scores(result, arm, TRANSFORMS[name])
            return scores, [_frame(name, step, examples, scores) for step in STEPS]

        pages = dict(zip(TRANSFORMS, on_all_cores(page, list(TRANSFORMS)), strict=True))
        self.scores = {name: scores for name, (scores, _) in pages.items()}
        self.frames = {(name, step): frames[step] for name, (_, frames) in pages.items()
                       for step in STEPS}
        digits, pictures, curve = self._panels(start)

        live = LiveFigure(self.figure, [digits, pictures, *curve.artists, self.point])
        shown = ""

        def show(strength: int, transform: str) -> str:
            nonlocal shown
            frame = self.frames[transform, strength]
            digits.set_data(frame.digits)
            pictures.set_data(frame.photos)
            numbers = self.scores[transform]
            curve.set(np.arange(len(STEPS)), numbers)
            self.point.set_data([strength], [numbers.mean[strength]])
            if transform != shown:
                self._name_the_axis(TRANSFORMS[transform])
                live.paint_background()
                shown = transform
            return frame.sentence

        control = slider([("0 (off)" if step == 0 else str(step), step) for step in STEPS], 2,
                         "strength")
        choice = ipywidgets.Dropdown(options=list(TRANSFORMS), value=start,
                                     description="transform",
                                     style={"description_width": "initial"})
        label = "Digits and photographs under a transform, and a chart; in words below it."
        super().__init__({"strength": control, "transform": choice}, show, live, label)

    def _panels(self, start: str):
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=SIZE, dpi=100, layout="constrained", facecolor="white")
        axes = self.figure.subplots(1, 3, width_ratios=[1.15, 1, 1])
        first = self.frames[start, 0]
        digits = axes[0].imshow(first.digits, cmap="gray_r", vmin=0, vmax=16 / 6,
                                interpolation="nearest")
        pictures = axes[1].imshow(first.photos, interpolation="nearest")
        for ax, title in ((axes[0], "digits (top: as they were)"),
                          (axes[1], "photos (top: as they were)")):
            style.dress(ax, "", "", "", "")
            ax.set_title(title, fontsize=style.TEXT, loc="left")
            ax.set_axis_off()
        return digits, pictures, self._chart(axes[2])

    def _chart(self, ax: Axes) -> BandArtist:
        curve = BandArtist(ax, style.PART["validation"], "mean, 95 % interval", markers=False)
        self.point, = ax.plot([], [], "o", color=style.BLACK, markersize=9, label="the slider")
        style.dress(ax, "", " ", "share of digits recognized", "")
        ax.set_title("networks that never saw it", fontsize=style.TEXT, loc="left")
        ax.set_xlim(-0.3, len(STEPS) - 0.7)
        ax.set_ylim(0, 1.02)
        ax.set_xticks(list(STEPS), [" "] * len(STEPS))    # room for words that change
        below = {"ha": "center", "va": "top"}
        self.ticks = [ax.text(step, -0.025, "", transform=ax.get_xaxis_transform(),
                              fontsize=style.TICK, **below) for step in STEPS]
        self.axis = ax.text(0.5, -0.09, "", transform=ax.transAxes, fontsize=style.TEXT, **below)
        ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.2), fontsize=style.TICK,
                  frameon=False, borderaxespad=0)
        return curve

    def _name_the_axis(self, transform: Transform) -> None:
        for text, value in zip(self.ticks, transform.strengths, strict=True):
            text.set_text(f"{transform.tick(value):g}")
        self.axis.set_text(transform.label)


def _examples(result: Result) -> tuple[Tensor, Tensor, Tensor]:
    """Four digits, their labels and the two photographs."""
    part = result.splits[result.seeds[0]].train
    chosen = torch.stack([(part.y == k).nonzero()[0, 0] for k in (2, 4, 6, 9)])
    return part.x[chosen], part.y[chosen], photos(PHOTO)


def _frame(name: str, step: int, examples: tuple[Tensor, Tensor, Tensor], scores: Band) -> Frame:
    digits, labels, pictures = examples
    strength = TRANSFORMS[name].strengths[step]
    rows = [digits] + [_changed(name, step, digits, labels, row)[0] for row in (1, 2)]
    colored = [pictures] + [_changed(name, step, pictures, labels[:2], row)[0].clamp(0, 1)
                            for row in (3, 4)]
    found = f"{scores.mean[step]:.2f}"
    seeds = int(scores.n.max())
    if seeds > 1:
        found += f" [{scores.low[step]:.2f}, {scores.high[step]:.2f}]"
        means = f"mean of {seeds} seeds [95 % interval]"
    else:
        means = "one seed, an anecdote"
    sentence = (f"{name}, strength {step}: {TRANSFORMS[name].words(strength)}. Networks that never "
                f"saw it recognize {found} of such digits; {means}.")
    return Frame(mosaic(rows), mosaic(colored), sentence)


def _changed(name: str, step: int, x: Tensor, y: Tensor, stream: int) -> tuple[Tensor, Tensor]:
    """The same random numbers at every strength, as far as the technique allows it."""
    transform, random = TRANSFORMS[name], generator(stream, f"explorer: {name}")
    technique = transform.make(float(transform.strengths[step]), x.shape[-1], x.shape[1])
    drawn = technique.draw(len(x), random)
    if "partner" in drawn and len(x) == 2:
        drawn["partner"] = torch.tensor([1, 0])    # two photographs have no other choice
    return technique.batch(x, y, **drawn)


def _scores(result: Result, arm: Hashable, transform: Transform) -> Band:
    """Accuracy on transformed validation data at every strength, over the seeds."""
    name = next(n for n, t in TRANSFORMS.items() if t is transform)
    rows = []
    for seed in result.seeds:
        part, model = result.splits[seed].validation, result.model(arm, seed)
        x, y = part.x[:TESTED], part.y[:TESTED]
        changed = [_changed(name, step, x, y, seed) for step in STEPS]
        with torch.no_grad():
            found = model(torch.cat([x for x, _ in changed])).argmax(1).unflatten(0, (len(STEPS),
                                                                                     -1))
        wanted = torch.stack([y if y.ndim == 1 else y.argmax(1) for _, y in changed])
        rows.append((found == wanted).double().mean(1).numpy())
    return band(np.stack(rows))
