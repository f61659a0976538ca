"""The doctor finds every limit held here, and finds it out where one does not hold."""

import dataclasses

import pytest
from click.testing import CliRunner

from reglab.doctor import Finding, is_fit, report
from reglab.grading import cgroup, cli, doctor, staging
from reglab.grading import sandbox as sandboxes
from reglab.grading.limits import MIB


def found(monkeypatch, *names):
    """Findings of some of the attacks, by name."""
    monkeypatch.setattr(doctor, "ATTACKS", tuple(a for a in doctor.ATTACKS if a[0] in names))
    return {finding.name: finding for finding in doctor.examine()}


def test_every_limit_holds_here(sandbox):
    findings = doctor.examine()
    assert is_fit(findings), report(findings)
    assert len(findings) == 3 + len(doctor.ATTACKS) >= 18


def staged_with(file, old, new):
    """Staging with one of its files changed: the limit that it sets is gone."""
    original = staging.stage

    def changed(folder):
        original(folder)
        path = folder / "reglab" / "grading" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return folder
    return changed


def test_a_network_is_noticed(sandbox, monkeypatch):
    original = sandboxes.Sandbox._options
    monkeypatch.setattr(sandboxes.Sandbox, "_options", lambda self, staged: [
        option for option in original(self, staged) if option != "--unshare-net"])
    monkeypatch.setattr(sandboxes, "stage", staged_with(
        "namespaces.py", "\n                   | kernel.NEW_NET", ""))
    finding = found(monkeypatch, "network")["network"]
    assert "127.0.0.1" in finding.value and finding.cure


@pytest.mark.parametrize(("name", "file", "old", "new"), [
    ("privileges", "namespaces.py", "    kernel.deny_system_calls()\n", ""),
    ("privileges", "namespaces.py", "    kernel.drop_privileges()\n", ""),
    ("fork bomb", "namespaces.py", 'limits["processes"]', "60"),
    ("memory", "namespaces.py", '"RLIMIT_AS": _virtual_memory() + limits["memory"], ', ""),
    ("disk", "namespaces.py", '"RLIMIT_FSIZE": limits["files"],', ""),
    ("processes", "namespaces.py",
     '    kernel.mount("proc", "/proc", flags | kernel.NOEXEC)\n', ""),
    ("output", "peer.py", "str(error)[:2000]", "str(error)"),
])
def test_a_missing_limit_is_noticed(name, file, old, new, sandbox, monkeypatch):
    monkeypatch.setattr(sandboxes, "stage", staged_with(file, old, new))
    if name == "fork bomb":    # the limits of memory would end it too
        monkeypatch.setattr(sandboxes.Sandbox, "_memory", lambda self: 0)
        monkeypatch.setattr(cgroup, "_own_folders", dict)
    if name == "memory":    # else the limit of all memory holds, which is as well
        monkeypatch.setattr(doctor, "SMALL", dataclasses.replace(
            doctor.SMALL, memory=64 * MIB, total_memory=1024 * MIB))
    finding = found(monkeypatch, name)[name]
    assert finding.value != "held" and finding.cure


def test_answers_in_sight_are_noticed(sandbox, monkeypatch):
    monkeypatch.setattr(staging, "SILENT", staging.SILENT + "\nforgot_half = 1\n")
    finding = found(monkeypatch, "answers")["answers"]
    assert "forgot_half" in finding.value and finding.cure


def test_grading_refuses_to_start_where_a_limit_does_not_hold(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "examine", lambda hidden=(): [
        Finding("network", "127.0.0.1", "Pull the plug.")])
    (tmp_path / "submitted").mkdir()
    result = CliRunner().invoke(cli.grade, [str(tmp_path / "submitted"), "--out",
                                            str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "nothing was graded" in result.output and "Pull the plug." in result.output


def test_without_bubblewrap_the_cure_is_named(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    findings = doctor.examine()
    assert not is_fit(findings) and "apt-get install bubblewrap" in report(findings)
