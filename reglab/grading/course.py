"""A course folder for nbgrader: its settings and the source notebooks."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from ..build import COURSE, BuildError
from .release import source_notebook

CONFIG = '''"""Settings of nbgrader for this course; made by `reglab grade release`."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "reglab"
c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("Exercise not answered yet")'}

# `reglab grade` grades, in a sandbox. nbgrader's own autograde, also a button in the Formgrader,
# would run students' code with your rights: with this it runs none. Its points mean nothing.
c.Execute.enabled = False
'''


def write_course(folder: Path, chapters: tuple[str, ...] = ()) -> tuple[list[Path], list[Path]]:
    """Write ``nbgrader_config.py`` and ``source/<assignment>/<notebook>.ipynb``.

    Args:
        folder: nbgrader's course folder; made if it is not there. An existing configuration
            stays as it is.
        chapters: beginnings of names, such as ``"02"``; all chapters if empty.

    Returns:
        The files that were written, and the sources that differ and were kept as they are.
    """
    if COURSE in (folder.resolve(), *folder.resolve().parents):
        raise BuildError(f"{folder} lies in the course's own folder, and would hold students' "
                         "data: give one outside, for example ../course.")
    if re.fullmatch(r"\d\d", folder.name):
        raise BuildError(f"{folder.name} is a chapter: give the folder for the course first, "
                         f"for example `reglab grade release ../course {folder.name}`.")
    sources = sorted((COURSE / "solutions").glob("[0-9]*.py"))
    for chapter in chapters:
        if not any(source.stem.startswith(chapter) for source in sources):
            raise BuildError(f"no chapter with exercises begins with {chapter}: give one of "
                             f"{', '.join(source.stem[:2] for source in sources)}.")
    wanted = [source for source in sources
              if not chapters or source.stem.startswith(tuple(chapters))]
    written, kept = [], []
    config = folder / "nbgrader_config.py"
    if not config.exists():
        folder.mkdir(parents=True, exist_ok=True)
        config.write_text(CONFIG, encoding="utf-8")
        written.append(config)
    for source in wanted:
        path = folder / "source" / source.stem / f"{source.stem}.ipynb"
        made = source_notebook(source)
        if path.exists() and not _alike(nbformat.read(path, as_version=4), made):
            kept.append(path)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(made) + "\n", encoding="utf-8")
        written.append(path)
    return written, kept


def _alike(one: nbformat.NotebookNode, other: nbformat.NotebookNode) -> bool:
    """The same cells with the same roles; ids and what an editor adds do not count."""
    first, second = ([(cell.cell_type, cell.source, cell.metadata.get("nbgrader"))
                      for cell in notebook.cells] for notebook in (one, other))
    return first == second
