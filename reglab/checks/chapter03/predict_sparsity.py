"""Exercise 3.2: predict what L1 does to steps, twins and units of measurement."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("zeros", "After a thousand small steps along the gradient of loss plus λ·Σ|w| (no "
             "proximal step), the number of weights that are exactly zero is", {
                 "a": Option("zero",
                             "Near zero each step overshoots, and the next one comes back. A step "
                             "would have to hit zero exactly, and hardly ever does."),
                 "b": Option("about the number of features that do not matter",
                             "Their weights are small, not zero: the slope jumps from −λ to λ, and "
                             "the steps jump with it."),
                 "c": Option("all of them, if λ is large enough",
                             "A larger λ makes larger jumps around zero. It is the proximal step "
                             "that stops there."),
             }, right="a"),
    Question("when", "The lasso keeps a weight at exactly zero when", {
        "a": Option("its feature has nothing to do with the target",
                    "A useless feature is correlated with the noise a little. If that is more "
                    "than λ it is kept, and a useful one with less is not."),
        "b": Option("the slope of the loss there is at most λ in size",
                    "At zero the penalty resists with up to λ in either direction. Only a steeper "
                    "loss moves the weight."),
        "c": Option("its least-squares value is below λ",
                    "That is so only for features that are independent of all others. In general "
                    "the slope of the loss decides, which depends on the other weights."),
    }, right="b"),
    Question("twins", "Two columns of the table are equal, and useful. The sum of their two "
             "coefficients is 1. For the lasso, sharing it as 0.5 + 0.5, against 1 + 0, costs", {
                 "a": Option("less", "That is ridge: 0.25 + 0.25 is less than 1. The price of the "
                             "lasso is |0.5| + |0.5| = 1."),
                 "b": Option("the same", "0.5 + 0.5 = 1 + 0. Nothing decides between them, so "
                             "noise, or the order of the columns, does."),
                 "c": Option("more", "The price is the sum of sizes, and that is 1 in both cases."),
             }, right="b"),
    Question("units", "A feature is now written in millimeters instead of meters, and nothing is "
             "standardized. Keeping it in the model, with the same predictions, becomes", {
                 "a": Option("cheaper", "Its numbers are 1000 times as large, so its weight can be "
                             "1000 times smaller, and so is its price."),
                 "b": Option("neither cheaper nor dearer", "The prediction is the same with a "
                             "weight 1000 times smaller, but the penalty looks at the weight."),
                 "c": Option("dearer", "The numbers get larger, so the weight gets smaller, and it "
                             "is the weight that is charged for."),
             }, right="a"),
)

sparsity = Quiz(
    number="3.2", title="Predict what the penalty does", kind="predict",
    difficulty=2, minutes=10, points=2,
    hints=(
        "Write down the price of a weight, λ|w|, and its slope on both sides of zero. What does a "
        "step do that starts at a tiny w?",
        "At zero the penalty can resist any slope between −λ and λ. For the last two, compute the "
        "price before and after.",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
