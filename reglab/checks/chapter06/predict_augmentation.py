"""Exercise 6.2: predict what augmentation does to labels, steps, predictions and weights."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("label", "Mixup blends 0.7 of a picture of a 3 with 0.3 of a picture of an 8. The "
             "target of the blend is", {
                 "a": Option("3, the larger share", "Then the network would have to be certain of "
                             "a picture that is neither. The label is blended as well."),
                 "b": Option("0.7 on 3 and 0.3 on 8", "Inputs and labels get the same shares: "
                             "that is the whole of mixup."),
                 "c": Option("0.5 on 3 and 0.5 on 8", "The shares of the label are those of the "
                             "picture, not equal ones."),
             }, right="b"),
    Question("steps", "Three augmented copies are stored beside each example, and batch size and "
             "epochs stay as they are. The number of optimizer steps", {
                 "a": Option("stays the same", "An epoch passes over all that is stored, and that "
                             "is four times as much."),
                 "b": Option("triples", "The originals are still there: it is four times the "
                             "data, not three times."),
                 "c": Option("is four times as large", "Four times the examples in each epoch, so "
                             "four times the steps. Part of any gain is due to them."),
             }, right="c"),
    Question("mirror", "A network's probabilities for a picture and for its mirror image are "
             "averaged. This averaged predictor", {
                 "a": Option("says the same of a picture and of its mirror image",
                             "The two averages have the same two terms. Whether that is an "
                             "advantage depends on the task: it cannot tell left from right."),
                 "b": Option("is always at least as accurate",
                             "Where left and right tell classes apart it loses what it needs."),
                 "c": Option("needs a network that was trained with flips",
                             "Any network can be averaged. The average is symmetric even if the "
                             "network is not."),
             }, right="a"),
    Question("noise", "Least squares is fitted to very many copies of a data set, all with fresh "
             "noise on the inputs. Compared with least squares on the data, the length of the "
             "coefficient vector is", {
                 "a": Option("the same, as the noise averages out",
                             "It does in the inputs, but not in their squares. The variance of "
                             "the noise adds to that of every feature."),
                 "b": Option("smaller", "The noise adds σ² to the diagonal of XᵀX/N. That is "
                             "ridge regression, which shrinks."),
                 "c": Option("larger", "It would be, if there were few copies and the noise were "
                             "fitted. With many, it acts as an L2 penalty."),
             }, right="b"),
)

behavior = Quiz(
    number="6.2", title="Predict what augmentation does", kind="predict",
    difficulty=1, minutes=5, points=2,
    hints=(
        "Count: how many examples does an epoch pass over? Write down the averaged prediction for "
        "a picture, and then for its mirror image.",
        "For the last one, work out the mean of (x + z)², where z has mean 0 and variance σ².",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
