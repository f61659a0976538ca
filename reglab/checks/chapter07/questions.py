"""The quiz of chapter 07, batch normalization."""

from __future__ import annotations

from ..chapter_quiz import ChapterQuiz
from ..quiz import Option, Question

quiz = ChapterQuiz("07", (
    Question("shift", "Noise after each batch norm shifts and scales the units anew at every "
             "step. The network still trains faster at first than one without batch norm. What "
             "follows?", {
                 "a": Option("Its early speed does not need less internal covariate shift.",
                             "It does reduce the shift. With the shift put back, and far more of "
                             "it, the network still got down to the given training loss in fewer "
                             "steps."),
                 "b": Option("Batch norm does not reduce internal covariate shift.",
                             "It does, and that was measured as well. The question is whether this "
                             "is what helps."),
                 "c": Option("Noise is what makes batch norm work.",
                             "The noise was not free: later on the training loss fell more slowly "
                             "than with batch norm alone."),
             }, right="a"),
    Question("mode", "A trained network with batch norm is left in training mode and predicts "
             "examples that are sorted by class. What comes out?", {
                 "a": Option("The usual predictions: the weights are the same.",
                             "The weights are, but the mean and variance are now those of the "
                             "batch, not those remembered from training."),
                 "b": Option("Slightly noisier predictions, harmless in large batches.",
                             "So it is in large, mixed batches, which is why the bug hides. Sorted "
                             "by class, large batches do not help."),
                 "c": Option("Little more than guesses.",
                             "What the examples of a batch have in common is their class, and this "
                             "is just what the layer subtracts."),
             }, right="c"),
    Question("decay", "What does weight decay do to the weights right in front of a batch norm?", {
        "a": Option("It shrinks the function that the network computes.",
                    "The output stays the same when these weights are multiplied by a number. "
                    "There is nothing to shrink."),
        "b": Option("Nothing, as batch norm cancels their size.",
                    "In the output it does. But the smaller the weights, the further a step turns "
                    "them."),
        "c": Option("It raises their effective learning rate.",
                    "The rate goes with η/‖w‖². Without decay these weights grow, and the steps "
                    "get smaller and smaller."),
    }, right="c"),
    Question("rate", "At one large learning rate, the network with batch norm tests far better "
             "than the one without. What is that gain mostly?", {
                 "a": Option("Regularization: batch norm generalizes better.",
                             "Perhaps it does, by a much smaller amount. That is seen when each "
                             "network has its own best rate and start."),
                 "b": Option("The failure of the other network, which hardly trains at this rate.",
                             "Report the gain at each one's own best rate and start. What is left "
                             "is much smaller."),
                 "c": Option("Speed: after the same steps, batch norm has learned more.",
                             "Where their training losses were equal, batch norm still seemed to "
                             "be ahead. But most of the gain at a large rate is something else."),
             }, right="b"),
))
