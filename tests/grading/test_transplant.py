"""Cells into their places, and the cells that an exercise needs."""

import pytest

from reglab.grading import intake, planning
from reglab.grading.transplant import transplant


def planted(release, *cells):
    made = tuple(intake.Cell(grade_id, source) for grade_id, source in cells)
    return transplant(intake.Submission("ada", release.assignment, made), release)


def names(source):
    return sorted(planning.read(source).binds), sorted(planning.read(source).uses)


@pytest.mark.parametrize(("source", "binds", "uses"), [
    ("x = y", ["x"], ["y"]),
    ("import a.b, c as d\nfrom e import f", ["a", "d", "f"], []),
    ("def f(x):\n    y = x\n    return g(y)", ["f"], ["g"]),
    ("def f():\n    global h\n    h = 1", ["f", "h"], []),
    ("class A(B):\n    c = d", ["A"], ["B", "d"]),
    ("f.x = 1", ["f"], ["f"]),
    ("d['k'] = [i for i in e]", ["d"], ["d", "e"]),
    ("for i in r: pass", ["i"], ["r"]),
    ("def broken(", [], []),
])
def test_names_that_a_cell_binds_and_uses(source, binds, uses):
    assert names(source) == (binds, uses)


def plan(*cells, answer="f"):
    made = [{"name": str(i), "kind": kind, "source": source}
            for i, (kind, source) in enumerate(cells)]
    return "".join(cell["name"] for cell in planning.plan(made, answer))


def test_only_what_is_needed_runs_and_in_order():
    assert plan(("given", "import torch"), ("given", "slow = train()"), ("other", "def g(): pass"),
                ("own", "def f(): return torch"), ("beside", "f.tested = 1"),
                ("given", "more = 1")) == "034"


def test_helpers_are_found_before_and_below():
    assert plan(("other", "def h(): return k"), ("own", "def f(): return h()"),
                ("other", "k = 1"), ("other", "def h(): return 2")) == "012"


def test_reflection_brings_everything_before():
    assert plan(("given", "a = 1"), ("other", "b = 1"), ("own", "def f(): return globals()['a']"),
                ("given", "c = 1")) == "02"


def test_a_missing_answer_runs_what_might_define_it():
    assert plan(("given", "a = 1"), ("other", "f = a")) == "01"


def test_given_cells_come_from_the_release(pair):
    made = planted(pair, ("given-1", "import evil"), ("answer-2-1-1", "l2_penalty = 1"))
    sources = [source for kind, _, source in made.cells if kind == "given"]
    assert "import evil" not in sources and "import torch" in sources[0]
    assert any("given-1" in text for _, text in made.notes)


def test_programs_know_own_beside_and_other(pair):
    made = planted(pair, ("", "top = 1"), ("answer-2-1-1", "l2_penalty = 1"), ("", "mine = 2"),
                   ("answer-2-7-1", "standardize = 1"), ("", "theirs = 3"))
    kinds = {cell["source"]: cell["kind"] for cell in made.program(pair.tasks[0])}
    assert [kinds[s] for s in ("top = 1", "l2_penalty = 1", "mine = 2", "standardize = 1",
                               "theirs = 3")] == ["beside", "own", "beside", "other", "other"]


def test_answers_without_ids_are_found_by_name(pair):
    made = planted(pair, ("", "x = 1\ndef l2_penalty(params, strength): pass"))
    assert ("answer", "2.1") in {(kind, exercise) for kind, exercise, _ in made.cells}
