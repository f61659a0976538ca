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
# # Exercises 07: batch normalization
#
# Six exercises, about 70 minutes and 18 points in all. They belong to the notebook *07 Batch
# normalization*; do them in any order.
#
# Replace `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it.
# A check tries your function on fresh random inputs. It looks at what the function does, not at how
# it is written, and you may run it as often as you like. The hints and a solution are folded
# underneath.

# %%
import torch
from torch import nn

from reglab import checks
from reglab.claims import batch_norm as experiments

# %% [markdown]
# ## Exercise 7.1 — Write batch norm
#
# *code · difficulty 1 of 3 · 10 minutes · 3 points*
#
# Write batch norm with its running statistics, in both modes. Gain and shift are left out. As in
# PyTorch, `momentum` is the weight of the new batch, and the variance that is remembered is the
# unbiased one. Do not change the tensors that you are given: return new ones.


# %%
def batch_norm(x, mean, var, training, momentum, eps):
    """Batch norm of D units.

    x: tensor (B, D), B of at least two
    mean, var: the running statistics so far, tensors (D,)
    training: True or False
    momentum: weight of the new batch in the running statistics
    eps: added to the variance, under the root
    returns: output (B, D), running mean (D,), running variance (D,)
    """
    ### BEGIN SOLUTION
    if not training:
        return (x - mean) / (var + eps).sqrt(), mean, var
    y = (x - x.mean(0)) / (x.var(0, correction=0) + eps).sqrt()
    return y, mean + momentum * (x.mean(0) - mean), var + momentum * (x.var(0) - var)
    ### END SOLUTION


# %%
checks.chapter07.forward.check(batch_norm)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two pairs of statistics: those of the batch normalize in training, the running ones in evaluation.
# Only training changes the running ones.
#
# </details>
# <details><summary>Hint 2</summary>
#
# In training: `x.mean(0)`, and `x.var(0, correction=0)` to normalize; new = (1 − momentum) · old +
# momentum · batch, with `x.var(0)`, the unbiased variance, for the running one.
#
# </details>

# %% [markdown]
# ## Exercise 7.2 — Predict what batch norm hides
#
# *predict · difficulty 1 of 3 · 5 minutes · 2 points*
#
# A dense layer is followed by batch norm, and a ReLU and another dense layer come behind. Answer
# before you scroll on.
#
# **bias** — In training, the gradient of the bias of the dense layer in front is
#
# - a: zero, up to rounding
# - b: what it would be without batch norm
# - c: larger than without batch norm
#
# **scale** — All weights of that layer are multiplied by ten. Their gradient is then
#
# - a: ten times as large
# - b: the same
# - c: a tenth
#
# **company** — In training mode, the output for one example depends on
#
# - a: that example alone
# - b: that example and the rest of its batch
# - c: that example and a random number
#
# **decay** — Weight decay on those weights mainly
#
# - a: makes the function smoother
# - b: does nothing at all
# - c: raises the effective learning rate


# %%
def predictions():
    """Return a dict with one letter for each of "bias", "scale", "company" and "decay"."""
    ### BEGIN SOLUTION
    return {"bias": "a", "scale": "c", "company": "b", "decay": "c"}
    ### END SOLUTION


# %%
checks.chapter07.behavior.check(predictions)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Multiply the inputs of a batch norm by a number, or add one to all of them: what comes out?
#
# </details>
# <details><summary>Hint 2</summary>
#
# If f(10·w) = f(w) for all w, differentiate both sides with respect to w.
#
# </details>

# %% [markdown]
# Do not take the check's word for it: here are the gradients.

# %%
with torch.random.fork_rng(devices=[]):
    torch.manual_seed(0)
    x, y = torch.randn(20, 5), torch.randn(20, 1)
    layer = nn.Linear(5, 8)
    net = nn.Sequential(layer, nn.BatchNorm1d(8, eps=1e-12), nn.ReLU(), nn.Linear(8, 1)).double()
    x, y = x.double(), y.double()


def gradients():
    loss = ((net(x) - y) ** 2).mean()
    return torch.autograd.grad(loss, [layer.weight, layer.bias])


# %% tags=["nbval-ignore-output"]
before = gradients()
with torch.no_grad():
    layer.weight *= 10
    company = net(x)[0] - net(torch.cat([x[:1], 2 * x[1:]]))[0]
