import pytest
import torch
from sklearn.metrics import log_loss as sklearn_log_loss

from reglab.claims import probabilities

PROBABILITIES = torch.tensor([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.55, 0.45]])
Y = torch.tensor([0, 1, 1, 1])


def test_measures_by_hand():
    assert probabilities.accuracy(PROBABILITIES, Y) == 0.5
    assert probabilities.log_loss(PROBABILITIES, Y) == pytest.approx(
        sklearn_log_loss(Y.numpy(), PROBABILITIES.numpy()), abs=1e-6)
    # two bins [0.5, 1] and below: confidences 0.9 0.6 0.8 0.55, right 1 0 1 0
    assert probabilities.calibration_error(PROBABILITIES, Y, bins=2) == pytest.approx(
        abs((0.9 + 0.6 + 0.8 + 0.55) - 2) / 4, abs=1e-6)
    # a hundred bins: 0.9 and 0.8 right, 0.6 and 0.55 wrong, each in a bin of its own
    assert probabilities.calibration_error(PROBABILITIES, Y, bins=100) == pytest.approx(
        (0.1 + 0.2 + 0.6 + 0.55) / 4, abs=1e-6)
    assert probabilities.right_above_wrong(PROBABILITIES, Y) == 1.0
    # four bins: 0.65 (wrong) lies in the third and 0.8 (right) in the fourth
    apart = torch.tensor([[0.65, 0.35], [0.2, 0.8]])
    assert probabilities.calibration_error(apart, torch.tensor([1, 1]), bins=4) == pytest.approx(
        0.425)
    sure = torch.tensor([[1.0, 0.0], [0.0, 1.0]])    # confidence 1 belongs to the last bin
    assert probabilities.calibration_error(sure, torch.tensor([0, 1])) == 0.0
