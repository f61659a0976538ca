"""Figures: what they draw is what the result says, and their words say what they draw."""

import functools

import matplotlib
import numpy as np
import pytest
import torch

from reglab import (
    L2,
    MLP,
    SGD,
    EarlyStopping,
    MaxNorm,
    Recipe,
    SoftThreshold,
    data,
    plotting,
    sweep,
)
from reglab.parameters import weights
from reglab.plotting.numbers import band
from reglab.plotting.strengths import place
from reglab.plotting.style import arm_name, swept
from reglab.plotting.weights import zeros_text
from reglab.statistics import Interval, interval

matplotlib.use("agg")
STRENGTHS = [0.0, 0.001, 0.01, 0.1, 0.3]
MOONS = functools.partial(data.two_moons, n_train=30, n_validation=40, n_test=50)
SINE = functools.partial(data.noisy_sine, n_train=12, n_validation=20, n_test=20, degree=2,
                         standardize=False)
RECIPE = Recipe(MLP(2, 8, 2), optimizer=SGD(lr=0.1), epochs=6, batch_size=10)
LINE = Recipe(MLP(2, 8, 1), optimizer=SGD(lr=0.1), epochs=6, batch_size=12)


def run(recipes, task=MOONS, seeds=range(4)):
    return sweep(recipes, task, seeds, workers=1, progress=False)


@pytest.fixture(scope="module")
def strengths():
    return run({s: RECIPE.replace(techniques=(L2(s),)) for s in STRENGTHS})


@pytest.fixture(scope="module")
def named():
    return run({"none": RECIPE, "soft": RECIPE.replace(techniques=(SoftThreshold(0.3),))})


@pytest.fixture(scope="module")
def one_seed():
    return run({"run": RECIPE}, seeds=[3])


@pytest.fixture(scope="module")
def line():
    return run({s: LINE.replace(techniques=(L2(s),)) for s in STRENGTHS}, SINE)


@pytest.fixture(scope="module")
def diverged():
    recipes = {s: RECIPE.replace(techniques=(L2(s),)) for s in (0.0, 0.01, 1e5)}
    return run(recipes)


@pytest.fixture(autouse=True)
def no_figures_left(monkeypatch):
    """No plot may show; every figure is closed."""
    from matplotlib import pyplot

    def show(*args, **kwargs):
        raise AssertionError("a plot called show()")

    monkeypatch.setattr(pyplot, "show", show)
    yield
    pyplot.close("all")


@pytest.fixture
def best_is_inside(strengths, monkeypatch):
    """The choice falls on a strength that is neither the first nor the last."""
    monkeypatch.setattr(strengths, "best_arm", lambda metric="score", arms=None: 0.01)


def line_of(ax, label):
    found = [line for line in ax.lines if line.get_label() == label]
    assert len(found) == 1, (label, [line.get_label() for line in ax.lines])
    return found[0]


def legend_of(ax):
    legend = ax.get_legend()
    texts = [text.get_text() for text in legend.get_texts()]
    return " ".join(legend.get_title().get_text().split()), texts


def test_band_is_the_interval_of_statistics():
    values = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    values[:3, 3], values[1:, 4] = float("nan"), float("inf")
    numbers = band(values)
    for e in range(4):
        column = values[:, e][values[:, e].isfinite()]
        expected = interval(column.tolist())
        found = numbers.mean[e], numbers.low[e], numbers.high[e], numbers.n[e]
        assert found == pytest.approx((expected.mean, expected.low, expected.high, expected.n))
    assert numbers.n[4] == 1 and numbers.mean[4] == pytest.approx(float(values[0, 4]))
    assert np.isnan(numbers.low[4]) and np.isnan(numbers.high[4])


# Curves

