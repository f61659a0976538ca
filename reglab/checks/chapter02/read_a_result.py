"""Exercise 2.6: which statements does a table with intervals support?"""

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
    _question("tiny", "λ = 0.0001 has no effect.", "not settled",
              supported="The interval [−0.4, 0.8] contains 0, but also gains of half a point and "
                        "small losses. No effect shown is not the same as no effect.",
              refuted="For that the interval of the difference would have to exclude 0; "
                      "[−0.4, 0.8] does not.",
              open_="The interval [−0.4, 0.8] contains 0 and more than 0. The table bounds the "
                    "effect; it does not show that there is none."),
    _question("overlap", "λ = 0.003 improves validation accuracy over λ = 0 on this task.",
              "supported",
              supported="The paired difference is 1.9 [1.1, 2.7], clear of 0. That the two "
                        "intervals of the arms overlap does not matter: pairing removed the luck "
                        "of the seeds.",
              refuted="The difference is positive and its interval [1.1, 2.7] excludes 0: nothing "
                      "here speaks against an improvement.",
              open_="The two arms' intervals overlap, but that is the wrong place to look. The "
                    "runs are paired: read the interval of the difference, [1.1, 2.7]."),
    _question("more", "The more L2, the better.", "refuted",
              supported="It holds up to 0.02. At λ = 0.1 accuracy is 11.1 points lower than "
                        "without L2, with an interval far from 0.",
              refuted="At λ = 0.1 the difference is −11.1 [−13.0, −9.2]: one clear counterexample "
                      "is enough.",
              open_="A statement about all strengths falls with one clear counterexample. Look at "
                    "the last row."),
    _question("best", "On this task λ = 0.02 is better than λ = 0.05.", "not settled",
              supported="0.6 points lie between them, less than half an interval. And the table "
                        "has no interval for this difference: both rows are paired with λ = 0.",
              refuted="The order of the two means speaks for 0.02, if weakly. Nothing here shows "
                      "the opposite.",
              open_="0.6 points apart, and no interval for that difference. The two are about "
                    "equally good as far as this table goes."),
    _question("elsewhere", "λ = 0.02 is the right strength for convolution nets on photographs.",
              "not settled",
              supported="One network on one kind of data was measured. The best strength depends "
                        "on model, data, optimizer and length of training.",
              refuted="It may well be wrong, but this table has no convolution net and no "
                      "photograph in it: it cannot refute it either.",
              open_="Outside the scope of this table: other model, other data."),
)

verdicts = Quiz(
    number="2.6", title="Read a table with intervals", kind="read a result",
    difficulty=2, minutes=10, points=3,
    hints=(
        "A difference is supported if its own interval lies clear of 0. Which column holds that "
        "interval, and which column only looks as if it did?",
        "An interval that contains 0 settles nothing: the effect may be there, and small. And a "
        "table speaks for what was measured, nothing else.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
