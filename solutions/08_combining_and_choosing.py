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
# # Exercises 08: combining and choosing
#
# Six exercises, about 60 minutes and 17 points in all. They belong to the notebook *08 Combining
# and choosing*; do them in any order.
#
# Replace `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it.
# A check tries your function on fresh random inputs. It looks at what the function does, not at how
# it is written, and you may run it as often as you like. The hints and a solution are folded
# underneath.

# %%
import torch

from reglab import checks

# %% [markdown]
# ## Exercise 8.1 — Measure an interaction
#
# *code · difficulty 1 of 3 · 10 minutes · 2 points*
#
# Four networks were trained with each seed: with neither of two techniques, with one, with the
# other, and with both. By how much does the effect of the first technique change when the other one
# is switched on? Zero means that the two add up. Return the mean over seeds.


# %%
def interaction(neither, one, other, both):
    """The interaction of two techniques.

    neither, one, other, both: tensors (S,), scores of four arms, paired by seed
    returns: one number, the mean over seeds
    """
    ### BEGIN SOLUTION
    return ((both - other) - (one - neither)).mean()
    ### END SOLUTION


# %%
checks.chapter08.interacting.check(interaction)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# What does the first technique change when the other one is off? What does it change when the other
# one is on? The interaction is the difference of these two.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `(both - other) - (one - neither)` for each seed, then the mean.
#
# </details>

# %% [markdown]
# ## Exercise 8.2 — Predict what combining and choosing do
#
# *predict · difficulty 1 of 3 · 5 minutes · 2 points*
#
# Answer before you scroll on.
#
# **sum** — Alone, A gains 4 points and B gains 3. Both together, at these strengths, gain
#
# - a: 7 points
# - b: at least 4 points
# - c: that has to be measured
#
# **early** — Dropout gains a lot after 800 steps. After 100 steps, the network with dropout is,
# compared with the one without,
#
# - a: behind
# - b: equally good
# - c: ahead
#
# **size** — L2 and dropout change the number of parameters of a trained network by
#
# - a: nothing
# - b: the share of units that is dropped
# - c: the weights that L2 sets to zero
#
# **luck** — You try 20 strengths that are all equally good, and choose by validation accuracy. The
# validation accuracy of the chosen one is, compared with its test accuracy, on average
#
# - a: the same
# - b: lower
# - c: higher


# %%
def predictions():
    """Return a dict with one letter for each of "sum", "early", "size" and "luck"."""
    ### BEGIN SOLUTION
    return {"sum": "c", "early": "a", "size": "a", "luck": "c"}
    ### END SOLUTION


# %%
checks.chapter08.behavior.check(predictions)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# What does the second technique still find to do? What does a noisy gradient do at first? What is
# left of dropout in evaluation?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The maximum of several noisy numbers is above their common mean.
#
# </details>

# %% [markdown]
# Do not take the check's word for it. Here are two of the four, measured: dropout on the signals
# after 100 and after 800 steps, with ten seeds, and the best of twenty equals.

# %%
from reglab import sweep
from reglab.claims import factorial

arms = {arm: factorial.recipe(*arm, epochs=80) for arm in ((), ("dropout",))}
result = sweep(arms, factorial.signals, seeds=range(10), every=10, progress=False)
gain = result.curve(arm=("dropout",)) - result.curve(arm=())
scores = 0.5 + 0.02 * torch.randn(1000, 2, 20, generator=torch.Generator().manual_seed(0))
chosen = scores[:, 0].argmax(1, keepdim=True)

# %% tags=["nbval-ignore-output"]
measured = {"gain after 100 steps": gain[:, 0].mean().item(),
            "gain after 800 steps": gain[:, -1].mean().item(),
            "validation of the chosen": scores[:, 0].gather(1, chosen).mean().item(),
            "test of the chosen": scores[:, 1].gather(1, chosen).mean().item()}
for name, value in measured.items():
    print(f"{name:25} {value:+.3f}")

# %% [markdown]
# ## Exercise 8.3 — Spot the bugs in a search
#
# *spot the bug · difficulty 2 of 3 · 10 minutes · 3 points*
#
# A random search has trained every trial with several seeds. The function below picks a trial and
# reports its score. It has **two** bugs, and both make the report too good.


# %%
def flawed_search(validation, test):
    best = int(test.mean(1).argmax())
    return best, test[best].max()


# %% [markdown]
# Write the repaired function.


# %%
def search(validation, test):
    """The trial that a search chooses, and the score to report for it.

    validation, test: tensors (T, S), scores of T trials with S seeds
    returns: the number of the trial, and one score
    """
    ### BEGIN SOLUTION
    best = int(validation.mean(1).argmax())
    return best, test[best].mean()
    ### END SOLUTION


# %%
checks.chapter08.searching.check(search)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which data may be used for choosing, and which for reporting? And how many seeds does a maximum
# over seeds describe?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Choose with `validation.mean(1).argmax()`; report the mean of that row of `test`.
#
# </details>

