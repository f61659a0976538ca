"""What a sweep gives back: tidy, readable, chosen on validation data."""

import copy

import pandas as pd
import pytest
import torch

from reglab import L2, MLP, SGD, EarlyStopping, Recipe, data, fit, sweep
from reglab.replicas import score
from reglab.result import Result

SEEDS = [0, 1, 5]


def recipe(**options):
    return Recipe(MLP(6, 12, 3), optimizer=SGD(0.2), epochs=4, batch_size=16, **options)


@pytest.fixture
def result(toy):
    return sweep({s: recipe(techniques=(L2(s),)) for s in (0.0, 0.1, 3.0)}, toy, SEEDS,
                 progress=False)


def test_the_trivial_predictor_says_what_most_training_examples_are(result):
    shares, losses = [], []
    for splits in result.splits.values():
        counts, y = splits.train.y.bincount(minlength=3), splits.open_test("a test").y
        shares.append((y == counts.argmax()).double().mean().item())
        losses.append(-(counts.double() / counts.sum()).log()[y].mean().item())
    assert result.trivial(reason="a test") == pytest.approx(sum(shares) / 3)
    assert result.trivial(metric="loss", reason="a test") == pytest.approx(sum(losses) / 3)
    most = [splits.train.y.bincount().max() / len(splits.train) for splits in
            result.splits.values()]
    assert result.trivial("train") == pytest.approx(float(sum(most) / 3))
    assert result.looks == ["a test"]
    with pytest.raises(ValueError, match="trivial.part must be one of"):
        result.trivial("tset")


def test_the_trivial_predictor_of_numbers_is_the_training_mean():
    result = fit(Recipe(MLP(10, 1), epochs=1), data.diabetes, seed=0, progress=False)
    (splits,) = result.splits.values()
    y, constant = splits.open_test("a test").y.double(), splits.train.y.double().mean()
    squared = ((y - constant) ** 2).mean()
    assert result.trivial(reason="a test") == pytest.approx(
        float(1 - squared / y.var(correction=0)), abs=1e-6)
    assert result.trivial(metric="loss", reason="a test") == pytest.approx(float(squared))
    assert result.trivial("train") == pytest.approx(0.0, abs=1e-6)


def test_shapes(result):
    assert result.arms == [0.0, 0.1, 3.0] and result.seeds == SEEDS
    assert result.curve().shape == (3, 3, 4)
    assert result.curve("train", "loss", arm=0.1).shape == (3, 4)
    assert result.final().shape == (3, 3) and result.final(arm=0.1).shape == (3,)
    assert result.epochs.tolist() == [1, 2, 3, 4] and result.metric == "accuracy"
    assert result.diverged.shape == (3, 3) and not result.diverged.any()


def test_frame_is_tidy_and_complete(result):
    frame = result.frame()
    key = ["arm", "seed", "epoch", "part"]
    assert list(frame.columns) == [*key, "loss", "score"]
    assert len(frame) == 3 * 3 * 4 * 2 and not frame.duplicated(key).any()
    assert frame.index.equals(pd.RangeIndex(len(frame)))
    row = frame.set_index(key).loc[(0.1, 5, 3, "train")]
    assert row["loss"] == result.curve("train", "loss", arm=0.1)[2, 2]
    assert row["score"] == result.curve("train", "score", arm=0.1)[2, 2]


def test_frame_ends_where_a_run_stopped_and_keeps_what_diverged(toy):
    data = lambda s: toy(s, classes=None)    # noqa: E731
    base = Recipe(MLP(6, 1), epochs=60, batch_size=16)
    arms = {"ok": base.replace(epochs=20), "bad": base.replace(optimizer=SGD(1e6)),
            "stopped": base.replace(stopping=EarlyStopping(patience=1, min_delta=10.0))}
    counts = sweep(arms, data, [0], progress=False).frame().groupby(["arm", "part"]).size()
    assert counts["ok", "train"] == 20 and counts["bad", "validation"] == 60
    assert counts["stopped", "validation"] == 2


@pytest.mark.filterwarnings("ignore::reglab.data.sealed.AnotherLook")
def test_model_reproduces_test(result, toy):
    for arm in result.arms:
        held_out = [toy(s).open_test("does the model reproduce it?") for s in SEEDS]
        expected = [score(result.model(arm, s)(test.x), test.y).item()
                    for s, test in zip(SEEDS, held_out, strict=True)]
        assert result.test(arm).tolist() == expected
    assert not result.model().training


def test_model_reproduces_the_recorded_final_values(result, toy):
    for seed in SEEDS:
        x, y = toy(seed).validation.x, toy(seed).validation.y
        value = torch.nn.functional.cross_entropy(result.model(0.1, seed)(x), y)
        place = 1, SEEDS.index(seed)
        torch.testing.assert_close(result.final(metric="loss")[place], value.detach())


def test_model_gives_copies(result):
    before = copy.deepcopy(result.recipes[0.1].model.state_dict())
    first, second = result.model(0.1, 0), result.model(0.1, 1)
    assert not torch.equal(first.layers[0].weight, second.layers[0].weight)
    with torch.no_grad():
        first.layers[0].weight.zero_()
    assert result.model(0.1, 0).layers[0].weight.any()
    after = result.recipes[0.1].model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)


def test_model_in_double_precision_is_tested_too(toy):
    run = fit(Recipe(MLP(6, 3).double(), epochs=1), toy, progress=False)
    assert run.model().layers[0].weight.dtype == torch.float64
    assert run.test().shape == (1,)


