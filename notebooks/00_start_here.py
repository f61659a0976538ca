# %% [markdown]
# # Start here
#
# This is a course on **regularization in deep learning**: what keeps a network that could memorize
# its training data from doing just that. You *run* it: each chapter is a notebook like this one,
# and each claim that it judges is tested by an experiment over many seeds, with an interval and a
# verdict. Anyone can run it again.
#
# Everything runs on a laptop's CPU in minutes, and unchanged on a GPU. Nothing is downloaded: the
# data come with the installed packages or are generated.

# %% [markdown]
# ## Check your set-up
#
# Click into the cell below and press **Shift+Enter**. If it prints `ok`, you are ready. If not, it
# says what is broken and how to mend it.

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
#   playground (09) is made for the projector. The exercises state their difficulty (1 to 3) and
#   minutes, so you can choose for the time you have.
# - **You grade.** Exercises are generated from `solutions/` and keep nbgrader's markers. Their
#   checks test what the code does, on fresh random inputs, not how it is spelled. In a learner's
#   own notebook the checks are feedback, not a safeguard: whoever can edit the notebook can trick
#   them. For grades there is `reglab grade`, which runs submissions in a sandbox; see `GRADING.md`
#   in the course's folder.

# %% [markdown]
# ## The chapters
#
# | chapter | question | minutes | exercises | minutes |
# |---|---|---|---|---|
# | 00 Start here | you are here | | | |
# | [01 Measuring and overfitting][01] | How far can a score be trusted? | 95 | [open][01x] | 60 |
# | [02 L2 and weight decay][02] | Are L2 and weight decay the same? | 65 | [open][02x] | 75 |
# | [03 L1 and sparsity][03] | Do zeros tell which inputs matter? | 80 | [open][03x] | 55 |
# | [04 Dropout][04] | Why does switching units off help, and when? | 80 | [open][04x] | 60 |
# | [05 Early stopping][05] | When to stop, and what to keep? | 65 | [open][05x] | 60 |
# | [06 Augmentation][06] | Is a changed copy as good as new data? | 85 | [open][06x] | 60 |
# | [07 Batch normalization][07] | What does it do, and what does it not? | 85 | [open][07x] | 70 |
# | [08 Combining and choosing][08] | Do techniques add up? | 80 | [open][08x] | 60 |
# | [09 The playground][09] | Change everything while eight networks train | | | |
# | 10 The replication clinic | Six convincing demos: what is wrong? | | [open][10x] | 130 |
#
# [01]: 01_measuring_and_overfitting.ipynb
# [01x]: ../exercises/01_measuring_and_overfitting.ipynb
# [02]: 02_l2_and_weight_decay.ipynb
# [02x]: ../exercises/02_l2_and_weight_decay.ipynb
# [03]: 03_l1_and_sparsity.ipynb
# [03x]: ../exercises/03_l1_and_sparsity.ipynb
# [04]: 04_dropout.ipynb
# [04x]: ../exercises/04_dropout.ipynb
# [05]: 05_early_stopping.ipynb
# [05x]: ../exercises/05_early_stopping.ipynb
# [06]: 06_augmentation.ipynb
# [06x]: ../exercises/06_augmentation.ipynb
# [07]: 07_batch_normalization.ipynb
# [07x]: ../exercises/07_batch_normalization.ipynb
# [08]: 08_combining_and_choosing.ipynb
# [08x]: ../exercises/08_combining_and_choosing.ipynb
# [09]: 09_playground.ipynb
# [10x]: ../exercises/10_replication_clinic.ipynb
#
# The chapters build on 01 and 02; 03 to 07 can be read in any order. The clinic comes last: know 01
# and 02 first; its cases speak of dropout, early stopping and augmentation (04 to 06) and explain
# what they need.

