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
# # 02 · L2 and weight decay
#
# **After this chapter you can** write the L2 penalty and its gradient in one line each, find a
# strength on validation data without fooling yourself, say exactly when *weight decay* and *L2* are
# the same thing, and tell which of six common statements about L2 an experiment bears out.
#
# **You need** chapter 01, or to know what validation and test data are for. **Time**: 65 minutes,
# and 75 for the [exercises](../exercises/02_l2_and_weight_decay.ipynb).

# %% [markdown]
# ## The question
#
# A network with more weights than training examples can learn them all by heart. How small do its
# weights have to be before it learns the rule as well, and what does that cost?
#
# These beliefs are common. Which would you agree with?
#
# | | what people say |
# |---|---|
# | C06 | L2 shrinks all weights but sets none to exactly zero. |
# | C07 | L2 improves generalization; too little overfits, too much underfits. |
# | C08 | L2-regularized networks are less sensitive to noise in their inputs. |
# | C09 | L2 works best when the input features have the same range. |
# | C10 | An L2 penalty and weight decay are the same thing. |
# | C11 | L2 suits linear models such as logistic regression as well as deep nets. |
#
# By the end of the chapter each of them has a verdict.
#
# The notebook comes with its results, so that it can be read without running it. If you want to
# predict in earnest, first choose *Edit → Clear Outputs of All Cells*.

# %%
import numpy as np
import torch
import torch.nn.functional as F

from reglab import L2, MLP, SGD, Recipe, checks, data, fit, initialize, plotting, widgets
from reglab.claims import Verdict, l2
from reglab.notebook import show_source
from reglab.seeding import generator

torch.set_num_threads(1)  # small networks are fastest, and steadiest, on one thread

# %% [markdown]
# ## The data
#
# MNIST-1D (Greydanus and Kobak 2024) turns each digit class into a short signal of 40 numbers, then
# moves, stretches and distorts it. A network can learn a thousand of them by heart and still know
# little about the next. Every seed gets training data of its own; the test set is the same for all.

# %%
splits = data.mnist1d(0)
splits

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_signals(splits.train)
print(plotting.describe(ax))

# %% [markdown]
# Signals of one class share a shape that is hard to see: it may begin anywhere, and be stretched.

# %% [markdown]
# ## From scratch
#
# The penalty adds $\frac{\lambda}{2}\lVert w\rVert^2$ to the loss. Its gradient is $\lambda w$: at
# every step each weight is pulled toward zero, in proportion to its size. Biases are left alone.
# Here is everything, in plain PyTorch: one model, one loop.


# %%
def train(strength, seed=0, epochs=40):
    model = initialize(MLP(40, 128, 128, 10), seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    x, y, order = splits.train.x, splits.train.y, generator(seed, "batches")
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=order).split(100):
            weights = [p for p in model.parameters() if p.ndim >= 2]
            penalty = strength / 2 * sum((w**2).sum() for w in weights)
            loss = F.cross_entropy(model(x[rows]), y[rows]) + penalty
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


# %% [markdown]
# The order of the batches comes from a generator of its own, so that every λ sees the same batches.
#
# ### Predict
#
# The model will be trained with λ = 0.01. Compared with no penalty, what happens to its accuracy on
# the **training** data? Commit before you run on.

# %%
training_score = checks.predict(
    "With λ = 0.01, the accuracy on the training data …",
    options=["rises", "stays the same", "falls"])

# %% [markdown]
# ### Run
#
# Two models, one with the penalty and one without, on the same data from the same initial weights.


# %%
def accuracy(model, part):
    with torch.no_grad():
        return (model(part.x).argmax(1) == part.y).double().mean().item()


# %% tags=["nbval-ignore-output"]
free, penalized = train(0.0), train(0.01)
for name, model in {"λ = 0": free, "λ = 0.01": penalized}.items():
    print(f"{name:9} train {accuracy(model, splits.train):.2f}  "
          f"validation {accuracy(model, splits.validation):.2f}  an anecdote (1 seed)")

