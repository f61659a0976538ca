"""Exercise 4.6: which statements does a table of widths and rates support?"""

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
    _question("default", "p = 0.5 is a safe default.", "refuted",
              supported="For width 512 it does well. For width 16 it costs 10.2 points, with an "
                        "interval far from 0: not safe.",
              refuted="At width 16 the difference is −10.2 [−12.0, −8.4]: one clear counterexample "
                      "is enough.",
              open_="A statement about all networks falls with one clear counterexample: look at "
                    "width 16."),
    _question("narrow", "Dropout with p = 0.1 helps at width 16.", "not settled",
              supported="The mean difference is positive, but its interval [−0.6, 1.4] contains 0 "
                        "and losses.",
              refuted="For that the whole interval would have to lie at or below 0; [−0.6, 1.4] "
                      "does not.",
              open_="The interval [−0.6, 1.4] holds gains and losses. More seeds could settle it."),
    _question("wide", "At width 512, p = 0.5 improves validation accuracy over p = 0.", "supported",
              supported="The paired difference is 6.1 [4.9, 7.3], clear of 0. It does not matter "
                        "that it was one row of several: even at a stricter level it is far away.",
              refuted="The difference is positive and its interval [4.9, 7.3] excludes 0.",
              open_="The interval of the paired difference, [4.9, 7.3], does not contain 0. That "
                    "settles it for this task and width."),
    _question("train", "At width 512, p = 0.5 reduces overfitting only because it trains less: the "
              "same could be had by stopping early.", "not settled",
              supported="The table has no arm that stops early. A lower training accuracy fits the "
                        "story, and others as well.",
              refuted="Nothing here was stopped early, so nothing here can refute it. It takes an "
                      "experiment with both.",
              open_="The table has no early stopping in it. A plausible story is a reason to run "
                    "the experiment, not its result."),
    _question("copies", "The best p of a paper can be used for a network of another width.",
              "refuted",
              supported="The best of these rates is 0.5 at width 512 and ruins width 16.",
              refuted="The best rate of width 512 costs width 16 ten points. The rate goes with "
                      "the width, so tune it again.",
              open_="As a rule it is settled, and refuted: the best rate of one width in the table "
                    "costs another one ten points."),
)

verdicts = Quiz(
    number="4.6", title="Read a table of rates", kind="read a result",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Which column holds the interval of a difference? A statement about all networks needs "
        "only one clear counterexample.",
        "An interval that contains 0 settles nothing, and a table speaks only for the arms that "
        "are in it.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
