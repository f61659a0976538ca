"""Exercise 7.1: batch norm with its running statistics (Ioffe & Szegedy 2015)."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 7.1")
    made = []
    for batch, units in ((4, 6), (7, 3)):
        x = 1 + 2 * torch.randn(batch, units, generator=g)
        mean, var = torch.randn(units, generator=g), 0.5 + torch.rand(units, generator=g)
        momentum, eps = (0.1 + 0.25 * torch.rand(2, generator=g)).tolist()
        for training in (True, False):
            state = "training" if training else "evaluation"
            made.append(Case(f"{batch} examples of {units} units, in {state}",
                             (x, mean, var, training, momentum, eps)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    returned = answer(*args)
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        raise Malformed("Return three things: the output, the running mean and the running "
                        "variance.")
    names = "output", "running mean", "running variance"
    found = {name: to_array(value, f"the {name}")
             for name, value in zip(names, returned, strict=True)}
    shapes = dict(zip(names, (args[0].shape, args[1].shape, args[2].shape), strict=True))
    for name, array in found.items():
        if array.shape != tuple(shapes[name]):
            raise Malformed(f"The {name} should have the shape {tuple(shapes[name])}, but it has "
                            f"{array.shape}.")
    return found


def _norm(correction: int = 0, remembered: int = 1, weight: Callable = lambda m: m,
          learns: Callable = lambda training: training, batch: Callable = lambda training: training,
          divide: Callable = lambda x, var, eps: x / (var + eps).sqrt(), dim: int = 0) -> Callable:
    """Batch norm with one of its parts replaced."""
    def batch_norm(x, mean, var, training, momentum, eps):
        now, before = (x.mean(dim, keepdim=True), x.var(dim, correction=correction, keepdim=True)
                       ), (mean, var)
        center, spread = now if batch(training) else before
        if learns(training):
            m = weight(momentum)
            mean = (1 - m) * mean + m * x.mean(0)
            var = (1 - m) * var + m * x.var(0, correction=remembered)
        return divide(x - center, spread, eps), mean, var
    return batch_norm


reference = _norm()


def _remembers_first(x, mean, var, training, momentum, eps):
    _, mean, var = reference(x, mean, var, training, momentum, eps)
    return (x - mean) / (var + eps).sqrt(), mean, var


def _always(training: bool) -> bool:
    return True


def _never(training: bool) -> bool:
    return False


_TWO = "batch_norm(torch.tensor([[0., 1.], [2., 5.]]), torch.zeros(2), torch.ones(2), {})[{}]"
_OUTPUT, _FLAT = _TWO.format("True, 0.25, 0.0", 0), _TWO.format("True, 0.25, 3.0", 0)
_MEAN, _VAR = _TWO.format("True, 0.25, 0.0", 1), _TWO.format("True, 0.25, 0.0", 2)
_EVALUATED, _LATER = _TWO.format("False, 0.25, 0.0", 0), _TWO.format("False, 0.25, 0.0", 1)
_SIGNS = "[[-1.0, -1.0], [1.0, 1.0]]"
_SOFT = "[[-0.5, -0.75593], [0.5, 0.75593]]"    # variances 1 and 4, each + 3

forward = CodeExercise(
    number="7.1", title="Write batch norm", kind="code",
    difficulty=1, minutes=10, points=3,
    hints=(
        "Two pairs of statistics: those of the batch normalize in training, the running ones in "
        "evaluation. Only training changes the running ones.",
        "In training: `x.mean(0)`, and `x.var(0, correction=0)` to normalize; new = (1 − momentum) "
        "· old + momentum · batch, with `x.var(0)`, the unbiased variance, for the running one.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("unbiased to normalize", _norm(correction=1),
              "The batch is divided by the unbiased standard deviation (B − 1). The batch is what "
              "it is, not a sample that stands for something: divide by B here.",
              _OUTPUT, _SIGNS),
        Wrong("biased memory", _norm(remembered=0),
              "The running variance averages the biased variances (divided by B). It is an "
              "estimate of the population's, so its terms should be unbiased: B − 1.",
              _VAR, "[1.25, 2.75]"),
        Wrong("both variances the other way round", _norm(correction=1, remembered=0),
              "You have both variances, the other way round. It should be: biased (B) to "
              "normalize, unbiased (B − 1) to remember.", _VAR, "[1.25, 2.75]"),
        Wrong("momentum the other way round", _norm(weight=lambda m: 1 - m),
              "Momentum is the weight of the new batch here, as in PyTorch. You took it for the "
              "weight of the old average, as in Keras.", _MEAN, "[0.25, 0.75]"),
        Wrong("momentum ignored", _norm(weight=lambda m: 1.0),
              "The running statistics are those of the last batch alone. They should move towards "
              "it by the share `momentum`.", _MEAN, "[0.25, 0.75]"),
        Wrong("remembers nothing", _norm(learns=_never),
              "The running statistics never change, so evaluation would go on using the initial "
              "ones. Update them in training.", _MEAN, "[0.25, 0.75]"),
        Wrong("learns in evaluation", _norm(learns=_always),
              "The running statistics change in evaluation too. Whoever asks for predictions would "
              "change the model by asking.", _LATER, "[0.0, 0.0]"),
        Wrong("training ignored", _norm(batch=_always, learns=_always),
              "Training and evaluation are treated alike: evaluation too normalizes with the batch "
              "and changes the running statistics. Ask for `training`.", _LATER, "[0.0, 0.0]"),
        Wrong("updated before normalizing", _remembers_first,
              "Training normalizes with the running statistics that it has just updated. It should "
              "use those of the batch alone; the running ones are for later.", _OUTPUT, _SIGNS),
        Wrong("batch statistics in evaluation", _norm(batch=_always),
              "Evaluation normalizes with the statistics of the batch, so that a prediction "
              "depends on its company. Use the running ones there.",
              _EVALUATED, "[[0.0, 1.0], [2.0, 5.0]]"),
        Wrong("running statistics in training", _norm(batch=_never),
              "Training normalizes with the running statistics. Then nothing holds the units of "
              "this batch at mean 0 and variance 1, and the gradient does not know of it.",
              _OUTPUT, _SIGNS),
        Wrong("over the units", _norm(dim=1, batch=lambda training: training),
              "Mean and variance are taken over the units of one example: that is layer norm. "
              "Batch norm takes them over the examples, dimension 0, for each unit.",
              _OUTPUT, _SIGNS),
        Wrong("ε outside the root", _norm(divide=lambda x, var, eps: x / (var.sqrt() + eps)),
              "ε is added to the standard deviation. It belongs to the variance, under the root.",
              _FLAT, _SOFT),
        Wrong("ε forgotten", _norm(divide=lambda x, var, eps: x / var.sqrt()),
              "ε is missing: a unit that is constant over the batch would be 0/0. Add it to the "
              "variance, under the root.", _FLAT, _SOFT),
        Wrong("divided by the variance", _norm(divide=lambda x, var, eps: x / (var + eps)),
              "Divided by the variance. Its root, the standard deviation, has the units of x.",
              _OUTPUT, _SIGNS),
        Wrong("only centered", _norm(divide=lambda x, var, eps: x),
              "The mean is right, but nothing is divided: the scale stays what it was.",
              _OUTPUT, _SIGNS),
    ),
)