def test_the_sentence_tells_where_a_curve_turned(strengths):
    def told(metric, arm):
        return plotting.describe(plotting.plot_curves(strengths, arms=[arm], metric=metric))

    for metric, best in (("loss", torch.argmin), ("score", torch.argmax)):
        for arm in strengths.arms:
            mean = strengths.curve("validation", metric, arm).mean(0)
            turn = int(best(mean))
            inside = turn < len(mean) - 1
            assert ("its best mean" in told(metric, arm)) == inside
            assert not inside or f"{mean[turn]:.3f}, at epoch {turn + 1}" in told(metric, arm)


@pytest.mark.parametrize("metric", ["score", "loss"])
def test_curves_are_means_with_their_intervals(strengths, metric):
    ax = plotting.plot_curves(strengths, arms=[0.01], metric=metric)
    for part, area in zip(("validation", "train"), ax.collections, strict=True):
        curve = strengths.curve(part, metric, 0.01)
        drawn = line_of(ax, part)
        assert drawn.get_xdata() == pytest.approx(strengths.epochs.numpy())
        assert drawn.get_ydata() == pytest.approx(curve.mean(0).numpy(), rel=1e-5)
        edges = area.get_paths()[0].vertices[:, 1]
        for e, values in enumerate(curve.T):
            expected = interval(values.tolist())
            assert edges[e] == pytest.approx(expected.low, rel=1e-5)
            assert edges[2 * len(curve.T) - 1 - e] == pytest.approx(expected.high, rel=1e-5)
    styles = {(li.get_color(), li.get_linestyle(), li.get_marker()) for li in ax.lines}
    assert len(styles) == len({s[0] for s in styles}) == len({s[2] for s in styles}) == 2


def test_the_legend_names_the_band(strengths, one_seed):
    title, texts = legend_of(plotting.plot_curves(strengths, arms=[0.01]))
    assert (title, texts) == ("mean of 4 seeds, 95 % interval", ["validation", "train"])
    ax = plotting.plot_curves(one_seed)
    assert legend_of(ax)[0] == "one seed: an anecdote"
    assert not any(len(area.get_paths()) for area in ax.collections), "a band around one seed"
    assert "one seed, an anecdote" in plotting.describe(ax)


def test_of_many_arms_the_first_the_best_and_the_last_are_shown(strengths, best_is_inside):
    texts = legend_of(plotting.plot_curves(strengths, metric="loss"))[1]
    assert texts[:3] == ["strength 0", "strength 0.01", "strength 0.3"]
    assert texts[-1] == "(3 of 5 arms)"


def test_several_arms_differ_in_color_line_and_marker(named):
    ax = plotting.plot_curves(named)
    looks = [(h.get_color(), h.get_linestyle(), h.get_marker()) for h in
             (line_of(ax, "none"), line_of(ax, "soft"))]
    assert all(a != b for a, b in zip(*looks, strict=True))


def test_after_early_stopping_the_mean_is_over_most_runs():
    rule = EarlyStopping(1, monitor="score")
    result = run({"stop": RECIPE.replace(stopping=rule, epochs=12)}, seeds=range(6))
    curve = result.curve("validation", "score", "stop")
    left = curve.isfinite().sum(0)
    assert 0 < left[-1] < 3 or left[-1] == 0, "the rule should stop most of these runs"
    ax = plotting.plot_curves(result)
    y = np.asarray(line_of(ax, "validation").get_ydata())
    for e, n in enumerate(left):
        if n >= 3:
            assert y[e] == pytest.approx(float(curve[:, e].nanmean()), rel=1e-5)
        else:
            assert np.isnan(y[e]), "a mean of less than half of the runs"
    assert "(of runs still training)" in legend_of(ax)[1]


# Strengths

