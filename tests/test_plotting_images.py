"""Rows of pictures: what stands where, and in which colors."""

import numpy as np
import pytest
import torch
from matplotlib import pyplot

from reglab import data
from reglab.plotting import describe, plot_images
from reglab.plotting.images import mosaic


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def test_every_picture_stands_in_its_place():
    rows = {"first": torch.rand(3, 1, 4, 5), "second": torch.rand(3, 1, 4, 5)}
    ax = plot_images(rows, title="Two rows")
    picture = ax.images[0].get_array().filled(np.nan)
    assert picture.shape == (2 * 4 + 1, 3 * 5 + 2)
    for i, images in enumerate(rows.values()):
        for j in range(3):
            found = picture[5 * i:5 * i + 4, 6 * j:6 * j + 5]
            np.testing.assert_allclose(found, images[j, 0].numpy())
    assert np.isnan(picture[4]).all() and np.isnan(picture[:, 5]).all()
    assert [t.get_text() for t in ax.get_yticklabels()] == ["first", "second"]
    assert list(ax.get_yticks()) == [1.5, 6.5]
    assert ax.get_title("left") == "Two rows" and "first; second" in describe(ax)
    assert not ax.get_xticks().size
    named = plot_images(rows, title="Two rows", columns=[7, 8, 9])
    assert list(named.get_xticks()) == [2, 8, 14]
    assert [t.get_text() for t in named.get_xticklabels()] == ["7", "8", "9"]


def test_columns_are_named_all_or_none():
    with pytest.raises(ValueError, match="one for each of 2 pictures, or none"):
        plot_images({"one": torch.zeros(2, 1, 1, 1)}, title="", columns=[1])


def test_gray_is_on_the_scale_of_the_first_row():
    ax = plot_images({"as it is": torch.tensor([0.0, 2.0]).reshape(1, 1, 1, 2),
                      "noisy": torch.tensor([-9.0, 9.0]).reshape(1, 1, 1, 2)}, title="")
    assert ax.images[0].get_clim() == (0, 2)


def test_color_stays_in_range():
    picture = mosaic([torch.tensor([-1.0, 0.5, 2.0]).reshape(1, 3, 1, 1)])
    np.testing.assert_allclose(picture, [[[0, 0.5, 1]]])


def test_rows_must_fit_together(refused):
    with refused("plot_images.rows"):
        plot_images({"a": torch.zeros(2, 1, 4, 4), "b": torch.zeros(3, 1, 4, 4)}, title="")
    with refused("plot_images.rows"):
        plot_images({"a": torch.zeros(2, 2, 4, 4)}, title="")


def test_photos_are_squares_in_color(refused):
    photos = data.photos(32)
    assert photos.shape == (2, 3, 32, 32) and 0 <= photos.min() < 0.2 < 0.8 < photos.max() <= 1
    # averaging down twice is averaging down once
    torch.testing.assert_close(torch.nn.functional.avg_pool2d(data.photos(64), 2), photos,
                               atol=0.05, rtol=0)
    with refused("photos.size"):
        data.photos(428)
    with refused("photos.size", TypeError):
        data.photos(32.5)
