"""Exercise 4.5: a test that tells a sound dropout layer from broken ones without any training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ...arguments import require
from ...seeding import generator, numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation

FAULTS = ("none", "frozen masks", "one mask for all examples", "not scaled", "scaled by p",
          "active in evaluation", "scaled in evaluation", "never drops", "another rate")


class PlantedLayer:
    """A dropout layer with a fault: called as ``layer(x, training)``."""

    def __init__(self, p: float, fault: str, seed: int):
        self.p, self.fault, self.seed, self.calls = p, fault, seed, 0

    def __call__(self, x, training):
        p, fault = self.p, self.fault
        if not training and fault != "active in evaluation":
            return x * (1 - p) if fault == "scaled in evaluation" else x.clone()
        self.calls += fault != "frozen masks"
        random = generator(self.seed, f"call {self.calls}")
        shape = (1, *x.shape[1:]) if fault == "one mask for all examples" else x.shape
        rate = {"never drops": 0.0, "another rate": p / 2}.get(fault, p)
        keep = torch.rand(shape, generator=random) >= rate
        scale = {"not scaled": 1.0, "scaled by p": p}.get(fault, 1 - rate)
        return x * keep / scale


def cases(seed: int) -> list[Case]:
    g = numpy_generator(seed, "exercise 4.5")
    made = []
    for i, fault in enumerate(g.permutation(FAULTS)):
        p = float(g.uniform(0.2, 0.4))
        layer = PlantedLayer(p, str(fault), seed + i)
        made.append(Case(f"a layer with p = {p:.2f} and this fault: {fault}", (layer, p)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    layer, p = args
    found = answer(layer, p)
    found = found.item() if isinstance(found, torch.Tensor | np.generic) else found
    if not isinstance(found, bool | int) or found not in (0, 1):
        raise Malformed(f"Return True or False; got {found!r:.60}.")
    return {"sound": np.array(float(found))}


def _tester(*kinds: str, expect: bool = True) -> Callable:
    """A test that makes only some of the checks."""
    def sound(layer, p):
        x = torch.ones(20, 2000)
        first, second, evaluated = layer(x, True), layer(x, True), layer(x, False)
        found = {"fresh": not torch.equal(first, second),
                 "rows": not torch.equal(first[0], first[1]),
                 "mean": abs(first.mean().item() - 1) < 0.1,
                 "rate": abs((first == 0).double().mean().item() - p) < 0.05,
                 "evaluation": torch.equal(evaluated, x)}
        return all(found[kind] for kind in kinds)
    return sound


def contrary(layer, p):
    return not reference(layer, p)


ALL = ("fresh", "rows", "mean", "rate", "evaluation")
reference = _tester(*ALL)


def _without(*kinds: str) -> Callable:
    return _tester(*(kind for kind in ALL if kind not in kinds))


def planted(fault: str, p: float) -> PlantedLayer:
    """A layer with one of the faults (or ``"none"``), to try a test on."""
    require(fault in FAULTS, "planted.fault", f"one of {FAULTS}", fault)
    return PlantedLayer(p, fault, 0)


def _experiment(fault: str) -> str:
    setup = f'layer = checks.chapter04.planted("{fault}", 0.3)'
    return f"{setup}\nis_sound(layer, 0.3)"


soundness = CodeExercise(
    number="4.5", title="Test a dropout layer", kind="design",
    difficulty=3, minutes=20, points=4,
    hints=(
        "Ones make good inputs: what comes out is the mask times its factor. What must differ "
        "between two calls, or two rows? What must be the same on average? What must not happen at "
        "all in evaluation?",
        "Five checks on `x = torch.ones(20, 2000)`: two passes differ; two rows of one pass "
        "differ; the mean is within 0.1 of 1; the share of zeros is within 0.05 of p; evaluation "
        "gives x. Chance stays far inside these bounds.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("calls everything sound", _tester(),
              "Every layer passes your test, the broken ones too.", _experiment("not scaled"),
              "False"),
        Wrong("calls nothing sound", lambda layer, p: False,
              "No layer passes your test, not even the sound one. Is a tolerance too tight, or "
              "does a comparison ask that random numbers be equal?", _experiment("none"), "True"),
        Wrong("the answer turned round", contrary,
              "Exactly the wrong way round: True means sound.", _experiment("none"), "True"),
        Wrong("misses frozen masks", _without("fresh"),
              "A layer whose masks never change passes. Call it twice and compare.",
              _experiment("frozen masks"), "False"),
        Wrong("misses one mask for all examples", _without("rows"),
              "A layer that drops the same units for the whole batch passes. Compare two rows.",
              _experiment("one mask for all examples"), "False"),
        Wrong("misses a wrong scale", _without("mean"),
              "A layer that does not keep the mean passes. Ones should stay 1 on average.",
              _experiment("not scaled"), "False"),
        Wrong("misses a wrong rate", _without("rate"),
              "A layer that drops less than it says passes. Count the zeros.",
              _experiment("another rate"), "False"),
        Wrong("misses what happens in evaluation", _without("evaluation"),
              "A layer that changes its input in evaluation passes. It must give it back as it is.",
              _experiment("active in evaluation"), "False"),
        Wrong("looks at evaluation only", _tester("evaluation"),
              "Only evaluation is tested. Most of what can go wrong does so in training.",
              _experiment("not scaled"), "False"),
        Wrong("looks at the mean only", _tester("mean"),
              "Only the mean is tested. Frozen masks and a dropout that is never switched off have "
              "the right mean too.", _experiment("frozen masks"), "False"),
        Wrong("misses both kinds of repeated masks", _without("fresh", "rows"),
              "Layers that repeat their masks pass: from call to call, or from row to row. The "
              "right share of zeros is not enough.", _experiment("frozen masks"), "False"),
    ),
)
