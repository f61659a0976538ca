"""An unsolved exercise runs to its end: nothing goes wrong but its own NotImplementedError."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

COURSE = Path(__file__).resolve().parents[2]
EXERCISES = sorted((COURSE / "exercises").glob("*.ipynb"))


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.name)
def test_unsolved_exercise_raises_nothing_else(path):
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "exercises are not executed"
    NotebookClient(notebook, timeout=120, allow_errors=True,
                   resources={"metadata": {"path": str(path.parent)}}).execute()
    errors = [(output.ename, output.evalue) for cell in notebook.cells
              for output in cell.get("outputs", []) if output.output_type == "error"]

    assert {name for name, _ in errors} <= {"NotImplementedError"}, errors
    assert all(message.startswith("Exercise ") for _, message in errors), errors
