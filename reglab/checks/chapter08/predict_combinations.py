"""Exercise 8.2: predict sums, budgets, sizes and the best of twenty."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("sum", "Alone, A gains 4 points and B gains 3. Both together, at these strengths, "
             "gain", {
                 "a": Option("7 points", "Only if they do different work. Where both remove the "
                             "same overfitting, the second finds little left to remove."),
                 "b": Option("at least 4 points", "Not even that is sure. Together they may be "
                             "too strong, and cost what one of them had gained."),
                 "c": Option("that has to be measured", "Anything from a loss to more than 7 is "
                             "possible: single gains do not determine it."),
             }, right="c"),
    Question("early", "Dropout gains a lot after 800 steps. After 100 steps, the network with "
             "dropout is, compared with the one without,", {
                 "a": Option("behind", "It learns from noisy gradients with part of its units, "
                             "while the plain network has not begun to overfit."),
                 "b": Option("equally good", "By chance they may cross there. But dropout slows "
                             "learning, and there is no overfitting yet that it could prevent."),
                 "c": Option("ahead", "It gets ahead when the plain network overfits. After 100 "
                             "steps it has not had time for that."),
             }, right="a"),
    Question("size", "L2 and dropout change the number of parameters of a trained network by", {
        "a": Option("nothing", "Nothing: all weights are there, and in evaluation dropout is the "
                    "identity. What changes is which values training finds."),
        "b": Option("the share of units that is dropped", "Units are dropped for a step, and other "
                    "ones in the next. In evaluation all are there."),
        "c": Option("the weights that L2 sets to zero", "L2 makes weights small and none exactly "
                    "zero. And a weight of zero would still be a parameter."),
    }, right="a"),
    Question("luck", "You try 20 strengths that are all equally good, and choose by validation "
             "accuracy. The validation accuracy of the chosen one is, compared with its test "
             "accuracy, on average", {
                 "a": Option("the same", "It would be for a strength fixed beforehand. Yours was "
                             "chosen for its high score, and part of a high score is luck."),
                 "b": Option("lower", "Of 20 noisy scores you took the highest. Noise pushes the "
                             "highest one up, not down."),
                 "c": Option("higher", "The highest of 20 noisy scores is a lucky one. The test "
                             "data know nothing of that luck."),
             }, right="c"),
)

behavior = Quiz(
    number="8.2", title="Predict what combining and choosing do", kind="predict",
    difficulty=1, minutes=5, points=2,
    hints=(
        "What does the second technique still find to do? What does a noisy gradient do at first? "
        "What is left of dropout in evaluation?",
        "The maximum of several noisy numbers is above their common mean.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
