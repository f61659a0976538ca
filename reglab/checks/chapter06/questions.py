"""The quiz of chapter 06, augmentation."""

from __future__ import annotations

from ..chapter_quiz import ChapterQuiz
from ..quiz import Option, Question

quiz = ChapterQuiz("06", (
    Question("flip", "Flipping left to right is standard for photographs. On handwritten digits it",
             {
                 "a": Option("helps: more variety is always good.",
                             "It is good if the label survives. A flipped digit is often no digit, "
                             "or another one."),
                 "b": Option("does harm.",
                             "It teaches an invariance that digits do not have. Ask of every "
                             "transform: does the label survive, and could it be test data?"),
                 "c": Option("changes nothing, as validation data are not flipped.",
                             "They are not, and rightly so. But the network that they judge has "
                             "learned from flipped digits, and is worse for it."),
             }, right="b"),
    Question("steps", "Three shifted copies are stored beside each example. Ten epochs with copies "
             "beat ten epochs without. What does that show?", {
                 "a": Option("That augmentation helps.",
                             "It may. But an epoch with copies has four times the steps, and part "
                             "of the gain is from training longer."),
                 "b": Option("That copies are as good as new examples.",
                             "No new examples took part. Where they did, real signals were worth "
                             "more than shifted ones."),
                 "c": Option("Nothing yet: the steps are not equal.",
                             "At equal steps the gain was smaller. Shifts drawn anew in every "
                             "batch were no worse than stored copies, and need no disk."),
             }, right="c"),
    Question("validation", "Should the validation data get the same transforms as the training "
             "data?", {
                 "a": Option("No: they stand for the test data.",
                             "Transformed, they answer another question, and report a score that "
                             "no test data will bear out."),
                 "b": Option("Yes, so that the two can be compared.",
                             "What is chosen by them is meant for the test data. So they must be "
                             "like the test data, not like the training data."),
                 "c": Option("Yes, and the test data too: it makes the score more reliable.",
                             "It scores another task. Averaging the predictions over several "
                             "versions of one input is allowed: only the predictor changes."),
             }, right="a"),
    Question("smoothing", "A network is nearly always right, and about as sure as it should be. "
             "What does strong label smoothing do to its calibration?", {
                 "a": Option("It improves it, as it always does.",
                             "It improved that of a network that was far too sure. This one was "
                             "about right before."),
                 "b": Option("It makes it worse.",
                             "Smoothing pushes all confidences down. This network is then right "
                             "nearly always, and says that it is not certain."),
                 "c": Option("Nothing: it changes labels, not probabilities.",
                             "The network learns to reproduce the labels. Soft labels give soft "
                             "probabilities."),
             }, right="b"),
))
