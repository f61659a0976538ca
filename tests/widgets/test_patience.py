"""The slider over patience, without a browser: what it sets is what the picture holds."""

import functools

import numpy as np
import pytest

from reglab import MLP, SGD, EarlyStopping, Recipe, data, sweep
from reglab.statistics import interval
from reglab.widgets import PatienceExplorer

PATIENCES = [1, 3, 12]
NOISY = "30 % wrong"


def run(label_noise, seeds=range(3), patiences=PATIENCES):
    recipe = Recipe(MLP(2, 16, 2), optimizer=SGD(lr=0.5), epochs=12, batch_size=5)
    arms = {(p, k): recipe.replace(stopping=EarlyStopping(p, monitor="score", restore=k))
            for p in patiences for k in (True, False)}
    task = functools.partial(data.two_moons, n_train=20, n_validation=30, n_test=50,
                             label_noise=label_noise)
    return sweep(arms, task, seeds, workers=1, progress=False)


@pytest.fixture(scope="module")
def results():
    return {"none wrong": run(0.0), NOISY: run(0.3)}


@pytest.fixture
def explorer(results):
    return PatienceExplorer(results, reason="a test")


def lines(explorer):
    return {li.get_label(): li for li in explorer._live.moving if type(li).__name__ == "Line2D"}


@pytest.mark.parametrize("restore", [True, False])
@pytest.mark.parametrize("which", ["none wrong", NOISY])
@pytest.mark.parametrize("patience", PATIENCES)
def test_every_place_shows_its_own_numbers(explorer, results, patience, which, restore):
    for name, value in {"patience": patience, "which": which, "restore": restore}.items():
        explorer.controls[name].value = value
    result, arm = results[which], (patience, restore)
    curve = result.curve("validation", "score", (12, False))
    stop = EarlyStopping(patience, monitor="score").find(curve)
    kept = stop.best if restore else stop.last
    shown = lines(explorer)
    assert shown["stops"].get_xdata() == pytest.approx(stop.last.numpy() + 1)
    assert shown["weights kept"].get_xdata() == pytest.approx(kept.numpy() + 1)
    assert shown["weights kept"].get_ydata() == pytest.approx(
        curve.gather(1, kept[:, None]).squeeze(1).numpy())
    test = result.test(arm, reason="a test")
    found = interval(test.tolist())
    assert f"test accuracy {found.mean:.2f} [{found.low:.2f}, {found.high:.2f}]" \
        in explorer.sentence.replace("−", "-")
    assert f"keeps the {'best' if restore else 'last'} weights" in explorer.sentence
    assert explorer.sentence.startswith(f"patience {patience}, {which}:")
    assert explorer.sentence in explorer.text.value


def test_the_kept_weights_are_those_that_training_kept(results):
    """Where the rule says the best is, the engine has restored."""
    for result in results.values():
        for patience in PATIENCES:
            rule = EarlyStopping(patience, monitor="score")
            best = rule.find(result.curve("validation", "score", (12, False))).best
            curve = result.curve("validation", "score", (12, False))
            assert result.final("validation", "score", (patience, True)).tolist() == pytest.approx(
                curve.gather(1, best[:, None]).squeeze(1).tolist())


def test_the_run_part_ends_where_training_stopped(explorer):
    explorer.controls["patience"].value = 3
    parts = {a.get_label(): a.get_segments() for a in explorer._live.moving
             if type(a).__name__ == "LineCollection" and a.get_label() in ("run", "not run")}
    stops = lines(explorer)["stops"].get_xdata()
    assert [part[-1, 0] for part in parts["run"]] == pytest.approx(stops)
    assert [part[0, 0] for part in parts["not run"]] == pytest.approx(stops)
    assert all(part[-1, 0] == 12 for part in parts["not run"])


def test_a_move_changes_the_picture_but_no_axis(explorer):
    first = explorer.image.value
    axes = explorer._live.figure.axes
    limits = [ax.get_ylim() for ax in axes]
    explorer.controls["patience"].value = 12
    assert explorer.image.value != first and [ax.get_ylim() for ax in axes] == limits
    explorer.controls["patience"].value = 1
    assert explorer.image.value == first
    explorer.controls["which"].value = "none wrong"
    assert all(ax.get_ylim() != before for ax, before in zip(axes, limits, strict=True))


def test_the_slider_comes_first_and_starts_where_told(results):
    explorer = PatienceExplorer(results, reason="a test", start=3)
    name, slider = next(iter(explorer.controls.items()))
    assert name == "patience" and slider.value == 3
    assert [value for _, value in slider.options] == PATIENCES
    assert explorer.controls["which"].value == NOISY
    assert explorer._live.canvas.get_width_height() == (880, 420)


def test_one_seed_is_an_anecdote():
    explorer = PatienceExplorer({"one": run(0.3, seeds=[0])}, reason="a test")
    assert "one seed, an anecdote" in explorer.sentence


def test_the_bars_hold_mean_and_interval(explorer):
    explorer.controls["patience"].value = 12
    bars = [li for li in explorer._live.moving if type(li).__name__ == "Line2D"
            and len(li.get_xdata()) == 10]
    for bar, values in zip(bars, (explorer.frames[NOISY, 12, True].test,
                                  explorer.frames[NOISY, 12, True].end), strict=True):
        found = interval(np.asarray(values).tolist())
        assert sorted(set(bar.get_ydata())) == pytest.approx([found.low, found.mean, found.high])


def test_bad_arguments(refused, results):
    with refused("PatienceExplorer.results", TypeError):
        PatienceExplorer({}, reason="a test")
    with refused("PatienceExplorer.results"):
        PatienceExplorer({"a": run(0.3, patiences=[2])}, reason="a test")
    with refused("PatienceExplorer.results"):
        PatienceExplorer({"a": results[NOISY].only((1, True))}, reason="a test")
    with refused("PatienceExplorer.start"):
        PatienceExplorer(results, reason="a test", start=2)
