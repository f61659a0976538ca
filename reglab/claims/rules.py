"""Rules and verdicts: what counts as support is written down before the experiment runs."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..arguments import require, require_integer, require_number
from ..statistics import Interval, interval

CLAIMS = 40  # statements that the course settles; their number sets the level of one verdict
CONFIDENCE = 1 - 0.05 / CLAIMS


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
    1 − 0.05 / 40 (Bonferroni: forty claims are settled, and the chance that any verdict among
    them comes from luck alone stays near 5 %); what is printed is the usual 95 % interval.

    Args:
        effect: what is measured on each seed, in words, with its unit.
        low, high: the range of effects that the claim predicts, such as [0.01, inf) for "at least
            one point of accuracy". A bound is the smallest effect that matters.
        seeds: fewest seeds that may decide, ≥ 2.
    """

    effect: str
    low: float = -math.inf
    high: float = math.inf
    seeds: int = 10

    def __post_init__(self):
        require(self.low < self.high, "Rule.low", f"below high={self.high}", self.low)
        require(math.isfinite(self.low) or math.isfinite(self.high), "Rule.high",
                "finite where low is not", self.high, "A rule that nothing can refute is none.")
        require_integer(self.seeds, "Rule.seeds", 2)

    def decide(self, effects: Sequence[float]) -> Verdict:
        """The verdict on one prediction.  Shape: effects (S,), one number per seed.

        >>> Rule("gain in accuracy", low=0.01).decide([0.05, 0.06, 0.05, 0.06, 0.05] * 2)
        <Verdict.SUPPORTED: 'supported'>
        >>> Rule("gain in accuracy", low=0.01).decide([0.05, 0.06, 0.05])
        <Verdict.NOT_SETTLED: 'not settled here'>
        """
        if len(effects) < self.seeds:
            return Verdict.NOT_SETTLED
        found = interval(effects, CONFIDENCE)
        if self.low <= found.low and found.high <= self.high:
            return Verdict.SUPPORTED
        if found.high < self.low or found.low > self.high:
            return Verdict.REFUTED
        return Verdict.NOT_SETTLED

    def detectable(self, effects: Sequence[float], power: float = 0.8) -> float:
        """How far beyond a bound the true effect must lie to be settled with this power.

        From the spread that was seen, by the normal approximation (Cohen 1988):
        (z₁₋α/₂ + z_power) · s / √S.
        """
        from scipy import stats

        require_number(power, "Rule.power", 0, 1, open_low=True, open_high=True)
        spread = interval(effects).half_width / stats.t.ppf(0.975, len(effects) - 1)
        quantiles = stats.norm.ppf([(1 + CONFIDENCE) / 2, power])
        return float(quantiles.sum() * spread)

    def __str__(self) -> str:
        if math.isinf(self.high):
            return f"{self.effect}: at least {self.low:g}"
        if math.isinf(self.low):
            return f"{self.effect}: at most {self.high:g}"
        return f"{self.effect}: between {self.low:g} and {self.high:g}"


@dataclass(frozen=True)
class Settled:
    """A claim with its evidence: the effects by prediction, their intervals and verdicts."""

    claim: Claim
    effects: dict[str, list[float]]

    @property
    def verdicts(self) -> dict[str, Verdict]:
        return {name: rule.decide(self.effects[name]) for name, rule in self.claim.rules.items()}

    @property
    def intervals(self) -> dict[str, Interval]:
        """The mean effect of each prediction with its 95 % interval."""
        return {name: interval(values) for name, values in self.effects.items()}

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
                 "seeds": len(self.effects[name]), "verdict": str(self.verdicts[name])}
                for name, rule in self.claim.rules.items()]
        return pd.DataFrame(rows).set_index("prediction")

    def __repr__(self) -> str:
        lines = [f"{self.claim.id}  {self.claim.statement}"]
        for name, found in self.intervals.items():
            lines.append(f"  {name}: {format_effect(found)}, {self.verdicts[name]}")
            lines.append(f"    rule: {self.claim.rules[name]}")
        return "\n".join([*lines, f"Verdict: {self.verdict}"])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left'>{name}</td>"
            f"<td style='text-align:left'>{self.claim.rules[name]}</td>"
            f"<td>{format_effect(found)}</td><td>{self.verdicts[name]}</td></tr>"
            for name, found in self.intervals.items())
        return (f"<p><b>{self.claim.id}</b> “{self.claim.statement}”</p><table><thead><tr>"
                "<th>prediction</th><th>rule, written before the run</th>"
                "<th>effect, 95 % interval</th><th>verdict</th></tr></thead>"
                f"<tbody>{rows}</tbody></table><p>Verdict: <b>{self.verdict}</b>. "
                f"Source: {'; '.join(self.claim.sources)}.</p>")


@dataclass(frozen=True)
class Claim:
    """A statement that people are told, with the rules that settle it.

    Args:
        id: ``"C07"``.
        statement: in the course's words.
        chapter: its number.
        sources: author (year) of what the statement or its correction rests on.
        rules: the predictions by name; several say under which conditions the claim would hold.
    """

    id: str
    statement: str
    chapter: int
    sources: tuple[str, ...]
    rules: dict[str, Rule]

    def settle(self, **effects: Sequence[float]) -> Settled:
        """Apply the rules to measured effects, one sequence over the seeds for each prediction."""
        require(set(effects) == set(self.rules), f"{self.id}.effects",
                f"given for exactly the predictions {sorted(self.rules)}", sorted(effects))
        return Settled(self, {name: [float(e) for e in effects[name]] for name in self.rules})


def format_effect(found: Interval) -> str:
    """An effect with its interval, at a precision that shows it."""
    size = max(abs(found.low), abs(found.high))
    if found.low == found.high:
        return f"exactly {found.mean:g} ({found.n} seeds)"
    spec = ".3f" if size >= 0.01 else ".0e"
    return format(found, spec)
