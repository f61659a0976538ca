"""Training: ``fit`` one model, ``sweep`` many recipes over many seeds."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing

import torch

from .arguments import require, require_integer
from .checkpoint import Checkpoint
from .data import Splits
from .devices import resolve
from .groups import groups_of
from .jobs import train_all
from .layers import RandomLayer
from .progress import epochs_bar
from .recipe import Recipe
from .replicas import refuse_torch_dropout
from .result import Result
from .resuming import fingerprint_of, finished_runs, outcome_of
from .runs import Run

Data = Splits | Callable[[int], Splits]


def fit(recipe: Recipe, data: Data, seed: int = 0, *, device: str = "auto",
        progress: bool = True) -> Result:
    """Train one model: the same as a :func:`sweep` over one recipe and one seed.

    Args:
        recipe: how to train.
        data: splits, or a function from a seed to splits.
        seed: of the data draw, the initialization, the batch order and the noise.
        device: ``"auto"`` (CUDA where there is one, else CPU) or a torch device.
        progress: show a bar when it takes longer than two seconds.
    """
    require(isinstance(recipe, Recipe), "fit.recipe", "a Recipe", recipe,
            "fit(Recipe(MLP(40, 128, 10)), data.mnist1d)", TypeError)
    return sweep({"run": recipe}, data, seeds=[seed], device=device, progress=progress)


def sweep(recipes: Mapping[Hashable, Recipe], data: Data, seeds: Sequence[int] = range(10), *,
          every: int = 1, device: str = "auto", workers: int | None = None,
          progress: bool = True, executor: Executor | None = None,
          checkpoint: str | os.PathLike | None = None) -> Result:
    """Train every recipe with every seed.

    The runs are paired: with the same seed all recipes see the same data, initial weights, batch
    order and dropout words. Recipes that differ only in numbers (strengths, rates, seeds) are
    trained side by side, those that differ in early stopping alone (of one model object) are
    trained once, and every run comes out as if it had been trained alone.

    Args:
        recipes: the arms of the experiment by name; a swept strength is its own name.
        data: splits for all seeds, or a function from a seed to splits.
        seeds: one run of each arm per seed.
        every: epochs between two evaluations on train and validation data; a divisor of the
            epochs, so that the weights kept are evaluated.
        device: ``"auto"`` (CUDA where there is one, else CPU) or a torch device.
        workers: groups of runs that are trained at once, ``None`` for one per core: in forked
            processes on Linux without CUDA, in threads elsewhere. With an ``executor`` the number
            of groups at least, if there are runs enough.
        progress: show a bar when it takes longer than two seconds.
        executor: where to train instead: a
            ``concurrent.futures.ProcessPoolExecutor``, or many machines with
            ``dask.distributed.Client(…).get_executor()``, which survives the loss of a worker.
        checkpoint: a file for the finished part of the sweep. The same call goes on from it
            after an interruption (Ctrl-C, a crash) and trains nothing twice.

    Returns:
        The curves and the trained models, on the CPU.
    """
    require(isinstance(recipes, Mapping) and len(recipes) > 0
            and all(isinstance(r, Recipe) for r in recipes.values()), "sweep.recipes",
            "a dict {name: Recipe} with at least one entry", recipes, error=TypeError)
    require(not isinstance(seeds, int), "sweep.seeds", "a sequence of whole numbers", seeds,
            f"range({seeds}) has {seeds} of them.", TypeError)
    seeds = list(seeds)
    require(len(seeds) > 0 and len(set(seeds)) == len(seeds), "sweep.seeds",
            "different whole numbers, at least one", seeds)
    require_integer(every, "sweep.every", 1, min(r.epochs for r in recipes.values()))
    for recipe in recipes.values():
        require(recipe.epochs % every == 0, "sweep.every",
                f"a divisor of the epochs, {recipe.epochs}", every)
    require(executor is None or isinstance(executor, Executor), "sweep.executor",
            "a concurrent.futures.Executor", executor, "Such as Client(…).get_executor() of Dask.",
            TypeError)
    workers = workers if workers is not None else os.cpu_count() or 1
    require_integer(workers, "sweep.workers", 1)
    where = resolve(device)

    splits = {seed: _splits(data, seed) for seed in seeds}
    shapes = {(s.train.x.shape[1:], s.classes, s.train.y.shape[1:]): s for s in splits.values()}
    for name, recipe in recipes.items():
        for own in shapes.values():
            _check_model(name, recipe, own)
            _check_batches(name, recipe, own)
    runs = [Run(arm, seed, recipe, splits[seed])
            for arm, recipe in recipes.items() for seed in seeds]
    file = None if checkpoint is None else Checkpoint(checkpoint, fingerprint_of(runs, every))
    done = {} if file is None else finished_runs(file, runs)
    groups = groups_of([i for i in range(len(runs)) if i not in done], runs, workers, where)
    trained = list(done.values())
    with closing(epochs_bar(sum(r.recipe.epochs for r in runs), progress)) as bar:
        bar.update(sum(runs[i].recipe.epochs for i in done))
        for group, outcome in train_all(groups, runs, every, where, workers, executor, bar):
            trained.append(outcome)
            if file is not None:
                file.add((i, outcome_of(outcome, r)) for r, i in enumerate(group))
    return Result(dict(recipes), splits, every, trained)


def _splits(data: Data, seed: int) -> Splits:
    splits = data(seed) if callable(data) else data
    require(isinstance(splits, Splits), "sweep.data", "Splits, or a function seed -> Splits",
            splits, "Such as data.mnist1d, or data.mnist1d(0).", TypeError)
    return splits


def _check_model(name: Hashable, recipe: Recipe, splits: Splits) -> None:
    """Say what does not fit before anything is trained."""
    model = copy.deepcopy(recipe.model)
    refuse_torch_dropout(model)
    parameters = list(model.parameters())
    require(len(parameters) > 0, "Recipe.model", "a module with parameters", model, error=TypeError)
    for module_name, module in list(model.named_modules()):
        if isinstance(module, RandomLayer) and module_name:
            parent, _, last = module_name.rpartition(".")
            setattr(model.get_submodule(parent), last, torch.nn.Identity())
    x, y = splits.train.x[:2], splits.train.y
    wanted = splits.classes if splits.classes is not None else y.shape[1]
    fitting = (f"one that fits the data: in arm {name!r} it must map inputs of shape "
               f"{tuple(x.shape[1:])} to {wanted} outputs")
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        before = torch.get_rng_state()
        try:
            found = tuple(model.train(len(x) > 1)(x.to(parameters[0].dtype)).shape[1:])
        except Exception as error:
            found = f"a model that raises {type(error).__name__}: {str(error).splitlines()[0]}"
        drew = not torch.equal(before, torch.get_rng_state())
    require(found == (wanted,), "Recipe.model", fitting,
            *((found, "Look at its layers, its first size first.") if isinstance(found, str) else
              (f"a model with outputs of shape {found}", "Change its last size.")))
    require(not drew, "Recipe.model", "a module whose noise can be drawn from outside",
            type(model).__name__, "Use reglab.layers.Dropout, or write a RandomLayer.", TypeError)


def _check_batches(name: Hashable, recipe: Recipe, splits: Splits) -> None:
    """Say which technique is not made for such data, before anything is trained."""
    x, y = splits.train.x[:2], splits.train.y[:2]
    labels = [tuple(y.shape)] + ([(len(y), splits.classes)] if splits.classes else [])
    for technique in recipe.techniques:
        kind, shape = type(technique).__name__, tuple(x.shape)
        try:
            with torch.random.fork_rng(devices=[]):
                x, y = technique.batch(x, y, **technique.draw(len(x), torch.Generator()))
            found = f"inputs of shape {tuple(x.shape)} and labels of shape {tuple(y.shape)}"
        except Exception as error:
            found = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        require(found in [f"inputs of shape {shape} and labels of shape {s}" for s in labels],
                "Recipe.techniques",
                f"made for the data: in arm {name!r} {kind} must return inputs of shape {shape} "
                f"and labels of shape {' or '.join(map(str, labels))}", found,
                "Is it for other data (images, signals), or for another number of classes?")
