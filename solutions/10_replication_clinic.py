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
# # 10 The replication clinic
#
# Six demos, each with a flaw that real demos have: written anew for this page, short, and
# convincing. Each comes with two exercises. In the first you **audit** the demo: find the flaw, the
# run that would show it, and the most that the demo allows one to say. In the second you write a
# tool that the repair needs. Then the claim is **replicated**: the rule is fixed first, you commit
# to a verdict, at least 16 paired seeds are run, and the report gives effect, interval and verdict.
# Last you write down the scope: what was tried, and what was not.
#
# Thirteen exercises, about 130 minutes and 37 points in all. Do the cases in order: the later ones
# use your `report` from case 1. Before you start, know chapters 01 and 02. Cases 2, 4 and 5 speak
# of dropout, augmentation and early stopping (chapters 04 to 06), and explain what they need.
#
# Replace `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it.
# A check tries your function on fresh random inputs. It looks at what the function does, not at how
# it is written, and you may run it as often as you like. The hints and a solution are folded
# underneath. A replication that calls a function you have not written yet stops with that
# function's `NotImplementedError`.

# %%
import dataclasses
import math
import statistics
from functools import partial

import torch

from reglab import L2, MLP, SGD, EarlyStopping, Recipe, checks, data, fit, sweep
from reglab.comparison import UnfairComparison, allow, compare
from reglab.statistics import interval

# %% [markdown]
# All demos but one use the signals of MNIST-1D and a small network. Each seed has fresh training
# and validation data. The test set is the same for all: its own error does not shrink with more
# seeds.

# %%
signals = partial(data.mnist1d, n_train=500)
network = Recipe(MLP(40, 64, 64, 10), optimizer=SGD(lr=0.05, momentum=0.9), epochs=20,
                 batch_size=50)
longer = network.replace(epochs=60)
verdict_of = partial(checks.predict, options=["supported", "refuted", "not settled"])


def show(claim, found):
    print("{}: {effect:+.3f} [{low:+.3f}, {high:+.3f}], {seeds} seeds: {verdict}".format(
        claim, **found))

# %% [markdown]
# ## Exercise 10.1 — Audit case 1: a weak penalty
#
# *audit · difficulty 1 of 3 · 5 minutes · 2 points*
#
# **Case 1.** A penalty is switched on, and the test accuracy is printed with and without it.


# %%
def one_run(seed):
    scores = []
    for strength in (0.0, 0.0001):
        recipe = network.replace(techniques=(L2(strength),))
        few = partial(data.mnist1d, n_train=500, n_test=200)
        scores.append(fit(recipe, few, seed, progress=False).test().item())
    print("test accuracy without L2 {:.2f}, with L2 {:.2f}".format(*scores))
    print("As we see, L2 regularization improves generalization.")


# %% tags=["nbval-ignore-output"]
one_run(seed=2)

# %% [markdown]
# **flaw** — What spoils the conclusion?
#
# - a: The two networks saw different data
# - b: One run and 200 test examples, and a sentence that no result can change
# - c: The strength of the penalty was not tuned
# - d: The penalty is part of the test accuracy
#
# **control** — Which run shows that soonest?
#
# - a: The same demo with `torch.manual_seed(0)` at its beginning
# - b: The same demo with ten times the epochs
# - c: The same demo with a few other seeds
#
# **claim** — The most that the demo's run allows one to say is:
#
# - a: At least with this seed and on these data, L2 improved generalization
# - b: L2 makes no difference here
# - c: With this seed, the network with L2 got a few more of 200 examples right


# %%
def audit_1():
    """Return a dict with one letter for each of "flaw", "control" and "claim"."""
    ### BEGIN SOLUTION
    return {"flaw": "b", "control": "c", "claim": "c"}
    ### END SOLUTION


# %%
checks.chapter10.audit_1.check(audit_1)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which result would have made the demo print another sentence?
#
# </details>
# <details><summary>Hint 2</summary>
#
# How many test examples make the difference of the two accuracies? Call `one_run` with the seeds 2
# and 3.
#
# </details>

# %% tags=["solution-only"]
for seed in (2, 3):
    one_run(seed)

# %% [markdown]
# ## Exercise 10.2 — Report by a rule
#
# *code · difficulty 2 of 3 · 15 minutes · 4 points*
#
# A conclusion can only be trusted if the run could have led to another one. So write down *before*
# the run which effects would bear the claim out: a range, such as from 0.01 to infinity for "a gain
# of at least one point of accuracy", and how many seeds are to be run. Then let the 95 % interval
# of the mean difference decide:
#
# - inside the range altogether: `"supported"`;
# - outside altogether: `"refuted"`;
# - across an edge, or another number of seeds than planned: `"not settled"`.
#
# More seeds than planned are no better than fewer: whoever adds seeds until the interval leaves the
# edge will often find an effect that is not there.
#
# `interval(differences)` from `reglab.statistics` computes Student's t interval. An edge belongs to
# the range.