def test_split_gives_a_sweep_for_each_first_part_of_its_arms(toy, refused):
    base = Recipe(MLP(6, 4, 3), epochs=4)
    kinds = {"end": None, "stopped": EarlyStopping(1)}
    both = sweep({(name, s): base.replace(techniques=(L2(s),), stopping=stopping)
                  for name, stopping in kinds.items() for s in (0.0, 1.0)}, toy, range(3),
                 progress=False)
    parts = both.split()
    assert list(parts) == ["end", "stopped"]
    for name, part in parts.items():
        alone = sweep({s: base.replace(techniques=(L2(s),), stopping=kinds[name])
                       for s in (0.0, 1.0)}, toy, range(3), progress=False)
        assert part.arms == [0.0, 1.0] and part.recipes == alone.recipes
        assert part.whole is part and part.only(1.0).whole is part
        for s in part.arms:
            assert torch.equal(part.final(arm=s), alone.final(arm=s))
            assert torch.equal(part.test(s, reason="a test"), both.test((name, s), reason="a test"))
            assert part.tested["a test"][-1] == s
    with refused("Result.split"):
        alone.split()    # its arms are no pairs
    with refused("Result.split", cure="first"):
        both.split()    # its test data were opened above


def test_best_arm_is_chosen_on_validation_data_only(result, toy, monkeypatch):
    better, worse = 0.1, 0.0
    planted = copy.copy(result)
    planted._curves = {k: c.clone() for k, c in result._curves.items()}
    for (part, metric), curve in planted._curves.items():
        good = {"score": 1.0, "loss": 0.0}[metric]
        curve[:] = 0.5
        curve[result.arms.index(better if part == "validation" else worse)] = good
    assert planted.best_arm() == better
    assert planted.best_arm("loss") == better
    assert planted.best_arm(arms=[3.0]) == 3.0
    assert torch.equal(planted.test(), result.test(better))
    monkeypatch.setattr(Result, "test", None)
    assert planted.best_arm() == better


def test_an_arm_with_a_diverged_run_is_never_the_best(result):
    planted = copy.copy(result)
    planted._curves = {k: torch.full_like(c, 0.5) for k, c in result._curves.items()}
    planted._curves["validation", "score"][1] = 0.9     # the best mean, but …
    planted.diverged = result.diverged.clone()
    assert planted.best_arm() == 0.1
    planted.diverged[1, 2] = True                        # … one of its seeds is lost
    assert planted.best_arm() != 0.1
    assert planted.best_arm("loss") != 0.1
    planted.diverged[:] = True
    with pytest.raises(ValueError, match="best_arm.arms must be arms of which"):
        planted.best_arm()


def test_divergence_is_reported(toy):
    data = lambda s: toy(s, classes=None)    # noqa: E731
    arms = {lr: Recipe(MLP(6, 1), optimizer=SGD(lr), epochs=60, batch_size=16)
            for lr in (0.01, 1e6)}
    result = sweep(arms, data, [0, 1], progress=False)
    assert result.diverged.tolist() == [[False, False], [True, True]]
    assert result.best_arm() == result.best_arm("loss") == 0.01
    assert result.metric == "R²"
    table = result.summary()
    assert table["diverged"].tolist() == [0, 2]
    assert (table.drop(columns="diverged").loc[1e6] == "diverged").all()
    assert "diverged" in repr(result)
    with pytest.raises(ValueError, match="at least one did not diverge"):
        result.best_arm(arms=[1e6])


def test_reads_as_text_and_as_html(result):
    text, html = repr(result), result._repr_html_()
    for part in ("toy", "3 arms", "3 seeds", "validation accuracy", "train loss", "±"):
        assert part in text and part in html
    assert html.count("<tr") == 4 and "<table" in html and "diverged" not in text


def test_one_seed_is_an_anecdote(toy):
    run = fit(recipe(), toy, progress=False)
    assert "anecdote (1 seed)" in repr(run) and "anecdote (1 seed)" in run._repr_html_()
    assert "±" not in repr(run) and "1 arm," in repr(run)


def test_summary_is_the_interval_of_the_kept_weights(result):
    from reglab.statistics import interval

    estimate = interval(result.final("validation", "loss", 0.1).tolist())
    cell = result.summary().loc[0.1, "validation loss"]
    assert cell == f"{estimate.mean:.3f} ± {estimate.half_width:.3f}"


@pytest.mark.filterwarnings("ignore::reglab.data.sealed.AnotherLook")
def test_a_disturbance_of_the_test_inputs(result):
    assert torch.equal(result.test(0.0, change=lambda x: x), result.test(0.0))
    blind = result.test(0.0, change=torch.zeros_like)
    assert (blind < result.test(0.0)).all()


def test_measure(result):
    norms = result.measure(lambda model, splits: model.layers[0].weight.norm(), 0.1)
    expected = [result.model(0.1, s).layers[0].weight.norm().item() for s in SEEDS]
    assert norms.tolist() == expected
    sizes = result.measure(lambda model, splits: len(splits.test), 0.1)
    assert sizes.tolist() == [60.0] * 3


def test_bad_questions(result, refused):
    with refused("Result.part", cure="Test data are looked at once"):
        result.curve("test")
    with refused("Result.metric"):
        result.curve(metric="accuracy")
    with refused("Result.metric"):
        result.best_arm("accuracy")
    for ask in (result.test, result.model, lambda arm: result.curve(arm=arm),
                lambda arm: result.final(arm=arm), lambda arm: result.best_arm(arms=[arm]),
                lambda arm: result.measure(len, arm)):
        with refused("Result.arm"):
            ask("unknown")
    with refused("Result.seed"):
        result.model(0.1, 99)
    with refused("best_arm.arms"):
        result.best_arm(arms=[])