def test_strengths_are_final_means_and_zero_stands_apart(strengths):
    ax = plotting.plot_strengths(strengths, test=strengths.test())
    assert ax.get_xscale() == "log"
    for part in ("train", "validation"):
        final = strengths.final(part, "score")
        drawn = line_of(ax, part)
        assert drawn.get_xdata() == pytest.approx(STRENGTHS[1:])
        assert drawn.get_ydata() == pytest.approx(final[1:].mean(1).numpy(), rel=1e-5)
    zero = {round(float(c.lines[0].get_ydata()[0]), 5): c for c in ax.containers}
    tick = next(t for t, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
                if label.get_text() == "0")
    assert tick < STRENGTHS[1]
    for part in ("train", "validation"):
        estimate = interval(strengths.final(part, "score", 0.0).tolist())
        container = zero[round(estimate.mean, 5)]
        assert container.lines[0].get_xdata()[0] == pytest.approx(tick)
        bar = container.lines[2][0].get_segments()[0][:, 1]
        assert sorted(bar) == pytest.approx([estimate.low, estimate.high])


def test_ticks_stand_at_the_strengths_where_there_is_room():
    from matplotlib import pyplot

    def ticks(values, inches=8.8):
        figure = pyplot.figure(figsize=(inches, 4.2), dpi=100)
        ax = figure.add_subplot()
        place(ax, np.array(values))
        return [label.get_text() for label in ax.get_xticklabels()]

    assert ticks([0.0, 0.003, 0.02, 0.1]) == ["0", "0.003", "0.02", "0.1"]
    assert ticks([0.0, 0.003, 0.02, 0.1], inches=1) == ["0", "0.01", "0.1"]
    assert ticks([0.01, 0.011, 0.1, 1.0]) == ["0.01", "0.1", "1"]


def test_a_logarithmic_axis_says_so(strengths):
    assert plotting.plot_strengths(strengths).get_xlabel() == "strength of L2 (log)"


def test_strengths_mark_the_choice_and_the_one_test(strengths, best_is_inside):
    best, test = 0.01, strengths.test(0.01)
    ax = plotting.plot_strengths(strengths, test=test)
    label = f"chosen on validation: {best:g}"
    assert legend_of(ax)[1][:3] == ["validation", "train", label]
    assert legend_of(ax)[1][3] == f"test, once: {test.mean():.3f}"
    estimate = interval(test.tolist())
    drawn = next(c for c in ax.containers if c.get_label().startswith("test"))
    assert drawn.lines[0].get_ydata()[0] == pytest.approx(estimate.mean)
    bar = drawn.lines[2][0].get_segments()[0][:, 1]
    assert sorted(bar) == pytest.approx([estimate.low, estimate.high])
    chosen = next(line for line in ax.lines if line.get_label().startswith("chosen"))
    assert list(chosen.get_xdata()) == [best, best] and drawn.lines[0].get_xdata()[0] == best
    sentence = plotting.describe(ax)
    chosen = interval(strengths.final("validation", "score", best).tolist())
    assert f"best at {best:g} with {chosen:.3f}" in sentence
    assert f"test, once: {estimate:.3f}" in sentence


def test_strengths_close_together_stand_on_a_plain_axis():
    result = run({p: RECIPE.replace(techniques=(MaxNorm(p),)) for p in (0.5, 1.0, 2.0)},
                 seeds=[0, 1])
    ax = plotting.plot_strengths(result)
    assert ax.get_xscale() == "linear" and ax.get_xlabel() == "limit of MaxNorm"
    assert line_of(ax, "train").get_xdata() == pytest.approx([0.5, 1.0, 2.0])


def test_an_arm_that_diverged_gets_a_cross_and_no_mean(diverged):
    assert diverged.diverged[2].all() and not diverged.diverged[:2].any()
    ax = plotting.plot_strengths(diverged)
    assert line_of(ax, "a run diverged").get_xdata() == pytest.approx([1e5])
    drawn = line_of(ax, "validation")
    assert np.isfinite(drawn.get_ydata()).tolist() == [True, False]
    assert "a diverged run at 100000" in plotting.describe(ax)


def test_strengths_refuse_names(named, refused):
    with refused("plot_strengths.result", cure="Name the arms after the strength"):
        plotting.plot_strengths(named)


