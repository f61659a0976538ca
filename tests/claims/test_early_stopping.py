"""Measures and choices of chapter 05; its experiments run whole in the chapter."""

import copy

import pytest
import torch

from reglab import L2, MLP, SGD, EarlyStopping, Recipe, data, initialize, sweep
from reglab.claims import Verdict, early_stopping
from reglab.claims.least_squares import Paths
from reglab.comparison import UnfairComparison


def few_digits(seed):
    """Quick to memorize: 100 digits, 40 % of them with a wrong label."""
    return data.digits(seed, n_train=100, n_validation=100, n_test=400, label_noise=0.4)


RULE = EarlyStopping(30, monitor="score")


@pytest.fixture(scope="module")
def short():
    recipe = Recipe(MLP(64, 32, 10), optimizer=SGD(0.05, momentum=0.9), epochs=30, batch_size=25)
    arms = {"stopped": recipe.replace(stopping=RULE), "end": recipe}
    return sweep(arms, few_digits, range(4), progress=False)


# Measures


def test_expected_accuracy_on_wrong_labels_by_simulation():
    random, n = torch.Generator().manual_seed(0), 200_000
    y = torch.randint(10, (n,), generator=random)
    guess = torch.where(torch.rand(n, generator=random) < 0.7, y,
                        (y + torch.randint(1, 10, (n,), generator=random)) % 10)
    noisy = torch.where(torch.rand(n, generator=random) < 0.4,
                        (y + torch.randint(1, 10, (n,), generator=random)) % 10, y)
    accuracy = (guess == y).double().mean()
    expected = early_stopping.with_wrong_labels(accuracy, 0.4)
    # five standard deviations of a share of 200 000
    assert (guess == noisy).double().mean() == pytest.approx(float(expected), abs=5.6e-3)
    assert early_stopping.with_wrong_labels(torch.tensor(0.8), 0.0) == pytest.approx(0.8)
    # labels of all classes alike: every guess is right once in ten times
    assert early_stopping.with_wrong_labels(torch.tensor(0.8), 0.9) == pytest.approx(0.1)
    assert early_stopping.with_wrong_labels(torch.tensor(1.0), 0.4) == pytest.approx(0.6)


def test_optimism_is_the_kept_score_minus_what_is_reached(short):
    test = short.test("stopped", reason=early_stopping.LOOK)
    best = short.curve("validation", "score", "stopped").max(1).values
    expected = best - (0.6 * test + 0.4 * (1 - test) / 9)
    assert early_stopping.optimism(short, 0.4) == pytest.approx(expected.tolist(), abs=1e-6)


def test_travelled_is_measured_from_the_same_initial_weights(short):
    for seed, distance in zip(short.seeds, early_stopping.travelled(short, "end"), strict=True):
        start = initialize(MLP(64, 32, 10), seed)
        end = short.model("end", seed)
        squares = [((a.weight - b.weight) ** 2).sum() for a, b in zip(
            end.layers, start.layers, strict=True) if isinstance(a, torch.nn.Linear)]
        assert distance == pytest.approx(sum(squares).sqrt().item(), rel=1e-5)
    frozen = copy.copy(short)
    frozen._tensors = {key: dict(initialize(MLP(64, 32, 10), key[1]).state_dict())
                       for key in short._tensors}
    assert early_stopping.travelled(frozen, "end") == [0.0] * 4
    assert early_stopping.norms(frozen, "end")[0] > 0


def test_epochs_run_and_kept(short):
    recipe = short.recipes["end"].replace(stopping=EarlyStopping(2, monitor="score"))
    stopped = sweep({"patient": recipe}, few_digits, range(4), progress=False)
    found = EarlyStopping(2, monitor="score").find(short.curve("validation", "score", "end"))
    assert early_stopping.epochs_run(stopped, "patient") == (found.last + 1).tolist()
    assert early_stopping.kept_epochs(stopped, "patient", EarlyStopping(
        2, monitor="score")) == (found.best + 1).tolist()
    assert early_stopping.epochs_run(short, "end") == [30] * 4


def test_matching_strength_by_hand(short):
    kept = early_stopping.kept_epochs(short, "stopped")
    # four steps an epoch, a rate of 0.05 / (1 - 0.9)
    assert early_stopping.matching_strengths(short, "stopped") == pytest.approx(
        [1 / (0.5 * 4 * epoch) for epoch in kept])


