"""The playground: every technique as a control, while eight networks train."""

from __future__ import annotations

import asyncio
import math
import textwrap
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from .. import data
from ..arguments import require_integer
from ..augmentation import GaussianNoise, LabelSmoothing, Mixup
from ..history import PARTS
from ..live_training import LiveTraining
from ..models import MLP
from ..optimizers import Adam
from ..plotting import style
from ..plotting.artists import BandArtist, HistogramArtist
from ..plotting.numbers import Band, Histogram, band
from ..recipe import Recipe
from ..regularizers import L1, L2, MaxNorm, WeightDecay
from ..statistics import interval
from . import panels
from .explorer import Explorer
from .live import LiveFigure
from .slider import slider

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEEDS = range(8)
EPOCHS_PER_FRAME = 5
LAST_EPOCH = 2000    # it pauses there
PAUSE = 0.02    # seconds between two frames, in which the kernel answers the controls
WINDOWS = (100, 200, 500, 1000, LAST_EPOCH)    # epochs that the curves' axis shows
X, Y = (-2.2, 3.2), (-1.8, 2.3)    # the part of the plane that is shown
PENALTIES = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)


class Choice(NamedTuple):
    """A slider: its name, what it says, what it offers and where it starts."""

    name: str
    text: str
    options: tuple[float, ...]
    start: float


WHILE_IT_RUNS = (
    Choice("lr", "learning rate", (0.001, 0.003, 0.01, 0.03, 0.1), 0.01),
    Choice("l2", "L2 strength", PENALTIES, 0.0),
    Choice("l1", "L1 strength", PENALTIES, 0.0),
    Choice("decay", "weight decay", (0.0, 0.03, 0.1, 0.3, 1.0, 3.0), 0.0),
    Choice("limit", "max-norm limit", (math.inf, 4.0, 3.0, 2.0, 1.0, 0.5), math.inf),
    Choice("p", "dropout p", (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9), 0.0),
    Choice("sigma", "input noise σ", (0.0, 0.05, 0.1, 0.2, 0.3, 0.5), 0.0),
    Choice("alpha", "mixup α", (0.0, 0.1, 0.3, 1.0), 0.0),
    Choice("smoothing", "label smoothing", (0.0, 0.05, 0.1, 0.2, 0.4), 0.0))
STARTS_ANEW = (
    Choice("n", "examples", (20, 50, 100, 200, 500), 50),
    Choice("wrong", "wrong labels", (0.0, 0.1, 0.2, 0.3), 0.2))


def recipe_of(lr: float, l2: float, l1: float, decay: float, limit: float, p: float, sigma: float,
              alpha: float, smoothing: float, batch_norm: bool = False) -> Recipe:
    """What the controls say, for data in the plane with two classes."""
    model = MLP(2, 32, 32, 2, dropout=p, norm=nn.BatchNorm1d if batch_norm else None)
    techniques = (GaussianNoise(sigma, (2,)), Mixup(alpha, 2), LabelSmoothing(smoothing, 2),
                  L1(l1), L2(l2), WeightDecay(decay), MaxNorm(limit))
    return Recipe(model, techniques, Adam(lr), batch_size=20)


