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
# # Exercises 05: early stopping
#
# Six exercises, about 60 minutes and 18 points in all. They belong to the notebook *05 Early
# stopping*; do them in any order.
#
# Replace `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it.
# A check tries your function on fresh random inputs. It looks at what the function does, not at how
# it is written, and you may run it as often as you like. The hints and a solution are folded
# underneath.

# %%
import copy
import math

import torch

from reglab import checks

# %% [markdown]
# ## Exercise 5.1 — Write the stopping rule
#
# *code · difficulty 1 of 3 · 10 minutes · 3 points*
#
# A rule can be tried without any training: give it the losses, and ask where it would have stopped.
# A loss is an improvement if it is below the best one so far by more than `min_delta`. Stop when
# `patience` epochs in a row were none.


# %%
def stop(losses, patience, min_delta):
    """Where early stopping ends, and what it keeps; epochs are counted from 0.

    losses: list of validation losses, one for each epoch
    patience: whole number, at least 1; min_delta: number, at least 0
    returns: kept, last — the epoch whose weights are restored, and the last one that was run
    """
    ### BEGIN SOLUTION
    best, waited, kept = math.inf, 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, waited, kept = loss, 0, epoch
        else:
            waited += 1
        if waited == patience:
            break
    return kept, epoch
    ### END SOLUTION


# %%
checks.chapter05.rule.check(stop)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Three things have to be remembered from one epoch to the next: the best loss so far, its epoch,
# and how many epochs in a row were no better.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `if loss < best - min_delta:` remember loss and epoch and set the count to 0; otherwise add 1 to
# the count, and leave the loop when it has reached the patience.
#
# </details>

# %% [markdown]
# ## Exercise 5.2 — Predict what stopping does
#
# *predict · difficulty 1 of 3 · 5 minutes · 2 points*
#
# A network with 64 hidden units learns a noisy sine from 20 points, for 200 epochs. After each of
# them the loss is measured on 30 validation points. The weights of the best epoch are restored.
# Answer before you scroll on.
#
# **train** — The training loss of the restored network, against that of the network trained to the
# end, is
#
# - a: lower
# - b: the same
# - c: higher
#
# **wait** — The patience is doubled and the best weights are restored, as before. The validation
# loss of the restored network then
#
# - a: can only get better or stay
# - b: gets worse, as it overfits longer
# - c: stays the same in any case
#
# **score** — The lowest of 200 validation losses, measured on 30 points, compared with the loss of
# the same weights on fresh points, is on average
#
# - a: too high
# - b: too low
# - c: right, as validation points are not trained on
#
# **start** — The weights of the restored network, compared with those at the end, lie
#
# - a: nearer to their start
# - b: farther from their start
# - c: at the same distance, on another path


# %%
def predictions():
    """Return a dict with one letter for each of "train", "wait", "score" and "start"."""
    ### BEGIN SOLUTION
    return {"train": "c", "wait": "a", "score": "b", "start": "a"}
    ### END SOLUTION


# %%
checks.chapter05.behavior.check(predictions)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The restored network is an earlier point on the same path. Which quantities have changed since,
# and which way?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The validation loss of the restored network is the smallest of all those seen so far. What does
# that say about more patience, and what about luck?
#
# </details>

# %% [markdown]
# Do not take the check's word for it: here is the training, twenty times over.


# %%
def noisy_sine(n):
    x = 6 * torch.rand(n, 1) - 3
    return x, torch.sin(x) + 0.4 * torch.randn(n, 1)


def loss(net, points):
    return ((net(points[0]) - points[1]) ** 2).mean()


