"""Every chapter in JupyterLab and a real browser: it runs whole, and its live figure moves."""

from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(path.name for path in (COURSE / "notebooks").glob("*.ipynb"))
WITHOUT_WIDGET = {"00_start_here.ipynb"}


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_runs_and_its_slider_moves_the_figure(open_notebook, name):
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
