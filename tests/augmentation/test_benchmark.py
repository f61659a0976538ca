"""The benchmark of augmentation runs, and leaves out what is not installed."""

import importlib.util

from benchmarks import augmentation


def test_the_rows_of_the_benchmark(monkeypatch):
    monkeypatch.setattr(augmentation, "BATCH", 4)
    monkeypatch.setattr(augmentation, "REPEATS", 1)
    rows = {row["contender"]: row for row in augmentation.benchmark(quick=True)}
    assert set(rows) == {"reglab", "bare grid_sample", "kornia", "torchvision, image by image"}
    assert rows["reglab"]["ratio_vs_plain"] == 1
    for name in ("kornia", "torchvision"):
        if importlib.util.find_spec(name) is None:
            row = next(row for contender, row in rows.items() if contender.startswith(name))
            assert "ModuleNotFoundError" in row["skipped"]
