"""Notebooks from their sources: ``reglab build``.

Each chapter and each solution is a text file (jupytext's py:percent format), the only thing that
is edited. From it come::

    notebooks/02_x.py  ->  notebooks/02_x.ipynb   executed, with outputs
    solutions/02_x.py  ->  solutions/02_x.ipynb   executed, with outputs
                           exercises/02_x.ipynb   not executed, solutions replaced by stubs

The same source always gives the same bytes: cell ids come from the cells' text, and nothing that
changes from run to run (timings, widget states, addresses) is kept.

In a solution, the lines between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` (nbgrader's
markers) become one ``raise NotImplementedError("Exercise 2.1: …")``, named after the heading
``## Exercise 2.1 — Write the penalty`` above them. The full cell moves to a folded solution at
the end of the exercise, and so do cells tagged ``solution-only``; cells tagged ``test-solution``
stay out of the exercise.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections import Counter
from pathlib import Path

import nbformat

COURSE = Path(__file__).resolve().parents[1]
CELL_TIMEOUT = 120    # seconds, as in the tests

# What every kernel of a build and of a test gets, so that outputs agree: one thread and no
# progress bars (they show timings). And no learner sits there, so no logbook is kept.
KERNEL_ENV = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TQDM_DISABLE": "1",
              "REGLAB_PROGRESS": "off"}

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python",
                   "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ADDRESS = re.compile(r"\bat 0x[0-9a-f]+")

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
HEADING = re.compile(r"^##? .*$", re.MULTILINE)
EXERCISE = re.compile(r"## Exercise (\d+\.\d+)\W+(.+)")


class BuildError(Exception):
    """A source that cannot be built; what was built before is left as it was."""


def sources(course: Path = COURSE) -> list[Path]:
    """All sources of the course, chapters first."""
    return [path for folder in ("notebooks", "solutions")
            for path in sorted((course / folder).glob("[0-9]*.py"))]


def build(source: Path, *, force: bool = False) -> list[Path]:
    """Build all notebooks that come from one source.

    Args:
        source: a ``.py`` file in ``notebooks/`` or ``solutions/``.
        force: overwrite a notebook that someone has edited.

    Returns:
        The files that changed.

    Raises:
        BuildError: a cell failed, or a notebook holds someone's work.
    """
    exercise_path = exercise_of(source)
    for path in filter(None, (source.with_suffix(".ipynb"), exercise_path)):
        if not force and is_edited(path):
            raise BuildError(
                f"{_short(path)} holds edited cells and was not overwritten. Copy your work "
                f"to another name, then run `reglab build --force {_short(source)}`.")
    pages = {source.with_suffix(".ipynb"): execute(read_source(source), source)}
    if exercise_path:
        pages[exercise_path] = exercise(read_source(source), source)
    return [path for path, notebook in pages.items() if _write(path, notebook)]


def check(source: Path) -> list[str]:
    """Say where the notebooks of one source are out of step with it; runs no cell."""
    expected = {source.with_suffix(".ipynb"): read_source(source)}
    if exercise_path := exercise_of(source):
        expected[exercise_path] = exercise(read_source(source), source)
    return [f"{_short(path)}: {difference}. Run `make notebooks`."
            for path, notebook in expected.items() if (difference := _difference(path, notebook))]


def read_source(source: Path) -> nbformat.NotebookNode:
    """Read a py:percent file as a notebook without outputs, with fixed cell ids."""
    import jupytext

    return _notebook(jupytext.read(source, fmt="py:percent").cells)


def execute(notebook: nbformat.NotebookNode, source: Path) -> nbformat.NotebookNode:
    """Run all cells in a fresh kernel of this interpreter, in the folder of ``source``."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    reached = [0]
    manager = AsyncKernelManager(     # without folders to search, the kernel is this interpreter's
        kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    client = NotebookClient(
        notebook, km=manager, timeout=CELL_TIMEOUT, coalesce_streams=True, record_timing=False,
        store_widget_state=False, extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(source.parent)}},
        on_cell_start=lambda cell, cell_index: reached.append(cell_index))
    with tempfile.TemporaryDirectory() as profile:      # no one's own IPython settings
        try:
            client.execute(cleanup_kc=True,
                           env={**os.environ, **KERNEL_ENV, "IPYTHONDIR": profile})
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            cell = notebook.cells[reached[-1]]
            first_line = cell.source.partition("\n")[0]
            raise BuildError(f"{_short(source)}, cell {reached[-1] + 1} ({first_line}): "
                             f"{_reason(error)}\nThe notebook was left as it was.") from None
    for number, cell in enumerate(notebook.cells, start=1):
        _clean_outputs(cell, f"{_short(source)}, cell {number}")
    return _notebook(notebook.cells)


