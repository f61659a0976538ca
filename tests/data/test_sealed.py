"""The test part opens through one call, which counts; copies share the count where they should."""

import copy
import pickle
import warnings

import pytest
import torch

from reglab.data import Split, Splits, add_label_noise, mnist1d, standardize
from reglab.data.sealed import AnotherLook, confidence_after


def splits(classes=2):
    part = Split(torch.arange(8.0).reshape(4, 2), torch.tensor([0, 1, 0, 1]))
    return Splits(part, part, part, "toy", classes)


def test_sealed_test_data_cannot_be_read_and_say_the_cure():
    for name in ("x", "y"):
        with pytest.raises(ValueError, match="Splits.test must be opened before it is read; got "
                                             "test=sealed. .* splits.open_test"):
            getattr(splits().test, name)
    assert len(splits().test) == 4 and repr(splits().test) == "SealedSplit(4 examples, not opened)"


def test_parts_keeps_the_seal():
    with pytest.raises(ValueError, match="must be opened"):
        _ = splits().parts()["test"].x


def test_opening_gives_the_data_and_records_why():
    toy = splits()
    assert torch.equal(toy.open_test("tuned against none").x, toy.train.x)
    assert toy.test.looks == ["tuned against none"]
    assert "opened once: tuned against none" in repr(toy)
    assert "opened once: tuned against none" in toy._repr_html_()


def test_reading_what_it_says_about_itself_is_no_look():
    toy = splits()
    repr(toy), toy._repr_html_(), len(toy.test), toy.parts(), repr(toy.test)
    toy.test.same_as(splits().test)
    assert toy.test.looks == []


def test_one_reason_is_one_look():
    toy = splits()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            toy.open_test("planned together")
    assert toy.test.looks == ["planned together"]


def test_a_second_look_warns_and_says_what_it_costs():
    toy = splits()
    toy.open_test("first")
    with pytest.warns(AnotherLook, match="Look 2 at the test data of 'toy', for 'second'; before: "
                                         "'first'. Intervals now get 97.5 % confidence"):
        toy.open_test("second")
    assert len(toy.test.looks) == 2


@pytest.mark.parametrize("reason", ["", "  ", None, 3])
def test_a_look_needs_a_reason(reason):
    with pytest.raises(ValueError, match="open_test.reason must be a few words"):
        splits().open_test(reason)


def test_confidence_is_bonferronis():
    assert [confidence_after(k) for k in (1, 2, 5)] == [0.95, 0.975, 0.99]
    with pytest.raises(ValueError, match="confidence_after.looks"):
        confidence_after(0)


@pytest.mark.parametrize("change", [
    standardize, lambda s: add_label_noise(s, 0.5, seed=0), lambda s: s.to("cpu"), copy.copy])
def test_other_forms_of_the_same_data_share_the_count(change):
    toy = splits()
    other = change(toy)
    other.open_test("first")
    assert toy.test.looks == other.test.looks == ["first"]


@pytest.mark.parametrize("through", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_take_the_count_along(through):
    toy = splits()
    toy.open_test("first")
    other = through(toy)
    assert other.test.looks == ["first"]
    assert torch.equal(other.open_test("first").x, toy.open_test("first").x)


def test_every_draw_has_a_seal_of_its_own():
    one, other = mnist1d(0, n_train=20, n_test=20), mnist1d(1, n_train=20, n_test=20)
    one.open_test("first")
    assert other.test.looks == []


def test_the_same_examples_are_known_without_a_look():
    raw = {"n_train": 20, "n_test": 20, "standardize": False}
    assert mnist1d(0, **raw).test.same_as(mnist1d(1, **raw).test)
    assert mnist1d(0, **raw).test.same_as(mnist1d(1, **raw | {"standardize": True}).test)
    assert not mnist1d(0, **raw).test.same_as(mnist1d(0, **raw | {"n_test": 30}).test)
    one, other = splits(), splits()
    other.test._split.y[0] = 1    # one label, or one pixel
    assert not one.test.same_as(other.test)
    other = splits()
    other.test._split.x[0, 0] = 1.0
    assert not one.test.same_as(other.test)


# In a sweep


def test_a_sweep_counts_one_look_for_all_its_seeds(toy_sweep):
    toy_sweep.test(0.1, reason="planned")
    toy_sweep.test(0.0, reason="planned")
    assert toy_sweep.looks == ["planned"] and toy_sweep.tested == {"planned": [0.1, 0.0]}


def test_each_arm_asked_alone_is_a_look(toy_sweep):
    toy_sweep.test(0.1)
    toy_sweep.test(0.1)    # the same question: the same numbers
    assert len(toy_sweep.looks) == 1
    with pytest.warns(AnotherLook, match="Look 2"):
        toy_sweep.test(0.0)
    with pytest.warns(AnotherLook, match="Look 3"):
        toy_sweep.test(0.0, change=torch.zeros_like)


def test_what_measures_open_is_counted_too(toy_sweep):
    def size(model, splits):
        return len(splits.open_test("how large?").x)

    assert toy_sweep.measure(size, 0.1).tolist() == [60.0] * 3
    assert toy_sweep.looks == ["how large?"]


def test_training_and_choosing_need_no_look(toy_sweep):
    toy_sweep.best_arm(), toy_sweep.curve(), repr(toy_sweep), toy_sweep.only(0.1).final()
    assert toy_sweep.looks == []


def test_choosing_on_test_data_is_refused(toy_sweep):
    with pytest.raises(ValueError, match=r"best_arm.part must be one of \('train', 'validation'\); "
                                         "got part='test'. Whoever chooses on test data"):
        toy_sweep.best_arm(part="test")
    assert toy_sweep.best_arm(part="train") in toy_sweep.arms


def test_splits_given_to_two_sweeps_count_the_looks_of_both(toy):
    from reglab import MLP, Recipe, fit

    data = toy(0)
    small, large = (fit(Recipe(MLP(6, n, 3), epochs=1), data, progress=False) for n in (4, 8))
    small.test()
    with pytest.warns(AnotherLook):
        large.test()


@pytest.fixture
def toy_sweep(toy):
    from reglab import L2, MLP, Recipe, sweep

    recipe = Recipe(MLP(6, 3), epochs=2, batch_size=25)
    return sweep({s: recipe.replace(techniques=(L2(s),)) for s in (0.0, 0.1)}, toy, range(3),
                 progress=False)
