"""Gradient descent and ridge regression on one least-squares problem, side by side (for C26).

The loss is ‖y − X w‖² / 2n, with curvature H = XᵀX / n and b = Xᵀy / n. Both methods multiply the
coordinates of the full solution, along the eigenvectors of H with eigenvalues s, by a factor
between 0 and 1 (Goodfellow et al. 2016, §7.8; Ali et al. 2019):

    t steps of gradient descent from zero, of size η:    1 − (1 − η s)ᵗ
    ridge, with λ/2 ‖w‖² added to the loss:              s / (s + λ)

At λ = 1 / (η t) the two factors are alike: for tiny steps descent keeps between 1 and 1.2985 times
what ridge keeps (Ali et al. 2019, Lemma 5), as long as η s ≤ 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from .. import data

SEEDS = range(20)
STEPS = [2 ** k for k in range(18)]


@dataclass(frozen=True, eq=False)
class Problem:
    """Least squares on the training data of a regression without a constant.

    Attributes:
        curvature: H, (D, D); target: b, (D,).
        eigenvalues: s of H, ascending, (D,); eigenvectors: in columns, (D, D).
        rate: η, a tenth of 1 / (largest s): small, so that steps follow a smooth path.
    """

    splits: data.Splits
    curvature: Tensor = field(init=False)
    target: Tensor = field(init=False)
    eigenvalues: Tensor = field(init=False)
    eigenvectors: Tensor = field(init=False)

    def __post_init__(self):
        x, y = self.splits.train.x.double(), self.splits.train.y.double()
        curvature = x.T @ x / len(x)
        values, vectors = torch.linalg.eigh(curvature)
        for name, tensor in {"curvature": curvature, "target": (x.T @ y / len(x)).squeeze(1),
                             "eigenvalues": values, "eigenvectors": vectors}.items():
            object.__setattr__(self, name, tensor)

    @property
    def rate(self) -> float:
        return 0.1 / float(self.eigenvalues[-1])

    @property
    def full(self) -> Tensor:
        """The solution of least squares, where descent ends.  Shape: (D,)."""
        return torch.linalg.solve(self.curvature, self.target)

    def descent_factors(self, steps: int) -> Tensor:
        """What so many steps have fitted along each eigenvector.  Shape: (D,)."""
        return 1 - (1 - self.rate * self.eigenvalues) ** steps

    def ridge_factors(self, strength: float) -> Tensor:
        """What ridge leaves along each eigenvector.  Shape: (D,)."""
        return self.eigenvalues / (self.eigenvalues + strength)

    def descent(self, steps: int) -> Tensor:
        """The weights after so many steps from zero.  Shape: (D,)."""
        return self._scaled(self.descent_factors(steps))

    def ridge(self, strength: float) -> Tensor:
        """The weights of ridge regression.  Shape: (D,)."""
        return self._scaled(self.ridge_factors(strength))

    def shrunk(self, norm: Tensor) -> Tensor:
        """The full solution, all coordinates shrunk alike, to this norm.  Shape: (D,)."""
        return self.full * norm / self.full.norm()

    def _scaled(self, factors: Tensor) -> Tensor:
        basis = self.eigenvectors
        return basis @ (factors * (basis.T @ self.target) / self.eigenvalues)


def problem(seed: int) -> Problem:
    """Diabetes: 60 patients, 10 measurements and 20 columns of pure noise."""
    return Problem(data.diabetes(seed, n_train=60, n_validation=130, noise_features=20))


@dataclass(frozen=True)
class Paths:
    """What :func:`paths` measured.

    Attributes:
        gaps: for each seed and number of steps ‖descent − ridge‖ / ‖ridge‖ at λ = 1 / (η t);
            shrunk: the same for the full solution shrunk to ridge's norm. Both (S, len(STEPS)).
        test: R² on the test data by method and seed, each at its best on validation data.
    """

    gaps: list[list[float]]
    shrunk: list[list[float]]
    test: dict[str, list[float]]


def paths(seeds: Sequence[int] = SEEDS, reason: str = "descent against ridge") -> Paths:
    """Both paths at matching places, and how well the best of each predicts."""
    gaps, shrunk = [], []
    test: dict[str, list[float]] = {"early stopping": [], "ridge": [], "least squares": [],
                                    "trivial": []}
    for seed in seeds:
        one = problem(seed)
        descent = [one.descent(t) for t in STEPS]
        ridge = [one.ridge(1 / (one.rate * t)) for t in STEPS]
        gaps.append([float((d - r).norm() / r.norm())
                     for d, r in zip(descent, ridge, strict=True)])
        shrunk.append([float((one.shrunk(r.norm()) - r).norm() / r.norm()) for r in ridge])
        nothing = torch.zeros_like(one.full)    # gives everyone the training mean
        for name, path in zip(test, (descent, ridge, [one.full], [nothing]), strict=True):
            chosen = max(path, key=r_squared(one.splits.validation))
            test[name].append(r_squared(one.splits.open_test(reason))(chosen))
    return Paths(gaps, shrunk, test)


def r_squared(part: data.Split) -> Callable[[Tensor], float]:
    """R² of weights on these data."""
    x, y = part.x.double(), part.y.double().squeeze(1)
    spread = ((y - y.mean()) ** 2).sum()
    return lambda w: float(1 - ((y - x @ w) ** 2).sum() / spread)


def factors(steps: int, seeds: Sequence[int] = SEEDS) -> dict[str, Tensor]:
    """What is kept of the full solution along each direction, the most curved first, by method.

    Ridge at λ = 1 / (η t), and one factor for all directions that gives the same norm.
    Shape: (S, D).
    """
    rows: dict[str, list[Tensor]] = {"gradient descent": [], "ridge": [], "all shrunk alike": []}
    for seed in seeds:
        one = problem(seed)
        strength = 1 / (one.rate * steps)
        alike = one.ridge(strength).norm() / one.full.norm()
        for name, row in zip(rows, (one.descent_factors(steps), one.ridge_factors(strength),
                                    alike.expand(len(one.full))), strict=True):
            rows[name].append(row.flip(0))
    return {name: torch.stack(found) for name, found in rows.items()}
