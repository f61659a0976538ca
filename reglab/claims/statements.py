"""The forty statements that people are told about regularization, in the course's words.

They are the course's list of claims, each stated as a learner meets it; ``disputed`` marks those
that are commonly told in a wrong or muddled form. What settles them stands with their chapters.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Statement:
    """One of them.

    Args:
        id: ``"C07"``.
        topic: the part of the course it belongs to.
        text: in the course's words.
        disputed: whether it is commonly told in a wrong or muddled form.
    """

    id: str
    topic: str
    text: str
    disputed: bool = False

    def __str__(self) -> str:
        return self.text


C01 = Statement("C01", "overfitting", "An overfitted network does well on its training data and "
                "badly on unseen data: it memorizes.")
C02 = Statement("C02", "overfitting", "As training goes on, training error keeps falling while "
                "held-out error turns and rises.")
C03 = Statement("C03", "overfitting", "More training data reduces overfitting.")
C04 = Statement("C04", "overfitting", "Regularization reduces variance (of the bias–variance "
                "decomposition), at some cost in bias.")
C05 = Statement("C05", "overfitting", "A training score above the validation score means "
                "overfitting.", disputed=True)
C06 = Statement("C06", "L2", "L2 shrinks all weights but sets none to exactly zero.")
C07 = Statement("C07", "L2", "L2 improves generalization; too little overfits, too much underfits.")
C08 = Statement("C08", "L2", "L2-regularized networks are less sensitive to noise in their inputs.")
C09 = Statement("C09", "L2", "L2 works best when the input features have the same range.")
C10 = Statement("C10", "L2", "An L2 penalty and weight decay are the same thing.", disputed=True)
C11 = Statement("C11", "L2", "L2 suits linear models such as logistic regression as well as deep "
                "nets.")
C12 = Statement("C12", "L1", "L1 drives weights to exactly zero and so selects features.",
                disputed=True)
C13 = Statement("C13", "L1", "L1 models are easier to interpret.")
C14 = Statement("C14", "L1", "The features that L1 selects are less stable under resampling than "
                "an L2 solution.")
C15 = Statement("C15", "L1", "L1 is robust to outliers.", disputed=True)
C16 = Statement("C16", "L1", "A network with L1 cannot learn complex patterns.", disputed=True)
C17 = Statement("C17", "L1 and L2", "Elastic net (L1 + L2) helps where features are correlated.")
C18 = Statement("C18", "dropout", "Dropout reduces overfitting and improves test performance; the "
                "rate needs tuning.")
C19 = Statement("C19", "dropout", "Dropout acts as an ensemble of sub-networks averaged at test "
                "time.")
C20 = Statement("C20", "dropout", "Dropout prevents co-adaptation: units stop relying on "
                "particular other units.")
C21 = Statement("C21", "dropout", "At inference the outputs are scaled by p, the fraction "
                "dropped.", disputed=True)
C22 = Statement("C22", "dropout", "Different neurons are dropped every epoch.", disputed=True)
C23 = Statement("C23", "dropout", "Dropout slows training down: per step (cost) and in steps "
                "needed (convergence).")
C24 = Statement("C24", "dropout", "Dropout pays most in large, fully connected networks.")
C25 = Statement("C25", "early stopping", "Stopping at the best validation score gives better test "
                "performance than training on.")
C26 = Statement("C26", "early stopping", "Early stopping only stops, it does not regularize.",
                disputed=True)
C27 = Statement("C27", "augmentation", "Rotations, shifts, scalings and flips enlarge the data "
                "and reduce overfitting.", disputed=True)
C28 = Statement("C28", "batch norm", "Batch normalization speeds training up.")
C29 = Statement("C29", "batch norm", "Batch normalization makes training less dependent on the "
                "initialization and the learning rate.")
C30 = Statement("C30", "batch norm", "Batch normalization works by reducing internal covariate "
                "shift.", disputed=True)
C31 = Statement("C31", "batch norm", "Batch normalization regularizes: it improves generalization.")
C32 = Statement("C32", "combining", "Combining techniques (L2 with dropout, say) beats each alone.")
C33 = Statement("C33", "combining", "Regularization strength is a hyperparameter to be tuned on "
                "validation data; the best choice depends on problem and architecture.")
C34 = Statement("C34", "combining", "Regularization makes training cost more.")
C35 = Statement("C35", "combining", "Regularization changes the model's architecture; "
                "augmentation and early stopping are not regularization.", disputed=True)
C36 = Statement("C36", "images", "Dropout between the dense layers of a CNN plus L2 on its "
                "kernels improves test accuracy; AlexNet and VGG did so.")
C37 = Statement("C37", "language", "Dropout and L2 help models of text to generalize.")
C38 = Statement("C38", "advances", "Learned or adaptive strengths (variational dropout, adaptive "
                "penalties) do as well as a tuned fixed strength.")
C39 = Statement("C39", "advances", "Regularization combines with ensembles and with transfer "
                "learning to give further gains.")
C40 = Statement("C40", "frameworks", "The same technique gives the same result in every framework.",
                disputed=True)

STATEMENTS = (
    C01, C02, C03, C04, C05, C06, C07, C08, C09, C10, C11, C12, C13, C14, C15, C16, C17, C18, C19,
    C20, C21, C22, C23, C24, C25, C26, C27, C28, C29, C30, C31, C32, C33, C34, C35, C36, C37, C38,
    C39, C40,
)
