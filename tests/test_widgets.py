"""Live figures without a browser: what the slider sets is what the picture holds."""

import base64
import functools
import io

import numpy as np
import pytest
from PIL import Image

from reglab import L2, MLP, SGD, Recipe, data, sweep
from reglab.plotting.numbers import band, histograms
from reglab.statistics import interval
from reglab.widgets import StrengthExplorer
from reglab.widgets.live import LiveFigure

STRENGTHS = [0.0, 0.001, 0.01, 0.1, 1.0]
MOONS = functools.partial(data.two_moons, n_train=30, n_validation=40, n_test=50)
SINE = functools.partial(data.noisy_sine, n_train=12, n_validation=20, n_test=20,
                         standardize=False)
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def run(model, task, strengths=STRENGTHS, seeds=range(3)):
    recipe = Recipe(model, optimizer=SGD(lr=0.1), epochs=6, batch_size=12)
    return sweep({s: recipe.replace(techniques=(L2(s),)) for s in strengths}, task, seeds,
                 workers=1, progress=False)


@pytest.fixture(scope="module")
def moons():
    return run(MLP(2, 8, 2), MOONS)


@pytest.fixture(scope="module")
def line():
    return run(MLP(1, 8, 1), SINE)


@pytest.fixture(params=["moons", "line", "both"])
def explorer(request):
    """Its first panel is a cursor on the scores, a fit of its own, or the fit of another sweep."""
    moons, line = (request.getfixturevalue(name) for name in ("moons", "line"))
    result, fit = {"moons": (moons, None), "line": (line, None), "both": (moons, line)}[
        request.param]
    explorer = StrengthExplorer(result, fit, truth=truth if request.param != "moons" else None)
    return explorer, result


def truth(x):
    return np.sin(2 * np.pi * x)


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.image.value)))


def moving(explorer, kind):
    return [a for a in explorer._live.moving if type(a).__name__ == kind]


@pytest.mark.parametrize("strength", STRENGTHS)
def test_every_strength_shows_its_own_numbers(explorer, strength):
    explorer, result = explorer
    explorer.controls["strength"].value = strength
    lines = {li.get_label(): np.asarray(li.get_ydata()) for li in moving(explorer, "Line2D")}
    for part in ("train", "validation"):
        expected = result.curve(part, "loss", strength).mean(0).numpy()
        assert lines[part] == pytest.approx(expected, rel=1e-5)
    bars, = moving(explorer, "StepPatch")
    expected = histograms(result, result.arms, bins=41)[result.arms.index(strength)].counts
    assert bars.get_data().values == pytest.approx(expected)
    title, = moving(explorer, "Text")
    assert title.get_text() == f"strength of L2: {strength:g}"
    for part in ("train", "validation"):
        e = interval(result.final(part, "score", strength).tolist())
        cell = f"{part} {e.mean:.2f} [{e.low:.2f}, {e.high:.2f}]".replace("-", "−")
        assert cell in explorer.sentence
    assert explorer.sentence.startswith(f"strength of L2 = {strength:g}:")
    assert explorer.sentence in explorer.text.value and 'role="status"' in explorer.text.value


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_the_band_moves_with_the_line(moons, strength):
    explorer = StrengthExplorer(moons)
    explorer.controls["strength"].value = strength
    for part, area in zip(("validation", "train"), moving(explorer, "PolyCollection"), strict=True):
        numbers = band(moons.curve(part, "loss", strength))
        edges = area.get_paths()[0].vertices[:-1, 1]
        assert edges == pytest.approx(np.concatenate([numbers.low, numbers.high[::-1]]), rel=1e-5)


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_the_fit_panel_follows(line, strength):
    explorer = StrengthExplorer(line, truth=truth)
    explorer.controls["strength"].value = strength
    lines = {li.get_label(): li for li in moving(explorer, "Line2D")}
    x = np.asarray(lines["mean prediction"].get_xdata(), dtype=np.float32)
    outputs = np.stack([line.model(strength, seed)(line.splits[0].train.x.new_tensor(x)[:, None])
                        .detach().squeeze(1).numpy() for seed in line.seeds])
    assert lines["mean prediction"].get_ydata() == pytest.approx(outputs.mean(0), abs=1e-5)
    assert lines["prediction of seed 0"].get_ydata() == pytest.approx(outputs[0], abs=1e-5)


