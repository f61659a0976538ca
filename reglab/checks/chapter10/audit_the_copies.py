"""Exercise 10.7: audit a gain by copies of the data, which doubled the steps."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("flaw", "What spoils the conclusion?", {
        "a": Option("Sixteen seeds are too few",
                    "They were enough: the interval is clear of zero. What it measures is the "
                    "question."),
        "b": Option("Noisy copies of training examples got into the test data",
                    "Only the training part was replaced."),
        "c": Option("The seeds are not paired",
                    "Both arms use the same seeds, in the same order, and the differences are "
                    "taken seed by seed."),
        "d": Option("Twice the examples make twice the steps: one arm was trained longer",
                    "Equal epochs are not equal training. Here 10 epochs are 100 steps for one arm "
                    "and 200 for the other."),
    }, right="d"),
    Question("control", "Which control is missing?", {
        "a": Option("More noise in the copies",
                    "That changes the treatment. The two arms would still differ in their steps."),
        "b": Option("The plain data, trained for as many steps",
                    "Then the copies are all that differs. Copies *without* noise would do as "
                    "well."),
        "c": Option("Three times as many seeds",
                    "They would shrink the interval around the same mixture of two effects."),
    }, right="b"),
    Question("claim", "The most that the demo allows one to say is:", {
        "a": Option("With this budget and on these data, noisy copies raise accuracy",
                    "They may, or the steps do. The demo cannot tell."),
        "b": Option("Noisy copies and twice the steps, together, raise accuracy here",
                    "Exactly: the sum of two changes was measured."),
        "c": Option("Twice the steps raise accuracy here",
                    "They may, or the copies do. The demo cannot tell."),
    }, right="b"),
)

audit_4 = Quiz(
    number="10.7", title="Audit case 4: noisy copies", kind="audit",
    difficulty=2, minutes=5, points=2,
    hints=(
        "The statistics are in order. Go through all that differs between the two arms.",
        "How many optimizer steps did each arm make?",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
