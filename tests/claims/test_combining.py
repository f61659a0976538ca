"""The contrasts, searches, costs and twins of chapter 08; its experiments run whole there."""

import itertools
import math
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from reglab import MLP, Dropout, initialize
from reglab.claims import (
    Verdict,
    choosing,
    combining,
    costs,
    factorial,
    meaning,
    norm_and_dropout,
)
from reglab.regularizers import L2
from reglab.seeding import generator


class Arms:
    """As much of a result as the contrasts look at."""

    def __init__(self, arms):
        self.arms = arms


ARMS = factorial.combinations()


def made_of(effects, groups, seeds=4):
    """Scores of all sixteen arms that are exactly a sum of effects, and of effects of groups."""
    noise = np.random.default_rng(0).normal(size=seeds)    # of a seed, the same for all arms
    rows = [sum(effects.get(f, 0.0) for f in arm)
            + sum(size for group, size in groups.items() if set(group) <= set(arm)) for arm in ARMS]
    return torch.tensor(np.add.outer(rows, noise))


# The factorial


def test_all_sixteen_once():
    assert len(ARMS) == len(set(ARMS)) == 16
    assert ARMS[0] == () and ARMS[-1] == factorial.FACTORS


@pytest.mark.parametrize("arm", ARMS, ids=factorial.name)
def test_an_arm_has_what_it_is_named_after(arm):
    recipe = factorial.recipe(*arm)
    layers = list(recipe.model.layers)
    assert ("batch norm" in arm) == any(isinstance(m, nn.BatchNorm1d) for m in layers)
    rates = {round(m.p.item(), 6) for m in layers if isinstance(m, Dropout)}
    assert rates == {0.35 if "dropout" in arm else 0.0}
    penalty, shift = recipe.techniques
    assert penalty == L2(0.01 if "L2" in arm else 0.0)
    assert shift.max_shift == (6.0 if "shift" in arm else 0.0)


def test_what_adds_up_has_no_interaction():
    effects = {"dropout": 0.1, "L2": -0.2, "shift": 0.3, "batch norm": 0.05}
    values, arms = made_of(effects, {}), Arms(ARMS)
    for factor, effect in effects.items():
        assert factorial.main_effect(arms, values, factor).tolist() == pytest.approx([effect] * 4)
        for company in ((), ("L2",), ("dropout", "shift")):
            found = factorial.simple_effect(arms, values, factor, company)
            assert found.tolist() == pytest.approx([effect] * 4)
    for one, other in itertools.combinations(factorial.FACTORS, 2):
        found = factorial.interaction(arms, values, one, other)
        assert found.tolist() == pytest.approx([0.0] * 4, abs=1e-12)


def test_contrasts_are_those_of_least_squares():
    """With 0/1 columns for the factors and their products, by NumPy."""
    values, arms = torch.rand(16, 5, dtype=torch.float64), Arms(ARMS)
    centered = np.array([[(f in arm) - 0.5 for f in factorial.FACTORS] for arm in ARMS])
    pairs = list(itertools.combinations(range(4), 2))
    columns = np.column_stack([np.ones(16), centered,
                               *(centered[:, i] * centered[:, j] for i, j in pairs)])
    fitted = np.linalg.lstsq(columns, values.numpy(), rcond=None)[0]
    for i, factor in enumerate(factorial.FACTORS):
        found = factorial.main_effect(arms, values, factor)
        assert found.numpy() == pytest.approx(fitted[1 + i])
    for k, (i, j) in enumerate(pairs):
        one, other = factorial.FACTORS[i], factorial.FACTORS[j]
        found = factorial.interaction(arms, values, one, other)
        assert found.numpy() == pytest.approx(fitted[5 + k])
        assert torch.allclose(found, factorial.interaction(arms, values, other, one))


def test_an_interaction_is_seen_alone_and_on_average():
    values = made_of({"dropout": 0.1, "shift": 0.2}, {("dropout", "shift"): -0.3})
    arms = Arms(ARMS)
    assert factorial.interaction(arms, values, "shift", "dropout").mean() == pytest.approx(-0.3)
    assert factorial.interaction(arms, values, "L2", "dropout").mean() == pytest.approx(0, abs=1e-9)
    assert factorial.simple_effect(arms, values, "dropout").mean() == pytest.approx(0.1)
    assert factorial.simple_effect(arms, values, "dropout", ["shift"]).mean() == pytest.approx(-0.2)
    assert factorial.main_effect(arms, values, "dropout").mean() == pytest.approx(-0.05)


def test_an_interaction_may_depend_on_company():
    values = made_of({"dropout": 0.1}, {("dropout", "L2"): -0.2, ("dropout", "L2", "shift"): 0.6})
    of = partial(factorial.interaction, Arms(ARMS), values, "dropout", "L2")
    assert of(shift=False).mean() == pytest.approx(-0.2)
    assert of(shift=True).mean() == pytest.approx(0.4)
    assert of().mean() == pytest.approx(0.1)


