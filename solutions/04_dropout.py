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
# # Exercises 04: dropout
#
# Six exercises, about 60 minutes and 17 points in all. They belong to the notebook *04 Dropout*; do
# them in any order.
#
# Replace `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it.
# A check tries your function on fresh random inputs. It looks at what the function does, not at how
# it is written, and you may run it as often as you like. The hints and a solution are folded
# underneath.

# %%
import torch

from reglab import checks

# %% [markdown]
# ## Exercise 4.1 — Write dropout
#
# *code · difficulty 1 of 3 · 5 minutes · 2 points*
#
# Write inverted dropout: drop each unit with probability p and make up for it at once, so that
# evaluation can leave everything as it is. The coins are given, so that your function can be
# tested: one number for each unit and example, uniform in [0, 1). A unit is dropped if its coin is
# below p.


# %%
def dropout(x, p, coins, training):
    """Inverted dropout.

    x: tensor (B, …); p: share to drop, in [0, 1)
    coins: tensor of the shape of x, uniform in [0, 1)
    training: True or False
    returns: tensor of the shape of x
    """
    ### BEGIN SOLUTION
    if not training:
        return x
    return x * (coins >= p) / (1 - p)
    ### END SOLUTION


# %%
checks.chapter04.inverted.check(dropout)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A coin is uniform in [0, 1), so it falls below p with probability p. Which units are those: the
# dropped ones or the kept ones?
#
# </details>
# <details><summary>Hint 2</summary>
#
# In training `x * (coins >= p) / (1 - p)`, otherwise x as it is.
#
# </details>

# %% [markdown]
# ## Exercise 4.2 — Predict what dropout does
#
# *predict · difficulty 1 of 3 · 5 minutes · 2 points*
#
# A network with one hidden layer of 64 ReLU units and inverted dropout with p = 1/3 behind it
# learns a noisy sine. Answer before you scroll on.
#
# **loss** — The training loss that the optimizer sees (units dropped), against that of the same
# weights with all units on, is
#
# - a: lower
# - b: the same, as 1/(1 − p) makes up for it
# - c: higher
#
# **twice** — Running the same input through the trained network twice in training mode, and twice
# in evaluation mode, gives
#
# - a: the same outputs both times in both modes
# - b: different outputs in training mode only
# - c: different outputs in both modes
#
# Now give it a second hidden layer, with dropout too.
#
# **mean** — Averaging the outputs of very many masked passes gives
#
# - a: exactly the output in evaluation mode
# - b: nearly the output in evaluation mode
# - c: 1 − p times the output in evaluation mode
#
# **half** — A dropout layer divides by p instead of by 1 − p. Tests at p = 0.5 will
#
# - a: all pass
# - b: fail in training mode
# - c: fail in evaluation mode


# %%
def predictions():
    """Return a dict with one letter for each of "loss", "twice", "mean" and "half"."""
    ### BEGIN SOLUTION
    return {"loss": "c", "twice": "b", "mean": "b", "half": "a"}
    ### END SOLUTION


# %%
checks.chapter04.behavior.check(predictions)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# What is random in training mode, and what in evaluation mode? What does the factor 1/(1 − p) keep:
# every value, or the expected value?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The expected value passes through a linear layer unchanged. Does it pass through a ReLU?
#
# </details>

# %% [markdown]
# Do not take the check's word for it: here is the training, with two hidden layers.

