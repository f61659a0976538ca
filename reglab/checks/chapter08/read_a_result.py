"""Exercise 8.6: which statements does a small factorial at two budgets support?"""

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
    _question("always", "A improves accuracy, whatever the company and the training.", "refuted",
              supported="Alone and after 2000 steps it does. After 200 steps it costs 3.0 points, "
                        "and beside B it costs at both budgets.",
              refuted="After 200 steps A costs 3.0 [1.9, 4.1] points: one clear counterexample is "
                      "enough, and the table has three.",
              open_="A statement about all company and all budgets falls with one clear "
                    "counterexample: look at A after 200 steps."),
    _question("add", "After 2000 steps, the gains of A and B add up.", "refuted",
              supported="4.0 + 8.0 would be 12.0. Both together gain 5.5 [4.3, 6.7].",
              refuted="They would have to gain about 12.0 together; they gain 5.5 [4.3, 6.7].",
              open_="The sum, 12.0, is far outside of the interval of both, [4.3, 6.7]. Even the "
                    "lower ends, 2.9 + 6.8 = 9.7, are."),
    _question("alone", "After 2000 steps, B alone beats A and B together.", "supported",
              supported="A and B − B is −2.5 [−3.6, −1.4], paired and clear of 0.",
              refuted="Both gain over none, but the question is about B: A and B − B is negative.",
              open_="The paired difference A and B − B, −2.5 [−3.6, −1.4], does not contain 0."),
    _question("early", "B alone costs accuracy after 200 steps.", "not settled",
              supported="The mean is negative, but its interval [−1.6, 0.6] holds gains as well.",
              refuted="For that the whole interval would have to lie at or above 0; [−1.6, 0.6] "
                      "does not.",
              open_="[−1.6, 0.6] contains 0. More seeds could settle it."),
    _question("weaker", "With a smaller strength, A would gain beside B.", "not settled",
              supported="Plausible, but the table has one strength of A only.",
              refuted="At *this* strength A costs beside B. Nothing in the table is about others.",
              open_="The table has one strength of A. Tuning A beside B is the next experiment, "
                    "not something to be read off here."),
)

verdicts = Quiz(
    number="8.6", title="Read a factorial", kind="read a result",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Which row compares with none, and which with B? A statement about all budgets needs only "
        "one clear counterexample.",
        "An interval that contains 0 settles nothing, and a table speaks only for the strengths "
        "that are in it.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
