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
# # Exercises 06: augmentation and label-space methods
#
# Six exercises, about 60 minutes and 17 points in all. They belong to the notebook
# *06 Augmentation and label-space methods*; do them in any order.
#
# Replace `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it.
# A check tries your function on fresh random inputs. It looks at what the function does, not at how
# it is written, and you may run it as often as you like. The hints and a solution are folded
# underneath.

# %%
import torch
import torch.nn.functional as F

from reglab import checks

# %% [markdown]
# ## Exercise 6.1 — Shift each signal
#
# *code · difficulty 1 of 3 · 5 minutes · 2 points*
#
# Shift each signal of a batch by a number of samples of its own. A positive number moves it to the
# right, and what leaves at one end comes in at the other. The numbers are given, so that your
# function can be tested.


# %%
def shift(x, steps):
    """Shift every row.

    x: tensor (B, L); steps: tensor (B,) of whole numbers, some of them negative
    returns: tensor (B, L)
    """
    ### BEGIN SOLUTION
    return torch.stack([signal.roll(int(s)) for signal, s in zip(x, steps, strict=True)])
    ### END SOLUTION


# %%
checks.chapter06.shifting.check(shift)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `torch.roll` moves a tensor around, by one number for all of it. You have one number for each row.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `signal.roll(int(s))` for each signal and its s, put together by `torch.stack`.
#
# </details>

# %% [markdown]
# ## Exercise 6.2 — Predict what augmentation does
#
# *predict · difficulty 1 of 3 · 5 minutes · 2 points*
#
# Answer before you scroll on.
#
# **label** — Mixup blends 0.7 of a picture of a 3 with 0.3 of a picture of an 8. The target of the
# blend is
#
# - a: 3, the larger share
# - b: 0.7 on 3 and 0.3 on 8
# - c: 0.5 on 3 and 0.5 on 8
#
# **steps** — Three augmented copies are stored beside each example, and batch size and epochs stay
# as they are. The number of optimizer steps
#
# - a: stays the same
# - b: triples
# - c: is four times as large
#
# **mirror** — A network's probabilities for a picture and for its mirror image are averaged. This
# averaged predictor
#
# - a: says the same of a picture and of its mirror image
# - b: is always at least as accurate
# - c: needs a network that was trained with flips
#
# **noise** — Least squares is fitted to very many copies of a data set, all with fresh noise on the
# inputs. Compared with least squares on the data, the length of the coefficient vector is
#
# - a: the same, as the noise averages out
# - b: smaller
# - c: larger


# %%
def predictions():
    """Return a dict with one letter for each of "label", "steps", "mirror" and "noise"."""
    ### BEGIN SOLUTION
    return {"label": "b", "steps": "c", "mirror": "a", "noise": "b"}
    ### END SOLUTION


# %%
checks.chapter06.behavior.check(predictions)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Count: how many examples does an epoch pass over? Write down the averaged prediction for a
# picture, and then for its mirror image.
#
# </details>
# <details><summary>Hint 2</summary>
#
# For the last one, work out the mean of (x + z)², where z has mean 0 and variance σ².
#
# </details>

# %% [markdown]
# Do not take the check's word for it. Here are the last two, measured.

# %%
random = torch.Generator().manual_seed(0)
pictures = torch.randn(5, 8, 8, generator=random)
W = torch.randn(64, 3, generator=random)


def averaged(x):
    return sum((v.flatten(1) @ W).softmax(1) for v in (x, x.flip(-1))) / 2


x, y = torch.randn(50, 5, generator=random), torch.randn(50, 1, generator=random)
y += x.sum(1, keepdim=True)
noisy = (x + 0.7 * torch.randn(500, 50, 5, generator=random)).flatten(0, 1)
plain, shrunk = (torch.linalg.lstsq(a, b).solution.norm().item()
                 for a, b in ((x, y), (noisy, y.repeat(500, 1))))
measured = {"mirrored by": (averaged(pictures) - averaged(pictures.flip(-1))).abs().max().item(),
            "length, as they are": plain, "length, noisy copies": shrunk}

