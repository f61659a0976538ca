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
# # Exercises 02: L2 and weight decay
#
# Seven exercises, about 75 minutes and 20 points in all. They belong to the notebook
# *02 L2 and weight decay*; do them in any order.
#
# Replace `raise NotImplementedError(…)` by your answer, run the cell, then run the check below it.
# A check tries your function on fresh random inputs. It looks at what the function does, not at how
# it is written, and you may run it as often as you like. The hints and a solution are folded
# underneath.

# %%
import torch

from reglab import checks

# %% [markdown]
# ## Exercise 2.1 — Write the penalty
#
# *code · difficulty 1 of 3 · 5 minutes · 2 points*
#
# The L2 penalty is $\frac{\lambda}{2}\sum w^2$ over all **weights** of a model: the tensors with
# two or more dimensions. Biases and the gains of normalization layers, whatever their names, have
# one dimension and stay free. The ½ makes the gradient $\lambda w$. That is why this λ is the same
# number as `weight_decay` in `torch.optim.SGD`, and why Keras' `l2(λ)`, which has no ½, needs half
# of it.


# %%
def l2_penalty(params, strength):
    """The L2 penalty, λ/2 times the sum of all squared weights.

    params: dict from name to tensor, of any shape
    strength: the number λ
    returns: a single number, as a tensor of shape ()
    """
    ### BEGIN SOLUTION
    weights = [p for p in params.values() if p.ndim >= 2]
    return strength / 2 * sum((w ** 2).sum() for w in weights)
    ### END SOLUTION


# %%
checks.chapter02.penalty.check(l2_penalty)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Go through `params.values()` and keep the tensors with `ndim >= 2`. What does each of them add to
# the sum?
#
# </details>
# <details><summary>Hint 2</summary>
#
# One tensor adds `(w ** 2).sum()`. Add these up, then multiply once by `strength / 2`.
#
# </details>

# %% [markdown]
# ## Exercise 2.2 — Predict what a strength does
#
# *predict · difficulty 1 of 3 · 5 minutes · 2 points*
#
# A network with two hidden layers of 32 tanh units learns a noisy sine from 15 points, three times:
# with λ = 0, with λ = 0.02 and with λ = 3. Start, data and optimizer (plain gradient descent,
# learning rate 0.1) are the same each time. Weights get the penalty, biases do not. Answer before
# you scroll on.
#
# **zeros** — At λ = 0.02, how many of the weights end up exactly 0.0?
#
# - a: about half of them
# - b: a few, the unimportant ones
# - c: none
#
# **norm** — Compared with λ = 0, the length ‖w‖ of all weights at λ = 0.02 is
#
# - a: smaller
# - b: about the same, since the data decide
# - c: larger
#
# **fit** — The training loss, penalty not included, at λ = 0.02 against λ = 0 is
#
# - a: lower, as regularization makes the model better
# - b: higher
# - c: the same, as the penalty only changes the weights
#
# **extreme** — At λ = 3, far too much, the trained network predicts
#
# - a: wildly: training diverges
# - b: nearly the same value for every x
# - c: zero for every x


# %%
def predictions():
    """Return a dict with one letter for each of "zeros", "norm", "fit" and "extreme"."""
    ### BEGIN SOLUTION
    return {"zeros": "c", "norm": "a", "fit": "b", "extreme": "b"}
    ### END SOLUTION


# %%
checks.chapter02.strength.check(predictions)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Write down one plain gradient step for a single weight with the penalty λ/2·w². By which factor
# does the penalty alone change w in one step?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The factor is (1 − lr·λ). Apply it a hundred times: is w zero? And what does not get this factor
# at all?
#
# </details>

# %% [markdown]
# Do not take the check's word for it: here is the training.

# %%
noise = torch.Generator().manual_seed(0)
x = torch.linspace(-3, 3, 15, dtype=torch.float64)[:, None]
y = torch.sin(x) + 0.5 + 0.7 * torch.randn(x.shape, generator=noise)