after = gradients()
measured = {"bias": before[1].abs().max().item(),
            "scale": (after[0].norm() / before[0].norm()).item(), "company": abs(company.item())}
for name, value in measured.items():
    print(f"{name:8} {value:.3g}")

# %% [markdown]
# ## Exercise 7.3 — Spot the bugs in recomputed statistics
#
# *spot the bug · difficulty 2 of 3 · 10 minutes · 3 points*
#
# After the weights of a network have been averaged or pruned, its running statistics are out of
# date, and a good cure is to compute them anew from all training examples (Wu and Johnson 2021).
# The function below does so batch by batch. It should give what *one* batch of all examples would
# be normalized with, also if the last batch is smaller. It has **two** bugs.


# %%
def flawed_recompute(batches):
    means = torch.stack([x.mean(0) for x in batches])
    variances = torch.stack([x.var(0, correction=0) for x in batches])
    return means.mean(0), variances.mean(0)


# %% [markdown]
# Write the repaired function.


# %%
def recompute(batches):
    """Mean and variance over all examples.

    batches: list of tensors (B, D), B may differ
    returns: mean (D,) and biased variance (D,), divided by the number of all examples
    """
    ### BEGIN SOLUTION
    count = sum(len(x) for x in batches)
    mean = sum(x.sum(0) for x in batches) / count
    return mean, sum(((x - mean) ** 2).sum(0) for x in batches) / count
    ### END SOLUTION


# %%
checks.chapter07.statistics.check(recompute)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Try it on a batch of three zeros and a batch of one 4. What are the mean and the variance of the
# four numbers 0, 0, 0, 4? And what does the function give?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Weight each batch by its size; and to the mean of the variances add the variance of the batch
# means around the whole mean.
#
# </details>

# %% [markdown]
# ## Exercise 7.4 — Replace weight decay by a schedule
#
# *code · difficulty 3 of 3 · 15 minutes · 3 points*
#
# A network is trained with SGD and `weight_decay` on weights that stand in front of a batch norm:
# each step is w ← w − lr · (gradient + decay · w). Give the learning rates with which SGD *without*
# decay makes the same network at every step, up to the length of these weights. Step 0 is the first
# one, and both runs start from the same weights.


# %%
def schedule(lr, decay, steps):
    """Learning rates that replace weight decay in front of a batch norm.

    lr: the constant learning rate of the run with decay
    decay: its weight decay, with lr · decay below 1
    returns: the rates of all steps, a list or array of `steps` numbers
    """
    ### BEGIN SOLUTION
    return [lr / (1 - lr * decay) ** (2 * step + 1) for step in range(steps)]
    ### END SOLUTION


# %%
checks.chapter07.growth.check(schedule)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Write w = a·v, where a is the product of all factors 1 − lr·decay so far and v are the weights of
# a run without decay. What does one step do to v? The gradient at a·v is 1/a times that at v.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Dividing the step by the *new* a gives v ← v − lr / (a_old · a_new) · gradient at v, with a_old =
# (1 − lr·decay)^t and a_new = (1 − lr·decay)^(t + 1).
#
# </details>

# %% [markdown]
# On a real network, the losses of the two runs should be equal step by step:

# %%
rates = list(schedule(0.1, 0.5, 30))
decayed = experiments.path_losses(lambda step: 0.1, decay=0.5, steps=30)
replaced = experiments.path_losses(lambda step: rates[step], steps=30)
print("the same losses:", torch.allclose(decayed, replaced, atol=1e-9))

# %% [markdown]
# ## Exercise 7.5 — Test a batch norm layer
#
# *design · difficulty 3 of 3 · 20 minutes · 4 points*
#
# The chapter lists ways to get batch norm wrong that no accuracy shows at once. Write a test that
# finds them, without any training. You are handed `make`, a function that makes fresh layers for
# four units. They have the parameters, buffers, modes and `state_dict` of `nn.BatchNorm1d(4)`, and
# a sound one does what that layer does.
#
# The check hands you one sound kind and seven broken ones, in random order. `planted` gives you any
# of them to try your test on, such as `checks.chapter07.planted("not saved")`, or `"none"` for the
# sound one; with another name it tells you all names.


