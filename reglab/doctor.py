"""Check the set-up: ``reglab doctor``. Each finding is ok or names its cure."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
REINSTALL = "Run `make lab` again, or by hand: pip install -c constraints.txt -e ."
GIB = 2**30


@dataclass(frozen=True)
class Finding:
    """One thing looked at. An empty ``cure`` means ok; ``needed`` that the course needs it."""

    name: str
    value: str
    cure: str = ""
    needed: bool = True


def examine() -> list[Finding]:
    """Look at everything that the course depends on; changes nothing."""
    return [_python(), _package(), *_requirements(), _device(), _kernel(), _widgets(), _memory(),
            _disk(), _browser()]


def is_fit(findings: list[Finding]) -> bool:
    """Whether everything needed is ok."""
    return not any(finding.cure and finding.needed for finding in findings)


def report(findings: list[Finding]) -> str:
    """The findings as a table, one line each, with the cure below what is not ok."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        state = "ok" if not finding.cure else "BROKEN" if finding.needed else "note"
        lines.append(f"{finding.name:<{width}}  {state:<6}  {finding.value}")
        if finding.cure:
            lines.append(f"{'':<{width}}          -> {finding.cure}")
    return "\n".join(lines)


def check() -> None:
    """Print one line if the course can run here, else what is broken and the cure."""
    findings = examine()
    if is_fit(findings):
        print("ok: the course can run here")
    else:
        print(report([finding for finding in findings if finding.cure and finding.needed]))


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    cure = "" if sys.version_info >= (3, 11) else (
        "reglab needs Python 3.11 or newer: make clean; make lab PYTHON=python3.12")
    return Finding("python", f"{version} ({sys.executable})", cure)


def _package() -> Finding:
    """Is this the package of the checkout that one works in?"""
    here = Path.cwd()
    course = next((folder for folder in (here, *here.parents)
                   if (folder / "reglab" / "doctor.py").exists()), HOME)
    cure = "" if course == HOME else (
        f"You work in {course}, but Python imports reglab from {HOME}. {REINSTALL}")
    return Finding("reglab", str(HOME / "reglab"), cure)


def _requirements() -> list[Finding]:
    """The versions of all packages that pyproject.toml names, against its ranges."""
    from packaging.requirements import Requirement

    try:
        lines = metadata.requires("reglab") or []
    except metadata.PackageNotFoundError:
        return [Finding("packages", "reglab is not installed", REINSTALL)]
    findings = []
    for requirement in map(Requirement, lines):
        extra = next((name for name in ("", "test")
                      if requirement.marker is None or requirement.marker.evaluate({"extra": name})
                      ), None)
        if extra is not None:
            findings.append(_requirement(requirement, needed=extra == ""))
    return findings


def _requirement(requirement, needed: bool) -> Finding:
    purpose = REINSTALL if needed else "Only the tests need it; `make test` installs it."
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return Finding(requirement.name, "not installed", purpose, needed)
    fits = requirement.specifier.contains(version, prereleases=True)
    value = version if fits else f"{version}, but reglab needs {requirement.specifier}"
    return Finding(requirement.name, value, "" if fits else purpose, needed)


def _device() -> Finding:
    try:
        import torch
    except ImportError as error:
        return Finding("device", f"torch cannot be imported: {error}", REINSTALL)
    if torch.cuda.is_available():
        return Finding("device", f"cuda: {torch.cuda.get_device_name()}")
    return Finding("device", f"cpu, {torch.get_num_threads()} threads of {os.cpu_count()} CPUs")


def _kernel() -> Finding:
    """Would JupyterLab run notebooks with this interpreter?"""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return Finding("kernel", "there is no kernel python3", REINSTALL)
    program = spec.argv[0]
    # Jupyter replaces a bare `python` by its own interpreter.
    ours = program in ("python", "python3") or _same_environment(program)
    cure = "" if ours else (
        f"{spec.resource_dir} points at another Python. Start with `make lab`, which passes it by, "
        "or remove it: jupyter kernelspec remove python3")
    return Finding("kernel", f"python3 -> {sys.executable if ours else program}", cure)


def _same_environment(program: str) -> bool:
    """Whether two interpreters share a folder; links are not followed: they leave a venv."""
    folder = Path(os.path.abspath(shutil.which(program) or program)).parent
    return folder == Path(os.path.abspath(sys.executable)).parent


def _widgets() -> Finding:
    """Do the two halves of the widgets, kernel and JupyterLab, belong together?"""
    from jupyter_core.paths import jupyter_path
    from packaging.requirements import Requirement

    try:
        partner = next(requirement for requirement
                       in map(Requirement, metadata.requires("ipywidgets") or [])
                       if requirement.name.replace("-", "_") == "jupyterlab_widgets")
        version = metadata.version("jupyterlab_widgets")
    except (metadata.PackageNotFoundError, StopIteration):
        return Finding("widgets", "ipywidgets or jupyterlab_widgets is missing", REINSTALL)
    extension = Path("@jupyter-widgets", "jupyterlab-manager", "package.json")
    if not any(Path(folder, extension).exists() for folder in jupyter_path("labextensions")):
        return Finding("widgets", "JupyterLab's widget extension is missing",
                       "pip install --force-reinstall --no-deps jupyterlab_widgets")
    fits = partner.specifier.contains(version)
    return Finding("widgets", f"jupyterlab_widgets {version}", "" if fits else (
        f"ipywidgets needs jupyterlab_widgets{partner.specifier}. {REINSTALL}"))


def _memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available / GIB
    cure = "" if free >= 1 else "Below 1 GiB kernels may die: close other programs and notebooks."
    return Finding("memory", f"{free:.1f} GiB free", cure)


def _disk() -> Finding:
    free = shutil.disk_usage(HOME).free / GIB
    cure = "" if free >= 0.2 else "Notebooks cannot be saved on a full disk: make room."
    return Finding("disk", f"{free:.1f} GiB free", cure)


def _browser() -> Finding:
    path = find_chromium()
    return Finding("chromium", path or "not found", "" if path else (
        "Only the browser tests need it, for example: apt-get install chromium"), needed=False)


def find_chromium() -> str | None:
    """The Chromium that the browser tests drive."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)
