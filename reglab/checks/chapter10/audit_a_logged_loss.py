"""Exercise 10.11: audit a validation loss that contains the penalty in one arm."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("flaw", "What spoils the conclusion?", {
        "a": Option("Validation data must not be used for a comparison",
                    "They may, if nothing was chosen on them. Nothing was."),
        "b": Option("The penalty is half as large as it should be",
                    "λ/2·‖w‖² is the penalty that the network was trained with, too."),
        "c": Option("One of the two losses contains the penalty",
                    "The penalty speaks of weights. Added to a validation loss, it makes one arm "
                    "look worse at predicting."),
        "d": Option("Twelve epochs are a short training",
                    "It limits the scope, which is beside the point: after any number of epochs, "
                    "one arm would be charged for its weights."),
    }, right="c"),
    Question("control", "Which check shows that soonest?", {
        "a": Option("Repeat it with more seeds",
                    "The penalty is there with every seed."),
        "b": Option("Choose the strength that makes this loss lowest",
                    "That rewards small penalties: it leads towards no penalty at all."),
        "c": Option("Score the same trained networks without the penalty",
                    "Nothing needs to be trained anew: the predictions are the same, and the "
                    "measure is now the same for both arms."),
    }, right="c"),
    Question("claim", "The most that the demo allows one to say is:", {
        "a": Option("In twelve epochs and on these data, L2 makes the predictions worse",
                    "The predictions' own loss was not shown."),
        "b": Option("Validation loss plus penalty, with L2, lies above validation loss without",
                    "True, and no comparison of predictions."),
        "c": Option("L2 makes the predictions better",
                    "That may be. The demo does not show it."),
    }, right="b"),
)

audit_6 = Quiz(
    number="10.11", title="Audit case 6: an L2 penalty", kind="audit",
    difficulty=1, minutes=5, points=2,
    hints=(
        "Two networks make the same predictions, and one has larger weights. Which of them does "
        "the demo call better?",
        "What is added to the loss in each of the two arms?",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
