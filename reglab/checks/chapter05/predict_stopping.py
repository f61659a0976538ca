"""Exercise 5.2: predict what stopping early does to scores and weights."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("train", "The training loss of the restored network, against that of the network "
             "trained to the end, is", {
                 "a": Option("lower", "Every step was made to lower the training loss. Fewer steps "
                             "leave it higher."),
                 "b": Option("the same", "Training went on after the best epoch, and lowered the "
                             "training loss further. That is what stopping gives up."),
                 "c": Option("higher", "Higher: stopping gives up training loss, as every "
                             "regularizer does."),
             }, right="c"),
    Question("wait", "The patience is doubled and the best weights are restored, as before. The "
             "validation loss of the restored network then", {
                 "a": Option("can only get better or stay",
                             "Waiting longer can find a better epoch; if it finds none, the same "
                             "weights are restored. Only time is lost."),
                 "b": Option("gets worse, as it overfits longer",
                             "The network overfits while one waits, but it is not the one that is "
                             "kept: the best weights are restored."),
                 "c": Option("stays the same in any case",
                             "Not in any case: a second, deeper valley may come after the first "
                             "rise. That is what patience is for."),
             }, right="a"),
    Question("score", "The lowest of 200 validation losses, measured on 30 points, compared with "
             "the loss of the same weights on fresh points, is on average", {
                 "a": Option("too high", "It is the lowest of 200 numbers, each with noise: the "
                             "lowest is low partly by luck."),
                 "b": Option("too low", "Too low: among many noisy numbers the lowest is one whose "
                             "noise helped. Fresh points know nothing of that luck."),
                 "c": Option("right, as validation points are not trained on",
                             "They are not trained on, but the epoch is chosen on them, and that "
                             "is enough."),
             }, right="b"),
    Question("start", "The weights of the restored network, compared with those at the end, lie", {
        "a": Option("nearer to their start", "Nearer: fewer steps have been made. This is what "
                    "relates stopping to L2, which holds the weights near zero."),
        "b": Option("farther from their start", "In most runs the distance from the start grows "
                    "with the steps, and more steps were made until the end."),
        "c": Option("at the same distance, on another path",
                    "It is the same path, seen at an earlier point."),
    }, right="a"),
)

behavior = Quiz(
    number="5.2", title="Predict what stopping does", kind="predict",
    difficulty=1, minutes=5, points=2,
    hints=(
        "The restored network is an earlier point on the same path. Which quantities have changed "
        "since, and which way?",
        "The validation loss of the restored network is the smallest of all those seen so far. "
        "What does that say about more patience, and what about luck?",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
