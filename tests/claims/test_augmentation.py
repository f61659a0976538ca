"""The tasks, measures and rules of chapter 06; its experiments run whole in the chapter."""

import pytest
import torch
import torch.nn.functional as F
from sklearn.linear_model import Ridge

from reglab import data, sweep
from reglab.augmentation import Affine, Shift1d
from reglab.claims import Verdict, augmentation
from reglab.data import Split


class Template(torch.nn.Module):
    """Says class k for a signal whose largest value stands at place k."""

    def forward(self, x):
        return 10 * x.flatten(1)[:, :10]


def bumps(places, length=40):
    return F.one_hot(torch.tensor(places), length).float().unsqueeze(1)


# The tasks


def test_images_have_a_background_of_zero_and_unit_pixels():
    splits = augmentation.images(0)
    assert splits.train.x.min() == 0 and splits.train.x.max() == pytest.approx(16 / 6)
    assert 0.8 < splits.train.x.std() < 1.2
    plain = data.digits(0, n_train=100, n_validation=400, n_test=797, standardize=False)
    for name, part in splits.parts().items():
        if name != "test":
            torch.testing.assert_close(part.x * 6, getattr(plain, name).x)
            assert torch.equal(part.y, getattr(plain, name).y)
    assert splits.open_test(augmentation.LOOK).x.shape == (797, 1, 8, 8)


def test_copies_are_shifted_versions_of_the_same_signals():
    splits, plain = augmentation.with_copies(0), augmentation.signals(0)
    assert len(splits.train) == 4 * len(plain.train) == 2000
    for copy in range(4):
        part = slice(500 * copy, 500 * (copy + 1))
        assert torch.equal(splits.train.y[part], plain.train.y)
        versions = torch.stack([plain.train.x.roll(s, -1) for s in range(-3, 4)])
        found = (versions == splits.train.x[part]).flatten(2).all(2)
        assert found.any(0).all(), "each copy is a shift by at most 3"
        assert found[3].all() == (copy == 0)
    assert torch.equal(splits.validation.x, plain.validation.x)


