"""Batches: what is known is not judged again, and a run that was killed goes on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from reglab.grading import batch, intake
from reglab.grading.judge import Verdict
from reglab.grading.ledger import Ledger, key_of

NAME = "02_l2_and_weight_decay"
MOMENTS = int(os.environ.get("REGLAB_KILLS", 3))    # 20 in the benchmark


def verdict(student="ada", exercise="2.1", status="correct", points=2.0):
    return Verdict(student, "02", exercise, "Write", status, points, 2.0)


def test_ledger_knows_what_it_was_told(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([("key", verdict()), ("other", verdict(exercise="2.10")),
                      ("third", verdict(exercise="2.9"))])
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.knows("ada", "02", "2.1", "key")
        assert not ledger.knows("ada", "02", "2.1", "changed")
        assert not ledger.knows("bob", "02", "2.1", "key")
        assert [v.exercise for v in ledger.verdicts()] == ["2.1", "2.9", "2.10"]
        assert ledger.forget(("correct",)) == 3 and ledger.verdicts() == []


def test_ledger_drops_what_is_gone(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write([("key", verdict()), ("key", verdict("bob"))])
        ledger.keep_only({("bob", "02", "2.1")})
        assert [v.student for v in ledger.verdicts()] == ["bob"]


def test_keys_depend_on_every_part():
    assert len({key_of("a", "b"), key_of("ab", ""), key_of("a", "c"), key_of("b", "a")}) == 4


def hand_in(folder: Path, names, source="def l2_penalty(params, strength): return strength"):
    for name in names:
        path = folder / name / "02_l2_and_weight_decay" / "02_l2_and_weight_decay.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": [{"cell_type": "code", "metadata": {},
                                               "source": source}]}))


def counting(verdicts=None):
    """A run that judges nothing, and keeps what it was asked for."""
    asked = []

    def run(todo):
        for work in todo:
            asked.append((work.submission.student, work.numbers))
            yield [(key, verdict(work.submission.student, number))
                   for number, key in zip(work.numbers, work.keys, strict=True)]
    return run, asked


def test_only_what_changed_is_judged_again(pair, limits, tmp_path):
    pair_only = {"02": type(pair)("02", pair.notebook, pair.places, pair.tasks, pair.version)}
    folder = tmp_path / "submitted"
    hand_in(folder, ("ada", "bob"))
    notebooks = {path.parts[-3]: path for path in folder.glob("*/*/*.ipynb")}
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        def grade(secret=b"s" * 16):
            run, asked = counting()
            batch.grade(folder, pair_only, ledger, secret, limits=limits, run=run)
            return asked
        assert [name for name, _ in grade()] == ["ada", "bob"]
        assert grade() == []
        hand_in(folder, ["bob"], "l2_penalty = print")
        assert grade() == [("bob", ("2.1", "2.7"))]
        assert len(grade(b"t" * 16)) == 2
        notebooks["ada"].unlink()
        notebooks["ada"].parent.rmdir()
        assert grade(b"t" * 16) == []
        assert {v.status for v in ledger.verdicts() if v.student == "ada"} == {intake.ABSENT}


def test_secret_is_made_once_for_its_owner_only(tmp_path):
    first = batch.read_secret(tmp_path / "secret")
    assert batch.read_secret(tmp_path / "secret") == first and len(first) == 64
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    (tmp_path / "short").write_text("short")
    with pytest.raises(ValueError, match="16 characters or more"):
        batch.read_secret(tmp_path / "short")


# A worker that is killed. The command runs without the doctor's attacks, which are tested by
# themselves, and with two exercises, to be quick.
COMMAND = """
import dataclasses, sys
from pathlib import Path
from reglab.grading import batch, pages
from reglab.grading.ledger import Ledger
from reglab.grading.limits import Limits
from reglab.grading.release import course_release

submissions, out = map(Path, sys.argv[1:3])
release = course_release()["02_l2_and_weight_decay"]
release = dataclasses.replace(release, tasks=release.tasks[:2])
run = batch.in_this_process((submissions,), batch.clean(out / ".sandbox"))
with Ledger(out / "ledger.sqlite") as ledger:
    batch.grade(submissions, {release.assignment: release}, ledger, b"s" * 16, limits=Limits(),
                run=run, say=lambda text: print(text, flush=True))
    pages.write_table(ledger.verdicts(), out / "grades.csv")
    pages.write_pages(ledger.verdicts(), out / "pages")
"""


def start(folder, out):
    out.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-c", COMMAND, str(folder), str(out)],
                            stdout=subprocess.PIPE, text=True)


def left_behind(out) -> list:
    """Processes that still run for this folder: the command's, and the sandboxes'."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if str(out) in " ".join(process.info["cmdline"] or []):
            found.append(process)
    return found


def results(out) -> dict:
    return {str(path.relative_to(out)): path.read_bytes()
            for path in [out / "grades.csv", *out.rglob("*.html")]}


