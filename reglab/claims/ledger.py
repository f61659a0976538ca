"""The ledger: run the experiments, settle the claims, compare with what was recorded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .chapter import Case, Chapter, Experiment
from .rules import Settled, Verdict, format_effect
from .statements import Statement
from .store import Store

QUICK, FULL = 10, 30    # seeds of the two tiers; fewer than QUICK settle nothing
UNWRITTEN = "chapter not written yet"
FAILED = "failed"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Attributes:
        statement: what people are told.
        chapter: where it is settled; ``None`` if that chapter is not written yet.
        settled: the evidence; ``None`` if there is no experiment, or it failed.
        error: why it failed, in words.
        moved: how verdicts differ from those recorded, in words; empty if they do not.
    """

    statement: Statement
    chapter: Chapter | None = None
    settled: Settled | None = None
    error: str = ""
    moved: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        if self.settled is not None:
            return str(self.settled.verdict)
        return FAILED if self.error else UNWRITTEN

    @property
    def red(self) -> bool:
        return bool(self.error or self.moved)

    def line(self) -> str:
        """Id, verdict, first effect with its interval, statement."""
        effect = ""
        if self.settled is not None:
            name, found = next(iter(self.settled.intervals.items()))
            effect = f"{name}: {format_effect(found)}  "
        return f"{self.statement.id}  {self.verdict:<24}  {effect:<54}{self.statement}"

    def row(self) -> dict[str, Any]:
        """Everything about it, ready for JSON; the effect is that of the first prediction."""
        row = {"id": self.statement.id, "verdict": self.verdict, "seeds": 0, "effect": None,
               "low": None, "high": None, "statement": str(self.statement),
               "topic": self.statement.topic, "disputed": self.statement.disputed,
               "chapter": self.chapter and self.chapter.number, "error": self.error,
               "moved": list(self.moved), "predictions": [], "changed": ""}
        if self.settled is not None:
            row["sources"] = list(self.settled.claim.sources)
            row["looks"] = self.settled.looks
            row["changed"] = self.settled.claim.changed
            row["predictions"] = _predictions(self.settled)
            first = row["predictions"][0]
            row |= {key: first[key] for key in ("seeds", "effect", "low", "high", "confidence")}
        return row


def _predictions(settled: Settled) -> list[dict[str, Any]]:
    return [{
        "name": name, "rule": str(rule), "verdict": str(settled.verdicts[name]),
        "seeds": found.n, "effect": found.mean, "low": _finite(found.low),
        "high": _finite(found.high), "confidence": found.confidence,
        "decisive": [_finite(settled.decisive[name].low), _finite(settled.decisive[name].high)],
        "expected": [_finite(rule.low), _finite(rule.high)],
        "detectable": _finite(settled.detectable[name]), "effects": settled.effects[name],
        "levels": settled.levels[name]._asdict() if name in settled.levels else None,
    } for (name, rule), found in zip(settled.claim.rules.items(), settled.intervals.values(),
                                     strict=True)]


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def settle(chapters: Sequence[Chapter], statements: Sequence[Statement], *, seeds: int = QUICK,
           base_seed: int = 0, store: Store | None = None,
           recorded: Mapping[str, Any] | None = None,
           progress: bool = True) -> Iterable[Entry]:
    """Settle statements one by one; each experiment runs once, whoever needs it.

    Args:
        chapters: where the experiments are.
        statements: those to settle, in order.
        seeds: how many; an experiment may multiply it.
        base_seed: the first seed.
        store: keeps what is finished, so that an interrupted ledger goes on; ``None`` keeps
            nothing.
        recorded: earlier verdicts by id, see ``records.py``; ``None`` compares with nothing.
        progress: show a bar.
    """
    cases = {case.claim.id: (chapter, case) for chapter in chapters for case in chapter.cases}
    wanted = [cases[s.id][1] for s in statements if s.id in cases]
    with _Runner(wanted, seeds, base_seed, store, progress) as runner:
        for statement in statements:
            if statement.id not in cases:
                yield Entry(statement)
                continue
            chapter, case = cases[statement.id]
            try:
                settled = runner.settle(case)
            except Exception as error:    # one broken claim must not hide the others
                yield Entry(statement, chapter, error=f"{type(error).__name__}: {error}")
                continue
            moved = () if recorded is None else moves(settled, recorded.get(statement.id))
            yield Entry(statement, chapter, settled, moved=moved)


