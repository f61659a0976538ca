"""Train, validation and test data: what every data set returns, checked once at construction."""

from __future__ import annotations

import dataclasses
import html
from dataclasses import dataclass

import torch
from torch import Tensor

from ..arguments import require, require_integer, require_number
from ..seeding import derive, generator
from .sealed import SealedSplit, described


@dataclass(frozen=True, eq=False)
class Split:
    """Examples ``x`` and their targets ``y``; ``len()`` is the number of examples.

    Args:
        x: float32 features, finite.
        y: class labels (int64) or regression targets (float32, finite).

    Shape:
        - x: (N, D), (N, C, L) or (N, C, H, W)
        - y: (N,) for classification, (N, 1) for regression, so that it never broadcasts
          against the (N, 1) outputs of a model

    Raises:
        TypeError: x or y is not a tensor or has the wrong dtype.
        ValueError: an empty split, lengths that differ, a wrong shape, NaN or infinity.

    >>> Split(torch.zeros(3, 2), torch.tensor([0, 1, 1]))
    Split(3 examples, x (2,) float32, y int64)
    """

    x: Tensor
    y: Tensor

    def __post_init__(self):
        for name in ("x", "y"):
            value = getattr(self, name)
            require(isinstance(value, Tensor), f"Split.{name}", "a torch.Tensor", value,
                    "Call torch.as_tensor first.", TypeError)
        require(self.x.dtype == torch.float32, "Split.x", "of dtype float32", self.x.dtype,
                "Call x.float().", TypeError)
        require(self.y.dtype in (torch.int64, torch.float32), "Split.y",
                "of dtype int64 (class labels) or float32 (regression targets)", self.y.dtype,
                "Call y.long() or y.float().", TypeError)
        require(self.x.ndim >= 2, "Split.x", "of shape (N, ...) with at least one feature axis",
                self.x, "Call x.unsqueeze(1) if each example is one number.")
        if self.y.dtype == torch.int64:
            require(self.y.ndim == 1, "Split.y", "of shape (N,), one label for each example",
                    self.y, "Call y.squeeze(1), or y.argmax(1) if it is one-hot.")
        else:
            require(self.y.ndim == 2, "Split.y", "of shape (N, 1), one target for each example",
                    self.y, "Call y.unsqueeze(1): a vector would broadcast against the outputs.")
        require(len(self.x) > 0, "Split.x", "of at least one example", self.x)
        require(len(self.x) == len(self.y), "Split.y", f"as long as x, {len(self.x)} examples",
                self.y)
        for name in ("x", "y"):
            value = getattr(self, name)
            bad = int((~torch.isfinite(value)).sum())
            require(bad == 0, f"Split.{name}", "finite", value,
                    f"{bad} values are NaN or infinite: remove these examples or fill the gaps.")

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        return (f"Split({len(self)} examples, x {tuple(self.x.shape[1:])} float32, "
                f"y {str(self.y.dtype).removeprefix('torch.')})")

    def to(self, device) -> Split:
        """The same split on another device."""
        return Split(self.x.to(device), self.y.to(device))


