"""Mixup, CutMix and label smoothing, by hand and against torch's losses and distributions."""

import pytest
import torch
import torch.nn.functional as F
from scipy import stats

from reglab.augmentation import CutMix, LabelSmoothing, Mixup
from reglab.augmentation.blending import _beta
from reglab.seeding import generator

X = torch.randn(40, 1, 6, 8, generator=generator(0, "x"), dtype=torch.float64)
Y = torch.randint(5, (40,), generator=generator(0, "y"))
HOT = F.one_hot(Y, 5).double()


def test_mixup_blends_inputs_and_labels_in_the_same_shares():
    mixup = Mixup(1.0, classes=5)
    drawn = mixup.draw(40, generator(1, "test"))
    x, y = mixup.batch(X, Y, **drawn)
    for i in range(40):
        share, j = drawn["share"][i].double(), drawn["partner"][i]
        torch.testing.assert_close(x[i], share * X[i] + (1 - share) * X[j])
        torch.testing.assert_close(y[i], share * HOT[i] + (1 - share) * HOT[j])
    assert sorted(drawn["partner"].tolist()) == list(range(40))


def test_the_loss_of_mixup_is_the_mixture_of_losses():
    """As in the published code: λ CE(f(x'), y_i) + (1 − λ) CE(f(x'), y_j)."""
    mixup = Mixup(0.4, classes=5)
    drawn = mixup.draw(40, generator(1, "test"))
    x, y = mixup.batch(X, Y, **drawn)
    outputs = x.flatten(1)[:, :5]
    own = F.cross_entropy(outputs, Y, reduction="none")
    other = F.cross_entropy(outputs, Y[drawn["partner"]], reduction="none")
    share = drawn["share"].double()
    torch.testing.assert_close(F.cross_entropy(outputs, y),
                               (share * own + (1 - share) * other).mean())


@pytest.mark.parametrize("alpha", [0.05, 0.3, 1.0, 4.0])
def test_shares_follow_the_beta_distribution(alpha):
    shares = _beta(alpha, 4000, generator(0, "beta")).double().numpy()
    assert ((shares >= 0) & (shares <= 1)).all()
    # Kolmogorov and Smirnov: the distance exceeds 1.95 / √n once in a thousand times; the float32
    # shares of a tiny alpha pile up at 0 and 1, hence the rounding
    distance = stats.kstest(shares.clip(1e-7, 1 - 1e-7), stats.beta(alpha, alpha).cdf).statistic
    piled = stats.beta(alpha, alpha).cdf(1e-7)
    assert distance < 1.95 / 4000**0.5 + piled
    assert (_beta(0.0, 5, generator(0, "beta")) == 1).all()


def test_cutmix_pastes_a_square_and_shares_the_label_by_area():
    cutmix = CutMix(1.0, classes=5)
    drawn = cutmix.draw(40, generator(1, "test"))
    x, y = cutmix.batch(X, Y, **drawn)
    for i in range(40):
        other = X[drawn["partner"][i]]
        pasted = (x[i] == other) & (x[i] != X[i])
        assert ((x[i] == X[i]) | pasted).all(), "every pixel is from one of the two"
        if drawn["partner"][i] == i:
            continue
        left = 1 - pasted.double().mean()
        torch.testing.assert_close(y[i], left * HOT[i] + (1 - left) * HOT[drawn["partner"][i]])
        rows, columns = pasted[0].any(1).sum(), pasted[0].any(0).sum()
        assert pasted.sum() == rows * columns, "a rectangle"


def test_cutmix_takes_the_area_that_was_drawn_where_the_square_fits():
    x = torch.stack([torch.zeros(1, 100, 100), torch.ones(1, 100, 100)])
    drawn = {"share": torch.tensor([0.75, 0.91]), "partner": torch.tensor([1, 0]),
             "u": torch.zeros(2, 2)}
    _, y = CutMix(1.0, classes=2).batch(x, torch.tensor([0, 1]), **drawn)
    torch.testing.assert_close(y, torch.tensor([[0.75, 0.25], [0.09, 0.91]]), atol=0.01, rtol=0)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5, 1.0])
def test_label_smoothing_equals_that_of_torch(smoothing):
    outputs = torch.randn(40, 5, generator=generator(0, "o"), dtype=torch.float64)
    x, y = LabelSmoothing(smoothing, classes=5).batch(X, Y)
    assert x is X
    torch.testing.assert_close(F.cross_entropy(outputs, y),
                               F.cross_entropy(outputs, Y, label_smoothing=smoothing))


def test_techniques_that_soften_labels_can_follow_each_other():
    x, y = X, Y
    for technique in (LabelSmoothing(0.1, 5), Mixup(1.0, 5), CutMix(1.0, 5)):
        x, y = technique.batch(x, y, **technique.draw(40, generator(0, "chain")))
    torch.testing.assert_close(y.sum(1), torch.ones(40, dtype=torch.float64))
    assert (y >= 0).all() and y.shape == (40, 5)


@pytest.mark.parametrize("make", [lambda k: Mixup(1.0, k), lambda k: CutMix(1.0, k),
                                  lambda k: LabelSmoothing(0.1, k)])
def test_classes_are_checked(make, refused):
    name = type(make(2)).__name__
    with refused(f"{name}.classes"):
        make(1)
    with refused(f"{name}.classes", TypeError):
        make(2.5)
