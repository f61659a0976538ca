"""A chapter small enough to settle in a moment, and a cache of its own for every test."""

import pytest

from reglab.claims import Case, Chapter, Claim, Experiment, Rule, Settled, statements

CALLS = []


def gains(seeds):
    """An experiment: a gain of about 0.05 on every seed."""
    CALLS.append(("gains", len(seeds)))
    return [0.05 + 0.001 * (seed % 3) for seed in seeds]


def costs(seeds):
    CALLS.append(("costs", len(seeds)))
    return [1.0 + 0.01 * (seed % 2) for seed in seeds]


HELPS = Claim(statements.C18, ("Srivastava et al. 2014",), {
    "gain": Rule("gain in accuracy", low=0.01)})
SLOWS = Claim(statements.C23, ("Srivastava et al. 2014",), {
    "gain": Rule("gain in accuracy", low=0.01), "cost": Rule("time, relative", high=0.5)})


def settle_helps(gain) -> Settled:
    return HELPS.settle(gain=gain)


def settle_slows(gain, cost) -> Settled:
    return SLOWS.settle(gain=gain, cost=cost)


CHAPTER = Chapter(4, "Dropout", "04_dropout", (
    Case(HELPS, settle_helps, (Experiment(gains),)),
    Case(SLOWS, settle_slows, (Experiment(gains), Experiment(costs, times=2)))))


@pytest.fixture
def chapter():
    return CHAPTER


@pytest.fixture
def calls():
    """What ran: (experiment, number of seeds), in order."""
    CALLS.clear()
    return CALLS