def test_averaged_weights_against_a_plain_mean(monkeypatch):
    """SWA over the last two epochs is the mean of the weights at their ends, EMA a recursion."""
    monkeypatch.setattr(early_stopping, "digits", few_digits)
    seen = []

    def record(model, part):
        seen.append((copy.deepcopy(model), len(part)))
        return 0.0

    monkeypatch.setattr(early_stopping, "accuracy", record)
    steps = []
    usual = torch.optim.SGD.step

    def stepped(optimizer, *args):
        usual(optimizer, *args)
        steps.append(optimizer.param_groups[0]["params"][0].detach().clone())

    monkeypatch.setattr(torch.optim.SGD, "step", stepped)
    early_stopping.averaged(0, epochs=3, start=2, decay=0.5)
    assert [size for _, size in seen] == [100, 400] * 9    # validation, then test
    plain, ema, swa = ([model for model, _ in seen[2 * kind::6]] for kind in range(3))
    weight = [m.layers[0].weight for m in plain]
    torch.testing.assert_close(swa[-1].module.layers[0].weight, (weight[1] + weight[2]) / 2)
    average = steps[0]    # it starts as the first weights: before that there is nothing
    for now in steps[1:]:
        average = 0.5 * average + 0.5 * now
    torch.testing.assert_close(ema[-1].module.layers[0].weight, average)


def test_an_average_without_memory_is_the_plain_weights(monkeypatch):
    monkeypatch.setattr(early_stopping, "digits", few_digits)
    found = early_stopping.averaged(0, epochs=3, start=2, decay=0.0)
    assert found["EMA"] == found["plain weights"]


def test_averages_stop_by_their_own_validation_accuracy(monkeypatch):
    """The stopped curve repeats the test accuracy of the best epoch so far, the first of equals."""
    monkeypatch.setattr(early_stopping, "digits", few_digits)
    scores = {"plain": [0.5, 0.7, 0.7, 0.6], "EMA": [0.1, 0.2, 0.1, 0.3], "SWA": [0.9, 0, 0, 0]}
    calls = iter([value for epoch in range(4) for kind in scores
                  for value in (scores[kind][epoch], 0.01 * (epoch + 1))])
    monkeypatch.setattr(early_stopping, "accuracy", lambda model, part: next(calls))
    found = early_stopping.averaged(0, epochs=4)
    assert found["EMA"] == [0.01, 0.02, 0.03, 0.04]
    assert found["plain weights, stopped"] == [0.01, 0.02, 0.02, 0.02]
    assert found["EMA, stopped"] == [0.01, 0.02, 0.02, 0.04]
    assert found["SWA, stopped"] == [0.01] * 4


def test_watched_labels_are_those_of_the_training_data():
    noisy, clean = early_stopping.digits(3, 0.4).train, early_stopping.digits(3, 0.0).train
    right, wrong = (early_stopping.training_labels(3, wrong=w) for w in (False, True))
    assert (len(right.validation), len(wrong.validation)) == (300, 200)
    for splits in (right, wrong):
        assert splits.train is noisy
        rows = [(noisy.x == x).flatten(1).all(1).nonzero()[0, 0] for x in splits.validation.x]
        assert torch.equal(splits.validation.y, noisy.y[rows])
        assert torch.equal(splits.validation.y == clean.y[rows],
                           torch.full((len(rows),), splits is right))
        assert torch.equal(splits.indices[1], splits.indices[0][rows])


@pytest.mark.parametrize("n", early_stopping.SIZES)
def test_few_to_validate_keeps_the_share_of_wrong_labels(n):
    whole, clean = early_stopping.digits(3, 0.2), early_stopping.digits(3, 0.0)
    some = early_stopping.few_to_validate(3, n)
    assert some.train is whole.train
    assert len(some.validation) == n == len(set(some.indices[1].tolist()))
    truth = dict(zip(whole.indices[1].tolist(), clean.validation.y.tolist(), strict=True))
    wrong = sum(truth[row] != label for row, label in zip(
        some.indices[1].tolist(), some.validation.y.tolist(), strict=True))
    assert wrong == n // 5


def test_confidence_is_the_probability_of_the_answer():
    class Fixed(torch.nn.Module):
        def forward(self, x):
            return torch.tensor([0.7, 0.2, 0.1]).log().expand(len(x), 3)

    assert early_stopping.confidence(Fixed(), few_digits(0)).item() == pytest.approx(0.7)


# Verdicts


def paths_of(seeds, full):
    stopped = [0.30 + 0.001 * (s % 3) for s in range(seeds)]
    return Paths([[0.1]] * seeds, [[1.0]] * seeds, {
        "early stopping": stopped, "ridge": [0.30] * seeds, "least squares": [full] * seeds,
        "trivial": [0.0] * seeds})