def exercise(notebook: nbformat.NotebookNode, source: Path) -> nbformat.NotebookNode:
    """The learner's notebook: stubs in place of solutions, which stand folded at the end."""
    cells, folded, title = [], [], None
    for number, cell in enumerate(notebook.cells, start=1):
        tags = cell.metadata.get("tags", [])
        where = f"{_short(source)}, cell {number}"
        heading = HEADING.match(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            cells += _fold(folded)
            folded = []
            match = EXERCISE.match(heading.group())
            title = f"Exercise {match[1]}: {match[2]}" if match else None
        if "test-solution" in tags:
            continue
        if "solution-only" in tags:
            folded.append(_as_markdown(cell))
            continue
        if BEGIN in cell.source or END in cell.source:
            folded.append(_as_markdown(cell))
            cell.source = _stub(cell.source, title, where)
        cells.append(cell)
    made = _notebook(cells + _fold(folded))
    made.metadata["reglab"] = {"source": f"solutions/{source.name}", "digest": _digest(made)}
    return made


def exercise_of(source: Path) -> Path | None:
    """Where the exercise made from a solution stands; None for a chapter."""
    if source.parent.name != "solutions":
        return None
    return source.parents[1] / "exercises" / f"{source.stem}.ipynb"


def is_edited(path: Path) -> bool:
    """Whether a notebook holds other cells than a build wrote, of this version or an older one.

    Outputs do not count. What cannot be read, such as an unfinished merge, is somebody's work.
    """
    if not path.exists():
        return False
    try:
        notebook = nbformat.read(path, as_version=4)
        if path.parent.name == "exercises":    # here a deleted cell counts too
            return notebook.metadata.get("reglab", {}).get("digest") != _digest(notebook)
        return any(cell.get("id", "").partition("-")[0] != _name(cell) for cell in notebook.cells)
    except Exception:
        return True


def _notebook(cells: list) -> nbformat.NotebookNode:
    """A notebook of these cells, with ids that depend on nothing but the cells' text."""
    seen = Counter()
    for cell in cells:
        name = _name(cell)
        cell["id"] = f"{name}-{seen[name]}" if seen[name] else name
        seen[name] += 1
    return nbformat.v4.new_notebook(cells=cells, metadata=json.loads(json.dumps(METADATA)))


def _name(cell: nbformat.NotebookNode) -> str:
    return hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]


def _clean_outputs(cell: nbformat.NotebookNode, where: str) -> None:
    """Drop live widgets, which a stored page cannot show; refuse what differs in every run."""
    if cell.cell_type != "code":
        return
    for output in cell.outputs:
        data = output.get("data", {})
        data.pop(WIDGET_VIEW, None)
        text = output.get("text", "") + "".join(
            value for kind, value in data.items() if kind.startswith("text/"))
        if address := ADDRESS.search(text):
            raise BuildError(f"{where}: the output shows a memory address ({address.group()}), "
                             "which differs in every run. Show something else, or end with `;`.")
    cell.outputs = [out for out in cell.outputs if out.get("data", True)]


def _stub(code: str, title: str | None, where: str) -> str:
    """Replace every solution in a cell by a line that raises NotImplementedError."""
    if title is None:
        raise BuildError(f"{where}: a solution needs a heading above it, such as "
                         "`## Exercise 2.1 — Write the penalty`.")
    lines, inside = [], False
    for line in code.splitlines():
        marker = line.strip()
        if marker in (BEGIN, END):
            if inside == (marker == BEGIN):
                raise BuildError(f"{where}: `{BEGIN}` and `{END}` must take turns.")
            inside = not inside
            if inside:
                indent = line[: len(line) - len(line.lstrip())]
                message = json.dumps(title, ensure_ascii=False)
                lines.append(f"{indent}raise NotImplementedError({message})")
        elif not inside:
            lines.append(line)
    if inside:
        raise BuildError(f"{where}: `{BEGIN}` has no `{END}`.")
    return "\n".join(lines)


def _as_markdown(cell: nbformat.NotebookNode) -> str:
    """A cell as it stands in the folded solution, without nbgrader's markers."""
    lines = [line for line in cell.source.splitlines() if line.strip() not in (BEGIN, END)]
    text = "\n".join(lines)
    return f"```python\n{text}\n```" if cell.cell_type == "code" else text


def _fold(parts: list[str]) -> list:
    """One folded cell with these parts; none if there are none."""
    if not parts:
        return []
    body = "\n\n".join(parts)
    return [nbformat.v4.new_markdown_cell(
        f"<details><summary>Solution</summary>\n\n{body}\n\n</details>")]


def _digest(notebook: nbformat.NotebookNode) -> str:
    cells = [(cell.cell_type, cell.source) for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _difference(path: Path, expected: nbformat.NotebookNode) -> str:
    """How the stored notebook differs from what its source says; empty if it does not."""
    if not path.exists():
        return "does not exist"
    stored = nbformat.read(path, as_version=4)
    if stored.metadata != expected.metadata:
        return "the notebook's metadata differ from what the build writes"
    if len(stored.cells) != len(expected.cells):
        return f"{len(stored.cells)} cells, but its source has {len(expected.cells)}"
    for number, (have, want) in enumerate(zip(stored.cells, expected.cells, strict=True), start=1):
        for part in ("cell_type", "source", "metadata", "id"):
            if have[part] != want[part]:
                return f"cell {number} differs from its source ({part})"
    return ""


def _reason(error: Exception) -> str:
    """What went wrong in a kernel, with the traceback where there is one."""
    if hasattr(error, "ename"):
        return f"{error.ename}: {error.evalue}\n{error.traceback}"
    return f"{type(error).__name__}: {error}"


def _write(path: Path, notebook: nbformat.NotebookNode) -> bool:
    """Write a notebook in one step, never half; return whether anything changed."""
    text = nbformat.writes(notebook) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(exist_ok=True)
    half = path.with_name(f".{path.name}.part")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
    return True


def _short(path: Path) -> str:
    """A path as a person writes it: folder and name."""
    return f"{path.parent.name}/{path.name}"