def test_the_cursor_stands_at_the_strength(moons):
    explorer = StrengthExplorer(moons)
    cursor = next(li for li in moving(explorer, "Line2D") if li.get_label() == "the slider")
    places = []
    for strength in STRENGTHS:
        explorer.controls["strength"].value = strength
        places.append(cursor.get_xdata()[0])
    assert places[1:] == pytest.approx(STRENGTHS[1:]) and 0 < places[0] < STRENGTHS[1]


def test_starts_at_the_best_and_where_it_is_told(moons):
    assert StrengthExplorer(moons).controls["strength"].value == moons.best_arm()
    assert StrengthExplorer(moons, start=0.1).controls["strength"].value == 0.1


def test_a_move_leaves_nothing_of_the_picture_before(moons, line):
    moved = StrengthExplorer(moons, line, start=0.0)
    first = pixels(moved)
    for strength in (1.0, 0.01):
        moved.controls["strength"].value = strength
        fresh = StrengthExplorer(moons, line, start=strength)
        assert (pixels(moved) == pixels(fresh)).all(), "traces of another strength"
        assert (pixels(moved) != first).any()


def test_thirty_quick_moves_end_on_the_last(moons):
    explorer = StrengthExplorer(moons, start=0.0)
    slider = explorer.controls["strength"]
    for move in range(30):
        slider.index = move % len(STRENGTHS)
    assert slider.value == STRENGTHS[29 % len(STRENGTHS)]
    assert explorer.sentence.startswith(f"strength of L2 = {slider.value:g}:")
    assert (pixels(explorer) == pixels(StrengthExplorer(moons, start=slider.value))).all()


def test_two_explorers_do_not_disturb_each_other(moons):
    one, two = StrengthExplorer(moons, start=0.0), StrengthExplorer(moons, start=0.0)
    before = two.image.value
    one.controls["strength"].value = 1.0
    assert two.image.value == before and two.controls["strength"].value == 0.0
    assert one.image.value != before


def test_moving_trains_and_asks_nothing_of_the_models(moons, monkeypatch):
    explorer = StrengthExplorer(moons, start=0.0)

    def called(*args, **kwargs):
        raise AssertionError("a move must only look up what was computed before")

    for name in ("model", "curve", "final", "measure", "test"):
        monkeypatch.setattr(type(moons), name, called)
    explorer.controls["strength"].value = 1.0
    assert explorer.sentence.startswith("strength of L2 = 1:")


def test_the_page_keeps_a_picture_and_a_sentence_without_a_kernel(explorer):
    explorer, result = explorer
    bundle = explorer._repr_mimebundle_()
    assert bundle[WIDGET_VIEW]["model_id"] == explorer.box.model_id
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert (picture.format, picture.size) == ("PNG", (880, 420))
    assert bundle["text/plain"] == f"StrengthExplorer: {explorer.sentence}"
    assert f"mean of {len(result.seeds)} seeds [95 % interval]" in bundle["text/plain"]
    assert " at 0x" not in bundle["text/plain"]


def test_the_picture_has_a_name_and_does_not_outgrow_the_page(moons):
    image = StrengthExplorer(moons).image
    assert image.tooltip == ("Chart of final accuracy (two_moons), weights (two_moons), "
                             "loss (two_moons); in words below it.")
    assert image.description == "" and "description" in image.keys   # else ipywidgets' view fails
    assert image.layout.max_width == "min(100%, 880px)" and image.layout.height == "auto"


def test_the_slider_is_named_and_moves_by_steps(moons):
    slider = StrengthExplorer(moons).controls["strength"]
    assert slider.description == "strength of L2" and slider.live
    assert list(slider.options) == [(f"{s:g}", s) for s in STRENGTHS]


def test_of_several_sweeps_the_chosen_one_is_shown(moons):
    other = run(MLP(2, 4, 2), MOONS)
    both = StrengthExplorer({"narrow": other, "wide": moons})
    alone = {name: StrengthExplorer(r) for name, r in {"narrow": other, "wide": moons}.items()}
    for name in ("wide", "narrow", "wide"):
        both.controls["which"].value = name
        for strength in STRENGTHS:
            both.controls["strength"].value = alone[name].controls["strength"].value = strength
            assert both.sentence == f"{name}, {alone[name].sentence}"
            wide = [pixels(e)[40:].astype(int) for e in (both, alone[name])]    # below the title
            assert abs(wide[0] - wide[1]).max() == 0


