"""Exercise 10.9: audit a gain that is a maximum over epochs of the scores that are reported."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("flaw", "What spoils the conclusion?", {
        "a": Option("The epoch is chosen by the same scores that are then reported",
                    "The highest of sixty noisy scores is high by luck too, and the same 100 "
                    "examples do not correct for that. The demo calls them test accuracy: they "
                    "are none, for they chose."),
        "b": Option("Early stopping must stop early: all epochs were run",
                    "Running on and going back to the best epoch gives the same weights. Only time "
                    "is lost."),
        "c": Option("The last epoch is no fair baseline",
                    "It is what one gets without the technique. That is the right control."),
        "d": Option("Accuracy must not choose the epoch, only the loss may",
                    "Either may. What counts is on which data."),
    }, right="a"),
    Question("sign", "Can the demo's gain be negative for any seed?", {
        "a": Option("yes, with bad luck", "The last epoch is one of those the maximum is taken "
                    "over."),
        "b": Option("no", "A maximum over epochs is at least the last one. A gain that cannot be "
                    "negative is no evidence, however narrow its interval."),
        "c": Option("yes, if early stopping does harm",
                    "That is the trouble: even then the demo would show a gain."),
    }, right="b"),
    Question("claim", "The most that the demo allows one to say is:", {
        "a": Option("In most of these 16 runs, keeping the best epoch raised test accuracy",
                    "The 100 examples chose the epoch, so they are no test data any more."),
        "b": Option("Keeping the best epoch does not raise test accuracy",
                    "It may or may not: no data are left that could tell."),
        "c": Option("The best of sixty scores is never below the last, and on average above",
                    "True, and it would be true of coins."),
    }, right="c"),
)

audit_5 = Quiz(
    number="10.9", title="Audit case 5: the best epoch", kind="audit",
    difficulty=2, minutes=5, points=2,
    hints=(
        "Which data chose the epoch, and which data say how good the choice was?",
        "Replace all accuracies by coin tosses. What would the demo print?",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
