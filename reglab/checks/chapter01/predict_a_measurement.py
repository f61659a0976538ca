"""Exercise 1.2: predict how far scores can be trusted."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("size", "The standard deviation of the measured accuracy is about", {
        "a": Option("half a point",
                    "Half a point takes ten thousand examples. √(0.5 · 0.5 / 100) = 0.05."),
        "b": Option("five points", "√(0.5 · 0.5 / 100) = 0.05: five points, from the choice of "
                    "the examples alone."),
        "c": Option("zero, as the network is fixed",
                    "The network is fixed, the examples are not: another hundred would give "
                    "another score."),
    }, right="b"),
    Question("best", "Its accuracy on a large test set will, most likely, be", {
        "a": Option("lower, near the mean of all twenty",
                    "Nearly all of its lead was luck of those hundred examples: the winner's "
                    "curse."),
        "b": Option("about as high as on the validation set",
                    "It was chosen because its validation score was high, luck included. New data "
                    "do not share that luck."),
        "c": Option("higher, as test sets are larger",
                    "The size of a test set makes its score more exact, not higher."),
    }, right="a"),
    Question("fixed", "If all runs use seed 0, the result is", {
        "a": Option("free of luck", "The luck of seed 0 is in it. It merely comes out the same "
                    "each time."),
        "b": Option("wrong", "Not wrong, but one draw of luck: an anecdote."),
        "c": Option("reproducible, with the luck of seed 0 in it",
                    "Fixing the seed repeats the luck. Only several seeds show how large it is."),
    }, right="c"),
    Question("seeds", "With forty paired seeds instead of ten, the interval of the mean effect is",
             {
                 "a": Option("as wide as before",
                             "Each seed adds information: the error of a mean falls with √S."),
                 "b": Option("about half as wide", "The error falls with √S: four times the seeds "
                             "halve it."),
                 "c": Option("about a quarter as wide",
                             "For a quarter you need sixteen times the seeds: the error falls with "
                             "√S, not with S."),
             }, right="b"),
)

luck = Quiz(
    number="1.2", title="Predict how far a score can be trusted", kind="predict",
    difficulty=1, minutes=5, points=2,
    hints=(
        "What would be different if somebody repeated the measurement: the examples, the seeds, "
        "the choice?",
        "√(a(1 − a)/n) for examples, s/√S for seeds. And what was chosen for its luck is unlikely "
        "to have it again.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
