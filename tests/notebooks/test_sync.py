"""Notebooks and exercises are what their sources say; nobody edited them by hand."""

from pathlib import Path

import pytest

from reglab import build

COURSE = Path(__file__).resolve().parents[2]
SOURCES = build.sources(COURSE)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_notebooks_equal_their_source(source):
    assert build.check(source) == []


@pytest.mark.parametrize("folder, twin", [("notebooks", "notebooks"), ("solutions", "solutions"),
                                          ("exercises", "solutions")])
def test_every_notebook_has_a_source(folder, twin):
    notebooks = {path.stem for path in (COURSE / folder).glob("*.ipynb")}
    assert notebooks == {path.stem for path in SOURCES if path.parent.name == twin}
