"""The explorer of the lasso's paths: what the slider sets is what the picture and words hold."""

import io

import numpy as np
import pytest
from PIL import Image

from reglab.statistics import interval
from reglab.widgets import PathExplorer

STRENGTHS = [0.01, 0.1, 1.0]


@pytest.fixture(scope="module")
def numbers():
    random = np.random.default_rng(0)
    truth = np.zeros((4, 10))
    truth[:, [3, 7]] = 1.0, -0.5
    coefficients = random.normal(size=(4, 3, 10))
    coefficients[:, 1, :2] = 0
    coefficients[:, 2] = 0
    coefficients[:, 2, 3] = 0.2
    return {"strengths": STRENGTHS, "coefficients": coefficients, "truth": truth,
            "train": random.random((4, 3)), "validation": np.array([[0.1, 0.6, 0.2]] * 4)}


@pytest.fixture
def explorer(numbers):
    return PathExplorer(**numbers)


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.image.value)))


def moving(explorer, kind):
    return [a for a in explorer._live.moving if type(a).__name__ == kind]


def test_starts_at_the_best_on_validation_and_where_it_is_told(explorer, numbers):
    assert explorer.controls["strength"].value == 0.1
    assert PathExplorer(**numbers, start=1.0).controls["strength"].value == 1.0


@pytest.mark.parametrize("i, strength", list(enumerate(STRENGTHS)))
def test_every_strength_shows_its_own_numbers(explorer, numbers, i, strength):
    explorer.controls["strength"].value = strength
    matters, others = (bar.get_data().values for bar in moving(explorer, "StepPatch"))
    order = [3, 7, 0, 1, 2, 4, 5, 6, 8, 9]    # those that matter come first
    expected = numbers["coefficients"][0, i][order]
    assert matters[:2] == pytest.approx(expected[:2]) and not matters[2:].any()
    assert others[2:] == pytest.approx(expected[2:]) and not others[:2].any()
    assert [line.get_xdata() for line in moving(explorer, "Line2D")] == [[strength] * 2] * 2
    title, = moving(explorer, "Text")
    assert title.get_text() == f"strength of the L1 penalty, α: {strength:g}"


def test_the_words_count_zeros_over_all_seeds(explorer, numbers):
    explorer.controls["strength"].value = 1.0
    assert "of 10 coefficients 9.0 [9.0, 9.0] are exactly zero" in explorer.sentence
    assert "of the 2 that matter 1.0 [1.0, 1.0] are kept, of the others 0.0" in explorer.sentence
    e = interval(numbers["train"][:, 2].tolist())
    assert f"train {e.mean:.2f} [{e.low:.2f}, {e.high:.2f}]".replace("-", "−") in explorer.sentence
    assert "mean of 4 seeds [95 % interval], of which paths and bars show the first" \
        in explorer.sentence
    assert any(t.get_text() == "R²: mean of 4 seeds, 95 % interval"
               for t in explorer._live.figure.texts)
    assert explorer.sentence in explorer.text.value and 'role="status"' in explorer.text.value


def test_one_seed_is_an_anecdote(numbers):
    alone = {k: v if k == "strengths" else v[:1] for k, v in numbers.items()}
    assert "one seed, an anecdote" in PathExplorer(**alone).sentence


def test_moves_change_the_picture_and_leave_no_traces(explorer, numbers):
    first = pixels(explorer)
    for strength in (1.0, 0.01):
        explorer.controls["strength"].value = strength
        assert (pixels(explorer) != first).any()
        assert (pixels(explorer) == pixels(PathExplorer(**numbers, start=strength))).all()
    assert first.shape[:2] == (420, 880)


@pytest.mark.parametrize("change", [{"strengths": [0.1, 0.01, 1.0]}, {"strengths": [0.0, 0.1, 1.0]},
                                    {"strengths": [0.1, 1.0]}, {"start": 0.5}])
def test_what_does_not_fit_is_refused(numbers, change):
    with pytest.raises(ValueError, match="PathExplorer.str|PathExplorer.start"):
        PathExplorer(**(numbers | change))
    with pytest.raises(ValueError, match="PathExplorer.train"):
        PathExplorer(**(numbers | {"train": np.zeros((3, 3))}))
