"""Exercise 10.1: audit a demo of one run, with a conclusion that was written before it."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("flaw", "What spoils the conclusion?", {
        "a": Option("The two networks saw different data",
                    "Both are trained on the draw of the same seed, from the same start. That part "
                    "is right."),
        "b": Option("One run and 200 test examples, and a sentence that no result can change",
                    "Two examples more or less are one point of accuracy, another seed gives "
                    "another sign, and the sentence stands in the code."),
        "c": Option("The strength of the penalty was not tuned",
                    "True, and beside the point: at no strength does one run of this size show "
                    "an effect."),
        "d": Option("The penalty is part of the test accuracy",
                    "An accuracy counts right answers. No penalty is in it."),
    }, right="b"),
    Question("control", "Which run shows that soonest?", {
        "a": Option("The same demo with `torch.manual_seed(0)` at its beginning",
                    "That makes the run repeatable. It is still one run, and its luck is repeated "
                    "along with it."),
        "b": Option("The same demo with ten times the epochs",
                    "Then it is one run of another experiment."),
        "c": Option("The same demo with a few other seeds",
                    "A few seconds: the sign turns, and the sentence stays."),
    }, right="c"),
    Question("claim", "The most that the demo's run allows one to say is:", {
        "a": Option("At least with this seed and on these data, L2 improved generalization",
                    "200 examples do not say so: on others, the same two networks may come out "
                    "the other way round."),
        "b": Option("L2 makes no difference here",
                    "To say that takes a narrow interval around zero, over many seeds."),
        "c": Option("With this seed, the network with L2 got a few more of 200 examples right",
                    "An anecdote: true, and of no use for another seed."),
    }, right="c"),
)

audit_1 = Quiz(
    number="10.1", title="Audit case 1: a weak penalty", kind="audit",
    difficulty=1, minutes=5, points=2,
    hints=(
        "Which result would have made the demo print another sentence?",
        "How many test examples make the difference of the two accuracies? Call `one_run` with "
        "the seeds 2 and 3.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
