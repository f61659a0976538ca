"""A fair comparison comes out as the paired difference; an unfair one is refused, each by name."""

import dataclasses
import functools
import re

import pytest
import torch
import torch.nn.functional as F

from reglab import L1, L2, MLP, SGD, EarlyStopping, Recipe, WeightDecay, comparison, data, sweep
from reglab.comparison import UnfairComparison, allow, compare
from reglab.data.sealed import AnotherLook
from reglab.statistics import paired_difference

SEEDS = range(3)
RECIPE = Recipe(MLP(6, 8, 3), optimizer=SGD(0.2), epochs=4, batch_size=25)


def l2(*strengths, recipe=RECIPE, kind=L2):
    return {s: recipe.replace(techniques=(kind(s),)) for s in strengths}


@pytest.fixture
def run(toy):
    """``run(recipes, seeds=…, **options of the data)``."""
    def go(recipes, seeds=SEEDS, **options):
        recipes = {"run": recipes} if isinstance(recipes, Recipe) else recipes
        return sweep(recipes, lambda seed: toy(seed, **options), seeds, progress=False)
    return go


def refused(name, treatment, control, words="", **options):
    """The comparison is refused, in the one error format, under this name."""
    with pytest.raises(UnfairComparison) as caught:
        compare(treatment, control, **options)
    text = str(caught.value)
    assert re.fullmatch(rf"compare\.{name} must be [^;]+; got {name}=.+\. .+\.\)?", text), text
    assert words in text, text
    return text


# Fair


def test_it_is_the_paired_difference_of_the_test_scores(run):
    result = run(l2(0.0, 0.5))
    found = compare(result.only(0.5), result.only(0.0), reason="planned")
    scores = [result.test(arm, reason="planned").tolist() for arm in (0.5, 0.0)]
    assert list(found) == pytest.approx([a - b for a, b in zip(*scores, strict=True)])
    assert found.interval.low == pytest.approx(paired_difference(*scores).low)
    assert len(found) == 3 and found.looks == 1


def test_a_sweep_is_compared_at_its_choice_on_validation_data(run):
    result = run(l2(0.0, 0.01, 5.0))
    best = result.best_arm()
    found = compare(result, result.only(5.0), reason="planned")
    assert found.treatment == f"{best} (best of 3 on validation)" and found.control == "5.0"
    expected = result.test(best, reason="planned") - result.test(5.0, reason="planned")
    assert list(found) == expected.tolist()


def test_tuned_against_tuned_with_as_many_tries(run):
    found = compare(run(l2(0.01, 0.1, kind=WeightDecay)), run(l2(0.001, 0.01)))
    assert "best of 2" in found.caption


def test_what_is_printed(run):
    result = run(l2(0.0, 0.5))
    found = compare(result.only(0.5), result.only(0.0))
    scores = comparison.format_levels(found.levels)
    assert f"test accuracy: 0.5 − 0.0, paired over seeds; {scores}; 95 % interval." == found.caption
    assert "(3 seeds)" in repr(found) and found.caption in found._repr_html_()
    ax = found.plot()
    assert ax.get_xlabel().startswith("test accuracy")


def test_the_scores_behind_it_and_that_of_a_trivial_predictor(run):
    result = run(l2(0.0, 0.5))
    found = compare(result.only(0.5), result.only(0.0), reason="planned").levels
    assert found.treatment == pytest.approx(result.test(0.5, reason="planned").mean().item())
    assert found.control == pytest.approx(result.test(0.0, reason="planned").mean().item())
    shares = [float((splits.open_test("planned").y == splits.train.y.bincount().argmax())
                    .double().mean()) for splits in result.splits.values()]
    assert found.trivial == pytest.approx(sum(shares) / 3)
    losses = compare(result.only(0.5), result.only(0.0), metric="loss", reason="planned").levels
    assert losses.trivial == result.trivial(metric="loss", reason="planned")
    known = {"measure": lambda model, splits: 1.0, "trivial": 0.5}
    assert compare(result.only(0.5), result.only(0.0), **known, reason="planned").levels == (
        1.0, 1.0, 0.5)


def test_what_is_trivial_is_computed_where_it_can_be(run):
    result = run(l2(0.0, 0.5))
    with pytest.raises(ValueError, match="compare.trivial must be given with measure="):
        compare(result.only(0.5), result.only(0.0), trivial=0.1)


