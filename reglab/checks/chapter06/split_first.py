"""Exercise 6.5: prepare data so that augmentation does not leak into validation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


class Marked:
    """A transform that can be recognized, and makes another version with each call.

    It adds a whole number to every feature, and a small one that no other row gets. Features are
    multiples of a quarter, so that both can be read off.
    """

    def __init__(self, number: int):
        self.number, self.made = number, 0

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.reshape(-1, x.shape[-1])
        fresh = (self.made + 1 + torch.arange(len(rows))) % 256
        self.made += len(rows)
        return (rows + self.number + fresh[:, None] / 4096).reshape(x.shape)


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 6.5")
    made = []
    for count, copies in ((6, 2), (9, 1)):
        x = (torch.randperm(4 * count, generator=g)[:2 * count].view(count, 2) - 2 * count) / 4
        y = torch.arange(count) + 10    # all different, so that each label can be traced
        held_out = torch.zeros(count, dtype=torch.bool)
        held_out[torch.randperm(count, generator=g)[:count // 3]] = True
        number = 20 + int(torch.randint(5, (), generator=g))
        made.append(Case(f"{count} examples, {count // 3} held out, {copies} copies",
                         (x, y, held_out, Marked(number), copies)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    try:
        found = answer(*args)
    except IndexError as error:
        if "mask" not in str(error):
            raise
        raise Malformed("`held_out` says True or False of each original, but the table it was used "
                        "on has another number of rows. Was it augmented first and split "
                        "afterwards? Split first, augment then.") from error
    if not isinstance(found, tuple | list) or len(found) != 4:
        raise Malformed("Return four things: x_train, y_train, x_validation, y_validation.")
    parts = [to_array(value, name) for value, name in zip(
        found, ("x_train", "y_train", "x_validation", "y_validation"), strict=True)]
    for name, x, y in (("train", *parts[:2]), ("validation", *parts[2:])):
        if x.ndim != 2 or x.shape[1] != args[0].shape[1] or y.shape != (len(x),):
            raise Malformed(f"x_{name} should have {args[0].shape[1]} columns and y_{name} one "
                            f"label for each row, for originals and copies alike; they have shapes "
                            f"{x.shape} and {y.shape}.")
    both = np.intersect1d(parts[1], parts[3])
    exact = np.column_stack(parts[:2]).round(6)
    return {"examples with a version in both parts (split first, augment then)": _count(both),
            "rows in training (those not held out × (copies + 1))": _count(exact),
            "rows in training that differ from all others": _count(np.unique(exact, axis=0)),
            "training, sorted (each row: x, then its y)": _sorted(*parts[:2]),
            "rows in validation": _count(parts[3]),
            "validation, sorted (each row: x, then its y)": _sorted(*parts[2:])}


def _count(rows: np.ndarray) -> np.ndarray:
    return np.array(float(len(rows)))


def _sorted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Rows joined with their labels, in an order of their own: any order of examples is right.

    Without what is different in each call of the transform.
    """
    table = np.column_stack([(4 * x).round() / 4, y])
    return table[np.lexsort(table.T)] if len(table) else table


def _with_copies(x, y, augment, copies):
    return torch.cat([x, *(augment(x) for _ in range(copies))]), y.repeat(copies + 1)


def reference(x, y, held_out, augment, copies):
    return (*_with_copies(x[~held_out], y[~held_out], augment, copies), x[held_out], y[held_out])


def leak(x, y, held_out, augment, copies):
    changed, labels = _with_copies(x, y, augment, copies)
    train = torch.cat([~held_out, torch.ones(len(x) * copies, dtype=torch.bool)])
    return changed[train], labels[train], x[held_out], y[held_out]


def augment_then_split(x, y, held_out, augment, copies):
    changed, labels = _with_copies(x, y, augment, copies)
    mask = held_out.repeat_interleave(copies + 1)
    return changed[~mask], labels[~mask], changed[mask], labels[mask]


def one_copy_repeated(x, y, held_out, augment, copies):
    mine, labels = x[~held_out], y[~held_out]
    changed = augment(mine)
    return (torch.cat([mine, changed.repeat(copies, 1)]), labels.repeat(copies + 1), x[held_out],
            y[held_out])


def copies_of_copies(x, y, held_out, augment, copies):
    versions = [x[~held_out]]
    for _ in range(copies):
        versions.append(augment(versions[-1]))
    return torch.cat(versions), y[~held_out].repeat(copies + 1), x[held_out], y[held_out]


def doubled(x, y, held_out, augment, copies):
    mine, labels = x[~held_out], y[~held_out]
    for _ in range(copies):
        mine, labels = torch.cat([mine, augment(mine)]), labels.repeat(2)
    return mine, labels, x[held_out], y[held_out]


def validation_augmented(x, y, held_out, augment, copies):
    return (*_with_copies(x[~held_out], y[~held_out], augment, copies), augment(x[held_out]),
            y[held_out])