# %% tags=["nbval-ignore-output"]
for name, value in measured.items():
    print(f"{name:22} {value:.2f}")

# %% [markdown]
# ## Exercise 6.3 — Spot the bugs in mixup
#
# *spot the bug · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Mixup blends every example with a partner: a share of itself, and the rest of the partner. Labels
# are blended in the same shares. The function below has **two** bugs. It trains without an error.
# It only does somewhat worse, which is easy to blame on mixup.


# %%
def flawed_mixup(x, y, share, partner):
    mixed = share[0] * x + (1 - share[0]) * x[partner]
    labels = share[:, None] * y[partner] + (1 - share[:, None]) * y
    return mixed, labels


# %% [markdown]
# Write the repaired function.


# %%
def mixup(x, y, share, partner):
    """Mixup as in Zhang et al. (2018), with a share for each example.

    x: tensor (B, D); y: tensor (B, K), one-hot
    share: tensor (B,), what each example keeps of itself
    partner: tensor (B,), the row that it is blended with
    returns: two tensors, the new x (B, D) and the new y (B, K)
    """
    ### BEGIN SOLUTION
    share = share[:, None]
    return (share * x + (1 - share) * x[partner], share * y + (1 - share) * y[partner])
    ### END SOLUTION


# %%
checks.chapter06.mixing.check(mixup)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Try it on two examples with shares 0.9 and 0.6. Which share does the second example get? And if a
# picture is nine tenths of a 3, what should its label say?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `share[0]` is the share of the first example alone. In the labels, `share` belongs to y, and
# 1 − share to y[partner], as in x.
#
# </details>

# %% [markdown]
# ## Exercise 6.4 — Smooth labels
#
# *code · difficulty 1 of 3 · 10 minutes · 3 points*
#
# Turn labels into probabilities that are not quite certain: take ε from the label, and share it
# equally among all K classes.


# %%
def smooth(labels, epsilon, classes):
    """Label smoothing as in Szegedy et al. (2016).

    labels: tensor (B,) of whole numbers 0 … K − 1
    epsilon: between 0 and 1; classes: K
    returns: tensor (B, K)
    """
    ### BEGIN SOLUTION
    return (1 - epsilon) * F.one_hot(labels, classes) + epsilon / classes
    ### END SOLUTION


# %%
checks.chapter06.smoothing.check(smooth)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Start from the one-hot vector. What is taken from the label is given to *all* K classes, the
# label's own among them. What should each row sum to?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `F.one_hot(labels, classes)`, times 1 − ε, plus ε/K.
#
# </details>

# %% [markdown]
# ## Exercise 6.5 — Split before you augment
#
# *design · difficulty 3 of 3 · 20 minutes · 4 points*
#
# Someone reports a validation accuracy that is hard to believe. Their script stores augmented
# copies beside the examples, and then splits the table at random. Design the preparation of the
# data so that no validation example has a relative in the training set.
#
# The training set should hold the originals that are not held out, each of them also in `copies`
# augmented versions, each made from the original by another call. Validation data stand for data
# that nobody augments. The order of the rows does not matter, as long as each keeps its own label:
# the check looks at x and y side by side.


# %%
def prepare(x, y, held_out, augment, copies):
    """Split, and augment what should be augmented.

    x: tensor (N, D); y: tensor (N,)
    held_out: tensor (N,) of True and False, True for the validation examples
    augment: a function from a tensor (M, D) to a changed one of the same shape; random, so that
        each call gives another version
    copies: how many augmented versions to add
    returns: x_train, y_train, x_validation, y_validation
    """
    ### BEGIN SOLUTION
    mine, labels = x[~held_out], y[~held_out]
    x_train = torch.cat([mine, *(augment(mine) for _ in range(copies))])
    return x_train, labels.repeat(copies + 1), x[held_out], y[held_out]
    ### END SOLUTION


# %%
checks.chapter06.splitting.check(prepare)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Ask of every row of the training set: is it, or was it made from, an example that is held out? Ask
# of every row of the validation set: was it changed?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Take `x[~held_out]` first. Only that is handed to `augment`, and the copies are put behind the
# originals by `torch.cat`; the labels are repeated in the same order.
#
# </details>