# %%
with torch.random.fork_rng(devices=[]):
    torch.manual_seed(0)
    x = torch.linspace(-3, 3, 40)[:, None]
    y = torch.sin(x) + 0.3 * torch.randn(x.shape)
    net = torch.nn.Sequential(torch.nn.Linear(1, 64), torch.nn.ReLU(), torch.nn.Dropout(1 / 3),
                              torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Dropout(1 / 3),
                              torch.nn.Linear(64, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(500):
        optimizer.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        optimizer.step()
    with torch.no_grad():
        masked = torch.stack([net.train()(x) for _ in range(4000)])
        whole = net.eval()(x)

# %% tags=["nbval-ignore-output"]
measured = {"masked loss": ((masked - y) ** 2).mean().item(),
            "whole loss": ((whole - y) ** 2).mean().item(),
            "mean off by": (masked.mean(0) - whole).abs().max().item(),
            "standard error": (masked.std(0) / 4000 ** 0.5).max().item(),
            "spread of outputs": whole.std().item()}
for name, value in measured.items():
    print(f"{name:18} {value:.2f}")

# %% [markdown]
# ## Exercise 4.3 — Spot the bugs in a dropout layer
#
# *spot the bug · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Someone has old networks, trained with dropout *as first published*: in training the kept units
# stay as they are, at test time all units are on and scaled. The function below has **two** bugs.
# One makes the masks less random than they should be, the other is the sentence from claim C21.


# %%
def flawed_dropout(x, p, coins, training):
    if training:
        return x * (coins[0] >= p)
    return x * p


# %% [markdown]
# Write the repaired function. It stays the original form: no factor in training.


# %%
def original_dropout(x, p, coins, training):
    """Dropout as in Srivastava et al. (2014).

    x: tensor (B, D); p: share dropped, in [0, 1)
    coins: tensor (B, D), uniform in [0, 1); a unit is dropped if its coin is below p
    training: True or False
    returns: tensor (B, D)
    """
    ### BEGIN SOLUTION
    if training:
        return x * (coins >= p)
    return x * (1 - p)
    ### END SOLUTION


# %%
checks.chapter04.original.check(original_dropout)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Try it on two examples, with p = 0.25. Are different units dropped for the two? And is the mean
# output in evaluation what it was in training, over many coins?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `coins` has a row for each example, but only the first one is used. And a unit is there with
# probability 1 − p, so its mean output in training is (1 − p)·x.
#
# </details>

# %% [markdown]
# ## Exercise 4.4 — Average sub-networks
#
# *code · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Monte Carlo dropout (Gal and Ghahramani 2016) leaves dropout on at test time, makes T passes and
# averages the *probabilities*, as an ensemble does. Given are the outputs of the last layer, before
# any softmax.


# %%
def average(outputs):
    """The probabilities of the ensemble of T sub-networks.

    outputs: tensor (T, N, K), passes × examples × classes
    returns: tensor (N, K), each row sums to 1
    """
    ### BEGIN SOLUTION
    return outputs.softmax(2).mean(0)
    ### END SOLUTION


# %%
checks.chapter04.averaging.check(average)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# An ensemble of classifiers averages probabilities. Which dimension of `outputs` holds the classes,
# and which one the members?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `softmax` over the last dimension first, then the mean over dimension 0.
#
# </details>

# %% [markdown]
# ## Exercise 4.5 — Test a dropout layer
#
# *design · difficulty 3 of 3 · 20 minutes · 4 points*
#
# The chapter has a bug that the accuracy does not show. Write a test that finds it, and others like
# it, without any training. You are handed a layer, which you call as `layer(x, training)`, and the
# p that it claims to have. A sound layer
#
# - tosses new coins in each call, for each example;
# - drops about the share p, and keeps the mean of its input;
# - in evaluation gives back its input as it is.
#
# The check hands you one sound layer and eight broken ones, in random order. `planted` gives you
# each of them to try your test on, such as `checks.chapter04.planted("frozen masks", 0.3)`: "none"
# is the sound one, and the faults are "frozen masks", "one mask for all examples", "not scaled",
# "scaled by p", "active in evaluation", "scaled in evaluation", "never drops" and "another rate".


# %%
def is_sound(layer, p):
    """Whether a layer does what inverted dropout promises.

    layer: a function, layer(x, training) for a tensor x (B, D)
    p: the share that it should drop, between 0.2 and 0.4
    returns: True or False
    """
    ### BEGIN SOLUTION
    x = torch.ones(20, 2000)
    first, second = layer(x, True), layer(x, True)
    fresh = not torch.equal(first, second) and not torch.equal(first[0], first[1])
    mean_kept = abs(first.mean().item() - 1) < 0.1
    rate = (first == 0).double().mean().item()
    return fresh and mean_kept and abs(rate - p) < 0.05 and torch.equal(layer(x, False), x)
    ### END SOLUTION


# %%
checks.chapter04.soundness.check(is_sound)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Ones make good inputs: what comes out is the mask times its factor. What must differ between two
# calls, or two rows? What must be the same on average? What must not happen at all in evaluation?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Five checks on `x = torch.ones(20, 2000)`: two passes differ; two rows of one pass differ; the
# mean is within 0.1 of 1; the share of zeros is within 0.05 of p; evaluation gives x. Chance stays
# far inside these bounds.
#
# </details>

# %% [markdown]
# ## Exercise 4.6 — Read a table of rates
#
# *read a result · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Networks with two hidden layers of two widths were trained on one kind of data with ten seeds
# each, paired by seed. In brackets are 95 % intervals. The numbers are made up for this exercise,
# in the shape of those you meet in the chapter.
#
# | width | p | training accuracy (%) | validation accuracy (%) | difference from p = 0, paired |
# |---|---|---|---|---|
# | 16 | 0 | 72 | 40.1 [38.9, 41.3] | |
# | 16 | 0.1 | 64 | 40.5 [39.2, 41.8] | 0.4 [−0.6, 1.4] |
# | 16 | 0.5 | 39 | 29.9 [28.3, 31.5] | −10.2 [−12.0, −8.4] |
# | 512 | 0 | 100 | 48.0 [46.9, 49.1] | |
# | 512 | 0.1 | 100 | 50.3 [49.2, 51.4] | 2.3 [1.4, 3.2] |
# | 512 | 0.5 | 99 | 54.1 [53.0, 55.2] | 6.1 [4.9, 7.3] |
#
# What does the table say to each of these statements: `"supported"`, `"refuted"` or
# `"not settled"`? (The intervals shown decide here, not the wider ones of the chapters.)
#
# - **default** — p = 0.5 is a safe default.
# - **narrow** — Dropout with p = 0.1 helps at width 16.
# - **wide** — At width 512, p = 0.5 improves validation accuracy over p = 0.
# - **train** — At width 512, p = 0.5 reduces overfitting only because it trains less: the same
#   could be had by stopping early.
# - **copies** — The best p of a paper can be used for a network of another width.


# %%
def verdicts():
    """Return a dict with a verdict for "default", "narrow", "wide", "train" and "copies"."""
    ### BEGIN SOLUTION
    return {"default": "refuted", "narrow": "not settled", "wide": "supported",
            "train": "not settled", "copies": "refuted"}
    ### END SOLUTION


# %%
checks.chapter04.verdicts.check(verdicts)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which column holds the interval of a difference? A statement about all networks needs only one
# clear counterexample.
#
# </details>
# <details><summary>Hint 2</summary>
#
# An interval that contains 0 settles nothing, and a table speaks only for the arms that are in it.
#
# </details>

# %% [markdown]
# ## Sources
#
# - Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov (2014), *Dropout: A Simple Way to
#   Prevent Neural Networks from Overfitting*, JMLR 15.
# - Gal and Ghahramani (2016), *Dropout as a Bayesian Approximation: Representing Model Uncertainty
#   in Deep Learning*, ICML.
