"""Exercise 7.2: predict what stands still behind a batch norm, and what does not."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("bias", "In training, the gradient of the bias of the dense layer in front is", {
        "a": Option("zero, up to rounding",
                    "The bias moves a unit's mean over the batch, and the mean is subtracted. "
                    "Nothing behind the layer can see it."),
        "b": Option("what it would be without batch norm",
                    "Without batch norm the bias shifts the unit's outputs. Here the mean over the "
                    "batch is subtracted, and the bias with it."),
        "c": Option("larger than without batch norm",
                    "The bias is subtracted again together with the mean. What has no effect on "
                    "the loss has no gradient."),
    }, right="a"),
    Question("scale", "All weights of that layer are multiplied by ten. Their gradient is then", {
        "a": Option("ten times as large",
                    "The output does not change at all. Moving a weight by the same amount is now "
                    "a ten times smaller relative change, so it has less effect, not more."),
        "b": Option("the same",
                    "The output is the same, but a gradient is the effect per *unit* of change, "
                    "and a unit is a ten times smaller share of these weights."),
        "c": Option("a tenth",
                    "A tenth: the loss depends on the weights only through their direction, and "
                    "the same change turns large weights less."),
    }, right="c"),
    Question("company", "In training mode, the output for one example depends on", {
        "a": Option("that example alone",
                    "So it is for layer norm and in evaluation. In training, the mean and the "
                    "variance are those of the whole batch."),
        "b": Option("that example and the rest of its batch",
                    "Mean and variance are taken over the batch, so every other example has a "
                    "say."),
        "c": Option("that example and a random number",
                    "No number is drawn: the same batch gives the same output twice. What is "
                    "random is which examples are in the batch."),
    }, right="b"),
    Question("decay", "Weight decay on those weights mainly", {
        "a": Option("makes the function smoother",
                    "Smaller weights in front of batch norm give the same function: shrinking them "
                    "does not make it any smoother."),
        "b": Option("does nothing at all",
                    "It does not change the function by itself, but smaller weights have larger "
                    "gradients, and the next steps turn them further."),
        "c": Option("raises the effective learning rate",
                    "lr/‖w‖² grows as the weights shrink: decay acts as a learning rate schedule."),
    }, right="c"),
)

behavior = Quiz(
    number="7.2", title="Predict what batch norm hides", kind="predict",
    difficulty=1, minutes=5, points=2,
    hints=(
        "Multiply the inputs of a batch norm by a number, or add one to all of them: what comes "
        "out?",
        "If f(10·w) = f(w) for all w, differentiate both sides with respect to w.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
