"""The command line: ``reglab grade SUBMISSIONS``, ``reglab grade doctor`` and ``release``."""

from __future__ import annotations

import os
import shutil
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from sqlite3 import DatabaseError

import click

from ..build import COURSE, BuildError
from ..doctor import is_fit, report

FOLDER = click.Path(path_type=Path, file_okay=False)


class _Grade(click.Group):
    """A group in which anything but a command's name is a folder to grade."""

    def parse_args(self, context, args):
        if args and args[0] not in (*self.commands, "--help"):
            args = ["run", *args]
        return super().parse_args(context, args)


@click.group(cls=_Grade)
def grade() -> None:
    """Grade submissions in a sandbox.

    \b
    reglab grade SUBMISSIONS --out DIR   grade; `reglab grade run --help` for the options
    reglab grade doctor                  prove the sandbox by attacking it
    reglab grade release COURSE          make the assignments for nbgrader
    """


@grade.command()
def doctor() -> None:
    """Attack every limit of the sandbox; each line says ok or the cure."""
    from .doctor import examine

    findings = examine((COURSE / "solutions",))
    click.echo(report(findings))
    if not is_fit(findings):
        raise SystemExit(1)


@grade.command()
@click.argument("course", type=FOLDER)
@click.argument("chapters", nargs=-1)
def release(course: Path, chapters: tuple[str, ...]) -> None:
    """Write nbgrader's sources and settings into COURSE (all chapters, or some: 02 04)."""
    from .course import write_course

    try:
        written, kept = write_course(course, chapters)
        for path in written:
            click.echo(f"wrote {path}")
        for path in kept:
            click.echo(f"kept {path}: it was edited; delete it to have it made anew")
        click.echo(f"Next, in {course}:")
        for path in written:
            if path.suffix == ".ipynb":
                click.echo(f"  nbgrader generate_assignment {path.stem} --create")
    except BuildError as error:
        raise click.ClickException(str(error)) from None


@grade.command("run")
@click.argument("submissions", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--out", type=FOLDER, required=True, help="Where the results go; may exist.")
@click.option("--release", "release_folder", type=click.Path(path_type=Path, exists=True),
              help="nbgrader's folder `release`; without it, the course's own notebooks.")
@click.option("--course", type=click.Path(path_type=Path, exists=True),
              help="nbgrader's course folder: the results go to its gradebook too.")
@click.option("--secret-file", type=click.Path(path_type=Path, dir_okay=False),
              help="Made if it does not exist; by default OUT/secret.")
@click.option("--workers", type=click.IntRange(1), help="Processes; by default one for each core.")
@click.option("--dask", "address", help="Address of a Dask scheduler to grade on instead.")
@click.option("--seconds", type=click.FloatRange(1), default=30, show_default=True,
              help="How long an exercise of one student may run.")
@click.option("--again", is_flag=True,
              help="Judge anew what took too long, stopped, or was not judged.")
@click.option("--prune", is_flag=True,
              help="Drop verdicts on work that is no longer in SUBMISSIONS; else that is an error.")
def run(submissions: Path, out: Path, release_folder: Path | None, course: Path | None,
        secret_file: Path | None, workers: int | None, address: str | None, seconds: float,
        again: bool, prune: bool) -> None:
    """Grade all notebooks in SUBMISSIONS, a folder with <student>/<assignment>/<notebook>.ipynb.

    OUT gets ledger.sqlite, grades.csv, totals.csv and a page for each student. What was judged
    is not judged again: a run that was interrupted goes on where it was.

    \b
    Usually:  reglab grade submitted --out results --release release --course .
    All of it is in GRADING.md.
    """
    from . import batch, judge, pages
    from .doctor import examine
    from .gradebook import database_of, push
    from .ledger import Ledger
    from .limits import Limits
    from .release import ReleaseError, course_release, load_release
    from .sandbox import SandboxError

    own = out.resolve() / ".sandbox"
    hidden = tuple(path for path in (submissions, out, release_folder, course,
                                     COURSE / "solutions", COURSE / "exercises") if path)
    try:
        out.mkdir(parents=True, exist_ok=True)
        batch.clean(own)
        if course:
            database_of(course)
        releases = load_release(release_folder) if release_folder else course_release()
        secret = batch.read_secret(secret_file or out / "secret")
        if address is None:
            findings = examine(hidden)
            if not is_fit(findings):
                broken = [f for f in findings if f.cure]
                raise click.ClickException(
                    "the sandbox does not hold here, so nothing was graded:\n" + report(broken))
            count = workers or os.cpu_count() or 1
            work = batch.in_processes(count, hidden, own)
        else:
            from .cluster import on_dask

            work = on_dask(address)
        with Ledger(out / "ledger.sqlite") as ledger:
            if again:
                ledger.forget((judge.TIME, judge.STOPPED, judge.MEMORY, judge.NOT_JUDGED))
            count = batch.grade(submissions, releases, ledger, secret,
                                limits=Limits(seconds=seconds), run=work, prune=prune,
                                say=click.echo)
            verdicts = ledger.verdicts()
        pages.write_table(verdicts, out / "grades.csv")
        pages.write_totals(verdicts, out / "totals.csv")
        pages.write_pages(verdicts, out / "pages")
        if course:
            for line in push(course, submissions, releases, verdicts):
                click.echo(line)
    except (ReleaseError, SandboxError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except DatabaseError as error:
        raise click.ClickException(
            f"{out / 'ledger.sqlite'} cannot be read or written ({error}). Put it back from a "
            "backup, or move it away: then everything is graded anew.") from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or out}: {error.strerror or error}") from None
    except BrokenProcessPool:
        raise click.ClickException(
            "a worker was ended from outside, perhaps for lack of memory. What was judged is kept: "
            "give the same command again, with fewer --workers.") from None
    finally:
        shutil.rmtree(own, ignore_errors=True)
    for name in sorted(path.name for path in submissions.iterdir() if path.is_file()):
        click.echo(f"not in the folder of a student, so not graded: {name!r}")
    undecided = [verdict for verdict in verdicts if verdict.to_decide]
    of = len({(verdict.assignment, verdict.student) for verdict in undecided})
    click.echo(f"{len(verdicts)} verdicts, {count} of them new, in {out}"
               + (f"; a person must decide {len(undecided)} of them, of {of} submissions"
                  if undecided else ""))


