"""The command line: ``reglab doctor``, ``build``, ``claims``, ``progress``, ``grade``."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def main() -> None:
    """Regularization in deep learning: the course's tools."""


@main.command()
def doctor() -> None:
    """Check the set-up; each line says ok or the cure."""
    from .doctor import examine, is_fit, report

    findings = examine()
    click.echo(report(findings))
    if not is_fit(findings):
        raise SystemExit(1)


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only compare notebooks with their sources.")
@click.option("--force", is_flag=True, help="Overwrite notebooks that were edited.")
def build(paths: tuple[Path, ...], check: bool, force: bool) -> None:
    """Build notebooks and exercises from their sources (all, or only PATHS)."""
    from . import build as builder

    problems = []
    for source in [path.resolve() for path in paths] or builder.sources():
        if check:
            problems += builder.check(source)
            continue
        click.echo(f"{source.parent.name}/{source.name}")
        try:
            for path in builder.build(source, force=force):
                click.echo(f"  wrote {path.parent.name}/{path.name}")
        except builder.BuildError as error:
            problems.append(str(error))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise SystemExit(1)


@main.command()
@click.argument("ids", nargs=-1, metavar="[C07 ...]")
@click.option("--seeds", type=click.IntRange(1), help="Seeds per experiment; 10 unless said.")
@click.option("--full", is_flag=True, help="30 seeds: for the record, not for every day.")
@click.option("--base-seed", type=click.IntRange(0), default=0, show_default=True,
              help="The first seed: another one draws everything anew.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the rows to a file.")
@click.option("--html", "html_file", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the report, a page to read.")
@click.option("--record", is_flag=True, help="Make the verdicts found the recorded ones.")
@click.option("--fresh", is_flag=True, help="Run everything, also what is finished.")
def claims(ids: tuple[str, ...], seeds: int | None, full: bool, base_seed: int,
           json_file: Path | None, html_file: Path | None, record: bool, fresh: bool) -> None:
    """Settle the claims (all, or some) and compare the verdicts with those recorded.

    Exits with 1 if a verdict has moved. An interrupted run goes on where it was.
    """
    from .claims import cli

    ok = cli.run(ids, seeds=seeds, full=full, base_seed=base_seed, json_file=json_file,
                 html_file=html_file, record=record, fresh=fresh)
    if not ok:
        raise SystemExit(1)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print plain values, for other programs.")
@click.option("--forget", is_flag=True, help="Delete everything that was noted; asks first.")
def progress(as_json: bool, forget: bool) -> None:
    """Show what you have done: exercises, quizzes, predictions and how they came out."""
    from . import logbook, standing

    try:
        if forget:
            _forget()
            return
        events = logbook.read()
    except (logbook.LogbookError, OSError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        import json
        click.echo(json.dumps(standing.standing(events), ensure_ascii=False, indent=2))
    elif not events:
        click.echo(standing.empty())
    else:
        click.echo(standing.report(standing.standing(events)))
        click.echo(f"\nKept in {logbook.place()}, on this machine only.\n"
                   "To delete it: make progress ARGS=--forget\n"
                   "Without make: python -m reglab progress --forget")


def _forget() -> None:
    from . import logbook

    if not (paths := logbook.kept()):
        click.echo("There is no progress to delete.")
        return
    click.echo("\n".join(map(str, paths)))
    click.confirm("Delete all progress, which is in the files above?", abort=True)
    click.echo("\n".join(f"deleted {path}" for path in logbook.forget()))


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
              add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def grade(arguments: tuple[str, ...]) -> None:
    """Grade submissions in a sandbox: reglab grade SUBMISSIONS --out DIR."""
    from .grading.cli import grade as command

    command.main(list(arguments), prog_name="reglab grade")
