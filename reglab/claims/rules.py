"""Rules and verdicts: what counts as support is written down before the experiment runs."""

from __future__ import annotations

import enum
import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..arguments import require, require_integer, require_number
from ..comparison import Comparison, Levels, format_levels
from ..data.sealed import confidence_after
from ..statistics import Interval, interval, resplit
from .statements import STATEMENTS, Statement

OF_DIGITS = 1797, 797    # rows, and those to test on
CONFIDENCE = 1 - 0.05 / len(STATEMENTS)  # their number sets the level of one verdict


def decisive_confidence(looks: int = 1) -> float:
    """The confidence of the interval that decides after this many looks at the test data."""
    return 1 - (1 - CONFIDENCE) / looks


class Verdict(enum.Enum):
    """What an experiment says about a statement."""

    SUPPORTED = "supported"
    CONDITIONAL = "supported with conditions"
    REFUTED = "refuted"
    NOT_SETTLED = "not settled here"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Rule:
    """One prediction of a claim: an effect per seed, and the range that would bear it out.

    The mean effect's interval decides. Inside [``low``, ``high``] altogether: supported. Outside
    altogether: refuted. Across an edge: not settled. The interval is the t interval at confidence
    1 − 0.05 / 40 (Bonferroni: if each of the forty claims had one rule, the chance that luck alone
    settles any of them would stay within 5 %; a claim with several rules has as many chances of
    0.125 %); what is printed is the usual 95 % interval. Further looks at the test data count like
    further claims: 1 − 0.05 / (40 · looks).

    Args:
        effect: what is measured on each seed, in words, with its unit.
        low, high: the range of effects that the claim predicts, such as [0.01, inf) for "at least
            one point of accuracy". A bound is the smallest effect that matters.
        seeds: fewest seeds that may decide, ≥ 2. How many are run is fixed beforehand: whoever
            adds seeds until a verdict falls is wrong more often than the level says.
        split: for test scores of which every seed splits one table anew, the rows of the table and
            those to test on: such intervals are too narrow, see
            :func:`reglab.statistics.resplit`.
    """

    effect: str
    low: float = -math.inf
    high: float = math.inf
    seeds: int = 10
    split: tuple[int, int] | None = None

    def __post_init__(self):
        require(self.low < self.high, "Rule.low", f"below high={self.high}", self.low)
        require(math.isfinite(self.low) or math.isfinite(self.high), "Rule.high",
                "finite where low is not", self.high, "A rule that nothing can refute is none.")
        require_integer(self.seeds, "Rule.seeds", 2)

    def decide(self, effects: Sequence[float], looks: int = 1) -> Verdict:
        """The verdict on one prediction.  Shape: effects (S,), one number per seed.

        >>> Rule("gain in accuracy", low=0.01).decide([0.05, 0.06, 0.05, 0.06, 0.05] * 2)
        <Verdict.SUPPORTED: 'supported'>
        >>> Rule("gain in accuracy", low=0.01).decide([0.05, 0.06, 0.05])
        <Verdict.NOT_SETTLED: 'not settled here'>
        """
        return self.judge(interval(effects, decisive_confidence(looks)))

    def judge(self, found: Interval) -> Verdict:
        """The verdict of an interval: inside, outside, across an edge, or of too few seeds."""
        if found.n < self.seeds:
            return Verdict.NOT_SETTLED
        if self.low <= found.low and found.high <= self.high:
            return Verdict.SUPPORTED
        if found.high < self.low or found.low > self.high:
            return Verdict.REFUTED
        return Verdict.NOT_SETTLED

    def over_splits(self, effects: Sequence[float], looks: int = 1) -> Interval:
        """The interval that decides, widened for new splits of the table ``split``."""
        return resplit(interval(effects, decisive_confidence(looks)), *self.split)

    def detectable(self, effects: Sequence[float], power: float = 0.8) -> float:
        """How far beyond a bound the true effect must lie to be settled with this power.

        From the spread that was seen, by the normal approximation (Cohen 1988):
        (z₁₋α/₂ + z_power) · s / √S. Infinite for a single seed.
        """
        from scipy import special

        require_number(power, "Rule.power", 0, 1, open_low=True, open_high=True)
        if len(effects) == 1:
            return math.inf
        spread = interval(effects).half_width / special.stdtrit(len(effects) - 1, 0.975)
        quantiles = special.ndtri([(1 + CONFIDENCE) / 2, power])
        return float(quantiles.sum() * spread)

    def __str__(self) -> str:
        if math.isinf(self.high):
            expected = f"at least {self.low:g}"
        elif math.isinf(self.low):
            expected = f"at most {self.high:g}"
        else:
            expected = f"between {self.low:g} and {self.high:g}"
        return f"{self.effect}: {expected.replace('e-', 'e−').replace(' -', ' −')}"


