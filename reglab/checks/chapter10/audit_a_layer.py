"""Exercise 10.3: audit a demo whose layer starts the random numbers anew at every call."""

from __future__ import annotations

from ..quiz import Option, Question, Quiz, wrongs_of

questions = (
    Question("flaw", "What spoils the conclusion?", {
        "a": Option("Units are dropped in evaluation too",
                    "`if not self.training: return x`: in evaluation nothing is dropped."),
        "b": Option("What is kept is scaled the wrong way",
                    "Dividing by 1 − p keeps the mean. The scaling is right."),
        "c": Option("Every call starts the random numbers anew",
                    "Setting the global seed inside `forward` repeats the mask *and* the "
                    "shuffling. Either alone does no harm here (chapter 04: with frozen masks and "
                    "free shuffling the accuracy hardly changes). Together they tie each example "
                    "to one sub-network for ever."),
        "d": Option("Both hidden layers share one dropout layer",
                    "A dropout layer has no weights. Sharing a sound one does no harm."),
    }, right="c"),
    Question("control", "Which test shows that soonest, without any training?", {
        "a": Option("Call the layer twice on the same input, in training mode",
                    "Two calls of a sound layer differ; these two are equal."),
        "b": Option("Call the layer on ones and compare the mean with 1",
                    "One mask has about the right mean as well. It shows wrong scaling, not a "
                    "mask that is frozen."),
        "c": Option("Call the layer in evaluation mode and look for zeros",
                    "There are none: evaluation is right. The flaw is in training mode."),
    }, right="a"),
    Question("claim", "The most that the demo's run allows one to say is:", {
        "a": Option("Dropout costs accuracy on small data sets",
                    "What was trained is not dropout: dropout draws a new mask at each step."),
        "b": Option("A layer written like this one cost accuracy in one run",
                    "That is what was run, once. Of dropout it says nothing."),
        "c": Option("At this rate, with this little data, dropout cost accuracy in one run",
                    "However carefully it is put: what was trained is not dropout."),
    }, right="b"),
)

audit_2 = Quiz(
    number="10.3", title="Audit case 2: a dropout layer", kind="audit",
    difficulty=2, minutes=10, points=2,
    hints=(
        "A demo about a technique must use that technique. What does each line of `forward` do "
        "when it is called for the second time?",
        "Which lines use random numbers, in the layer and in the training loop, and where do these "
        "come from after `torch.manual_seed(0)`?",
    ),
    questions=questions, wrongs=wrongs_of(questions),
)