# %% [markdown]
# ## How predict, check and hint work
#
# **Predict.** Before an experiment, the chapter asks what you expect. Run the cell, choose, say how
# sure you are, press **Commit**; then run the experiment. A wrong guess that you committed to is
# worth more than a right answer that you only read. The chapters come with their results, so that
# they read well without being run: to predict in earnest, first choose *Edit → Clear Outputs of All
# Cells*. This also cures *"Error displaying widget"* when you open a notebook again.
#
# **Check.** An exercise is a function to fill in, followed by a check. Until you begin, the
# function raises `NotImplementedError("Exercise 2.1: …")`; that is not a mistake of yours. Once you
# have begun, the check says `✔ correct`, or names the mistake that your numbers point to.
#
# **Quiz.** Each chapter ends with a few questions. Choose an answer, read what is right or wrong
# with it, and choose again if you like. The answers are folded up below the quiz.
#
# **Hint and solution.** Two hints and the solution are folded up under each check, the smaller hint
# first. Click on one to open it. In the clinic, the solution to a function that you fill in comes
# after the replication that needs it.

# %% [markdown]
# ## How to read a verdict
#
# Train a network twice, with two **seeds** (the numbers that start its random draws: initial
# weights, order of the examples), and it scores differently. So one run with a technique and one
# without say little. The course runs ten pairs or more. The two runs of a *pair* share their seed
# and differ in the technique alone. Each pair gives one difference. The mean of these differences
# is the **effect**. How sure is it? If s is the standard deviation of S differences, their mean has
# the standard error s/√S, and the effect plus or minus about two standard errors is its **95 %
# interval**: in about 95 of 100 such experiments an interval made in this way covers the true
# effect. A chapter ends each experiment with a table like this one:
#
# | part of the claim | rule | effect, 95 % interval | 99.88 % interval, which decides | verdict |
# |---|---|---|---|---|
# | gain | accuracy gained: at least 0.01 | 0.042 [0.031, 0.053] | [0.019, 0.065] | supported |
# | speed | share of steps: at most 0.9 | 1.30 [1.22, 1.38] | [1.13, 1.47] | refuted |
# | loss | loss saved: at least 0.01 | 0.012 [0.004, 0.020] | [−0.005, 0.029] | not settled here |
#
# The **rule** is the claim in numbers; its bound (in the first row 0.01, a *point* of accuracy) is
# the smallest effect that would matter. The wider interval decides, because forty claims are
# settled, and at 95 % each, luck alone would decide about two. If all of it meets the rule, the
# claim is **supported**; if none of it does, **refuted**; otherwise it is **not settled here**.
# "80 % power 0.02 beyond a bound" says how far beyond its bound an effect must lie to be settled in
# four of five such experiments. Where some parts of a claim are supported and others refuted, the
# claim is **supported with conditions**, and these parts are the conditions. Where a part is not
# settled, neither is the claim.

# %% [markdown]
# ## Good to know
#
# - Your work is safe: rebuilding the course never overwrites a notebook that you have edited, and
#   `git pull` stops before it would overwrite one that you have saved. If it does, copy that
#   notebook to another name, put the old one back with `git checkout`, and pull again.
# - Your progress is noted: each check, prediction and quiz answer goes into one small file on this
#   machine, outside the course. `make progress` shows it, and how often you were right when you
#   said that you were 90 % sure. `make progress ARGS=--forget` deletes it. (Without make:
#   `python -m reglab progress`, and `python -m reglab progress --forget`.) To keep no record, set
#   the environment variable `REGLAB_PROGRESS=off` before you start JupyterLab.
# - Something odd? *Kernel → Restart Kernel and Run All Cells* cures most of it. In exercises it
#   stops at the first cell that needs a function which you have not filled in yet.
# - Words: a *replica* is one training of one model with one seed; a *sweep* trains many at once; an
#   *arm* is one setting in it, such as one strength; an *interval* is a 95 % confidence interval
#   over seeds; the *nat* is the unit of a loss that is computed with natural logarithms.