def validation_with_copies(x, y, held_out, augment, copies):
    return (*_with_copies(x[~held_out], y[~held_out], augment, copies),
            *_with_copies(x[held_out], y[held_out], augment, copies))


def without_originals(x, y, held_out, augment, copies):
    mine = x[~held_out]
    return (torch.cat([augment(mine) for _ in range(copies)]), y[~held_out].repeat(copies),
            x[held_out], y[held_out])


def labels_out_of_order(x, y, held_out, augment, copies):
    changed, _ = _with_copies(x[~held_out], y[~held_out], augment, copies)
    return (changed, y[~held_out].repeat_interleave(copies + 1), x[held_out], y[held_out])


def mask_turned(x, y, held_out, augment, copies):
    return reference(x, y, ~held_out, augment, copies)


def no_copies(x, y, held_out, augment, copies):
    return x[~held_out], y[~held_out], x[held_out], y[held_out]


def trains_on_all(x, y, held_out, augment, copies):
    return (*_with_copies(x, y, augment, copies), x[held_out], y[held_out])


_SETUP = ("x, y, held_out = torch.tensor([[1.0], [2], [3]]), torch.tensor([7, 8, 9]), "
          "torch.tensor([False, True, False])")


def _experiment(part: int, copies: int = 1) -> str:
    return (f"{_SETUP}\nprepare(x, y, held_out, lambda x: x + 0.5, {copies})[{part}]"
            ".flatten().tolist()")


_TRAIN, _VALIDATION, _LABELS = _experiment(0), _experiment(2), _experiment(1)
_TRAIN_EXPECT, _VALIDATION_EXPECT = "[1, 3, 1.5, 3.5]", "[2]"
_TWO, _TWO_EXPECT = _experiment(0, copies=2), "[1, 3, 1.5, 3.5, 1.5, 3.5]"
_DIFFERENT = (f"{_SETUP}\nlen(prepare(x, y, held_out, lambda x: x + torch.rand(len(x), 1), 2)[0]"
              ".unique())")

splitting = CodeExercise(
    number="6.5", title="Split before you augment", kind="design",
    difficulty=3, minutes=20, points=4,
    hints=(
        "Ask of every row of the training set: is it, or was it made from, an example that is held "
        "out? Ask of every row of the validation set: was it changed?",
        "Take `x[~held_out]` first. Only that is handed to `augment`, and the copies are put "
        "behind the originals by `torch.cat`; the labels are repeated in the same order.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("copies of held-out examples in training", leak,
              "The validation data are untouched, but their augmented copies are in the training "
              "set: the network has seen them, slightly changed. The validation score will be too "
              "good to be true. Split first, augment then.", _TRAIN, _TRAIN_EXPECT),
        Wrong("augmented first, split afterwards", augment_then_split,
              "The table was augmented as a whole, and then split. Copies of one example end up "
              "in both parts, and validation measures memory. Split first, augment then.",
              _VALIDATION, _VALIDATION_EXPECT),
        Wrong("one copy, repeated", one_copy_repeated,
              "`augment` is called once, and what it made is stored several times. It draws new "
              "random numbers with each call: call it once for each copy.", _DIFFERENT, "6"),
        Wrong("a copy was augmented again", copies_of_copies,
              "Each copy is made from the copy before, so the last one is changed several times "
              "over. Make each of them from the originals.", _TWO, _TWO_EXPECT),
        Wrong("doubled at each turn", doubled,
              "At each turn the copies made so far are augmented along with the originals, so the "
              "training set doubles. It should have originals × (copies + 1) rows.",
              _TWO, _TWO_EXPECT),
        Wrong("validation data augmented", validation_augmented,
              "The validation data are changed. They stand for data that nobody augments, so they "
              "stay as they are.", _VALIDATION, _VALIDATION_EXPECT),
        Wrong("copies in the validation set", validation_with_copies,
              "The validation set holds augmented copies besides the originals. They stand for "
              "data that nobody augments, and they are not independent of one another. Was the "
              "table augmented before it was split?",
              _VALIDATION, _VALIDATION_EXPECT),
        Wrong("originals lost", without_originals,
              "The training set holds the copies only. The originals are the best data you have.",
              _TRAIN, _TRAIN_EXPECT),
        Wrong("labels out of order", labels_out_of_order,
              "The inputs are repeated as a block, the labels one by one: most rows have another "
              "example's label. `repeat` repeats the block, `repeat_interleave` each element.",
              _LABELS, "[7, 9, 7, 9]"),
        Wrong("the mask turned round", mask_turned,
              "You train on what is held out and validate on the rest: True means held out.",
              _TRAIN, _TRAIN_EXPECT),
        Wrong("no copies", no_copies, "The split is right, but nothing is augmented.",
              _TRAIN, _TRAIN_EXPECT),
        Wrong("trained on everything", trains_on_all,
              "The held-out examples themselves are in the training set, and their copies too.",
              _TRAIN, _TRAIN_EXPECT),
    ),
)
