"""Affine warp, flip and cutout with random numbers for each image, by reglab, kornia and
torchvision: ``python -m benchmarks.augmentation``. Tools that are not installed are left out."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from reglab.augmentation import Affine, Cutout
from reglab.devices import one_thread

from .measure import Contender, compare, main, show

BATCH, SIZE, HOLE = 256, 28, 8
REPEATS = 10    # calls timed as one: a single one is too short
Ready = Callable[[], object]


def with_reglab(x: Tensor) -> Ready:
    """One warp for rotation, shift, zoom, shear and flip, then cutout; the draws included."""
    techniques = Affine(rotation=15, translation=2, scale=0.1, shear=10, flip=0.5), Cutout(HOLE)
    generator, y = torch.Generator().manual_seed(0), torch.zeros(len(x), dtype=torch.int64)

    def run() -> Tensor:
        changed = x
        for technique in techniques:
            changed, _ = technique.batch(changed, y, **technique.draw(len(x), generator))
        return changed

    return run


def with_grid_sample(x: Tensor) -> Ready:
    """The floor of any such warp: one ``grid_sample`` of a grid that is ready, nothing else."""
    grid = F.affine_grid(torch.tensor([[[0.96, 0.26, 0.1], [-0.26, 0.96, 0.0]]]).expand(
        len(x), 2, 3), list(x.shape), align_corners=False)
    return lambda: F.grid_sample(x, grid, align_corners=False)


def with_kornia(x: Tensor) -> Ready:
    """kornia's modules, which also draw for each image of a batch."""
    from kornia import augmentation

    transform = torch.nn.Sequential(
        augmentation.RandomAffine(15.0, (2 / SIZE, 2 / SIZE), (0.91, 1.1), 10.0, p=1.0),
        augmentation.RandomHorizontalFlip(p=0.5),
        augmentation.RandomErasing((HOLE**2 / SIZE**2,) * 2, (1.0, 1.0), p=1.0))
    return lambda: transform(x)


def with_torchvision(x: Tensor) -> Ready:
    """torchvision's transforms draw once for what they are given, hence a loop over images."""
    from torchvision.transforms import InterpolationMode, v2

    transform = v2.Compose([
        v2.RandomAffine(15.0, (2 / SIZE, 2 / SIZE), (0.91, 1.1), 10.0,
                        interpolation=InterpolationMode.BILINEAR),
        v2.RandomHorizontalFlip(0.5),
        v2.RandomErasing(1.0, (HOLE**2 / SIZE**2,) * 2, (1.0, 1.0))])
    return lambda: torch.stack([transform(image) for image in x])


def _often(run: Ready, repeats: int) -> None:
    for _ in range(repeats):
        run()


def benchmark(quick: bool = False) -> list[dict]:
    """Per-sample affine warp, flip and cutout of 256 images of 28 × 28 pixels on the CPU."""
    x = torch.rand(BATCH, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    contenders, missing = [], []
    makers = {"reglab": with_reglab, "bare grid_sample": with_grid_sample, "kornia": with_kornia,
              "torchvision, image by image": with_torchvision}
    for name, make in makers.items():
        repeats = 1 if make is with_torchvision else REPEATS
        try:
            run = make(x)
        except Exception as error:    # not installed, or built for another torch
            missing.append({"benchmark": "augmentation", "case": f"256x1x{SIZE}x{SIZE}",
                            "contender": name, "skipped": f"{type(error).__name__}: {error}"})
            continue
        contenders.append(Contender(name, functools.partial(_often, run, repeats),
                                    repeats * BATCH))
    with one_thread():
        rows = compare("augmentation", f"{BATCH}x1x{SIZE}x{SIZE}/affine+flip+cutout", contenders,
                       rounds=3 if quick else 15)
    if missing:
        show(missing)
    return rows + missing


if __name__ == "__main__":
    main(benchmark)