def test_contrasts_keep_further_dimensions():
    values = torch.rand(16, 3, 7)
    assert factorial.interaction(Arms(ARMS), values, "L2", "shift").shape == (3, 7)
    assert factorial.main_effect(Arms(ARMS), values, "L2").shape == (3, 7)
    assert factorial.simple_effect(Arms(ARMS), values, "L2").shape == (3, 7)


# Choosing


def test_everyone_gets_as_many_tries_from_the_same_draws():
    budgets = choosing.budgets()
    assert {len(set(tries)) for tries in budgets.values()} == {choosing.TRIALS}
    assert [s for s, _ in budgets["L2"]] == [s for s, _ in budgets["both"]]
    assert [p for _, p in budgets["dropout"]] == [p for _, p in budgets["both"]]
    assert all(p == 0 for _, p in budgets["L2"]) and all(s == 0 for s, _ in budgets["dropout"])
    assert choosing.trials(3) == choosing.trials()[:3]    # more tries do not change the first
    assert all(0.001 <= s <= 0.1 and 0 <= p <= 0.7 for s, p in choosing.trials(50))
    middle = sorted(s for s, _ in choosing.trials(200))[100]
    # log-uniform: the median is near 0.01. Its log10 has density ½ there, so that of 200 draws
    # varies by 1 / (2 · ½ · √200) = 0.071; four standard deviations.
    assert abs(math.log10(middle) + 2) < 0.29


class Scored:
    """Trials whose scores on validation and test data are given, (S, trials)."""

    def __init__(self, validation, test):
        self.values = {"validation": torch.tensor(validation), "test": torch.tensor(test)}
        self.arms = list(range(len(test[0])))

    def measure(self, function, arm):
        return self.values["validation"][:, arm]

    def test(self, arm, reason):
        return self.values["test"][:, arm]


def test_luck_alone_is_promised_and_not_kept():
    lucky = Scored(validation=[[0.1, 0.2, 0.3], [0.3, 0.1, 0.2]], test=[[0.5] * 3, [0.4] * 3])
    promised, kept = choosing.by_number_of_trials(lucky, lucky.arms, orders=400).values()
    assert (promised[:, 0] == 0).all() and (kept == 0).all()
    # the expected maxima of one, two and three of these values: 0.2, 8/30 and 0.3
    assert promised.mean(0).tolist() == pytest.approx([0, 2 / 30, 0.1], abs=0.01)


def test_what_is_really_better_is_kept():
    scores = [[0.1, 0.2, 0.3]]
    known = Scored(scores, scores)
    promised, kept = choosing.by_number_of_trials(known, known.arms).values()
    assert torch.equal(promised, kept) and kept[0, -1] > 0.05
    misled = Scored(scores, [[0.3, 0.2, 0.1]])    # the better on validation, the worse on test
    promised, kept = choosing.by_number_of_trials(misled, misled.arms).values()
    torch.testing.assert_close(kept, -promised)


# C32


def shares(none, one, other, both):
    class Digits:
        def best_arm(self, arms):
            return arms[0]

        def test(self, arm, reason):
            scores = {(False, False): none, (True, False): one, (False, True): other,
                      (True, True): both}
            return torch.tensor(scores[arm[0] > 0, arm[1] > 0])

    return combining.shares_left(Digits())


def test_shares_by_hand():
    found = shares([0.5, 0.5], [0.6, 0.7], [0.7, 0.6], [0.75, 0.7])
    assert found["L2 joins dropout"] == pytest.approx([0.5, 0.5])
    assert found["dropout joins L2"] == pytest.approx([0.75, 0.0])


def test_gains_that_add_up_would_be_supported_and_copies_refuted():
    """The negative controls of the share: all of the gain is left, or nothing."""
    random = np.random.default_rng(0)
    none, first, second = (random.normal(m, 0.005, 20) for m in (0.5, 0.6, 0.7))
    luck = random.normal(0, 0.001, 20)
    sums = shares(none, first, second, first + second - none + luck)
    copies = shares(none, second, second, second + luck)
    assert {combining.SHARE.decide(s) for s in sums.values()} == {Verdict.SUPPORTED}
    assert {combining.SHARE.decide(s) for s in copies.values()} == {Verdict.REFUTED}


# Costs


class Curves:
    epochs = torch.tensor([5, 10, 15])

    def __init__(self, *rows, of=("train", "loss")):
        self.rows, self.of = torch.tensor(rows), of

    def curve(self, part, metric, arm):
        assert (part, metric) == self.of
        return self.rows


def test_accurate_after_the_first_evaluation_at_which_the_mean_is_up():
    result = Curves([0.2, 0.5, 0.5], [0.4, 0.3, 0.5], of=("validation", "score"))
    assert costs.accurate_after(result, (), 0.3) == 50
    assert costs.accurate_after(result, (), 0.31) == 100
    assert costs.accurate_after(result, (), 0.45) == 150


