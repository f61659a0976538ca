"""The quiz of chapter 05, early stopping."""

from __future__ import annotations

from ..chapter_quiz import ChapterQuiz
from ..quiz import Option, Question

quiz = ChapterQuiz("05", (
    Question("rise", "The validation accuracy has just fallen for the first time. What now?", {
        "a": Option("Stop at once: from here on the network overfits.",
                    "Validation curves are ragged, and the first fall is often just noise."),
        "b": Option("Wait for some evaluations, then go back to the best weights.",
                    "That is patience with `restore`. With enough validation data a longer "
                    "patience costs time and nothing else."),
        "c": Option("Wait for some evaluations, then keep the weights of that moment.",
                    "While one waits, the network goes on memorizing. The last weights are not "
                    "the best ones; a copy of the best has to be kept."),
    }, right="b"),
    Question("watch", "The labels are right. The validation loss turns early, the validation "
             "accuracy stays up. You need right answers. What should the rule watch?", {
                 "a": Option("The loss: it is what training lowers.",
                             "Stopping by the loss made the loss better and the accuracy worse."),
                 "b": Option("Either: they turn at the same time.",
                             "They did not. A network that grows too sure of its answers raises "
                             "the loss long before it is wrong more often."),
                 "c": Option("The accuracy.",
                             "Watch what you want. It is coarser than the loss, as it moves in "
                             "steps of one example."),
             }, right="c"),
    Question("pays", "Where does early stopping improve the test accuracy?", {
        "a": Option("Where the validation accuracy turns before the end.",
                    "Here that was so with wrong labels, and the more of them, the more was "
                    "gained."),
        "b": Option("Wherever a network learns its training data by heart.",
                    "The networks nearly did so in every case. Where the labels are right, that "
                    "costs no accuracy."),
        "c": Option("Everywhere: training longer always overfits in the end.",
                    "On clean digits the curve rose and stayed, and there was nothing to gain."),
    }, right="a"),
    Question("why", "Early stopping adds nothing to the loss. Is it a regularizer?", {
        "a": Option("No: it only saves time.",
                    "It saves time as well, but that is not all it does."),
        "b": Option("No: only penalties and layers such as dropout regularize.",
                    "What counts is what a method does, not where it stands. In least squares few "
                    "steps act much like a strong ridge penalty."),
        "c": Option("Yes: it gives up training accuracy and gains on test data.",
                    "This was measured, and a tuned L2 does as much. It also ends nearer to the "
                    "start, as any earlier point of a path does; in least squares it stays close "
                    "to ridge at λ = 1/(ηt)."),
    }, right="c"),
))
