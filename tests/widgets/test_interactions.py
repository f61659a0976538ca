"""The interaction explorer without a browser: every box and budget shows its own numbers."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image

from reglab import L2, MLP, SGD, Recipe, sweep
from reglab.plotting.numbers import band
from reglab.widgets import InteractionExplorer

FACTORS = ("dropout", "L2")


def factorial(toy, seeds=range(3), arms=((), ("dropout",), ("L2",), ("dropout", "L2"))):
    recipes = {arm: Recipe(MLP(6, 8, 3, dropout=0.5 * ("dropout" in arm)),
                           techniques=(L2(0.3 * ("L2" in arm)),), optimizer=SGD(lr=0.2), epochs=6,
                           batch_size=10) for arm in arms}
    return sweep(recipes, toy, seeds, workers=1, progress=False)


@pytest.fixture
def result(toy):
    return factorial(toy)


def tick(explorer, on):
    for i, factor in enumerate(FACTORS):
        explorer.controls[f"factor{i}"].value = factor in on


def moving(explorer, kind):
    return [a for a in explorer._live.moving if type(a).__name__ == kind]


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.image.value)))


@pytest.mark.parametrize("on", [(), ("L2",), ("dropout", "L2")])
@pytest.mark.parametrize("place", [0, 5])
def test_shows_the_effects_of_this_company_at_this_budget(result, on, place):
    explorer = InteractionExplorer(result, 5)
    tick(explorer, on)
    explorer.controls["steps"].value = 5 * (place + 1)
    scores = {frozenset(arm): result.curve(arm=arm).numpy() for arm in result.arms}
    curve, cursor, *rest = moving(explorer, "Line2D")
    bars, dots = rest[:2], rest[2:]
    words = {text.get_text() for text in moving(explorer, "Text")}
    assert np.asarray(curve.get_ydata()) == pytest.approx(scores[frozenset(on)].mean(0), rel=1e-5)
    assert cursor.get_xdata()[0] == 5 * (place + 1)
    for factor, bar, dot in zip(FACTORS, bars, dots, strict=True):
        change = scores[frozenset({*on, factor})] - scores[frozenset(on) - {factor}]
        mean, low, high, _ = (values[place] for values in band(change))
        assert dot.get_xdata()[0] == pytest.approx(mean)
        assert list(bar.get_xdata()) == pytest.approx([low, high], nan_ok=True)
        verb = "having" if factor in on else "adding"
        assert f"{verb} {factor} {mean:+.2f}".replace("-", "−") in explorer.sentence
        assert f"{'' if factor in on else 'if added: '}{mean:+.2f}".replace("-", "−") in words
    assert f"{' + '.join(on) or 'no technique'}, {5 * (place + 1)} steps" in words
    assert explorer.sentence in explorer.text.value and 'role="status"' in explorer.text.value


def test_starts_with_all_at_the_longest_budget_or_as_it_is_told(result):
    explorer = InteractionExplorer(result)
    assert [c.value for c in explorer.controls.values()] == [6, True, True]
    explorer = InteractionExplorer(result, 10, start=("L2",), steps=20)
    assert [c.value for c in explorer.controls.values()] == [20, False, True]
    assert explorer.controls["steps"].description == "training steps"
    assert [explorer.controls[f"factor{i}"].description for i in (0, 1)] == list(FACTORS)


def test_a_move_leaves_nothing_of_the_picture_before(result):
    moved = InteractionExplorer(result, start=())
    first = pixels(moved)
    for on, steps in itertools.product([("L2",), ("dropout", "L2"), ()], [1, 4]):
        tick(moved, on)
        moved.controls["steps"].value = steps
        fresh = InteractionExplorer(result, start=on, steps=steps)
        assert (pixels(moved) == pixels(fresh)).all()
        assert (pixels(moved) != first).any()


def test_the_controls_are_all_in_the_box(result):
    explorer = InteractionExplorer(result)
    slider, row, image, text = explorer.box.children
    assert slider is explorer.controls["steps"] and image is explorer.image
    assert list(row.children) == [explorer.controls["factor0"], explorer.controls["factor1"]]
    assert explorer._live.canvas.get_width_height() == (880, 420)


def test_one_seed_is_an_anecdote_without_intervals(toy):
    explorer = InteractionExplorer(factorial(toy, seeds=[0]))
    assert "an anecdote" in explorer.sentence and "[" not in explorer.sentence


def test_moving_asks_nothing_of_the_models(result, monkeypatch):
    explorer = InteractionExplorer(result)
    monkeypatch.setattr(type(result), "model", None)
    monkeypatch.setattr(type(result), "curve", None)
    tick(explorer, ())
    explorer.controls["steps"].value = 2
    assert "after 2 steps" in explorer.sentence


@pytest.mark.parametrize("arms", [((), ("dropout",), ("L2",)), ("none", "L2"), ((),),
                                  ((), ("dropout",), ("L2",), ("L2", "L2"))])
def test_what_is_no_factorial_is_refused(toy, refused, arms):
    with refused("InteractionExplorer.result"):
        InteractionExplorer(factorial(toy, seeds=[0], arms=arms))


def test_a_wrong_start_is_refused(result, refused):
    with refused("InteractionExplorer.start"):
        InteractionExplorer(result, start=("shift",))
    with refused("InteractionExplorer.steps"):
        InteractionExplorer(result, steps=7)
    with refused("InteractionExplorer.steps_per_epoch"):
        InteractionExplorer(result, 0)
