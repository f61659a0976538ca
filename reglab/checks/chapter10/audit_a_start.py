"""Exercise 10.5: audit a win of weight decay that only erases the random start."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("flaw", "What spoils the conclusion?", {
        "a": Option("The test set is too small to see a difference",
                    "It has 1000 examples, and the two losses differ by orders of magnitude."),
        "b": Option("The difference is the random start: without decay it stays in the weights",
                    "With fewer examples than features, descent leaves most directions as they "
                    "started. Decay erases that start, and a start at zero has nothing to erase."),
        "c": Option("Without decay it was not trained long enough",
                    "Its training loss is nearly zero. Longer training changes nothing."),
        "d": Option("It is a single run",
                    "True, and beside the point: the losses differ by orders of magnitude, and "
                    "with every other seed they do so too."),
    }, right="b"),
    Question("control", "Which control is missing?", {
        "a": Option("More seeds for the same two arms",
                    "They would give a narrow interval around the effect of the start: many seeds "
                    "do not repair a comparison of the wrong arms."),
        "b": Option("A start at zero without decay, and a constant",
                    "Both are free. A method has to beat what costs nothing."),
        "c": Option("A grid of strengths, chosen on validation data",
                    "A better strength would win by still more, and still by erasing the start."),
    }, right="b"),
    Question("claim", "The most that the demo's run allows one to say is:", {
        "a": Option("In one run from a large random start, the arm with decay had the lower loss",
                    "That is what was run. Why it is lower, and whether anything was learned, are "
                    "other questions."),
        "b": Option("Weight decay improves on a zero start",
                    "No zero start was run."),
        "c": Option("In this run at least, weight decay made the regression generalize",
                    "Whether it generalizes at all is not known: no baseline says what a useless "
                    "model would score."),
    }, right="a"),
)

audit_3 = Quiz(
    number="10.5", title="Audit case 3: a linear regression", kind="audit",
    difficulty=2, minutes=10, points=2,
    hints=(
        "There are 200 features and 20 examples. In how many directions can the training examples "
        "move the weights? Where do the weights stay in all others?",
        "Is 0.2 a small loss? Compute what predicting one number for all test examples would "
        "cost.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