class Playground(Explorer):
    """Eight small networks learn two moons; any technique may be changed while they do.

    Each seed has training data of its own. The panels: the probability of class 1, mean over the
    seeds, with each seed's boundary; the loss curves with their bands; the weights. The number
    of examples, wrong labels and batch norm start the training anew.

    Args:
        epochs: trained before it is shown.
        seeds: of data, initial weights, batches and noise.
    """

    def __init__(self, epochs: int = 100, seeds: Sequence[int] = SEEDS):
        import ipywidgets

        require_integer(epochs, "Playground.epochs", 1, LAST_EPOCH)
        self.seeds, self.start = list(seeds), epochs
        self.live, self.key, self.settings, self.trained_with = None, None, None, None
        self._task: asyncio.Task | None = None
        self._picture = _Picture(self.seeds)
        controls = {choice.name: _slider(choice) for choice in (*WHILE_IT_RUNS, *STARTS_ANEW)}
        controls["batch_norm"] = ipywidgets.Checkbox(
            description="batch norm", indent=False, tooltip="batch norm: starts anew")
        controls["stopping"] = ipywidgets.Checkbox(
            description="early stopping: show best epoch", indent=False,
            tooltip="shows each seed's weights at its lowest validation loss so far")
        super().__init__(controls, self._show, self._picture.live,
                         "Charts of the decision surface, the loss curves and the weights; "
                         "in words below them.")
        self.play = ipywidgets.ToggleButton(description="Play", icon="play",
                                            tooltip="train until it is pressed again")
        self.step_button = ipywidgets.Button(description="Step", icon="step-forward",
                                             tooltip=f"train {EPOCHS_PER_FRAME} epochs")
        self.anew = ipywidgets.Button(description="Start anew", icon="refresh",
                                      tooltip="new initial weights, epoch 0")
        self.play.observe(self._on_play, "value")
        self.step_button.on_click(lambda button: self.step())
        self.anew.on_click(lambda button: self.restart())
        self._arrange(ipywidgets)

    def _arrange(self, ipywidgets) -> None:
        """Buttons and the figure, then controls in columns that wrap on a narrow page."""
        def column(title: str, names: Sequence[str]):
            return ipywidgets.VBox([ipywidgets.HTML(f"<b>{title}</b>"),
                                    *(self.controls[name] for name in names)],
                                   layout={"width": "274px"})

        columns = [column("Data and batch norm (start anew)", ("n", "wrong", "batch_norm")),
                   column("Step and weights", ("lr", "l2", "l1", "decay", "limit")),
                   column("Noise and stopping", ("p", "sigma", "alpha", "smoothing", "stopping"))]
        self.box.children = [ipywidgets.HBox([self.play, self.step_button, self.anew]),
                             self.image, self.text,
                             ipywidgets.Box(columns, layout={"flex_flow": "row wrap"})]

    @property
    def playing(self) -> bool:
        return self.play.value

    def step(self) -> None:
        """Train some epochs and show what came out."""
        self._train(EPOCHS_PER_FRAME)
        self.update()

    def restart(self) -> None:
        """Begin again at epoch 0, with the techniques that are set."""
        self.live = None
        self.start = EPOCHS_PER_FRAME
        self.update()

    def _on_play(self, change) -> None:
        self.play.description = "Pause" if change["new"] else "Play"
        self.play.icon = "pause" if change["new"] else "play"
        if change["new"]:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        """Frame after frame; between two of them the kernel answers the controls."""
        while self.playing and self.live.epochs[-1] < LAST_EPOCH:
            self.step()
            await asyncio.sleep(PAUSE)
        self.play.value = False

    def _show(self, n: int, wrong: float, batch_norm: bool, stopping: bool, **numbers) -> str:
        self.settings = {**numbers, "batch_norm": batch_norm}    # of the next epochs
        if self.live is None or self.key != (n, wrong, batch_norm):
            task = partial(data.two_moons, n_train=n, n_validation=300, noise=0.25,
                           label_noise=wrong, standardize=False)
            self.live = LiveTraining(recipe_of(**self.settings), task, self.seeds, device="cpu")
            self.key, self.best, self.trained_with = (n, wrong, batch_norm), None, self.settings
            self._picture.start(self.live)
            for _ in range(0, self.start, EPOCHS_PER_FRAME):
                self._train(EPOCHS_PER_FRAME)
            self.start = EPOCHS_PER_FRAME
        on = _names_of_what_is_on(numbers, batch_norm)
        shown = self.best if stopping else self.now
        self._picture.show(self.live, shown, stopping, on)
        return _sentence(self.live, shown, stopping, on)

    def _train(self, epochs: int) -> None:
        if self.settings != self.trained_with:
            self.live.change(recipe_of(**self.settings))
            self.trained_with = self.settings
        self.live.advance(epochs)
        self.now = _Models.now(self.live)
        self.best = self.now if self.best is None else self.best.or_better(self.now)


class _Models(NamedTuple):
    """The networks at one epoch each.  Shape: loss, epoch (S,); tensors (S, …)."""

    loss: Tensor
    epoch: Tensor
    surface: Tensor
    weights: Tensor

    @classmethod
    def now(cls, live: LiveTraining) -> _Models:
        weights = torch.cat([p.flatten(1) for name, p in live.parameters().items()
                             if p.ndim == 3], 1)
        loss = live.curve("validation", "loss")[:, -1]
        return cls(loss, torch.full_like(loss, live.epochs[-1]),
                   live.outputs(GRID).softmax(2)[:, :, 1], weights.clone())

    def or_better(self, other: _Models) -> _Models:
        """Of each seed the one with the lower validation loss."""
        better = other.loss < self.loss
        return _Models(*(torch.where(better.view(-1, *[1] * (mine.ndim - 1)), theirs, mine)
                         for mine, theirs in zip(self, other, strict=True)))