def test_kill_9_at_random_moments_changes_nothing_and_leaves_nothing(sandbox, tmp_path):
    folder = tmp_path / "submitted"
    hand_in(folder, [f"student{i}" for i in range(6)])
    reference = start(folder, tmp_path / "reference")
    begin = time.monotonic()
    assert reference.wait(120) == 0
    seconds = time.monotonic() - begin
    expected = results(tmp_path / "reference")
    assert len(expected) == 7
    out, moments = tmp_path / "killed", random.Random(0)
    for _ in range(MOMENTS):
        if (out / "grades.csv").exists():    # it got through: a fresh start for the next kill
            out = tmp_path / f"killed{moments.random()}"
        running = start(folder, out)
        time.sleep(seconds * moments.uniform(0.3, 1))
        running.send_signal(signal.SIGKILL)
        running.wait()
        for _ in range(100):
            if not left_behind(out):
                break
            time.sleep(0.05)
        assert not left_behind(out)
    assert start(folder, out).wait(120) == 0
    assert results(out) == expected


def test_two_processes_judge_as_one(sandbox, pair, limits, tmp_path):
    folder = tmp_path / "submitted"
    hand_in(folder, ["ada", "bob", "eve"])
    tables = []
    for number, run in enumerate([batch.in_this_process((), batch.clean(tmp_path / "a")),
                                  batch.in_processes(2, (), batch.clean(tmp_path / "b"))]):
        with Ledger(tmp_path / f"{number}.sqlite") as ledger:
            batch.grade(folder, {pair.assignment: pair}, ledger, b"s" * 16, limits=limits, run=run)
            tables.append(ledger.verdicts())
    assert tables[0] == tables[1] and len(tables[0]) == 6


def test_the_command_grades_resumes_and_writes_tables_and_pages(sandbox, tmp_path, monkeypatch):
    from reglab.grading import cli, doctor

    monkeypatch.setattr(doctor, "examine", lambda hidden: [])    # tested by itself
    folder, out = tmp_path / "submitted", tmp_path / "out"
    hand_in(folder, ["ada"])
    (folder / "\x1b[31m").mkdir()
    arguments = [str(folder), "--out", str(out), "--workers", "1"]
    result = CliRunner().invoke(cli.grade, arguments)
    assert result.exit_code == 0, result.output
    assert "1 of 1: ada" in result.output and "14 verdicts, 14 of them new" in result.output
    totals = (out / "totals.csv").read_text().splitlines()
    assert totals[1:] == ["02_l2_and_weight_decay,\x1b[31m,nothing handed in,,20,",
                          "02_l2_and_weight_decay,ada,graded,0,20,"]
    assert "nothing handed in" in next((out / "pages").rglob("_*.html")).read_text()
    assert not (out / ".sandbox").exists()
    again = CliRunner().invoke(cli.grade, arguments)
    assert "14 verdicts, 0 of them new" in again.output
    before = (out / "grades.csv").read_bytes(), (out / "ledger.sqlite").read_bytes()
    late = tmp_path / "late"
    hand_in(late, ["eve"])
    (late / "lone.ipynb").write_text("{}")
    (tmp_path / "other" / "eve").mkdir(parents=True)
    for wrong, said in ((late, "of 2 students ('\\x1b[31m', ada)"), (folder / "ada", "folder of"),
                        (tmp_path / "other", "no folder in"),
                        (late / "eve" / NAME, "holds no folders")):
        refused = CliRunner().invoke(cli.grade, [str(wrong), *arguments[1:]])
        assert refused.exit_code == 1 and said in refused.output, refused.output
        assert ((out / "grades.csv").read_bytes(), (out / "ledger.sqlite").read_bytes()) == before
    pruned = CliRunner().invoke(cli.grade, [str(late), *arguments[1:], "--prune"])
    assert "7 verdicts, 7 of them new" in pruned.output and "'lone.ipynb'" in pruned.output
    assert "dropped the verdicts of '\\x1b[31m', ada" in pruned.output
    assert [path.name for path in (out / "pages").rglob("*.html")] == ["eve.html"]


def test_what_cannot_be_opened_is_said_without_a_traceback(sandbox, tmp_path, monkeypatch):
    from reglab.grading import cli, doctor

    monkeypatch.setattr(doctor, "examine", lambda hidden: [])
    folder, out = tmp_path / "submitted", tmp_path / "out"
    hand_in(folder, ["ada"])
    out.mkdir()
    (out / "ledger.sqlite").write_text("damaged, and long enough to be no database" * 100)
    (tmp_path / "file").write_text("")
    for arguments, said in ((["--out", str(out)], "put it back from a backup"),
                            (["--out", str(tmp_path / "file" / "out")], "Not a directory"),
                            (["--out", str(out), "--course", str(tmp_path)], "Make the release")):
        result = CliRunner().invoke(cli.grade, [str(folder), *arguments])
        assert result.exit_code == 1, result.output
        assert said.lower() in result.output.lower() and "Traceback" not in result.output


def test_dask_judges_as_one_process_does(sandbox, pair, limits, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    from reglab.grading import cluster, doctor

    monkeypatch.setattr(doctor, "examine", lambda: [])    # tested by itself
    folder = tmp_path / "submitted"
    hand_in(folder, ["ada", "bob"])
    here = batch.in_this_process((), batch.clean(tmp_path / "sandbox"))
    tables = []
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False,
                                  dashboard_address=None) as local:
        for number, run in enumerate([here, cluster.on_dask(local.scheduler_address)]):
            with Ledger(tmp_path / f"{number}.sqlite") as ledger:
                batch.grade(folder, {pair.assignment: pair}, ledger, b"s" * 16, limits=limits,
                            run=run)
                tables.append(ledger.verdicts())
    cluster._sandbox.stop()
    assert tables[0] == tables[1] and len(tables[0]) == 4
