# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercises 03: L1 and sparsity
#
# Six exercises, about 55 minutes and 16 points in all. They belong to the notebook *03 L1 and
# sparsity*; do them in any order.
#
# Replace `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it.
# A check tries your function on fresh random inputs. It looks at what the function does, not at how
# it is written, and you may run it as often as you like. The hints and a solution are folded
# underneath.

# %%
import numpy as np
import torch

from reglab import checks

# %% [markdown]
# ## Exercise 3.1 — Write the soft threshold
#
# *code · difficulty 1 of 3 · 5 minutes · 2 points*
#
# The proximal step of L1 moves each weight toward zero by the threshold, and stops at zero.


# %%
def soft_threshold(w, threshold):
    """The proximal step of L1.

    w: tensor of any shape
    threshold: a number >= 0 (in training it is the learning rate times λ)
    returns: tensor of the shape of w
    """
    ### BEGIN SOLUTION
    return w.sign() * (w.abs() - threshold).clamp(min=0)
    ### END SOLUTION


# %%
checks.chapter03.threshold.check(soft_threshold)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Take the size and the sign of each weight apart. What happens to the size if it is larger than the
# threshold, and what if it is smaller?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The size is `w.abs() - threshold`, but never below zero: `.clamp(min=0)`. Give it back the sign of
# w.
#
# </details>

# %% [markdown]
# ## Exercise 3.2 — Predict what the penalty does
#
# *predict · difficulty 2 of 3 · 10 minutes · 2 points*
#
# Linear regression with an L1 penalty, λ·Σ|w|. Answer before you scroll on.
#
# **zeros** — After a thousand small steps along the gradient of loss plus λ·Σ|w| (no proximal
# step), the number of weights that are exactly zero is
#
# - a: zero
# - b: about the number of features that do not matter
# - c: all of them, if λ is large enough
#
# **when** — The lasso keeps a weight at exactly zero when
#
# - a: its feature has nothing to do with the target
# - b: the slope of the loss there is at most λ in size
# - c: its least-squares value is below λ
#
# **twins** — Two columns of the table are equal, and useful. The sum of their two coefficients is
# 1. For the lasso, sharing it as 0.5 + 0.5, against 1 + 0, costs
#
# - a: less
# - b: the same
# - c: more
#
# **units** — A feature is now written in millimeters instead of meters, and nothing is
# standardized. Keeping it in the model, with the same predictions, becomes
#
# - a: cheaper
# - b: neither cheaper nor dearer
# - c: dearer


# %%
def predictions():
    """Return a dict with one letter for each of "zeros", "when", "twins" and "units"."""
    ### BEGIN SOLUTION
    return {"zeros": "a", "when": "b", "twins": "b", "units": "a"}
    ### END SOLUTION


# %%
checks.chapter03.sparsity.check(predictions)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Write down the price of a weight, λ|w|, and its slope on both sides of zero. What does a step do
# that starts at a tiny w?
#
# </details>
# <details><summary>Hint 2</summary>
#
# At zero the penalty can resist any slope between −λ and λ. For the last two, compute the price
# before and after.
#
# </details>

# %% [markdown]
# Do not take the check's word for it: here it is measured.

# %%
from sklearn.linear_model import Lasso

random = np.random.default_rng(0)
x = random.standard_normal((50, 8))
y = x[:, 0] + 0.3 * x[:, 1] + 0.2 * random.standard_normal(50)
strength, w = 0.15, torch.full((8,), 0.01, dtype=torch.float64)
features, target = torch.tensor(x), torch.tensor(y)
for _ in range(1000):
    w = w - 0.03 * (features.T @ (features @ w - target) / 50 + strength * w.sign())
lasso = Lasso(strength, fit_intercept=False, tol=1e-10, max_iter=100_000).fit(x, y)
slopes = np.abs(x.T @ (x @ lasso.coef_ - y) / 50)

