"""Chapter 08: what regularization costs, in time per step and in steps (claim C34)."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..models import initialize
from ..result import Result
from ..seeding import global_seed
from . import statements
from .curves import steps_to
from .effects import Ratio
from .factorial import FACTORS, STEPS, STRENGTHS, signals
from .rules import Claim, Rule, Settled
from .timing import relative_times

SEEDS = range(10)
LOSS = 1.2    # the training loss to reach
ACCURACY = 0.37    # on validation data; near what no technique reaches in the end
VARIANTS = (*FACTORS, "L2 as weight_decay", "all four")


def step_ratios(seeds: Sequence[int] = SEEDS, steps: int = 25) -> dict[str, list[float]]:
    """The time of a training step in plain PyTorch with each technique, relative to one without."""
    x, y = signals(0).train.x[:50], signals(0).train.y[:50]
    tasks = [{name: partial(training_step(name, seed), x, y) for name in ("none", *VARIANTS)}
             for seed in seeds]
    with global_seed(0, "costs of a step"):
        return relative_times(tasks, steps)


def training_step(name: str, seed: int = 0) -> Callable[[Tensor, Tensor], None]:
    """One step of plain PyTorch with a technique of the chapter, or all four, or ``"none"``."""
    on = FACTORS if name == "all four" else (name,)
    blocks: list[nn.Module] = [nn.Flatten()]
    for width in (40, 64):
        blocks += [nn.Linear(width, 64), *[nn.BatchNorm1d(64)] * ("batch norm" in on), nn.ReLU(),
                   *[nn.Dropout(STRENGTHS["dropout"])] * ("dropout" in on)]
    model = initialize(nn.Sequential(*blocks, nn.Linear(64, 10)), seed)
    weights = [p for p in model.parameters() if p.ndim >= 2]
    decay = STRENGTHS["L2"] * (name == "L2 as weight_decay")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=decay)

    def step(x: Tensor, y: Tensor) -> None:
        if "shift" in on:
            x = shift(x, int(STRENGTHS["shift"]))
        loss = F.cross_entropy(model(x), y)
        if "L2" in on:
            loss = loss + STRENGTHS["L2"] / 2 * sum((w**2).sum() for w in weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def shift(x: Tensor, most: int) -> Tensor:
    """Each signal moved around by a random number of samples.  Shape: (B, 1, L)."""
    by = torch.randint(-most, most + 1, (len(x), 1, 1))
    return x.gather(-1, (torch.arange(x.shape[-1]) - by) % x.shape[-1])


TIMED = ("dropout", "L2", "batch norm")    # a shift adds too little for a rule about time

C34 = Claim(statements.C34, ("Srivastava et al. 2014, §9", "Ioffe & Szegedy 2015"), {
    **{f"steps, {name}": Rule(f"steps to a training loss of {LOSS}, relative to none", low=1.05)
       for name in FACTORS},
    **{f"a step, {name}": Rule("time of a step, relative to one without", low=1.0)
       for name in TIMED}},
    changed="times are compared turn by turn, not by the shortest of each.")


def settle_c34(result: Result, ratios: dict[str, list[float]]) -> Settled:
    none = steps_to(result, (), LOSS)
    effects = {f"a step, {name}": ratios[name] for name in TIMED}
    for name in FACTORS:
        effects[f"steps, {name}"] = Ratio(steps_to(result, (name,), LOSS), none)
    return C34.settle(**effects)


def table(result: Result, ratios: dict[str, list[float]]):
    """Time per step, steps to the same loss, their product, and steps to the same accuracy."""
    import pandas as pd

    none, rows = statistics.mean(steps_to(result, (), LOSS)), {}
    for name in FACTORS:
        step = statistics.mean(ratios[name])
        steps = statistics.mean(steps_to(result, (name,), LOSS))
        rows[name] = {
            "time of a step": step, "steps to the training loss": steps / none,
            "both": step * steps / none,
            "steps to the validation accuracy": accurate_after(result, (name,))
            / accurate_after(result, ())}
    for name in VARIANTS[len(FACTORS):]:
        rows[name] = {"time of a step": statistics.mean(ratios[name])}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    return frame.map("{:.2f}".format, na_action="ignore").fillna("not counted")


def accurate_after(result: Result, arm: tuple[str, ...], accuracy: float = ACCURACY) -> int:
    """Steps until the mean validation accuracy over seeds is up to this, at an evaluation."""
    mean = result.curve("validation", "score", arm).mean(0)
    return int(STEPS * result.epochs[int((mean >= accuracy).int().argmax())])