def train_network(strength):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(1, 32), torch.nn.Tanh(),
                                  torch.nn.Linear(32, 32), torch.nn.Tanh(),
                                  torch.nn.Linear(32, 1)).double()
    weights = [p for p in net.parameters() if p.ndim >= 2]
    biases = [p for p in net.parameters() if p.ndim < 2]
    optimizer = torch.optim.SGD([{"params": weights, "weight_decay": strength},
                                 {"params": biases}], lr=0.1)
    for _ in range(1000):
        optimizer.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        optimizer.step()
    return net, torch.cat([w.detach().flatten() for w in weights])


# %% tags=["nbval-ignore-output"]
measured = {}
for strength in (0.0, 0.02, 3.0):
    net, w = train_network(strength)
    output = net(x).detach()
    measured[strength] = {"zeros": int((w == 0).sum()), "norm": w.norm().item(),
                          "fit": ((output - y) ** 2).mean().item(),
                          "lowest": output.min().item(), "highest": output.max().item()}
    print("λ = {:<4}  exact zeros {zeros}   ‖w‖ {norm:.1f}   training loss {fit:.2f}   "
          "outputs {lowest:.2f} to {highest:.2f}".format(strength, **measured[strength]))
print(f"mean of y: {y.mean():.2f}")

# %% [markdown]
# ## Exercise 2.3 — Spot the bugs in a validation loss
#
# *spot the bug · difficulty 2 of 3 · 10 minutes · 3 points*
#
# Someone compared strengths with the function below: for each λ, the mean squared error of a linear
# model on the validation data, which arrive in batches. The plot showed that stronger L2 always
# makes the validation loss worse. The plot was wrong, and so is the function, in **two** places:
# one makes different λ incomparable, the other gives some examples more say than others.


# %%
def flawed_validation_loss(params, batches, strength):
    total = 0.0
    for x, y in batches:
        output = x @ params["weight"].T + params["bias"]
        loss = ((output - y) ** 2).mean()
        total += loss + strength / 2 * (params["weight"] ** 2).sum()
    return total / len(batches)


# %% [markdown]
# Write the repaired function. Keep its parameters, even where one is no longer needed.


# %%
def validation_loss(params, batches, strength):
    """The mean squared error over all validation examples.

    params: {"weight": tensor (1, D), "bias": tensor (1,)}
    batches: list of (x, y) with x (B, D) and y (B, 1); B may differ from batch to batch
    strength: the λ that the model was trained with
    returns: a single number
    """
    ### BEGIN SOLUTION
    squared_errors, examples = 0.0, 0
    for x, y in batches:
        output = x @ params["weight"].T + params["bias"]
        squared_errors += ((output - y) ** 2).sum()
        examples += len(x)
    return squared_errors / examples
    ### END SOLUTION


# %%
checks.chapter02.validation_loss.check(validation_loss)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two runs with different λ make exactly the same predictions. Should their validation losses
# differ? Do they?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The second bug needs batches of different sizes. Give one example the same weight wherever it
# stands: add up squared errors, count examples, divide once at the end.
#
# </details>

# %% [markdown]
# ## Exercise 2.4 — Decouple the decay from Adam
#
# *code · difficulty 3 of 3 · 15 minutes · 4 points*
#
# Adam divides each gradient by a running estimate of its size. An L2 penalty inside the gradient is
# divided along with it, so weights with large gradients are regularized less. Loshchilov and
# Hutter (2019) take the decay out of the gradient and apply it to the weights directly:
#
# $$w_{\text{new}} = w - \text{AdamStep}(\nabla \text{loss}) - \text{lr}\cdot\lambda\, w$$
#
# This is PyTorch's form; in the paper only the schedule, not the base learning rate, multiplies λ.
# Below is one step of Adam (Kingma and Ba 2015). Use it to write one step of AdamW that decays
# weights (`ndim >= 2`) only.


# %%
def adam_start(params):
    return {"step": 0, "mean": {name: torch.zeros_like(p) for name, p in params.items()},
            "square": {name: torch.zeros_like(p) for name, p in params.items()}}


