"""Exercise 3.6: which statements does a table of lasso, elastic net and ridge support?"""

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
    _question("sparse", "On A, the lasso predicts better than ridge.", "supported",
              supported="The paired difference is −0.26 [−0.29, −0.23] for ridge, far from 0.",
              refuted="Ridge minus lasso is −0.26: the lasso is ahead.",
              open_="The interval of the paired difference, [−0.29, −0.23], does not contain 0."),
    _question("list", "Ridge gives the more reliable list of features: its similarity is 1.",
              "refuted",
              supported="A list that always has all 100 features on it is always the same, and "
                        "says nothing.",
              refuted="Ridge keeps all 100 features each time. Its similarity is 1 because it "
                      "selects nothing, so there is no list to rely on.",
              open_="The column of features kept settles it: 100 of 100 is no list."),
    _question("net", "On B, the elastic net predicts better than the lasso.", "not settled",
              supported="The mean difference is positive, but its interval [−0.01, 0.03] contains "
                        "0 and losses.",
              refuted="For that the whole interval would have to lie at or below 0; [−0.01, 0.03] "
                      "does not.",
              open_="The interval [−0.01, 0.03] holds gains and losses."),
    _question("again", "On B, two resamples agree more with the elastic net than with the lasso.",
              "supported",
              supported="0.36 [0.32, 0.40] against 0.21 [0.17, 0.25]: the intervals do not even "
                        "touch.",
              refuted="The similarity is higher for the elastic net, by far more than the "
                      "intervals are wide.",
              open_="The two intervals, [0.17, 0.25] and [0.32, 0.40], are far apart."),
    _question("causes", "The 12 features that the lasso keeps on B are those that matter.",
              "not settled",
              supported="No column says which features matter. That few are kept is no sign that "
                        "they are the right ones.",
              refuted="It is doubtful, with a similarity of 0.21; but the table has no truth in "
                      "it to compare with.",
              open_="The table says how many are kept and how alike two lists are, not which "
                    "features matter."),
)

verdicts = Quiz(
    number="3.6", title="Read a table of selections", kind="read a result",
    difficulty=2, minutes=10, points=3,
    hints=(
        "For **list**: what is a list of all 100 features worth, however stable it is?",
        "An interval of a difference that contains 0 does not settle which is better, and a table "
        "speaks only about what is in its columns.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
