# %% [markdown]
# # Start here
#
# This is a course on **regularization in deep learning**: what keeps a network that could memorize
# its training data from doing just that. You *run* it: each chapter is a notebook like this one,
# and each of its statements is an experiment over many seeds, with an interval and a verdict,
# that anyone can run again.
#
# Everything runs on a laptop's CPU in minutes, and unchanged on a GPU. Nothing is downloaded: the
# data come with the installed packages or are generated.

# %% [markdown]
# ## Check your set-up
#
# Click into the cell below and press **Shift+Enter**. If it prints `ok`, you are ready. If not, it
# names what is broken and the cure.

# %%
from reglab import doctor

doctor.check()

# %% [markdown]
# For the whole list of versions, device, kernel and memory, run `make doctor` in a terminal, in
# the course's folder. Include it when you report a problem.

# %% [markdown]
# ## Three paths
#
# - **You learn alone.** Read a chapter from top to bottom and run each cell (Shift+Enter). Where
#   it says *Predict*, commit to an answer before you go on. Then open the exercises of the
#   same number and work right in them.
# - **You teach a workshop.** Let people predict first and run second, chapter by chapter; the live
#   widget is made for the projector. The exercises state their difficulty (1 to 3) and minutes,
#   so you can choose for the time you have.
# - **You grade.** Exercises are generated from `solutions/` and keep nbgrader's markers. Their
#   checks test what the code does, on fresh random inputs, not how it is spelled. They are feedback
#   for a learner, not a fence: code that runs in the learner's own notebook can always be cheated.

# %% [markdown]
# ## The chapters
#
# | chapter | question | exercises |
# |---|---|---|
# | **00 Start here** | you are here | |
# | **[02 L2 and weight decay][02]** | Why small weights, and when is decay not L2? | [open][02x] |
# | **[04 Dropout][04]** | Why does switching units off help, and when? | [open][04x] |
#
# [02]: 02_l2_and_weight_decay.ipynb
# [02x]: ../exercises/02_l2_and_weight_decay.ipynb
# [04]: 04_dropout.ipynb
# [04x]: ../exercises/04_dropout.ipynb
#
# Chapters on other techniques are to come; this table lists those that exist.

# %% [markdown]
# ## How predict, check and hint work
#
# **Predict.** Before an experiment, the chapter asks what you expect. Run the cell, choose, say how
# sure you are, press **Commit**; then run the experiment. A wrong guess that you committed to is
# worth more than a right one that you read. The chapters come with their results, so that they
# read well without being run: to predict in earnest, first choose *Edit → Clear Outputs of All
# Cells*. The same cures *"Error displaying widget"* when you open a notebook again.
#
# **Check.** An exercise is a function to fill in, followed by a check. Until you begin, the
# function raises `NotImplementedError("Exercise 2.1: …")`; that is not a mistake of yours. After
# that, the check says `✔ correct`, or which mistake your numbers look like.
#
# **Hint and solution.** Two hints and the solution stand folded under each check, the smaller hint
# first. Click on one to open it.

# %% [markdown]
# ## Good to know
#
# - Your work is safe: rebuilding the course never overwrites an exercise that you have edited.
# - Something odd? *Kernel → Restart Kernel and Run All Cells* cures most of it.
# - Words: a *replica* is one training of one model with one seed; a *sweep* trains many at once;
#   an *interval* is a 95 % confidence interval over seeds.