def adam_step(params, gradients, state, lr):
    step = state["step"] + 1
    mean = {name: 0.9 * state["mean"][name] + 0.1 * g for name, g in gradients.items()}
    square = {name: 0.999 * state["square"][name] + 0.001 * g ** 2 for name, g in gradients.items()}
    new_params = {}
    for name, p in params.items():
        size = (square[name] / (1 - 0.999 ** step)).sqrt() + 1e-8
        new_params[name] = p - lr * mean[name] / (1 - 0.9 ** step) / size
    return new_params, {"step": step, "mean": mean, "square": square}


# %%
def adamw_step(params, gradients, state, lr, strength):
    """One step of Adam with decoupled weight decay; changes none of its arguments.

    params, gradients: dicts from name to tensor, with the same names and shapes
    state: as `adam_start` makes it and `adam_step` returns it
    returns: (new_params, new_state)
    """
    ### BEGIN SOLUTION
    new_params, new_state = adam_step(params, gradients, state, lr)
    for name, old in params.items():
        if old.ndim >= 2:
            new_params[name] = new_params[name] - lr * strength * old
    return new_params, new_state
    ### END SOLUTION


# %%
checks.chapter02.adamw.check(adamw_step)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Let `adam_step` work with the plain gradients, then shrink the weights by hand. Which weights does
# the formula multiply by lr·λ: those before the step or after it?
#
# </details>
# <details><summary>Hint 2</summary>
#
# For each name with `ndim >= 2`: new[name] − lr · strength · params[name], where `params` are the
# parameters before the step. Return a dict with all names, and the state from `adam_step`.
#
# </details>

# %% [markdown]
# ## Exercise 2.5 — Design a fair comparison
#
# *design · difficulty 3 of 3 · 20 minutes · 4 points*
#
# Two techniques, called arms, are to be compared. `train(arm, strength, seed)` trains one network
# and returns its scores, `{"validation": …, "test": …}`; higher is better, and the same call always
# gives the same scores. Write the comparison so that nothing but the technique differs:
#
# - both arms get the same budget: every strength with every seed;
# - each arm gets **one** strength: the one with the best mean validation score;
# - the test scores are looked at for the chosen strengths only;
# - the difference is taken seed by seed, second arm minus first, in the order of `seeds`.
#
# The check hands you a `train` that only pretends to train. It has been laid out so that each short
# cut leads to another answer, and it keeps a list of the runs you ask for.


# %%
def compare(train, arms, strengths, seeds):
    """Compare two arms, each at its own best strength.

    arms: two names; strengths: numbers; seeds: whole numbers
    returns: {"chosen": {arm: strength}, "differences": [one number per seed]}
    """
    ### BEGIN SOLUTION
    runs = {(arm, strength): [train(arm, strength, seed) for seed in seeds]
            for arm in arms for strength in strengths}

    def validation(arm, strength):
        return sum(run["validation"] for run in runs[arm, strength]) / len(seeds)

    chosen = {arm: max(strengths, key=lambda strength: validation(arm, strength)) for arm in arms}
    first, second = (runs[arm, chosen[arm]] for arm in arms)
    differences = [b["test"] - a["test"] for a, b in zip(first, second, strict=True)]
    return {"chosen": chosen, "differences": differences}
    ### END SOLUTION


# %%
checks.chapter02.comparison.check(compare)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# First train everything: each arm with each strength and each seed, and keep the results. Then
# choose per arm, looking at validation scores only. Then, and only then, look at test scores.
#
# </details>
# <details><summary>Hint 2</summary>
#
# For one arm: `max(strengths, key=…)`, where the key is the mean validation score over all seeds.
# The differences are taken seed by seed: second arm minus first, both at their own chosen strength.
#
# </details>

