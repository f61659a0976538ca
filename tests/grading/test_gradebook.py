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

from reglab.build import BuildError  # noqa: E402
from reglab.grading import course as courses  # noqa: E402
from reglab.grading.gradebook import push  # noqa: E402
from reglab.grading.judge import UNREADABLE, Verdict, unreadable  # noqa: E402
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


def test_points_are_those_of_the_release(home, tmp_path):
    path = home / "release" / NAME / f"{NAME}.ipynb"
    changed = tmp_path / NAME / f"{NAME}.ipynb"
    changed.parent.mkdir()
    content = json.loads(path.read_text())
    for cell in content["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "check-2-1":
            cell["metadata"]["nbgrader"]["points"] = 5
    changed.write_text(json.dumps(content))
    before, after = (load_release(folder)[NAME] for folder in (home / "release", tmp_path))
    assert (before.points, after.points) == (20, 23) and before.version != after.version
    assert unreadable("ada", after, after.tasks[0], "damaged").maximum == 5


def test_an_umlaut_is_a_name_and_what_was_not_read_says_why(home):
    releases, name = load_release(home / "release"), "Müller, Jürgen"
    folder = home / "submitted" / name / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text("damaged")
    rows = [unreadable(name, releases[NAME], task, "damaged") for task in releases[NAME].tasks]
    assert push(home, home / "submitted", releases, rows) == []
    made = nbgrader(home).generate_feedback(NAME, name, force=True)
    assert made["success"], made
    page = (home / "feedback" / name / NAME / f"{NAME}.html").read_text()
    assert "# Not graded: damaged." in page


def test_the_chapters_asked_for_are_made_and_wrong_ones_refused(tmp_path):
    with pytest.raises(BuildError, match="begins with 77: give one of 01, 02"):
        courses.write_course(tmp_path / "course", ("02", "77"))
    with pytest.raises(BuildError, match="give the folder for the course first"):
        courses.write_course(tmp_path / "02", ("04",))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BuildError, match="own folder, and would hold students' data"):
        courses.write_course(courses.COURSE / "grades", ("04",))
    (config, source), kept = courses.write_course(tmp_path, ("04",))
    assert "c.Execute.enabled = False" in config.read_text() and not kept
    edited = source.read_text().replace("Exercise 4.1", "Question 4.1")
    assert courses.write_course(tmp_path, ("04",)) == ([source], [])
    source.write_text(edited)
    assert courses.write_course(tmp_path, ("04",)) == ([], [source])
    assert source.read_text() == edited


def test_what_is_missing_is_said_with_its_cure(home, tmp_path):
    releases = load_release(home / "release")
    with pytest.raises(ReleaseError, match="nbgrader generate_assignment"):
        push(tmp_path, home / "submitted", releases, [])
    with pytest.raises(ReleaseError, match="holds no release"):
        load_release(tmp_path)