@dataclass(frozen=True)
class Settled:
    """A claim with its evidence: the effects by prediction, their intervals and verdicts.

    ``looks``: how often the test data had been opened, this time included. ``levels``: what lies
    behind the effects, and what is trivial: no input looked at, or a choice by lot.
    """

    claim: Claim
    effects: dict[str, list[float]]
    looks: int = 1
    levels: dict[str, Levels] = field(default_factory=dict)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        return {name: rule.decide(self.effects[name], self.looks)
                for name, rule in self.claim.rules.items()}

    @property
    def intervals(self) -> dict[str, Interval]:
        """The mean effect of each prediction: its 95 % interval, wider after a second look."""
        return {name: interval(values, confidence_after(self.looks))
                for name, values in self.effects.items()}

    @property
    def decisive(self) -> dict[str, Interval]:
        """The wider intervals by which the rules decide."""
        return {name: interval(values, decisive_confidence(self.looks))
                for name, values in self.effects.items()}

    @property
    def over_splits(self) -> dict[str, Interval]:
        """The decisive intervals of test scores of one table, widened for new splits of it."""
        return {name: rule.over_splits(self.effects[name], self.looks)
                for name, rule in self.claim.rules.items() if rule.split is not None}

    def over_splits_summary(self) -> str:
        """What of the verdicts on one table holds by the wider intervals, in lines."""
        return "\n".join(f"{self.claim.id} {name}: {format_bounds(self.decisive[name])} becomes "
                         f"{format_bounds(wide)}: {self.claim.rules[name].judge(wide)}"
                         for name, wide in self.over_splits.items())

    @property
    def detectable(self) -> dict[str, float]:
        """For each prediction, how far beyond a bound an effect would have been settled."""
        return {name: rule.detectable(self.effects[name])
                for name, rule in self.claim.rules.items()}

    @property
    def verdict(self) -> Verdict:
        """Of the whole claim: what its predictions agree on; where they differ, with conditions."""
        found = set(self.verdicts.values())
        if len(found) == 1:
            return found.pop()
        return Verdict.NOT_SETTLED if Verdict.NOT_SETTLED in found else Verdict.CONDITIONAL

    def frame(self):
        """One row for each prediction, as a pandas DataFrame."""
        import pandas as pd

        rows = [{"prediction": name, "rule": str(rule), "effect": self.intervals[name].mean,
                 "low": self.intervals[name].low, "high": self.intervals[name].high,
                 "seeds": len(self.effects[name]), "verdict": str(self.verdicts[name]),
                 "detectable": self.detectable[name]}
                for name, rule in self.claim.rules.items()]
        return pd.DataFrame(rows).set_index("prediction")

    def summary(self) -> str:
        """The statement with its verdict; where its predictions differ, with theirs as well."""
        lines = [f"{self.claim.id}  {self.claim.statement}", f"     {self.verdict}"]
        if len(set(self.verdicts.values())) > 1:
            lines += [f"       {verdict}: {name}" for name, verdict in self.verdicts.items()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        lines = [f"{self.claim.id}  {self.claim.statement}"]
        for name, found in self.intervals.items():
            lines.append(f"  {name}: {format_effect(found)}, {self.verdicts[name]}")
            lines.append(f"    rule: {self.claim.rules[name]}; decided by "
                         f"{format_bounds(self.decisive[name])}{self._power(name)}")
            if name in self.levels:
                lines.append(f"    scores: {format_levels(self.levels[name])}")
        changed = f"\nChanged after a run: {self.claim.changed}" if self.claim.changed else ""
        return "\n".join([*lines, f"Verdict: {self.verdict}{self._widened()}{changed}"])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left'>{html.escape(name)}</td>"
            f"<td style='text-align:left'>{html.escape(str(self.claim.rules[name]))}</td>"
            f"<td>{format_effect(found)}</td><td>{format_bounds(self.decisive[name])}</td>"
            f"<td>{format_levels(self.levels[name]) if name in self.levels else '–'}</td>"
            f"<td>{self.verdicts[name]}{self._missed(name)}</td></tr>"
            for name, found in self.intervals.items())
        return (f"<p><b>{self.claim.id}</b> “{html.escape(str(self.claim.statement))}”</p>"
                "<table><thead><tr>"
                "<th>part of the claim</th><th>rule</th>"
                "<th>effect, 95 % interval</th>"
                f"<th>{100 * decisive_confidence(self.looks):.4g} % interval, which decides</th>"
                "<th>scores behind it; what is trivial</th>"
                "<th>verdict</th></tr></thead>"
                f"<tbody>{rows}</tbody></table><p>Verdict: <b>{self.verdict}</b>"
                f"{self._widened()}. "
                f"Source: {html.escape('; '.join(self.claim.sources))}.{self._changed()}</p>")

    def _changed(self) -> str:
        """What of the rules does not date from before the first run."""
        if not self.claim.changed:
            return " The rules were written before the run."
        return f"<br>Changed after a run: {html.escape(self.claim.changed)}"

    def _power(self, name: str) -> str:
        size = self.detectable[name]
        return f"; 80 % power {size:.2g} beyond a bound" if 0 < size < math.inf else ""

    def _missed(self, name: str) -> str:
        """For what is not settled: how large an effect would have been."""
        size = self.detectable[name]
        if self.verdicts[name] is not Verdict.NOT_SETTLED or not 0 < size < math.inf:
            return ""
        return f" (80 % power {size:.2g} beyond a bound)"

    def _widened(self) -> str:
        return f" (intervals widened for {self.looks} looks at the test data)" * (self.looks > 1)


