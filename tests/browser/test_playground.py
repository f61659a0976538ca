"""The playground in a real browser, at two widths: play, change a technique meanwhile, pause."""

import re

import pytest

from tests.browser.lab import Notebook

EPOCH = re.compile(r"Epoch (\d+)")
L2 = 3    # the number of its slider
SHIFT = 12    # strengths of L2 to the right, more than there are


@pytest.fixture(params=[1280, 800])
def playground(request, browser, server):
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    notebook = Notebook(context.new_page(), server, "notebooks/09_playground.ipynb")
    notebook.run_all()
    assert notebook.errors() == []
    assert notebook.show_widget()
    yield notebook
    context.close()


def sentence(notebook) -> str:
    return notebook.page.locator(".jp-OutputArea [role=status]").first.inner_text()


def epoch(notebook) -> int:
    return int(EPOCH.search(sentence(notebook)).group(1))


def test_it_trains_while_techniques_change(playground):
    page, start = playground.page, epoch(playground)
    page.get_by_role("button", name="Step").click()
    page.wait_for_function("start => Number(document.querySelector('.jp-OutputArea [role=status]')"
                           ".innerText.match(/Epoch (\\d+)/)[1]) === start + 5", arg=start)
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1500)
    before = epoch(playground)
    assert before > start + 10, "Play does not train"
    page.locator(".jp-OutputArea input[type=range]").nth(L2).focus()
    for _ in range(SHIFT):    # quick moves, one after the other
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1500)
    handle = page.locator(".jp-OutputArea input[type=range]").nth(L2)
    assert int(handle.input_value()) == 7, "the last move is the one that counts"
    assert epoch(playground) > before, "it stopped when a technique changed"
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1000)
    paused = epoch(playground)
    page.wait_for_timeout(1000)
    assert epoch(playground) == paused, "Pause does not stop it"
    assert playground.errors() == []


def test_it_fits_the_page_and_passes_axe(playground):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright",
                              reason="pip install axe-playwright-python")
    figure = playground.figure.bounding_box()
    assert figure["width"] > 300
    assert figure["x"] + figure["width"] <= playground.page.viewport_size["width"]
    found = axe.Axe().run(playground.page, context=".jp-OutputArea-output .widget-vbox")
    assert found.violations_count == 0, found.generate_report()