# %%
change = accuracy(penalized, splits.train) - accuracy(free, splits.train)
training_score.reveal("falls" if change < 0 else "rises" if change > 0 else "stays the same")

# %% [markdown]
# The free network knows its training set by heart. The penalty puts a price on large weights, and
# learning every example by heart needs large weights. Whether paying that price helps on new data,
# one run cannot say: another seed may tell another story.

# %% [markdown]
# ## The same in one line
#
# In `reglab` a **recipe** holds all that determines a run but the data and the seed; `fit` trains
# it.

# %%
recipe = Recipe(MLP(40, 128, 128, 10), techniques=(L2(0.01),),
                optimizer=SGD(lr=0.05, momentum=0.9), epochs=10, batch_size=100)
result = fit(recipe, splits, seed=0, progress=False)

# %% [markdown]
# Is it the same training? If it is, the two models give nearly the same outputs: not exactly,
# because the two add up the same float32 numbers in a different order. Training magnifies such
# differences step by step, so the comparison is made after ten epochs, as in the recipe.

# %%
loop = train(0.01, epochs=10)
with torch.no_grad():
    outputs = result.model()(splits.validation.x), loop(splits.validation.x)
torch.testing.assert_close(*outputs, rtol=0.001, atol=0.001)
print("ok: the one-liner is the loop above")

# %% [markdown]
# Other libraries spell it differently, and PyTorch uses one word for two things:
#
# | written | what it does |
# |---|---|
# | `L2(λ)` here | adds λ/2·‖w‖² to the loss, weights only |
# | `weight_decay=λ` of `torch.optim.SGD` and `Adam` | the same **penalty**, on biases too |
# | `weight_decay=λ` of `AdamW` | **decay**, not in the gradient; of biases too |
# | `WeightDecay(λ)` here | **decay**, weights only |
# | `keras.regularizers.l2(λ)` | adds λ·‖w‖²: twice as strong |

# %% [markdown]
# ## How strong?
#
# ### Predict
#
# Four strengths from 0 to 0.1, twenty seeds each. Which will have the best accuracy on validation
# data?

# %%
best_strength = checks.predict(
    "The best strength on validation data will be …",
    options=["0 (no L2)", "0.003", "0.01", "0.1 (the strongest)"])

# %% [markdown]
# ### Run
#
# This is the experiment, and the same function is run again whenever the course is checked. All
# eighty networks train side by side. Runs with the same seed share data, initial weights and batch
# order: they are **paired**, and differ in λ alone.

# %%
show_source(l2.signals_sweep)

# %%
signals = l2.signals_sweep()

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_strengths(
    signals, xlabel="strength λ of L2",
    title="A little L2 helps, though all training data are still learned")
print(plotting.describe(ax))

# %% [markdown]
# Even the weakest of these penalties helps, although the network still knows all its training data
# by heart: knowing them does not rule out having learned something else as well. Then the line of
# the training data falls, and in the end both collapse, as the network can no longer learn even
# what it is shown. The line of the validation data is a low hill. That is why it takes twenty seeds
# to be sure of it, and four strengths find its top only roughly. The band says how sure the mean
# over seeds is.

# %%
chosen = signals.best_arm()
names = {0.0: "0 (no L2)", 0.003: "0.003", 0.01: "0.01", 0.1: "0.1 (the strongest)"}
best_strength.reveal(names[chosen])

# %% [markdown]
# Where does the difference come from? Follow the loss while the networks train, without L2 and with
# the strength that was chosen.

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_curves(
    signals, arms=[0.0, chosen], metric="loss",
    title="The validation loss turns and soars without L2, not with it")
print(plotting.describe(ax))

# %% [markdown]
# Without the penalty the validation loss soon turns and rises for the rest of the training, as the
# network grows ever surer of what it gets wrong. With it, the loss stays down. All losses here are
# *without* the penalty: with it, curves of different λ could not be compared.
#
# A second data set, to see whether this is a whim of the first: 500 digits, of which a fifth carry
# a wrong label. Memorizing those labels hurts.

