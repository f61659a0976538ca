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
# # 09 · The playground
#
# **Here you can** change every technique of the course while eight networks train, and see at once
# what it does to the decision surface, the loss and the weights.
#
# **You need** nothing; the chapters say what the controls mean. **Time**: as long as it is fun.

# %% [markdown]
# ## What you see
#
# Two half moons in the plane, one for each class, with noise, and with some labels wrong if you
# wish. Eight small networks learn them. Each has a training set of its own, so what differs between
# them is what a single run would have hidden:
#
# - **left**, the probability of class 1, averaged over the eight, and the boundary of each: where
#   the lines run apart, the networks disagree, and the data do not settle the question;
# - **in the middle**, the loss on training and on validation data, without penalties, with its
#   band;
# - **right**, the weights of all eight, on a logarithmic scale.
#
# **Play** trains until you press it again, **Step** trains five epochs. A change of a control under
# the first heading starts the training anew; all others take effect while it runs. The arrow keys
# move a slider.

# %%
from reglab.widgets import Playground

# %% tags=["nbval-ignore-output"]
Playground()

# %% [markdown]
# The picture above shows the state in which the playground opens, after some training: fifty
# examples for each network, a fifth of the labels wrong, no regularization. The validation loss has
# long since turned upward, and the boundaries are tangled.

# %% [markdown]
# ## Things to try
#
# Guess first, then play.
#
# 1. **Let it memorize.** Play without any technique. Which comes first: the training loss near
#    zero, or a validation loss above that of a coin (0.69)? Then raise the number of examples.
# 2. **Rescue it.** When it has memorized, raise the L2 strength. Do the boundaries come together
#    again? How long do the weights take to follow?
# 3. **Two kinds of small.** Set L1, then L2, to the same strength, and compare the histograms:
#    which piles weights up at zero, which only makes them smaller?
# 4. **Noise of three kinds.** Dropout, input noise and mixup all disturb the training. Which keeps
#    the training loss highest, and is the validation loss lower for it?
# 5. **Stop early.** Tick *show best epoch*. How far apart are the best epochs of the eight?
#    Does the tick help when L2 is on already?
# 6. **Too much.** Push everything to the right. What does the surface of an over-regularized
#    network look like, and how do the eight differ now?
# 7. **Batch norm.** Switch it on and raise the learning rate. What happens without it at the same
#    rate?

# %% [markdown]
# ## To take away
#
# - What one network does near the boundary is mostly chance. Eight show which part is not.
# - Regularization makes the eight agree; too much makes them agree and say nothing.
# - A technique that is switched on late can still undo memorization, as long as training goes on.
#
# Back to the [start page](00_start_here.ipynb).
