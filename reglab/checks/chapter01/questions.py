"""The quiz of chapter 01, measuring and overfitting."""

from __future__ import annotations

from ..chapter_quiz import ChapterQuiz
from ..quiz import Option, Question

quiz = ChapterQuiz("01", (
    Question("luck", "Two recipes were trained once each, both with seed 0. One is a point better "
             "on the test set. What does that show?", {
                 "a": Option("An improvement: with the seed fixed, no luck is involved.",
                             "A fixed seed makes the luck reproducible, not small. With another "
                             "seed the order may turn round."),
                 "b": Option("An improvement, if the test set is large enough.",
                             "A large test set removes its own error only. The luck of the initial "
                             "weights and of the batch order stays."),
                 "c": Option("Little: two runs of one recipe often differ by as much.",
                             "Such runs differ by nothing but the seed, and yet their scores are "
                             "spread. It takes several pairs of runs, and an interval."),
             }, right="c"),
    Question("gap", "The training accuracy is 100 %, the validation accuracy far lower. What would "
             "show that this overfitting does harm?", {
                 "a": Option("Something that does better on new data.",
                             "An earlier epoch, a smaller network, a regularized one: whatever is "
                             "better by the measure that you care about, on data that chose "
                             "nothing."),
                 "b": Option("The gap: of two networks, the one with the larger gap is worse.",
                             "By the accuracy it was the other way round here: the wider network "
                             "had the larger gap and was better. By the loss it was worse."),
                 "c": Option("The 100 %: the network has learned its training data by heart.",
                             "Where the labels were right, memorizing cost no accuracy (the loss "
                             "it did cost). A training error of zero is by itself no symptom."),
             }, right="a"),
    Question("sure", "While a network trains, its validation loss climbs, and its validation "
             "accuracy stays level. How can that be?", {
                 "a": Option("It cannot: both measure the same. Look for a bug.",
                             "They are two questions. The loss asks how much probability the right "
                             "class gets, the accuracy only whether it gets the most."),
                 "b": Option("It grows too sure of its mistakes.",
                             "One mistake made with certainty costs the loss more than many made "
                             "in doubt. The accuracy counts each of them once."),
                 "c": Option("The validation set is too small to tell.",
                             "A small set makes curves ragged. It does not make one of them climb "
                             "in the mean over many seeds."),
             }, right="b"),
    Question("size", "Least squares on random features, with no penalty: when are predictions on "
             "new data worst?", {
                 "a": Option("With the most features: the more parameters, the more overfitting.",
                             "Far beyond the number of examples there are many ways to fit them, "
                             "and the shortest solution is a tame one."),
                 "b": Option("With about as many features as examples.",
                             "Then there is at most one way to fit the data exactly, and it is a "
                             "contorted one. A tuned L2 removes this peak."),
                 "c": Option("With as many as examples, but only where labels are wrong.",
                             "All labels were right in this experiment. The peak does not need "
                             "wrong labels; they are reported to make it worse."),
             }, right="b"),
))
