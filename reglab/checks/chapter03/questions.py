"""The quiz of chapter 03, L1 and sparsity."""

from __future__ import annotations

from ..chapter_quiz import ChapterQuiz
from ..quiz import Option, Question

quiz = ChapterQuiz("03", (
    Question("kink", "The loss gets an added λ·Σ|w|, and a library for automatic differentiation "
             "trains the network. How many weights become exactly zero?", {
                 "a": Option("Many: that is what L1 is for.",
                             "The penalty makes them small. Near zero its slope jumps between +λ "
                             "and −λ, each step overshoots, and the next one comes back."),
                 "b": Option("None.",
                             "A slope alone cannot hold a weight at zero. A proximal step can: it "
                             "moves the weight by ηλ and stops at zero."),
                 "c": Option("None at first, but many with a small learning rate.",
                             "A smaller learning rate makes the jumps around zero smaller. They "
                             "never end there."),
             }, right="b"),
    Question("list", "At the strength that predicts best, the lasso keeps twenty features. What "
             "may be said of them?", {
                 "a": Option("These twenty matter, and the rest does not.",
                             "The strength that predicts best also keeps much that does not "
                             "matter. One that silences all of it would shrink the useful ones "
                             "too far."),
                 "b": Option("Another sample would give the same list.",
                             "Another sample gives another list. To rely on one, resample, and "
                             "keep what is selected in most resamples."),
                 "c": Option("They predict well together. Which of them matter is open.",
                             "The best strength for prediction is not the best strength for "
                             "selection. A list of features is not a finding."),
             }, right="c"),
    Question("fast", "A network should run faster on ordinary hardware. What has to become zero?", {
        "a": Option("Whole units or inputs.",
                    "They can be cut out of the matrices, and then the network really is smaller. "
                    "The group lasso charges for them."),
        "b": Option("As many single weights as possible.",
                    "A matrix multiplication multiplies zeros like any other number. Scattered "
                    "zeros save time only in formats and on hardware made for them."),
        "c": Option("The smallest weights, whichever they are.",
                    "That is magnitude pruning. Its zeros too are scattered over the matrix, and "
                    "a dense layer takes as long as before."),
    }, right="a"),
    Question("outliers", "Some targets in the training data are off by far. What keeps a linear "
             "model from following them?", {
                 "a": Option("The absolute loss or Huber's.",
                             "They limit the pull of a large error. With Huber's loss an L2 "
                             "penalty does as well: it is the loss that counts."),
                 "b": Option("An L1 penalty, because absolute values are robust.",
                             "Absolute values of the errors are. The penalty takes those of the "
                             "weights, and the squared loss still lets outliers pull."),
                 "c": Option("A stronger penalty, L1 or L2.",
                             "The squared loss multiplies the pull of an outlier by its size. No "
                             "price on weights changes that."),
             }, right="a"),
))
