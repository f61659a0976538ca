"""The zoo: every submission gets the grade it deserves, none stops the batch or leaks."""

import re
import sys
from importlib import util
from pathlib import Path

import pytest

from reglab.grading import batch, intake, pages
from reglab.grading.judge import NOT_JUDGED
from reglab.grading.ledger import Ledger

SPEC = util.spec_from_file_location("zoo", Path(__file__).with_name("zoo.py"))
zoo = sys.modules["zoo"] = util.module_from_spec(SPEC)
SPEC.loader.exec_module(zoo)
SECRET = b"a canary of forty characters or so: 77ac31"


@pytest.fixture(scope="session")
def graded(sandbox, pair, limits, tmp_path_factory):
    """All animals in one batch: the verdicts by student and exercise."""
    home = tmp_path_factory.mktemp("zoo")
    for animal in zoo.ANIMALS:
        animal.write(home / "submitted" / animal.name)

    def run(todo):
        for work in todo:
            yield batch.judge_work(sandbox, work)

    with Ledger(home / "ledger.sqlite") as ledger:
        batch.grade(home / "submitted", {pair.assignment: pair}, ledger, SECRET, limits=limits,
                    run=run)
        verdicts = ledger.verdicts()
    pages.write_table(verdicts, home / "grades.csv")
    pages.write_pages(verdicts, home / "pages")
    return home, {(v.student, v.exercise): v for v in verdicts}




@pytest.mark.parametrize("animal", zoo.ANIMALS, ids=lambda animal: ascii(animal.name[:40]))
def test_grade(animal, graded):
    _, verdicts = graded
    for exercise, statuses in (("2.1", animal.status), ("2.7", animal.bystander)):
        verdict = verdicts[intake.text_of(animal.name), exercise]
        assert verdict.status in statuses, verdict
        special = {"correct": 2.0, zoo.UNREADABLE: None, intake.ABSENT: None, NOT_JUDGED: None}
        deserved = special.get(verdict.status, 0.0)
        assert verdict.points == deserved
        assert verdict.status == "correct" or verdict.message


def test_there_are_sixty_and_every_student_has_a_row(graded):
    home, verdicts = graded
    assert len(zoo.HOSTILE) + len(zoo.FILES) >= 60
    assert {student for student, _ in verdicts} == set(
        map(intake.text_of, intake.students(home / "submitted")))


def test_nothing_hidden_is_in_what_is_handed_back(graded):
    home, _ = graded
    text = "".join(path.read_text() for path in [home / "grades.csv", *home.rglob("*.html")])
    assert len(list(home.rglob("*.html"))) == len(zoo.ANIMALS)
    for canary in (SECRET.decode(), "Input:", "seed=", "strength 0.", str(home)):
        assert canary not in text
    assert not re.search(r"expected -?[\d.]+|, got -?\d", text)
    table = (home / "grades.csv").read_text()
    assert "<script>" not in text.removeprefix(table) and ",=1+1" not in table


def test_a_page_names_one_student_only(graded):
    home, _ = graded
    for path in home.rglob("*.html"):
        named = [a.name for a in zoo.UNUSUAL if f"<strong>{a.name}</strong>" in path.read_text()]
        assert len(named) <= 1
