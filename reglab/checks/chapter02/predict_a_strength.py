"""Exercise 2.2: predict what an L2 strength does to weights, fit and output."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("zeros", "At λ = 0.02, how many of the weights end up exactly 0.0?", {
        "a": Option("about half of them",
                    "Half of all weights at exactly zero is what L1 with proximal steps can do. "
                    "The pull of L2 is λ·w: it fades as w gets small, so w approaches zero "
                    "without arriving."),
        "b": Option("a few, the unimportant ones",
                    "Unimportant weights do get small, but each step only takes the same fraction "
                    "of what is left. Small is not zero: count with `w == 0`, not by eye."),
        "c": Option("none",
                    "None. A step takes a fraction of w, never all of it. (A weight that nothing "
                    "else pulls on can underflow after very many steps; that is the number format, "
                    "not selection.)"),
    }, right="c"),
    Question("norm", "Compared with λ = 0, the length ‖w‖ of all weights at λ = 0.02 is", {
        "a": Option("smaller",
                    "Smaller: of all weights that fit about equally well, the shorter ones cost "
                    "less."),
        "b": Option("about the same, since the data decide",
                    "The data decide only the directions that change the fit. Noisy data leave "
                    "much freedom, and there the penalty decides: toward shorter weights."),
        "c": Option("larger",
                    "The penalty adds a cost for length, so the minimum cannot move toward longer "
                    "weights."),
    }, right="a"),
    Question("fit", "The training loss, penalty not included, at λ = 0.02 against λ = 0 is", {
        "a": Option("lower, as regularization makes the model better",
                    "Better, if at all, on data it has not seen. On the training data the "
                    "unpenalized loss gives something up in exchange for short weights."),
        "b": Option("higher",
                    "Higher: the optimizer no longer minimizes this loss alone. L2 pays with fit "
                    "on the training data and hopes to gain elsewhere."),
        "c": Option("the same, as the penalty only changes the weights",
                    "The weights make the predictions; other weights, another loss."),
    }, right="b"),
    Question("extreme", "At λ = 3, far too much, the trained network predicts", {
        "a": Option("wildly: training diverges",
                    "Divergence comes from steps that are too long (lr·λ above 2). Here lr·λ is "
                    "0.3, and a strong penalty makes the function calmer, not wilder."),
        "b": Option("nearly the same value for every x",
                    "Nearly a constant: the weights are almost gone, but the biases are free, so "
                    "the last one settles at the mean of y. That is over-regularization."),
        "c": Option("zero for every x",
                    "The weights go toward zero, but the bias of the last layer is not penalized: "
                    "it can still move to the mean of y."),
    }, right="b"),
)

strength = Quiz(
    number="2.2", title="Predict what a strength does", kind="predict",
    difficulty=1, minutes=5, points=2,
    hints=(
        "Write down one plain gradient step for a single weight with the penalty λ/2·w². By which "
        "factor does the penalty alone change w in one step?",
        "The factor is (1 − lr·λ). Apply it a hundred times: is w zero? And what does not get this "
        "factor at all?",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
