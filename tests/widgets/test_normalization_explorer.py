"""Two sliders over rates and starts, without a browser: what they set is what the picture holds."""

import base64
import functools
import io

import numpy as np
import pytest
from PIL import Image
from torch import nn

from reglab import MLP, SGD, Recipe, data, sweep
from reglab.plotting.numbers import band
from reglab.statistics import interval
from reglab.widgets import NormalizationExplorer

RATES, SCALES = [0.1, 1.0, 1e20], [0.5, 2.0]
MOONS = functools.partial(data.two_moons, n_train=30, n_validation=40, n_test=50)
NORMS = {"no norm": None, "batch norm": nn.BatchNorm1d}


def run(norm, seeds=range(3), rates=RATES):
    recipe = Recipe(MLP(2, 8, 8, 2, norm=norm), optimizer=SGD(lr=0.1), epochs=4, batch_size=10)
    return sweep({r: recipe.replace(optimizer=SGD(lr=r)) for r in rates}, MOONS, seeds, workers=1,
                 progress=False)


def starts(norm, seeds=range(3), scales=SCALES):
    return sweep({s: Recipe(MLP(2, 8, 8, 2, norm=norm, init_scale=s), optimizer=SGD(lr=0.1),
                            epochs=2, batch_size=10) for s in scales}, MOONS, seeds, workers=1,
                 progress=False)


@pytest.fixture(scope="module")
def sweeps():
    return ({name: run(norm) for name, norm in NORMS.items()},
            {name: starts(norm) for name, norm in NORMS.items()})


@pytest.fixture
def explorer(sweeps):
    return NormalizationExplorer(*sweeps)


def moving(explorer, kind):
    return [a for a in explorer._live.moving if type(a).__name__ == kind]


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.image.value)))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("rate", RATES)
def test_every_place_shows_its_own_numbers(explorer, sweeps, rate, scale):
    explorer.controls["rate"].value, explorer.controls["scale"].value = rate, scale
    lines = iter(moving(explorer, "Line2D"))
    areas = iter(moving(explorer, "PolyCollection"))
    for results, arm in zip(sweeps, (rate, scale), strict=True):
        for name in NORMS:
            numbers = band(results[name].curve("validation", "score", arm).nan_to_num(0.5))
            line, area = next(lines), next(areas)
            assert line.get_label() == name
            assert line.get_ydata() == pytest.approx(numbers.mean, rel=1e-6)
            assert area.get_paths()[0].vertices[:-1, 1] == pytest.approx(
                np.concatenate([numbers.low, numbers.high[::-1]]), rel=1e-5)
            found = interval(results[name].final(arm=arm).nan_to_num(0.5).tolist())
            cell = f"{name} {found.mean:.2f} [{found.low:.2f}, {found.high:.2f}]"
            assert cell in explorer.sentence.replace("−", "-")
    titles = [text.get_text() for text in moving(explorer, "Text")]
    assert titles == [f"learning rate {rate:.3g}", f"initial weights × {scale:.3g}"]
    assert explorer.sentence in explorer.text.value
    assert explorer.sentence.endswith("mean of 3 seeds [95 % interval].")


def test_a_run_that_diverged_is_named_and_drawn_as_guessing(explorer, sweeps):
    lost = sweeps[0]["no norm"].diverged[RATES.index(1e20)].sum()
    assert lost == 3
    explorer.controls["rate"].value = 1e20
    assert "no norm 0.50 [0.50, 0.50] (3 of 3 runs diverged)" in explorer.sentence
    assert moving(explorer, "Line2D")[0].get_ydata() == pytest.approx(0.5)


def test_starts_at_the_extremes_and_where_it_is_told(sweeps, explorer):
    assert [c.value for c in explorer.controls.values()] == [1e20, 2.0]
    told = NormalizationExplorer(*sweeps, start=(0.1, 0.5))
    assert [c.value for c in told.controls.values()] == [0.1, 0.5]


def test_each_slider_changes_the_picture_and_leaves_no_trace(sweeps):
    moved = NormalizationExplorer(*sweeps, start=(0.1, 0.5))
    for name, value in {"rate": 1.0, "scale": 2.0}.items():
        before = pixels(moved)
        moved.controls[name].value = value
        assert (pixels(moved) != before).any()
    assert (pixels(moved) == pixels(NormalizationExplorer(*sweeps, start=(1.0, 2.0)))).all()


def test_moving_asks_nothing_of_the_results(explorer, sweeps, monkeypatch):
    def called(*args, **kwargs):
        raise AssertionError("a move must only look up what was computed before")

    for name in ("model", "curve", "final", "measure", "test"):
        monkeypatch.setattr(type(sweeps[0]["no norm"]), name, called)
    explorer.controls["rate"].value = 0.1
    assert "learning rate 0.1" in explorer.sentence


def test_the_page_keeps_a_picture_and_a_sentence(explorer):
    bundle = explorer._repr_mimebundle_()
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert (picture.format, picture.size) == ("PNG", (880, 420))
    assert bundle["text/plain"] == f"NormalizationExplorer: {explorer.sentence}"
    assert "no norm and batch norm" in explorer.image.tooltip


def test_the_lines_stay_inside_the_axes(explorer):
    for line in moving(explorer, "Line2D"):
        low, high = line.axes.get_ylim()
        for slider in explorer.controls.values():
            for value in dict(slider.options).values():
                slider.value = value
                y = np.asarray(line.get_ydata())
                assert (low < y).all() and (y < high).all()


def test_one_seed_is_called_an_anecdote():
    explorer = NormalizationExplorer({"batch norm": run(nn.BatchNorm1d, [0])},
                                     {"batch norm": starts(nn.BatchNorm1d, [0])})
    assert "one seed, an anecdote" in explorer.sentence and "[" not in explorer.sentence


def test_refuses_what_it_cannot_show(sweeps, refused):
    rates, scales = sweeps
    with refused("NormalizationExplorer.scales"):
        NormalizationExplorer(rates, {"batch norm": scales["batch norm"]})
    with refused("NormalizationExplorer.rates"):
        NormalizationExplorer({**rates, "batch norm": scales["batch norm"]}, scales)
    with refused("NormalizationExplorer.start"):
        NormalizationExplorer(rates, scales, start=(0.2, 0.5))