def test_several_sweeps_have_the_same_arms(moons):
    with pytest.raises(ValueError, match="StrengthExplorer.result must be sweeps over the same"):
        StrengthExplorer({"a": moons, "b": run(MLP(2, 4, 2), MOONS, strengths=[0.0, 0.5])})
    with pytest.raises(ValueError, match="StrengthExplorer.result must be at least one sweep"):
        StrengthExplorer({})


def test_no_pyplot_figure_is_left(moons):
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    StrengthExplorer(moons)
    assert pyplot.get_fignums() == before


def test_one_seed_is_called_an_anecdote():
    result = run(MLP(2, 8, 2), MOONS, seeds=[0])
    explorer = StrengthExplorer(result)
    assert "one seed, an anecdote" in explorer.sentence and "[" not in explorer.sentence
    assert not any(len(a.get_paths()) for a in moving(explorer, "PolyCollection"))


def test_a_strength_that_diverged_is_said_to():
    result = run(MLP(2, 8, 2), MOONS, strengths=[0.0, 1e5])
    assert result.diverged[1].all()
    explorer = StrengthExplorer(result, start=1e5)
    assert explorer.sentence == ("strength of L2 = 100000: 3 of 3 runs diverged, "
                                 "so there is no mean.")
    explorer.controls["strength"].value = 0.0
    assert "diverged" not in explorer.sentence and "accuracy train" in explorer.sentence


RATES = [0.0, 0.25, 0.5, 0.9]


@pytest.fixture(scope="module")
def rates():
    recipe = Recipe(MLP(2, 8, 2), optimizer=SGD(lr=0.1), epochs=6, batch_size=12)
    return sweep({p: recipe.replace(model=MLP(2, 8, 8, 2, dropout=p)) for p in RATES}, MOONS,
                 range(3), workers=1, progress=False)


def test_rates_of_dropout_show_masks_with_that_share_dropped(rates):
    explorer = StrengthExplorer(rates, start=0.0)
    assert explorer.controls["strength"].description == "p of Dropout"
    assert "masks" in explorer.image.tooltip and "weights" not in explorer.image.tooltip
    image, = moving(explorer, "AxesImage")
    before = None
    for rate in RATES:
        explorer.controls["strength"].value = rate
        kept = np.asarray(image.get_array()) > 0
        # 320 independent units: four standard deviations of the share
        assert abs(1 - kept.mean() - rate) <= 4 * np.sqrt(rate * (1 - rate) / kept.size)
        if before is not None:
            assert not (kept & ~before).any()    # what is dropped stays dropped
        before = kept


def test_masks_leave_nothing_of_the_picture_before(rates):
    moved = StrengthExplorer(rates, start=0.0)
    moved.controls["strength"].value = 0.5
    assert (pixels(moved) == pixels(StrengthExplorer(rates, start=0.5))).all()


def test_refuses_what_it_cannot_show(moons, line, refused):
    recipe = Recipe(MLP(2, 4, 2), epochs=1)
    named = sweep({"a": recipe, "b": recipe}, MOONS, [0], workers=1, progress=False)
    with refused("StrengthExplorer.result", cure="Name the arms after the strength"):
        StrengthExplorer(named)
    with refused("StrengthExplorer.start"):
        StrengthExplorer(moons, start=0.5)
    with refused("StrengthExplorer.fit"):
        StrengthExplorer(moons, run(MLP(1, 4, 1), SINE, strengths=[0.0, 0.1]))


def test_the_background_holds_nothing_that_moves():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1), dpi=50)
    moving = figure.text(0.1, 0.5, "before")
    figure.text(0.1, 0.8, "stays")
    live = LiveFigure(figure, [moving])

    def ink():
        picture = np.asarray(Image.open(io.BytesIO(live.png())))
        return (picture < 255).any(2).nonzero()[0]

    with_both = ink()
    moving.set_text("")
    without = ink()
    assert without.size and without.max() < 15 < with_both.max()    # only "stays", on top
