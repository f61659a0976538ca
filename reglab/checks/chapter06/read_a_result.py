"""Exercise 6.6: which statements does a table of augmentations support?"""

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
    _question("copies", "At an equal number of steps, stored copies help.", "supported",
              supported="The paired difference at equal steps is 2.1 [1.2, 3.0], clear of 0.",
              refuted="The interval [1.2, 3.0] lies above 0 altogether.",
              open_="The interval [1.2, 3.0] does not contain 0. That settles it for this task."),
    _question("seven", "Stored copies by themselves are worth about seven points.", "refuted",
              supported="68.3 − 61.0 compares 160 steps with 40. Training for 160 steps without "
                        "copies brings most of it.",
              refuted="At equal steps it is 2.1 [1.2, 3.0], far from seven. The rest is longer "
                      "training.",
              open_="The table has the arm that decides: no copies, 160 steps. Against it, copies "
                    "gain 2.1 [1.2, 3.0]."),
    _question("flips", "Flips help on this task.", "not settled",
              supported="The mean difference is positive, but its interval [−0.7, 1.5] contains 0 "
                        "and losses.",
              refuted="For that the whole interval would have to lie at or below 0; [−0.7, 1.5] "
                      "does not.",
              open_="The interval [−0.7, 1.5] holds gains and losses. More seeds could settle it."),
    _question("turns", "Rotations help, whatever the angle.", "refuted",
              supported="Rotations up to 180° cost 5.3 [4.2, 6.4] points.",
              refuted="Up to 180° they cost 5.3 [4.2, 6.4] points: one clear counterexample is "
                      "enough.",
              open_="A statement about all angles falls with one clear counterexample: look at "
                    "180°."),
    _question("data", "200 images with three copies each are worth as much as 800 images.",
              "refuted",
              supported="Both train on 800 pictures for 160 steps, but 800 real ones are 7.6 [6.3, "
                        "8.9] points better.",
              refuted="800 real images are 7.6 [6.3, 8.9] points better, at equal steps.",
              open_="The last row compares just these two: 7.6 [6.3, 8.9], clear of 0."),
    _question("why", "Rotations up to 180° hurt because they turn some classes into others.",
              "not settled",
              supported="It may be so, but the table has no accuracy by class, and blurring or "
                        "too few steps would fit as well.",
              refuted="Nothing in the table speaks against it.",
              open_="A plausible story. The accuracy by class, or a rotation that spares these "
                    "classes, could settle it."),
)

verdicts = Quiz(
    number="6.6", title="Read a table of augmentations", kind="read a result",
    difficulty=2, minutes=10, points=3,
    hints=(
        "Look at the column with the steps before you compare two rows.",
        "An interval that contains 0 settles nothing, and no table tells why unless it has a row "
        "for it.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
