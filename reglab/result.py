"""What a sweep gives back: curves, trained models, a choice made on validation data."""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from .arguments import require
from .data import Splits
from .history import METRICS, PARTS, EarlyStopping, Stop
from .recipe import Recipe
from .replicas import score
from .statistics import Interval, interval

if TYPE_CHECKING:
    import pandas

    from .training import Trained


class Result:
    """The outcome of a sweep: A arms (recipes) × S seeds.

    Attributes:
        arms: names of the recipes, in their order.
        seeds: the seeds, in their order.
        recipes: ``{arm: Recipe}``.
        splits: ``{seed: Splits}``.
        epochs: the epochs at which the models were evaluated, (E,).
        metric: what ``"score"`` is: ``"accuracy"`` or ``"R²"``.
        diverged: whether a run ended in numbers that are not finite, (A, S).
    """

    def __init__(self, recipes: dict[Hashable, Recipe], splits: dict[int, Splits], every: int,
                 trained: Sequence[Trained]):
        self.recipes, self.splits = recipes, splits
        self.arms, self.seeds = list(recipes), list(splits)
        self.metric = "R²" if next(iter(splits.values())).classes is None else "accuracy"
        length = max(curve.shape[1] for group in trained for curve in group.curves.values())
        self.epochs = every * torch.arange(1, length + 1)
        shape = len(self.arms), len(self.seeds)
        self._curves = {key: torch.full((*shape, length), float("nan"))
                        for key in trained[0].curves}
        self._stop = Stop(*(torch.zeros(shape, dtype=f.dtype) for f in trained[0].stop))
        self._tensors: dict[tuple[Hashable, int], dict[str, Tensor]] = {}
        for group in trained:
            for r, run in enumerate(group.runs):
                place = self.arms.index(run.arm), self.seeds.index(run.seed)
                for key, curve in group.curves.items():
                    self._curves[key][place][:curve.shape[1]] = curve[r]
                for whole, part in zip(self._stop, group.stop, strict=True):
                    whole[place] = part[r]
                self._tensors[run.arm, run.seed] = {k: t[r] for k, t in group.tensors.items()}
        self.diverged = torch.tensor([[not all(t.isfinite().all() for t in
                                               self._tensors[arm, seed].values())
                                       for seed in self.seeds] for arm in self.arms])

    # What was recorded

    def curve(self, part: str = "validation", metric: str = "score",
              arm: Hashable | None = None) -> Tensor:
        """A recorded curve.  Shape: (A, S, E), or (S, E) of one arm; NaN after a run stopped."""
        require(part in PARTS, "Result.part", f"one of {PARTS}", part,
                "Test data are looked at once, through test().")
        require(metric in METRICS, "Result.metric", f"one of {METRICS}", metric)
        curve = self._curves[part, metric]
        return curve if arm is None else curve[self._index(arm)]

    def final(self, part: str = "validation", metric: str = "score",
              arm: Hashable | None = None) -> Tensor:
        """The value of the weights that were kept: the last, or those early stopping restored.

        Shape: (A, S), or (S,) of one arm.
        """
        whole = self.curve(part, metric).gather(-1, self._stop.best.unsqueeze(-1)).squeeze(-1)
        return whole if arm is None else whole[self._index(arm)]

    def stopped_at(self, rule: EarlyStopping) -> Stop:
        """Where ``rule`` would have stopped these runs: indices into ``epochs``, (A, S)."""
        return rule.find(self.curve("validation", rule.monitor))

    # Choosing and testing

    def best_arm(self, metric: str = "score", arms: Sequence[Hashable] | None = None) -> Hashable:
        """The arm with the best mean over seeds on validation data; of ``arms`` if given.

        An arm with a diverged run is never the best.
        """
        candidates = self.arms if arms is None else list(arms)
        values = torch.stack([self.final("validation", metric, arm) for arm in candidates]).mean(1)
        values = values if metric == "score" else -values
        values = values.nan_to_num(nan=-torch.inf, neginf=-torch.inf)
        require(bool((values > -torch.inf).any()), "Result.arms",
                "with at least one that did not diverge", candidates, "Lower the learning rate.")
        return candidates[int(values.argmax())]

    def test(self, arm: Hashable | None = None,
             change: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """The test score of an arm chosen beforehand, one for each seed.  Shape: (S,).

        Args:
            arm: the arm; ``None`` takes :meth:`best_arm`, chosen on validation data.
            change: applied to the test inputs, to measure what a disturbance does.
        """
        arm = self.best_arm() if arm is None else arm

        def tested(model: nn.Module, splits: Splits) -> Tensor:
            x = splits.test.x if change is None else change(splits.test.x)
            return score(model(x), splits.test.y)

        return self.measure(tested, arm)

    def measure(self, function: Callable[[nn.Module, Splits], float | Tensor],
                arm: Hashable) -> Tensor:
        """``function(model, splits)`` of every trained model of an arm.  Shape: (S,)."""
        with torch.no_grad():
            return torch.tensor([float(function(self.model(arm, seed), self.splits[seed]))
                                 for seed in self.seeds])

    def model(self, arm: Hashable | None = None, seed: int | None = None) -> nn.Module:
        """A trained model in evaluation mode; the first arm and seed unless said."""
        arm = self.arms[0] if arm is None else arm
        seed = self.seeds[0] if seed is None else seed
        self._index(arm)
        require(seed in self.splits, "Result.seed", f"one of {self.seeds}", seed)
        model = copy.deepcopy(self.recipes[arm].model)
        own = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        with torch.no_grad():
            for name, tensor in self._tensors[arm, seed].items():
                own[name].copy_(tensor)
        return model.eval()

    # Reading

    def frame(self) -> pandas.DataFrame:
        """Everything recorded, one row for each arm, seed, epoch and part."""
        import pandas as pd

        rows = [pd.DataFrame({
            "arm": arm, "seed": seed, "epoch": self.epochs.numpy(), "part": part,
            **{metric: self._curves[part, metric][a, s].numpy() for metric in METRICS}})
            for a, arm in enumerate(self.arms) for s, seed in enumerate(self.seeds)
            for part in PARTS]
        return pd.concat(rows, ignore_index=True).dropna(subset=list(METRICS), how="all")

    def summary(self) -> pandas.DataFrame:
        """One row for each arm: mean over seeds with the 95 % interval, of the weights kept."""
        import pandas as pd

        rows = {}
        for a, arm in enumerate(self.arms):
            cells = {}
            for metric in METRICS:
                name = metric if metric == "loss" else self.metric
                for part in PARTS:
                    cells[f"{part} {name}"] = _cell(self.final(part, metric, arm))
            lost = int(self.diverged[a].sum())
            rows[arm] = {**cells, "diverged": lost} if self.diverged.any() else cells
        return pd.DataFrame.from_dict(rows, orient="index")

    def plot(self, **options):
        """Curves of every arm: :func:`reglab.plotting.plot_curves`."""
        from .plotting import plot_curves

        return plot_curves(self, **options)

    def _title(self) -> str:
        name = next(iter(self.splits.values())).name
        seeds = f"{len(self.seeds)} seeds" if len(self.seeds) > 1 else "an anecdote (1 seed)"
        return f"{name}: {len(self.arms)} arm{'s' * (len(self.arms) > 1)}, {seeds}"

    def __repr__(self) -> str:
        return f"{self._title()}\n{self.summary().to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{self._title()}</p>{self.summary().to_html()}"

    def _index(self, arm: Hashable) -> int:
        require(arm in self.recipes, "Result.arm", f"one of {self.arms}", arm)
        return self.arms.index(arm)


def _cell(values: Tensor) -> str:
    finite = values[values.isfinite()]
    if not len(finite):
        return "diverged"
    estimate: Interval = interval(finite.tolist())
    return f"{estimate.mean:.3f}" if estimate.n == 1 else f"{estimate.mean:.3f} ± {estimate.half_width:.3f}"
