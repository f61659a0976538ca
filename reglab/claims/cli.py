"""What ``reglab claims`` does."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import click

from . import chapters, ledger, records
from .ledger import QUICK, UNWRITTEN, Entry
from .report import render
from .statements import STATEMENTS, Statement
from .store import Store, default_folder


def run(ids: Sequence[str], *, seeds: int | None, full: bool, base_seed: int,
        json_file: Path | None, html_file: Path | None, record: bool, fresh: bool) -> bool:
    """Settle, print, write; whether everything is as recorded."""
    statements = _named(ids)
    seeds = seeds or (ledger.FULL if full else QUICK)
    settles = seeds >= QUICK
    if record and not settles:
        raise click.UsageError(f"--record needs at least {QUICK} seeds; got {seeds}.")
    store = Store(default_folder())
    if fresh:
        store.clear()
    recorded = records.load(records.RECORDS, seeds) if settles and not record else None

    start = time.monotonic()
    entries = []
    for entry in ledger.settle(chapters.CHAPTERS, statements, seeds=seeds, base_seed=base_seed,
                               store=store, recorded=recorded):
        click.echo(entry.line())
        entries.append(entry)
    if json_file is not None:
        _write(json_file, json.dumps([e.row() for e in entries], indent=1, ensure_ascii=False))
    if html_file is not None:
        _write(html_file, render(entries, seeds=seeds, base_seed=base_seed,
                                 notebooks=_path_to_notebooks(html_file)))
    if record:
        records.save(records.RECORDS, seeds, entries)
        click.echo(f"Recorded in {records.RECORDS}.")
    return _conclude(entries, seeds, settles, time.monotonic() - start)


def _named(ids: Sequence[str]) -> list[Statement]:
    known = {statement.id: statement for statement in STATEMENTS}
    wanted = [id.upper() for id in ids] or list(known)
    for id in wanted:
        if id not in known:
            raise click.BadParameter(f"{id!r} is none of {STATEMENTS[0].id} … "
                                     f"{STATEMENTS[-1].id}.", param_hint="claim")
    return [known[id] for id in dict.fromkeys(wanted)]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    click.echo(f"Wrote {path}.")


def _path_to_notebooks(page: Path) -> str | None:
    """From the page to the chapters, if this is a checkout of the course on the same drive."""
    notebooks = Path(__file__).resolve().parents[2] / "notebooks"
    if not notebooks.is_dir():
        return None
    try:
        return Path(os.path.relpath(notebooks, page.resolve().parent)).as_posix()
    except ValueError:
        return notebooks.as_uri()


def _conclude(entries: Sequence[Entry], seeds: int, settles: bool, seconds: float) -> bool:
    counts = ledger.count(entries)
    listed = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
    click.echo(f"{listed} ({seeds} seed{'s' * (seeds > 1)}, {seconds:.0f} s)")
    if not settles and set(counts) != {UNWRITTEN}:
        kind = "An anecdote (1 seed) settles" if seeds == 1 else f"Fewer than {QUICK} seeds settle"
        click.echo(f"{kind} nothing: no verdict was compared with the record.")
    for entry in entries:
        if entry.error:
            click.echo(f"FAILED  {entry.statement.id}: {entry.error}", err=True)
        for line in entry.moved:
            click.echo(f"MOVED   {line}", err=True)
    return not any(entry.red for entry in entries)