# %%
show_source(l2.digits_sweep)

# %%
digits = l2.digits_sweep()

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_strengths(digits, xlabel="strength λ of L2",
                             title="Wrong labels: the same hill, and a higher one")
print(plotting.describe(ax))

# %% [markdown]
# The same shape on other data, with a higher hill: where wrong labels can be learned by heart, not
# learning them is worth more. Strengths next to the best one do about as well, so read the place of
# the top as a range. (Validation accuracy is counted against labels of which a fifth are wrong, so
# it cannot come near 100 %; the test labels are all right.)
#
# And a control: the same digits with all labels right, which leaves little to learn by heart that
# would do harm.
#
# Up to here, all choosing used validation data. Now the test data are opened, once, for all
# questions of this chapter together: the strength that was chosen, none, and the strongest.

# %%
c07 = l2.settle_c07(signals, digits, l2.clean_digits_sweep())
assert c07.verdict is Verdict.CONDITIONAL
assert c07.verdicts["digits, all labels right"] is Verdict.REFUTED
print("ok: L2 gains where a network overfits to its harm; hardly on clean digits")

# %% tags=["nbval-ignore-output"]
c07

# %% [markdown]
# **With conditions**: without wrong labels the digits are learned well with or without L2, and what
# it adds is less than a point. Where overfitting does little harm, there is little to gain.
#
# (That control was added after all other rules had been settled, as the table says.)
#
# A rule states, before the run, which effects would bear the statement out; one point of accuracy
# is the smallest gain that would matter here. Two intervals are printed. The 95 % interval is the
# usual one. The wider one **decides**: it must lie inside the rule's range altogether. It is wider
# because the course settles forty statements, and at 95 % each, luck alone would decide about two.

# %% [markdown]
# ## What happens to the weights
#
# ### Predict
#
# L2 makes weights small. How many become *exactly* zero?

# %%
zeros = checks.predict("With the best λ, the share of weights that are exactly 0.0 is …",
                       options=["none", "a few", "about half", "most"])

# %%
shares = signals.measure(l2.share_of_zeros, chosen)
zeros.reveal("none" if shares.max() == 0 else "a few")

# %% tags=["nbval-ignore-output"]
ax = plotting.plot_weights(signals, arms=[0.0, chosen],
                           title="L2 makes the histogram narrow, with no spike at zero")
print(plotting.describe(ax))

# %% [markdown]
# The histogram becomes narrow, not sparse. At zero the pull λw is zero as well, so the slightest
# gradient of the data moves the weight on: weights pass through zero, and nothing holds them there.
# There were no zeros without L2 either: to see some, another penalty is needed. (L1 pulls with the
# same force all the way.)

# %%
c06 = l2.settle_c06(signals)
assert c06.verdict is Verdict.CONDITIONAL
assert c06.verdicts["every weight"] is Verdict.REFUTED
print("ok: the weights as a whole shrink, though not every single one, and none to zero")

# %% tags=["nbval-ignore-output"]
c06

# %% [markdown]
# A statement to take apart: the *vector* of weights gets much shorter, but not *all* weights
# shrink. Some end up larger than their twin in the network without L2, though both started from the
# same value. (The trivial share, a half, is what two networks trained in the same way would give.)

# %% [markdown]
# ## Is it weight decay?
#
# *Weight decay* multiplies the weights by (1 − ηλ) at every step; it does not go through the
# gradient. For plain gradient descent that is the gradient step of the L2 penalty, written
# differently:
#
# $$w - \eta\,(g + \lambda w) \;=\; (1 - \eta\lambda)\,w - \eta\, g.$$
#
# ### Predict
#
# Momentum adds up past gradients; Adam divides each by its typical size. Are penalty and decay
# still the same?

# %%
adam_same = checks.predict(
    "Same λ, Adam: the networks trained with penalty and with decay are …",
    options=["identical", "nearly identical", "clearly different"])