# %% [markdown]
# ## Exercise 2.6 — Read a table with intervals
#
# *read a result · difficulty 2 of 3 · 10 minutes · 3 points*
#
# One network was trained on one kind of data with six strengths and ten seeds each, paired by seed
# (same split, same start, same batch order). In brackets are 95 % intervals. The numbers are made
# up for this exercise.
#
# | λ | validation accuracy (%) | difference from λ = 0, paired (points) |
# |---|---|---|
# | 0 | 44.1 [42.9, 45.3] | |
# | 0.0001 | 44.3 [43.0, 45.6] | 0.2 [−0.4, 0.8] |
# | 0.003 | 46.0 [44.7, 47.3] | 1.9 [1.1, 2.7] |
# | 0.02 | 55.2 [54.0, 56.4] | 11.1 [9.9, 12.3] |
# | 0.05 | 54.6 [53.3, 55.9] | 10.5 [9.1, 11.9] |
# | 0.1 | 33.0 [31.4, 34.6] | −11.1 [−13.0, −9.2] |
#
# What does the table say to each of these statements: `"supported"`, `"refuted"` or
# `"not settled"`? (The intervals shown decide here, not the wider ones of the chapters.)
#
# - **tiny** — λ = 0.0001 has no effect.
# - **overlap** — λ = 0.003 improves validation accuracy over λ = 0 on this task.
# - **more** — The more L2, the better.
# - **best** — On this task λ = 0.02 is better than λ = 0.05.
# - **elsewhere** — λ = 0.02 is the right strength for convolution nets on photographs.


# %%
def verdicts():
    """Return a dict with a verdict for "tiny", "overlap", "more", "best" and "elsewhere"."""
    ### BEGIN SOLUTION
    return {"tiny": "not settled", "overlap": "supported", "more": "refuted",
            "best": "not settled", "elsewhere": "not settled"}
    ### END SOLUTION


# %%
checks.chapter02.verdicts.check(verdicts)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A difference is supported if its own interval lies clear of 0. Which column holds that interval,
# and which column only looks as if it did?
#
# </details>
# <details><summary>Hint 2</summary>
#
# An interval that contains 0 settles nothing: the effect may be there, and small. And a table
# speaks for what was measured, nothing else.
#
# </details>

# %% [markdown]
# ## Exercise 2.7 — Standardize before the penalty
#
# *code · difficulty 2 of 3 · 10 minutes · 2 points*
#
# A penalty treats all weights alike. If you know nothing about the features, put them on one scale
# first: a feature measured in millimeters needs a weight a thousand times smaller than the same
# feature in meters, and is penalized a million times less. Give each column mean 0 and standard
# deviation 1 on the training rows, and apply the same shift and scale to the test rows. A column
# without any spread becomes 0.


# %%
def standardize(train_x, test_x):
    """Standardize the columns of both tensors.

    train_x: tensor (N, D); test_x: tensor (M, D), rows that stand for unseen data
    returns: (train_x, test_x), both standardized
    """
    ### BEGIN SOLUTION
    center, spread = train_x.mean(0), train_x.std(0)
    spread = torch.where(spread > 0, spread, 1.0)
    return (train_x - center) / spread, (test_x - center) / spread
    ### END SOLUTION


# %%
checks.chapter02.standardize.check(standardize)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two statistics per column, mean and standard deviation. From which rows may they come, if the test
# rows are to stand for data nobody has seen?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `center = train_x.mean(0)`, `spread = train_x.std(0)`; replace spreads of 0 by 1 with
# `torch.where`; then the same subtraction and division for both tensors.
#
# </details>

# %% [markdown]
# ## Sources
#
# - Krogh and Hertz (1991), *A Simple Weight Decay Can Improve Generalization*, NIPS 4: weight decay
#   removes the components of the weights that the data do not determine, and dampens noise in the
#   targets.
# - Kingma and Ba (2015), *Adam: A Method for Stochastic Optimization*, ICLR.
# - Loshchilov and Hutter (2019), *Decoupled Weight Decay Regularization*, ICLR: L2 and weight decay
#   agree, up to the learning rate, for plain SGD, and differ for Adam.
