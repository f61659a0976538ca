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
# # 03 · L1 and sparsity
#
# **After this chapter you can** write the two kinds of L1 step and say which one makes zeros, read
# off what a sparse model does and does not tell you, prune single weights and whole units of a
# network, and tell which of six common statements about L1 an experiment bears out.
#
# **You need** chapter 02: penalties, strengths, validation data. **Time**: 80 minutes, and 55 for
# the [exercises](../exercises/03_l1_and_sparsity.ipynb).

# %% [markdown]
# ## The question
#
# L2 makes all weights small and none zero. Replace the squares in the penalty by absolute values,
# and most weights can disappear. What is left looks like an answer to the question *which inputs
# matter?* Is it one?
#
# These beliefs are common. Which would you agree with?
#
# | | what people say |
# |---|---|
# | C12 | L1 drives weights to exactly zero and so selects features. |
# | C13 | L1 models are easier to interpret. |
# | C14 | The features that L1 selects are less stable under resampling than an L2 solution. |
# | C15 | L1 is robust to outliers. |
# | C16 | A network with L1 cannot learn complex patterns. |
# | C17 | Elastic net (L1 + L2) helps where features are correlated. |
#
# By the end of the chapter each of them has a verdict.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F

from reglab import MLP, SGD, Recipe, SoftThreshold, checks, fit, initialize, plotting, widgets
from reglab.claims import Verdict, l1, l1_linear, l1_networks, l1_stability
from reglab.claims.effects import Difference
from reglab.notebook import show_source
from reglab.statistics import interval, paired_difference

torch.set_num_threads(1)  # small models are fastest, and steadiest, on one thread

# %%
splits = l1_linear.sparse(0)
x, y = splits.train.x, splits.train.y
print(f"{x.shape[1]} features, {(splits.truth != 0).sum()} of them matter, {len(x)} examples")

# %% [markdown]
# A linear model is the best place to begin, because here the truth is known: the target depends on
# a few features and on noise, and many more features have nothing to do with it.

# %% [markdown]
# ## From scratch
#
# The penalty is $\lambda \sum_i |w_i|$. Away from zero its slope is λ or −λ, whatever the size of
# the weight: a constant pull, where that of L2 fades. At zero there is a kink, and two ways to
# treat it.
#
# - A **subgradient step** takes λ·sign(w) for the slope, as automatic differentiation does.
# - A **proximal step** moves each weight toward zero by ηλ, and *stops there*:
#
# $$w \leftarrow \operatorname{sign}(w)\,\max(|w| - \eta\lambda,\; 0).$$
#
# It comes after an ordinary step on the loss alone (Parikh and Boyd 2014), and is also called
# **soft thresholding**. Both in one loop:


# %%
def train(strength, proximal, seed=0, steps=500, lr=0.1):
    model, path = initialize(MLP(60, 1), seed), []
    optimizer, w = torch.optim.SGD(model.parameters(), lr), model.layers[0].weight
    for _ in range(steps):
        penalty = 0 if proximal else strength * w.abs().sum()
        loss = F.mse_loss(model(x), y) + penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if proximal:
            with torch.no_grad():
                w.copy_(w.sign() * (w.abs() - lr * strength).clamp(min=0))
        path.append(w.detach().flatten().clone())
    return torch.stack(path)


# %% [markdown]
# ### Predict
#
# Both are run for 500 steps with the same λ, large enough that most features are not worth their
# price. How many of the 60 weights are *exactly* zero at the end?

# %%
zeros = checks.predict("Exact zeros after subgradient steps, and after proximal steps:",
                       options=["many and many", "none and many", "a few and all"])

# %% [markdown]
# ### Run

# %% tags=["nbval-ignore-output"]
subgradient, proximal = train(0.2, proximal=False), train(0.2, proximal=True)
count = {"subgradient": int((subgradient[-1] == 0).sum()),
         "proximal": int((proximal[-1] == 0).sum())}
assert count["subgradient"] == 0 and count["proximal"] > 20
assert (subgradient[-1] - proximal[-1]).abs().max() < 0.05
zeros.reveal("none and many")
print(count)

# %% [markdown]
# The same penalty, the same data, and weights that agree to within a few hundredths. Watch one
# feature that does not matter, over the last steps:

# %% tags=["nbval-ignore-output"]
quiet = int((proximal[-1] == 0).nonzero()[0])
steps = range(470, 500)
ax = plotting.plot_lines(
    steps, {"subgradient": subgradient[steps.start:, quiet][None].numpy(),
            "proximal": proximal[steps.start:, quiet][None].numpy()},
    xlabel="step", ylabel="one weight",
    title="At zero, subgradient steps jump to and fro; proximal steps stop")
plt.setp(ax.lines, markevery=3)
print(plotting.describe(ax))

# %% [markdown]
# The subgradient knows two pulls, +λ and −λ, and nothing in between. Near zero each step overshoots
# and the next one comes back. A smaller learning rate makes the jumps smaller, never zero. The
# proximal step is the exact minimum of ½(u − w)² + ηλ|u|, and for small w that minimum *is* zero.

# %% [markdown]
# ## The same as a technique
#
# `SoftThreshold` is the proximal step as a technique; `L1` is the penalty with its subgradient.
# `l1_linear.lasso(α)` is `sklearn.linear_model.Lasso` (Tibshirani 1996), which halves the squared
# error, so its α is λ/2: 0.1 where λ is 0.2.