@pytest.mark.parametrize("name", ["none", *costs.VARIANTS])
def test_a_training_step_trains(name):
    random = generator(0, "test")
    x, y = torch.randn(50, 1, 40, generator=random), torch.arange(50) % 10
    with torch.random.fork_rng():
        torch.manual_seed(0)
        step = costs.training_step(name)
        model = next(cell.cell_contents for cell in step.__closure__
                     if isinstance(cell.cell_contents, nn.Module))
        before = [p.detach().clone() for p in model.parameters()]
        step(x, y)
    assert all(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    kinds = {type(m) for m in model.modules()}
    assert (nn.BatchNorm1d in kinds) == (name in ("batch norm", "all four"))
    assert (nn.Dropout in kinds) == (name in ("dropout", "all four"))


def test_l2_in_the_loss_and_as_weight_decay_differ_in_the_biases_only():
    x, y = torch.randn(50, 1, 40, generator=generator(0, "test")), torch.arange(50) % 10
    models = []
    for name in ("L2", "L2 as weight_decay"):
        step = costs.training_step(name)
        step(x, y)
        models.append(next(cell.cell_contents for cell in step.__closure__
                           if isinstance(cell.cell_contents, nn.Module)))
    for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6) == (a.ndim == 2)


def test_shift_is_torch_roll_row_by_row():
    x = torch.arange(40.0).expand(300, 1, 40)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        moved = costs.shift(x, 2)
    possible = [x[0].roll(s, -1) for s in range(-2, 3)]
    kinds = [next(i for i, p in enumerate(possible) if torch.equal(row, p)) for row in moved]
    assert set(kinds) == set(range(5))


# What regularization is


@pytest.mark.parametrize("norm", [None, nn.BatchNorm1d])
def test_plain_twin_gives_the_same_outputs_and_is_plain(norm):
    model = initialize(MLP(6, 8, 8, 3, dropout=0.5, norm=norm), 0).double()
    x = torch.randn(50, 6, generator=generator(0, "test"), dtype=torch.float64)
    if norm:
        for layer in model.layers:
            if isinstance(layer, norm):    # as after training: not the identity
                nn.init.uniform_(layer.weight, 0.5, 2)
                nn.init.uniform_(layer.bias, -1, 1)
                layer.running_mean.uniform_(-1, 1)
                layer.running_var.uniform_(0.5, 2)
    with torch.no_grad():
        twin = meaning.plain_twin(model)
        torch.testing.assert_close(twin(x), model.eval()(x), rtol=1e-12, atol=1e-12)
    assert {k: v.shape for k, v in twin.state_dict().items()} == {
        k: v.shape for k, v in MLP(6, 8, 8, 3).state_dict().items()}


def test_a_twin_of_another_network_is_noticed(toy):
    """The control for the relative change of outputs: weights that are not those of the model."""
    splits, model = toy(), initialize(MLP(6, 8, 3), 0)
    other = initialize(MLP(6, 8, 3), 1)
    with torch.no_grad():
        assert meaning.change_of_outputs(model, splits) == 0
        plain = meaning.plain_twin
        try:
            meaning.plain_twin = lambda model: other.double()
            assert meaning.change_of_outputs(model, splits) > 0.1
        finally:
            meaning.plain_twin = plain


# Dropout and batch norm


def places(model):
    return [(type(m).__name__, round(m.p.item(), 6)) if isinstance(m, Dropout) else
            type(m).__name__ for m in model.layers if isinstance(m, Dropout | nn.BatchNorm1d)]


def test_the_orders():
    norm, off, on = "BatchNorm1d", ("Dropout", 0.0), ("Dropout", 0.5)
    found = {order: places(norm_and_dropout.ordered(order)) for order in norm_and_dropout.ORDERS}
    assert found == {"no dropout": [norm, off, norm, off],
                     "right before the last norm": [off, norm, on, norm],
                     "a layer before the last norm": [norm, on, norm, off],
                     "after the last norm": [norm, off, norm, on],
                     "right before each norm": [on, norm, on, norm]}


def test_recalibrated_norms_remember_what_they_meet_in_evaluation(toy):
    model = initialize(MLP(6, 8, 8, 3, dropout=0.5, norm=nn.BatchNorm1d, dropout_first=True), 0)
    splits = toy()
    assert norm_and_dropout.variance_ratio(model, splits).item() < 0.9
    before = {name: p.clone() for name, p in model.state_dict().items()}
    again = norm_and_dropout.recalibrated(model, splits)
    assert norm_and_dropout.variance_ratio(again, splits).item() == pytest.approx(1, rel=0.03)
    assert all(torch.equal(p, before[name]) for name, p in model.state_dict().items())
    assert not again.training


def test_variance_ratio_by_hand(toy):
    model = MLP(6, 4, 4, 3, norm=nn.BatchNorm1d).eval()
    x = toy().train.x
    with torch.no_grad():
        h = x
        for layer in list(model.layers)[:-3]:
            if isinstance(layer, nn.BatchNorm1d) and layer is model.layers[5]:
                break
            h = layer(h)
        model.layers[5].running_var.copy_(h.var(0) * torch.tensor([1.0, 2.0, 4.0, 8.0]))
        # of 1, 1/2, 1/4, 1/8 the lower median is 1/4
        assert norm_and_dropout.variance_ratio(model, toy()).item() == pytest.approx(0.25)


def test_every_claim_of_the_chapter_has_a_case():
    assert [case.claim.id for case in combining.CHAPTER.cases] == ["C32", "C33", "C34", "C35"]
