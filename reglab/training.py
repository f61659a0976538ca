"""Training: ``fit`` one model, ``sweep`` many recipes over many seeds."""

from __future__ import annotations

import copy
import dataclasses
import os
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from .arguments import require, require_integer
from .checkpoint import Checkpoint, fingerprint
from .data import Splits
from .devices import one_thread, resolve
from .history import METRICS, PARTS, Stop
from .hyperparameters import kind
from .layers import RandomLayer
from .models import initialize
from .progress import epochs_bar
from .recipe import Recipe
from .replicas import Replicas, model_kind, refuse_torch_dropout
from .result import Result

Data = Splits | Callable[[int], Splits]
GROUP_SIZE = 40  # replicas trained side by side, at most
GROUP_BYTES = 3 << 20  # of parameters and activations: about what a core's own cache holds
GPU_GROUP_SIZE = 4096  # a GPU wants many
LEAST_TOGETHER = 8  # however large the model: fewer would not pay


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
          progress: bool = True, executor: Executor | None = None,
          checkpoint: str | os.PathLike | None = None) -> Result:
    """Train every recipe with every seed.

    The runs are paired: with the same seed all recipes see the same data, initial weights, batch
    order and dropout words. Recipes that differ only in numbers (strengths, rates, seeds) are
    trained side by side, and every run comes out as if it had been trained alone.

    Args:
        recipes: the arms of the experiment by name; a swept strength is its own name.
        data: splits for all seeds, or a function from a seed to splits.
        seeds: one run of each arm per seed.
        every: epochs between two evaluations on train and validation data; a divisor of the
            epochs, so that the weights kept are evaluated.
        device: ``"auto"`` (CUDA where there is one, else CPU) or a torch device.
        workers: threads that train groups of runs, ``None`` for one per core; with an
            ``executor`` the number of groups at least, if there are runs enough.
        progress: show a bar when it takes longer than two seconds.
        executor: where to train instead of in threads: a
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
    for name, recipe in recipes.items():
        for own in {id(s): s for s in splits.values()}.values():
            _check_model(name, recipe, own)
    runs = [Run(arm, seed, recipe, splits[seed])
            for arm, recipe in recipes.items() for seed in seeds]
    file = None if checkpoint is None else Checkpoint(checkpoint, _fingerprint(runs, every))
    done = {} if file is None else _from_file(file, runs)
    groups = _groups([i for i in range(len(runs)) if i not in done], runs, workers, where)
    trained = list(done.values())
    with closing(epochs_bar(sum(r.recipe.epochs for r in runs), progress)) as bar:
        bar.update(sum(runs[i].recipe.epochs for i in done))
        for group, outcome in _train_all(groups, runs, every, where, workers, executor, bar):
            trained.append(outcome)
            if file is not None:
                file.add((i, _outcome(outcome, r)) for r, i in enumerate(group))
    return Result(dict(recipes), splits, every, trained)


def _train_all(groups: list[list[int]], runs: Sequence[Run], every: int, device: torch.device,
               workers: int, executor: Executor | None, bar) -> Iterator[tuple[list, Trained]]:
    """Train the groups, here or elsewhere, and give each when it is finished."""
    if executor is not None:
        jobs = {executor.submit(_train_elsewhere, [runs[i] for i in group], every, device): group
                for group in groups}
        with _cancelled_on_error(jobs, lambda: None):
            for job in as_completed(jobs):
                own = [runs[i] for i in jobs[job]]
                bar.update(sum(run.recipe.epochs for run in own))
                yield jobs[job], dataclasses.replace(job.result(), runs=own)
        return
    stopped = threading.Event()

    def advance(epochs: int) -> None:
        if stopped.is_set():
            raise InterruptedError("another group failed, or Ctrl-C was pressed")
        bar.update(epochs)

    with one_thread(), ThreadPoolExecutor(workers) as pool:
        jobs = {pool.submit(_train, [runs[i] for i in group], every, device, advance): group
                for group in groups}
        with _cancelled_on_error(jobs, stopped.set):
            for job in as_completed(jobs):
                yield jobs[job], job.result()


@contextmanager
def _cancelled_on_error(jobs, stop: Callable[[], None]):
    """Do not go on with the other jobs after Ctrl-C or an error."""
    try:
        yield
    except BaseException:
        stop()
        for job in jobs:
            job.cancel()
        raise


def _train_elsewhere(runs: Sequence[Run], every: int, device: torch.device) -> Trained:
    """As :func:`_train`, in another process; the runs need not travel back."""
    with one_thread():
        return dataclasses.replace(_train(runs, every, device, lambda epochs: None), runs=())


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
            found if isinstance(found, str) else f"a model with outputs of shape {found}",
            "Change its first or last size.")
    require(not drew, "Recipe.model", "a module whose noise can be drawn from outside",
            type(model).__name__, "Use reglab.layers.Dropout, or write a RandomLayer.", TypeError)


# Groups

def _groups(numbers: Sequence[int], runs: Sequence[Run], workers: int,
            device: torch.device) -> list[list[int]]:
    """Numbers of runs that can be trained side by side, as many together as is fastest."""
    alike: dict[tuple, list[int]] = {}
    kinds = {id(r.recipe.model): model_kind(r.recipe.model) for r in runs}
    for number in numbers:
        recipe, splits = runs[number].recipe, runs[number].splits
        key = (kinds[id(recipe.model)], tuple(map(kind, recipe.techniques)),
               kind(recipe.optimizer), recipe.epochs, recipe.batch_size, recipe.loss,
               recipe.stopping, splits.train.x.shape, splits.validation.x.shape, splits.classes)
        alike.setdefault(key, []).append(number)
    groups = []
    for same in alike.values():
        if device.type == "cpu":
            most = _group_size(runs[same[0]])
            count = max(-(-len(same) // most), min(workers, len(same) // LEAST_TOGETHER))
        else:
            count = -(-len(same) // GPU_GROUP_SIZE)
        size = -(-len(same) // max(count, 1))
        groups += [same[i:i + size] for i in range(0, len(same), size)]
    return groups


def _group_size(run: Run) -> int:
    """How many replicas share a core's cache: their parameters and the outputs of all layers."""
    model = copy.deepcopy(run.recipe.model).eval()
    outputs = []
    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda module, inputs, output: outputs.append(output))
    with torch.no_grad():
        model(run.splits.train.x[:1].to(next(model.parameters()).dtype))
    batch = min(run.recipe.batch_size, len(run.splits.train))
    used = (batch * sum(o.nbytes for o in outputs if isinstance(o, Tensor))
            + sum(p.nbytes for p in model.parameters()))
    return min(GROUP_SIZE, max(LEAST_TOGETHER, GROUP_BYTES // used))


def _train(runs: Sequence[Run], every: int, device: torch.device,
           advance: Callable[[int], None]) -> Trained:
    """Train a group side by side, evaluating as it goes."""
    recipe = runs[0].recipe
    loss = recipe.loss or (F.mse_loss if runs[0].splits.classes is None else F.cross_entropy)
    replicas = Replicas(_initialized(runs), [r.recipe.techniques for r in runs],
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


def _initialized(runs: Sequence[Run]) -> Iterator[nn.Module]:
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


# What a checkpoint holds

def _outcome(trained: Trained, r: int) -> dict[str, Any]:
    """What run ``r`` of a group left behind, as plain containers of tensors."""
    return {"curves": {key: t[r].clone() for key, t in trained.curves.items()},
            "tensors": {key: t[r].clone() for key, t in trained.tensors.items()},
            "stop": tuple(field[r].clone() for field in trained.stop)}


def _from_file(file: Checkpoint, runs: Sequence[Run]) -> dict[int, Trained]:
    """The finished runs, each as a group of its own."""
    return {number: Trained([runs[number]],
                            {key: t.unsqueeze(0) for key, t in outcome["curves"].items()},
                            {key: t.unsqueeze(0) for key, t in outcome["tensors"].items()},
                            Stop(*(field.unsqueeze(0) for field in outcome["stop"])))
            for number, outcome in file.finished().items()}


def _fingerprint(runs: Sequence[Run], every: int) -> str:
    """Of all that the outcome depends on; the test data are not looked at."""
    different = list({id(run.splits): run.splits for run in runs}.values())
    data = [(s.classes, [(p.x, p.y) for p in (s.train, s.validation)]) for s in different]
    recipes = [(repr(run.arm), run.seed, [id(s) for s in different].index(id(run.splits)),
                model_kind(run.recipe.model), repr(run.recipe.techniques),
                repr(run.recipe.optimizer), run.recipe.epochs, run.recipe.batch_size,
                run.recipe.loss, repr(run.recipe.stopping),
                [t.detach() for t in run.recipe.model.buffers()]) for run in runs]
    return fingerprint(every, data, recipes)