# %%
recipe = Recipe(MLP(60, 1), techniques=(SoftThreshold(0.2),), optimizer=SGD(lr=0.1), epochs=500,
                batch_size=60)
w = fit(recipe, splits, seed=0, progress=False).model().layers[0].weight.detach().flatten()

# %%
lasso = torch.tensor(l1_linear.lasso(0.1).set_params(tol=1e-8).fit(*l1_linear.table(splits.train))
                     .coef_).float()
assert torch.allclose(w, proximal[-1], atol=1e-5)
assert torch.allclose(w, lasso, atol=1e-4) and torch.equal(w == 0, lasso == 0)
print("ok: the technique is the loop above, and both are scikit-learn's lasso")

# %% [markdown]
# `Lasso` goes through the weights one by one and solves for each exactly, with the same soft
# threshold: that is why it has zeros. For linear models we use it from here on, and give its α.
#
# | written | what it does |
# |---|---|
# | `L1(λ)` here, `keras.regularizers.l1(λ)` | adds λ·Σ\|w\| to the loss: small, not zero |
# | `SoftThreshold(λ)` here | proximal step after the optimizer's: exact zeros |
# | `Lasso(α)` of scikit-learn | mean squared error / 2 + α·Σ\|w\|: exact zeros |
#
# One trap between the first two: an optimizer with momentum μ adds up past gradients, and the
# penalty's with them, so that each pull counts 1/(1 − μ) times. A proximal step comes after the
# optimizer and is not added up. So with momentum it pulls only as hard as an L1 penalty of
# λ(1 − μ): give `SoftThreshold` λ/(1 − μ). Adam scales the steps of each weight, but not the
# threshold, which is the same for all.

# %% [markdown]
# ## The corner
#
# The textbook's reason for the zeros is a picture. A penalty is a limit in disguise: the lasso
# finds the least loss where Σ|w| is at most some size. For two weights that region is a diamond,
# and the best point is *where the lines of equal loss touch it: at a corner*. There one weight is
# zero. For L2 the region is a disk, without corners.
#
# The picture is usually drawn by hand. Here it is measured: the body mass index and the blood sugar
# of 150 diabetes patients, and how far the disease has progressed a year later.

# %%
gram, target = l1_linear.pair_losses(l1_linear.patients(0))
figure, axes = plt.subplots(1, 2, figsize=(10, 3.9), layout="constrained")
for ax, size in zip(axes, (0.3, 0.8), strict=True):
    best = [solve(gram, target, size)[23] for solve in (l1_linear.in_diamond, l1_linear.in_disk)]
    plotting.plot_constraints(gram[23], target[23], *best, ax=ax,
                              names=("weight of body mass index", "weight of blood sugar"))
axes[0].get_legend().remove()
print(plotting.describe(figure))

# %% [markdown]
# The same loss, twice. Left, a small diamond, and the best point is at a corner. Right, a larger
# one: its best point is on an edge, and both weights are in use. So the corner is not always hit.
# For all 45 pairs of the ten measurements, and ten draws of patients: how often?

# %%
sizes = [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95]
shares = l1_linear.corners(sizes)

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_lines(
    sizes, shares, xlabel="size of the region (1: no limit)",
    ylabel="share of optima at a zero weight",
    title="The smaller the diamond, the more often a corner is hit")
print(plotting.describe(ax))

# %% [markdown]
# The corner is a matter of *strength*: a small diamond is a large λ. A weak L1 penalty, like a weak
# L2 penalty, may leave every weight in use. The disk never gives a zero, however small.

# %% tags=["nbval-ignore-output"]
small, large = (np.array(shares["diamond (L1)"])[:, i] for i in (1, 5))
found = l1.decide(l1.CORNERS, {"small": small, "large": large})
assert set(found.values()) == {Verdict.SUPPORTED} and not np.any(shares["disk (L2)"])
print("ok: a small diamond gives a zero in most cases, a large one in few, a disk in none\n"
      f"    small: {small.mean():.2f}, large: {large.mean():.2f} of the optima")

# %% [markdown]
# ## Does it select the right features?
#
# Two ways to be wrong: a feature that matters can be missed, and one that does not can be kept.
# **Recall**: of the features that matter, the share that is kept. **Precision**: of the features
# that are kept, the share that matters.
#
# ### Predict
#
# Six of 60 features matter. The strength, α, is the one with the best R² on validation data. Of the
# features that the lasso then keeps, how many matter?

# %%
kept = checks.predict("At the best strength for prediction, of the features kept …",
                      options=["nearly all matter", "about two thirds matter",
                               "less than half matter"])

# %%
show_source(l1_linear.lasso_paths)

# %%
paths = l1_linear.lasso_paths()
recall, precision = paths.measure(l1_linear.recall), paths.measure(l1_linear.precision)

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_lines(
    paths.strengths, {"recall": recall, "precision": precision, "R², validation data":
                      paths.validation}, log=True, xlabel="α of Lasso (strength of L1)",
    ylabel="share, or R²",
    title="All that matters is kept, and so is much that does not matter")
ax.set_xticks([0.01, 0.03, 0.1, 0.3, 1])
ax.axvline(paths.strengths[paths.chosen], color="gray", linestyle=":")
print(plotting.describe(ax))

# %% [markdown]
# The dotted line is the strength that validation data choose. Recall is about one there, and
# precision is low. (Where nothing at all is kept, precision counts as 1: no false feature is left.)

