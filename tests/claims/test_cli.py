"""``reglab claims``: its lines, files and exit codes, on a chapter that takes no time."""

import dataclasses
import json

import pytest
from click.testing import CliRunner

from reglab.claims import chapters, records
from reglab.cli import main


@pytest.fixture(autouse=True)
def small_course(chapter, tmp_path, monkeypatch):
    monkeypatch.setenv("REGLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(chapters, "CHAPTERS", (chapter,))
    monkeypatch.setattr(records, "RECORDS", tmp_path / "recorded.json")


def claims(*arguments):
    return CliRunner().invoke(main, ["claims", *map(str, arguments)])


def broken(chapter):
    """The same chapter, its gain halved and more."""
    case = chapter.cases[0]
    worse = dataclasses.replace(case, settle=lambda gain: case.claim.settle(
        gain=[g - 0.05 for g in gain]))
    return dataclasses.replace(chapter, cases=(worse, chapter.cases[1]))


def test_one_line_for_each_of_the_forty():
    claims("--record")
    result = claims()
    lines = result.stdout.splitlines()
    assert result.exit_code == 0 and len(lines) == 41
    assert [line[:3] for line in lines[:40]] == [f"C{n:02d}" for n in range(1, 41)]
    assert lines[17].startswith("C18  supported  ") and "0.051 [0.0" in lines[17]
    assert "chapter not written yet" in lines[0] and "supported" not in lines[0]
    assert lines[40].startswith("1 supported, 1 supported with conditions, 38 chapter not written")


def test_some_claims_in_any_case(calls):
    claims("--record")
    result = claims("c18", "C01")
    assert [line[:3] for line in result.stdout.splitlines()[:2]] == ["C18", "C01"]


def test_an_unknown_claim_is_refused():
    result = claims("C99")
    assert result.exit_code == 2 and "'C99' is none of C01 … C40" in result.output


def test_exit_code_and_names_when_a_verdict_moved(chapter, monkeypatch):
    assert claims("--record").exit_code == 0
    monkeypatch.setattr(chapters, "CHAPTERS", (broken(chapter),))
    assert claims("C18").exit_code == 0    # finished work is finished
    result = claims("C18", "C23", "--fresh")
    assert result.exit_code == 1
    assert "MOVED   C18: supported → refuted" in result.stderr
    assert "supported (0.0509) → refuted (0.0009)" in result.stderr and "C23" not in result.stderr
    assert claims("C18", "--record").exit_code == 0 and claims("C18").exit_code == 0


def test_exit_code_without_a_record():
    result = claims("C18")
    assert result.exit_code == 1 and "C18 has no recorded verdict" in result.stderr


def test_exit_code_when_a_claim_fails(chapter, monkeypatch):
    def fail(gain):
        raise ValueError("compare.steps must be the same")

    case = dataclasses.replace(chapter.cases[0], settle=fail)
    monkeypatch.setattr(chapters, "CHAPTERS", (dataclasses.replace(chapter, cases=(case,)),))
    result = claims("C18")
    assert result.exit_code == 1 and "FAILED  C18: ValueError: compare.steps" in result.stderr


def test_one_seed_is_an_anecdote_and_settles_nothing():
    result = claims("C18", "--seeds", 1)
    assert result.exit_code == 0 and "anecdote (1 seed)" in result.stdout
    assert "An anecdote (1 seed) settles nothing" in result.stdout
    assert claims("C18", "--seeds", 1, "--record").exit_code == 2
    assert claims("C18", "--seeds", 9, "--record").exit_code == 2


def test_tiers(calls):
    claims("C18")
    claims("C18", "--full")
    claims("C18", "--seeds", 12)
    assert calls == [("gains", 10), ("gains", 30), ("gains", 12)]


def test_json_rows(tmp_path):
    claims("C01", "C23", "--json", tmp_path / "out" / "rows.json")
    unwritten, slows = json.loads((tmp_path / "out" / "rows.json").read_text())
    assert unwritten["id"] == "C01" and unwritten["seeds"] == 0 and unwritten["effect"] is None
    assert unwritten["verdict"] == "chapter not written yet"
    assert {"id", "verdict", "seeds", "effect", "low", "high", "statement", "chapter", "sources",
            "looks", "predictions", "moved", "error"} <= set(slows)
    first, second = slows["predictions"]
    assert slows["effect"] == first["effect"] == pytest.approx(0.0509)
    assert slows["low"] < slows["effect"] < slows["high"]
    assert (slows["seeds"], second["seeds"]) == (10, 20) and len(second["effects"]) == 20
    assert first["decisive"][0] < first["low"] and first["detectable"] > 0
    assert second["expected"] == [None, 0.5] and second["verdict"] == "refuted"


def test_python_m_reglab_is_the_same_command():
    assert "claims" in main.commands and main.commands["claims"].name == "claims"


def test_html_links_the_chapter(tmp_path):
    claims("C18", "--html", tmp_path / "report.html")
    assert 'notebooks/04_dropout.ipynb">Chapter 04: Dropout' in (
        tmp_path / "report.html").read_text(encoding="utf-8")
