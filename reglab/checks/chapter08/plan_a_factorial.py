"""Exercise 8.5: which runs to make so that an interaction can be told from luck."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from ...seeding import numpy_generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation

CELLS = tuple((a, b) for a in (False, True) for b in (False, True))


def cases(seed: int) -> list[Case]:
    g = numpy_generator(seed, "exercise 8.5")
    budgets = sorted({int(b) for b in g.integers(21, 60, size=8)} - set(range(0, 80, 4)))[:3]
    return [Case(f"a budget of {budget} trainings", (budget,)) for budget in budgets or [23]]


def observe(answer: Callable, args: tuple) -> Observation:
    """The properties of a plan, not its order: how many runs, which cells, which pairs."""
    runs = _runs(answer(*args))
    seeds = [{seed for a, b, seed in runs if (a, b) == cell} for cell in CELLS]
    return {"runs": np.array(float(len(runs))), "repeated": np.array(float(len(runs)
                                                                           - len(set(runs)))),
            "different seeds in each cell": np.array([float(len(s)) for s in seeds]),
            "seeds in all four cells": np.array(float(len(set.intersection(*seeds))))}


def _runs(plan: object) -> list[tuple[bool, bool, int]]:
    if not isinstance(plan, Iterable) or isinstance(plan, str | dict):
        raise Malformed(f"Return a list of runs (dropout, shift, seed); got {plan!r:.60}.")
    made = []
    for run in plan:
        if not isinstance(run, tuple | list) or len(run) != 3 or any(
                on not in (0, 1) for on in run[:2]):
            raise Malformed("Each run is a triple: dropout on (True or False), shift on, and a "
                            f"seed; got {run!r:.60}.")
        made.append((bool(run[0]), bool(run[1]), int(run[2])))
    return made


def _plan(cells: Iterable[tuple[bool, bool]], seeds: Callable[[int], int] | None = None,
          fresh: bool = False, repeat: bool = False) -> Callable:
    """The same number of seeds in some cells: as many as the budget allows unless told."""
    cells = tuple(cells)

    def plan(budget):
        count = budget // len(cells) if seeds is None else seeds(budget)
        return [(*cell, (place * count if fresh else 0) + (0 if repeat else seed))
                for place, cell in enumerate(cells) for seed in range(count)]
    return plan


def uneven(budget):
    """All that is left over goes into the cell of both."""
    runs = _plan(CELLS)(budget)
    return runs + [(True, True, budget // 4 + i) for i in range(budget % 4)]


reference = _plan(CELLS)
NOT_BOTH = CELLS[:3]
EXTREMES = (CELLS[0], CELLS[3])
_RUNS = "len(plan(23))"
_CELLS = "sorted({(bool(run[0]), bool(run[1])) for run in plan(23)})"
_ALL = "[(0, 0), (0, 1), (1, 0), (1, 1)]"
_SEEDS = "len({run[2] for run in plan(23)})"

planning = CodeExercise(
    number="8.5", title="Plan a factorial", kind="design",
    difficulty=2, minutes=15, points=4,
    hints=(
        "Which four networks does an interaction need? What makes two networks a pair? And what "
        "would be the use of training one seed twice?",
        "`budget // 4` seeds, the same ones for each of the four combinations; trainings that are "
        "left over stay unused.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("one factor at a time", _plan(NOT_BOTH),
              "None, each alone, and never both: an interaction is about both. One factor at a "
              "time cannot see it.", _CELLS, _ALL),
        Wrong("all or nothing", _plan(EXTREMES),
              "Only none against both. If both gain, you cannot say which of the two it was, nor "
              "whether they get on.", _CELLS, _ALL),
        Wrong("other seeds in each cell", _plan(CELLS, fresh=True),
              "Each combination has seeds of its own, so nothing is paired: the luck of the data "
              "and of the start does not cancel.", _SEEDS, "5"),
        Wrong("one seed over and over", _plan(CELLS, repeat=True),
              "The same seed gives the same run each time. That is one run, however often it is "
              "counted.", _SEEDS, "5"),
        Wrong("one seed each", _plan(CELLS, lambda budget: 1),
              "One seed in each cell: an anecdote, and most of the budget is unused.",
              _RUNS, "20"),
        Wrong("beyond the budget", _plan(CELLS, lambda budget: budget // 4 + 1),
              "This is more than the budget allows.", _RUNS, "20"),
        Wrong("the whole budget for each cell", _plan(CELLS, lambda budget: budget),
              "The budget is for all four combinations together, not for each of them.",
              _RUNS, "20"),
        Wrong("the rest in one cell", uneven,
              "What is left over went into one cell. These runs have no partners in the other "
              "three, so a paired difference cannot use them: leave them out.", _RUNS, "20"),
    ),
)