# %% [markdown]
# How much does the leak flatter? Here the labels are coin tosses, so that nothing can be learned
# and an honest validation accuracy is one half. The classifier copies the label of its nearest
# neighbor.

# %%
random = torch.Generator().manual_seed(1)
tosses = torch.randint(2, (400,), generator=random)
points = torch.randn(400, 10, generator=random)
everything = torch.cat([points, points + 0.1 * torch.randn(400, 10, generator=random)])
mixed = torch.rand(800, generator=random) < 0.25
held = torch.rand(400, generator=random) < 0.25


def validation_accuracy(x_train, y_train, x_validation, y_validation):
    nearest = torch.cdist(x_validation, x_train).argmin(1)
    return (y_train[nearest] == y_validation).double().mean().item()


def jitter(x):
    return x + 0.1 * torch.randn(x.shape, generator=random)


# %% tags=["nbval-ignore-output"]
labels = tosses.repeat(2)
leaked = validation_accuracy(everything[~mixed], labels[~mixed], everything[mixed], labels[mixed])
honest = validation_accuracy(*prepare(points, tosses, held, jitter, 1))
print(f"augmented first, split afterwards: {leaked:.2f}   split first: {honest:.2f}")

# %% [markdown]
# ## Exercise 6.6 — Read a table of augmentations
#
# *read a result · difficulty 2 of 3 · 10 minutes · 3 points*
#
# A network was trained on one kind of image with ten seeds for each row, paired by seed. In
# brackets are 95 % intervals. The numbers are made up for this exercise, in the shape of those you
# meet in the chapter.
#
# | images | augmentation | epochs | steps | validation accuracy (%) | difference, paired |
# |---|---|---|---|---|---|
# | 200 | none | 20 | 40 | 61.0 | |
# | 200 | none | 80 | 160 | 66.2 | |
# | 200 | three stored copies | 20 | 160 | 68.3 | 2.1 [1.2, 3.0] from none, 160 steps |
# | 200 | flips | 80 | 160 | 66.6 | 0.4 [−0.7, 1.5] from none, 160 steps |
# | 200 | rotations up to 180° | 80 | 160 | 60.9 | −5.3 [−6.4, −4.2] from none, 160 steps |
# | 800 | none | 20 | 160 | 75.9 | 7.6 [6.3, 8.9] from the stored copies |
#
# What does the table say to each of these statements: `"supported"`, `"refuted"` or
# `"not settled"`? (The intervals shown decide here, not the wider ones of the chapters.)
#
# - **copies** — At an equal number of steps, stored copies help.
# - **seven** — Stored copies by themselves are worth about seven points.
# - **flips** — Flips help on this task.
# - **turns** — Rotations help, whatever the angle.
# - **data** — 200 images with three copies each are worth as much as 800 images.
# - **why** — Rotations up to 180° hurt because they turn some classes into others.


# %%
def verdicts():
    """Return a verdict for "copies", "seven", "flips", "turns", "data" and "why", as a dict."""
    ### BEGIN SOLUTION
    return {"copies": "supported", "seven": "refuted", "flips": "not settled",
            "turns": "refuted", "data": "refuted", "why": "not settled"}
    ### END SOLUTION


# %%
checks.chapter06.verdicts.check(verdicts)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Look at the column with the steps before you compare two rows.
#
# </details>
# <details><summary>Hint 2</summary>
#
# An interval that contains 0 settles nothing, and no table tells why unless it has a row for it.
#
# </details>

# %% [markdown]
# ## Sources
#
# - Zhang, Cisse, Dauphin and Lopez-Paz (2018), *mixup: Beyond Empirical Risk Minimization*, ICLR.
# - Szegedy, Vanhoucke, Ioffe, Shlens and Wojna (2016), *Rethinking the Inception Architecture for
#   Computer Vision*, CVPR.
# - Bishop (1995), *Training with Noise is Equivalent to Tikhonov Regularization*, Neural
#   Computation 7.