# %% tags=["nbval-ignore-output"]
chosen = paths.chosen
assert recall[:, chosen].mean() > 0.95 and precision[:, chosen].mean() < 0.5
kept.reveal("less than half matter")
print(f"recall {recall[:, chosen].mean():.2f}, precision {precision[:, chosen].mean():.2f}")

# %% [markdown]
# The reason is the constant pull: an α large enough to silence every useless feature also shrinks
# the useful ones by as much, and that costs more than many false coefficients, most of them small.
# **The best strength for prediction is not the best strength for selection.**
#
# ### A bet on sparsity
#
# Now 200 features and 100 examples, and more and more features that matter. The lasso and *ridge*,
# which is linear regression with L2, each with its own best strength:

# %%
show_source(l1_linear.tuned, l1_linear.sparse_truth)

# %%
matter = [5, 10, 30, 100]
by_k = {k: l1_linear.sparse_truth(k) for k in matter}

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_lines(
    matter, {name: np.array([by_k[k][name]["test"] for k in matter]).T
             for name in ("lasso", "ridge")}, log=True,
    xlabel="features that matter (of 200)", ylabel="test R²",
    title="The lasso wins where few features matter and loses where many do")
print(plotting.describe(ax))

# %% [markdown]
# Where few features matter, the lasso finds them, and ridge, which gives some weight to all, gets
# lost among the rest. Where many do, 100 examples are too few to tell which, and leaving features
# out only loses.

# %% tags=["nbval-ignore-output"]
gains = {k: Difference(by_k[k]["lasso"]["test"], by_k[k]["ridge"]["test"]) for k in (5, 100)}
assert set(l1.decide(l1.BET, gains).values()) == {Verdict.SUPPORTED}
print("ok: the lasso is far ahead at 5 features, and behind at 100")
for k, gain in gains.items():
    print(f"    {k:3} features matter: lasso − ridge, test R², {interval(gain):+.2f}")
print("Of those that matter, the lasso keeps a share of")
for k in matter:
    print(f"    {k:3} features matter: {interval(by_k[k]['lasso']['recall']):.2f}")

# %% [markdown]
# With few examples and many features, something must be assumed. L1 assumes that few features
# matter. If that is so, little data will do: for logistic regression, Ng (2004) proved that the
# number of examples need only grow with the logarithm of the number of useless features. If it is
# not so, the assumption is simply wrong, and ridge, which shares out the weight, does better.
# Nobody tells you beforehand which it is, but validation data can tell you afterwards.
#
# The same with real patients: ten measurements, and more and more columns of pure noise.

# %%
added = [0, 20, 50, 100]
patients = {n: l1_linear.noise_features(n) for n in added}

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_lines(
    added, {name: np.array([patients[n][name]["test"] for n in added]).T
            for name in ("lasso", "ridge")}, xlabel="columns of noise added", ylabel="test R²",
    title="Noise columns cost ridge much and the lasso less")
print(plotting.describe(ax))

# %% [markdown]
# With the ten real measurements alone the two do equally well. Noise hurts ridge a lot, as it must
# give each column some weight, and the lasso less. (Every seed divides the same patients anew, so
# these bands are too narrow.)

# %% [markdown]
# ## A network
#
# MNIST-1D from chapter 02, signals of 40 numbers in ten classes, the same network, and proximal L1
# steps. A common belief says that a network with L1 *cannot learn complex patterns*.
#
# ### Predict
#
# The network learns its thousand signals by heart. How many of its weights can become exactly zero
# before the accuracy on validation data falls by a point? (Training forty networks to find out may
# take half a minute.)

# %%
spare = checks.predict("Share of weights that can be zero at no cost:",
                       options=["none", "about a twentieth", "a quarter or more"])

# %%
show_source(l1_networks.signals_sweep, l1_networks.share_of_zeros)

# %%
signals = l1_networks.signals_sweep()

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_strengths(signals, xlabel="strength λ of L1, proximal",
                             title="Up to a middle strength, L1 costs no validation accuracy")
print(plotting.describe(ax))

# %% [markdown]
# At the first two strengths above zero, the accuracy on validation data stays where it was. It
# falls at the right end, where λ is twice as large again. The accuracy on training data begins to
# fall earlier, at the middle strength. At that strength, `USUAL`, the two kinds of step are
# compared below.

# %% tags=["nbval-ignore-output"]
usual = l1_networks.USUAL
spared = signals.measure(l1_networks.share_of_zeros, 0.003)
lost = signals.final("validation", "score", 0.0) - signals.final("validation", "score", 0.003)
assert lost.mean() < 0.01 and spared.min() > 0.25
spare.reveal("a quarter or more")
print(f"λ = 0.003: share of weights exactly zero {interval(spared.tolist()):.2f},\n"
      f"validation accuracy, L1 − none {interval((-lost).tolist()):+.3f}")

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_weights(signals, arms=[0.0, usual],
                           title="Proximal L1 leaves a spike of weights that are exactly zero")
print(plotting.describe(ax))

