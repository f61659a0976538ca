"""The doctor: a healthy set-up is ok, and each thing that can break has a cure."""

import json

import pytest
from click.testing import CliRunner

from reglab import doctor
from reglab.cli import main


def test_this_set_up_is_fit(capsys):
    findings = doctor.examine()
    assert doctor.is_fit(findings), doctor.report(findings)
    assert {"python", "torch", "jupyterlab", "ipywidgets", "nbval", "device", "kernel", "widgets",
            "memory", "disk", "chromium"} <= {finding.name for finding in findings}
    doctor.check()
    assert capsys.readouterr().out == "ok: the course can run here\n"


@pytest.mark.parametrize("needed, code, word", [(True, 1, "BROKEN"), (False, 0, "note")])
def test_exit_code_tells_what_is_needed(monkeypatch, needed, code, word):
    finding = doctor.Finding("disk", "full", "Make room.", needed)
    monkeypatch.setattr(doctor, "_disk", lambda: finding)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == code
    assert f"{word:<6}  full\n" in result.output and "-> Make room." in result.output


def test_a_kernel_of_another_python_is_found(monkeypatch, tmp_path):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": ["/elsewhere/bin/python", "-m", "ipykernel_launcher"], "language": "python",
            "display_name": "another"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    finding = doctor._kernel()
    assert "/elsewhere" in finding.value and "make lab" in finding.cure


def test_a_package_out_of_range_or_missing_is_found():
    from packaging.requirements import Requirement

    old = doctor._requirement(Requirement("torch>=99"), needed=True)
    assert "but reglab needs >=99" in old.value and old.cure
    missing = doctor._requirement(Requirement("no-such-package"), needed=False)
    assert missing.value == "not installed" and not missing.needed


def test_another_checkout_is_found(monkeypatch, tmp_path):
    (tmp_path / "reglab").mkdir()
    (tmp_path / "reglab/doctor.py").touch()
    monkeypatch.chdir(tmp_path)
    assert "imports reglab from" in doctor._package().cure
