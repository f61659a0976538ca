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
# # Exercises 01: measuring generalization and overfitting
#
# Six exercises, about 60 minutes and 17 points in all. They belong to the notebook *01 Measuring
# generalization and overfitting*; do them in any order.
#
# Replace `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it.
# A check tries your function on fresh random inputs. It looks at what the function does, not at how
# it is written, and you may run it as often as you like. The hints and a solution are folded
# underneath.

# %%
import torch

from reglab import checks

# %% [markdown]
# ## Exercise 1.1 — Compare two arms
#
# *code · difficulty 1 of 3 · 10 minutes · 2 points*
#
# Two recipes were run with the same seeds, so their scores come in pairs. Give the mean effect and
# its standard error, which is the standard deviation of the mean. Half a 95 % interval is about two
# of them.


# %%
def paired_effect(treatment, control):
    """The mean of treatment − control over the seeds, and its standard error.

    treatment, control: tensors (S,), the scores of the same seeds in the same order
    returns: two numbers
    """
    ### BEGIN SOLUTION
    d = treatment - control
    return d.mean(), d.std() / len(d) ** 0.5
    ### END SOLUTION


# %%
checks.chapter01.paired.check(paired_effect)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The runs come in pairs. What does each seed say about the effect? Reduce the two lists to one list
# of differences first.
#
# </details>
# <details><summary>Hint 2</summary>
#
# With `d = treatment - control`: the mean of d, and `d.std() / len(d) ** 0.5`.
#
# </details>

# %% [markdown]
# ## Exercise 1.2 — Predict how far a score can be trusted
#
# *predict · difficulty 1 of 3 · 5 minutes · 2 points*
#
# Answer before you scroll on. A network is right on half of all examples of some problem. It is
# measured on 100 validation examples.
#
# **size** — The standard deviation of the measured accuracy is about
#
# - a: half a point
# - b: five points
# - c: zero, as the network is fixed
#
# Twenty such networks differ only by their seed. The one with the highest accuracy on those 100
# validation examples is kept.
#
# **best** — Its accuracy on a large test set will, most likely, be
#
# - a: lower, near the mean of all twenty
# - b: about as high as on the validation set
# - c: higher, as test sets are larger
#
# Now two recipes are compared.
#
# **fixed** — If all runs use seed 0, the result is
#
# - a: free of luck
# - b: wrong
# - c: reproducible, with the luck of seed 0 in it
#
# **seeds** — With forty paired seeds instead of ten, the interval of the mean effect is
#
# - a: as wide as before
# - b: about half as wide
# - c: about a quarter as wide


# %%
def predictions():
    """Return a dict with one letter for each of "size", "best", "fixed" and "seeds"."""
    ### BEGIN SOLUTION
    return {"size": "b", "best": "a", "fixed": "c", "seeds": "b"}
    ### END SOLUTION


# %%
checks.chapter01.luck.check(predictions)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# What would be different if somebody repeated the measurement: the examples, the seeds, the choice?
#
# </details>
# <details><summary>Hint 2</summary>
#
# √(a(1 − a)/n) for examples, s/√S for seeds. And what was chosen for its luck is unlikely to have
# it again.
#
# </details>

# %% [markdown]
# Do not take the check's word for it. Here are coins in place of networks: twenty of them, measured
# on 100 examples each, a thousand times over.

# %%
coins = torch.rand(1000, 20, 100, generator=torch.Generator().manual_seed(0)) < 0.5
scores = coins.double().mean(2)
measured = {"spread of a score": scores[:, 0].std().item(),
            "best of twenty": scores.amax(1).mean().item(),
            "interval, 10 to 40": (40 / 10) ** -0.5}
for name, value in measured.items():
    print(f"{name:20} {value:.2f}")

# %% [markdown]
# ## Exercise 1.3 — Spot the flattery in a report
#
# *spot the bug · difficulty 2 of 3 · 10 minutes · 3 points*
#
# A recipe was run with several seeds. After each epoch, the accuracy on validation and on test data
# was written down. Each run keeps the weights of its own best epoch **on validation data**. The
# report shall say how well the recipe does on test data. This function flatters it, in **two**
# ways.


# %%
def flattering_report(validation, test):
    best_epochs = test.max(dim=1).values
    return best_epochs.max()


# %% [markdown]
# Write the honest one.


# %%
def honest_report(validation, test):
    """The mean test score over seeds, each run at its own best epoch on validation data.

    validation, test: tensors (S, E), seeds × epochs
    returns: a number
    """
    ### BEGIN SOLUTION
    best = validation.argmax(1)
    return test[torch.arange(len(test)), best].mean()
    ### END SOLUTION


# %%
checks.chapter01.report.check(honest_report)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which data choose the epoch in this code? And how many of the runs does the reported number speak
# of?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `validation.argmax(1)` has the epoch of each run. Pick its test score with `gather` or a loop,
# then take the mean over runs.
#
# </details>

