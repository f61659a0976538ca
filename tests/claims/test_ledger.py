"""Each experiment runs once, nothing finished runs again, and what moved is named."""

import dataclasses
import json

import pytest

from reglab import L2, MLP, Recipe, sweep
from reglab.claims import STATEMENTS, Case, Experiment, chapters, ledger, records
from reglab.claims.effects import Difference
from reglab.claims.ledger import Entry
from reglab.claims.rules import Claim, Rule
from reglab.claims.store import Store, state_of_the_code

DROPOUT = [s for s in STATEMENTS if s.id in ("C18", "C22", "C23")]


def settle(chapter, statements=DROPOUT, **options):
    return list(ledger.settle([chapter], statements, progress=False, **options))


def swap(chapter, place, **changes):
    """The chapter with one case changed."""
    cases = list(chapter.cases)
    cases[place] = dataclasses.replace(cases[place], **changes)
    return dataclasses.replace(chapter, cases=tuple(cases))


def test_the_list_is_complete_and_every_chapter_settles_statements_of_it():
    assert [s.id for s in STATEMENTS] == [f"C{n:02d}" for n in range(1, 41)]
    ids = [case.claim.id for chapter in chapters.CHAPTERS for case in chapter.cases]
    assert len(set(ids)) == len(ids) and set(ids) <= {s.id for s in STATEMENTS}
    for chapter in chapters.CHAPTERS:
        for case in chapter.cases:
            assert case.claim.statement in STATEMENTS and case.claim.sources


def test_verdicts_and_what_is_not_written_yet(chapter):
    helps, unwritten, slows = settle(chapter)
    assert [e.verdict for e in (helps, unwritten, slows)] == [
        "supported", "chapter not written yet", "supported with conditions"]
    assert unwritten.settled is None and unwritten.row()["effect"] is None
    assert not unwritten.red and "settled" not in unwritten.line()


def test_an_experiment_runs_once_for_all_claims_and_cheap_ones_take_more_seeds(chapter, calls):
    settle(chapter)
    assert calls == [("gains", 10), ("costs", 20)]


def test_one_seed_is_one_seed_even_for_cheap_experiments(chapter, calls):
    helps, _, slows = settle(chapter, seeds=1)
    assert calls == [("gains", 1), ("costs", 1)]
    assert helps.verdict == slows.verdict == "not settled here"
    assert "anecdote (1 seed)" in helps.line()
    assert helps.row()["low"] is None and json.dumps(slows.row(), allow_nan=False)


def test_base_seed_moves_all_seeds():
    assert list(Experiment(len, times=2).seeds(3, base=100)) == list(range(100, 106))


def test_a_claim_that_fails_is_red_and_hides_no_other(chapter, calls):
    def broken(*results):
        raise ZeroDivisionError("no such effect")

    helps, _, slows = settle(swap(chapter, 0, settle=broken))
    assert helps.red and helps.error == "ZeroDivisionError: no such effect"
    assert helps.verdict == "failed" and helps.row()["error"] and not slows.error


def test_an_experiment_that_fails_is_not_run_for_every_claim(chapter):
    def broken(seeds):
        runs.append(seeds)
        raise OSError("disk")

    runs = []
    failing = Experiment(broken)
    changed = swap(swap(chapter, 0, experiments=(failing,)), 1,
                   experiments=(failing, chapter.cases[1].experiments[1]))
    assert [e.error for e in settle(changed)] == ["OSError: disk", "", "OSError: disk"]
    assert len(runs) == 1


# Going on where it was


def test_nothing_finished_is_computed_again(chapter, calls, tmp_path):
    first = settle(chapter, store=Store(tmp_path))
    calls.clear()
    again = settle(chapter, store=Store(tmp_path))
    assert calls == [] and [e.row() for e in again] == [e.row() for e in first]
    assert not list(tmp_path.glob("*.pt"))    # results that no claim needs any more


def test_a_kill_in_the_middle_loses_only_what_was_running(chapter, calls, tmp_path):
    """Killed in the second experiment: the first, which both claims need, does not run again."""
    def killed(seeds):
        raise KeyboardInterrupt

    broken = swap(chapter, 1, experiments=(chapter.cases[1].experiments[0], Experiment(killed)))
    with pytest.raises(KeyboardInterrupt):
        settle(broken, store=Store(tmp_path))
    assert calls == [("gains", 10)]
    calls.clear()
    entries = settle(chapter, store=Store(tmp_path))
    assert calls == [("costs", 20)]
    assert [e.verdict for e in entries] == [e.verdict for e in settle(chapter)]


def test_other_seeds_and_other_code_run_anew(chapter, calls, tmp_path):
    settle(chapter, store=Store(tmp_path))
    for options in ({"seeds": 12}, {"base_seed": 5}):
        calls.clear()
        settle(chapter, store=Store(tmp_path), **options)
        assert len(calls) == 2
    calls.clear()
    settle(chapter, store=Store(tmp_path, code="another"))
    assert len(calls) == 2


def test_clear_forgets(chapter, calls, tmp_path):
    store = Store(tmp_path)
    settle(chapter, store=store)
    store.clear()
    calls.clear()
    settle(chapter, store=store)
    assert len(calls) == 2