# Weights

def test_weights_are_counted_over_all_seeds(named):
    ax = plotting.plot_weights(named, ["none", "soft"])
    for arm, patch in zip(("none", "soft"), ax.patches, strict=True):
        values = np.concatenate([w.detach().flatten().numpy() for seed in named.seeds for w in
                                 weights(dict(named.model(arm, seed).named_parameters()))])
        assert len(values) == 4 * (16 + 16), "biases counted, or seeds left out"
        counts, edges, _ = patch.get_data()
        assert counts == pytest.approx(np.histogram(values, edges)[0])
        assert edges[0] == -edges[-1] and ((values < edges[0]) | (values > edges[-1])).mean() < 0.02
        zeros = f"{zeros_text(float((values == 0).mean()))} exactly zero"
        assert f"{arm}:\n{zeros}" in legend_of(ax)[1]
        assert zeros in plotting.describe(ax)
    assert "0 % exactly zero" in legend_of(ax)[1][0]
    assert "soft:\n0 %" not in legend_of(ax)[1][1], "the soft threshold should make zeros"
    assert ax.get_yscale() == "log"
    norm = np.mean([np.sqrt(sum(float((w.detach() ** 2).sum()) for w in weights(dict(
        named.model("none", seed).named_parameters())))) for seed in named.seeds])
    assert f"none: norm {norm:.2f}" in plotting.describe(ax)


def test_few_zeros_are_not_called_none():
    assert [zeros_text(s) for s in (0.0, 1e-6, 0.25, 1 - 1e-6, 1.0)] == [
        "0 %", "0.1 %", "25.0 %", "99.9 %", "100 %"]


# Fits

def truth(x):
    return np.sin(2 * np.pi * x)


def test_fit_is_the_mean_prediction_over_seeds(line):
    ax = plotting.plot_fit(line, 0.01, truth=truth, seed=2)
    drawn = line_of(ax, "mean prediction")
    x = np.asarray(drawn.get_xdata())
    grid = torch.tensor(x, dtype=torch.float32).unsqueeze(1)
    inputs = torch.cat([grid, grid ** 2], 1)
    with torch.no_grad():
        outputs = torch.stack([line.model(0.01, s)(inputs).squeeze(1) for s in line.seeds])
    assert drawn.get_ydata() == pytest.approx(outputs.mean(0).numpy(), abs=1e-5)
    edges = ax.collections[0].get_paths()[0].vertices[:, 1]
    expected = interval(outputs[:, 50].tolist())
    assert (edges[50], edges[2 * len(x) - 51]) == pytest.approx((expected.low, expected.high),
                                                               abs=1e-5)
    assert line_of(ax, "prediction of seed 2").get_ydata() == pytest.approx(outputs[2].numpy(),
                                                                            abs=1e-5)
    assert line_of(ax, "true function").get_ydata() == pytest.approx(truth(x), abs=1e-5)
    train = line.splits[2].train
    points = line_of(ax, "training points, seed 2")
    assert points.get_xdata() == pytest.approx(train.x[:, 0].numpy())
    assert points.get_ydata() == pytest.approx(train.y[:, 0].numpy())
    assert f"validation R² {line.final('validation', 'score', 0.01).mean():.2f}" in \
        plotting.describe(ax)


def test_fit_refuses_features_it_cannot_make(strengths, refused):
    task = functools.partial(SINE, standardize=True)
    with refused("plot_fit.features", cure="standardize=False"):
        plotting.plot_fit(run({"run": LINE}, task, seeds=[0]))
    with refused("plot_fit.result", cure=""):
        plotting.plot_fit(strengths)


def test_fit_says_when_x_is_in_units_of_each_seed(line):
    recipe = LINE.replace(model=MLP(1, 4, 1))
    own = run({"run": recipe}, functools.partial(data.noisy_sine, n_train=12), seeds=[0, 1])
    assert plotting.plot_fit(own).get_xlabel() == "x (standardized for each seed)"
    assert plotting.plot_fit(line).get_xlabel() == "x"


