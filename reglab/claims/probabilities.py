"""Measures of predicted probabilities, (N, K), against the right classes, (N,)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def accuracy(probabilities: Tensor, y: Tensor) -> float:
    """The share of examples whose likeliest class is the right one; logits do as well."""
    return float((probabilities.argmax(1) == y).double().mean())


def log_loss(probabilities: Tensor, y: Tensor) -> float:
    """Mean −log of the probability given to the right class."""
    return float(F.nll_loss(probabilities.double().clamp_min(1e-12).log(), y))


def calibration_error(probabilities: Tensor, y: Tensor, bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017): |confidence − accuracy|, averaged over bins."""
    confidence, guess = probabilities.double().max(1)
    right = (guess == y).double()
    which = (confidence * bins).long().clamp_max(bins - 1)
    gaps = torch.zeros(bins, dtype=torch.float64).index_add(0, which, confidence - right)
    return float(gaps.abs().sum() / len(y))


def right_above_wrong(probabilities: Tensor, y: Tensor) -> float:
    """AUROC: how often a right answer is more confident than a wrong one (0.5: by chance)."""
    from sklearn.metrics import roc_auc_score

    confidence, guess = probabilities.max(1)
    return float(roc_auc_score((guess == y).numpy(), confidence.numpy()))


MEASURES = {"accuracy": accuracy, "log loss": log_loss, "calibration error": calibration_error,
            "AUROC": right_above_wrong}
