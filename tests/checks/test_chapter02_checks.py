"""The checks of chapter 02: unusual right answers, planted traps, and a key that training shows.

What holds for every chapter is tested in ``test_every_chapter.py``.
"""

import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from reglab import checks

SOURCE = Path(__file__).resolve().parents[2] / "solutions" / "02_l2_and_weight_decay.py"


@pytest.fixture(scope="module")
def solved():
    """What the solution notebook defines, after running it whole."""
    return runpy.run_path(str(SOURCE))


def test_the_key_of_the_prediction_is_what_the_training_shows(solved):
    none, some, extreme = (solved["measured"][s] for s in (0.0, 0.02, 3.0))
    assert none["zeros"] == some["zeros"] == extreme["zeros"] == 0
    assert some["norm"] < 0.8 * none["norm"]
    assert some["fit"] > 1.2 * none["fit"]
    mean = solved["y"].mean().item()
    assert extreme["lowest"] == pytest.approx(mean, abs=0.01)
    assert extreme["highest"] == pytest.approx(mean, abs=0.01)
    assert abs(mean) > 0.1  # so that the mean and zero are told apart


# Unusual, but right.

def penalty_numpy_scalar(params, strength):
    return np.float32(strength / 2 * sum(np.sum(p.numpy() ** 2) for p in params.values()
                                         if p.ndim > 1))


def penalty_float(params, strength):
    return float(strength / 2 * sum(p.pow(2).sum() for p in params.values() if p.dim() >= 2))


def penalty_loops(params, strength):
    total = 0.0
    for p in params.values():
        if len(p.shape) > 1:
            for number in p.flatten().tolist():
                total += number * number
    return strength * total / 2


def penalty_prints_and_warns(params, strength):
    print("computing …")
    warnings.warn("careful", stacklevel=1)
    return penalty_float(params, strength)


def penalty_in_place_on_copies(params, strength):
    total = torch.zeros(1, dtype=torch.float64)
    for p in params.values():
        if p.ndim >= 2:
            total += p.clone().pow_(2).sum()
    return total.mul_(strength / 2)


def loss_all_at_once(params, batches, strength):
    x, y = (torch.cat(parts).double().numpy() for parts in zip(*batches, strict=True))
    return np.mean((x @ params["weight"].double().numpy().T + params["bias"].numpy() - y) ** 2)


def loss_weighted_means(params, batches, strength):
    total = sum(len(x) for x, _ in batches)
    return sum(torch.nn.functional.mse_loss(
        torch.nn.functional.linear(x, params["weight"], params["bias"]), y) * len(x) / total
        for x, y in batches).item()


def adamw_of_torch(params, gradients, state, lr, strength):
    """torch.optim.AdamW over two parameter groups, its state handed through."""
    leaves = {name: p.clone().requires_grad_() for name, p in params.items()}
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in leaves.values() if p.ndim >= 2], "weight_decay": strength},
         {"params": [p for p in leaves.values() if p.ndim < 2], "weight_decay": 0.0}], lr=lr)
    if "torch" in state:
        optimizer.load_state_dict(state["torch"])
    for name, p in leaves.items():
        p.grad = gradients[name].clone()
    optimizer.step()
    return {name: p.detach() for name, p in leaves.items()}, {"torch": optimizer.state_dict()}


def adamw_decay_first(params, gradients, state, lr, strength):
    """Shrink the old weights, then step from there: the same thing; in float64 and NumPy."""
    new = {}
    state = {"step": state["step"] + 1, "mean": dict(state["mean"]),
             "square": dict(state["square"])}
    for name, p in params.items():
        g = np.asarray(gradients[name], dtype=np.float64)
        m = state["mean"][name] = 0.9 * np.asarray(state["mean"][name]) + 0.1 * g
        v = state["square"][name] = 0.999 * np.asarray(state["square"][name]) + 0.001 * g * g
        old = np.asarray(p, dtype=np.float64)
        old = old * (1 - lr * strength) if old.ndim >= 2 else old
        k = state["step"]
        new[name] = old - lr * (m / (1 - 0.9 ** k)) / (np.sqrt(v / (1 - 0.999 ** k)) + 1e-8)
    return new, state


