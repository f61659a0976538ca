"""The quiz of chapter 08, combining and choosing."""

from __future__ import annotations

from ..chapter_quiz import ChapterQuiz
from ..quiz import Option, Question

quiz = ChapterQuiz("08", (
    Question("sum", "Two techniques each gain something alone, at strengths that suit them alone. "
             "What do both together gain?", {
                 "a": Option("About the sum of the two gains.",
                             "Regularizers compete for the same overfitting. What one has removed, "
                             "the next cannot remove again."),
                 "b": Option("At least as much as the better one.",
                             "Not even that is sure. Dropout and L2 each gained alone, and cost "
                             "accuracy beside shift."),
                 "c": Option("More or less than the better one: it has to be measured.",
                             "The effect of a technique is a number in company and at a budget, "
                             "and both can turn its sign."),
             }, right="c"),
    Question("tune", "A search has found the best λ without dropout. Now dropout is added. What "
             "should be tuned?", {
                 "a": Option("Dropout and λ, both.",
                             "Strengths belong together. Dropout beside shift was best switched "
                             "off: off is a strength too."),
                 "b": Option("Dropout only: λ has been found already.",
                             "It was found for a network without dropout. What is best alone may "
                             "be too much in company."),
                 "c": Option("Neither: rates such as 0.5 are known to work.",
                             "They worked on other data, in other networks. A recipe from another "
                             "problem, width or company cost accuracy here."),
             }, right="a"),
    Question("order", "Dropout and batch norm in one network: what did the experiment show?", {
        "a": Option("They always clash: leave one of them out.",
                    "They clash where a norm comes after the dropout. Behind the last norm nothing "
                    "was shifted."),
        "b": Option("Put dropout where no norm comes after it.",
                    "A norm remembers the variance that dropout has raised in training, and "
                    "divides by too much in evaluation."),
        "c": Option("The order does not matter, as both are off in evaluation.",
                    "Batch norm is not off in evaluation: it divides by what it remembers, and "
                    "dropout in front of it has changed that."),
    }, right="b"),
    Question("what", "Which of these is regularization, in the usual sense?", {
        "a": Option("What changes the architecture, such as dropout, and nothing else.",
                    "After training, dropout and batch norm fit into a plain network. What changes "
                    "is which function training finds."),
        "b": Option("What adds a penalty to the loss, and nothing else.",
                    "The loss is one of several places to act. Shifting acts on the data alone, "
                    "and closed more of the gap than any layer here."),
        "c": Option("What is meant to lower the test error but not the training error.",
                    "So Goodfellow et al. (2016) define it. Augmentation and early stopping are "
                    "part of it."),
    }, right="c"),
))