# Effects

ROWS = {"clearly better": Interval(0.03, 0.02, 0.04, 10),
        "either": Interval(-0.01, -0.03, 0.01, 10),
        "worse": Interval(-0.02, -0.03, -0.01, 10)}


def test_effects_show_intervals_and_fill_what_excludes_zero():
    ax = plotting.plot_effects(ROWS, smallest=0.005)
    assert [t.get_text() for t in ax.get_yticklabels()] == list(ROWS)
    bars = [li for li in ax.lines if len(li.get_xdata()) == 2 and li.get_ydata()[0] ==
            li.get_ydata()[1]]
    points = [li for li in ax.lines if li.get_marker() == "o"]
    for y, (effect, bar, point) in enumerate(zip(ROWS.values(), bars, points, strict=True)):
        assert list(bar.get_xdata()) == [effect.low, effect.high]
        assert (list(point.get_xdata()), list(point.get_ydata())) == ([effect.mean], [y])
    hollow = [point.get_markerfacecolor() == "white" for point in points]
    assert hollow == [False, True, False]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row stands on top"
    shaded = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (shaded.x0, shaded.x1) == pytest.approx((-0.005, 0.005))
    assert ax.get_title(loc="left") == (
        "2 of 3 effects exclude zero (95 % intervals over 10 seeds)")
    assert ax.get_xlabel() == (
        "difference in accuracy\n(bars: 95 % intervals over 10 seeds; hollow: 0 is inside; "
        "shaded: smaller than 0.005, too small to matter)")
    assert "either: −0.010 [−0.030, +0.010]" in plotting.describe(ax)


def test_effects_say_what_their_intervals_are_over():
    rows = {**ROWS, "of more": Interval(0.02, 0.01, 0.03, 30)}
    ax = plotting.plot_effects(rows, rows_are="choices")
    assert "(bars: 95 % intervals over 10 to 30 choices;" in ax.get_xlabel()
    assert "95 % intervals over 10 to 30 choices:" in plotting.describe(ax)


def test_a_single_seed_excludes_nothing():
    ax = plotting.plot_effects({"one": interval([0.5])})
    assert ax.get_title(loc="left").startswith("0 of 1")
    assert "+0.500 (1 seed, an anecdote)" in plotting.describe(ax)


def test_effects_refuse_plain_numbers(refused):
    with refused("plot_effects.rows", TypeError, "paired_difference"):
        plotting.plot_effects({"a": 0.3})


# All of them

PLOTS = {
    "curves": lambda f, **o: plotting.plot_curves(f("strengths"), **o),
    "curves of two": lambda f, **o: plotting.plot_curves(f("named"), metric="loss", **o),
    "one seed": lambda f, **o: plotting.plot_curves(f("one_seed"), **o),
    "strengths": lambda f, **o: plotting.plot_strengths(f("strengths"), **o),
    "diverged": lambda f, **o: plotting.plot_strengths(f("diverged"), "loss", **o),
    "curves diverged": lambda f, **o: plotting.plot_curves(f("diverged"), metric="loss", **o),
    "weights": lambda f, **o: plotting.plot_weights(f("named"), **o),
    "weights diverged": lambda f, **o: plotting.plot_weights(f("diverged"), [0.0, 1e5], **o),
    "fit": lambda f, **o: plotting.plot_fit(f("line"), truth=truth, **o),
    "effects": lambda f, **o: plotting.plot_effects(ROWS, smallest=0.01, **o),
}


@pytest.fixture(params=PLOTS)
def plot(request):
    return functools.partial(PLOTS[request.param], request.getfixturevalue)


