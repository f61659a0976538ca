"""How a built notebook must look, so that it reads well and strict comparison means something."""

import ast
import os
import re
from pathlib import Path

import nbformat
import pytest

from reglab.build import KERNEL_ENV, METADATA, WIDGET_VIEW

COURSE = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((COURSE / "notebooks").glob("*.ipynb"))
SOLUTIONS = sorted((COURSE / "solutions").glob("*.ipynb"))
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)
MAX_LINES = 15
MAX_DEFINITIONS = 2


def short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_figure(cell) -> bool:
    return cell.cell_type == "code" and any(
        "image/png" in output.get("data", {}) for output in cell.outputs)


@pytest.fixture
def notebook(request):
    return nbformat.read(request.param, as_version=4)


executed = pytest.mark.parametrize("notebook", CHAPTERS + SOLUTIONS, indirect=True, ids=short)
chapters = pytest.mark.parametrize("notebook", CHAPTERS, indirect=True, ids=short)


def test_there_are_chapters():
    assert CHAPTERS


@executed
def test_was_run_once_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    assert any(cell.outputs for cell in code_cells(notebook))


@executed
def test_metadata_name_no_machine_and_hold_no_widgets(notebook):
    assert notebook.metadata == METADATA
    for cell in code_cells(notebook):
        assert not any(WIDGET_VIEW in output.get("data", {}) for output in cell.outputs)


@executed
def test_outputs_hold_no_errors_and_no_warnings(notebook):
    for cell in code_cells(notebook):
        if "raises-exception" not in cell.metadata.get("tags", []):
            assert not any(output.output_type == "error" for output in cell.outputs)
        assert not any(output.get("name") == "stderr" for output in cell.outputs)


@chapters
def test_code_cells_are_short(notebook):
    for cell in code_cells(notebook):
        lines = cell.source.splitlines()
        assert len(lines) <= MAX_LINES, f"{len(lines)} lines, from {lines[0]!r}"


@chapters
def test_few_definitions(notebook):
    names = [node.name for cell in code_cells(notebook)
             for node in ast.walk(ast.parse(cell.source))
             if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert len(names) <= MAX_DEFINITIONS, names


@chapters
def test_a_sentence_follows_each_figure(notebook):
    """Screen readers do not get the image: the next cell says what it shows."""
    for cell, following in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        if is_figure(cell):
            assert following is not None and following.cell_type == "markdown", cell.source


@pytest.mark.parametrize("page", CHAPTERS + SOLUTIONS + sorted(COURSE.glob("*.md")), ids=short)
def test_links_to_files_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    targets = {(inline or reference).partition("#")[0] for inline, reference in LINK.findall(text)}
    files = [target for target in targets if target and "://" not in target]
    assert [target for target in files if not (page.parent / target).exists()] == []


def test_kernels_of_tests_are_those_of_the_build():
    """One thread and no progress bars, unless the caller of the tests said otherwise."""
    assert KERNEL_ENV.keys() <= os.environ.keys()


def test_the_table_of_chapters_has_the_minutes_that_chapters_and_exercises_say():
    table, = (COURSE / "notebooks").glob("00_*.py")
    rows = re.findall(r"^# \| \[?(\d\d) .*?\|.*?\| *(\d*) \|.*?\| *(\d*) \|$",
                      table.read_text(encoding="utf-8"), re.MULTILINE)
    said = {number: [chapter, exercises] for number, chapter, exercises in rows}
    for path in sorted((COURSE / "solutions").glob("*.py")):
        whole = re.search(r"about (\d+) minutes and", path.read_text(encoding="utf-8"))[1]
        assert said[path.stem[:2]][1] == whole, path.stem
        for chapter in (COURSE / "notebooks").glob(f"{path.stem}.py"):
            text = chapter.read_text(encoding="utf-8").replace("\n# ", " ")
            assert re.search(r"\*\*Time\*\*: (\d+) minutes, and (\d+) for", text).groups() == (
                *said[path.stem[:2]],), path.stem
    assert sum(bool(chapter) for chapter, _ in said.values()) == 8