# %% [markdown]
# ## Exercise 8.4 — Fold batch norm into a linear layer
#
# *code · difficulty 3 of 3 · 10 minutes · 3 points*
#
# In evaluation, batch norm does the same to every example: it subtracts a running mean, divides by
# the root of a running variance (plus 1e-5), multiplies by a learned gain and adds a learned shift.
# Write the weight and the bias of *one* linear layer that does what `linear` followed by such a
# norm does.


# %%
def fold(weight, bias, gain, shift, mean, var):
    """One linear layer in place of a linear layer and a batch norm in evaluation.

    weight: tensor (H, D); bias: tensor (H,), as in torch.nn.Linear
    gain, shift, mean, var: tensors (H,), those of the norm
    returns: the new weight (H, D) and the new bias (H,)
    """
    ### BEGIN SOLUTION
    factor = gain / (var + 1e-5).sqrt()
    return factor[:, None] * weight, factor * (bias - mean) + shift
    ### END SOLUTION


# %%
checks.chapter08.folding.check(fold)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Write down what one unit computes: first w·x + b, then the norm of that. Which factor stands in
# front of x now, and what is left when x is zero?
#
# </details>
# <details><summary>Hint 2</summary>
#
# With `factor = gain / (var + 1e-5).sqrt()`, the weight is `factor[:, None] * weight` and the bias
# `factor * (bias - mean) + shift`.
#
# </details>

# %% [markdown]
# ## Exercise 8.5 — Plan a factorial
#
# *design · difficulty 2 of 3 · 15 minutes · 4 points*
#
# You want to know whether dropout and shift augmentation get on, and can afford a number of
# trainings. Which ones? A training is a triple: whether dropout is on, whether shift is on, and the
# seed. Plan so that
#
# - the interaction can be computed;
# - it can be computed *seed by seed*, so that luck cancels;
# - as many seeds take part as the budget allows, and no training is of no use.


# %%
def plan(budget):
    """The trainings to make.

    budget: how many trainings there may be at most, at least 4
    returns: a list of triples (dropout on, shift on, seed), such as (True, False, 0)
    """
    ### BEGIN SOLUTION
    return [(dropout, shift, seed) for dropout in (False, True) for shift in (False, True)
            for seed in range(budget // 4)]
    ### END SOLUTION


# %%
checks.chapter08.planning.check(plan)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which four networks does an interaction need? What makes two networks a pair? And what would be
# the use of training one seed twice?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `budget // 4` seeds, the same ones for each of the four combinations; trainings that are left over
# stay unused.
#
# </details>

# %% [markdown]
# ## Exercise 8.6 — Read a factorial
#
# *read a result · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Two techniques, A and B, each at one strength, were trained alone and together, with two budgets
# and ten seeds, paired by seed. The numbers are differences in validation accuracy, in points, with
# 95 % intervals. They are made up for this exercise, in the shape of those you meet in the chapter.
#
# | difference | after 200 steps | after 2000 steps |
# |---|---|---|
# | A − none | −3.0 [−4.1, −1.9] | 4.0 [2.9, 5.1] |
# | B − none | −0.5 [−1.6, 0.6] | 8.0 [6.8, 9.2] |
# | A and B − none | −5.0 [−6.2, −3.8] | 5.5 [4.3, 6.7] |
# | A and B − B | −4.5 [−5.7, −3.3] | −2.5 [−3.6, −1.4] |
#
# What does the table say to each of these statements: `"supported"`, `"refuted"` or
# `"not settled"`? (The intervals shown decide here, not the wider ones of the chapters.)
#
# - **always** — A improves accuracy, whatever the company and the training.
# - **add** — After 2000 steps, the gains of A and B add up.
# - **alone** — After 2000 steps, B alone beats A and B together.
# - **early** — B alone costs accuracy after 200 steps.
# - **weaker** — With a smaller strength, A would gain beside B.


# %%
def verdicts():
    """Return a dict with a verdict for "always", "add", "alone", "early" and "weaker"."""
    ### BEGIN SOLUTION
    return {"always": "refuted", "add": "refuted", "alone": "supported",
            "early": "not settled", "weaker": "not settled"}
    ### END SOLUTION


# %%
checks.chapter08.verdicts.check(verdicts)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which row compares with none, and which with B? A statement about all budgets needs only one clear
# counterexample.
#
# </details>
# <details><summary>Hint 2</summary>
#
# An interval that contains 0 settles nothing, and a table speaks only for the strengths that are in
# it.
#
# </details>

# %% [markdown]
# ## Sources
#
# - Bergstra and Bengio (2012), *Random Search for Hyper-Parameter Optimization*, JMLR 13.
# - Dodge, Gururangan, Card, Schwartz and Smith (2019), *Show Your Work: Improved Reporting of
#   Experimental Results*, EMNLP.