def test_a_loss_of_ones_own_has_no_trivial_predictor(run):
    def twice(outputs, y):
        return 2 * F.cross_entropy(outputs, y)

    result = run(l2(0.0, 0.5, recipe=RECIPE.replace(loss=twice)))
    assert compare(result.only(0.5), result.only(0.0), metric="loss").levels.trivial is None


def test_scores_in_words():
    assert comparison.format_levels(comparison.Levels(0.5, 0.25)) == "0.500 against 0.250"
    assert comparison.format_levels(comparison.Levels(0.5, -0.0001, 0.1)) == (
        "0.500 against 0.000; trivial 0.100")
    assert comparison.format_levels(comparison.Levels(315.26, 98.6)) == "315 against 99"


def test_one_seed_is_an_anecdote(run):
    result = run(l2(0.0, 0.5), seeds=[0])
    found = compare(result.only(0.5), result.only(0.0))
    assert "anecdote (1 seed)" in repr(found) and "anecdote (1 seed)" in found._repr_html_()
    assert "interval" not in found.caption


def test_a_second_look_widens_the_interval(run):
    result = run(l2(0.0, 0.5))
    first = compare(result.only(0.5), result.only(0.0), reason="one")
    with pytest.warns(AnotherLook):
        second = compare(result, result.only(0.0), reason="two")
    assert (first.looks, second.looks) == (1, 2) and second.interval.confidence == 0.975
    assert "97.5 % interval, widened for 2 looks at the test data" in second.caption


def test_a_measure_instead_of_the_score(run):
    def size(model, splits):
        return model.layers[0].weight.norm()

    result = run(l2(0.0, 0.5))
    found = compare(result.only(0.5), result.only(0.0), measure=size)
    assert all(d < 0 for d in found) and found.measure == "size"


def test_validation_data_need_no_look(run):
    result = run(l2(0.0, 0.5))
    found = compare(result.only(0.5), result.only(0.0), part="validation", metric="loss")
    expected = result.final("validation", "loss", 0.5) - result.final("validation", "loss", 0.0)
    assert list(found) == expected.tolist() and found.looks == 0 and result.looks == []


def test_the_test_loss_is_that_of_the_models(run, toy):
    result = run(l2(0.0, 0.5))
    found = compare(result.only(0.5), result.only(0.0), metric="loss")
    losses = [[F.cross_entropy(result.model(arm, s)(t.x), t.y).item() for s in SEEDS
               for t in [toy(s).open_test("x")]] for arm in (0.5, 0.0)]
    assert list(found) == pytest.approx([a - b for a, b in zip(*losses, strict=True)], abs=1e-6)


def test_equal_arms_differ_by_exactly_nothing(run):
    result = run({"a": RECIPE, "b": RECIPE})
    assert list(compare(result.only("a"), result.only("b"))) == [0.0] * 3


# Refused


def test_30_against_100_training_images(run):
    refused("examples", run(RECIPE, n_train=30), run(RECIPE.replace(epochs=2), n_train=100),
            "got examples=(30, 100). More data help by themselves")


def test_twice_the_steps(run):
    refused("steps", run(RECIPE.replace(epochs=8)), run(RECIPE), "got steps=(16, 8)")
    refused("steps", run(RECIPE.replace(batch_size=10)), run(RECIPE), "got steps=(20, 8)")


def test_strengths_that_differ_between_arms(run):
    """Two models, each with L2, at strengths of their own: which of the two did it?"""
    wide = Recipe(MLP(6, 30, 3), optimizer=SGD(0.2), epochs=4, batch_size=25)
    refused("strengths", run(l2(0.1, recipe=wide)).only(0.1), run(l2(0.01)).only(0.01),
            "same strengths of L2 in both arms; got strengths=([0.1], [0.01])")
    refused("strengths", run(l2(0.1, 0.2, recipe=wide)), run(l2(0.1, 0.3)),
            "([0.1, 0.2], [0.1, 0.3])")
    both = {"both": RECIPE.replace(techniques=(L2(0.1), L1(0.1)))}
    refused("strengths", run(both), run(l2(0.01)), "two changes cannot be told apart")