# %%
far = x.copy()
far[:, 2] *= 1000    # in millimeters
in_meters, in_millimeters = (
    Lasso(0.001, fit_intercept=False, tol=1e-10, max_iter=100_000).fit(part, y + 0.05 * x[:, 2])
    for part in (x, far))
twins = Lasso(strength, fit_intercept=False).fit(x[:, [0, 0, 1, 2]], y).coef_[:2]
measured = {
    "zeros by subgradient": int((w == 0).sum()),
    "zeros of the lasso": int((lasso.coef_ == 0).sum()),
    "steepest slope at a zero / λ": slopes[lasso.coef_ == 0].max() / strength,
    "price of twins, shared / as found": 2 * abs(twins.mean()) / np.abs(twins).sum(),
    "price in mm / in m": abs(in_millimeters.coef_[2] / in_meters.coef_[2])}

# %% tags=["nbval-ignore-output"]
for name, value in measured.items():
    print(f"{name:34} {value:.3f}")

# %% [markdown]
# ## Exercise 3.3 — Spot the bugs in a proximal step
#
# *spot the bug · difficulty 2 of 3 · 10 minutes · 3 points*
#
# One step of gradient descent, then the proximal step of λ·Σ|w| on the weights. Whoever halves the
# learning rate of this version gets more zeros, and with a few halvings nothing else. There are
# **two** bugs.


# %%
def flawed_step(params, grads, lr, strength):
    new = {}
    for name, p in params.items():
        p = p - lr * grads[name]
        new[name] = p.sign() * (p.abs() - strength).clamp(min=0)
    return new


# %% [markdown]
# Write the repaired function.


# %%
def proximal_step(params, grads, lr, strength):
    """A gradient step on the loss, then the proximal step of the L1 penalty.

    params: dict of tensors, weights with two dimensions and biases with one
    grads: dict of the gradients of the loss, without a penalty
    lr, strength: the learning rate and λ
    returns: dict of new tensors
    """
    ### BEGIN SOLUTION
    new = {name: p - lr * grads[name] for name, p in params.items()}
    return {name: p.sign() * (p.abs() - lr * strength).clamp(min=0) if p.ndim >= 2 else p
            for name, p in new.items()}
    ### END SOLUTION


# %%
checks.chapter03.step.check(proximal_step)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Halve the learning rate: the pull of the loss is halved. What happens to the pull of the penalty?
# And which parameters does a penalty leave alone in this course?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The threshold is `lr * strength`. Parameters with `ndim < 2` are biases: they get the gradient
# step and no threshold.
#
# </details>

# %% [markdown]
# ## Exercise 3.4 — Score a selection
#
# *code · difficulty 1 of 3 · 5 minutes · 2 points*
#
# A feature is *kept* if its coefficient is not zero, and it *matters* if its true coefficient is
# not zero. Compute precision and recall.


# %%
def selection_scores(coefficients, truth):
    """Precision and recall of the features kept.

    coefficients, truth: tensors (D,); at least one feature matters
    returns: dict with the numbers "precision" (1.0 if nothing is kept) and "recall"
    """
    ### BEGIN SOLUTION
    kept, matters = coefficients != 0, truth != 0
    hits = (kept & matters).sum().item()
    precision = hits / kept.sum().item() if kept.any() else 1.0
    return {"precision": precision, "recall": hits / matters.sum().item()}
    ### END SOLUTION


# %%
checks.chapter03.scores.check(selection_scores)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two sets: the features kept, and those that matter. What they share is divided by the size of one
# of them for precision, of the other for recall. Which is which?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `kept = coefficients != 0`, `matters = truth != 0`, `hits = (kept & matters).sum()`. Precision is
# hits over kept, recall hits over matters.
#
# </details>