def _grid() -> Tensor:
    x, y = torch.linspace(*X, COLUMNS), torch.linspace(*Y, ROWS)
    return torch.cartesian_prod(y, x).flip(1)


COLUMNS, ROWS = 54, 41
GRID = _grid()


def _names_of_what_is_on(numbers: dict[str, float], batch_norm: bool) -> str:
    """The techniques that are at work: all start switched off."""
    on = [f"{choice.text} {numbers[choice.name]:g}" for choice in WHILE_IT_RUNS
          if choice.name != "lr" and numbers[choice.name] != choice.start]
    return ", ".join(["batch norm"] * batch_norm + on)


def _sentence(live: LiveTraining, shown: _Models, stopping: bool, on: str) -> str:
    def cell(part: str) -> str:
        found = interval(live.curve(part, "score")[:, -1].tolist())
        return f"{part} {found.mean:.2f} [{found.low:.2f}, {found.high:.2f}]"

    best = (f" The surface and the weights are those of each seed's best epoch, "
            f"{shown.epoch.min():.0f} to {shown.epoch.max():.0f}." if stopping else "")
    with_them = f", with {on}" if on else ""
    return (f"Epoch {live.epochs[-1]}{with_them}: accuracy {cell('train')}, {cell('validation')}; "
            f"mean of {len(live.seeds)} seeds [95 % interval], each with its own data.{best}")


def _slider(choice: Choice):
    options = [("off" if value == math.inf else f"{value:g}", value) for value in choice.options]
    return slider(options, choice.start, choice.text, live=False, name_width="105px")


class _Picture:
    """The three panels and the title."""

    def __init__(self, seeds: Sequence[int]):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8.8, 4.2), dpi=100, facecolor="white")
        plane, curves, weights = figure.subplots(1, 3, width_ratios=(1.25, 1, 1), gridspec_kw={
            "left": 0.065, "right": 0.985, "bottom": 0.27, "top": 0.86, "wspace": 0.36})
        self.surface = _SurfacePanel(plane, seeds)
        self.curves = _CurvesPanel(curves)
        self.weights = _WeightsPanel(weights, len(seeds))
        self.title = figure.text(0.008, 0.985, "", va="top", fontsize=13, fontweight="bold")
        self.on = figure.text(0.145, 0.99, "", va="top", fontsize=style.TICK)
        figure.text(0.985, 0.04, style.seeds_and_band(len(seeds)).replace("\n", " "), ha="right",
                    fontsize=style.TICK)
        moving = [artist for panel in (self.surface, self.curves, self.weights)
                  for artist in panel.artists]
        self.live = LiveFigure(figure, [*moving, self.title, self.on])
        self.shown, self.stopping = None, False

    def start(self, live: LiveTraining) -> None:
        """Show the data of a new training."""
        self.surface.start(live)

    def show(self, live: LiveTraining, shown: _Models, stopping: bool, on: str) -> None:
        self.on.set_text(textwrap.fill(on, 100))
        if shown is self.shown and stopping == self.stopping:
            return    # nothing was trained
        self.shown, self.stopping = shown, stopping
        self.surface.show(shown)
        self.weights.show(shown)
        if self.curves.show(live, shown if stopping else None):
            self.live.paint_background()
        self.title.set_text(f"epoch {live.epochs[-1]}")


