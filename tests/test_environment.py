"""The set-up files agree: pyproject.toml, environment.yml, constraints.txt."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

COURSE = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((COURSE / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"pytorch-cpu": "torch"}


def ranges(lines) -> dict[str, str]:
    """{package: its range}, by PyPI's names."""
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(CONDA_NAMES.get(requirement.name, requirement.name)):
            str(requirement.specifier) for requirement in requirements}


def test_environment_equals_pyproject():
    listed = yaml.safe_load((COURSE / "environment.yml").read_text())["dependencies"]
    conda = [entry for entry in listed if isinstance(entry, str)]
    pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    environment = ranges(conda) | ranges(line for line in pip if line != "-e .")

    assert "-e ." in pip
    del environment["pip"]
    assert environment.pop("python") == PROJECT["requires-python"]
    assert environment == ranges(PROJECT["dependencies"])


@pytest.mark.parametrize("line", PROJECT["dependencies"]
                         + PROJECT["optional-dependencies"]["test"])
def test_constraints_pin_inside_the_range(line):
    lines = (COURSE / "constraints.txt").read_text().splitlines()
    pins = ranges(line for line in lines if not line.startswith("#"))
    requirement = Requirement(line)
    pin = pins[canonicalize_name(requirement.name)]

    assert pin.startswith("==")
    assert requirement.specifier.contains(pin.removeprefix("=="), prereleases=True)


def test_constraints_are_exact_and_torch_is_the_one_tested():
    lines = (COURSE / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all("==" in pin and "+" not in pin for pin in pins)
    assert "torch==2.13.0" in pins


def test_versions_agree():
    citation = yaml.safe_load((COURSE / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
