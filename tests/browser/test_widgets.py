"""Live figures as a hasty person uses them: two in one notebook, quick moves, a new kernel."""

import nbformat
import pytest

from tests.browser.lab import Notebook

SET_UP = """\
from reglab import L2, MLP, Recipe, data, sweep, widgets
recipe = Recipe(MLP(2, 8, 2), epochs=6)
arms = {s: recipe.replace(techniques=(L2(s),)) for s in (0.0, 0.001, 0.01, 0.03, 0.1, 0.3, 1.0)}
result = sweep(arms, data.two_moons, range(3), workers=1, progress=False)"""
SHOW = "widgets.StrengthExplorer(result, start=0.01)"
STRENGTHS = ["0", "0.001", "0.01", "0.03", "0.1", "0.3", "1"]
COUNT_FRAMES = """() => {
    window.frames_painted = 0;
    document.querySelectorAll('.jp-OutputArea img.widget-image')[0].addEventListener(
        'load', () => { window.frames_painted += 1; });
}"""


@pytest.fixture(scope="module")
def two(browser, server, course):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (SET_UP, SHOW, SHOW)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}})
    nbformat.write(notebook, course / "two.ipynb")
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    opened = Notebook(context.new_page(), server, "two.ipynb")
    opened.run_all()
    assert opened.errors() == []
    opened.slider.wait_for()
    yield opened
    context.close()


def sliders(notebook):
    return notebook.page.get_by_role("slider", name="strength of L2")


def sentences(notebook) -> list[str]:
    return notebook.page.locator(".jp-OutputArea [role=status]").all_inner_texts()


def wait_for(notebook, which: int, strength: str) -> None:
    """Until the sentence of a figure is that of a strength; a second is plenty."""
    notebook.page.wait_for_function(
        "([which, start]) => document.querySelectorAll('.jp-OutputArea [role=status]')[which]"
        ".innerText.startsWith(start)", arg=[which, f"strength of L2 = {strength}:"], timeout=5000)


def test_screen_readers_hear_the_name_and_the_words(two):
    assert sliders(two).count() == 2
    assert sliders(two).first.get_attribute("aria-valuetext") == "0.01"
    sliders(two).first.press("End")
    assert sliders(two).first.get_attribute("aria-valuetext") == "1"
    wait_for(two, 0, "1")
    sliders(two).first.press("Home")
    wait_for(two, 0, "0")


def test_two_figures_do_not_disturb_each_other(two):
    before = sentences(two)[1]
    for key, strength in (("End", "1"), ("Home", "0")):
        sliders(two).first.press(key)
        wait_for(two, 0, strength)
        assert sentences(two)[1] == before
    assert sliders(two).nth(1).get_attribute("aria-valuetext") == "0.01"


def test_thirty_quick_moves_end_on_the_right_value_and_leave_no_queue(two):
    page, figure = two.page, two.figure
    sliders(two).first.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
    wait_for(two, 0, "0.03")
    slowly = two.settled_picture()

    sliders(two).first.press("Home")
    page.evaluate(COUNT_FRAMES)
    for _ in range(5):    # thirty moves, the last of them to the fourth place
        for key in ("ArrowRight", "ArrowRight", "End", "Home", "ArrowRight", "End"):
            page.keyboard.press(key)
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    sent = page.evaluate("() => window.frames_painted")
    wait_for(two, 0, "0.03")
    assert two.settled_picture() == slowly
    late = page.evaluate("() => window.frames_painted") - sent
    assert late <= 3, f"{late} pictures were painted after the last move"
    assert figure.is_visible()


def test_a_new_kernel_makes_figures_that_answer(two):
    two.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel"
                      ".restart()")
    two.page.wait_for_timeout(500)
    two.run_all()
    assert two.errors() == []
    two.slider.wait_for()
    for which, (key, strength) in enumerate([("End", "1"), ("Home", "0")]):
        sliders(two).nth(which).press(key)
        wait_for(two, which, strength)
