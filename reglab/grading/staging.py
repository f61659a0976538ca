"""The course as the sandbox sees it: without checks, references, claims and solutions.

A copy of the package stands in a temporary folder. In it, ``reglab.checks`` accepts everything
and answers nothing, so that the notebooks' own cells run and no key can be read.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
COURSE = "/course"
WITHHELD = ("checks", "claims", "grading", "__pycache__")
INSIDE = ("wire", "peer", "kernel", "namespaces", "planning", "standin", "zygote", "job",
          "limits")

SILENT = '''"""Checks keep silent while a submission is graded; the judge stands outside."""


class Silent:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __iter__(self):
        return iter(())

    def __repr__(self):
        return ""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Silent()
'''


def stage(folder: Path) -> Path:
    """Copy what the sandbox may see of the course into ``folder``; return the folder."""
    target = folder / "reglab"
    shutil.copytree(PACKAGE, target, ignore=lambda path, names: [
        name for name in names if name == "__pycache__"
        or (Path(path) == PACKAGE and name in WITHHELD)])
    (target / "grading").mkdir()
    (target / "grading" / "__init__.py").write_text('"""The part that runs in the sandbox."""\n')
    for name in INSIDE:
        shutil.copy(PACKAGE / "grading" / f"{name}.py", target / "grading")
    (target / "checks").mkdir()
    (target / "checks" / "__init__.py").write_text(SILENT)
    for path in sorted((PACKAGE / "checks").glob("chapter*")):
        (target / "checks" / f"{path.stem}.py").write_text(SILENT)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def mounts(staged: Path, hidden: list[Path]) -> list[str]:
    """Arguments of bwrap: Python and the system, read-only; nothing of ``hidden``.

    Args:
        staged: the folder that :func:`stage` made.
        hidden: folders that must not show, even where they lie inside of a mounted one.
    """
    shown = [Path(folder) for folder in ("/usr", "/lib", "/lib64", "/bin", "/sbin")]
    shown += [Path("/etc/ld.so.cache"), Path("/etc/localtime"), Path("/etc/alternatives")]
    python = [Path(path) for path in dict.fromkeys([
        sys.base_prefix, sys.prefix, sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"),
        sysconfig.get_path("platlib")])]
    arguments: list[str] = []
    for path in shown:
        if path.is_symlink() and path.parent == Path("/"):
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            arguments += ["--ro-bind", str(path), str(path)]
    made = {"/"}
    for path in python:
        if any(path.is_relative_to(other) for other in (*shown, *map(Path, made - {"/"}))):
            continue
        for parent in reversed(path.parents):
            if str(parent) not in made and not any(map(parent.is_relative_to, shown)):
                arguments += ["--perms", "0755", "--dir", str(parent)]
        arguments += ["--ro-bind", str(path), str(path)]
        made.add(str(path))
    mounted = [path for path in (*shown, *python) if path.exists()]
    for path in dict.fromkeys(map(Path.resolve, hidden)):
        if any(path.is_relative_to(other) and path != other for other in mounted) and (
                path.is_dir()):
            arguments += ["--tmpfs", str(path)]
            for inner in python:    # an environment inside the course's folder stays
                if inner.is_relative_to(path):
                    arguments += ["--ro-bind", str(inner), str(inner)]
    installed = Path(sysconfig.get_path("purelib")) / "reglab"
    if installed.is_dir():
        arguments += ["--ro-bind", str(staged / "reglab"), str(installed)]
    return [*arguments, "--ro-bind", str(staged), COURSE]
