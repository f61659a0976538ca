"""Exercise 10.13: verdict and scope, from a table of replications."""

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
    _question("copies", "After 200 steps in both arms, noisy copies gain at least a point here.",
              "refuted",
              supported="The interval [−1.1, −0.1] lies below 1 altogether.",
              refuted="The interval [−1.1, −0.1] lies below 1 altogether.",
              open_="It is settled: [−1.1, −0.1] lies outside the range from 1 to infinity "
                    "altogether."),
    _question("harm", "After 200 steps in both arms, noisy copies cost at least a point here.",
              "not settled",
              supported="They cost something, as [−1.1, −0.1] excludes 0. But most of the interval "
                        "is less than a point.",
              refuted="A point is still in the interval, [−1.1, −0.1].",
              open_="The interval [−1.1, −0.1] reaches across −1, the edge of this claim."),
    _question("dropout", "On these data, with this network and budget, dropout at rate 0.35 gains "
              "at least a point.", "supported",
              supported="The interval [2.1, 3.1] lies above 1 altogether, and the statement says "
                        "no more than what was run.",
              refuted="The interval [2.1, 3.1] lies above 1 altogether.",
              open_="The interval [2.1, 3.1] lies above 1 altogether: that settles it for this "
                    "setting."),
    _question("photographs", "Dropout at rate 0.35 gains at least a point for convolution nets on "
              "photographs too.", "not settled",
              supported="That is outside the scope: another network and other data.",
              refuted="Nothing in the table speaks of photographs. It takes that experiment.",
              open_="Other data and another network are another experiment. An interval speaks of "
                    "what was run."),
    _question("larger", "Chosen on 1000 examples, the best epoch gains at least a point over the "
              "last one.", "not settled",
              supported="The interval [−0.3, 1.9] holds effects below 1, and none at all.",
              refuted="The interval [−0.3, 1.9] holds effects above 1. That it contains 0 refutes "
                      "nothing.",
              open_="The interval [−0.3, 1.9] reaches across 1. A new replication with more "
                    "seeds, planned before it runs, might settle it."),
    _question("nothing", "The weak penalty changes the accuracy by less than a point, up or down.",
              "supported",
              supported="The range is from −1 to 1, and [−0.2, 0.4] lies inside. So one can "
                        "support that there is no effect that matters.",
              refuted="All of [−0.2, 0.4] is less than a point away from 0.",
              open_="That an interval contains 0 leaves a *gain* open. This claim is another one: "
                    "its range, from −1 to 1, holds all of [−0.2, 0.4]."),
)

replications = Quiz(
    number="10.13", title="Read five replications", kind="read a result",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Each statement is a rule of its own: which range of effects does it predict, and where "
        "does the interval lie?",
        "A statement that names other data or another network has no row in the table. A "
        "statement of *no* effect has a range with two edges.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
