"""The ledger as a page to read: one self-contained HTML file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..comparison import Levels, format_levels
from .ledger import FAILED, UNWRITTEN, Entry, count
from .rules import CONFIDENCE, Verdict
from .statements import STATEMENTS

TEMPLATE = "report.html.jinja"
SYMBOL = {str(Verdict.SUPPORTED): "✓", str(Verdict.CONDITIONAL): "◐",
          str(Verdict.REFUTED): "✗", str(Verdict.NOT_SETTLED): "?", FAILED: "!", UNWRITTEN: "–"}
CLASS = {str(Verdict.SUPPORTED): "supported", str(Verdict.CONDITIONAL): "conditional",
         str(Verdict.REFUTED): "refuted", str(Verdict.NOT_SETTLED): "open", FAILED: "failed",
         UNWRITTEN: "unwritten"}
LANES = 5    # heights among which the dots of the seeds alternate


def render(entries: Sequence[Entry], *, seeds: int, base_seed: int = 0,
           notebooks: str | None = None) -> str:
    """The page.

    Args:
        entries: what the ledger found, in order.
        seeds: how many it ran.
        base_seed: the first of them.
        notebooks: the path from the page to the folder of the chapters; ``None`` links nothing.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True,
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.get_template(TEMPLATE).render(
        cards=[_card(entry, notebooks) for entry in entries if entry.verdict != UNWRITTEN],
        waiting=_by_topic([entry for entry in entries if entry.verdict == UNWRITTEN]),
        every=[entry.row() for entry in entries], counts=count(entries), symbol=SYMBOL,
        css=CLASS, claims=len(STATEMENTS), seeds=seeds, base_seed=base_seed,
        level=f"{100 * CONFIDENCE:.3f}".rstrip("0"))


def _card(entry: Entry, notebooks: str | None) -> dict[str, Any]:
    row = entry.row()
    chapter = entry.chapter
    row["title"] = chapter and f"Chapter {chapter.number:02d}: {chapter.title}"
    row["resplit"] = entry.settled.over_splits_summary().splitlines() if entry.settled else []
    row["link"] = notebooks and chapter and f"{notebooks}/{chapter.notebook}.ipynb"
    for prediction in row["predictions"]:
        prediction["plot"] = plot(prediction)
        levels = prediction["levels"]
        prediction["scores"] = levels and format_levels(Levels(**levels))
    for verdict, name in (("supported", "holds"), ("refuted", "fails"),
                          ("not settled here", "undecided")):
        row[name] = [p["name"] for p in row["predictions"] if p["verdict"] == verdict]
    return row


def _by_topic(entries: Sequence[Entry]) -> dict[str, list[dict[str, Any]]]:
    topics: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        topics.setdefault(entry.statement.topic, []).append(entry.row())
    return topics


def plot(prediction: Mapping[str, Any]) -> dict[str, Any]:
    """Where things stand in the picture of one prediction, in percent of its width."""
    from matplotlib.ticker import MaxNLocator

    expected = prediction["expected"]
    decisive = prediction["decisive"]
    ends = [e for e in (*prediction["effects"], *decisive, *expected, 0.0) if e is not None]
    low, high = min(ends), max(ends)
    pad = 0.12 * (high - low) or 0.1
    low, high = low - pad, high + pad

    def at(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    band = [0.0 if expected[0] is None else at(expected[0]),
            100.0 if expected[1] is None else at(expected[1])]
    ticks = [t for t in MaxNLocator(4).tick_values(low, high) if 4 < at(t) < 96]
    interval = [prediction["low"], prediction["high"]] if prediction["seeds"] > 1 else []
    return {
        "band": [band[0], round(band[1] - band[0], 2)],
        "bounds": [at(e) for e in expected if e is not None],
        "ticks": [(at(t), number(0.0 if abs(t) < pad / 1e3 else t)) for t in ticks],
        "zero": at(0.0), "mean": at(prediction["effect"]), "interval": [at(e) for e in interval],
        "decisive": [at(e) for e in decisive if e is not None],
        "dots": [(at(e), 16 + 5 * (i * 2 % LANES)) for i, e in enumerate(prediction["effects"])],
        "text": summary(prediction), "sentence": _sentence(prediction),
        "power": prediction["detectable"] and number(prediction["detectable"], 2),
    }


def number(value: float, digits: int = 3) -> str:
    """A short number with a true minus sign."""
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}")


def summary(prediction: Mapping[str, Any]) -> str:
    """The effect with its interval, to the digits that the interval's width allows."""
    effect, low, high = (prediction[key] for key in ("effect", "low", "high"))
    if prediction["seeds"] == 1:
        return f"{number(effect)}, an anecdote (1 seed)"
    if low == high:
        return f"exactly {number(effect)}"
    decimals = math.ceil(-math.log10((high - low) / 10))
    spec = f".{max(decimals, 0)}f" if decimals <= 6 else ".1e"
    return f"{effect:{spec}} [{low:{spec}}, {high:{spec}}]".replace("-", "\N{MINUS SIGN}")


def _sentence(prediction: Mapping[str, Any]) -> str:
    low, high = prediction["expected"]
    expected = (f"at most {number(high)}" if low is None else f"at least {number(low)}"
                if high is None else f"{number(low)} to {number(high)}")
    seeds = f" over {prediction['seeds']} seeds" if prediction["seeds"] > 1 else ""
    return f"{prediction['name']}: effect {summary(prediction)}{seeds}; predicted: {expected}."
