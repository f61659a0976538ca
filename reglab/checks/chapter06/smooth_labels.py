"""Exercise 6.4: label smoothing (Szegedy et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 6.4")
    made = []
    for count, classes in ((4, 3), (7, 5)):
        labels = torch.randint(classes - 1, (count,), generator=g)
        if made:    # the last class is missing in the first case only
            labels[torch.randint(count, (), generator=g)] = classes - 1
        epsilon = 0.1 + 0.3 * torch.rand((), generator=g).item()
        made.append(Case(f"ε = {epsilon:.3f}, {classes} classes", (labels, epsilon, classes)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    labels, _, classes = args
    found = to_array(answer(*args), "the smoothed labels")
    if found.shape not in [(len(labels), classes), (len(labels), int(labels.max()) + 1)]:
        raise Malformed(f"The result should have a row for each label and a column for each class, "
                        f"shape {(len(labels), classes)}, but it has {found.shape}.")
    return {"labels": found}


def _hot(labels, classes):
    return F.one_hot(labels, classes).double()


def reference(labels, epsilon, classes):
    return (1 - epsilon) * _hot(labels, classes) + epsilon / classes


def classes_not_passed(labels, epsilon, classes):
    return (1 - epsilon) * F.one_hot(labels) + epsilon / classes


def to_the_others(labels, epsilon, classes):
    hot = _hot(labels, classes)
    return (1 - epsilon) * hot + (1 - hot) * epsilon / (classes - 1)


def only_added(labels, epsilon, classes):
    return _hot(labels, classes) + epsilon / classes


def only_taken(labels, epsilon, classes):
    return (1 - epsilon) * _hot(labels, classes)


def not_to_itself(labels, epsilon, classes):
    hot = _hot(labels, classes)
    return (1 - epsilon) * hot + (1 - hot) * epsilon / classes


def turned_round(labels, epsilon, classes):
    return epsilon * _hot(labels, classes) + (1 - epsilon) / classes


def not_divided(labels, epsilon, classes):
    return (1 - epsilon) * _hot(labels, classes) + epsilon


def hard(labels, epsilon, classes):
    return _hot(labels, classes)


_CALL = "smooth(torch.tensor([2, 0]), 0.3, 3)"
_EXPECT = "[[0.1, 0.1, 0.8], [0.8, 0.1, 0.1]]"

smoothing = CodeExercise(
    number="6.4", title="Smooth labels", kind="code",
    difficulty=1, minutes=10, points=3,
    hints=(
        "Start from the one-hot vector. What is taken from the label is given to *all* K classes, "
        "the label's own among them. What should each row sum to?",
        "`F.one_hot(labels, classes)`, times 1 − ε, plus ε/K.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("classes not passed", classes_not_passed,
              "There are columns up to the largest label of the batch only: did you pass `classes` "
              "to `one_hot`? It cannot know of classes that it does not see.",
              "smooth(torch.tensor([1, 0]), 0.3, 3)", "[[0.1, 0.8, 0.1], [0.8, 0.1, 0.1]]"),
        Wrong("given to the others only", to_the_others,
              "ε is shared by the K − 1 other classes. Rows sum to 1, and some papers do it like "
              "that, but here, in PyTorch and in Szegedy et al. (2016) the uniform part goes to "
              "all K classes: the label keeps 1 − ε + ε/K.", _CALL, _EXPECT),
        Wrong("added and nothing taken", only_added,
              "Every class gets ε/K, but nothing was taken from the label: rows sum to 1 + ε.",
              _CALL, _EXPECT),
        Wrong("taken and nothing given", only_taken,
              "ε is taken from the label and given to nobody: rows sum to 1 − ε.", _CALL, _EXPECT),
        Wrong("nothing for the label itself", not_to_itself,
              "The others get ε/K, but the label does not: rows sum to less than 1.",
              _CALL, _EXPECT),
        Wrong("1 − ε and ε exchanged", turned_round,
              "The label gets ε of its own, and 1 − ε is spread: that is nearly uniform. ε is the "
              "part that is spread.", _CALL, _EXPECT),
        Wrong("not divided by K", not_divided,
              "Each class gets ε. It is to be shared by all K classes: ε/K each.", _CALL, _EXPECT),
        Wrong("not smoothed", hard, "These are one-hot labels: ε has no effect.", _CALL, _EXPECT),
    ),
)
