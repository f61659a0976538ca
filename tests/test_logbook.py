"""The learner's logbook: what is noted and where, and that nothing in it gets lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from nbclient import NotebookClient

from reglab import build, checks, logbook

COURSE = Path(__file__).resolve().parents[1]
CHECK = {"exercise": "2.1", "status": "correct"}
WRITER = """
import sys
from reglab import logbook
logbook.in_notebook = lambda: True
print("begun", flush=True)
for number in range(int(sys.argv[2])):
    logbook.note("check", exercise=sys.argv[1], status=str(number))
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The logbook of a learner, who sits at a notebook."""
    path = tmp_path / "data" / "progress.json"
    monkeypatch.setenv(logbook.VARIABLE, str(path))
    monkeypatch.setattr(logbook, "in_notebook", lambda: True)
    monkeypatch.setattr(logbook, "_unsaved", [])
    monkeypatch.setattr(logbook, "_told", set())
    monkeypatch.setattr(logbook, "_patience", logbook.PATIENCE)
    monkeypatch.chdir(tmp_path)
    return path


def writer(name: str, count: int) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", WRITER, name, str(count)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_checks_are_noted_but_not_a_stub(file):
    exercise = checks.chapter05.behavior
    assert exercise.check(None).status is checks.Status.NOT_ATTEMPTED
    assert not file.exists()
    right = {question.key: question.right for question in exercise.questions}
    exercise.check({**right, "train": "a"})
    exercise.check(right)
    events = logbook.read()
    assert [(e["kind"], e["exercise"], e["status"]) for e in events] == [
        ("check", "5.2", "misconception"), ("check", "5.2", "correct")]
    assert all(e["time"].endswith("+00:00") for e in events)


def test_a_prediction_is_noted_when_committed_and_when_revealed(file, capsys):
    guess = checks.predict("Which wins?", options=[0.1, 1])
    guess.reveal(0.1)    # nothing was committed, but the result was seen
    guess.commit(1, confidence=90)
    guess.reveal(0.1)
    guess.reveal("neither")    # no option, so neither true nor false
    assert capsys.readouterr().err == ""
    seen, commit, reveal = logbook.read()
    assert (seen["kind"], seen["question"]) == ("seen", "Which wins?")
    assert (commit["kind"], commit["predicted"], commit["confidence"]) == ("commit", "1", 90)
    assert (reveal["kind"], reveal["measured"], reveal["hit"]) == ("reveal", "0.1", False)


@pytest.mark.parametrize("word", ["off", " OFF ", "0", "false"])
def test_it_can_be_switched_off(file, monkeypatch, word):
    monkeypatch.setenv(logbook.VARIABLE, word)
    logbook.note("check", **CHECK)
    assert logbook.place() is None and logbook.read() == [] and logbook.forget() == []
    assert list(file.parents[1].iterdir()) == []


def test_nothing_is_noted_without_a_kernel_or_beside_a_solution(file, monkeypatch, tmp_path):
    (tmp_path / "solutions").mkdir()
    monkeypatch.chdir(tmp_path / "solutions")
    logbook.note("check", **CHECK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logbook, "in_notebook", lambda: False)
    logbook.note("check", **CHECK)
    assert not file.parent.exists()
    monkeypatch.setattr(logbook, "in_notebook", lambda: True)
    logbook.note("check", **CHECK)
    assert len(logbook.read()) == 1


def test_tests_and_builds_keep_no_logbook():
    """A kernel of a test inherits this; a build gives it to its kernels."""
    assert os.environ[logbook.VARIABLE] == build.KERNEL_ENV[logbook.VARIABLE] == "off"


def test_without_the_variable_it_is_with_the_data_of_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv(logbook.VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert logbook.place().name == "progress.json" and "reglab" in logbook.place().parts
    assert COURSE not in logbook.place().parents


def test_a_relative_place_is_the_same_for_all_kernels(file, monkeypatch, tmp_path):
    monkeypatch.setenv(logbook.VARIABLE, "mine.json")
    places = set()
    for folder in ("notebooks", "exercises"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        places.add(logbook.place())
    assert places == {Path.home() / "mine.json"}


def test_a_real_kernel_notes_but_not_the_build(file, tmp_path, monkeypatch):
    code = ("from reglab import checks\nguess = checks.predict('A or B?', options='AB')\n"
            "guess.commit('A', 50)\nguess.reveal('A')")
    for folder in ("exercises", "notebooks"):
        (tmp_path / folder).mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    built = build.execute(nbformat.from_dict(notebook), tmp_path / "notebooks" / "02_x.py")
    assert not file.exists()
    NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path / "exercises")}},
                   coalesce_streams=True, store_widget_state=False).execute()
    assert [event["kind"] for event in logbook.read()] == ["commit", "reveal"]
    texts = [[out.get("text") or out.data["text/plain"] for out in page.cells[0].outputs]
             for page in (built, notebook)]
    assert texts[0] == texts[1], "the logbook changes what a cell shows"


def test_kernels_that_write_at_once_lose_nothing(file):
    writers = [writer(name, 40) for name in ("1.1", "2.1", "3.1")]
    assert [w.communicate()[1] for w in writers] == [""] * 3
    found = [(e["exercise"], e["status"]) for e in logbook.read()]
    for name in ("1.1", "2.1", "3.1"):    # each in its order, none missing
        assert [status for one, status in found if one == name] == [str(n) for n in range(40)]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_killed_kernel_leaves_the_last_complete_file(file, capfd):
    before = 0
    for moment in range(6):
        one = writer("2.1", 100_000)
        one.stdout.readline()
        time.sleep(0.1 + 0.05 * moment)
        one.send_signal(signal.SIGKILL)
        one.communicate()
        after = len(logbook.read())
        assert after >= before
        logbook.note("check", **CHECK)    # neither its lock nor its half file is in the way
        assert len(logbook.read()) == (before := after + 1)
    assert before > 6
    assert list(file.parent.glob("*-aside-*")) == [] and capfd.readouterr().err == ""


def test_a_write_that_breaks_off_changes_nothing_and_is_made_up_for(file, monkeypatch, capsys):
    logbook.note("check", **CHECK)
    before = file.read_bytes()
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", lambda _: 1 / 0)
        for status in ("wrong", "correct"):
            logbook.note("check", exercise="2.2", status=status)
    assert file.read_bytes() == before
    told = capsys.readouterr().err
    assert told.count("could not be noted") == 1 and logbook.VARIABLE in told
    logbook.note("check", exercise="2.3", status="wrong")
    assert [e["exercise"] for e in logbook.read()] == ["2.1", "2.2", "2.2", "2.3"]


EVENT = {"time": "2026-01-01T00:00:00+00:00", "kind": "check", **CHECK}
BROKEN = {
    "empty": "", "half": '{"version": 1, "events": [{"ti', "no text": b"{\xff\x00\x80",
    "deep": '{"events": ' + "[" * 100_000, "no events": '{"version": 1, "events": {}}',
    "no version": "{}", "older": json.dumps({"version": 0, "events": []}),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_read_is_set_aside_and_told(file, content, capsys):
    content = content.encode() if isinstance(content, str) else content
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(logbook.LogbookError, match="Nothing was changed"):
        logbook.read()
    assert file.read_bytes() == content
    for _ in range(2):
        logbook.note("check", **CHECK)
    assert len(logbook.read()) == 2
    kept, = file.parent.glob("*-aside-*")
    assert kept.read_bytes() == content
    told = capsys.readouterr().err
    assert told.count("was kept as") == 1 and kept.name in told

    file.write_bytes(content)    # it happens again on the same day
    logbook.note("check", **CHECK)
    assert len(list(file.parent.glob("*-aside-*"))) == 2


FOREIGN = {"a diary": "Dear diary", "a list": "[]", "no text": b"\xff\x00\x80",
           "newer": json.dumps({"version": 2, "events": [EVENT]})}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_file_that_is_no_logbook_or_a_newer_one_is_left_alone(file, content, capsys):
    content = content.encode() if isinstance(content, str) else content
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(logbook.LogbookError, match="left as it is"):
        logbook.read()
    for _ in range(2):
        logbook.note("check", **CHECK)
    told = capsys.readouterr().err
    assert told.count("left as it is") == 1 and str(file) in told
    assert file.read_bytes() == content and list(file.parent.glob("*-aside-*")) == []
    file.unlink()    # or the kernel is restarted: what was not noted yet, is now
    logbook.note("check", **CHECK)
    assert len(logbook.read()) == 3


def test_only_a_logbook_is_forgotten(file):
    file.parent.mkdir()
    others = [file.with_name(name) for name in (
        "progress-aside-notes.json", "progress-aside-2026-01-01-1.json", "progress.json")]
    others[0].write_text("{}")
    for diary in others[1:]:
        diary.write_text("Dear diary")
    assert logbook.kept() == logbook.forget() == []
    assert all(path.exists() for path in others)


@pytest.mark.parametrize("other", [
    {**EVENT, "kind": "cheer"}, {**EVENT, "kind": []}, {**EVENT, "status": 3}, {"kind": "check"},
    3])
def test_events_of_another_reglab_stay_in_the_file_and_out_of_the_way(file, other, capsys):
    file.parent.mkdir()
    file.write_text(json.dumps({"version": 1, "events": [other, EVENT]}))
    assert logbook.read() == [EVENT]
    logbook.note("check", **CHECK)
    assert len(logbook.read()) == 2
    assert json.loads(file.read_text())["events"][:2] == [other, EVENT]
    assert capsys.readouterr().err == ""


def test_it_is_read_oldest_first_whichever_kernel_wrote_first(file):
    file.parent.mkdir()
    early = {**EVENT, "time": "2025-12-31T23:59:59+00:00", "status": "wrong"}
    file.write_text(json.dumps({"version": 1, "events": [EVENT, early]}))
    assert logbook.read() == [early, EVENT]


def test_reading_needs_no_lock(file):
    logbook.note("check", **CHECK)
    with FileLock(f"{file}.lock"):
        assert len(logbook.read()) == 1
    Path(f"{file}.lock").unlink(missing_ok=True)
    before = list(file.parent.iterdir())
    logbook.read()
    assert list(file.parent.iterdir()) == before


def test_a_stuck_lock_is_waited_for_once(file, monkeypatch, capsys):
    monkeypatch.setattr(logbook, "_patience", 0.5)
    file.parent.mkdir()
    with FileLock(f"{file}.lock"):
        waits = []
        for _ in range(3):
            begun = time.monotonic()
            logbook.note("check", **CHECK)
            waits.append(time.monotonic() - begun)
    assert waits[0] >= 0.5 > 0.3 > max(waits[1:])
    assert capsys.readouterr().err.count("could not be noted") == 1
    logbook.note("check", **CHECK)
    assert len(logbook.read()) == 4 and logbook._patience == logbook.PATIENCE


def test_a_folder_that_cannot_be_made_breaks_no_check(file, monkeypatch, capsys):
    file.parent.write_text("in the way")
    answer = {question.key: question.right for question in checks.chapter05.behavior.questions}
    assert checks.chapter05.behavior.check(answer).correct
    assert "could not be noted" in capsys.readouterr().err


def test_bad_events_never_reach_the_file(file, capsys):
    logbook.note("check", exercise="2.1", status=None)
    logbook.note("gossip")
    assert not file.exists()
    assert "not an event" in capsys.readouterr().err


def test_forget_deletes_all_that_was_kept(file):
    file.parent.mkdir()
    file.write_text("{ broken")
    logbook.note("check", **CHECK)
    assert len(logbook.forget()) == 2
    assert logbook.read() == [] and list(file.parent.glob("*.json*")) in (
        [], [file.with_name("progress.json.lock")])
