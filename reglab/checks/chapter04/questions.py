"""The quiz of chapter 04, dropout."""

from __future__ import annotations

from ..chapter_quiz import ChapterQuiz
from ..quiz import Option, Question

quiz = ChapterQuiz("04", (
    Question("scale", "A network was trained with `torch.nn.Dropout(p)`. What happens to its "
             "outputs at test time?", {
                 "a": Option("They are multiplied by p, the share that was dropped.",
                             "That ruins inverted dropout at any rate. For dropout as first "
                             "published it is wrong too, and at p = 0.5 nobody notices, because "
                             "there p and 1 − p are one number."),
                 "b": Option("They are multiplied by 1 − p.",
                             "So it was as first published. Inverted dropout, used today, divides "
                             "by 1 − p in training and has nothing left to do."),
                 "c": Option("Nothing.",
                             "Dividing by 1 − p in training has kept the expected value. In "
                             "evaluation the layer is the identity."),
             }, right="c"),
    Question("masks", "When does a unit get a new coin?", {
        "a": Option("In every epoch.",
                    "An epoch has many steps, and each of them draws anew."),
        "b": Option("In every forward pass, for every example.",
                    "Two examples in one batch meet different sub-networks, and so does one "
                    "example in two epochs."),
        "c": Option("In every batch, one coin for all its examples.",
                    "Each example has coins of its own, so a batch of a hundred has a hundred "
                    "masks."),
    }, right="b"),
    Question("rate", "p = 0.5 is best in a wide network. The same data now go to a network with "
             "few units per layer. Its best rate is", {
                 "a": Option("lower, perhaps zero.",
                             "Dropout takes capacity away, and a narrow network has none to "
                             "spare."),
                 "b": Option("0.5 too: that is the value for hidden layers.",
                             "It may suit wide layers. With 8 units no dropout was best, with 128 "
                             "some was."),
                 "c": Option("higher, because few units depend on each other more.",
                             "A network that has too few units already cannot give any away: "
                             "what is left learns less."),
             }, right="a"),
    Question("units", "Why can a network that was trained with dropout bear the loss of units?", {
        "a": Option("Its units have become independent of each other.",
                    "With p = 0.5 the correlation between units even rose a little."),
        "b": Option("It depends less on having all its units.",
                    "That was measured: without half its units it keeps more of its accuracy. How "
                    "correlated units are changes little, one way or the other."),
        "c": Option("It has fewer units at work, so there is less to lose.",
                    "In evaluation all units are on. It loses little at first although they are "
                    "all in use."),
    }, right="b"),
))
