"""Predictions: as text without a kernel, as widgets with one, committed or not."""

import ast
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from reglab import checks
from reglab.checks import prediction as module


@pytest.fixture(autouse=True)
def empty_record():
    checks.record.clear()


@pytest.fixture
def choice():
    return checks.predict("Which λ wins?", options=["0", 0.02, 0.1])


@pytest.fixture
def interval():
    return checks.predict("How much does L2 gain?", between=(-20, 20), unit="points")


def test_reads_well_without_a_kernel(choice, interval):
    assert repr(choice) == "Predict: Which λ wins?\n  ( ) 0\n  ( ) 0.02\n  ( ) 0.1"
    assert repr(interval) == ("Predict: How much does L2 gain?\n"
                              "  With 80 % probability between ____ and ____ points")
    assert choice._repr_mimebundle_() == {"text/plain": repr(choice)}


def test_nothing_committed_is_said_kindly(choice, interval, capsys):
    choice.reveal(0.02)
    interval.reveal(11.04)
    out = capsys.readouterr().out
    assert out.count("No prediction was committed") == 2
    assert "Measured: 11.04 points." in out
    assert checks.record == {}


def test_hit_and_miss_and_the_record(choice, interval, capsys):
    choice.commit(0.02, confidence=90)
    interval.commit(2, 5)
    assert checks.record["Which λ wins?"].hit is None
    choice.reveal("0.02")
    interval.reveal(11.04)
    assert capsys.readouterr().out.splitlines() == [
        "You predicted 0.02 (90 % sure). Measured: 0.02. As you said.",
        "You predicted between 2 and 5 points (80 % sure). Measured: 11.04 points. "
        "A surprise: what explains it?"]
    rows = json.loads(json.dumps([dataclasses.asdict(e) for e in checks.record.values()]))
    assert [row["hit"] for row in rows] == [True, False]
    assert rows[1]["predicted"] == [2.0, 5.0]
    assert "(x) 0.02" in repr(choice) and "between 2 and 5 points" in repr(interval)


@pytest.mark.parametrize("measured", [0, 0.0, "0", np.float32(0), torch.zeros(())])
def test_numbers_match_options_by_value(choice, measured):
    choice.commit("0")
    choice.reveal(measured)
    assert choice.committed.hit
    json.dumps(dataclasses.asdict(choice.committed))


def test_a_measurement_outside_the_options_is_neither_hit_nor_miss(choice, capsys):
    choice.commit(0.1)
    choice.reveal("none of them")
    assert choice.committed.hit is None
    assert "Measured: none of them. That was not among the options" in capsys.readouterr().out


def outcomes(node):
    """What an expression with `if` and `else` may come out as, as it stands in the source."""
    if isinstance(node, ast.IfExp):
        return outcomes(node.body) | outcomes(node.orelse)
    return {ast.unparse(node)}


def test_chapters_reveal_nothing_but_options():
    found = 0
    for path in Path(__file__).parents[2].glob("notebooks/*.py"):
        tree, options = ast.parse(path.read_text(encoding="utf-8")), {}
        for node in ast.walk(tree):
            if (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
                    and ast.unparse(node.value.func) == "checks.predict"):
                options[node.targets[0].id] = {
                    ast.unparse(option) for keyword in node.value.keywords
                    if isinstance(keyword.value, ast.List) for option in keyword.value.elts}
        for node in ast.walk(tree):
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "reveal"
                    and isinstance(node.args[0], (ast.Constant, ast.Name, ast.IfExp))):
                assert outcomes(node.args[0]) <= options[node.func.value.id], path.name
                found += 1
    assert found > 30


@pytest.mark.parametrize("options, guess", [("ab", 50), ("abc", 33), ("abcd", 25)])
def test_who_has_no_idea_can_say_so(in_notebook, options, guess, capsys):
    prediction = checks.predict("Which?", options=options)
    _, buttons, sure, button, status = panel(prediction)
    assert sure.options[0] == ("a guess", guess) and sure.value == 70
    values = [value for _, value in sure.options]
    assert sorted(set(values)) == values, "two buttons mean the same"
    buttons.value, sure.value = "a", guess
    assert "Chosen: a, a guess. Not committed yet." in status.value
    button.click()
    assert prediction.committed.confidence == guess and "a, a guess. Now" in status.value
    prediction.reveal("b")
    assert "You predicted a (a guess). Measured: b." in capsys.readouterr().out


@pytest.mark.parametrize("make", [
    lambda: checks.predict("?"), lambda: checks.predict("?", options=["a", "b"], between=(0, 1)),
    lambda: checks.predict("?", options=["a"]), lambda: checks.predict("?", options=["1", 1]),
    lambda: checks.predict("?", between=(1, 1)),
    lambda: checks.predict("?", options="ab").commit("c"),
    lambda: checks.predict("?", options="ab").commit("a", confidence=120),
    lambda: checks.predict("?", between=(0, 1)).commit(0.5, 0.2),
    lambda: checks.predict("?", between=(0, 1)).commit(0.5, 2),
])
def test_bad_arguments(make):
    with pytest.raises(ValueError, match="must be"):
        make()


@pytest.fixture
def in_notebook(monkeypatch):
    monkeypatch.setattr(module, "in_notebook", lambda: True)


def panel(prediction):
    prediction._repr_mimebundle_()
    return prediction._panel.children


def test_a_click_commits_a_choice(in_notebook, choice):
    data = choice._repr_mimebundle_()[0]
    assert data["text/plain"] == repr(choice)
    assert "application/vnd.jupyter.widget-view+json" in data
    _, buttons, sure, button, status = panel(choice)
    assert buttons.value is None  # nothing is chosen for the learner
    button.click()
    assert "Choose an option first" in status.value and choice.committed is None
    buttons.value, sure.value = "0.1", 90
    assert "Chosen: 0.1, 90 % sure. Not committed yet." in status.value
    assert choice.committed is None
    button.click()
    assert (choice.committed.predicted, choice.committed.confidence) == ("0.1", 90)
    assert button.disabled and buttons.disabled and 'role="status"' in status.value


def test_a_click_commits_an_interval(in_notebook, interval):
    _, _, low, high, button, status = panel(interval)
    button.click()
    assert "Narrow it down" in status.value
    low.value, high.value = 8, 3
    button.click()
    assert "smaller" in status.value and interval.committed is None
    high.value = 12
    button.click()
    assert interval.committed.predicted == [8.0, 12.0]


def test_questions_are_escaped(in_notebook):
    prediction = checks.predict("Is <b> & c?", options=["a", "b"])
    assert "&lt;b&gt;" in panel(prediction)[0].value