# %% [markdown]
# Unlike that of L2, this histogram has a spike: the middle bin holds weights that are exactly
# zero. And the accuracy on validation data is still where it was; the accuracy on training data no
# longer is. Do not expect much of a gain here; but on new signals a network in which a good part of
# the weights is gone does as well as the full one.
#
# ### How to read a verdict
#
# Now the first claim can be settled. A **rule** is the claim put in numbers. The usual 95 %
# interval is printed, but a wider one decides (99.88 %, because the course tests many claims):
# *supported* if all of it meets the bound, *refuted* if none of it does, otherwise *not settled*.
# Where a claim has several parts and they differ, it is *supported with conditions*. "80 % power"
# says how far beyond the bound the truth must lie to be settled in four of five such experiments.

# %%
subgradients = l1_networks.subgradient_sweep()
c12 = l1.settle_c12(signals, subgradients, by_k[10], patients[50])
assert c12.verdict is Verdict.CONDITIONAL
assert c12.verdicts["subgradient steps"] is c12.verdicts["drops the rest"] is Verdict.REFUTED
print("ok: proximal steps make zeros; selection keeps what matters, and noise beside it")

# %% tags=["nbval-ignore-output"]
c12

# %% [markdown]
# A statement to take apart. *Exactly zero*: with proximal steps, yes; with the gradient of a
# penalty, as deep-learning libraries add it, not a single weight. *And so selects features*: none
# that matters is lost, but of what is kept among the patients' columns, a large part is noise.
#
# (The penalty was given λ(1 − μ), so that with momentum both pull alike. As always, change the
# method, tune λ again.)

# %%
c16 = l1.settle_c16(signals, l1_networks.linear_sweep())
assert c16.verdict is Verdict.REFUTED
print("ok: C16 is refuted: tuned L1 costs nothing, and is far ahead of a linear model")

# %% tags=["nbval-ignore-output"]
c16

# %% [markdown]
# If L1 kept a network from learning complex patterns, it would be no better than a linear model
# (tuned over the same strengths) and could not learn its training data. It is far better, and it
# learns them. (Guessing would get a tenth of the signals right.) Too large a λ does ruin it, as too
# much of anything does: see the right end of the hill.

# %% [markdown]
# ### Pruning, the control
#
# Zeros can be had more cheaply: train as usual, and set the smallest weights to zero at the end.
# This is **magnitude pruning** (Han et al. 2015), without the second training that they add.

# %%
show_source(l1_networks.pruned)

# %%
shares = [0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9]
pruning = l1_networks.pruning_curves(
    {"trained without L1": (signals, 0.0), "proximal L1": (signals, usual),
     "L1 penalty, subgradient": (subgradients, usual)}, shares)

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_lines(
    shares, pruning, xlabel="share of weights set to zero", ylabel="validation accuracy",
    title="Trained with L1, most weights can be pruned; without, fewer")
print(plotting.describe(ax))

# %% [markdown]
# The plain network bears some pruning, then falls. Networks trained with L1 bear much more. And the
# subgradient's network, which has no zero at all, bears as much as the proximal one: its weights
# wait around zero, and a threshold finishes the work. So the difference between the two steps is
# one of *exactness*. If you use a penalty, prune afterwards, and say at which threshold.

# %% tags=["nbval-ignore-output"]
drops = {name: np.array(pruning[line])[:, 4] - np.array(pruning[line])[:, 0] for name, line in {
    "trained without L1": "trained without L1", "trained with L1": "proximal L1"}.items()}
assert set(l1.decide(l1.PRUNED, drops).values()) == {Verdict.SUPPORTED}
print("ok: 70 % pruned costs the plain network two points or more, the L1 network less")
for name, drop in drops.items():
    print(f"    {name}: {interval(drop.tolist()):+.3f}")

# %% [markdown]
# ### Is a sparse network a fast one?
#
# ### Predict

# %%
speed = checks.predict("A dense layer in which 90 % of the weights are zero runs …",
                       options=["ten times as fast", "twice as fast", "no faster"])

# %% tags=["nbval-ignore-output"]
ratio = np.median(l1_networks.time_ratios(0.9))
assert ratio > 0.8
speed.reveal("no faster")
print(f"time with 90 % zeros, relative to none: {ratio:.2f}")

# %% [markdown]
# A matrix multiplication multiplies zeros like any other number. Zeros save time only in a format
# and on hardware made for them, or where they come in blocks that can be cut out, such as units.

# %% [markdown]
# ## Whole units
#
# Zeros spread over a matrix need not remove a unit or an input. A penalty that looks at whole units
# and inputs makes sure. The **group lasso** (Yuan and Lin 2006) takes all weights $w_g$ that leave
# a unit, or an input, as one vector, and charges for its length. Its proximal step shortens the
# vector, and if the vector is too short, sets all of it to zero at once:
#
# $$w_g \leftarrow w_g \,\max\Bigl(1 - \frac{\eta\lambda\sqrt{d_g}}{\lVert w_g\rVert},\; 0\Bigr).$$
#
# The digits of chapter 02, images of 8 × 8 pixels, a fifth of them with a wrong label:
# `SoftThreshold` charges for single weights, `GroupLasso` for units and pixels (Scardapane et al.
# 2017). What does each of them remove?

# %%
show_source(l1_networks.units_sweep)

# %%
single, group = l1_networks.weights_sweep(), l1_networks.units_sweep()

