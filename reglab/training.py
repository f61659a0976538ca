"""Training: ``fit`` one model, ``sweep`` many recipes over many seeds."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._pytree import tree_map

from .arguments import require, require_integer
from .data import Splits
from .devices import one_thread, resolve
from .history import METRICS, PARTS, Stop
from .hyperparameters import kind
from .models import initialize
from .recipe import Recipe
from .replicas import Replicas, model_kind
from .result import Result

Data = Splits | Callable[[int], Splits]
GROUP_SIZE = 40  # replicas trained side by side: more no longer fit the cache of a laptop


@dataclass(frozen=True)
class Run:
    """One model to train: an arm of the experiment, a seed and the data of that seed."""

    arm: Hashable
    seed: int
    recipe: Recipe
    splits: Splits


@dataclass(frozen=True)
class Trained:
    """What a group of R runs gave.

    Shape: curves[part, metric] (R, E), NaN after a run has stopped; tensors (R, …); stop (R,).
    """

    runs: Sequence[Run]
    curves: dict[tuple[str, str], Tensor]
    tensors: dict[str, Tensor]
    stop: Stop


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
          progress: bool = True) -> Result:
    """Train every recipe with every seed.

    The runs are paired: with the same seed all recipes see the same data, initial weights, batch
    order and dropout words. Recipes that differ only in numbers (strengths, rates, seeds) are
    trained side by side, and every run comes out as if it had been trained alone.

    Args:
        recipes: the arms of the experiment by name; a swept strength is its own name.
        data: splits for all seeds, or a function from a seed to splits.
        seeds: one run of each arm per seed.
        every: epochs between two evaluations on train and validation data.
        device: ``"auto"`` (CUDA where there is one, else CPU) or a torch device.
        workers: threads that train groups of runs; ``None`` takes one for each core.
        progress: show a bar when it takes longer than two seconds.

    Returns:
        The curves and the trained models, on the CPU.
    """
    require(isinstance(recipes, Mapping) and len(recipes) > 0
            and all(isinstance(r, Recipe) for r in recipes.values()), "sweep.recipes",
            "a dict {name: Recipe} with at least one entry", recipes, error=TypeError)
    seeds = list(seeds)
    require(len(seeds) > 0 and len(set(seeds)) == len(seeds), "sweep.seeds",
            "different whole numbers, at least one", seeds)
    require_integer(every, "sweep.every", 1, min(r.epochs for r in recipes.values()))
    workers = workers if workers is not None else os.cpu_count() or 1
    require_integer(workers, "sweep.workers", 1)
    where = resolve(device)

    splits = {seed: _splits(data, seed) for seed in seeds}
    for name, recipe in recipes.items():
        _check_model(name, recipe, splits[seeds[0]])
    runs = [Run(arm, seed, recipe, splits[seed])
            for arm, recipe in recipes.items() for seed in seeds]
    with _bar(sum(r.recipe.epochs for r in runs), progress) as bar, one_thread(), \
            ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(_train, group, every, where, bar) for group in _groups(runs, workers)]
        trained = [job.result() for job in jobs]
    return Result(dict(recipes), splits, every, trained)


def _splits(data: Data, seed: int) -> Splits:
    splits = data(seed) if callable(data) else data
    require(isinstance(splits, Splits), "sweep.data", "Splits, or a function seed -> Splits", splits,
            "Such as data.mnist1d, or data.mnist1d(0).", TypeError)
    return splits


def _check_model(name: Hashable, recipe: Recipe, splits: Splits) -> None:
    """Say what does not fit before anything is trained."""
    x, y = splits.train.x[:2], splits.train.y
    wanted = splits.classes if splits.classes is not None else y.shape[1]
    training = recipe.model.training
    recipe.model.eval()
    try:
        with torch.no_grad():
            outputs = recipe.model(x.to(next(recipe.model.parameters()).dtype))
    except RuntimeError as error:
        raise ValueError(f"The model of arm {name!r} must accept inputs of shape "
                         f"{tuple(x.shape[1:])}; got an error: {error}") from error
    finally:
        recipe.model.train(training)
    require(outputs.shape == (len(x), wanted), f"The model of arm {name!r}",
            f"a map to {wanted} outputs for these targets", tuple(outputs.shape[1:]),
            "Change the last size of the model.")


def _groups(runs: Sequence[Run], workers: int) -> list[list[Run]]:
    """Runs that can be trained side by side, at most ``GROUP_SIZE`` together."""
    alike: dict[tuple, list[Run]] = {}
    for run in runs:
        recipe, splits = run.recipe, run.splits
        key = (model_kind(recipe.model), tuple(map(kind, recipe.techniques)),
               kind(recipe.optimizer), recipe.epochs, recipe.batch_size, recipe.loss,
               recipe.stopping, splits.train.x.shape, splits.validation.x.shape, splits.classes)
        alike.setdefault(key, []).append(run)
    groups = []
    for same in alike.values():
        count = max(-(-len(same) // GROUP_SIZE), min(workers, len(same) // 8))
        size = -(-len(same) // max(count, 1))
        groups += [same[i:i + size] for i in range(0, len(same), size)]
    return groups


def _train(runs: Sequence[Run], every: int, device: torch.device, bar) -> Trained:
    """Train a group side by side, evaluating as it goes."""
    recipe = runs[0].recipe
    models = [initialize(_copy(run.recipe.model), run.seed) for run in runs]
    loss = recipe.loss or (F.mse_loss if runs[0].splits.classes is None else F.cross_entropy)
    replicas = Replicas(models, [r.recipe.techniques for r in runs],
                        [r.recipe.optimizer for r in runs], [r.seed for r in runs], loss, device)
    parts, source = _stack_data(runs, replicas.dtype, device)

    evaluations = recipe.epochs // every
    curves = {(part, metric): torch.full((len(runs), evaluations), float("nan"))
              for part in PARTS for metric in METRICS}
    alive = torch.arange(len(runs))
    saved = {k: t.clone() for k, t in replicas.tensors().items()}
    stop = _stop_at_end(len(runs), evaluations)
    for epoch in range(1, recipe.epochs + 1):
        replicas.epoch(*parts["train"], source, recipe.batch_size)
        bar.update(len(alive))
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
            bar.update(int(rule.stopped.sum()) * (recipe.epochs - epoch))
            alive, source = alive[~rule.stopped], source[~rule.stopped.to(device)]
            if not len(alive):
                break
            replicas.keep(~rule.stopped)
    if recipe.stopping is None:
        _save(saved, replicas, alive, torch.ones(len(alive), dtype=torch.bool))
    return Trained(runs, curves, tree_map(lambda t: t.cpu(), saved), stop)


def _stack_data(runs: Sequence[Run], dtype: torch.dtype, device: torch.device):
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


def _copy(model: torch.nn.Module) -> torch.nn.Module:
    import copy

    return copy.deepcopy(model)


def _bar(total: int, progress: bool):
    from tqdm.auto import tqdm

    return tqdm(total=total, unit="epoch", unit_scale=True, desc="training", delay=2, leave=False,
                disable=None if progress else True)
