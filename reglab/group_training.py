"""Training one group of runs side by side, with early stopping."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from .history import METRICS, PARTS, Stop
from .models import initialize
from .replicas import Replicas
from .runs import Run, Trained


def train_group(runs: Sequence[Run], every: int, device: torch.device,
                advance: Callable[[int], None]) -> Trained:
    """Train a group side by side, evaluating as it goes."""
    recipe = runs[0].recipe
    loss = recipe.loss or (F.mse_loss if runs[0].splits.classes is None else F.cross_entropy)
    replicas = Replicas(initialized(runs), [r.recipe.techniques for r in runs],
                        [r.recipe.optimizer for r in runs], [r.seed for r in runs], loss, device)
    parts, source = stack_data(runs, replicas.dtype, device)

    evaluations = recipe.epochs // every
    curves = {(part, metric): torch.full((len(runs), evaluations), float("nan"))
              for part in PARTS for metric in METRICS}
    alive = torch.arange(len(runs))
    saved = {k: t.clone() for k, t in replicas.tensors().items()}
    stop = _stop_at_end(len(runs), evaluations)
    for epoch in range(1, recipe.epochs + 1):
        replicas.epoch(*parts["train"], source, recipe.batch_size)
        advance(len(alive))
        if epoch % every:
            continue
        now = epoch // every - 1
        for part in PARTS:
            values = replicas.evaluate(*parts[part], source)
            for metric, value in zip(METRICS, values, strict=True):
                curves[part, metric][alive, now] = value.float().cpu()
        if recipe.stopping is None:
            continue
        rule = recipe.stopping.find(curves["validation", recipe.stopping.monitor][alive, :now + 1])
        fresh = (rule.best == now) if recipe.stopping.restore else torch.ones_like(rule.stopped)
        _save(saved, replicas, alive, fresh)
        stop.best[alive] = rule.best if recipe.stopping.restore else rule.last
        stop.last[alive], stop.stopped[alive] = rule.last, rule.stopped
        if rule.stopped.any():
            advance(int(rule.stopped.sum()) * (recipe.epochs - epoch))
            alive, source = alive[~rule.stopped], source[~rule.stopped.to(device)]
            if not len(alive):
                break
            replicas.keep(~rule.stopped)
    if recipe.stopping is None:
        _save(saved, replicas, alive, torch.ones(len(alive), dtype=torch.bool))
    return Trained(runs, curves, tree_map(lambda t: t.cpu(), saved), stop)


def initialized(runs: Sequence[Run]) -> Iterator[nn.Module]:
    """Each run's model with its initial weights; to be read before the next is asked for."""
    copies: dict[int, nn.Module] = {}
    for run in runs:
        original = run.recipe.model
        if id(original) not in copies:
            copies[id(original)] = copy.deepcopy(original)
        model = copies[id(original)]
        with torch.no_grad():    # as if it were a new copy
            for mine, first in zip((*model.parameters(), *model.buffers()),
                                   (*original.parameters(), *original.buffers()), strict=True):
                mine.copy_(first)
        yield initialize(model, run.seed)


def stack_data(runs: Sequence[Run], dtype: torch.dtype, device: torch.device):
    """Each different data set once, and for every run which one is its own."""
    different = list({id(run.splits): run.splits for run in runs}.values())
    place = {id(splits): i for i, splits in enumerate(different)}
    source = torch.tensor([place[id(run.splits)] for run in runs], device=device)

    def stack(tensors: list[Tensor]) -> Tensor:
        stacked = torch.stack(tensors).to(device)
        return stacked.to(dtype) if stacked.is_floating_point() else stacked

    parts = {part: (stack([getattr(s, part).x for s in different]),
                    stack([getattr(s, part).y for s in different])) for part in PARTS}
    return parts, source


def _stop_at_end(runs: int, evaluations: int) -> Stop:
    end = torch.full((runs,), evaluations - 1)
    return Stop(end, end.clone(), torch.zeros(runs, dtype=torch.bool))


def _save(saved: dict[str, Tensor], replicas: Replicas, alive: Tensor, which: Tensor) -> None:
    for name, tensor in replicas.tensors().items():
        saved[name][alive[which]] = tensor[which]