# %% tags=["nbval-ignore-output"]
shown = l1_networks.SHOWN
figure, axes = plt.subplots(1, 2, figsize=(8.8, 4), layout="constrained")
for ax, result, name in zip(axes, (single, group), ("L1", "group lasso"), strict=True):
    used = torch.stack([l1_networks.used_inputs(result.model(shown, s)) for s in result.seeds])
    image = ax.imshow(used.double().mean(0).reshape(8, 8), cmap="cividis", vmin=0, vmax=1)
    zero = result.measure(l1_networks.share_of_zeros, shown).mean()
    ax.set_title(f"{name}: {used.double().sum(1).mean():.0f} of 64 pixels used,\n"
                 f"{100 * zero:.0f} % of the weights are zero")
    ax.set_axis_off()
    print(f"{name}, λ = {shown}: test accuracy {result.test(shown, reason=l1.LOOK).mean():.2f}, "
          f"none {result.test(0.0, reason=l1.LOOK).mean():.2f}")
_ = figure.colorbar(image, ax=axes, label="share of ten seeds that use the pixel")
figure.suptitle("L1 sets no pixel to exactly zero, group lasso many", x=0.01, ha="left")

# %% [markdown]
# Both use the same λ, and with it both do far better than the network without a penalty. (`l1.LOOK`
# is the note with which the sealed test data are opened.) Left, L1: nearly all of the weights are
# zero, and yet every pixel has a weight left that is not. Right, group lasso: fewer zeros, but they
# come in columns, and the pixels at the left and right border, which hold little, are given up in
# most seeds or all.
#
# The figure shows pixels only. The units have to be counted, for the group lasso and, as a control,
# for L1:

# %% tags=["nbval-ignore-output"]
assert set(l1.units_removed(single, group).values()) == {Verdict.SUPPORTED}
assert not single.measure(l1_networks.inputs_unused, shown).any()
gone = {name: result.measure(l1_networks.units_removed, shown)
        for name, result in {"L1": single, "group lasso": group}.items()}
assert all(share.min() > 0.5 for share in gone.values())
for name, share in gone.items():
    print(f"{name}: {128 * share.mean():.0f} of 128 units removed")
print("ok: both remove most units; only group lasso makes pixels exactly zero")

# %% tags=["nbval-ignore-output"]
faint = single.measure(l1_networks.faint_inputs, shown)
change = interval(l1_networks.without_faint_inputs(single, shown))
print(f"L1: {64 * faint.mean():.0f} of 64 pixels with no weight above 0.05;\n"
      f"cutting them changes the validation accuracy by {change:+.3f}")

# %% [markdown]
# That the group lasso removes units was predicted; that L1 nearly keeps up with it came out of the
# control. Once the last weight out of a unit is zero, no pull of the loss reaches the weights into
# it, and the penalty takes them as well.
#
# For pixels *exactly zero* is a strict test. Some are the same in nearly all images and tell
# nothing; still their weights under L1 are not zero but about as large as a step or two, as each
# batch pushes them off zero again. Cut what is that faint, as the last cell does, and L1 gives up
# pixels too, at no cost. Group lasso makes the zeros exact.
#
# What is removed as a whole can be cut out of the matrices, and then the network really is smaller
# and faster. **L1 may happen to remove what you want gone; to be sure of it, charge for it.**

# %% [markdown]
# ## Easier to interpret?
#
# What *interpret* means is not for a computer to decide (Lipton 2018 lists what people mean by it).
# But parts of it can be counted. Are there fewer features to look at, at no loss? Are they the true
# ones? Would the same study, on a resample of its own patients, name the same ones? And does any of
# this hold for a network? The patients' data are again the ten measurements, with fifty columns of
# noise.

# %%
show_source(l1_stability.similarity)

# %%
with_noise = l1_stability.with_noise()
c13 = l1.settle_c13(by_k[10], patients[50], with_noise, signals)
assert c13.verdict is Verdict.CONDITIONAL
assert c13.verdicts["fewer features"] is c13.verdicts["at no loss"] is Verdict.SUPPORTED
assert c13.verdicts["true features"] is c13.verdicts["the same ones again"] is Verdict.REFUTED
assert c13.verdicts["networks"] is Verdict.REFUTED
print("ok: fewer features at no loss; but not the true ones, nor the same ones again")

# %% tags=["nbval-ignore-output"]
c13

# %% [markdown]
# The list is short, and that is worth something. Reading it as *these are the causes* is a mistake:
# where the truth is known, most of the list does not matter; among the patients' columns a good
# part is noise, and a resample gives another list. (A bootstrap only stands in for a new sample: it
# repeats patients, and two draws share some.) In the network, where a good part of the weights is
# zero, every input is still in use.

# %% [markdown]
# ## How stable is the choice?
#
# How much a solution moves from sample to sample can be measured in several ways. Fit to bootstrap
# resamples of the training data, and compare: the **coefficients** (their variance, relative to
# their mean), the **top five** features, the set **selected**, the **predictions**.
#
# Four kinds of data: *correlated groups*, 80 features in groups of five near copies; *biopsies*,
# 30 strongly correlated measurements of cells, which tell benign from malignant tumors; *patients
# and noise*, the ten measurements and fifty columns of noise; *independent*, the 60 features of
# which six matter. (Hundreds of fits for each: they may take half a minute.)
#
# ### Predict
#
# The lasso keeps one of several near copies of a feature; ridge shares the weight among them. With
# *independent* features, six of 60 true, which one has the more stable coefficients?

# %%
steadier = checks.predict("With independent features, the model with steadier coefficients is …",
                          options=["the lasso", "ridge", "neither"])

# %%
show_source(l1_stability.resampled)