def test_stored_copies_make_four_times_the_steps():
    results = augmentation.copies_and_steps(seeds=range(2))
    steps = {name: recipe.epochs * -(-len(result.splits[0].train) // recipe.batch_size)
             for name, result in results.items() for recipe in result.recipes.values()}
    assert steps == {"copies, 10 epochs": 200, "none, 10 epochs": 50, "none, 40 epochs": 200,
                     "fresh shifts, 40 epochs": 200}
    gains = augmentation.gains(results)
    total, longer, rest = (gains[name].mean for name in (
        "stored copies, at equal epochs", "no copies, four times the epochs",
        "stored copies, at equal steps"))
    assert total == pytest.approx(longer + rest, abs=1e-6)


def test_halves_are_the_two_parts_of_the_chain_and_what_they_gain_adds_up():
    together = augmentation.distortions_sweep(range(2))
    alone = augmentation.alone_sweep(range(2))
    parts = [recipe.techniques for recipe in alone.recipes.values()]
    assert sum(parts, ()) == together.recipes["small distortions"].techniques
    gain = {name: effect.mean for name, effect in augmentation.halves(together, alone).items()}
    for half in ("distortions", "noise"):
        assert gain[f"both − {half}"] + gain[f"{half} − none"] == pytest.approx(gain["both − none"])
    assert gain["distortions − none"] != gain["noise − none"]
    assert gain["both − none"] == pytest.approx(float(
        (together.final(arm="small distortions") - together.final(arm="none")).mean()))


def test_more_data_is_compared_at_equal_steps():
    recipe = augmentation.SIGNALS
    assert {n * (recipe.epochs * 500 // n) for n in (500, 1000, 4000)} == {500 * recipe.epochs}


# Measures


def test_averaging_over_shifts_by_hand():
    x, model = bumps([3]), Template()
    expected = torch.stack([F.softmax(model(bumps([k])), 1) for k in (2, 3, 4)]).mean(0)
    torch.testing.assert_close(augmentation.averaged(model, x, 1), expected)
    torch.testing.assert_close(augmentation.averaged(model, x, 0), F.softmax(model(x), 1))


def test_what_ignores_place_gains_nothing_from_averaging():
    class Sum(torch.nn.Module):
        def forward(self, x):
            return x.flatten(1).sum(1, keepdim=True) * torch.arange(3.0)

    x = torch.randn(5, 1, 40)
    torch.testing.assert_close(augmentation.averaged(Sum(), x, 4), F.softmax(Sum()(x), 1))


@pytest.fixture(scope="module")
def tiny():
    """Two arms on few steps, for measures that want a result."""
    recipe = augmentation.IMAGES.replace(epochs=20)
    return sweep({"none": recipe, "any rotation": recipe.replace(
        techniques=(Affine(rotation=180),))}, augmentation.images, range(2), every=20,
        workers=1, progress=False)


def test_by_class_adds_up_to_the_difference_in_accuracy(tiny):
    change = augmentation.by_class(tiny, "any rotation")
    assert change.shape == (2, 10)
    gain = (tiny.test("any rotation", reason=augmentation.LOOK)
            - tiny.test("none", reason=augmentation.LOOK)).double()
    counts = tiny.splits[0].open_test(augmentation.LOOK).y.bincount(minlength=10)
    torch.testing.assert_close((change * counts).sum(1) / counts.sum(), gain, atol=1e-6, rtol=0)
    lost = augmentation.turned_into_others(tiny)
    others = change[:, [0, 1, 2, 3, 4, 5, 7, 8]].mean(1)
    assert lost == pytest.approx((change[:, [6, 9]].mean(1) - others).tolist())


def test_gap_is_train_minus_test(tiny):
    splits, model = tiny.splits[0], tiny.model("none", 0)
    test = splits.open_test(augmentation.LOOK)
    with torch.no_grad():
        expected = ((model(splits.train.x).argmax(1) == splits.train.y).double().mean()
                    - (model(test.x).argmax(1) == test.y).double().mean())
        assert augmentation.gap(model, splits) == pytest.approx(expected.item())


def test_validation_data_that_are_not_shifted_are_scored_as_ever():
    recipes = {m: augmentation.SIGNALS.replace(epochs=1, techniques=(Shift1d(m),))
               for m in (0.0, 3.0)}
    result = sweep(recipes, augmentation.signals, range(2), workers=1, progress=False)
    same = torch.tensor(augmentation.on_shifted_validation(result, 0.0))
    torch.testing.assert_close(same.float(), result.final().T)
    rows = augmentation.by_shifts(result, 3.0, [0, 2])
    assert [row[0] for row in rows] == pytest.approx(result.final(arm=3.0).tolist())


# Noise and ridge


def test_exact_noise_is_ridge_and_random_noise_approaches_it():
    found = augmentation.noise_and_ridge([1, 100], seeds=range(3))
    assert max(found["exact"]) < 1e-12
    one, many = torch.tensor(found["random"]).mean(0)
    assert many < one / 3    # a hundred copies: a tenth of the error, by the law of large numbers


def test_the_ridge_of_the_chapter_is_that_of_scikit_learn():
    """λ = σ² of the mean loss is alpha = N σ² of scikit-learn's sum."""
    train = data.diabetes(0, n_train=40).train
    x, y = train.x.double(), train.y.double()
    expected = Ridge(alpha=len(x) * 0.25, fit_intercept=False).fit(x.numpy(), y.numpy().ravel())
    steps = 0.5 * 10**0.5 * torch.eye(10, dtype=x.dtype)
    copies = x + torch.cat([steps, -steps])[:, None]
    coefficients = torch.from_numpy(expected.coef_).reshape(-1, 1)
    assert augmentation._distance(copies, y, coefficients) < 1e-10


# The rules


def test_rules_can_fail():
    """Were every transform as good as none, nothing but the harmless would be supported."""
    nothing = {name: [0.0] * 20 for name in augmentation.C27.rules}
    settled = augmentation.C27.settle(**nothing)
    verdicts = {name: v for name, v in settled.verdicts.items() if name != "as good as data"}
    assert set(verdicts.values()) == {Verdict.REFUTED}
    assert augmentation.AVERAGING.decide([0.0] * 10) is Verdict.REFUTED
    assert augmentation.SIX_AND_NINE.decide([0.0] * 20) is Verdict.REFUTED


def test_changed_is_what_the_network_would_get():
    x, y = torch.randn(6, 1, 40), torch.arange(6)
    first, labels = augmentation.changed(Shift1d(5), x, y, seed=1)
    again, _ = augmentation.changed(Shift1d(5), x, y, seed=1)
    other, _ = augmentation.changed(Shift1d(5), x, y, seed=2)
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(labels, y) and not torch.equal(first, x)
    both, _ = augmentation.changed((Shift1d(0), Shift1d(5)), x, y, seed=1)    # the second in turn
    assert not torch.equal(both, x) and torch.equal(both.sort(-1).values, x.sort(-1).values)


def test_reversing_turns_whole_signals_round_and_off_is_off():
    x, y = torch.randn(200, 1, 40), torch.arange(200)
    made, labels = augmentation.changed(augmentation.Reverse(0.5), x, y)
    turned = (made == x.flip(-1)).flatten(1).all(1)
    assert torch.equal(turned, ~(made == x).flatten(1).all(1)) and torch.equal(labels, y)
    assert 70 < turned.sum() < 130    # 100 ± 4 standard deviations
    assert torch.equal(augmentation.changed(augmentation.Reverse(0.0), x, y)[0], x)


def test_calibration_of_a_network_that_is_always_sure_and_never_right():
    class Sure(torch.nn.Module):
        def forward(self, x):
            return torch.eye(2)[torch.ones(len(x), dtype=torch.int64)] * 100

    part = Split(torch.zeros(8, 1), torch.zeros(8, dtype=torch.int64))
    splits = data.Splits(part, part, part, "toy", 2)
    assert augmentation.calibration(Sure(), splits) == pytest.approx(1.0)


def test_three_labels_in_ten_are_wrong():
    noisy = augmentation.images(0, n_train=500, label_noise=0.3)
    clean = augmentation.images(0, n_train=500)
    assert (noisy.train.y != clean.train.y).double().mean() == pytest.approx(0.3, abs=0.001)