# %%
def is_sound(make):
    """Whether the layers that make() returns do what nn.BatchNorm1d(4) does.

    make: a function without arguments; each call gives a fresh layer for inputs (B, 4)
    returns: True or False
    """
    ### BEGIN SOLUTION
    ours, theirs, sound = make(), nn.BatchNorm1d(4), True
    random = torch.Generator().manual_seed(0)
    for _ in range(3):
        x = (2 + 3 * torch.randn(6, 4, generator=random)).requires_grad_()
        slope = torch.randn(6, 4, generator=random)
        outputs = ours(x), theirs(x)
        grads = [torch.autograd.grad(y, x, slope)[0] for y in outputs]
        sound &= torch.allclose(*outputs, atol=1e-4) and torch.allclose(*grads, atol=1e-4)
    ours, theirs, copy = ours.eval(), theirs.eval(), make().eval()
    sound &= torch.allclose(ours(x), theirs(x), atol=1e-4) and torch.equal(ours(x), ours(x))
    copy.load_state_dict(ours.state_dict())
    return sound and torch.allclose(copy(x), ours(x), atol=1e-4)
    ### END SOLUTION


# %%
checks.chapter07.soundness.check(is_sound)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# There is an oracle: `nn.BatchNorm1d(4)`. Give both layers the same batches. What can you compare
# in training, apart from the outputs? What in evaluation? And what must hold between a layer and a
# copy that loaded its `state_dict`?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Five checks: outputs in training; gradients of the inputs; outputs in evaluation, after a few
# training batches; the same outputs when evaluation is run twice; the same outputs from a fresh
# layer that loaded the state.
#
# </details>

# %% [markdown]
# ## Exercise 7.6 — Read a table of normalized networks
#
# *read a result · difficulty 2 of 3 · 10 minutes · 3 points*
#
# One network was trained without norm, with batch norm, and with batch norm followed by random
# shifts and scales; the rates 0.1 and 1 were tried with the first two. There are ten seeds each,
# paired. In brackets are 95 % intervals. The numbers are made up for this exercise, in the shape of
# those you meet in the chapter.
#
# | norm | rate | shift of a step | test accuracy (%) | difference from the first row, paired |
# |---|---|---|---|---|
# | none | 0.1 (its best) | 0.10 | 62.0 [61.0, 63.0] | |
# | none | 1 | diverged | 10.0 (guessing) | −52.0 [−53.0, −51.0] |
# | batch norm | 0.1 | 0.02 | 62.3 [61.2, 63.4] | 0.3 [−0.5, 1.1] |
# | batch norm | 1 (its best) | 0.04 | 65.1 [64.0, 66.2] | 3.1 [2.2, 4.0] |
# | noisy batch norm | 1 | 0.30 | 64.6 [63.5, 65.7] | 2.6 [1.6, 3.6] |
#
# What does the table say to each of these statements: `"supported"`, `"refuted"` or
# `"not settled"`? (The intervals shown decide here, not the wider ones of the chapters.)
#
# - **tuned** — With each at its own best rate, batch norm improves the test accuracy.
# - **fifty** — Tuned against tuned, batch norm brings this network more than fifty points.
# - **same** — At the rate 0.1, batch norm improves the test accuracy.
# - **shift** — The less its layers' inputs shift, the better a network does.
# - **smooth** — Batch norm helps because it makes the loss smoother.


# %%
def verdicts():
    """Return a dict with a verdict for "tuned", "fifty", "same", "shift" and "smooth"."""
    ### BEGIN SOLUTION
    return {"tuned": "supported", "fifty": "refuted", "same": "not settled",
            "shift": "refuted", "smooth": "not settled"}
    ### END SOLUTION


# %%
checks.chapter07.verdicts.check(verdicts)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which two rows are the best of their kind? And which rows would someone compare who wanted batch
# norm to look good?
#
# </details>
# <details><summary>Hint 2</summary>
#
# An interval that contains 0 settles nothing; one clear counterexample refutes a general statement;
# and a table is silent on what it has no column for.
#
# </details>

# %% [markdown]
# ## Sources
#
# - Ioffe and Szegedy (2015), *Batch Normalization: Accelerating Deep Network Training by Reducing
#   Internal Covariate Shift*, ICML.
# - Li and Arora (2020), *An Exponential Learning Rate Schedule for Deep Learning*, ICLR.
# - Wu and Johnson (2021), *Rethinking "Batch" in BatchNorm*, arXiv:2105.07576.
