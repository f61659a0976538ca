"""Which runs of a sweep are trained side by side, and how many."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from . import dense
from .forking import can_fork
from .hyperparameters import kind, numbers
from .replicas import model_kind
from .runs import Run

GROUP_SIZE = 40  # replicas trained side by side, or half as many more
GROUP_BYTES = 6 << 20  # of parameters and activations: measured, see benchmarks/README.md
GPU_GROUP_SIZE = 4096  # a GPU wants many
LEAST_TOGETHER = 8  # however large the model
FORKED_TOGETHER = 4  # in a process


def groups_of(chosen: Sequence[int], runs: Sequence[Run], workers: int,
              device: torch.device) -> list[list[int]]:
    """Numbers of runs that can be trained side by side, as many together as is fastest.

    Runs that differ in early stopping alone are one training, and count as one.
    """
    trainings: dict[Hashable, list[int]] = {}
    for number in chosen:
        trainings.setdefault(training_of(runs[number]), []).append(number)
    alike: dict[tuple, list[list[int]]] = {}
    models = {id(run.recipe.model): run.recipe.model for run in runs}
    kinds = {key: model_kind(model, start=False) for key, model in models.items()}
    for same in trainings.values():
        recipe, splits = runs[same[0]].recipe, runs[same[0]].splits
        key = (kinds[id(recipe.model)], tuple(map(kind, recipe.techniques)),
               kind(recipe.optimizer), recipe.epochs, recipe.batch_size, recipe.loss,
               splits.train.x.shape, splits.validation.x.shape, splits.classes)
        alike.setdefault(key, []).append(same)
    groups = []
    for same in alike.values():
        if device.type == "cpu":
            most = _group_size(runs[same[0][0]])
            rounds = round(len(same) / (most * workers))    # of all cores, so that none is idle
            count = rounds * workers or min(workers, len(same) // _least(runs[same[0][0]], most))
        else:
            count = -(-len(same) // GPU_GROUP_SIZE)
        size = -(-len(same) // max(count, 1))
        groups += [sum(same[i:i + size], []) for i in range(0, len(same), size)]
    return groups


def training_of(run: Run) -> Hashable:
    """What two runs share that take the same steps: everything but the name and the stopping."""
    recipe = run.recipe
    settings = [(kind(thing), tuple(numbers(thing).items()))
                for thing in (*recipe.techniques, recipe.optimizer)]
    return (id(recipe.model), *settings, recipe.epochs, recipe.batch_size, recipe.loss, run.seed,
            id(run.splits))


def _least(run: Run, most: int) -> int:
    """How many replicas a second core is worth.

    A process waits for no other. A thread waits for Python between operations: less for a large
    perceptron, whose operations are few and long.
    """
    if can_fork():
        return min(FORKED_TOGETHER, most)
    blocks = dense.chain(run.recipe.model)
    plain = blocks is not None and not any(block.norm for block in blocks)
    return max(1, min(LEAST_TOGETHER, most // 4)) if plain else LEAST_TOGETHER


def _group_size(run: Run) -> int:
    """About how many replicas share a core's cache: parameters and the outputs of all layers."""
    model = copy.deepcopy(run.recipe.model).eval()
    outputs = []
    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    with torch.no_grad():
        model(run.splits.train.x[:2].to(next(model.parameters()).dtype))
    batch = min(run.recipe.batch_size, len(run.splits.train))
    used = (batch * sum(o.nbytes for o in outputs if isinstance(o, Tensor)) // 2
            + sum(p.nbytes for p in model.parameters()))
    return min(GROUP_SIZE, max(LEAST_TOGETHER, GROUP_BYTES // used))