def test_draws_into_the_axes_it_is_given(plot):
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2)
    assert plot(ax=axes[1]) is axes[1]
    assert pyplot.get_fignums() == [figure.number], "a second figure"
    assert not axes[0].has_data() and plotting.describe(axes[0]) == ""
    assert plotting.describe(figure) == plotting.describe(axes[1])


def test_is_legible_and_nothing_is_cut_off(plot):
    ax = plot()
    ax.figure.canvas.draw()
    width, height = ax.figure.get_size_inches()
    box = ax.figure.get_tightbbox()
    assert box.x0 > -0.02 and box.y0 > -0.02 and box.x1 < width + 0.02 and box.y1 < height + 0.02
    texts = [t for t in ax.figure.findobj(matplotlib.text.Text) if t.get_text() and t.get_visible()]
    assert min(t.get_fontsize() for t in texts if "mathdefault" not in t.get_text()) >= 10
    assert ax.get_facecolor() == ax.figure.get_facecolor() == (1, 1, 1, 1)
    assert ax.get_xlabel() and ax.get_title(loc="left")


def test_has_one_sentence_with_numbers(plot):
    sentence = plotting.describe(plot())
    assert sentence.endswith(".") and ". " not in sentence
    assert any(c.isdigit() for c in sentence) and len(sentence.split()) > 8


def test_a_title_of_ones_own(plot):
    assert plot(title="My finding").get_title(loc="left") == "My finding"


def test_curves_sentence_has_the_final_numbers(named):
    sentence = plotting.describe(plotting.plot_curves(named))
    for arm in named.arms:
        for part in ("train", "validation"):
            e = interval(named.final(part, "score", arm).tolist())
            assert f"{e.mean:.3f} [{e.low:.3f}, {e.high:.3f}] on {part}" in sentence


def test_result_plots_its_curves(strengths):
    ax = strengths.plot(arms=[0.1], metric="loss")
    expected = strengths.curve("train", "loss", 0.1).mean(0).numpy()
    assert line_of(ax, "train").get_ydata() == pytest.approx(expected, rel=1e-5)


def test_names_a_person_reads(strengths, named):
    assert [arm_name(a) for a in (0.1, 1e-5, ("SGD", 0.5), "L2")] == [
        "0.1", "1e-05", "SGD, 0.5", "L2"]
    assert (swept(strengths), swept(named)) == ("strength of L2", "arm")


def test_a_swept_buffer_of_a_layer_has_its_name():
    def rates(model):
        arms = {p: Recipe(model(p), epochs=1) for p in (0.0, 0.1, 0.35)}
        return sweep(arms, data.two_moons, [0], workers=1, progress=False)

    assert swept(rates(lambda p: MLP(2, 4, 4, 2, dropout=p))) == "p of Dropout"
    assert swept(rates(lambda p: MLP(2, 4, 4, 2, dropout=0.1))) == "arm"


def test_off_is_labeled_zero_on_a_short_axis():
    """From 0.001 to 0.1 the place of 0 lies close to the first strength."""
    arms = {s: Recipe(MLP(2, 2), techniques=(L2(s),), epochs=1) for s in (0.0, 0.001, 0.01, 0.1)}
    ax = plotting.plot_strengths(sweep(arms, data.two_moons, [0, 1], progress=False))
    ax.figure.canvas.draw()
    assert "0" in [label.get_text() for label in ax.get_xticklabels()]


def test_signals_stand_above_their_class():
    split = data.mnist1d(0).train
    ax = plotting.plot_signals(split, per_class=2)
    assert len(ax.lines) == 2 * 10
    assert [label.get_text() for label in ax.get_yticklabels()] == [str(k) for k in range(10)]
    shift = ax.get_yticks()[3]
    first = split.x[split.y == 3][0, 0].numpy()
    np.testing.assert_allclose(ax.lines[6].get_ydata(), first + shift, rtol=1e-5)
    with pytest.raises(ValueError, match="plot_signals.split must be labeled signals"):
        plotting.plot_signals(data.two_moons(0).train)
