"""A browser and a JupyterLab server on a copy of the course."""

import shutil
from pathlib import Path

import pytest

from reglab.doctor import find_chromium
from tests.browser.lab import CHROMIUM_FLAGS, Notebook, Server

COURSE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium found; for example: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of what a learner opens: whatever a test does, the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("notebooks", "exercises"):
        shutil.copytree(COURSE / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def server(browser, course, tmp_path_factory):
    running = Server(course, tmp_path_factory.mktemp("home"))
    yield running
    running.stop()


@pytest.fixture
def open_notebook(browser, server):
    """Call it with a path; the page closes with the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield lambda path: Notebook(context.new_page(), server, path)
    context.close()