@dataclass(frozen=True, eq=False)
class Splits:
    """A data set in three parts: fit on ``train``, choose on ``validation``, report ``test``.

    The test part is sealed: :meth:`open_test` opens it, and counts and records the looks.

    Args:
        train, validation, test: the three parts, with features of one shape.
        name: what tables and plots call the data set.
        classes: number of classes K; labels are 0 … K − 1. ``None`` for regression.
        indices: the rows of the source table in each part; ``None`` when every seed is a
            fresh draw. They stay on the CPU.
        truth: the coefficients that generated the targets, y = x · truth + constant + noise,
            where they are known. Shape: (D,).

    Raises:
        TypeError: targets that do not fit ``classes``.
        ValueError: labels out of range, or parts whose shapes differ.

    >>> part = Split(torch.zeros(4, 2), torch.tensor([0, 1, 1, 1]))
    >>> Splits(part, part, part, name="toy", classes=2)
    Splits 'toy': classification, 2 classes, x (2,) float32
      train          4 examples, majority class 75.0 %
      validation     4 examples, majority class 75.0 %
      test           4 examples, majority class 75.0 %
    """

    train: Split
    validation: Split
    test: Split | SealedSplit
    name: str
    classes: int | None
    indices: tuple[Tensor, Tensor, Tensor] | None = None
    truth: Tensor | None = None

    def __post_init__(self):
        if not isinstance(self.test, SealedSplit):
            object.__setattr__(self, "test", SealedSplit(self.test))
        if self.classes is not None:
            require_integer(self.classes, "Splits.classes", 2,
                            cure="For regression pass classes=None.")
        for part, split in self._contents().items():
            self._check_targets(part, split)
            require(split.x.shape[1:] == self.shape, f"Splits.{part}.x",
                    f"of shape (N, {', '.join(map(str, self.shape))}) as in train", split.x)
            require(split.y.shape[1:] == self.train.y.shape[1:], f"Splits.{part}.y",
                    f"of shape (N, {self.train.y.shape[-1]}) as in train", split.y)
        if self.indices is not None:
            sizes = len(self.train), len(self.validation), len(self.test)
            found = tuple(len(rows) for rows in self.indices)
            require(found == sizes, "Splits.indices", f"of lengths {sizes}, one row per example",
                    found)
        if self.truth is not None:
            require(self.truth.shape == self.shape, "Splits.truth",
                    f"of shape {tuple(self.shape)}, one coefficient for each feature", self.truth)

    def _check_targets(self, part: str, split: Split):
        labels = split.y.dtype == torch.int64
        if self.classes is None:
            require(not labels, f"Splits.{part}.y", "float32 when classes is None (regression)",
                    split.y.dtype, "Pass classes=K for classification.", TypeError)
            return
        require(labels, f"Splits.{part}.y", "int64 class labels when classes is given",
                split.y.dtype, "Call y.long(), or pass classes=None for regression.", TypeError)
        low, high = int(split.y.min()), int(split.y.max())
        require(low >= 0 and high < self.classes, f"Splits.{part}.y",
                f"labels in [0, {self.classes - 1}]", low if low < 0 else high,
                "Number the classes from 0, or raise classes.")

    @property
    def shape(self) -> torch.Size:
        """Shape of one example."""
        return self.train.x.shape[1:]

    def parts(self) -> dict[str, Split | SealedSplit]:
        """The three splits by name, in the order train, validation, test; test is sealed."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def open_test(self, reason: str) -> Split:
        """The test data. One reason is one look; the second look warns.

        A look is one family of questions that were written down before any was answered. See
        :mod:`reglab.data.sealed` for what further looks cost.

        >>> part = Split(torch.zeros(4, 2), torch.tensor([0, 1, 1, 1]))
        >>> splits = Splits(part, part, part, name="toy", classes=2)
        >>> splits.open_test("tuned L2 against none")
        Split(4 examples, x (2,) float32, y int64)
        >>> splits.test.looks
        ['tuned L2 against none']
        """
        return self.test.open(reason, self.name)

    def _contents(self) -> dict[str, Split]:
        """All three parts open, for what happens before anyone looks: checks and scaling."""
        return {**self.parts(), "test": self.test._split}

    def _with(self, parts: dict[str, Split], **changes) -> Splits:
        """The same data with some parts in another form; the looks stay counted."""
        if "test" in parts:
            parts = {**parts, "test": self.test.holding(parts["test"])}
        return dataclasses.replace(self, **parts, **changes)

    def to(self, device) -> Splits:
        """The same data on another device."""
        moved = {part: split.to(device) for part, split in self.parts().items()}
        truth = None if self.truth is None else self.truth.to(device)
        return dataclasses.replace(self, **moved, truth=truth)

    def __repr__(self) -> str:
        lines = [f"Splits {self.name!r}: {self._task()}, x {tuple(self.shape)} float32"]
        for part, split in self._contents().items():
            lines.append(f"  {part:<10}{len(split):6d} examples, {self._targets(split)}")
        if self.test.looks:
            lines[-1] += f"; {described(self.test.looks)}"
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        looks = f"; {html.escape(described(self.test.looks))}" if self.test.looks else ""
        rows = "".join(
            f'<tr><th scope="row">{part}</th><td>{len(split)}</td>'
            f"<td>{self._targets(split, detail=True)}{looks if part == 'test' else ''}</td></tr>"
            for part, split in self._contents().items())
        return (f"<table><caption>{html.escape(self.name)}: {self._task()}, "
                f"x {tuple(self.shape)} float32</caption><thead><tr>"
                '<th scope="col">split</th><th scope="col">examples</th>'
                f'<th scope="col">targets</th></tr></thead><tbody>{rows}</tbody></table>')

    def _task(self) -> str:
        if self.classes is None:
            return "regression"
        return f"classification, {self.classes} classes"

    def _targets(self, split: Split, detail: bool = False) -> str:
        if self.classes is None:
            mean, std = float(split.y.mean()), float(split.y.std(correction=0))
            return f"y mean {mean:z.2f}, std {std:.2f}"
        counts = split.y.bincount(minlength=self.classes)
        text = f"majority class {100 * int(counts.max()) / len(split):.1f} %"
        if detail:
            text += f", {int(counts.min())} to {int(counts.max())} examples per class"
        return text


def require_sizes(owner: str, n_train: int, n_validation: int, n_test: int) -> None:
    """Require three split sizes of at least one example each."""
    require_integer(n_train, f"{owner}.n_train", 1)
    require_integer(n_validation, f"{owner}.n_validation", 1)
    require_integer(n_test, f"{owner}.n_test", 1)


def split(x, y, *, seed: int, n_train: int, n_validation: int, n_test: int,
          stratify: bool = True, name: str = "data") -> Splits:
    """Divide a table at random, the classes in equal proportions in every part.

    The test rows are drawn first, then the validation rows, then the train rows, each with
    ``sklearn.utils.resample``. So the test and validation rows of a seed stay the same when
    ``n_train`` changes, as a learning curve needs it. Rows that are left over are not used.

    Every seed divides the same rows again. Results over seeds therefore share data, and an
    interval computed from them is narrower than one from fresh data would be.

    Args:
        x: features, an array or tensor; becomes float32.
        y: whole-number labels (classification) or real numbers (regression).
        seed: the same seed gives the same parts.
        n_train, n_validation, n_test: sizes of the parts, together at most N.
        stratify: keep the proportions of the classes; without effect for regression.
        name: name of the data set.

    Shape:
        - x: (N, ...)
        - y: (N,), or for regression also (N, 1)

    >>> table = torch.arange(20.).reshape(10, 2)
    >>> parts = split(table, [0, 1] * 5, seed=0, n_train=4, n_validation=2, n_test=4)
    >>> parts.train.y.bincount().tolist(), parts.validation.y.bincount().tolist()
    ([2, 2], [1, 1])
    """
    import numpy as np
    from sklearn.utils import resample

    x = torch.as_tensor(x, dtype=torch.float32)
    y = torch.as_tensor(y)
    classification = not y.is_floating_point()
    y = y.long() if classification else y.float().reshape(len(y), -1)
    require(len(x) == len(y), f"{name}.y", f"as long as x, {len(x)} examples", y)
    require_sizes(name, n_train, n_validation, n_test)
    total = n_train + n_validation + n_test
    require(total <= len(x), f"{name}.n_train + n_validation + n_test",
            f"at most {len(x)}, the rows of the table", total, "Make one of them smaller.")

    random_state = np.random.RandomState(derive(seed, "split") % 2**32)
    left = np.arange(len(x))
    rows = {}
    for part, size in (("test", n_test), ("validation", n_validation), ("train", n_train)):
        labels = y[left].numpy() if classification and stratify else None
        chosen = resample(left, replace=False, n_samples=size, stratify=labels,
                          random_state=random_state)
        left = np.setdiff1d(left, chosen)
        rows[part] = torch.from_numpy(chosen)
    return Splits(**{part: Split(x[chosen], y[chosen]) for part, chosen in rows.items()},
                  name=name, classes=int(y.max()) + 1 if classification else None,
                  indices=(rows["train"], rows["validation"], rows["test"]))


def standardize(splits: Splits, *, features: bool = True) -> Splits:
    """Subtract the train mean and divide by the train standard deviation, in all three parts.

    x' = (x − mean) / std, with both taken from the train split only, so that nothing about
    validation or test data leaks into training. Tables have a mean and std for each feature, as
    ``sklearn.preprocessing.StandardScaler``; images and signals have one for all their pixels,
    because the pixels share a unit and their relative brightness carries information. What is
    constant in train is only centered. Regression targets are standardized too: R² does not
    change, and predicting the train mean has a train MSE of 1. ``truth`` follows into the new
    units.

    Args:
        splits: the data; left as they are.
        features: ``False`` standardizes regression targets only and leaves x as it is.

    >>> part = Split(torch.tensor([[1., 5.], [3., 5.]]), torch.tensor([0, 1]))
    >>> standardize(Splits(part, part, part, "toy", classes=2)).validation.x
    tensor([[-1.,  0.],
            [ 1.,  0.]])
    """
    x_mean, x_scale = torch.zeros(()), torch.ones(())
    y_mean, y_scale = torch.zeros(()), torch.ones(())
    if features:
        table = len(splits.shape) == 1
        x_mean, x_scale = _mean_and_scale(splits.train.x if table else
                                          splits.train.x.reshape(-1, 1))
    if splits.classes is None:
        y_mean, y_scale = _mean_and_scale(splits.train.y)
    parts = {}
    for part, data in splits._contents().items():
        x = ((data.x - x_mean) / x_scale).float()
        y = data.y if splits.classes is not None else ((data.y - y_mean) / y_scale).float()
        parts[part] = Split(x, y)
    truth = splits.truth
    if truth is not None:
        truth = (truth * x_scale / y_scale).float()
    return splits._with(parts, truth=truth)


def _mean_and_scale(columns: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each column in float64, 1 where a column is constant."""
    constant = columns.amin(0) == columns.amax(0)
    std, mean = torch.std_mean(columns.double(), dim=0, correction=0)
    return mean, torch.where(constant, 1.0, std)


