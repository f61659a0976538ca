"""Into nbgrader and out of it: points, hand-given points, feedback without anything hidden."""

import dataclasses
import json
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="needs nbgrader: pip install 'reglab[instructor]'")

from nbgrader.api import Gradebook  # noqa: E402
from nbgrader.apps import NbGraderAPI  # noqa: E402
from nbgrader.coursedir import CourseDirectory  # noqa: E402
from traitlets.config import Config  # noqa: E402

from reglab.grading import course as courses  # noqa: E402
from reglab.grading.gradebook import push  # noqa: E402
from reglab.grading.judge import UNREADABLE, Verdict  # noqa: E402
from reglab.grading.release import ReleaseError, load_release  # noqa: E402

NAME = "02_l2_and_weight_decay"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A course with its release made by nbgrader, and two submissions."""
    home = tmp_path_factory.mktemp("course")
    courses.write_course(home, ("02",))
    with pytest.MonkeyPatch.context() as patch:    # nbgrader calls a program of its environment
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        made = nbgrader(home).generate_assignment(NAME)
    assert made["success"], made
    for student, source in (("ada", "l2_penalty = print"), ("bob", "x = 1")):
        path = home / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        cells = [{"cell_type": "code", "source": source, "outputs": [], "metadata": {
            "nbgrader": {"grade_id": "answer-2-1-1"}}},
            {"cell_type": "code", "source": f"# {SCRIPT}", "metadata": {}, "outputs": [
                {"output_type": "display_data", "data": {"text/html": SCRIPT}, "metadata": {}}]},
            {"cell_type": "markdown", "source": SCRIPT, "metadata": {}}]
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4,
                                    "nbformat_minor": 5}))
    return home


def nbgrader(home):
    config = Config()
    config.CourseDirectory.root = str(home)
    config.CourseDirectory.course_id = "reglab"
    config.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def verdicts(release, student, points):
    status = {None: UNREADABLE, 0.0: "misconception"}.get(points, "correct")
    return [Verdict(student, NAME, task.number, task.exercise.title, status, points,
                    task.exercise.points, "forgot the ½" if points == 0 else "",
                    "Twice too much.", notes="for the grader only")
            for task in release.tasks]


def test_releases_hold_stubs_and_no_solution(home):
    text = (home / "release" / NAME / f"{NAME}.ipynb").read_text()
    assert "NotImplementedError" in text and "SOLUTION" not in text
    assert "strength / 2 * sum" not in text and "<summary>Solution" not in text
    release = load_release(home / "release")[NAME]
    assert [task.answer for task in release.tasks][:2] == ["l2_penalty", "predictions"]
    assert release.points == 20


def test_points_arrive_and_points_given_by_hand_stay(home):
    releases = load_release(home / "release")
    release = releases[NAME]
    given = verdicts(release, "ada", 0.0) + verdicts(release, "bob", None)
    for _ in range(2):    # the same again changes nothing
        assert push(home, home / "submitted", releases, given) == []
    with Gradebook(f"sqlite:///{home}/gradebook.db") as book:
        ada, bob = (book.find_submission(NAME, name) for name in ("ada", "bob"))
        assert ada.score == 0 and not ada.needs_manual_grade and ada.max_score == 20
        assert bob.needs_manual_grade
        assert {grade.auto_score for grade in bob.notebooks[0].grades} == {None}
        grade = book.find_grade("check-2-1", NAME, NAME, "ada")
        grade.manual_score = 1.5
        book.db.commit()
    better = [dataclasses.replace(v, status="correct", points=v.maximum)
              for v in given if v.student == "ada"]
    push(home, home / "submitted", releases, better)
    with Gradebook(f"sqlite:///{home}/gradebook.db") as book:
        grade = book.find_grade("check-2-1", NAME, NAME, "ada")
        assert (grade.score, grade.auto_score, grade.needs_manual_grade) == (1.5, 2.0, True)
        assert book.find_submission(NAME, "ada").score == 19.5


def test_feedback_shows_the_verdict_and_nothing_hidden(home):
    releases = load_release(home / "release")
    push(home, home / "submitted", releases, verdicts(releases[NAME], "ada", 0.0))
    made = nbgrader(home).generate_feedback(NAME, "ada", force=True)
    assert made["success"], made
    page = (home / "feedback" / "ada" / NAME / f"{NAME}.html").read_text()
    assert "forgot the ½" in page and "Twice too much." in page
    assert "for the grader only" not in page and SCRIPT not in page
    assert "strength / 2 * sum" not in page and "bob" not in page


def test_what_is_missing_is_said_with_its_cure(home, tmp_path):
    releases = load_release(home / "release")
    with pytest.raises(ReleaseError, match="nbgrader generate_assignment"):
        push(tmp_path, home / "submitted", releases, [])
    with pytest.raises(ReleaseError, match="holds no release"):
        load_release(tmp_path)
