"""``reglab progress``: what it counts, what it says of the calibration, and how it looks."""

import json

import pytest
from click.testing import CliRunner
from scipy.stats import norm

from reglab import checks, logbook, standing
from reglab.cli import main

TIME = "2026-01-01T00:00:00+00:00"


def check(exercise, status):
    return {"time": TIME, "kind": "check", "exercise": exercise, "status": status}


def reveal(question, confidence, hit, predicted="a"):
    return {"time": TIME, "kind": "reveal", "question": question, "predicted": predicted,
            "confidence": confidence, "measured": "a" if hit else "b", "hit": hit}


def answer(question, option, right):
    return {"time": TIME, "kind": "answer", "chapter": "05", "question": question,
            "option": option, "right": right}


def chapter(events, number="05"):
    return next(c for c in standing.standing(events)["chapters"] if c["chapter"] == number)


def exercise(events, number):
    return next(e for e in chapter(events)["exercises"] if e["exercise"] == number)


def asked(number="05"):
    return standing._sources()[number][1]


def test_every_chapter_with_exercises_is_there_and_all_open():
    chapters = standing.standing([])["chapters"]
    assert [c["chapter"] for c in chapters] == sorted(
        name.removeprefix("chapter") for name in checks.__all__ if name.startswith("chapter"))
    for c in chapters:
        assert c["title"] and {e["state"] for e in c["exercises"]} == {"open"}
        assert c["quiz"]["questions"] >= 3 and c["predictions"]["asked"] >= 1


def test_an_exercise_counts_its_attempts_up_to_the_first_right_one():
    events = [check("5.1", "wrong"), check("5.1", "correct"), check("5.1", "error in your code"),
              check("5.3", "wrong"), check("5.3", "misconception")]
    done, tried = exercise(events, "5.1"), exercise(events, "5.3")
    assert (done["state"], done["attempts"], done["first"], done["last"]) == (
        "done", 2, "wrong", "correct")
    assert (tried["state"], tried["attempts"], tried["last"]) == ("tried", 2, "misconception")
    assert exercise(events, "5.2")["state"] == "open"


def test_a_quiz_question_counts_its_first_answer():
    first, second, *_ = checks.chapter05.quiz.questions
    events = [answer(first.key, "x", False), answer(first.key, first.right, True),
              answer(second.key, second.right, True), answer("no such question", "a", True)]
    assert chapter(events)["quiz"] == {"questions": 4, "answered": 2, "right": 1}


def test_a_prediction_counts_as_it_was_when_first_revealed():
    question, other, *_ = asked()
    commit = {"time": TIME, "kind": "commit", "question": other, "predicted": "a", "confidence": 50}
    events = [reveal(question, 90, False), reveal(question, 90, True), commit]
    counts = chapter(events)["predictions"]
    assert (counts["made"], counts["shown"], counts["true"]) == (2, 1, 0)
    row, = standing.standing(events)["calibration"]
    assert (row["predictions"], row["true"]) == (1, 0)


def test_all_questions_of_predictions_are_found_and_differ():
    """The logbook tells them apart by their text."""
    questions = [q for _, asked in standing._sources().values() for q in asked]
    calls = sum(path.read_text().count("checks.predict(")
                for path in (standing.COURSE / "notebooks").glob("*.py"))
    assert len(questions) == len(set(questions)) == calls > 40


def test_calibration_is_by_confidence_with_wilsons_interval():
    events = [reveal(f"q{i}", 90, i < 7) for i in range(10)]
    events += [reveal(f"r{i}", 80, True, [1.0, 2.0]) for i in range(3)]
    choice, interval = standing.calibration(events)
    assert (choice["kind"], choice["true"], choice["predictions"]) == ("choice", 7, 10)
    assert (interval["kind"], interval["true"], interval["predictions"]) == ("interval", 3, 3)
    z, n, p = norm.ppf(0.975), 10, 0.7    # the formula of Wilson (1927)
    center, half = p + z**2 / (2 * n), z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    assert choice["low"] == pytest.approx((center - half) / (1 + z**2 / n))
    assert choice["high"] == pytest.approx((center + half) / (1 + z**2 / n))


def test_brier_is_of_choices_alone():
    events = [reveal("a", 90, True), reveal("b", 90, False), reveal("c", 80, False, [1.0, 2.0])]
    assert standing.brier(events)["predictions"] == 2
    assert standing.brier(events)["score"] == pytest.approx((0.1**2 + 0.9**2) / 2)
    assert standing.brier([reveal(str(i), 50, i % 2 == 0) for i in range(4)])["score"] == 0.25


@pytest.mark.parametrize("confidence, hits, predictions, says", [
    (90, 0, 4, "too few"), (90, 5, 10, "too sure"), (50, 9, 10, "too modest"),
    (70, 7, 10, "still too few"), (70, 70, 100, "well calibrated"), (90, 4, 5, "still too few")])
def test_the_judgment_needs_enough_predictions(confidence, hits, predictions, says):
    row, = standing.calibration([reveal(str(i), confidence, i < hits)
                                 for i in range(predictions)])
    assert says in standing.judgment(row)


def test_the_report_fits_80_columns_and_says_it_all():
    events = [check(e.number, "misconception") for e in checks.chapter05.EXERCISES]
    events += [check(e.number, "correct") for e in checks.chapter01.EXERCISES]
    events += [reveal(q, 90, i % 2 == 0) for i, q in enumerate(asked("01"))]
    events += [check("77.1", "correct"), reveal("an old question", 50, True)]
    text = standing.report(standing.standing(events))
    assert max(map(len, text.splitlines())) <= 80
    points = sum(e.points for e in checks.chapter01.EXERCISES)
    assert f"{points}/{points}" in text
    assert "5.1 Write the stopping rule: 1 attempt, the last one: misconception" in text
    assert "at 90 %, 5 of 10 came true (50 %, 95 % interval 24 to 76 %)" in text
    assert "you were too sure" in text and "Brier score" in text
    assert "Not in the table" in text and "2 exercises or predictions" in " ".join(text.split())


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv(logbook.VARIABLE, str(path))
    return path


def run(*arguments, **options):
    return CliRunner().invoke(main, ["progress", *arguments], **options)


def test_cli_says_what_to_do_where_nothing_is_noted(file, monkeypatch):
    said = " ".join(run().output.split())
    assert "Nothing noted yet" in said and "make lab" in said and str(file) in said
    monkeypatch.setenv(logbook.VARIABLE, "off")
    assert "No progress is kept" in run().output
    assert run("--forget").exit_code == 0


def test_cli_shows_json_and_forgets_only_when_told(file):
    file.write_text(json.dumps({"version": 1, "events": [check("5.1", "correct")]}))
    assert "05 Early stopping" in run().output and str(file) in run().output
    assert json.loads(run("--json").output)["chapters"][4]["exercises"][0]["state"] == "done"
    assert run("--forget", input="n\n").exit_code == 1 and file.exists()
    assert f"deleted {file}" in run("--forget", input="y\n").output and not file.exists()


def test_cli_keeps_a_file_that_it_cannot_read(file):
    file.write_text("{")
    result = run()
    assert result.exit_code == 1 and "Nothing was changed" in result.output
    assert "Traceback" not in result.output and file.read_text() == "{"