# %%
show_source(l2.penalty_against_decay)

# %%
distances = l2.penalty_against_decay()

# %% tags=["nbval-ignore-output"]
assert max(distances["plain SGD"]) < 1e-6 < 0.1 < min(distances["Adam"])
adam_same.reveal("clearly different")
for name, values in distances.items():
    print(f"{name:18} relative distance {np.mean(values):.2f}")

# %% [markdown]
# - **Plain SGD**: the two differ by rounding alone.
# - **Momentum μ** adds up the penalty's gradients with the rest: each pull counts 1/(1 − μ) times.
#   Decay is not added up. Give it λ/(1 − μ), and it comes close to the penalty again.
# - **Adam** divides the penalty's gradient like the rest, so that weights with large gradients
#   hardly feel it. At the same λ the decay does next to nothing. A λ 150 times as large, the best
#   of several, brings the two nearer, but not as near as with momentum, and no formula gives this
#   λ. Loshchilov and Hutter (2019) took the decay out of the gradient: that is AdamW.
#
# *Different* does not mean *better*. So each gets its own best strength, on the digits, where L2
# has something to gain:

# %%
show_source(l2.adam_sweeps)

# %%
penalty, decay = l2.adam_sweeps()

# %% tags=["nbval-ignore-output"]
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 2, figsize=(8.8, 4.2), sharey=True, layout="constrained")
for ax, result, name in zip(axes, (penalty, decay), ("L2 penalty", "decay"), strict=True):
    plotting.plot_strengths(result, ax=ax, xlabel=f"λ of the {name}",
                            title=f"Adam, {name}: best at {result.best_arm():g}")
axes[0].get_legend().remove()
axes[1].set_ylabel("")
print(plotting.describe(figure))

# %% [markdown]
# Two hills of about the same height, but look at the strengths below them: the λ that is best for
# one is far from the best for the other.

# %%
c10 = l2.settle_c10(distances, penalty, decay)
assert c10.verdict is Verdict.CONDITIONAL
assert c10.verdicts["plain SGD"] is Verdict.SUPPORTED
assert c10.verdicts["momentum"] is c10.verdicts["Adam"] is Verdict.REFUTED
print("ok: C10 holds for plain SGD; with momentum or Adam, λ means something else")

# %% tags=["nbval-ignore-output"]
c10

# %% [markdown]
# On this task, tuned against tuned, the two score within two points of each other on test data.
# What one must not do is carry a λ from one to the other: **change the optimizer, tune λ again**.
# And a verdict *with conditions* means what the table says: true for plain SGD, false as it stands
# for the rest.

# %% [markdown]
# ## Do the features need the same range?
#
# λ charges every weight the same price. A feature measured in small units needs a large weight, and
# pays for it. Forty patients, ridge regression, each arm with its own best λ:

# %%
show_source(l2.ridge_scores)

# %%
standardized, raw = (l2.ridge_scores(standardize=s) for s in (True, False))
noisy_standardized, noisy_raw = (l2.ridge_scores(standardize=s, noise_features=20)
                                 for s in (True, False))

# %%
c09 = l2.settle_c09(standardized, raw, noisy_standardized, noisy_raw)
assert c09.verdict is Verdict.CONDITIONAL
print("ok: standardizing helps on these data, but not once noise features join them")

# %% tags=["nbval-ignore-output"]
c09

# %% [markdown]
# Standardizing helps, as promised. Then twenty columns of noise join the table, on a scale smaller
# than that of most real features. Left raw, they would need large weights, so L2 shuts them out;
# standardizing puts them on a level with the real features. The example is made up to make a point:
# **scale is a prior**. The same range is right when you know nothing, and wrong when you know that
# small columns matter less.

# %% [markdown]
# ## Noise in the inputs
#
# Smaller weights should make a flatter function, so noise in the inputs should move the outputs
# less. That alone would change no prediction: a function that is flatter everywhere by one factor
# decides as before. So count the test examples whose *prediction* changes when noise is added. What
# matters for them is the slope, relative to the distance between the classes' outputs. The test
# data are sealed: `open_test` records who looks at them, and what for.