class _Runner:
    """Runs experiments, at most once each, and lets go of what no other claim needs."""

    def __init__(self, cases: Sequence[Case], seeds: int, base_seed: int, store: Store | None,
                 progress: bool):
        self.seeds, self.base_seed, self.store = seeds, base_seed, store
        self.results: dict[str, Any] = {}
        self.left = [case for case in cases if self._finished(case) is None]
        self.bar = _bar(len({e.name for case in self.left for e in case.experiments}), progress)

    def __enter__(self) -> _Runner:
        return self

    def __exit__(self, *error) -> None:
        self.bar.close()

    def settle(self, case: Case) -> Settled:
        finished = self._finished(case)
        if finished is not None:
            return finished
        try:
            settled = case.settle(*[self._result(e) for e in case.experiments])
        except Exception:    # after Ctrl-C, though, what was finished stays for the next time
            self._let_go(case)
            raise
        if self.store is not None:
            self.store.save(case.claim.id, self.seeds, self.base_seed, settled)
        self._let_go(case)
        return settled

    def _finished(self, case: Case) -> Settled | None:
        if self.store is None:
            return None
        return self.store.load(case.claim, self.seeds, self.base_seed)

    def _result(self, experiment: Experiment) -> Any:
        if experiment.name not in self.results:
            self.bar.set_postfix_str(experiment.function.__name__)
            self.results[experiment.name] = self._run(experiment)
            self.bar.update()
        result = self.results[experiment.name]
        if isinstance(result, Exception):
            raise result
        return result

    def _run(self, experiment: Experiment) -> Any:
        seeds = experiment.seeds(self.seeds, self.base_seed)
        if self.store is not None:
            found = self.store.load_result(experiment.name, seeds)
            if found is not None:
                return found
        try:
            result = experiment.run(seeds)
        except Exception as error:    # remembered: other claims on it fail without running it
            return error
        if self.store is not None:
            self.store.save_result(experiment.name, seeds, result)
        return result

    def _let_go(self, case: Case) -> None:
        self.left.remove(case)
        needed = {e.name for other in self.left for e in other.experiments}
        for experiment in case.experiments:
            if experiment.name not in needed:
                self.results.pop(experiment.name, None)
                if self.store is not None:
                    seeds = experiment.seeds(self.seeds, self.base_seed)
                    self.store.drop_result(experiment.name, seeds)


def _bar(total: int, shown: bool):
    from tqdm import tqdm

    return tqdm(total=total, unit="experiment", desc="claims", leave=False,
                disable=None if shown else True)


# What was recorded


def record(settled: Settled) -> dict[str, Any]:
    """What to remember of a claim: its verdict, those of its predictions, and their effects."""
    return {"verdict": str(settled.verdict),
            "predictions": {name: {"verdict": str(verdict),
                                   "effect": float(f"{settled.intervals[name].mean:.3g}")}
                            for name, verdict in settled.verdicts.items()}}


def moves(settled: Settled, recorded: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What differs from the record, each in words; nothing if all verdicts are the same."""
    now = record(settled)
    if recorded is None:
        return (f"{settled.claim.id} has no recorded verdict: check it, then use --record",)
    found = []
    if now["verdict"] != recorded["verdict"]:
        found.append(f"{settled.claim.id}: {recorded['verdict']} → {now['verdict']}")
    before = recorded["predictions"]
    for name in {**before, **now["predictions"]}:
        old, new = before.get(name), now["predictions"].get(name)
        if old is None or new is None or old["verdict"] != new["verdict"]:
            found.append(f"{settled.claim.id}, {name}: {_words(old)} → {_words(new)}")
    return tuple(found)


def _words(prediction: Mapping[str, Any] | None) -> str:
    if prediction is None:
        return "no such prediction"
    return f"{prediction['verdict']} ({prediction['effect']:.3g})"


def count(entries: Iterable[Entry]) -> dict[str, int]:
    """How many statements have which verdict."""
    verdicts = [entry.verdict for entry in entries]
    order = [*map(str, Verdict), FAILED, UNWRITTEN]
    return {verdict: verdicts.count(verdict) for verdict in order if verdict in verdicts}
