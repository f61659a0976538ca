"""The explorer of transforms: every place of its controls, without a browser."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from reglab import data, sweep
from reglab.claims import augmentation
from reglab.statistics import interval
from reglab.widgets import TransformExplorer
from reglab.widgets.augmentation import STEPS, TESTED, TRANSFORMS, _changed


@pytest.fixture(scope="module")
def result():
    recipe = augmentation.IMAGES.replace(epochs=20)
    return sweep({"none": recipe}, augmentation.images, range(3), every=20, workers=1,
                 progress=False)


@pytest.fixture(scope="module")
def explorer(result):
    return TransformExplorer(result)


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.image.value)))


def test_first_control_is_a_slider_that_changes_the_picture(explorer):
    name, slider = next(iter(explorer.controls.items()))
    assert name == "strength" and type(slider).__name__ == "Slider"
    seen = set()
    for step in STEPS:
        slider.value = step
        assert pixels(explorer).shape == (420, 880, 3)
        seen.add(explorer.image.value)
    assert len(seen) == len(STEPS)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_at_its_ends(explorer, name):
    explorer.controls["transform"].value = name
    frames = []
    for step in (0, 6):
        explorer.controls["strength"].value = step
        assert explorer.sentence.startswith(f"{name}, strength {step}:")
        assert "mean of 3 seeds [95 % interval]" in explorer.sentence
        assert explorer.sentence in explorer.text.value
        frames.append(explorer.frames[name, step])
    off, most = frames
    rows = np.split(off.digits[~np.isnan(off.digits).all(1)], 3)
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-6)    # off: as they were
    np.testing.assert_allclose(rows[0], rows[2], atol=1e-6)
    assert not np.allclose(np.nan_to_num(off.digits), np.nan_to_num(most.digits), atol=0.05)
    assert not np.allclose(off.photos, most.photos, atol=0.05)


@pytest.mark.parametrize("name", ["rotation", "mixup", "CutMix"])
def test_the_number_is_the_accuracy_on_transformed_validation_data(explorer, result, name):
    scores = []
    for seed in result.seeds:
        part = result.splits[seed].validation
        x, y = _changed(name, 4, part.x[:TESTED], part.y[:TESTED], seed)
        wanted = y if name == "rotation" else y.max(1).indices    # the larger share
        with torch.no_grad():
            found = result.model("none", seed)(x).argmax(1)
        scores.append((found == wanted).double().mean().item())
    estimate = interval(scores)
    cell = f"{estimate.mean:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"
    assert cell in explorer.frames[name, 4].sentence


def test_all_three_panels_follow_the_controls(explorer):
    digits, photos, _, line, point = explorer._live.moving
    seen = set()
    for name, step in (("noise", 5), ("shear", 1), ("mixup", 6)):
        explorer.controls["transform"].value = name
        explorer.controls["strength"].value = step
        frame, scores = explorer.frames[name, step], explorer.scores[name]
        np.testing.assert_array_equal(np.asarray(digits.get_array().filled(np.nan)), frame.digits)
        np.testing.assert_array_equal(np.asarray(photos.get_array()), frame.photos)
        np.testing.assert_array_equal(line.get_ydata(), scores.mean)
        assert point.get_xdata() == [step] and point.get_ydata() == [scores.mean[step]]
        assert len(explorer.ticks) == len(STEPS)
        assert explorer.axis.get_text() == TRANSFORMS[name].label
        seen.add(pixels(explorer)[330:360, -260:].tobytes())    # where the axis has its name
    assert len(seen) == 3, "the name of the axis was not painted anew"


def test_the_axis_tells_strengths_in_their_unit(explorer):
    told = {"rotation": ["0", "10", "20", "45", "90", "135", "180"],
            "shift": ["0", "6", "12", "19", "25", "38", "50"],
            "zoom": ["1", "1.1", "1.2", "1.4", "1.7", "2", "3"]}
    for name, ticks in told.items():
        explorer.controls["transform"].value = name
        assert [text.get_text() for text in explorer.ticks] == ticks


def test_stands_for_itself_on_a_page_without_a_kernel(explorer):
    bundle = explorer._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]) == explorer._live.png()
    assert "TransformExplorer: " in bundle["text/plain"]


def test_one_seed_is_an_anecdote(result):
    recipe = result.recipes["none"]
    one = sweep({"none": recipe}, augmentation.images, [0], every=20, workers=1, progress=False)
    assert "one seed, an anecdote" in TransformExplorer(one).sentence


def test_wants_digits_and_a_transform_it_knows(result, refused):
    from reglab import MLP, Recipe

    other = sweep({"none": Recipe(MLP(2, 2), epochs=1)}, data.two_moons, [0], progress=False)
    with refused("TransformExplorer.result"):
        TransformExplorer(other)
    with refused("TransformExplorer.start"):
        TransformExplorer(result, start="magic")
