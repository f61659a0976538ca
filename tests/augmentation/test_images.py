"""The warps, crops and masks of images, against torch and, where it is installed, kornia."""

import math

import pytest
import torch
import torch.nn.functional as F

from reglab.augmentation import Affine, Cutout, RandomCrop
from reglab.augmentation.images import hole
from reglab.augmentation.randomness import symmetric
from reglab.seeding import generator

ALL = Affine(rotation=30, translation=2, scale=0.4, shear=20, flip=0.5)


def pictures(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(0, "pictures"), dtype=dtype)


def matrices(affine, u):
    """M of p ↦ M (p − t), in pixels, and t: one product of matrices for each image."""
    found = []
    for angle, zoom, shear, coin, across, down in u.double().tolist():
        a, k = math.radians(affine.rotation * angle), math.radians(affine.shear * shear)
        z = (1 + affine.scale) ** zoom
        rotation = torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
        sheared = torch.tensor([[1.0, math.tan(k)], [0.0, 1.0]])
        mirror = torch.diag(torch.tensor([-1.0 if abs(coin) < affine.flip else 1.0, 1.0]))
        forward = rotation @ sheared @ (z * torch.eye(2)) @ mirror
        found.append((torch.linalg.inv(forward.double()),
                      affine.translation * torch.tensor([across, down], dtype=torch.float64)))
    return found