# %%
def report(differences, rule):
    """What paired differences say, by a rule that was fixed before.

    differences: list of numbers, one for each seed; at least two. Mostly treatment − control,
        but any number will do that a claim is about
    rule: {"low": …, "high": …, "seeds": …}, the range of effects that supports the claim
        (an open side is ±infinity) and the number of seeds that were planned
    returns: {"effect": the mean, "low": …, "high": …, the ends of its 95 % interval,
        "seeds": how many there were, "verdict": one of the three words}
    """
    ### BEGIN SOLUTION
    found = interval(differences)
    if found.n != rule["seeds"]:
        verdict = "not settled"
    elif rule["low"] <= found.low and found.high <= rule["high"]:
        verdict = "supported"
    elif found.high < rule["low"] or found.low > rule["high"]:
        verdict = "refuted"
    else:
        verdict = "not settled"
    return {"effect": found.mean, "low": found.low, "high": found.high, "seeds": found.n,
            "verdict": verdict}
    ### END SOLUTION


# %%
checks.chapter10.reporting.check(report)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Where the interval lies decides, not the mean: inside the range of the rule altogether, outside
# altogether, or across an edge. And what if the number of seeds is not the planned one?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `found = interval(differences)` has `mean`, `low` and `high`. Compare `found.low` and `found.high`
# with both edges of the rule; a comparison with infinity needs no special case.
#
# </details>

# %% [markdown]
# **Replication.** The claim of case 1: this penalty gains at least one point of test accuracy on
# these data, with this network and budget. The rule: at least 0.01, with 16 seeds. The test set now
# has 4000 examples. `compare` pairs the two arms by seed, and would refuse if they differed in
# anything but the penalty. Commit to a verdict before you run it.

# %%
guess_1 = verdict_of("The claim that this penalty gains a point of test accuracy will be …")

# %% tags=["nbval-ignore-output"]
arms_1 = {strength: network.replace(techniques=(L2(strength),)) for strength in (0.0, 0.0001)}
result = sweep(arms_1, signals, seeds=range(100, 116), progress=False)
penalized = compare(result.only(0.0001), result.only(0.0))
print(penalized)
report_1 = report(list(penalized), {"low": 0.01, "high": math.inf, "seeds": 16})
show("gains a point", report_1)
guess_1.reveal(report_1["verdict"])

# %% tags=["test-solution"]
assert report_1["verdict"] == "refuted" and abs(report_1["effect"]) < 0.005
print("ok: no gain of a point")

# %% [markdown]
# **Scope.** *Write here, before you read on: what was tried, and what was not?*

# %% [markdown] tags=["solution-only"]
# What came out: *refuted*. At this strength the penalty gains no point here. Scope: this strength,
# this network, 200 steps, and one common set of 4000 test examples. That L2 is useless does not
# follow: chapter 02 finds gains at strengths a hundred times larger.

# %% [markdown]
# ## Exercise 10.3 — Audit case 2: a dropout layer
#
# *audit · difficulty 2 of 3 · 10 minutes · 2 points*
#
# **Case 2.** Someone wrote a dropout layer and trained with and without it.


