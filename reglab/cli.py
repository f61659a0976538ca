"""The command line: ``reglab doctor``, ``reglab build``."""

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
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--check", is_flag=True, help="Only compare notebooks with their sources.")
@click.option("--force", is_flag=True, help="Overwrite exercises that were edited.")
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
