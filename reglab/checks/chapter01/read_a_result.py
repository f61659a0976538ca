"""Exercise 1.6: what does a table of gaps, losses and accuracies say about overfitting?"""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of


def _question(key: str, text: str, right: str, *,
              supported: str, refuted: str, open_: str) -> Question:
    return Question(key, text, {
        "supported": Option("supported by the table", supported),
        "refuted": Option("refuted by the table", refuted),
        "not settled": Option("not settled by the table", open_),
    }, right)


questions = (
    _question("gap", "The larger the gap between training and test accuracy, the lower the test "
              "accuracy.", "refuted",
              supported="From A to B the gap grows by 23 points, and the test accuracy rises.",
              refuted="From A to B the gap grows, and the test accuracy rises by 3.7 [2.6, 4.8].",
              open_="One clear counterexample is enough: compare A and B."),
    _question("wider", "C is more accurate than B.", "not settled",
              supported="Its mean is higher by 0.2. But the interval [−0.9, 1.3] holds losses too.",
              refuted="For that the whole interval would have to lie at or below 0.",
              open_="The interval of the difference, [−0.9, 1.3], holds gains and losses."),
    _question("harm", "C is overfitted, in the sense that something more regular does better.",
              "supported",
              supported="D is C with L2, and gains 8.2 [7.1, 9.3] on test data that chose nothing.",
              refuted="D is C with L2. It gains 8.2 points, with an interval far from 0.",
              open_="The table has the better thing in it: compare C with D."),
    _question("loss", "By its test loss, C is better than A.", "refuted",
              supported="A lower loss is better, and that of C is higher.",
              refuted="3.10 against 1.72, with intervals far apart: C is more accurate and has "
                      "the worse loss. It is too sure.",
              open_="The intervals [2.98, 3.22] and [1.66, 1.78] are far apart."),
    _question("data", "With ten times the data, L2 would not be needed.", "not settled",
              supported="It may be so. But all rows have the same number of examples.",
              refuted="It may be wrong. But all rows have the same number of examples.",
              open_="All rows have the same number of examples: the table cannot say."),
)

verdicts = Quiz(
    number="1.6", title="Read a table of gaps", kind="read a result",
    difficulty=2, minutes=10, points=3,
    hints=(
        "A gap is a difference of two columns; harm is a comparison with something better. Which "
        "rows compare the same network with and without a regularizer?",
        "An interval that contains 0 settles nothing, and a table speaks only for the arms that "
        "are in it. For a loss, lower is better.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