# %%
class SeededDropout(torch.nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        torch.manual_seed(0)    # so that the run can be repeated
        keep = torch.rand_like(x) >= self.p
        return x * keep / (1 - self.p)


def train_and_test(layer, seed):
    torch.manual_seed(seed)
    splits = signals(seed)
    x, y = splits.train.x.flatten(1), splits.train.y
    net = torch.nn.Sequential(torch.nn.Linear(40, 64), torch.nn.ReLU(), layer,
                              torch.nn.Linear(64, 64), torch.nn.ReLU(), layer,
                              torch.nn.Linear(64, 10)).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for _ in range(60):
        for batch in torch.randperm(len(x)).split(50):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
            optimizer.step()
    test = splits.open_test("the demo")
    with torch.no_grad():
        return (net.eval()(test.x.flatten(1)).argmax(1) == test.y).float().mean().item()


# %% tags=["nbval-ignore-output"]
print(f"test accuracy without dropout {train_and_test(torch.nn.Identity(), seed=0):.2f}, "
      f"with dropout {train_and_test(SeededDropout(0.35), seed=0):.2f}")
print("Dropout costs accuracy: with few examples no unit can be spared.")

# %% [markdown]
# **flaw** — What spoils the conclusion?
#
# - a: Units are dropped in evaluation too
# - b: What is kept is scaled the wrong way
# - c: Every call starts the random numbers anew
# - d: Both hidden layers share one dropout layer
#
# **control** — Which test shows that soonest, without any training?
#
# - a: Call the layer twice on the same input, in training mode
# - b: Call the layer on ones and compare the mean with 1
# - c: Call the layer in evaluation mode and look for zeros
#
# **claim** — The most that the demo's run allows one to say is:
#
# - a: Dropout costs accuracy on small data sets
# - b: A layer written like this one cost accuracy in one run
# - c: At this rate, with this little data, dropout cost accuracy in one run


# %%
def audit_2():
    """Return a dict with one letter for each of "flaw", "control" and "claim"."""
    ### BEGIN SOLUTION
    return {"flaw": "c", "control": "a", "claim": "b"}
    ### END SOLUTION


# %%
checks.chapter10.audit_2.check(audit_2)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A demo about a technique must use that technique. What does each line of `forward` do when it is
# called for the second time?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Which lines use random numbers, in the layer and in the training loop, and where do these come
# from after `torch.manual_seed(0)`?
#
# </details>

# %% tags=["solution-only"]
layer, ones = SeededDropout(0.35), torch.ones(50, 64)
print("two calls are equal:", torch.equal(layer(ones), layer(ones)))

# %% [markdown] tags=["solution-only"]
# The masks are frozen, and so is the shuffling, which draws from the same random numbers. Which of
# them costs? Freeze the masks alone:


# %% tags=["solution-only"]
class FrozenMasks(SeededDropout):
    """Draws the same masks at every call, and leaves the random numbers as they were."""

    def forward(self, x):
        with torch.random.fork_rng(devices=[]):
            return super().forward(x)


# %% tags=["solution-only", "nbval-ignore-output"]
for name, layer in {"none": torch.nn.Identity(), "masks frozen": FrozenMasks(0.35),
                    "masks and shuffling frozen": SeededDropout(0.35)}.items():
    print(f"{name}: {statistics.mean(train_and_test(layer, seed) for seed in (0, 1)):.2f}")

# %% [markdown] tags=["solution-only"]
# Frozen masks alone do no harm here (nor in chapter 04), and frozen shuffling alone does none
# either. Together they tie each example to one sub-network for ever: it meets no other.

# %% [markdown]
# ## Exercise 10.4 — Pre-register the replication
#
# *design · difficulty 2 of 3 · 15 minutes · 4 points*
#
# Before a replication runs, fix its rule: the range of effects that would bear the claim out, and
# the number of seeds. The claim says in which direction the treatment's score should differ,
# `"higher"` or `"lower"`; `smallest` is the smallest effect that matters to you. A **pilot** on
# other seeds has given a few paired differences. From it you may take their spread s, the standard
# deviation (divided by n − 1), and nothing else.
#
# The interval will reach from about mean − 2·s/√n to mean + 2·s/√n. Use the factor 2, as given, and
# ask for the fewest seeds n for which it is no longer than `smallest`; but for at least 16. Then it
# will hardly hold both 0 and an effect that matters. (Not never: the pilot's s is itself uncertain,
# so the interval is longer about half the time.) A true effect that just equals `smallest` mostly
# stays open: to be *supported* in about three of four such runs, it must be 1.7 times as large.


# %%
def preregister(direction, smallest, pilot):
    """The rule of a replication, from the claim and the spread of a pilot.

    direction: "higher" or "lower", how the treatment is said to score
    smallest: number above 0, the smallest effect that matters
    pilot: list of paired differences, treatment − control, of other seeds
    returns: {"low": …, "high": …, "seeds": …}, as `report` takes it; an open side is
        math.inf or -math.inf
    """
    ### BEGIN SOLUTION
    needed = math.ceil((4 * statistics.stdev(pilot) / smallest) ** 2)
    low, high = (smallest, math.inf) if direction == "higher" else (-math.inf, -smallest)
    return {"low": low, "high": high, "seeds": max(16, needed)}
    ### END SOLUTION


# %%
checks.chapter10.planning.check(preregister)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which of the two edges is open? And which one number of the pilot may be used? From which number
# of seeds on is an interval of ± 2·s/√n no longer than `smallest`?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `needed = math.ceil((4 * s / smallest) ** 2)`, with `s = statistics.stdev(pilot)`; the rule asks
# for that many seeds, or for 16 if that is more.
#
# </details>

# %% [markdown]
# **Replication.** The demo of case 2 says that dropout costs accuracy. Two claims are planned
# before the run, and both are decided by the same interval, so that at most one can be supported:
# dropout *raises* the test accuracy by at least one point, and dropout *lowers* it by at least one
# point. The pilot has twelve seeds and looks at validation data only, so that the test data stay
# closed; it takes 4000 examples, as many as the test set has. The layer is now the course's own: a
# fresh mask at every step.

# %%
guess_2 = verdict_of("The claim that dropout gains a point of test accuracy will be …")

# %% tags=["nbval-ignore-output"]
arms_2 = {"none": longer, "dropout": longer.replace(model=MLP(40, 64, 64, 10, dropout=0.35))}
many = partial(data.mnist1d, n_train=500, n_validation=4000)
pilot = sweep(arms_2, many, seeds=range(200, 212), every=60, progress=False)
pilot = list(compare(pilot.only("dropout"), pilot.only("none"), part="validation"))
rules = {direction: preregister(direction, 0.01, pilot) for direction in ("higher", "lower")}
print(rules)
seeds = range(100, 100 + rules["higher"]["seeds"])
result = sweep(arms_2, signals, seeds, every=60, progress=False)
dropped = compare(result.only("dropout"), result.only("none"))
print(dropped)
reports_2 = {direction: report(list(dropped), rule) for direction, rule in rules.items()}
for direction, found in reports_2.items():
    show(f"dropout scores {direction}", found)
guess_2.reveal(reports_2["higher"]["verdict"])

# %% tags=["test-solution"]
assert reports_2["higher"]["verdict"] == "supported" and reports_2["lower"]["verdict"] == "refuted"
assert reports_2["higher"]["seeds"] > 16 and reports_2["higher"]["effect"] > 0.02
print("ok: real dropout gains more than a point")

# %% [markdown]
# **Scope.** *Write here, before you read on: what was tried, and what was not?*

# %% [markdown] tags=["solution-only"]
# What came out: the demo's claim is *refuted*, its opposite *supported*. Dropout gains a few points
# here. What cost the demo its accuracy was no dropout: fixed masks with fixed shuffling. The pilot
# asked for more than 16 seeds. Scope: this network, 500 examples, 600 steps, one rate that was not
# tuned, and one common test set.

# %% [markdown]
# ## Exercise 10.5 — Audit case 3: a linear regression
#
# *audit · difficulty 2 of 3 · 10 minutes · 2 points*
#
# **Case 3.** A linear regression has 20 examples and 200 features, so it can fit anything. The demo
# shows what weight decay does for it.


# %%
def regression(seed, strength, scale):
    """Descent from a random start of this scale; outputs and targets of the test data."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(1020, 200, generator=g)
    y = 0.05 + 0.01 * x.sum(1, keepdim=True) + 0.01 * torch.randn(1020, 1, generator=g)
    weight, bias = scale * torch.randn(200, 1, generator=g), torch.zeros(1)
    for _ in range(400):
        error = x[:20] @ weight + bias - y[:20]
        weight = weight - 0.003 * (x[:20].T @ error / 20 + strength * weight)
        bias = bias - 0.003 * error.mean()
    return x[20:] @ weight + bias, y[20:], y[:20]


# %% tags=["nbval-ignore-output"]
for strength in (0.0, 3.0):
    outputs, targets, _ = regression(seed=0, strength=strength, scale=1.0)
    print(f"weight decay {strength}: test loss {((outputs - targets) ** 2).mean():.2f}")
print("Weight decay makes the regression generalize: its loss is hundreds of times smaller.")

# %% [markdown]
# **flaw** — What spoils the conclusion?
#
# - a: The test set is too small to see a difference
# - b: The difference is the random start: without decay it stays in the weights
# - c: Without decay it was not trained long enough
# - d: It is a single run
#
# **control** — Which control is missing?
#
# - a: More seeds for the same two arms
# - b: A start at zero without decay, and a constant
# - c: A grid of strengths, chosen on validation data
#
# **claim** — The most that the demo's run allows one to say is:
#
# - a: In one run from a large random start, the arm with decay had the lower loss
# - b: Weight decay improves on a zero start
# - c: In this run at least, weight decay made the regression generalize


# %%
def audit_3():
    """Return a dict with one letter for each of "flaw", "control" and "claim"."""
    ### BEGIN SOLUTION
    return {"flaw": "b", "control": "b", "claim": "a"}
    ### END SOLUTION


# %%
checks.chapter10.audit_3.check(audit_3)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# There are 200 features and 20 examples. In how many directions can the training examples move the
# weights? Where do the weights stay in all others?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Is 0.2 a small loss? Compute what predicting one number for all test examples would cost.
#
# </details>

# %% [markdown]
# ## Exercise 10.6 — Score against a constant
#
# *code · difficulty 1 of 3 · 10 minutes · 3 points*
#
# A loss of 0.2 says nothing by itself. Put it on a scale with two fixed points: 1 for a perfect
# model, 0 for the best **constant** that the training data offer, their mean target. The *skill* is
# 1 − E/E₀: E is the model's mean squared error on the test data, E₀ that of the constant on the
# same data. Below 0 a model is worse than knowing nothing about x.


# %%
def skill(outputs, targets, train_targets):
    """How much better than a constant a regression predicts.

    outputs, targets: tensors (N, 1), predictions and truth on the test data
    train_targets: tensor (M, 1), the targets of the training data
    returns: one number, at most 1
    """
    ### BEGIN SOLUTION
    constant = train_targets.mean()
    return 1 - ((outputs - targets) ** 2).mean() / ((constant - targets) ** 2).mean()
    ### END SOLUTION


# %%
checks.chapter10.skilled.check(skill)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The constant is a model too: it is fitted on training data and scored on the same test targets.
# Which number is it?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `constant = train_targets.mean()`, then one minus the mean of `(outputs - targets) ** 2` over that
# of `(constant - targets) ** 2`.
#
# </details>

# %% [markdown]
# **Replication.** Two claims, planned together. First: from the random start, decay makes a model
# that is better than the constant, so its skill is above 0. That is no difference of two arms: each
# seed gives one number, its skill. Second: decay is worth something from a *zero* start too, at
# least 0.1 of skill, a tenth of the way from the constant to a perfect model. Both claims are
# reported, whatever comes of the other, so each may keep its 95 % interval; if one of the two were
# enough for a success, both intervals would have to be wider. 16 seeds; each draws its own data and
# start.

# %%
guess_3 = verdict_of("The claim that decay makes a model better than the constant will be …")

# %% tags=["nbval-ignore-output"]
seeds = range(100, 116)
skills = {(scale, strength): [float(skill(*regression(seed, strength, scale))) for seed in seeds]
          for scale in (1.0, 0.0) for strength in (0.0, 3.0)}
gains_3 = [b - a for a, b in zip(skills[0.0, 0.0], skills[0.0, 3.0], strict=True)]
for (scale, strength), values in skills.items():
    print(f"start {scale}, decay {strength}: skill {interval(values):.2f}")
reports_3 = {"beats a constant": report(skills[1.0, 3.0], {"low": 0.0, "high": math.inf,
                                                          "seeds": 16}),
             "gains from zero": report(gains_3, {"low": 0.1, "high": math.inf, "seeds": 16})}
for claim, found in reports_3.items():
    show(claim, found)
guess_3.reveal(reports_3["beats a constant"]["verdict"])

# %% tags=["test-solution"]
assert all(found["verdict"] == "refuted" for found in reports_3.values())
assert max(skills[1.0, 3.0]) < 0 < reports_3["gains from zero"]["low"]
print("ok: worse than a constant from a random start; a small gain from zero")

# %% [markdown]
# **Scope.** *Write here, before you read on: what was tried, and what was not?*

# %% [markdown] tags=["solution-only"]
# What came out: both *refuted*. The model that the demo praises is worse than a constant. Not to
# start at random does far more than the decay did, and costs nothing. From zero, decay does help,
# by less than was planned to matter: a small effect that is there. Scope: this one kind of data,
# one strength, plain descent.

# %% [markdown]
# ## Exercise 10.7 — Audit case 4: noisy copies
#
# *audit · difficulty 2 of 3 · 5 minutes · 2 points*
#
# **Case 4.** Each training example gets a noisy copy. This demo knows its statistics: 16 seeds,
# paired, with an interval.


# %%
def with_copies(seed):
    splits = signals(seed)
    x, y = splits.train.x, splits.train.y
    noise = 0.05 * torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
    train = data.Split(torch.cat([x, x + noise]), torch.cat([y, y]))
    return dataclasses.replace(splits, train=train)


# %% tags=["nbval-ignore-output"]
short = network.replace(epochs=10)
plain = sweep({"plain": short}, signals, seeds=range(16), progress=False)
copies = sweep({"copies": short}, with_copies, seeds=range(16), progress=False)
gain_4 = interval((copies.test("copies") - plain.test("plain")).tolist())
print(f"accuracy gained by noisy copies, 10 epochs each: {gain_4:.3f}")
print("Augmentation by noise improves generalization; the interval excludes zero.")

# %% [markdown]
# **flaw** — What spoils the conclusion?
#
# - a: Sixteen seeds are too few
# - b: Noisy copies of training examples got into the test data
# - c: The seeds are not paired
# - d: Twice the examples make twice the steps: one arm was trained longer
#
# **control** — Which control is missing?
#
# - a: More noise in the copies
# - b: The plain data, trained for as many steps
# - c: Three times as many seeds
#
# **claim** — The most that the demo allows one to say is:
#
# - a: With this budget and on these data, noisy copies raise accuracy
# - b: Noisy copies and twice the steps, together, raise accuracy here
# - c: Twice the steps raise accuracy here


# %%
def audit_4():
    """Return a dict with one letter for each of "flaw", "control" and "claim"."""
    ### BEGIN SOLUTION
    return {"flaw": "d", "control": "b", "claim": "b"}
    ### END SOLUTION


# %%
checks.chapter10.audit_4.check(audit_4)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The statistics are in order. Go through all that differs between the two arms.
#
# </details>
# <details><summary>Hint 2</summary>
#
# How many optimizer steps did each arm make?
#
# </details>

# %% [markdown]
# The course's `compare` would not have done it. That there are more examples is the treatment here,
# and may be allowed in words. Another difference is left:

# %%
try:
    compare(copies, plain, allow=allow(examples="the copies are the treatment"))
except UnfairComparison as refusal:
    print(refusal)

# %% [markdown]
# ## Exercise 10.8 — Match the steps
#
# *code · difficulty 2 of 3 · 15 minutes · 4 points*
#
# Repair the comparison: train both arms for the same number of **steps**. One step is one batch;
# the last batch of an epoch may be smaller, and is a step too. `train(arm, epochs, seed)` trains
# one network and returns its test score. `steps` is a multiple of both arms' steps per epoch. Use
# every seed for both arms; there are at least 16. With equal steps, `compare` would do the same.
# Here you count them yourself, because most code has no such guard.
#
# The check hands you a `train` that only pretends to train. It notes how it is called, and its
# scores depend on the steps.


# %%
def matched(train, examples, batch_size, steps, seeds):
    """The paired differences of two arms after equally many steps.

    train: function (arm, epochs, seed) -> score; epochs is a whole number
    examples: {control: N, treatment: M}, the training examples of the two arms, in this order
    batch_size, steps: whole numbers; seeds: list of whole numbers
    returns: list of differences, treatment − control, in the order of `seeds`
    """
    ### BEGIN SOLUTION
    scores = []
    for arm, count in examples.items():
        epochs = steps // math.ceil(count / batch_size)
        scores.append([train(arm, epochs, seed) for seed in seeds])
    control, treatment = scores
    return [b - a for a, b in zip(control, treatment, strict=True)]
    ### END SOLUTION


# %%
checks.chapter10.matching.check(matched)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# How many steps does an epoch of n examples take, in batches of B, if the last batch may be
# smaller? How many epochs make `steps`, then, for each arm?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `epochs = steps // math.ceil(examples[arm] / batch_size)`. Then one call of `train` for each arm
# and each seed, and the differences seed by seed.
#
# </details>

# %% [markdown]
# **Replication.** The claim of case 4: noisy copies gain at least one point of test accuracy, after
# 200 steps in both arms, with 16 seeds. Your function trains in earnest now.

# %%
guess_4 = verdict_of("The claim that noisy copies gain a point at equal steps will be …")


# %%
def really_train(arm, epochs, seed):
    source = {"plain": signals, "copies": with_copies}[arm]
    return fit(network.replace(epochs=epochs), source, seed, progress=False).test().item()


# %% tags=["nbval-ignore-output"]
differences = matched(really_train, {"plain": 500, "copies": 1000}, 50, 200, range(100, 116))
report_4 = report(differences, {"low": 0.01, "high": math.inf, "seeds": 16})
show("copies gain a point", report_4)
guess_4.reveal(report_4["verdict"])

# %% tags=["test-solution"]
assert report_4["verdict"] == "refuted" and report_4["effect"] < 0 < 0.02 < gain_4.low
print("ok: the gain was in the steps")

# %% [markdown]
# **Scope.** *Write here, before you read on: what was tried, and what was not?*

# %% [markdown] tags=["solution-only"]
# What came out: *refuted*, though the demo's interval was clear of zero. At equal steps the mean
# effect is even negative. A narrow interval around the wrong difference is no better than a wide
# one. Scope: this weak noise, 200 steps, and one common test set. Stronger or better aimed
# augmentation is another claim: in chapter 06 shifting the signals gains a lot at equal steps.

# %% [markdown]
# ## Exercise 10.9 — Audit case 5: the best epoch
#
# *audit · difficulty 2 of 3 · 5 minutes · 2 points*
#
# **Case 5.** Early stopping, with 100 held-out examples on which the accuracy is measured after
# each of 60 epochs. The demo keeps the best epoch.

# %% tags=["nbval-ignore-output"]
held_out = partial(data.mnist1d, n_train=500, n_validation=100)
result = sweep({"run": longer}, held_out, seeds=range(16), progress=False)
accuracy = result.curve("validation", arm="run")    # 16 seeds, 60 epochs
gain_5 = interval((accuracy.amax(1) - accuracy[:, -1]).tolist())
print(f"test accuracy, best epoch − last epoch: {gain_5:.3f}")
print("Early stopping improves the test accuracy: not one of 16 seeds loses.")

# %% [markdown]
# **flaw** — What spoils the conclusion?
#
# - a: The epoch is chosen by the same scores that are then reported
# - b: Early stopping must stop early: all epochs were run
# - c: The last epoch is no fair baseline
# - d: Accuracy must not choose the epoch, only the loss may
#
# **sign** — Can the demo's gain be negative for any seed?
#
# - a: yes, with bad luck
# - b: no
# - c: yes, if early stopping does harm
#
# **claim** — The most that the demo allows one to say is:
#
# - a: In most of these 16 runs, keeping the best epoch raised test accuracy
# - b: Keeping the best epoch does not raise test accuracy
# - c: The best of sixty scores is never below the last, and on average above


# %%
def audit_5():
    """Return a dict with one letter for each of "flaw", "sign" and "claim"."""
    ### BEGIN SOLUTION
    return {"flaw": "a", "sign": "b", "claim": "c"}
    ### END SOLUTION


# %%
checks.chapter10.audit_5.check(audit_5)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which data chose the epoch, and which data say how good the choice was?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Replace all accuracies by coin tosses. What would the demo print?
#
# </details>

# %% [markdown]
# ## Exercise 10.10 — Read the test data once
#
# *code · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Repair the measurement. A `study` holds trained runs: `study.validation(seed)` is a list with one
# validation score for each epoch, higher is better; `study.test(seed, epoch)` is the test score of
# the weights of one epoch, counted from 0. The study notes every test score that is read. For each
# seed, choose the epoch on validation data (the first, if there are several best ones), and read
# the test data only where the question needs it.


# %%
def kept_gain(study, seeds):
    """What keeping the best epoch gains over keeping the last one.

    study: has validation(seed) and test(seed, epoch)
    seeds: list of whole numbers
    returns: list of differences of test scores, best on validation − last, one for each seed
    """
    ### BEGIN SOLUTION
    gains = []
    for seed in seeds:
        curve = study.validation(seed)
        best, last = curve.index(max(curve)), len(curve) - 1
        gains.append(study.test(seed, best) - study.test(seed, last))
    return gains
    ### END SOLUTION


# %%
checks.chapter10.reading.check(kept_gain)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which curve may choose the epoch? Which two test scores does each seed need, and no others?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `curve = study.validation(seed)`, `best = curve.index(max(curve))`; then `study.test(seed, best) -
# study.test(seed, len(curve) - 1)`.
#
# </details>

# %% [markdown]
# **Replication.** The claim of case 5: keeping the epoch that is best on 100 held-out examples
# gains at least one point of *test* accuracy over keeping the last one. 16 seeds; 4000 test
# examples, which choose nothing. `EarlyStopping` does while training what your function does
# afterwards: it keeps the weights of the best epoch on validation data.

# %%
guess_5 = verdict_of("The claim that the best epoch gains a point of test accuracy will be …")

# %% tags=["nbval-ignore-output"]
arms_5 = {"last": longer, "best": longer.replace(stopping=EarlyStopping(60, monitor="score"))}
result = sweep(arms_5, held_out, seeds=range(100, 116), progress=False)
stopped = compare(result.only("best"), result.only("last"))
print(stopped)
report_5 = report(list(stopped), {"low": 0.01, "high": math.inf, "seeds": 16})
show("the best epoch gains a point", report_5)
guess_5.reveal(report_5["verdict"])

# %% tags=["test-solution"]
assert report_5["verdict"] == "refuted" and report_5["effect"] < 0.005 and gain_5.low > 0.02
print("ok: the gain was luck of the chosen")

# %% [markdown]
# **Scope.** *Write here, before you read on: what was tried, and what was not?*

# %% [markdown] tags=["solution-only"]
# Would more examples choose better? The same with 1000 of them:

# %% tags=["solution-only", "nbval-ignore-output"]
chosen_by_more = sweep(arms_5, partial(data.mnist1d, n_train=500, n_validation=1000),
                       seeds=range(100, 116), progress=False)
stopped_by_more = compare(chosen_by_more.only("best"), chosen_by_more.only("last"))
print(stopped_by_more)

# %% [markdown] tags=["solution-only"]
# What came out: *refuted*. On data that chose nothing there is no gain of a point. With right
# labels the accuracy does not turn (chapter 05): there is hardly anything to gain, however many
# examples choose. Choosing by 100 only adds noise, and cost a little. Scope: correct labels, 100
# examples that choose, stopping by accuracy, one common test set. With wrong labels early stopping
# gains a lot: chapter 05.

# %% [markdown]
# ## Exercise 10.11 — Audit case 6: an L2 penalty
#
# *audit · difficulty 1 of 3 · 5 minutes · 2 points*
#
# **Case 6.** Two networks, with and without an L2 penalty λ/2·‖w‖², and the log that a framework
# writes about them.


# %%
def squared_norm(model, splits):
    return sum((p ** 2).sum() for p in model.parameters() if p.ndim >= 2)


def log_of(result, strengths):
    """What the framework logs: one entry for each run."""
    log = []
    for arm, strength in strengths.items():
        losses, sizes = result.final("validation", "loss", arm), result.measure(squared_norm, arm)
        log += [{"arm": arm, "seed": seed, "val_loss": float(loss + strength / 2 * size),
                 "strength": strength, "squared_norm": float(size)}
                for seed, loss, size in zip(result.seeds, losses, sizes, strict=True)]
    return log


# %% tags=["nbval-ignore-output"]
brief, strengths = network.replace(epochs=12), {"none": 0.0, "L2": 0.006}
arms_6 = {arm: brief.replace(techniques=(L2(strength),)) for arm, strength in strengths.items()}
result = sweep(arms_6, data.mnist1d, seeds=range(16), progress=False)
logged = {arm: [run["val_loss"] for run in log_of(result, strengths) if run["arm"] == arm]
          for arm in strengths}
rise = interval([b - a for a, b in zip(logged["none"], logged["L2"], strict=True)])
print(f"val_loss, L2 − none: {rise:.3f}")
print("L2 makes the validation loss worse, with an interval that excludes zero.")

# %% [markdown]
# **flaw** — What spoils the conclusion?
#
# - a: Validation data must not be used for a comparison
# - b: The penalty is half as large as it should be
# - c: One of the two losses contains the penalty
# - d: Twelve epochs are a short training
#
# **control** — Which check shows that soonest?
#
# - a: Repeat it with more seeds
# - b: Choose the strength that makes this loss lowest
# - c: Score the same trained networks without the penalty
#
# **claim** — The most that the demo allows one to say is:
#
# - a: In twelve epochs and on these data, L2 makes the predictions worse
# - b: Validation loss plus penalty, with L2, lies above validation loss without
# - c: L2 makes the predictions better


# %%
def audit_6():
    """Return a dict with one letter for each of "flaw", "control" and "claim"."""
    ### BEGIN SOLUTION
    return {"flaw": "c", "control": "c", "claim": "b"}
    ### END SOLUTION


# %%
checks.chapter10.audit_6.check(audit_6)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two networks make the same predictions, and one has larger weights. Which of them does the demo
# call better?
#
# </details>
# <details><summary>Hint 2</summary>
#
# What is added to the loss in each of the two arms?
#
# </details>

# %% [markdown]
# ## Exercise 10.12 — Pair a log
#
# *code · difficulty 2 of 3 · 15 minutes · 4 points*
#
# Often all that is left of an experiment is its log. This one is a list of runs, in the order in
# which they finished; some never did, so a seed may be there for one arm only. Leave such a seed
# out here. A report has to say more: how many were left out, and why they did not finish. If one
# arm fails more often, the pairs that are left flatter it. Each run is a dict: `arm` is `"none"` or
# `"L2"`; `seed`; `val_loss`, which contains strength/2 times the squared norm of the weights;
# `strength`, 0 for the arm `"none"`; `squared_norm`. Make paired differences from it of the loss
# that the predictions deserve.


# %%
def paired_losses(log):
    """Differences of validation losses without penalty.

    log: list of dicts with "arm", "seed", "val_loss", "strength" and "squared_norm"
    returns: list of differences, L2 − none, one for each seed that both arms have, in the order
        of the seeds from the smallest on
    """
    ### BEGIN SOLUTION
    losses = {"none": {}, "L2": {}}
    for run in log:
        penalty = run["strength"] / 2 * run["squared_norm"]
        losses[run["arm"]][run["seed"]] = run["val_loss"] - penalty
    both = sorted(losses["none"].keys() & losses["L2"].keys())
    return [losses["L2"][seed] - losses["none"][seed] for seed in both]
    ### END SOLUTION


# %%
checks.chapter10.pairing.check(paired_losses)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two things stand between the log and a fair difference: what the logged loss contains, and which
# two runs belong together.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `run["val_loss"] - run["strength"] / 2 * run["squared_norm"]` is the loss of the predictions. Keep
# it in a dict for each arm, by seed, and go through the seeds that are in both.
#
# </details>

# %% [markdown]
# **Replication.** The demo says that L2 raises the validation loss. Two claims, planned together
# and both reported: L2 *raises* the loss of the predictions by as much as matters, and L2 *raises*
# their accuracy by at least one point. Your function reads the log that the demo's framework
# writes.
#
# The rule of the first claim is yours. A loss that is higher by 0.05 gives the right class a
# probability that is lower by about a twentieth: does that matter to you? And are 16 seeds enough?
# Change the rule now, or leave it; after the run it stands.

# %%
rule_6 = {"low": 0.05, "high": math.inf, "seeds": 16}

# %%
guess_6 = verdict_of("The claim that L2 raises the loss of the predictions will be …")

# %% tags=["nbval-ignore-output"]
seeds = range(100, 100 + rule_6["seeds"])
result = sweep(arms_6, data.mnist1d, seeds=seeds, progress=False)
better = compare(result.only("L2"), result.only("none"), part="validation")
reports_6 = {"raises the loss": report(paired_losses(log_of(result, strengths)), rule_6),
             "raises accuracy": report(list(better), {**rule_6, "low": 0.01})}
for claim, found in reports_6.items():
    show(claim, found)
guess_6.reveal(reports_6["raises the loss"]["verdict"])

# %% tags=["test-solution"]
assert reports_6["raises the loss"]["verdict"] == "refuted" and rise.low > 0
assert reports_6["raises the loss"]["high"] < 0
print("ok: the predictions' loss is lower with L2, not higher")

# %% [markdown]
# **Scope.** *Write here, before you read on: what was tried, and what was not?*

# %% [markdown] tags=["solution-only"]
# What came out: the demo's claim is *refuted*, and the sign is the other one. Scored without the
# penalty, the network with L2 has the lower validation loss. Yet its accuracy did not rise by a
# point: a loss can fall because a network is less sure where it is wrong. Scope: 12 epochs, one
# strength, a network that has just begun to overfit.

# %% [markdown]
# ## Exercise 10.13 — Read five replications
#
# *read a result · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Somebody ran replications like yours, with another network. The table gives differences in test
# accuracy, in points, paired over seeds, with 95 % intervals. The numbers are made up for this
# exercise; do not look for your own among them.
#
# | treatment − control | difference | seeds |
# |---|---|---|
# | noisy copies − plain, 200 steps each | −0.6 [−1.1, −0.1] | 16 |
# | dropout at rate 0.35 − none | 2.6 [2.1, 3.1] | 40 |
# | best epoch, chosen on 100 examples − last | −0.3 [−1.2, 0.6] | 16 |
# | best epoch, chosen on 1000 examples − last | 0.8 [−0.3, 1.9] | 16 |
# | weak penalty − none | 0.1 [−0.2, 0.4] | 16 |
#
# Each statement below was a rule of its own, written before the run. What does the table say to it:
# `"supported"`, `"refuted"` or `"not settled"`?
#
# - **copies** — After 200 steps in both arms, noisy copies gain at least a point here.
# - **harm** — After 200 steps in both arms, noisy copies cost at least a point here.
# - **dropout** — On these data, with this network and budget, dropout at rate 0.35 gains at least a
#   point.
# - **photographs** — Dropout at rate 0.35 gains at least a point for convolution nets on
#   photographs too.
# - **larger** — Chosen on 1000 examples, the best epoch gains at least a point over the last one.
# - **nothing** — The weak penalty changes the accuracy by less than a point, up or down.


# %%
def verdicts():
    """Return a dict with a verdict for "copies", "harm", "dropout", "photographs", "larger" and
    "nothing"."""
    ### BEGIN SOLUTION
    return {"copies": "refuted", "harm": "not settled", "dropout": "supported",
            "photographs": "not settled", "larger": "not settled", "nothing": "supported"}
    ### END SOLUTION


# %%
checks.chapter10.replications.check(verdicts)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Each statement is a rule of its own: which range of effects does it predict, and where does the
# interval lie?
#
# </details>
# <details><summary>Hint 2</summary>
#
# A statement that names other data or another network has no row in the table. A statement of *no*
# effect has a range with two edges.
#
# </details>

# %% [markdown]
# ## What the six have in common
#
# No number in these demos was made up. What was missing can be asked of any demo, your own first:
#
# 1. Could it have come out otherwise? (case 1: the sentence was fixed; case 5: the sign was)
# 2. Is the technique in it that it speaks of? (case 2)
# 3. What does knowing nothing score? (case 3)
# 4. What else differs between the arms: steps, data, tries? (case 4)
# 5. Did the data that are reported choose anything? (case 5)
# 6. Is the measure the same on both sides? (case 6)
#
# More seeds cure none of these but the luck of a single run. In cases 4, 5 and 6 the interval
# excluded zero, and the conclusion was still wrong.

# %% [markdown]
# ## Sources
#
# - Dietterich (1998), *Approximate Statistical Tests for Comparing Supervised Classification
#   Learning Algorithms*, Neural Computation 10.
# - Bouthillier et al. (2021), *Accounting for Variance in Machine Learning Benchmarks*, MLSys.
# - Nosek, Ebersole, DeHaven and Mellor (2018), *The preregistration revolution*, PNAS 115.
# - Kapoor and Narayanan (2023), *Leakage and the reproducibility crisis in machine-learning-based
#   science*, Patterns 4.