# %%
show_source(l2.flips)

# %%
c08 = l2.settle_c08(signals, digits)
assert c08.verdict is Verdict.SUPPORTED
print("ok: with L2, noise flips fewer predictions, on both data sets")

# %% tags=["nbval-ignore-output"]
c08

# %% [markdown]
# Bishop (1995) showed the other direction: training *with* small input noise acts like a penalty on
# the slope of the function, which for linear models is L2.

# %% [markdown]
# ## Linear models
#
# L2 is older than deep learning. Does it do for a linear model what it does for a network?

# %%
show_source(l2.logistic_scores)

# %%
logistic = l2.logistic_scores()
c11 = l2.settle_c11(standardized, logistic, signals)
assert c11.verdict is Verdict.SUPPORTED
print("ok: L2 helps ridge regression, logistic regression and the network")

# %% tags=["nbval-ignore-output"]
c11

# %% [markdown]
# In a linear model the benefit has a plain reason. With few examples and many features, the data
# leave some directions of the weights undetermined, or nearly so. There L2 decides: in favor of
# small weights.

# %% [markdown]
# ## Play
#
# A function of one number can be drawn. Twenty noisy points of a sine, six strengths, ten seeds.
# Move the slider with the mouse or the arrow keys: where does the function follow the points, where
# the sine, and where nothing any more? What do the weights and the curves do meanwhile?

# %%
sine = l2.sine_sweep()

# %% tags=["nbval-ignore-output"]
widgets.StrengthExplorer(sine, truth=lambda x: np.sin(2 * np.pi * x))

# %% [markdown]
# Without L2 each function bends toward its own points, and the band over seeds is wide. As the
# strength grows, the functions come to agree: first on something like the sine, in the end on
# something much flatter. Less variance, more bias.

# %% [markdown]
# ## Verdicts

# %%
for settled in (c06, c07, c08, c09, c10, c11):
    print(settled.summary())

# %% tags=["nbval-ignore-output"]
gains = {"signals, network": c07.intervals["signals, tuned"],
         "digits, wrong labels": c07.intervals["digits, tuned"],
         "digits, all labels right": c07.intervals["digits, all labels right"],
         "biopsies, logistic regression": c11.intervals["logistic regression"]}
ax = plotting.plot_effects(gains, smallest=0.01, xlabel="test accuracy, tuned L2 − none",
                           title="Tuned L2 helps where overfitting does harm")
print(plotting.describe(ax))

# %% [markdown]
# The gains are clearly larger than the smallest effect that matters, except on the digits whose
# labels are all right: there the network overfits without much harm. **Scope**: small networks and
# small data, where regularization has work to do. The gain on the signals depends on the setting:
# narrower networks, or shorter training, gained less in trials on other seeds. On the tables and
# the digits every seed splits the same rows anew, so that training and test sets of different seeds
# overlap, and the intervals are too narrow. Chapter 01 says how Nadeau and Bengio (2003) widen
# them:

# %% tags=["nbval-ignore-output"]
for settled in (c07, c08, c09, c10, c11):
    print(settled.over_splits_summary())

# %% [markdown]
# Most of these would **not be settled** for fresh rows of such tables: a table of a few hundred
# rows, split again and again, is little evidence about other rows. The signals, a fresh draw for
# every seed, are the stronger part of the evidence for C07, C08 and C11.

# %% [markdown]
# ## L2 and weight decay on a card
#
# | | L2 penalty | decoupled weight decay |
# |---|---|---|
# | formula | loss + λ/2·‖w‖² | w ← w − η λ w, beside the step |
# | acts on | the gradient, through the loss | the weights, past the optimizer |
# | in PyTorch | `weight_decay` of `SGD` and `Adam` | `weight_decay` of `AdamW` |
# | typical λ | 0.00001 to 0.01; more on small data | 0.01 to 0.1; up to 3 in short runs |
# | learning rate η | pulls by ηλ with plain SGD | pulls by ηλ with any optimizer |
# | goes with | inputs of one scale; other techniques, if all are tuned again | the same |
# | beware of | penalized biases; a validation loss with the penalty | a λ from the other column |
# | costs | its gradient, noticeable in a small network | next to nothing |
#
# With plain SGD the two are the same; with momentum or Adam they are not.

