"""Claims: statements about regularization, the rules that settle them and their experiments.

``statements`` lists all forty; a chapter's module, such as ``l2``, holds its experiments and
rules; ``ledger`` runs them, and ``reglab claims`` on the command line does so for all.
"""

from .chapter import Case, Chapter, Experiment
from .rules import Claim, Rule, Settled, Verdict
from .statements import STATEMENTS, Statement

__all__ = ["STATEMENTS", "Case", "Chapter", "Claim", "Experiment", "Rule", "Settled", "Statement",
           "Verdict"]
