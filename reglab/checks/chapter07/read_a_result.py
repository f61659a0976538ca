"""Exercise 7.6: which statements does a table of normalized networks support?"""

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
    _question("tuned", "With each at its own best rate, batch norm improves the test accuracy.",
              "supported",
              supported="Best against best: 3.1 [2.2, 4.0], paired, clear of 0.",
              refuted="The paired difference at the best rates, 3.1 [2.2, 4.0], lies above 0.",
              open_="The interval [2.2, 4.0] excludes 0, and both were chosen among the same "
                    "rates."),
    _question("fifty", "Tuned against tuned, batch norm brings this network more than fifty "
              "points.", "refuted",
              supported="Only against a network that diverged, at a rate that nobody would choose "
                        "for it. Tuned against tuned it is 3.1 points.",
              refuted="Fifty points are the difference from a diverged run. At each one's own best "
                      "rate the gain is 3.1 [2.2, 4.0].",
              open_="It is settled: the interval of the tuned difference, [2.2, 4.0], is far below "
                    "fifty."),
    _question("same", "At the rate 0.1, batch norm improves the test accuracy.", "not settled",
              supported="The mean is positive, but the interval [−0.5, 1.1] holds losses too.",
              refuted="For that the interval would have to lie at or below 0; [−0.5, 1.1] does "
                      "not.",
              open_="The interval [−0.5, 1.1] holds gains and losses."),
    _question("shift", "The less its layers' inputs shift, the better a network does.", "refuted",
              supported="Noisy batch norm has three times the shift of the network without norm, "
                        "and is better by 2.6 [1.6, 3.6].",
              refuted="One clear counterexample: noisy batch norm, with the largest shift of all, "
                      "beats the network without norm by 2.6 [1.6, 3.6].",
              open_="The table has a counterexample with a clear interval: look at the last row."),
    _question("smooth", "Batch norm helps because it makes the loss smoother.", "not settled",
              supported="It may be so, but nothing in the table measures how smooth the loss is.",
              refuted="The table speaks of shift, not of smoothness: it cannot refute this one.",
              open_="No column says how smooth the loss is. A good explanation still has to be "
                    "measured."),
)

verdicts = Quiz(
    number="7.6", title="Read a table of normalized networks", kind="read a result",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Which two rows are the best of their kind? And which rows would someone compare who "
        "wanted batch norm to look good?",
        "An interval that contains 0 settles nothing; one clear counterexample refutes a general "
        "statement; and a table is silent on what it has no column for.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