# %% [markdown]
# ## Quiz
#
# Four questions, five minutes. Choose, read what it says, and choose again if you like: by mouse,
# or with Tab and Space. Run the cell once more to begin anew.

# %%
checks.chapter02.quiz

# %% [markdown]
# <details><summary>Answers, with reasons</summary>
#
# **Question 1**: a is right.
#
# - a: There the decay by 1 − ηλ is the gradient step of the penalty, written differently.
# - b: Momentum adds up past gradients, and the penalty's with them: each pull counts 1/(1 − μ)
#   times. Decay is not added up.
# - c: Adam divides the gradient of the penalty like the rest, so weights with large gradients
#   hardly feel it. Decay does not pass through the gradient.
#
# **Question 2**: c is right.
#
# - a: At zero the pull λw is zero as well. Weights pass through zero, and nothing holds them there.
# - b: Some end up larger than their twin in the network without L2, though both started from the
#   same value.
# - c: The weights get small as a whole: not each of them, and none zero.
#
# **Question 3**: c is right.
#
# - a: They are, but in AdamW λ means decay. The tops of the two hills lay far apart.
# - b: No formula turns the one into the other: Adam divides the gradient of each weight by another
#   number.
# - c: Change the optimizer, tune λ again. Tuned against tuned, the two came out close.
#
# **Question 4**: b is right.
#
# - a: It does say the same, but to say it the feature needs a weight a thousand times as large, and
#   λ charges for that.
# - b: It needs a larger weight for the same effect, and pays more. So the scale of a feature is a
#   statement about it.
# - c: The penalty looks at the weights, not at the numbers they multiply. Small numbers need large
#   weights.
#
# </details>

# %% [markdown]
# ## To take away
#
# - L2 adds λ/2·‖w‖² to the loss: every step of plain SGD pulls each weight toward zero by ηλw.
# - The accuracy on validation data against λ is a hill. Its top is found by trying, for each
#   problem.
# - The weights get smaller as a whole, though not each of them, and none becomes exactly zero.
# - *L2* and *weight decay* are one thing for plain SGD only. Tune λ for the optimizer you use.
# - The price per weight is the same for all, so the scale of a feature is a statement about it.
#
# Next: the [exercises](../exercises/02_l2_and_weight_decay.ipynb).

# %% [markdown]
# ## Sources
#
# - A. Krogh, J. A. Hertz (1991). A simple weight decay can improve generalization. *NeurIPS 4*.
# - I. Loshchilov, F. Hutter (2019). Decoupled weight decay regularization. *ICLR*.
# - A. E. Hoerl, R. W. Kennard (1970). Ridge regression: biased estimation for nonorthogonal
#   problems. *Technometrics* 12.
# - C. M. Bishop (1995). Training with noise is equivalent to Tikhonov regularization. *Neural
#   Computation* 7.
# - A. Y. Ng (2004). Feature selection, L1 vs. L2 regularization, and rotational invariance. *ICML*.
# - I. Goodfellow, Y. Bengio, A. Courville (2016). *Deep Learning*, chapter 7. MIT Press.
# - T. Hastie, R. Tibshirani, J. Friedman (2009). *The Elements of Statistical Learning*, §3.4.
#   Springer.
# - C. Zhang, S. Bengio, M. Hardt, B. Recht, O. Vinyals (2017). Understanding deep learning requires
#   rethinking generalization. *ICLR*.
# - C. Nadeau, Y. Bengio (2003). Inference for the generalization error. *Machine Learning* 52.
# - S. Greydanus, D. Kobak (2024). Scaling down deep learning with MNIST-1D. *ICML*.
