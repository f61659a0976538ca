"""What people read: a table (CSV) and a page (HTML) for each student."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from .intake import ABSENT
from .judge import NOT_JUDGED, UNREADABLE, Verdict

COLUMNS = ("assignment", "student", "exercise", "title", "status", "points", "maximum",
           "misconception", "message", "notes")
TEMPLATE = Path(__file__).with_name("page.html.jinja")


def write_table(verdicts: Iterable[Verdict], path: Path) -> None:
    """One row for each exercise of each submission; no points where a person must decide."""
    lines = io.StringIO()
    table = csv.writer(lines, lineterminator="\n")
    table.writerow(COLUMNS)
    for verdict in verdicts:
        row = verdict.as_dict()
        table.writerow([_cell(row[column]) for column in COLUMNS])
    _write(path, lines.getvalue())


def write_totals(verdicts: Iterable[Verdict], path: Path) -> None:
    """One row for each submission: how it stands, the sum, and whether a person must look."""
    lines = io.StringIO()
    table = csv.writer(lines, lineterminator="\n")
    table.writerow(["assignment", "student", "status", "points", "maximum", "to decide"])
    for (assignment, student), group in groupby(verdicts, lambda v: (v.assignment, v.student)):
        rows = list(group)
        none = all(v.points is None for v in rows)
        points = "" if none else f"{sum(v.points or 0 for v in rows):g}"
        same = rows[0].status if len({v.status for v in rows}) == 1 else ""
        status = same if same in (ABSENT, UNREADABLE, NOT_JUDGED) else "graded"
        table.writerow([_cell(x) for x in (assignment, student, status, points,
                                           sum(v.maximum for v in rows),
                                           sum(v.to_decide for v in rows) or "")])
    _write(path, lines.getvalue())


def write_pages(verdicts: Iterable[Verdict], folder: Path) -> list[Path]:
    """One page for each submission, ``<assignment>/<student>.html``, without hidden inputs.

    Pages of submissions without a verdict are removed.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATE.parent), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.get_template(TEMPLATE.name)
    written = []
    for (assignment, student), group in groupby(verdicts, lambda v: (v.assignment, v.student)):
        rows = list(group)
        path = folder / assignment / f"{file_name(student)}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, template.render(
            assignment=assignment, student=student, rows=rows,
            points=sum(v.points or 0 for v in rows), maximum=sum(v.maximum for v in rows),
            open=sum(v.points is None for v in rows),
            absent=all(v.status == ABSENT for v in rows)))
        written.append(path)
    for path in {*folder.glob("*/*.html")} - {*written}:
        path.unlink()
    return written


def file_name(student: str) -> str:
    """A file's name for a student, whatever the folder was called.

    >>> file_name("Müller, Jürgen")
    'Müller, Jürgen'
    >>> file_name("<b>").startswith("_b_-")
    True
    """
    if re.fullmatch(r"[\w@+-][\w.,'@ +-]{0,63}", student) and student == student.strip():
        return student
    safe = re.sub(r"[^\w-]", "_", student, flags=re.ASCII)[:40]
    return f"{safe}-{hashlib.sha256(student.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _cell(value: object) -> object:
    """A table's cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else value


def _write(path: Path, text: str) -> None:
    """Write in one step, never half."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