def test_strengths_may_differ_when_they_are_the_question_or_tuned_alike(run):
    wide = Recipe(MLP(6, 30, 3), optimizer=SGD(0.2), epochs=4, batch_size=25)
    assert compare(run(l2(0.0, 0.1, recipe=wide)), run(l2(0.0, 0.1)))
    assert compare(run(l2(0.3)), run(l2(0.1)))


def test_more_tries_for_one_side(run):
    refused("budget", run(l2(0.0, 0.1, 0.2)), run(l2(0.1, 0.3, kind=WeightDecay)),
            "got budget=(3, 2). Whoever tries more finds more")
    refused("budget", run(l2(0.1, 0.2)), run(RECIPE), "got budget=(2, 1)")


def test_a_penalty_inside_one_loss(run):
    def with_penalty(outputs, y):
        return F.cross_entropy(outputs, y) + 0.1 * outputs.square().mean()

    inside = run(RECIPE.replace(loss=with_penalty))
    text = refused("metric", inside, run(RECIPE), "a loss without penalties", metric="loss")
    assert "with_penalty" in text and "techniques=" in text
    assert compare(inside, run(RECIPE))    # accuracy contains no penalty


def test_a_strength_chosen_on_test_data(run):
    result = run(l2(0.0, 0.01, 0.1, 20.0))
    _prefer(result, 20.0)    # validation data choose another arm than test data will
    scores = {arm: result.test(arm, reason="peek").mean() for arm in result.arms}
    best = max(scores, key=scores.get)
    assert best != 20.0
    text = refused("selection", result.only(best), result.only(20.0),
                   "Validation data choose 20.0")
    assert f"{best}, the best of [0.0, 0.01, 0.1, 20.0] on test" in text
    refused("selection", result.only(20.0), result.only(best), reason="a second look")
    # what was planned together with the first look, and what validation data choose, is no choice
    assert compare(result.only(best), result.only(20.0), reason="peek").looks == 1
    with pytest.warns(AnotherLook):
        assert compare(result, result.only(20.0)).looks == 2


def _prefer(result, arm):
    curve = result._curves["validation", "score"]
    curve[:] = 0.0
    curve[result.arms.index(arm)] = 1.0


def test_a_choice_on_the_data_of_the_comparison(run):
    result = run(l2(0.0, 0.1))
    refused("selection", result, result.only(0.0), "contains its luck", part="validation")


def test_unpaired_seeds(run):
    refused("seeds", run(RECIPE, [0, 1]), run(RECIPE, [1, 2]), "got seeds=([0, 1], [1, 2])")
    refused("seeds", run(RECIPE, [0, 1]), run(RECIPE, [1, 0]))
    refused("seeds", run(RECIPE, [0]), run(RECIPE, [0, 1]))


def test_different_splits_of_fresh_draws(toy):
    mine = sweep({"a": RECIPE}, toy, SEEDS, progress=False)
    theirs = sweep({"a": RECIPE}, lambda seed: toy(seed + 50), SEEDS, progress=False)
    refused("split", mine, theirs, "others at seed 0 (toy, toy)")


def test_different_splits_of_one_table():
    recipe = Recipe(MLP(10, 1), epochs=1)
    mine = sweep({"a": recipe}, data.diabetes, SEEDS, progress=False)
    theirs = sweep({"a": recipe}, lambda seed: data.diabetes(seed + 1), SEEDS, progress=False)
    refused("split", mine, theirs, "the same train examples")


@pytest.mark.parametrize("task, inputs, outputs", [(data.diabetes, 10, 1), (data.mnist1d, 40, 10)])
def test_the_same_examples_in_other_units_are_the_same(task, inputs, outputs):
    """How they are scaled may be the question."""
    recipe = Recipe(MLP(inputs, outputs), optimizer=SGD(1e-6), epochs=1)
    mine, raw = (sweep({"a": recipe}, lambda seed, s=s: task(
        seed, n_train=40, n_test=50, standardize=s), [0, 1], progress=False)
        for s in (True, False))
    assert len(compare(mine, raw)) == 2


def test_other_labels_are_other_examples():
    recipe = Recipe(MLP(64, 10), epochs=1)
    clean, noisy = (sweep({"a": recipe}, lambda seed, noise=noise: data.digits(
        seed, n_train=50, label_noise=noise), [0, 1], progress=False) for noise in (0.0, 0.2))
    refused("split", noisy, clean, "the same train examples")