def add_label_noise(splits: Splits, fraction: float, seed: int) -> Splits:
    """Replace a fraction of the train and validation labels by wrong ones; test stays clean.

    Exactly ``round(fraction * N)`` labels of each part change, each to one of the K − 1 other
    classes with equal probability (symmetric label noise). The wrong labels of a smaller
    fraction are among those of a larger one at the same seed.

    Args:
        splits: classification data; left as they are.
        fraction: share of wrong labels in [0, 1]; 0 is off.
        seed: which labels change, and to what.

    >>> part = Split(torch.zeros(10, 1), torch.zeros(10, dtype=torch.int64))
    >>> noisy = add_label_noise(Splits(part, part, part, "toy", classes=3), 0.2, seed=0)
    >>> [int((data.y != 0).sum()) for data in (noisy.train, noisy.validation)]
    [2, 2]
    """
    require_number(fraction, "add_label_noise.fraction", 0.0, 1.0)
    require(splits.classes is not None, "add_label_noise.splits", "a classification data set",
            splits.name, "Regression targets have no labels to change.")
    noisy = {}
    for part in ("train", "validation"):
        data = getattr(splits, part)
        random = generator(seed, f"label_noise.{part}")
        order = torch.randperm(len(data), generator=random)
        steps = torch.randint(1, splits.classes, (len(data),), generator=random)
        changed = order[: round(fraction * len(data))].to(data.y.device)
        y = data.y.clone()
        y[changed] = (y[changed] + steps.to(y.device)[changed]) % splits.classes
        noisy[part] = Split(data.x, y)
    return dataclasses.replace(splits, **noisy)
