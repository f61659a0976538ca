"""What a sweep gives back: curves, trained models, a choice made on validation data."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .arguments import require
from .data import Splits
from .history import METRICS, PARTS, EarlyStopping, Stop
from .parameters import Parameters
from .recipe import Recipe
from .replicas import score
from .statistics import Interval, interval

if TYPE_CHECKING:
    import pandas

    from .runs import Trained


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
        tested: the arms whose test data were opened, by reason.
    """

    _whole: Result | None = None

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
        self.tested: dict[str, list[Hashable]] = {}
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

    def best_arm(self, metric: str = "score", arms: Sequence[Hashable] | None = None,
                 part: str = "validation") -> Hashable:
        """The arm with the best mean over seeds on validation data; of ``arms`` if given.

        An arm with a diverged run is never the best. ``part="train"`` shows what choosing on
        training data would do; test data are refused.
        """
        require(part in PARTS, "best_arm.part", f"one of {PARTS}", part,
                "Whoever chooses on test data reports the luck of the chosen: choose on "
                "validation data, then open the test data once.")
        candidates = self.arms if arms is None else list(arms)
        index = torch.tensor([self._index(arm) for arm in candidates], dtype=torch.long)
        values = self.final(part, metric)[index].mean(1)
        values = values if metric == "score" else -values
        lost = self.diverged[index].any(1) | ~values.isfinite()
        require(not bool(lost.all()), "best_arm.arms", "arms of which at least one did not diverge",
                candidates, "Lower the learning rate.")
        return candidates[int(values.where(~lost, -torch.inf).argmax())]

    def only(self, arm: Hashable) -> Result:
        """The same result with one arm alone, as :func:`reglab.comparison.compare` takes it."""
        part = self._of({arm: arm})
        part._whole, part.tested = self.whole, self.tested
        return part

    def split(self) -> dict[Hashable, Result]:
        """A sweep for each first part of its arms: ``("stopped", 0.1)`` becomes arm 0.1 of one.

        They were trained in one sweep to save trainings, and are as if each had been swept alone.
        """
        require(not self.tested, "Result.split", "a sweep whose test data are still closed",
                list(self.tested), "Split it first: the parts would forget what was tested.")
        for arm in self.arms:
            require(isinstance(arm, tuple) and len(arm) == 2, "Result.split",
                    "a sweep whose arms are pairs", arm)
        return {first: self._of({arm[1]: arm for arm in self.arms if arm[0] == first})
                for first in dict.fromkeys(arm[0] for arm in self.arms)}

    def _of(self, names: dict[Hashable, Hashable]) -> Result:
        """Some of the arms alone, ``{new name: old name}``."""
        places = [self._index(arm) for arm in names.values()]
        part = copy.copy(self)
        part.arms = list(names)
        part.recipes = {new: self.recipes[old] for new, old in names.items()}
        part._curves = {key: curve[places] for key, curve in self._curves.items()}
        part._stop = Stop(*(field[places] for field in self._stop))
        part._tensors = {(new, seed): self._tensors[old, seed]
                         for new, old in names.items() for seed in self.seeds}
        part.diverged, part.tested, part._whole = self.diverged[places], {}, None
        return part

    @property
    def whole(self) -> Result:
        """The sweep that this came from; itself unless made by :meth:`only`."""
        return self._whole or self

    def test(self, arm: Hashable | None = None, change: Callable[[Tensor], Tensor] | None = None,
             *, metric: str = "score", reason: str | None = None) -> Tensor:
        """The test score of an arm chosen beforehand, one for each seed.  Shape: (S,).

        This opens the test data: a look that is counted, see :mod:`reglab.data.sealed`.

        Args:
            arm: the arm; ``None`` takes :meth:`best_arm`, chosen on validation data.
            change: applied to the test inputs, to measure what a disturbance does.
            metric: ``"score"`` or ``"loss"``, without penalties.
            reason: what the test data are opened for. Questions that were planned together share
                a reason and are one look. ``None``: each arm is a question, and a look, of its own.
        """
        arm = self.best_arm() if arm is None else arm
        require(metric in METRICS, "Result.metric", f"one of {METRICS}", metric)
        reason = self.question(arm, changed=change is not None) if reason is None else reason

        def tested(model: nn.Module, splits: Splits) -> Tensor:
            test = splits.open_test(reason)
            x = test.x if change is None else change(test.x)
            outputs = model(x.to(next(model.parameters()).dtype))
            return _value(outputs, test.y, metric, self.recipes[arm].loss)

        return self.measure(tested, arm, reason=reason)

    def trivial(self, part: str = "test", metric: str = "score", *,
                reason: str | None = None) -> float:
        """What a predictor reaches that looks at no input: the mean over seeds.

        It gives everyone the same: the shares of the classes in the training data, of which the
        largest is its answer, or their mean target. Its loss is cross-entropy, or the squared
        error; infinite where a class is missing from the training data.

        Args:
            part: ``"train"``, ``"validation"`` or ``"test"``, a look that is counted.
            metric: ``"score"`` or ``"loss"``.
            reason: what the test data are opened for.
        """
        require(part in (*PARTS, "test"), "trivial.part", f"one of {(*PARTS, 'test')}", part)
        require(metric in METRICS, "trivial.metric", f"one of {METRICS}", metric)
        found = []
        for splits in self.splits.values():
            y = (splits.open_test(reason or "a trivial predictor") if part == "test"
                 else getattr(splits, part)).y
            constant = _constant(splits.train.y, splits.classes)
            found.append(float(_value(constant.expand(len(y), -1), y, metric)))
        return sum(found) / len(found)

    @property
    def looks(self) -> list[str]:
        """The reasons for which the test data of these runs were opened, in order."""
        return list(dict.fromkeys(reason for splits in self.splits.values()
                                  for reason in splits.test.looks))

    def question(self, arm: Hashable, changed: bool = False) -> str:
        """A name for the question what an arm scores: the same for the same recipe."""
        recipe = self.recipes[self.arms[self._index(arm)]]
        mark = zlib.crc32(repr(recipe).encode())
        return f"arm {arm!r}{' on changed inputs' if changed else ''} (recipe {mark:08x})"

    def measure(self, function: Callable[[nn.Module, Splits], float | Tensor],
                arm: Hashable, *, reason: str | None = None) -> Tensor:
        """``function(model, splits)`` of every trained model of an arm.  Shape: (S,).

        ``reason``: what the function opens the test data for, if it does.
        """
        if reason is not None and arm not in self.tested.setdefault(reason, []):
            self.tested[reason].append(arm)
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

    def parameters(self, arm: Hashable, seed: int) -> Parameters:
        """The trained parameters of a model by name, frozen ones too; not to be changed."""
        self._index(arm)
        require(seed in self.splits, "Result.seed", f"one of {self.seeds}", seed)
        tensors = self._tensors[arm, seed]
        return {name: tensors[name] for name, _ in self.recipes[arm].model.named_parameters()}

    # Reading

    def frame(self) -> pandas.DataFrame:
        """Everything recorded, one row for each arm, seed, epoch and part."""
        import pandas as pd

        rows = []
        for a, arm in enumerate(self.arms):
            for s, seed in enumerate(self.seeds):
                end = int(self._stop.last[a, s]) + 1
                rows += [pd.DataFrame({
                    "arm": arm, "seed": seed, "epoch": self.epochs[:end].numpy(), "part": part,
                    **{m: self._curves[part, m][a, s, :end].numpy() for m in METRICS}})
                    for part in PARTS]
        return pd.concat(rows, ignore_index=True)

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
    error = "" if estimate.n == 1 else f" ± {estimate.half_width:.3f}"
    return f"{estimate.mean:.3f}{error}"


def _value(outputs: Tensor, y: Tensor, metric: str, loss: Callable | None = None) -> Tensor:
    """The score of outputs, or their loss without penalties."""
    if metric == "score":
        return score(outputs, y)
    if y.is_floating_point():
        return (loss or F.mse_loss)(outputs, y.to(outputs.dtype))
    return (loss or F.cross_entropy)(outputs, y)


def _constant(y: Tensor, classes: int | None) -> Tensor:
    """The outputs that targets suggest for everyone: log class shares, or the mean.  (1, K)."""
    if classes is None:
        return y.double().mean(0, keepdim=True)
    return (y.bincount(minlength=classes).double() / len(y)).log()[None]