def one_run():
    train, validation, fresh = noisy_sine(20), noisy_sine(30), noisy_sine(2000)
    net = torch.nn.Sequential(torch.nn.Linear(1, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
    start, best = copy.deepcopy(net), math.inf
    optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
    for _ in range(200):
        optimizer.zero_grad()
        loss(net, train).backward()
        optimizer.step()
        with torch.no_grad():
            score = loss(net, validation).item()
        if score < best:
            best, kept = score, copy.deepcopy(net)
    with torch.no_grad():
        flat = [torch.nn.utils.parameters_to_vector(m.parameters()) for m in (start, kept, net)]
        return torch.stack([loss(kept, train), loss(net, train), torch.tensor(best),
                            loss(kept, fresh), torch.dist(flat[1], flat[0]),
                            torch.dist(flat[2], flat[0])])


# %%
with torch.random.fork_rng(devices=[]):
    torch.manual_seed(0)
    means = torch.stack([one_run() for _ in range(20)]).mean(0)

# %% tags=["nbval-ignore-output"]
names = ("train, restored", "train, end", "lowest validation", "fresh, restored",
         "from the start, restored", "from the start, end")
measured = dict(zip(names, means.tolist(), strict=True))
for name, value in measured.items():
    print(f"{name:25} {value:.3f}")

# %% [markdown]
# ## Exercise 5.3 — Spot the bugs in early stopping
#
# *spot the bug · difficulty 2 of 3 · 10 minutes · 3 points*
#
# This loop stops too soon, and what it gives back is not the best. It has **two** bugs. A run has
# four things: `run.epoch()` trains for one epoch, as an optimizer does, by changing the tensor
# `run.weights` in place; `run.validation_loss()` is a number; `run.limit` is the largest number of
# epochs.


# %%
def flawed_train(run, patience):
    best, waited, kept = math.inf, 0, None
    for _ in range(run.limit):
        run.epoch()
        loss = run.validation_loss()
        if loss < best:
            best, kept = loss, run.weights
        else:
            waited += 1
        if waited == patience:
            break
    return kept


# %% [markdown]
# Write the repaired function. `checks.chapter05.recorded([3.0, 1.0, 2.0])` makes a run with these
# losses to try it on; after epoch k its one weight is k.


# %%
def train(run, patience):
    """Train with early stopping.

    run: has epoch(), validation_loss(), weights and limit
    patience: epochs in a row without a lower loss that are waited for
    returns: the weights of the epoch with the lowest loss so far
    """
    ### BEGIN SOLUTION
    best, waited, kept = math.inf, 0, None
    for _ in range(run.limit):
        run.epoch()
        loss = run.validation_loss()
        if loss < best:
            best, kept, waited = loss, run.weights.clone(), 0
        else:
            waited += 1
        if waited == patience:
            break
    return kept
    ### END SOLUTION


# %%
checks.chapter05.repaired.check(train)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Try it on a run whose losses you know, `checks.chapter05.recorded([3.0, 1.0, 2.0])`; after epoch k
# its weight is k. Which weight should come back, and which one does?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The optimizer changes the weights *in place*, so a second name for them changes along: keep a
# `.clone()`. And what should an improvement do to `waited`?
#
# </details>

# %% [markdown]
# ## Exercise 5.4 — Match descent with ridge
#
# *code · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Least squares, gradient descent from zero. Along an eigenvector of the curvature with eigenvalue
# s, every step of size η goes the share η·s of the way that is *left* to the solution. Ridge
# regression with λ/2·‖w‖² keeps the share s / (s + λ). Which λ matches t steps? Give both shares.


# %%
def shares(s, rate, steps):
    """What descent has fitted along each direction, and what the matching ridge keeps.

    s: tensor (D,) of eigenvalues, all > 0; rate: η; steps: t
    returns: descent, ridge — two tensors (D,)
    """
    ### BEGIN SOLUTION
    return 1 - (1 - rate * s) ** steps, s / (s + 1 / (rate * steps))
    ### END SOLUTION


# %%
checks.chapter05.matching.check(shares)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Each step takes a share η·s of the way that is left, along this direction. What is left after one
# step, after two, after t? Ridge keeps s / (s + λ).
#
# </details>
# <details><summary>Hint 2</summary>
#
# `1 - (1 - rate * s) ** steps`, and λ = 1 / (rate · steps).
#
# </details>

# %% [markdown]
# ## Exercise 5.5 — Report an honest score
#
# *design · difficulty 3 of 3 · 15 minutes · 4 points*
#
# Some networks were trained, one for each seed, and after each epoch their score (higher is better)
# was measured on two sets of data: `validation`, by which each run is stopped, and `reserve`, which
# nobody has looked at yet. Design the report: which epoch each run keeps, what score you state, and
# how much too high the validation score would have been.


# %%
def report(validation, reserve):
    """Choose on one set, report on the other.

    validation, reserve: tensors (seeds, epochs) of scores
    returns: dict with "epochs" (seeds,), the epoch that each run keeps, counted from 0;
        "score", the mean over seeds of an honest score of the kept weights;
        "optimism", the mean validation score at these epochs minus "score"
    """
    ### BEGIN SOLUTION
    epochs = validation.argmax(1)
    score = reserve.gather(1, epochs[:, None]).mean()
    claimed = validation.gather(1, epochs[:, None]).mean()
    return {"epochs": epochs, "score": score, "optimism": claimed - score}
    ### END SOLUTION


# %%
checks.chapter05.honesty.check(report)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which data may decide about the epoch, and which data may only be read where the decision has
# fallen? Every seed is a run of its own.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `epochs = validation.argmax(1)`, then `reserve.gather(1, epochs[:, None]).mean()`. The optimism is
# the same with `validation`, minus that.
#
# </details>

# %% [markdown]
# ## Exercise 5.6 — Read a table of patiences
#
# *read a result · difficulty 2 of 3 · 10 minutes · 3 points*
#
# A network was trained on data of which 30 % of the labels are wrong, for at most 100 epochs, with
# ten seeds, paired by seed. Test labels are right. In brackets are 95 % intervals. The numbers are
# made up for this exercise, in the shape of those you meet in the chapter.
#
# | stopped | weights kept | epochs run | test accuracy (%) | difference from the end, paired |
# |---|---|---|---|---|
# | to the end | last | 100 | 70.2 [68.9, 71.5] | |
# | patience 1 | best | 4 | 84.0 [81.6, 86.4] | 13.8 [11.9, 15.7] |
# | patience 10 | best | 17 | 86.1 [85.0, 87.2] | 15.9 [14.6, 17.2] |
# | patience 10 | last | 17 | 79.5 [77.3, 81.7] | 9.3 [7.2, 11.4] |
# | patience 50 | best | 57 | 86.2 [85.1, 87.3] | 16.0 [14.7, 17.3] |
# | patience 50 | last | 57 | 71.0 [69.5, 72.5] | 0.8 [−0.7, 2.3] |
#
# Two more paired differences, with the best weights restored: patience 10 − patience 1 is 2.1
# [−0.2, 4.4], and patience 50 − patience 10 is 0.1 [−0.2, 0.4].
#
# What do they say to each of these statements: `"supported"`, `"refuted"` or `"not settled"`?
#
# - **helps** — With patience 10 and the best weights, stopping early beats training to the end on
#   these data.
# - **any** — Stopping early helps whatever weights are kept.
# - **longer** — A longer patience costs accuracy, even if the best weights are restored: 50 instead
#   of 10 costs at least a point.
# - **rise** — Waiting ten epochs instead of one improves the test accuracy.
# - **clean** — With right labels, patience 10 would gain as much.


# %%
def verdicts():
    """Return a dict with a verdict for "helps", "any", "longer", "rise" and "clean"."""
    ### BEGIN SOLUTION
    return {"helps": "supported", "any": "not settled", "longer": "refuted",
            "rise": "not settled", "clean": "not settled"}
    ### END SOLUTION


# %%
checks.chapter05.verdicts.check(verdicts)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which rows do two statements compare? Look for the interval of just that difference.
#
# </details>
# <details><summary>Hint 2</summary>
#
# An interval that contains 0 settles no gain. One that is narrow can still refute a large loss.
#
# </details>

# %% [markdown]
# ## Sources
#
# - Prechelt (1998), *Early stopping, but when?*, in Neural Networks: Tricks of the Trade, LNCS
#   1524.
# - Goodfellow, Bengio and Courville (2016), *Deep Learning*, §7.8.
