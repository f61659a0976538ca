"""Early stopping against a loop written by hand."""

import math

import pytest
import torch

from reglab import EarlyStopping


def by_hand(curve, patience, min_delta, higher_is_better):
    """As a textbook writes it, for one curve: (best, last, stopped)."""
    best, best_value, waited = 0, None, 0
    for epoch, value in enumerate(curve):
        if higher_is_better:
            improved = best_value is None or value > best_value + min_delta
        else:
            improved = best_value is None or value < best_value - min_delta
        if improved and not math.isnan(value):
            best, best_value, waited = epoch, value, 0
        else:
            waited += 1
        if waited == patience:
            return best, epoch, True
    return best, len(curve) - 1, False


@pytest.mark.parametrize("monitor", ["loss", "score"])
def test_equals_the_loop_on_random_curves(monitor):
    random = torch.Generator().manual_seed(0)
    for trial in range(300):
        patience = 1 + trial % 6
        min_delta = [0.0, 0.125, 0.5][trial % 3]
        # Sixteenths: ties and improvements of exactly min_delta occur, without rounding.
        curves = torch.randint(0, 33, (4, 1 + trial % 23), generator=random) / 16
        if trial % 4 == 0:
            curves[torch.rand(curves.shape, generator=random) < 0.3] = math.nan
        found = EarlyStopping(patience, min_delta, monitor).find(curves)
        for r, curve in enumerate(curves.tolist()):
            expected = by_hand(curve, patience, min_delta, monitor == "score")
            assert tuple(f[r].item() for f in found) == expected, (curve, patience, min_delta)


def test_one_curve_and_many_agree():
    curves = torch.rand(2, 3, 12, generator=torch.Generator().manual_seed(1))
    together = EarlyStopping(patience=2).find(curves)
    alone = EarlyStopping(patience=2).find(curves[1, 2])
    assert [f[1, 2].item() for f in together] == [f.item() for f in alone]
    assert together.best.shape == (2, 3)


def test_what_comes_after_the_stop_does_not_matter():
    curve = torch.tensor([3.0, 2.0, 2.5, 2.6, 0.1])
    best, last, stopped = EarlyStopping(patience=2).find(curve)
    assert (best.item(), last.item(), stopped.item()) == (1, 3, True)


def test_improvements_too_small_to_count_are_not_restored():
    curve = torch.tensor([1.0, 0.95, 0.92, 0.91])
    assert EarlyStopping(patience=9).find(curve).best == 3
    assert EarlyStopping(patience=9, min_delta=0.06).find(curve).best == 2
    assert EarlyStopping(patience=2, min_delta=0.2).find(curve) == (0, 2, True)


def test_a_patience_of_all_evaluations_never_stops():
    rising = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert not EarlyStopping(patience=4).find(rising).stopped
    assert EarlyStopping(patience=3).find(rising).stopped


def test_all_nan_stops_at_the_start():
    best, last, stopped = EarlyStopping(patience=3).find(torch.full((9,), math.nan))
    assert (best.item(), last.item(), stopped.item()) == (0, 2, True)


def test_the_curve_is_left_alone():
    curve = torch.tensor([3.0, 2.0, math.nan])
    EarlyStopping(monitor="score").find(curve)
    assert curve[:2].tolist() == [3.0, 2.0] and curve[2].isnan()


def test_bad_arguments(refused):
    with refused("EarlyStopping.patience"):
        EarlyStopping(patience=0)
    with refused("EarlyStopping.patience", TypeError):
        EarlyStopping(patience=1.5)
    with refused("EarlyStopping.min_delta"):
        EarlyStopping(min_delta=-1.0)
    with refused("EarlyStopping.monitor"):
        EarlyStopping(monitor="accuracy")
    with refused("EarlyStopping.curve"):
        EarlyStopping().find(torch.zeros(3, 0))