# %% [markdown]
# ## Exercise 1.4 — Split the error
#
# *code · difficulty 2 of 3 · 10 minutes · 3 points*
#
# A model was trained on S training sets, and each of the S results predicted the same N numbers.
# Split the mean squared error of all these predictions into variance and squared bias, so that the
# two add up to it exactly.


# %%
def split_error(predictions, y):
    """Variance and squared bias, each a mean over the examples.

    predictions: tensor (S, N), training sets × examples
    y: tensor (N,), the true values
    returns: two numbers, the variance and the squared bias
    """
    ### BEGIN SOLUTION
    mean = predictions.mean(0)
    return ((predictions - mean) ** 2).mean(), ((mean - y) ** 2).mean()
    ### END SOLUTION


# %%
checks.chapter01.decomposition.check(split_error)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# For each example there is a column of predictions, one from each training set. What is its mean,
# and how far are the others from that mean?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `mean = predictions.mean(0)`; the variance is `((predictions - mean) ** 2).mean()`, and the
# squared bias `((mean - y) ** 2).mean()`.
#
# </details>

# %% [markdown]
# ## Exercise 1.5 — Choose and report
#
# *design · difficulty 3 of 3 · 15 minutes · 4 points*
#
# You are handed forty trained models and 400 labeled examples that none of them has seen: a table
# that says which model gets which example right. Find the best model, **and** say honestly how
# accurate it is. There are no other data.
#
# The check hands you 80 such tables. In half of them all models toss coins; in the others one model
# is good. On average, your reports have to be right in both.
# `checks.chapter01.right_answers(0, good=True)` gives you a table to try your function on.


# %%
def choose_and_report(right):
    """The best of the models, and an honest estimate of its accuracy.

    right: tensor (40, 400) of True and False, models × examples
    returns: the place of the chosen model, 0 to 39, and its accuracy, a share
    """
    ### BEGIN SOLUTION
    choose, report = right[:, :200].double(), right[:, 200:].double()
    best = int(choose.mean(1).argmax())
    return best, report[best].mean()
    ### END SOLUTION


# %%
checks.chapter01.choosing.check(choose_and_report)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which examples did the choosing? The same ones must not do the reporting. How would you divide 400
# examples between the two jobs?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Take the model that is best on the first 200 examples, and report its accuracy on the other 200.
#
# </details>

# %% [markdown]
# ## Exercise 1.6 — Read a table of gaps
#
# *read a result · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Four arms, ten paired seeds each, test data opened once. In brackets are 95 % intervals; those of
# differences are of paired ones. The numbers are made up for this exercise, in the shape of those
# you meet in the chapter.
#
# | arm | training accuracy (%) | test accuracy (%) | test loss | difference in test accuracy |
# |---|---|---|---|---|
# | A: width 16 | 71 | 40.2 | 1.72 [1.66, 1.78] | |
# | B: width 64 | 98 | 43.9 | 2.61 [2.50, 2.72] | B − A: 3.7 [2.6, 4.8] |
# | C: width 256 | 100 | 44.1 | 3.10 [2.98, 3.22] | C − B: 0.2 [−0.9, 1.3] |
# | D: width 256, L2 | 92 | 52.3 | 1.58 [1.53, 1.63] | D − C: 8.2 [7.1, 9.3] |
#
# What does the table say to each of these statements: `"supported"`, `"refuted"` or
# `"not settled"`? (The intervals shown decide here, not the wider ones of the chapters.)
#
# - **gap** — The larger the gap between training and test accuracy, the lower the test accuracy.
# - **wider** — C is more accurate than B.
# - **harm** — C is overfitted, in the sense that something more regular does better.
# - **loss** — By its test loss, C is better than A.
# - **data** — With ten times the data, L2 would not be needed.


# %%
def verdicts():
    """Return a dict with a verdict for "gap", "wider", "harm", "loss" and "data"."""
    ### BEGIN SOLUTION
    return {"gap": "refuted", "wider": "not settled", "harm": "supported", "loss": "refuted",
            "data": "not settled"}
    ### END SOLUTION


# %%
checks.chapter01.verdicts.check(verdicts)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A gap is a difference of two columns; harm is a comparison with something better. Which rows
# compare the same network with and without a regularizer?
#
# </details>
# <details><summary>Hint 2</summary>
#
# An interval that contains 0 settles nothing, and a table speaks only for the arms that are in it.
# For a loss, lower is better.
#
# </details>

# %% [markdown]
# ## Sources
#
# - Blum and Hardt (2015), *The Ladder: A Reliable Leaderboard for Machine Learning Competitions*,
#   ICML.
# - Bouthillier et al. (2021), *Accounting for Variance in Machine Learning Benchmarks*, MLSys.
# - Geman, Bienenstock and Doursat (1992), *Neural Networks and the Bias/Variance Dilemma*, Neural
#   Computation 4.
