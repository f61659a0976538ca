"""``reglab progress``: what it counts, what it says of the calibration, and how it looks."""

import json

import pytest
from click.testing import CliRunner
from scipy.stats import binom, norm

from reglab import checks, logbook, standing
from reglab.cli import main

TIME = "2026-01-01T00:00:00+00:00"


def check(exercise, status):
    return {"time": TIME, "kind": "check", "exercise": exercise, "status": status}


def reveal(question, confidence, hit, predicted="a"):
    return {"time": TIME, "kind": "reveal", "question": question, "predicted": predicted,
            "confidence": confidence, "measured": "a" if hit else "b", "hit": hit}


def seen(question):
    return {"time": TIME, "kind": "seen", "question": question}


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
        assert len(c["title"]) > 5 and {e["state"] for e in c["exercises"]} == {"open"}
        if c["chapter"] != "10":    # the clinic has no chapter
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


def test_a_prediction_made_after_its_result_was_seen_does_not_count():
    first, second, *_ = asked()
    events = [seen(first), reveal(first, 90, True), reveal(second, 90, True), seen(second)]
    counts = chapter(events)["predictions"]
    assert (counts["made"], counts["shown"], counts["true"]) == (2, 1, 1)
    found = standing.standing(events)
    assert found["calibration"][0]["predictions"] == found["brier"]["predictions"] == 1


def test_all_questions_of_predictions_are_found_and_differ():
    """The logbook tells them apart by their text."""
    questions = [q for _, asked in standing._sources().values() for q in asked]
    calls = sum(path.read_text().count("checks.predict(") for folder in ("notebooks", "solutions")
                for path in (standing.COURSE / folder).glob("*.py"))
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


NO_SIGN = "no sign that you were too sure or too modest, as far as"


@pytest.mark.parametrize("confidence, hits, predictions, says", [
    (90, 3, 10, "less often than you said, more than luck explains: probably too sure"),
    (50, 19, 20, "more often than you said, more than luck explains: probably too modest"),
    (33, 18, 20, "probably too modest"), (90, 9, 9, f"{NO_SIGN} 9 predictions can tell"),
    (90, 3, 5, NO_SIGN), (50, 5, 5, NO_SIGN), (70, 70, 100, NO_SIGN),
    (90, 0, 1, f"{NO_SIGN} 1 prediction can tell")])
def test_the_judgment_needs_more_than_luck(confidence, hits, predictions, says):
    row, = standing.calibration([reveal(str(i), confidence, i < hits)
                                 for i in range(predictions)])
    assert says in standing.judgment(row)


@pytest.mark.parametrize("confidence", [25, 33, 50, 70, 80, 90])
def test_who_is_as_sure_as_right_is_hardly_ever_judged(confidence):
    for made in (1, 2, 3, 5, 9, 20, 60):
        judged = [true for true in range(made + 1) if "luck" in standing.judgment(
            {"confidence": confidence, "predictions": made, "true": true})]
        assert binom.pmf(judged, made, confidence / 100).sum() <= 0.0101


def test_a_brier_score_needs_twenty_choices():
    for made, told in ((19, False), (20, True)):
        events = [reveal(str(i), 90, True) for i in range(made)]
        text = " ".join(standing.report(standing.standing(events)).split())
        assert ("Brier score of the choices: 0.01." in text) == told


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
    assert "5 of 10 came true" in text and "probably too sure" in " ".join(text.split())
    assert "only counts if you had not seen the results" in text
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
    shown = run().output
    assert "05 Early stopping" in shown and "10 The replication clinic" in shown
    assert str(file) in shown and "\nWithout make: python -m reglab progress --forget\n" in shown
    assert json.loads(run("--json").output)["chapters"][4]["exercises"][0]["state"] == "done"
    other = file.with_name("progress-aside-2026-01-01-1.json")
    other.write_text("{")
    asked = run("--forget", input="n\n")
    assert asked.exit_code == 1 and file.exists() and other.exists()
    assert f"{file}\n{other}\n" in asked.output, "not all that would be deleted was shown"
    assert f"deleted {file}\ndeleted {other}" in run("--forget", input="y\n").output
    assert not file.exists() and not other.exists()
    assert "no progress to delete" in run("--forget").output


def test_cli_keeps_a_file_that_it_cannot_read(file):
    file.write_text("{")
    result = run()
    assert result.exit_code == 1 and "Nothing was changed" in result.output
    assert "Traceback" not in result.output and file.read_text() == "{"


def test_cli_deletes_no_file_that_is_no_logbook(file):
    file.write_text("Dear diary")
    assert "no progress to delete" in run("--forget", input="y\n").output
    assert "is not a logbook" in run().output and file.read_text() == "Dear diary"
