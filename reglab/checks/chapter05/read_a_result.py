"""Exercise 5.6: which statements does a table of patiences support?"""

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
    _question("helps", "With patience 10 and the best weights, stopping early beats training to "
              "the end on these data.", "supported",
              supported="The paired difference is 15.9 [14.6, 17.2], far from 0.",
              refuted="The difference is positive and its interval, [14.6, 17.2], excludes 0.",
              open_="The interval [14.6, 17.2] does not contain 0: that settles it for these "
                    "data."),
    _question("any", "Stopping early helps whatever weights are kept.", "not settled",
              supported="With patience 50 and the last weights the difference is 0.8 [−0.7, 2.3]: "
                        "that may be no help at all.",
              refuted="A counterexample would need an interval at or below 0. [−0.7, 2.3] holds "
                      "gains too.",
              open_="Patience 50 with the last weights has [−0.7, 2.3]: it may help, or not."),
    _question("longer", "A longer patience costs accuracy, even if the best weights are restored: "
              "50 instead of 10 costs at least a point.", "refuted",
              supported="The difference of patience 50 and 10, both restored, is 0.1 [−0.2, 0.4]: "
                        "nothing like a loss of a point.",
              refuted="A loss of a point is far outside the interval, [−0.2, 0.4].",
              open_="The interval [−0.2, 0.4] is narrow, and −1 lies far outside it."),
    _question("rise", "Waiting ten epochs instead of one improves the test accuracy.",
              "not settled",
              supported="The mean is positive, but the interval [−0.2, 4.4] contains 0.",
              refuted="For that the interval would have to lie at or below 0; [−0.2, 4.4] does "
                      "not.",
              open_="The interval [−0.2, 4.4] contains 0, if only just. More seeds would settle "
                    "it."),
    _question("clean", "With right labels, patience 10 would gain as much.", "not settled",
              supported="No row has right labels. On them there may be nothing to gain.",
              refuted="No row has right labels, so none can refute it. It takes that experiment.",
              open_="The table holds one share of wrong labels. What holds for another is another "
                    "experiment."),
)

verdicts = Quiz(
    number="5.6", title="Read a table of patiences", kind="read a result",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Which rows do two statements compare? Look for the interval of just that difference.",
        "An interval that contains 0 settles no gain. One that is narrow can still refute a large "
        "loss.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