# %%
correlated, independent = l1_stability.correlated(), l1_stability.independent()
biopsies = l1_stability.biopsies()
studies = {"correlated groups": correlated, "biopsies": biopsies, "patients and noise": with_noise,
           "independent": independent}

# %% tags=["nbval-ignore-output"]
ratios = {f"{study}: {measure}": l1_stability.log_interval(found, measure)
          for study, found in studies.items() for measure in ("coefficients", "predictions")}
ax = plotting.plot_effects(
    ratios, xlabel="natural log of variance, lasso / ridge (right: lasso less stable)",
    title="The lasso's coefficients are less stable where features are correlated")
print(plotting.describe(ax))

# %% [markdown]
# (On this axis 0.7 is twice as much, −0.7 half.) Where features are near copies, the lasso's
# coefficients vary several times as much as ridge's, and about twice on the biopsies; its
# predictions hardly vary more, as copies predict alike. Where most features are noise it is the
# other way round: ridge has to fit all the useless ones as well, and their coefficients wobble.
# With independent features it looks the same, by the 95 % interval; the wider one settles only that
# the lasso is not clearly less stable there.

# %%
c14 = l1.settle_c14(correlated, independent, with_noise)
assert c14.verdict is Verdict.CONDITIONAL
assert c14.verdicts["correlated, coefficients"] is Verdict.SUPPORTED
assert c14.verdicts["independent, coefficients"] is Verdict.REFUTED
assert c14.intervals["independent, coefficients"].high < 0
steadier.reveal("the lasso")
print("ok: less stable where features are near copies; not clearly so on the other two data sets")

# %% tags=["nbval-ignore-output"]
c14

# %% [markdown]
# Beware of one more measure: the set of *selected* features. Ridge selects all of them, every time,
# and is perfectly stable: the comparison is won before it starts.
#
# If you need a list to rely on, resample first, and keep what is selected in most resamples. That
# is **stability selection** (Meinshausen and Bühlmann 2010).

# %% [markdown]
# ## Correlated features: the elastic net
#
# Zou and Hastie (2005) add some L2 to the L1, $\lambda\bigl(\rho\sum|w| + \tfrac{1-\rho}{2}\sum
# w^2\bigr)$, so that near copies share the weight and are kept or dropped together. Here is an
# example of their kind: `grouped` makes 80 features in 16 groups of five, with 50 examples to learn
# from. All members of four groups matter, and the other groups do not. (The form is scikit-learn's.
# Zou and Hastie call it naive, rescale its weights by 1 + λ₂, and report gains in prediction.) The
# members are near copies of each other, or, for comparison, independent.
#
# ### Predict
#
# Lasso and elastic net (ρ = ½), each with the best of eight strengths. Where does the elastic net
# gain more R² over the lasso?

# %%
where = checks.predict("The elastic net gains more R² over the lasso where the features are …",
                       options=["correlated", "independent"])

# %%
alike, apart = l1_linear.grouped(0.95), l1_linear.grouped(0.0)

# %%
c17 = l1.settle_c17(alike, apart, correlated, biopsies)
assert c17.verdict is Verdict.CONDITIONAL
assert c17.verdicts["more of a group"] is c17.verdicts["the same ones again"] is Verdict.SUPPORTED
assert c17.verdicts["prediction"] is c17.verdicts["more than elsewhere"] is Verdict.REFUTED
assert c17.intervals["more than elsewhere"].high < 0
where.reveal("independent")
print("ok: the elastic net keeps more of each group; its gain in prediction lies elsewhere")

# %% tags=["nbval-ignore-output"]
c17

# %% tags=["nbval-ignore-output"]
for features, found in {"correlated": alike, "independent": apart}.items():
    for name, scores in found.items():
        print(f"{features:12} {name:12} test R² {interval(scores['test']):.2f}")

# %% [markdown]
# The elastic net does what it promises: more of each group is found, and the choice is more stable.
# But for *prediction* near copies are as good as each other, so it does not matter which one the
# lasso takes. The elastic net gains more where features are independent, because there the twenty
# that matter are not copies of each other: twenty features for fifty examples is no longer sparse,
# and every bit of ridge helps. (Ridge itself does best there.) **Ask what you want it for**: the
# list, or the prediction.
#
# Is this due to the form, or to ρ? Here are two other elastic nets on the correlated groups, each
# with the best of as many strengths on validation data:

# %% tags=["nbval-ignore-output"]
others = l1_linear.elastic_nets()
for name in ("ρ = 0.5", "ρ = 0.5, rescaled", "ρ = 0.2"):
    print(f"{name:18} R², − lasso: {paired_difference(others[name], others['lasso']):+.3f}")

# %% [markdown]
# Neither changes the picture: whatever is gained is small beside the R² itself.

# %% [markdown]
# ## Outliers
#
# *L1 is robust to outliers.* Two things go by the name L1: the **penalty** Σ|w|, and the **loss**
# Σ|error|, the mean absolute error.
#
# ### Predict
#
# A tenth of the training targets are off by far. Strengths are chosen on clean validation data. How
# much of its R² does the lasso (squared loss, L1 penalty) keep? (This is the longest computation of
# the chapter: up to a minute.)

# %%
robust = checks.predict("With a tenth of the targets wild, the lasso keeps …",
                        options=["nearly all of its R²", "about half", "little or nothing"])

# %%
show_source(l1_linear.with_outliers)

