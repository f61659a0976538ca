"""What a chapter gives the ledger: its claims, and the experiments that settle them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .rules import Claim, Settled


@dataclass(frozen=True)
class Experiment:
    """A function of seeds that the chapter shows and the ledger runs again.

    Args:
        function: called with ``seeds=`` and the options; a plain function of a module.
        options: its other arguments.
        times: a cheap experiment runs this many times the ledger's number of seeds.
    """

    function: Callable[..., Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1

    @property
    def name(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"{self.function.__module__}.{self.function.__qualname__}({options})"

    def seeds(self, count: int, base: int = 0) -> range:
        """The seeds for a ledger of so many; one seed stays one, an anecdote."""
        return range(base, base + (count * self.times if count > 1 else 1))

    def run(self, seeds: Sequence[int]) -> Any:
        return self.function(**self.options, seeds=seeds)


@dataclass(frozen=True)
class Case:
    """A claim, the experiments it rests on and the function from their results to a verdict."""

    claim: Claim
    settle: Callable[..., Settled]
    experiments: tuple[Experiment, ...]


@dataclass(frozen=True)
class Chapter:
    """A chapter of the course: its number, title, notebook (without ending) and cases."""

    number: int
    title: str
    notebook: str
    cases: tuple[Case, ...]
