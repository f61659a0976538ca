"""Training one group of runs side by side, with early stopping."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from .groups import training_of
from .history import METRICS, PARTS, EarlyStopping, Stop, Watch
from .models import initialize
from .replicas import Replicas
from .runs import Run, Trained


def train_group(runs: Sequence[Run], every: int, device: torch.device,
                advance: Callable[[int], None]) -> Trained:
    """Train a group side by side, evaluating as it goes.

    Runs that differ in early stopping alone are trained once; each keeps the weights that its own
    rule asks for, and a training goes on as long as one of its runs does.
    """
    keys = [training_of(run) for run in runs]
    one_of = dict(zip(keys, runs, strict=True))    # a run for each training
    number = {key: i for i, key in enumerate(one_of)}
    place, trainings = torch.tensor([number[key] for key in keys]), list(one_of.values())
    recipe = runs[0].recipe
    loss = recipe.loss or (F.mse_loss if runs[0].splits.classes is None else F.cross_entropy)
    replicas = Replicas(initialized(trainings), [r.recipe.techniques for r in trainings],
                        [r.recipe.optimizer for r in trainings], [r.seed for r in trainings], loss,
                        device)
    parts, source = stack_data(trainings, replicas.dtype, device)

    evaluations = recipe.epochs // every
    curves = {(part, metric): torch.full((len(trainings), evaluations), float("nan"))
              for part in PARTS for metric in METRICS}
    alive = torch.arange(len(trainings))
    saved = {k: t[place] for k, t in replicas.tensors().items()}
    to_the_end = EarlyStopping(evaluations + 1, restore=False)
    rules = [r.recipe.stopping or to_the_end for r in runs]
    restore = torch.tensor([rule.restore for rule in rules])
    by_loss = torch.tensor([rule.monitor == "loss" for rule in rules])
    watch = Watch(torch.zeros(len(runs)), torch.tensor([rule.patience for rule in rules]),
                  torch.tensor([rule.min_delta for rule in rules]))
    for epoch in range(1, recipe.epochs + 1):
        replicas.epoch(*parts["train"], source, recipe.batch_size)
        going = ~watch.stopped
        advance(int(going.sum()))
        if epoch % every:
            continue
        now = epoch // every - 1
        for part in PARTS:
            values = replicas.evaluate(*parts[part], source)
            for metric, value in zip(METRICS, values, strict=True):
                curves[part, metric][alive, now] = value.float().cpu()
        seen = {metric: curves["validation", metric][place, now] for metric in METRICS}
        watch.see(torch.where(by_loss, seen["loss"], -seen["score"]))
        at_end = watch.stopped | (epoch == recipe.epochs)
        _save(saved, replicas, going & torch.where(restore, watch.best == now, at_end),
              torch.searchsorted(alive, place))
        if (going & watch.stopped).any():
            advance(int((going & watch.stopped).sum()) * (recipe.epochs - epoch))
            kept = torch.isin(alive, place[~watch.stopped])
            alive, source = alive[kept], source[kept.to(device)]
            if not len(alive):
                break
            replicas.keep(kept)
    stop = Stop(torch.where(restore, watch.best, watch.last), watch.last, watch.stopped)
    after = torch.arange(evaluations) > stop.last.unsqueeze(1)
    return Trained(runs, {k: c[place].masked_fill(after, float("nan")) for k, c in curves.items()},
                   tree_map(lambda t: t.cpu(), saved), stop)


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


def _save(saved: dict[str, Tensor], replicas: Replicas, which: Tensor, rows: Tensor) -> None:
    """The present weights of some runs; ``rows`` says for every run which replica is its own."""
    chosen = which.nonzero().flatten()
    if len(chosen):
        for name, tensor in replicas.tensors().items():
            saved[name][chosen] = tensor[rows[chosen]]