# %%
shares = [0.0, 0.05, 0.1]
wild = {share: l1_linear.outliers(share) for share in shares}

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_lines(
    shares, {name: np.array([wild[s][name] for s in shares]).T
             for name in l1_linear.OUTLIER_MODELS},
    xlabel="share of training targets that are wild", ylabel="test R²",
    title="Robust losses withstand outliers; squared loss does not")
print(plotting.describe(ax))

# %% [markdown]
# Two of the four models hardly notice, two break down. The difference between the two pairs is not
# the penalty.

# %%
c15 = l1.settle_c15(wild[0.0], wild[0.1])
assert c15.verdicts["L1 penalty"] is Verdict.REFUTED
assert c15.verdicts["L1 loss"] is Verdict.SUPPORTED
robust.reveal("little or nothing")
print("ok: the L1 loss is robust, the L1 penalty is not")

# %% tags=["nbval-ignore-output"]
c15

# %% [markdown]
# (An R² of 0 is what a constant would get.) A penalty looks at the weights; these outliers are in
# the targets, and with the squared loss the pull of an outlier grows with its size. No price on
# weights changes that. The absolute loss gives every example the same pull. The control shows that
# it is the loss alone: Huber's (1964), squared for small errors and absolute for large ones, is
# robust with an L2 penalty. A wild *input* is another matter: its pull grows with x, and neither
# loss limits that. It was not tested here.

# %%
huber = "Huber's loss, L2 penalty"
assert l1.HUBER.decide(Difference(wild[0.1][huber], wild[0.0][huber])) is Verdict.SUPPORTED
print("ok: a robust loss is robust with an L2 penalty too")

# %% [markdown]
# Not all rules of this chapter are the original ones, as their tables say. A first run could not
# settle the one for the L1 loss, and came close to the bounds of two others, in C14 and C17. They
# were changed, and a rule on the L2 penalty under outliers was taken out. The verdicts came out the
# same on fresh seeds; settings had been found on the seeds shown, among others. (The linear model
# of C16 has been tuned only since then.) To run them again:
#
# ```
# make claims ARGS="C12 C13 C14 C15 C16 C17 --base-seed 3000"
# ```

# %% [markdown]
# ## Play
#
# Sixty features, six of which matter. Move the slider, α of `Lasso`, with the mouse or the arrow
# keys. When does the last useless coefficient disappear, what has become of the useful ones by
# then, and what of the R²?

# %% tags=["nbval-ignore-output"]
widgets.PathExplorer(*paths)

# %% [markdown]
# Blue features matter, orange ones do not; the gray outline is the truth. Paths and bars are those
# of one seed, the R² and the counts in the sentence are means over ten. At the strength chosen on
# validation data many orange bars are left. In the seed shown, the last of them goes only together
# with the last blue one. In some other seeds it goes earlier, and the blue ones are then far too
# short, or some are gone.

# %% [markdown]
# ## Verdicts

# %%
for settled in (c12, c13, c14, c15, c16, c17):
    print(settled.summary())

# %% tags=["nbval-ignore-output"]
effects = {"C13 lasso − ridge, R², patients and noise": c13.intervals["at no loss"],
           "C15 absolute loss, R², outliers − none": c15.intervals["L1 loss"],
           "C17 elastic net − lasso, R², groups": c17.intervals["prediction"]}
ax = plotting.plot_effects(effects, xlabel="difference in test R²",
                           title="L1 gains, if at all, where noise is to be shut out")
print(plotting.describe(ax))
print(f"Not drawn: C15 lasso, R², outliers − none: {c15.intervals['L1 penalty']:+.2f}\n"
      f"Not R²:    C16 L1 − none, accuracy, network: {c16.intervals['against no penalty']:+.3f}")

# %% [markdown]
# L1 gains where noise columns have to be shut out: here among the patients' columns (but see
# below), and above, where 5 of 200 features matter. The other effects in the figure are small. The
# largest of all would not fit on this axis, so it is printed: the damage done by outliers, which
# the L1 penalty does not prevent and the L1 loss does. **Scope**: linear models and small networks,
# few examples. The patients and biopsies are the same for every seed, split anew, so their
# intervals are too narrow. For test scores, Nadeau and Bengio (2003, see chapter 01) estimate by
# how much:

# %% tags=["nbval-ignore-output"]
for settled in (c13, c17):
    print(settled.over_splits_summary())

# %% [markdown]
# Where it says “not settled”, that is about fresh patients or biopsies. The estimate is for test
# scores only. The intervals of C12, C13 and C14 for features selected among the patients' columns
# are too narrow as well; by how much is not known.