# %% [markdown]
# ## Exercise 3.5 — Choose features that can be relied upon
#
# *design · difficulty 3 of 3 · 15 minutes · 4 points*
#
# A colleague has one list of features, from one lasso on one sample. Do better: choose the features
# that are kept in at least a given share of the resamples (stability selection, Meinshausen and
# Bühlmann 2010). `fit(rows)` fits a lasso to these rows of the table and returns its coefficients;
# the resamples are drawn for you.


# %%
def reliable_features(fit, resamples, share):
    """The features that enough resamples keep.

    fit: a function from the rows of a resample to coefficients (D,); zero means dropped
    resamples: list of tuples of row numbers
    share: a number in (0, 1]; at least this share of the resamples must keep a feature
    returns: list of feature numbers
    """
    ### BEGIN SOLUTION
    kept = np.array([fit(rows) for rows in resamples]) != 0
    return np.flatnonzero(kept.mean(0) >= share - 1e-9).tolist()
    ### END SOLUTION


# %%
checks.chapter03.reliable.check(reliable_features)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Fit once for each resample. What do you want to know about each feature: how large its coefficient
# is, or how often it is there?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Count for each feature in how many of the fits its coefficient is not zero, divide by the number
# of resamples, and compare with `share`: at least.
#
# </details>

# %% [markdown]
# ## Exercise 3.6 — Read a table of selections
#
# *read a result · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Three linear models, each tuned on validation data, on two kinds of data with 100 features, A and
# B, with 20 seeds, paired. *Similarity* is the share of features that two resamples both keep, of
# those that either keeps. In brackets are 95 % intervals. The numbers are made up for this
# exercise, in the shape of those you meet in the chapter.
#
# | data | model | test R² | features kept | similarity | R² minus the lasso's, paired |
# |---|---|---|---|---|---|
# | A | lasso | 0.61 | 31 | 0.42 [0.39, 0.45] | |
# | A | elastic net | 0.60 | 38 | 0.44 [0.41, 0.47] | −0.01 [−0.02, 0.00] |
# | A | ridge | 0.35 | 100 | 1.00 | −0.26 [−0.29, −0.23] |
# | B | lasso | 0.52 | 12 | 0.21 [0.17, 0.25] | |
# | B | elastic net | 0.53 | 26 | 0.36 [0.32, 0.40] | 0.01 [−0.01, 0.03] |
# | B | ridge | 0.50 | 100 | 1.00 | −0.02 [−0.03, −0.01] |
#
# What does the table say to each of these statements: `"supported"`, `"refuted"` or
# `"not settled"`? (The intervals shown decide here, not the wider ones of the chapters.)
#
# - **sparse** — On A, the lasso predicts better than ridge.
# - **list** — Ridge gives the more reliable list of features: its similarity is 1.
# - **net** — On B, the elastic net predicts better than the lasso.
# - **again** — On B, two resamples agree more with the elastic net than with the lasso.
# - **causes** — The 12 features that the lasso keeps on B are those that matter.


# %%
def verdicts():
    """Return a dict with a verdict for "sparse", "list", "net", "again" and "causes"."""
    ### BEGIN SOLUTION
    return {"sparse": "supported", "list": "refuted", "net": "not settled",
            "again": "supported", "causes": "not settled"}
    ### END SOLUTION


# %%
checks.chapter03.verdicts.check(verdicts)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# For **list**: what is a list of all 100 features worth, however stable it is?
#
# </details>
# <details><summary>Hint 2</summary>
#
# An interval of a difference that contains 0 does not settle which is better, and a table speaks
# only about what is in its columns.
#
# </details>

# %% [markdown]
# ## Sources
#
# - Tibshirani (1996), *Regression Shrinkage and Selection via the Lasso*, Journal of the Royal
#   Statistical Society B 58.
# - Parikh and Boyd (2014), *Proximal Algorithms*, Foundations and Trends in Optimization 1.
# - Meinshausen and Bühlmann (2010), *Stability Selection*, Journal of the Royal Statistical
#   Society B 72.
