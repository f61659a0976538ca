"""The quiz of chapter 02, L2 and weight decay."""

from __future__ import annotations

from ..chapter_quiz import ChapterQuiz
from ..quiz import Option, Question

quiz = ChapterQuiz("02", (
    Question("same", "An L2 penalty and weight decay with the same λ: with which optimizers are "
             "they the same training?", {
                 "a": Option("With plain SGD only.",
                             "There the decay by 1 − ηλ is the gradient step of the penalty, "
                             "written differently."),
                 "b": Option("With SGD, with momentum or without.",
                             "Momentum adds up past gradients, and the penalty's with them: each "
                             "pull counts 1/(1 − μ) times. Decay is not added up."),
                 "c": Option("With all: they are two names for one thing.",
                             "Adam divides the gradient of the penalty like the rest, so weights "
                             "with large gradients hardly feel it. Decay does not pass through the "
                             "gradient."),
             }, right="a"),
    Question("weights", "What does L2 do to the weights of a network?", {
        "a": Option("It sets those that do not matter to exactly zero.",
                    "At zero the pull λw is zero as well. Weights pass through zero, and nothing "
                    "holds them there."),
        "b": Option("It makes each weight smaller than it would have become without.",
                    "Some end up larger than their twin in the network without L2, though both "
                    "started from the same value."),
        "c": Option("It makes their vector shorter, without exact zeros.",
                    "The weights get small as a whole: not each of them, and none zero."),
    }, right="c"),
    Question("carry", "With Adam and an L2 penalty, λ = 0.03 was best. The same network is now "
             "trained with AdamW. Which λ?", {
                 "a": Option("0.03 again: network and data are the same.",
                             "They are, but in AdamW λ means decay. The tops of the two hills lay "
                             "far apart."),
                 "b": Option("0.03, divided by the learning rate of AdamW.",
                             "No formula turns the one into the other: Adam divides the gradient "
                             "of each weight by another number."),
                 "c": Option("A new one, chosen on validation data.",
                             "Change the optimizer, tune λ again. Tuned against tuned, the two "
                             "came out close."),
             }, right="c"),
    Question("units", "A length is given in kilometers instead of meters, so its numbers are a "
             "thousand times smaller. With the same λ, a linear model then", {
                 "a": Option("uses it as before: it still says the same.",
                             "It does say the same, but to say it the feature needs a weight a "
                             "thousand times as large, and λ charges for that."),
                 "b": Option("uses it less.",
                             "It needs a larger weight for the same effect, and pays more. So the "
                             "scale of a feature is a statement about it."),
                 "c": Option("uses it more, as small numbers are penalized less.",
                             "The penalty looks at the weights, not at the numbers they multiply. "
                             "Small numbers need large weights."),
             }, right="b"),
))