# %% [markdown]
# ## On a card
#
# | | L1, proximal (`SoftThreshold`) |
# |---|---|
# | formula | λΣ\|w\|; $w \leftarrow \operatorname{sign}(w)\max(\lvert w\rvert - \eta\lambda, 0)$ |
# | acts on | the weights, after each step of the optimizer; as a penalty (`L1`), on the gradient |
# | typical λ | networks 0.001 to 0.1, linear models 0.01 to 1 (α: half of it); 0 is off |
# | goes with | standardized features; L2 (elastic net); pruning after the penalty form |
# | beware of | a plain penalty has no zeros; momentum: use λ/(1 − μ); Adam: one threshold for all |
# | costs | one pass over the weights per step; sparse is not fast in dense kernels |
#
# | | elastic net (`ElasticNet`) |
# |---|---|
# | formula | $\lambda\bigl(\rho\sum\lvert w\rvert + \tfrac{1-\rho}{2}\sum w^2\bigr)$ |
# | acts on | as L1; in scikit-learn with exact zeros, here as a penalty without |
# | typical values | ρ from 0.1 to 0.9 (`l1_ratio`); λ = 0 is off; ρ = 1 is L1, ρ = 0 is L2 |
# | goes with | correlated features, when the list matters; for zeros `(L2(a), SoftThreshold(b))` |
# | beware of | two numbers to tune: give the lasso as many tries when you compare |
# | costs | as L1 |
#
# | | group lasso (`GroupLasso`) |
# |---|---|
# | formula | $\lambda\sum_g \sqrt{d_g}\,\lVert w_g\rVert_2$ and its proximal step |
# | acts on | all weights that leave an input or unit (`dim=1`), or enter one (`dim=0`) |
# | typical λ | about as L1's, or smaller: 0.001 to 0.05; 0 is off |
# | goes with | cutting the zero units out afterwards |
# | beware of | biases stay: a unit with no inputs (`dim=0`) still gives a constant |
# | costs | one pass over the weights per step; what is cut out saves time and memory |

# %% [markdown]
# ## Quiz
#
# Four questions, five minutes. Choose, read what it says, and choose again if you like: by mouse,
# or with Tab and Space. Run the cell once more to begin anew.

# %%
checks.chapter03.quiz

# %% [markdown]
# <details><summary>Answers, with reasons</summary>
#
# **Question 1**: b is right.
#
# - a: The penalty makes them small. Near zero its slope jumps between +λ and −λ, each step
#   overshoots, and the next one comes back.
# - b: A slope alone cannot hold a weight at zero. A proximal step can: it moves the weight by ηλ
#   and stops at zero.
# - c: A smaller learning rate makes the jumps around zero smaller. They never end there.
#
# **Question 2**: c is right.
#
# - a: The strength that predicts best also keeps much that does not matter. One that silences all
#   of it would shrink the useful ones too far.
# - b: Another sample gives another list. To rely on one, resample, and keep what is selected in
#   most resamples.
# - c: The best strength for prediction is not the best strength for selection. A list of features
#   is not a finding.
#
# **Question 3**: a is right.
#
# - a: They can be cut out of the matrices, and then the network really is smaller. The group lasso
#   charges for them.
# - b: A matrix multiplication multiplies zeros like any other number. Scattered zeros save time
#   only in formats and on hardware made for them.
# - c: That is magnitude pruning. Its zeros too are scattered over the matrix, and a dense layer
#   takes as long as before.
#
# **Question 4**: a is right.
#
# - a: They limit the pull of a large error. With Huber's loss an L2 penalty does as well: it is the
#   loss that counts.
# - b: Absolute values of the errors are. The penalty takes those of the weights, and the squared
#   loss still lets outliers pull.
# - c: The squared loss multiplies the pull of an outlier by its size. No price on weights changes
#   that.
#
# </details>

# %% [markdown]
# ## To take away
#
# - L1 pulls every weight with the same force. Exact zeros need a proximal step; the gradient of a
#   penalty makes none.
# - Where few features matter, and none is a copy of another, the strength that predicts best keeps
#   them, and much that does not matter. A list of features
#   is not a finding: resample before you trust it.
# - L1 is a bet that few features matter. It wins big if so, and loses if not. Its list is unstable
#   where features are correlated, and elastic net makes the list longer, not the prediction better.
# - A network can lose a good part of its weights at no cost. It gets smaller or faster only where
#   whole units or inputs go. L1 may remove units on the way; group lasso makes sure of it, and of
#   inputs too.
# - Against wild targets, change the loss, not the penalty.
#
# Next: the [exercises](../exercises/03_l1_and_sparsity.ipynb).

# %% [markdown]
# ## Sources
#
# - R. Tibshirani (1996). Regression shrinkage and selection via the lasso. *Journal of the Royal
#   Statistical Society B* 58.
# - N. Parikh, S. Boyd (2014). Proximal algorithms. *Foundations and Trends in Optimization* 1.
# - A. Y. Ng (2004). Feature selection, L1 vs. L2 regularization, and rotational invariance. *ICML*.
# - H. Zou, T. Hastie (2005). Regularization and variable selection via the elastic net. *Journal of
#   the Royal Statistical Society B* 67.
# - M. Yuan, Y. Lin (2006). Model selection and estimation in regression with grouped variables.
#   *Journal of the Royal Statistical Society B* 68.
# - N. Meinshausen, P. Bühlmann (2010). Stability selection. *Journal of the Royal Statistical
#   Society B* 72.
# - P. J. Huber (1964). Robust estimation of a location parameter. *Annals of Mathematical
#   Statistics* 35.
# - S. Han, J. Pool, J. Tran, W. J. Dally (2015). Learning both weights and connections for
#   efficient neural networks. *NeurIPS 28*.
# - S. Scardapane, D. Comminiello, A. Hussain, A. Uncini (2017). Group sparse regularization for
#   deep neural networks. *Neurocomputing* 241.
# - C. Louizos, M. Welling, D. P. Kingma (2018). Learning sparse neural networks through L0
#   regularization. *ICLR*.
# - Z. C. Lipton (2018). The mythos of model interpretability. *Queue* 16.