def test_a_half_written_file_is_never_read(chapter, calls, tmp_path, monkeypatch):
    """A crash while writing leaves the old file, and the draft is not taken for it."""
    store = Store(tmp_path)
    settle(chapter, DROPOUT[:1], store=store)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def crash(*paths):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", crash)
    with pytest.raises(KeyboardInterrupt):
        settle(chapter, store=store)
    monkeypatch.undo()
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name: text for name, text in after.items() if not name.endswith(".part")} == before
    calls.clear()
    settle(chapter, DROPOUT[:1], store=Store(tmp_path))
    assert calls == []


def test_the_state_of_the_code_changes_with_a_file(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("x = 1")
    monkeypatch.setattr("reglab.claims.store.PACKAGE", tmp_path)
    one = state_of_the_code.__wrapped__()
    (tmp_path / "a.py").write_text("x = 2")
    assert one != state_of_the_code.__wrapped__()


# The record


@pytest.fixture
def recorded(chapter):
    return {e.statement.id: ledger.record(e.settled) for e in settle(chapter) if e.settled}


def test_the_same_verdicts_move_nothing(chapter, recorded):
    recorded["C18"]["predictions"]["gain"]["effect"] = 9.9    # effects may vary, verdicts not
    assert not any(e.red for e in settle(chapter, recorded=recorded))


def test_what_moved_is_named_with_its_effects(chapter, recorded):
    moved = swap(chapter, 0, settle=lambda gain: chapter.cases[0].claim.settle(
        gain=[g - 0.05 for g in gain]))
    helps, _, slows = settle(moved, recorded=recorded)
    assert helps.red and not slows.red
    assert helps.moved == ("C18: supported → refuted",
                           "C18, gain: supported (0.0509) → refuted (0.0009)")


def test_a_prediction_that_moves_is_red_even_if_the_whole_verdict_stays(chapter, recorded):
    recorded["C23"]["predictions"] = {
        "gain": {"verdict": "refuted", "effect": 0.0}, "cost": {"verdict": "supported",
                                                               "effect": 0.1}}
    slows = settle(chapter, recorded=recorded)[2]
    assert slows.verdict == recorded["C23"]["verdict"] and len(slows.moved) == 2


def test_a_claim_without_a_record_is_red(chapter):
    helps, unwritten, _ = settle(chapter, recorded={})
    assert "no recorded verdict" in helps.moved[0] and not unwritten.red


def test_a_prediction_that_is_gone_or_new_is_named(chapter, recorded):
    recorded["C18"]["predictions"]["old"] = {"verdict": "supported", "effect": 1.0}
    assert "C18, old: supported (1) → no such prediction" in settle(
        chapter, recorded=recorded)[0].moved


def test_records_keep_the_tiers_and_other_claims_apart(chapter, tmp_path):
    path = tmp_path / "recorded.json"
    records.save(path, 10, settle(chapter))
    records.save(path, 30, settle(chapter, DROPOUT[:1], seeds=30))
    records.save(path, 10, settle(chapter, DROPOUT[:1]))
    assert set(records.load(path, 10)) == {"C18", "C23"} == set(records.load(path, 20))
    assert set(records.load(path, 30)) == {"C18"}
    assert records.load(tmp_path / "none.json", 10) == {}


def test_every_written_claim_is_recorded():
    written = {c.claim.id: c.claim for chapter in chapters.CHAPTERS for c in chapter.cases}
    found = records.load(records.RECORDS, ledger.QUICK)
    assert set(found) == set(written)
    for id, claim in written.items():
        assert set(found[id]["predictions"]) == set(claim.rules)


def test_experiments_have_different_names():
    names = {}
    for chapter in chapters.CHAPTERS:
        for case in chapter.cases:
            assert isinstance(case, Case)
            for experiment in case.experiments:
                assert names.setdefault(experiment.name, experiment) is experiment


def test_a_sweep_comes_back_from_the_store_as_it_was(toy, tmp_path):
    recipe = Recipe(MLP(6, 3), epochs=2)
    arms = {s: recipe.replace(techniques=(L2(s),)) for s in (0.0, 0.1)}
    result = sweep(arms, toy, range(3), progress=False)
    store = Store(tmp_path)
    store.save_result("a sweep", range(3), result)
    again = store.load_result("a sweep", range(3))
    assert store.load_result("a sweep", range(4)) is store.load_result("another", range(3)) is None
    assert again.looks == [] and again.best_arm() == result.best_arm()
    assert again.test(0.1).tolist() == result.test(0.1).tolist()


def test_the_scores_behind_an_effect_are_kept_as_well(tmp_path):
    claim = Claim(DROPOUT[0], ("Nobody 1900",), {"gain": Rule("gain", low=0.01)})
    settled = claim.settle(gain=Difference([0.6] * 10, [0.4] * 10, trivial=0.1))
    store = Store(tmp_path)
    store.save(claim.id, 10, 0, settled)
    assert store.load(claim, 10, 0) == settled and settled.levels["gain"].trivial == 0.1
    (found,) = Entry(claim.statement, settled=settled).row()["predictions"]
    assert found["levels"] == {"treatment": pytest.approx(0.6), "control": pytest.approx(0.4),
                               "trivial": 0.1}