@dataclass(frozen=True)
class Claim:
    """A statement that people are told, with the rules that settle it.

    Args:
        statement: one of those in ``statements.py``; ``id`` is its number, such as ``"C07"``.
        sources: author (year) of what the statement or its correction rests on.
        rules: the predictions by name; several say under which conditions the claim would hold.
            The first is the one that tables show.
        changed: which rules or measures were changed, added or taken out after a run, in a
            sentence; empty if all of them were written before.
    """

    statement: Statement
    sources: tuple[str, ...]
    rules: dict[str, Rule]
    changed: str = ""

    @property
    def id(self) -> str:
        return self.statement.id

    def settle(self, **effects: Comparison | Iterable[float]) -> Settled:
        """Apply the rules to measured effects, one sequence over the seeds for each prediction."""
        require(set(effects) == set(self.rules), f"{self.id}.effects",
                f"given for exactly the predictions {sorted(self.rules)}", sorted(effects))
        looks = max([1, *(getattr(effect, "looks", 0) for effect in effects.values())])
        return Settled(self, {name: [float(e) for e in effects[name]] for name in self.rules},
                       looks, {name: effects[name].levels for name in self.rules
                               if hasattr(effects[name], "levels")})


def format_bounds(found: Interval) -> str:
    """The ends of an interval, at a precision that shows them."""
    if found.n == 1:
        return "none (1 seed)"
    spec = _precision(found)
    return f"[{found.low:{spec}}, {found.high:{spec}}]"


def format_effect(found: Interval) -> str:
    """An effect with its interval, at a precision that shows it."""
    if found.n == 1:
        return format(found, ".3g")
    if found.low == found.high:
        return f"exactly {found.mean:g} ({found.n} seeds)"
    return format(found, _precision(found))


def _precision(found: Interval) -> str:
    size = max(abs(found.low), abs(found.high))
    if size >= 0.01 or size == 0:
        return "z.3f"    # z: no zero with a minus sign
    return "z.4f" if size >= 0.001 else ".0e"