def compare_seed_by_seed(train, arms, strengths, seeds):
    """Another order of runs, tensors inside, and the chosen runs trained once more."""
    scores = torch.zeros(2, len(strengths), len(seeds))
    for k, seed in reversed(list(enumerate(seeds))):
        for j, strength in enumerate(strengths):
            for i, arm in enumerate(arms):
                scores[i, j, k] = train(arm, np.float64(strength), seed)["validation"]
    best = scores.mean(2).argmax(1).tolist()
    chosen = {arm: strengths[j] for arm, j in zip(arms, best, strict=True)}
    test = [torch.tensor([train(arm, chosen[arm], seed)["test"] for seed in seeds],
                         dtype=torch.float64) for arm in arms]
    return {"differences": test[1] - test[0], "chosen": chosen}


def standardize_numpy(train_x, test_x):
    train_x, test_x = train_x.numpy(), test_x.numpy()
    spread = train_x.std(0)
    spread[spread == 0] = 1
    return [(x - train_x.mean(0)) / spread for x in (train_x, test_x)]


def standardize_epsilon(train_x, test_x):
    spread = train_x.std(0) + 1e-8
    return (train_x - train_x.mean(0)) / spread, (test_x - train_x.mean(0)) / spread


def standardize_sklearn(train_x, test_x):
    from sklearn.preprocessing import StandardScaler
    scaler = StandardScaler().fit(train_x.double())
    return scaler.transform(train_x.double()), scaler.transform(test_x.double())


UNUSUAL = {
    "penalty": [penalty_numpy_scalar, penalty_float, penalty_loops, penalty_prints_and_warns,
                penalty_in_place_on_copies],
    "strength": [{"zeros": "C", "norm": " a", "fit": "b", "extreme": "b"}],
    "validation_loss": [loss_all_at_once, loss_weighted_means],
    "adamw": [adamw_of_torch, adamw_decay_first],
    "comparison": [compare_seed_by_seed],
    "verdicts": [{"tiny": "Not settled", "overlap": "SUPPORTED", "more": "refuted",
                  "best": "not settled", "elsewhere": "not settled "}],
    "standardize": [standardize_numpy, standardize_epsilon, standardize_sklearn],
}


@pytest.mark.parametrize(("name", "answer"), [(n, a) for n, many in UNUSUAL.items() for a in many],
                         ids=lambda v: getattr(v, "__name__", None) or (v if isinstance(v, str)
                                                                        else "dict"))
def test_unusual_but_right_answers_pass(name, answer):
    for seed in range(30):
        result = getattr(checks.chapter02, name).check(answer, seed=seed)
        assert result.correct, result


def test_a_right_value_without_gradient_passes_with_a_remark(solved):
    assert "no gradient" in repr(checks.chapter02.penalty.check(penalty_float))
    assert "no gradient" in repr(checks.chapter02.penalty.check(penalty_numpy_scalar))
    assert "gradient" not in repr(checks.chapter02.penalty.check(solved["l2_penalty"]))


def test_too_few_runs_are_noticed_in_the_log(solved):
    """Right numbers for the wrong reason: knows the best strength without training the others."""
    def lucky(train, arms, strengths, seeds):
        chosen = {arm: strengths[int(train.validation[i].mean(1).argmax())]
                  for i, arm in enumerate(arms)}
        first, second = ([train(arm, chosen[arm], seed)["test"] for seed in seeds] for arm in arms)
        return {"chosen": chosen,
                "differences": [b - a for a, b in zip(first, second, strict=True)]}

    result = checks.chapter02.comparison.check(lucky)
    assert result.status is checks.Status.WRONG
    assert "number of planned runs that L2 got" in result.message


def test_several_wrong_choices_are_all_explained():
    result = checks.chapter02.strength.check(
        {"zeros": "a", "norm": "c", "fit": "b", "extreme": "b"})
    assert result.misconception == "zeros = a; norm = c"
    assert result.message.startswith("2 of 4 right.\nzeros: ") and "\nnorm: " in result.message


def test_planted_scores_lead_each_short_cut_to_another_strength():
    for case in (case for seed in range(50) for case in checks.chapter02.comparison.cases(seed)):
        train = case.args[0]
        for validation, test in zip(train.validation, train.test, strict=True):
            on_average = validation.mean(1).argmax()
            short_cuts = [test.mean(1).argmax(), validation[:, 0].argmax(),
                          validation.max(1).argmax(), 0]
            assert len({on_average, *short_cuts}) == 5
            # far enough ahead for a float32 mean over the seeds to agree
            means = np.sort(validation.mean(1))
            assert means[-1] - means[-2] > 0.01