def test_c26_where_stopping_does_nothing_is_not_refuted():
    """The control: 'stopped' runs that were not stopped gain nothing, and lose to L2."""
    recipe = Recipe(MLP(64, 32, 10), optimizer=SGD(0.05, momentum=0.9), epochs=30, batch_size=25)
    arms = {s: recipe.replace(techniques=(L2(s),)) for s in (0.0, 0.1)}
    penalized = sweep(arms, few_digits, range(10), every=30, progress=False)
    settled = early_stopping.settle_c26(
        {"stopped": penalized, "to the end": penalized}, paths_of(10, 0.3))
    assert {name for name, verdict in settled.verdicts.items()
            if verdict is Verdict.SUPPORTED} >= {"test accuracy", "least squares"}
    assert settled.verdicts["against tuned L2"] is not Verdict.REFUTED
    assert settled.verdict is not Verdict.REFUTED


def test_c26_measures_stopped_against_the_end(short):
    arms = {0.0: short.recipes["end"]}
    stopped = sweep({0.0: short.recipes["stopped"]}, few_digits, range(4), progress=False)
    late = sweep(arms, few_digits, range(4), progress=False)
    settled = early_stopping.settle_c26({"stopped": stopped, "to the end": late},
                                        paths_of(4, -0.1))
    test = [short.test(arm, reason=early_stopping.LOOK) for arm in ("stopped", "end")]
    assert settled.effects["test accuracy"] == pytest.approx((test[0] - test[1]).tolist())
    assert settled.effects["least squares"] == pytest.approx([0.4, 0.401, 0.402, 0.4])


def test_c25_where_both_arms_are_the_same_is_refuted():
    recipe = Recipe(MLP(64, 8, 10), epochs=2, batch_size=50)
    noisy = sweep({early_stopping.RESTORED: recipe, early_stopping.TO_THE_END: recipe},
                  few_digits, range(10), progress=False)
    signals = sweep(dict.fromkeys(("to the end", "lowest loss", "best accuracy"), recipe),
                    few_digits, range(10), progress=False)
    settled = early_stopping.settle_c25(noisy, noisy, noisy, signals)
    assert set(settled.verdicts.values()) == {Verdict.REFUTED}


def test_c25_sees_what_stopping_gains(short):
    """What the chapter shows at length shows in a small run too, each effect in its place."""
    recipe, stop = short.recipes["end"], short.recipes["stopped"]
    noisy = sweep({early_stopping.RESTORED: stop, early_stopping.TO_THE_END: recipe}, few_digits,
                  range(4), progress=False)
    by_loss = recipe.replace(stopping=EarlyStopping(30))
    signals = sweep({"to the end": recipe, "lowest loss": by_loss, "best accuracy": recipe},
                    few_digits, range(4), progress=False)
    settled = early_stopping.settle_c25(noisy, noisy, noisy, signals)
    gain = (short.test("stopped", reason=early_stopping.LOOK)
            - short.test("end", reason=early_stopping.LOOK))
    assert gain.mean() > 0.02
    assert settled.effects["40 % wrong labels"] == pytest.approx(gain.tolist(), abs=1e-6)
    assert settled.effects["signals, by accuracy"] == [0.0] * 4
    loss = [signals.test(arm, metric="loss", reason=early_stopping.LOOK)
            for arm in ("lowest loss", "to the end")]
    assert settled.effects["signals, test loss"] == pytest.approx((loss[0] - loss[1]).tolist())
    assert sum(settled.effects["signals, test loss"]) < 0
    assert set(settled.verdicts.values()) == {Verdict.NOT_SETTLED}    # four seeds settle nothing


def test_against_tuned_names_what_differs(short):
    found = early_stopping.against_tuned(short.only("stopped"), short.only("end"))
    assert len(found) == 4
    other = sweep({"a": short.recipes["end"]}, few_digits, range(1, 5), progress=False)
    with pytest.raises(UnfairComparison):
        early_stopping.against_tuned(short.only("stopped"), other)


def test_every_claim_of_the_chapter_has_a_case():
    assert [case.claim.id for case in early_stopping.CHAPTER.cases] == ["C25", "C26"]


def test_the_longest_patience_never_ends():
    assert max(early_stopping.PATIENCES) == early_stopping.DIGITS.epochs
    assert early_stopping.RESTORED == (early_stopping.DIGITS.epochs, True)
    assert early_stopping.TO_THE_END == (early_stopping.DIGITS.epochs, False)
