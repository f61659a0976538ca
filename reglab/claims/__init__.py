"""Claims: statements about regularization, the rules that settle them and their experiments."""

from .rules import Claim, Rule, Settled, Verdict

__all__ = ["Claim", "Rule", "Settled", "Verdict"]