def by_torch(affine, x, u):
    """The same warp by ``affine_grid``, image by image, in its units: −1 … 1 from edge to edge."""
    height, width = x.shape[-2:]
    half = torch.tensor([width, height], dtype=torch.float64) / 2
    theta = torch.stack([torch.cat([m * half / half[:, None], -(m @ t / half)[:, None]], 1)
                         for m, t in matrices(affine, u)])
    grid = F.affine_grid(theta.to(x.dtype), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


@pytest.mark.parametrize("shape", [(9, 1, 8, 8), (9, 3, 6, 10), (9, 2, 7, 5)])
@pytest.mark.parametrize("affine", [
    ALL, Affine(rotation=180), Affine(translation=1.5), Affine(scale=0.5), Affine(shear=40),
    Affine(flip=1.0)], ids=str)
def test_affine_equals_affine_grid_and_grid_sample(affine, shape):
    x, drawn = pictures(*shape), affine.draw(shape[0], generator(1, "test"))
    warped, y = affine.batch(x, torch.arange(shape[0]), **drawn)
    torch.testing.assert_close(warped, by_torch(affine, x, drawn["u"]), rtol=1e-5, atol=1e-5)
    assert torch.equal(y, torch.arange(shape[0]))


def test_affine_equals_kornia():
    geometry = pytest.importorskip("kornia.geometry")
    affine = Affine(rotation=30, translation=2, scale=0.3)
    x, u = pictures(5, 1, 8, 8), affine.draw(5, generator(1, "test"))["u"]
    centers = torch.full((5, 2), 3.5, dtype=x.dtype)    # of 8 pixels, counted from 0
    zoom = ((1 + affine.scale) ** u[:, 1:2]).expand(-1, 2).to(x.dtype)
    forward = geometry.get_affine_matrix2d(2 * u[:, 4:].to(x.dtype), centers, zoom,
                                           30 * u[:, 0].to(x.dtype))
    expected = geometry.warp_affine(x, forward[:, :2], (8, 8), align_corners=True)
    inside = geometry.warp_affine(torch.ones_like(x), forward[:, :2], (8, 8), align_corners=True)
    warped, _ = affine.batch(x, torch.zeros(5, dtype=torch.int64), u=u)
    whole = inside > 0.999    # the two fade differently at the edge
    torch.testing.assert_close(warped[whole], expected[whole], rtol=1e-5, atol=1e-5)
    assert whole.double().mean() > 0.5


def test_quarter_and_half_turns_are_exact():
    x, y = pictures(1, 1, 8, 8), torch.zeros(1, dtype=torch.int64)
    u = torch.zeros(1, 6)
    u[0, 0] = 1
    torch.testing.assert_close(Affine(rotation=180).batch(x, y, u=u)[0], x.flip(-1, -2))
    turned = Affine(rotation=90).batch(x, y, u=u)[0]
    torch.testing.assert_close(turned, x.rot90(-1, (-2, -1)))


def test_a_flip_is_a_flip_and_as_often_as_asked():
    n = 4000
    x = pictures(n, 1, 4, 6)
    affine = Affine(flip=0.3)
    warped, _ = affine.batch(x, torch.zeros(n), **affine.draw(n, generator(0, "flip")))
    flipped = (warped - x.flip(-1)).abs().flatten(1).amax(1) < 1e-9
    same = (warped - x).abs().flatten(1).amax(1) < 1e-9
    assert (flipped | same).all()
    # 4000 coins: four standard deviations
    assert abs(flipped.double().mean() - 0.3) < 4 * math.sqrt(0.21 / n)


def test_shifts_by_whole_pixels_move_pixels():
    x, u = pictures(1, 1, 5, 7), torch.zeros(1, 6)
    u[0, 4], u[0, 5] = 1.0, -0.5
    moved = Affine(translation=2).batch(x, torch.zeros(1), u=u)[0]
    torch.testing.assert_close(moved[..., :4, 2:], x[..., 1:, :-2])
    assert (moved[..., :2].abs() < 1e-12).all() and (moved[..., 4:, :].abs() < 1e-12).all()


def test_every_image_gets_its_own_warp():
    x = pictures(1, 1, 8, 8).expand(20, 1, 8, 8)
    warped, _ = ALL.batch(x, torch.zeros(20), **ALL.draw(20, generator(0, "own")))
    assert len(warped.flatten(1).round(decimals=6).unique(dim=0)) == 20


def test_random_crop_is_pad_and_cut():
    x, crop = pictures(50, 2, 6, 5), RandomCrop(2)
    cut, _ = crop.batch(x, torch.zeros(50), **crop.draw(50, generator(0, "crop")))
    padded = F.pad(x, (2, 2, 2, 2))
    versions = torch.stack([padded[..., i:i + 6, j:j + 5] for i in range(5) for j in range(5)])
    found = (versions == cut).flatten(2).all(2)
    assert found.any(0).all() and found.any(1).sum() > 15    # of 25 places


def test_crop_places_are_equally_likely():
    n, crop = 5000, RandomCrop(1)
    x = torch.zeros(n, 1, 3, 3)
    x[..., 1, 1] = 1
    cut, _ = crop.batch(x, torch.zeros(n), **crop.draw(n, generator(0, "crop")))
    shares = cut.mean(0).flatten().double()
    # 5000 throws of a die with nine sides: four standard deviations
    assert (shares - 1 / 9).abs().max() < 4 * math.sqrt(8 / 81 / n)


@pytest.mark.parametrize("size, area", [(3, 9), (8, 64), (1, 1)])
def test_cutout_takes_a_square_that_may_stick_out(size, area):
    n = 400
    x, cut = torch.ones(n, 3, 20, 16), Cutout(size)
    left, _ = cut.batch(x, torch.zeros(n), **cut.draw(n, generator(0, "cutout")))
    holes = (left == 0)
    assert torch.equal(holes[:, 0], holes[:, 2]), "the same pixels in every channel"
    rows, columns = holes[:, 0].any(2).sum(1), holes[:, 0].any(1).sum(1)
    assert torch.equal(holes[:, 0].sum((1, 2)), rows * columns), "a rectangle"
    assert rows.max() <= size + 1 and columns.max() <= size + 1
    centered = hole(torch.zeros(1, 2), size + size % 2, x[:1])
    assert centered.sum() == (size + size % 2) ** 2
    assert holes.any() and (holes[:, 0].sum((1, 2)) < area).any() or size == 1


@pytest.mark.parametrize("size", [0, 1, 2.5, 4, 30])
def test_cutout_equals_its_formula_pixel_by_pixel(size):
    x, cut = pictures(6, 2, 5, 8), Cutout(size)
    u = cut.draw(6, generator(0, "cutout"))["u"]
    expected = x.clone()
    for n, (down, across) in enumerate(u.double().tolist()):
        a, b = 2.5 * (1 + down), 4 * (1 + across)    # from the upper left corner, in pixels
        for i in range(5):
            for j in range(8):
                if abs(i + 0.5 - a) < size / 2 and abs(j + 0.5 - b) < size / 2:
                    expected[n, :, i, j] = 0
    before = x.clone()
    assert torch.equal(cut.batch(x, torch.zeros(6), u=u)[0], expected)
    assert torch.equal(x, before), "the argument is left alone"


def test_a_seed_gives_the_numbers_that_results_were_recorded_with():
    drawn = symmetric(50, 6, generator=generator(0, "numbers"))
    assert torch.equal(drawn, 2 * torch.rand(50, 6, generator=generator(0, "numbers")) - 1)
    assert drawn.min() < 0 < drawn.max()


def test_the_square_of_cutout_is_uniform_over_the_image():
    n, cut = 6000, Cutout(2)
    x = torch.ones(n, 1, 8, 8)
    left, _ = cut.batch(x, torch.zeros(n), **cut.draw(n, generator(0, "cutout")))
    inner = (left == 0).double().mean(0)[0, 2:-2, 2:-2]
    # a pixel is hit where the center is within one pixel of its own: a share of (2 / 8)²
    assert (inner - 1 / 16).abs().max() < 4.5 * math.sqrt(1 / 16 * 15 / 16 / n)
