"""The ledger sees nothing where there is nothing, and turns red where a bug was planted."""

from functools import partial

import pytest
import torch

from reglab import L2, MLP, SGD, Dropout, Recipe, WeightDecay, data, sweep
from reglab.claims import Case, Chapter, Claim, Experiment, Rule, Verdict, l2, ledger, statements
from reglab.comparison import compare
from reglab.data import Splits
from reglab.seeding import global_seed

DRAWS, SEEDS = 200, 10


def test_equal_arms_differ_at_the_nominal_rate():
    """Two arms that are the same but for their luck: initialization and batch order.

    Of 200 intervals of 95 %, 10 are expected to exclude zero; less than 1 has probability 4e-5,
    more than 22 has 2e-4 (binomial). Of 200 verdicts at 1 − 0.05/40, 0.25 are expected to find an
    effect on either side; more than 3 has probability 1e-4.
    """
    splits = data.two_moons(0, n_train=40, n_validation=10, n_test=200)
    recipe = Recipe(MLP(2, 4, 2), optimizer=SGD(0.5), epochs=2, batch_size=10)
    result = sweep({"both": recipe}, splits, range(2 * DRAWS * SEEDS), every=2, progress=False)
    scores = result.test().double().reshape(2, DRAWS, SEEDS)
    claim = Claim(statements.C18, ("Nobody",), {"gain": Rule("difference", low=0.0)})
    settled = [claim.settle(gain=effects) for effects in scores[0] - scores[1]]
    excluded = sum(not s.intervals["gain"].low <= 0 <= s.intervals["gain"].high for s in settled)
    assert 1 <= excluded <= 22
    assert sum(s.verdict is not Verdict.NOT_SETTLED for s in settled) <= 3


def test_the_same_arm_twice_is_no_effect_at_all(toy):
    recipe = Recipe(MLP(6, 3), epochs=1)
    result = sweep({"a": recipe, "b": recipe}, toy, range(SEEDS), progress=False)
    claim = Claim(statements.C18, ("Nobody",), {"gain": Rule("gain", low=0.01)})
    settled = claim.settle(gain=compare(result.only("a"), result.only("b")))
    assert settled.verdict is Verdict.REFUTED and settled.intervals["gain"].mean == 0


# Planted bugs: each turns a claim red that is green without it


def red(chapter, plant):
    """Whether the claims of a chapter stay green without a bug and turn red with it."""
    claimed = [case.claim.statement for case in chapter.cases]
    healthy = list(ledger.settle([chapter], claimed, progress=False))
    assert not any(entry.error for entry in healthy), healthy[0].error
    recorded = {e.statement.id: ledger.record(e.settled) for e in healthy}
    again = ledger.settle([chapter], claimed, progress=False, recorded=recorded)
    assert not any(entry.red for entry in again)
    plant()
    return [entry for entry in ledger.settle([chapter], claimed, progress=False,
                                             recorded=recorded) if entry.red]


def chapter_of(claim, settle, experiment):
    return Chapter(0, "A small one", "00_small", (Case(claim, settle, (Experiment(experiment),)),))


def few_noisy_digits(seeds):
    """Small enough to train in a second: 100 digits, a third of them with a wrong label."""
    recipe = Recipe(MLP(64, 64, 10), optimizer=SGD(0.05, momentum=0.9), epochs=20, batch_size=25)
    task = partial(data.digits, n_train=100, n_validation=200, n_test=400, label_noise=0.3)
    return sweep({s: recipe.replace(techniques=(L2(s),)) for s in (0.0, 0.05, 0.5)}, task, seeds,
                 every=20, progress=False)


def test_train_and_test_swapped(monkeypatch):
    """Tested on what it was trained on, L2 loses: C07 turns red."""
    def plant():
        monkeypatch.setattr(Splits, "open_test", lambda self, reason: self.train)

    chapter = chapter_of(l2.C07, lambda result: l2.settle_c07(result, result, result),
                         few_noisy_digits)
    found = red(chapter, plant)
    assert found and "C07: supported → " in found[0].moved[0]


class DoubledL2(L2):
    """The bug: λ‖w‖², without the ½."""

    def penalty(self, params, forward):
        return 2 * super().penalty(params, forward)


def test_strength_doubled():
    """With plain SGD, penalty and decay are no longer the same (C10)."""
    kinds = {"penalty": L2, "decay": WeightDecay}

    def distances(seeds):
        recipe = Recipe(MLP(2, 8, 2).double(), optimizer=SGD(0.1), epochs=2, batch_size=25)
        arms = {name: recipe.replace(techniques=(kind(0.1),)) for name, kind in kinds.items()}
        result = sweep(arms, data.two_moons, seeds, every=2, progress=False)
        return [l2._relative_distance(result.model("penalty", s), result.model("decay", s))
                for s in seeds]

    name = "plain SGD"
    claim = Claim(l2.C10.statement, l2.C10.sources, {name: l2.C10.rules[name]})
    found = red(chapter_of(claim, lambda d: claim.settle(**{name: d}), distances),
                lambda: kinds.update(penalty=DoubledL2))
    assert found and found[0].moved[0] == "C10: supported → refuted"


def test_strength_tuned_on_test_data():
    """The guard sees it, whatever the effect."""
    chosen = {"on": "validation"}

    def settle(result):
        if chosen["on"] == "test":
            with pytest.warns(UserWarning, match="Look"):
                best = max(result.arms[1:], key=lambda arm: result.test(arm).mean())
                return claim.settle(effect=compare(result.only(best), result.only(0.0)))
        return claim.settle(effect=compare(result, result.only(0.0)))

    def noise(seeds):
        """Labels that mean nothing: whoever looks best on test data was lucky."""
        task = partial(data.two_moons, n_train=20, n_validation=50, n_test=50, label_noise=0.5,
                       noise=50.0)
        recipe = Recipe(MLP(2, 4, 2), epochs=1, batch_size=20)
        arms = {s: recipe.replace(techniques=(L2(s),)) for s in (0.0, 0.5, 3.0, 10.0)}
        result = sweep(arms, task, seeds, progress=False)
        result._curves["validation", "score"][0] = 1.0    # validation data choose none
        return result

    claim = Claim(l2.C11.statement, l2.C11.sources, {"effect": Rule("gain", low=0.01)})
    found = red(chapter_of(claim, settle, noise), lambda: chosen.update(on="test"))
    assert found and "compare.selection must be on validation data" in found[0].error


def test_frozen_mask(monkeypatch):
    """A generator seeded inside the forward pass: every pass drops the same units (C22)."""
    def alike(seeds):
        shares = []
        for seed in seeds:
            with global_seed(seed, "masks"):
                layer = Dropout(0.5).train()
                first, second = (layer(torch.ones(20, 50)) > 0 for _ in range(2))
            shares.append((first == second).double().mean())
        return shares

    def plant():
        draw = Dropout.draw
        monkeypatch.setattr(Dropout, "draw", lambda self, shape, generator=None, out=None: draw(
            self, shape, torch.Generator().manual_seed(0)))

    claim = Claim(statements.C22, ("Srivastava et al. 2014",), {
        "alike": Rule("share of units that two passes treat alike", low=0.99)})
    found = red(chapter_of(claim, lambda shares: claim.settle(alike=shares), alike), plant)
    assert found and found[0].moved[0] == "C22: refuted → supported"
