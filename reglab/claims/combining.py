"""Chapter 08, combining and choosing: claim C32, and the chapter's claims together.

The experiments stand beside it: ``factorial`` (sixteen combinations), ``choosing`` (random search
and copied recipes), ``costs`` (time and steps), ``meaning`` (what regularization is) and
``norm_and_dropout`` (their order). Settings were found on seeds 5000 to 5019, and the claims are
settled on others. A difference that matters is one point of accuracy.

The rule about shares first had ten seeds and a network of 128 units; seeds 0, 1000 and 2000 settled
it, those from 3000 on did not. It now has twenty, and 64 units to pay for them.
"""

from __future__ import annotations

from torch import Tensor

from ..comparison import Comparison
from ..result import Result
from . import choosing, costs, factorial, meaning, statements
from .chapter import Case, Chapter, Experiment
from .effects import Ratio, on_test_data
from .factorial import FACTORS, LOOK
from .rules import OF_DIGITS, Claim, Rule, Settled

SHARE = Rule("share of its gain alone that it adds to the other; each tuned in eight tries",
             low=0.5, seeds=20, split=OF_DIGITS)
JOINS = Rule("test accuracy, both − shift; 600 steps, strengths good for each alone", low=0.01)

C32 = Claim(statements.C32, ("Srivastava et al. 2014", "Kadra et al. 2021"), {
    "L2 joins dropout": SHARE,
    "dropout joins L2": SHARE,
    "L2 joins shift": JOINS,
    "dropout joins shift": JOINS,
    "all four": Rule("test accuracy, all four − shift; 600 steps, the same strengths",
                     low=0.01),
    "shift and batch norm, early": Rule("test accuracy after 250 steps, both − the better one",
                                        low=0.01, seeds=20)},
    changed="the shares had ten seeds, and wider networks; the factorial had 1000 steps.")


def settle_c32(digits: Result, result: Result, early: Result) -> Settled:
    def over_shift(*arm: str) -> Comparison:
        return on_test_data(result, arm, ("shift",), LOOK)

    better = early.best_arm(arms=[("shift",), ("batch norm",)])
    return C32.settle(**{
        **shares_left(digits),
        "L2 joins shift": over_shift("L2", "shift"),
        "dropout joins shift": over_shift("dropout", "shift"),
        "all four": over_shift(*FACTORS),
        "shift and batch norm, early": on_test_data(early, ("shift", "batch norm"), better,
                                                    LOOK)})


def tuned_on_digits(digits: Result) -> dict[str, Tensor]:
    """Test accuracy of none, and of each and both at the best of eight tries, on validation."""
    arms = {"none": (0.0, 0.0), **{what: digits.best_arm(arms=tries)
                                   for what, tries in choosing.budgets().items()}}
    return {what: digits.test(arm, reason=LOOK) for what, arm in arms.items()}


def shares_left(digits: Result) -> dict[str, Ratio]:
    """What a technique adds to the other one, as a share of what it adds to none; by seed."""
    score = tuned_on_digits(digits)
    return {"L2 joins dropout":
            Ratio(score["both"] - score["dropout"], score["L2"] - score["none"]),
            "dropout joins L2":
            Ratio(score["both"] - score["L2"], score["dropout"] - score["none"])}


_FACTORIAL = Experiment(factorial.factorial_sweep)
_DIGITS = Experiment(choosing.digits_search, times=2)

CHAPTER = Chapter(8, "Combining and choosing", "08_combining_and_choosing", (
    Case(C32, settle_c32, (_DIGITS, _FACTORIAL, Experiment(factorial.early_sweep, times=2))),
    Case(choosing.C33, choosing.settle_c33,
         (_DIGITS, Experiment(choosing.narrow_search, times=2), Experiment(choosing.signals_search),
          Experiment(choosing.company_sweep, times=2))),
    Case(costs.C34, costs.settle_c34, (_FACTORIAL, Experiment(costs.step_ratios))),
    Case(meaning.C35, meaning.settle_c35, (_FACTORIAL, Experiment(meaning.stopping_sweep)))))
