"""Exercise 10.5: audit a win of weight decay that only erases the random start."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("flaw", "What is wrong?", {
        "a": Option("The test set is too small to see a difference",
                    "It has 1000 examples, and the two losses differ by orders of magnitude."),
        "b": Option("The difference is the random start: without decay it stays in the weights",
                    "With fewer examples than features, descent leaves most directions as they "
                    "started. Decay erases that start, and a start at zero has nothing to erase."),
        "c": Option("Without decay it was not trained long enough",
                    "Its training loss is nearly zero. Longer training changes nothing."),
        "d": Option("Such a strength of decay is never used",
                    "It is strong. But strength alone does not make a comparison unfair."),
    }, right="b"),
    Question("control", "Which control is missing?", {
        "a": Option("A start at zero without decay, and a constant",
                    "Both are free. A method has to beat what costs nothing."),
        "b": Option("More seeds for the same two arms",
                    "They would give a narrow interval around the effect of the start: many seeds "
                    "do not repair a comparison of the wrong arms."),
        "c": Option("A grid of strengths, chosen on validation data",
                    "A better strength would win by still more, and still by erasing the start."),
    }, right="a"),
    Question("claim", "The most that the demo's run allows one to say is:", {
        "a": Option("Weight decay lets a model with more weights than examples generalize",
                    "Whether it generalizes at all is not known: no baseline says what a useless "
                    "model would score."),
        "b": Option("Weight decay improves on a zero start",
                    "No zero start was run."),
        "c": Option("From a large random start, decay removed most of the start, in one run",
                    "That is what was compared. Whether anything was learned is another "
                    "question."),
    }, right="c"),
)

audit_start = Quiz(
    number="10.5", title="Audit a baseline", kind="audit",
    difficulty=2, minutes=10, points=2,
    hints=(
        "There are 200 features and 20 examples. In how many directions can the training examples "
        "move the weights? Where do the weights stay in all others?",
        "Is 0.2 a small loss? Compute what predicting one number for all test examples would "
        "cost.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