class _SurfacePanel:
    """The mean probability of class 1, each seed's boundary and the first seed's data."""

    def __init__(self, ax: Axes, seeds: Sequence[int]):
        from matplotlib.collections import LineCollection
        from matplotlib.colors import LinearSegmentedColormap

        colors = LinearSegmentedColormap.from_list("classes", [style.SKY, "white", style.ORANGE])
        self.image = ax.imshow(np.zeros((ROWS, COLUMNS)), vmin=0, vmax=1, cmap=colors,
                               origin="lower", extent=(*X, *Y), aspect="auto",
                               interpolation="bilinear")
        self.lines = LineCollection([], colors=style.BLACK, linewidths=0.9, alpha=0.75,
                                    label="boundary of each seed")
        ax.add_collection(self.lines, autolim=False)
        self.points = [ax.plot([], [], marker, color=color, markersize=4.5, linestyle="",
                               markeredgecolor="black", markeredgewidth=0.5,
                               label=f"class {k} (data of seed {seeds[0]})")[0]
                       for k, (marker, color) in enumerate([("o", style.BLUE),
                                                            ("s", style.VERMILLION)])]
        self.seed = seeds[0]
        self.artists = [self.image, self.lines, *self.points]
        panels.dress(ax, "probability of class 1, mean", "x₁", "x₂")
        ax.grid(False)
        ax.set_xlim(X)
        ax.set_ylim(Y)
        panels.legend_below(ax)

    def start(self, live: LiveTraining) -> None:
        train = live.splits[self.seed].train
        for k, points in enumerate(self.points):
            points.set_data(*train.x[train.y == k].T.numpy())

    def show(self, shown: _Models) -> None:
        from contourpy import contour_generator

        surfaces = shown.surface.view(-1, ROWS, COLUMNS).double().numpy()
        self.image.set_data(surfaces.mean(0))
        x, y = np.linspace(*X, COLUMNS), np.linspace(*Y, ROWS)
        self.lines.set_segments([line for surface in surfaces for line in
                                 contour_generator(x, y, surface).lines(0.5)])


class _CurvesPanel:
    """Loss of train and validation data, on an axis that grows with the epochs."""

    LOW, HIGH = 0.01, 10.0

    def __init__(self, ax: Axes):
        self.ax = ax
        self.lines = {part: BandArtist(ax, style.PART[part], part, markers=False)
                      for part in reversed(PARTS)}
        self.best = ax.plot([], [], "v", color=style.BLACK, markersize=5, clip_on=False,
                            label="best epoch of each seed")[0]
        self.artists = [*(a for line in self.lines.values() for a in line.artists), self.best]
        panels.dress(ax, "loss, without penalties", "epoch", "cross-entropy (nats)")
        ax.set_yscale("log")
        ax.set_ylim(self.LOW, self.HIGH)
        ax.set_xlim(0, WINDOWS[0])
        panels.legend_below(ax)

    def show(self, live: LiveTraining, best: _Models | None) -> bool:
        """Whether the axis had to change."""
        epochs = np.array(live.epochs)
        for part, line in self.lines.items():
            found = band(live.curve(part, "loss").double().log())
            line.set(epochs, Band(*(np.exp(v) for v in found[:3]), found.n))
        self.best.set_data([], []) if best is None else self.best.set_data(
            best.epoch.numpy(), best.loss.numpy().clip(self.LOW, self.HIGH))
        window = next((w for w in WINDOWS if w >= epochs[-1]), epochs[-1])
        if window == self.ax.get_xlim()[1]:
            return False
        self.ax.set_xlim(0, window)
        return True


class _WeightsPanel:
    """Histogram of the weights of all seeds; what is outside counts in the outermost bars."""

    EDGES = np.linspace(-3, 3, 62)

    def __init__(self, ax: Axes, seeds: int):
        empty = Histogram(np.zeros(len(self.EDGES) - 1), self.EDGES, 0.0, 0)
        self.bars = HistogramArtist(ax, style.Style(style.GREEN, "-", ""), empty, "weights")
        self.text = ax.text(0.03, 0.97, "", transform=ax.transAxes, va="top", fontsize=style.TICK)
        self.artists = [*self.bars.artists, self.text]
        panels.dress(ax, "weights", "value of a weight", f"weights of {seeds} models (log)")
        ax.set_yscale("log")
        ax.set_ylim(0.5, 2e4)
        ax.set_xlim(-3.05, 3.05)

    def show(self, shown: _Models) -> None:
        weights = shown.weights.flatten().numpy()
        counts = np.histogram(weights.clip(-3, 3), self.EDGES)[0]
        self.bars.set(Histogram(counts, self.EDGES, 0.0, 0))
        norm = interval(shown.weights.norm(dim=1).tolist())
        self.text.set_text(f"norm {norm.mean:.1f} ± {norm.half_width:.1f}")
