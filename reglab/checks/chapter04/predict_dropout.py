"""Exercise 4.2: predict what dropout does to losses, outputs and scales."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("loss", "The training loss that the optimizer sees (units dropped), against that of "
             "the same weights with all units on, is", {
                 "a": Option("lower", "Each masked network is a worse predictor than the whole "
                             "one: it lacks a third of its units. Worse means a higher loss."),
                 "b": Option("the same, as 1/(1 − p) makes up for it",
                             "1/(1 − p) keeps the expected input of the next layer. Around that "
                             "expectation there is noise, and the loss pays for it."),
                 "c": Option("higher", "Higher: the noise of the masks costs loss. It is gone "
                             "when all units are on."),
             }, right="c"),
    Question("twice", "Running the same input through the trained network twice in training mode, "
             "and twice in evaluation mode, gives", {
                 "a": Option("the same outputs both times in both modes",
                             "In training mode every forward pass tosses new coins. Equal outputs "
                             "there would be a bug."),
                 "b": Option("different outputs in training mode only",
                             "Masks are drawn anew in each forward pass in training mode; in "
                             "evaluation mode nothing is random."),
                 "c": Option("different outputs in both modes",
                             "In evaluation mode dropout is the identity: nothing random is "
                             "left. (Monte Carlo dropout leaves training mode on deliberately.)"),
             }, right="b"),
    Question("mean", "Averaging the outputs of very many masked passes gives", {
        "a": Option("exactly the output in evaluation mode",
                    "For a single linear layer it would. A ReLU after a masked layer bends: the "
                    "mean of bent values is not the bent mean."),
        "b": Option("nearly the output in evaluation mode",
                    "Near, but not equal: the expectation passes through linear layers and not "
                    "through the ReLU. Weight scaling is an approximation."),
        "c": Option("1 − p times the output in evaluation mode",
                    "That factor belongs to dropout as first published, without 1/(1 − p) in "
                    "training. The inverted form keeps the expectation of each unit."),
    }, right="b"),
    Question("half", "A dropout layer divides by p instead of by 1 − p. Tests at p = 0.5 will", {
        "a": Option("all pass", "All pass: at p = 0.5 the two divisors are one number. Test at "
                    "another rate."),
        "b": Option("fail in training mode", "They would, if p and 1 − p differed. At 0.5 they "
                    "do not."),
        "c": Option("fail in evaluation mode", "In evaluation mode the inverted form divides by "
                    "nothing at all."),
    }, right="a"),
)

behavior = Quiz(
    number="4.2", title="Predict what dropout does", kind="predict",
    difficulty=1, minutes=5, points=2,
    hints=(
        "What is random in training mode, and what in evaluation mode? What does the factor "
        "1/(1 − p) keep: every value, or the expected value?",
        "The expected value passes through a linear layer unchanged. Does it pass through a ReLU?",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
