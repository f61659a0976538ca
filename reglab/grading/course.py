"""A course folder for nbgrader: its settings and the source notebooks."""

from __future__ import annotations

from pathlib import Path

import nbformat

from ..build import COURSE, BuildError
from .release import source_notebook

CONFIG = '''"""Settings of nbgrader for this course; made by `reglab grade release`."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "reglab"
c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("Exercise not answered yet")'}
'''


def write_course(folder: Path, chapters: tuple[str, ...] = ()) -> list[Path]:
    """Write ``nbgrader_config.py`` and ``source/<assignment>/<notebook>.ipynb``.

    Args:
        folder: nbgrader's course folder; made if it is not there. An existing configuration
            stays as it is.
        chapters: beginnings of names, such as ``"02"``; all chapters if empty.
    """
    wanted = [source for source in sorted((COURSE / "solutions").glob("[0-9]*.py"))
              if not chapters or source.stem.startswith(tuple(chapters))]
    if not wanted:
        raise BuildError(f"no chapter begins with {', '.join(chapters)}: give numbers such as 02.")
    written = []
    config = folder / "nbgrader_config.py"
    if not config.exists():
        folder.mkdir(parents=True, exist_ok=True)
        config.write_text(CONFIG, encoding="utf-8")
        written.append(config)
    for source in wanted:
        path = folder / "source" / source.stem / f"{source.stem}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(source_notebook(source)) + "\n", encoding="utf-8")
        written.append(path)
    return written