def test_different_test_sets():
    recipe = Recipe(MLP(40, 10), epochs=1)
    mine, theirs = (sweep({"a": recipe}, lambda seed, n=n: data.mnist1d(
        seed, n_train=50, n_validation=50, n_test=n), [0, 1], progress=False) for n in (60, 90))
    refused("evaluation", mine, theirs, "others at seed 0 (60 and 90)")


def test_other_rows_of_a_table_are_another_test_set():
    def only_test_rows_differ(seed, first=0):
        splits = data.diabetes(seed)
        rows = splits.indices[2].roll(first)
        return dataclasses.replace(splits, indices=(*splits.indices[:2], rows))

    recipe = Recipe(MLP(10, 1), epochs=1)
    mine, theirs = (sweep({"a": recipe}, functools.partial(only_test_rows_differ, first=k), [0],
                          progress=False) for k in (0, 1))
    refused("evaluation", mine, theirs)


def test_accuracy_against_r2(run):
    regression = run(Recipe(MLP(6, 1), optimizer=SGD(0.01), epochs=4, batch_size=25), classes=None)
    refused("metric", run(RECIPE), regression, "('accuracy', 'R²')")


def test_a_result_is_needed(run):
    with pytest.raises(TypeError, match="compare.control must be a Result; got .* result.only"):
        compare(run(RECIPE), 0.5)
    with pytest.raises(ValueError, match="compare.part must be 'test' or 'validation'"):
        compare(run(RECIPE), run(RECIPE), part="train")


# Allowed


def test_a_difference_that_is_meant_is_printed(run):
    why = "the question is what training longer does"
    found = compare(run(RECIPE.replace(epochs=8)), run(RECIPE), allow=comparison.allow(steps=why))
    assert f"allowed: steps (16, 8) ({why})" in found.caption
    assert found.caption in found._repr_html_()


def test_only_what_was_allowed_is_allowed(run):
    """A learning curve: with more examples, the same test set in other units."""
    recipe = Recipe(MLP(40, 10), epochs=4, batch_size=25)
    long, short = (sweep({"a": recipe}, lambda seed, n=n: data.mnist1d(
        seed, n_train=n, n_validation=50, n_test=60), SEEDS, progress=False) for n in (100, 50))
    refused("steps", long, short, allow=allow(examples="a learning curve"))
    refused("examples", long, short, allow=allow(steps="longer"))
    both = compare(long, short, allow=allow(examples="a learning curve", steps="longer"))
    assert len(both.allowed) == 2
    assert not compare(run(RECIPE), run(RECIPE), allow=allow(steps="just in case")).allowed


def test_the_error_says_how_to_allow_it(run):
    text = refused("steps", run(RECIPE.replace(epochs=8)), run(RECIPE))
    assert text.endswith('If it is meant: allow=comparison.allow(steps="why").')


def test_an_allowance_needs_a_reason():
    with pytest.raises(ValueError, match="allow.steps must be a few words that say why"):
        allow(steps=" ")
    with pytest.raises(TypeError):
        allow(seeds="who needs pairs")
    with pytest.raises(TypeError):
        allow(selection="it looked best")


def test_early_stopping_is_said(run):
    stopping = RECIPE.replace(stopping=EarlyStopping(patience=1, min_delta=10.0))
    found = compare(run(stopping), run(RECIPE))
    assert "early stopping: 2 and 4 epochs on average of at most 4" in found.caption


def test_one_arm_of_a_sweep(run):
    result = run(l2(0.0, 0.1, 0.5))
    one = result.only(0.1)
    assert one.arms == [0.1] and one.whole is result and result.whole is result
    assert torch.equal(one.final(), result.final(arm=0.1).unsqueeze(0))
    assert torch.equal(one.curve("train", "loss", 0.1), result.curve("train", "loss", 0.1))
    assert one.only(0.1).whole is result and one.best_arm() == 0.1
    assert torch.equal(one.model(0.1, 1).layers[0].weight, result.model(0.1, 1).layers[0].weight)
    assert len(one.frame()) == len(result.frame()) / 3 and "1 arm" in repr(one)
