"""Every chapter in JupyterLab and a real browser: it runs whole, figure and quiz react."""

import json
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(path.name for path in (COURSE / "notebooks").glob("*.ipynb"))
WITHOUT_WIDGET = {"00_start_here.ipynb"}
WITHOUT_QUIZ = {"00_start_here.ipynb", "09_playground.ipynb"}


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_runs_its_slider_moves_the_figure_and_its_quiz_answers(open_notebook, server,
                                                                       name):
    notebook = open_notebook(f"notebooks/{name}")
    notebook.run_all()
    assert notebook.errors() == []
    assert notebook.page.get_by_text("get notified about official Jupyter news").count() == 0
    assert notebook.show_widget() == (name not in WITHOUT_WIDGET)
    if name not in WITHOUT_WIDGET:
        notebook.press("Home")    # wherever the slider starts, there is room to its right
        first = notebook.settled_picture()
        notebook.press("ArrowRight")
        by_key = notebook.settled_picture(other_than=first)
        assert by_key != first, "the arrow key did not change the figure"
        notebook.drag(0.9)
        by_mouse = notebook.settled_picture(other_than=by_key)
        assert by_mouse != by_key, "the mouse did not change the figure"
        assert notebook.errors() == []
    assert notebook.show_quiz() == (name not in WITHOUT_QUIZ)
    if name not in WITHOUT_QUIZ:
        answers_by_keyboard(notebook)
        events = json.loads(server.logbook.read_text(encoding="utf-8"))["events"]
        assert [event["option"] for event in events
                if event["kind"] == "answer" and event["chapter"] == name[:2]] == ["a", "b"]


def answers_by_keyboard(notebook):
    """Two options of the first question, with Tab and Space: the second takes the first's place."""
    page = notebook.page
    page.locator(".reglab-option").first.focus()
    for letter in "ab":
        page.keyboard.press("Space")
        page.locator(f"[role=status]:has-text('Question 1, {letter}')").wait_for(timeout=10_000)
        page.keyboard.press("Tab")
    assert page.locator("[role=status]:has-text('Question 1,')").count() == 1
    assert page.locator(".reglab-chosen").all_inner_texts()[0][2:4] == "b)"
    assert notebook.errors() == []
