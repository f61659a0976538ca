"""The quizzes of the chapters: as text, as widgets, and as they stand in the notebooks."""

import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from reglab import checks
from reglab.checks import chapter_quiz as module
from reglab.checks import quiz as words

COURSE = Path(__file__).resolve().parents[2]
QUIZZES = {name: getattr(checks, name).quiz for name in dir(checks)
           if re.fullmatch(r"chapter0[1-8]", name)}
QUESTIONS = [question for quiz in QUIZZES.values() for question in quiz.questions]
every_quiz = pytest.mark.parametrize("quiz", QUIZZES.values(), ids=QUIZZES)


@pytest.fixture
def noted(monkeypatch):
    """What the logbook is told."""
    events = []
    monkeypatch.setattr(module.logbook, "note", lambda kind, **fields: events.append(fields))
    return events


def parts(panel):
    """Of each question its buttons by letter and its reply; and the score."""
    _, *asked, score = panel.children
    return [({re.search(r"([a-z])\)", b.description)[1]: b for b in box.children[1:-1]},
             box.children[-1]) for box in asked], score


def test_all_eight_chapters_have_one():
    assert [quiz.chapter for quiz in QUIZZES.values()] == [f"0{n}" for n in range(1, 9)]


@every_quiz
def test_every_option_has_a_reason_of_its_own(quiz):
    assert 3 <= len(quiz.questions) <= 4
    assert len({q.key for q in quiz.questions}) == len(quiz.questions)
    for question in quiz.questions:
        assert list(question.options) == list("abcdef")[:len(question.options)]
        assert len(question.options) >= 3 and question.right in question.options
        for part in ("text", "rationale"):
            said = {getattr(option, part) for option in question.options.values()}
            assert len(said) == len(question.options) and all(len(s) > 3 for s in said)
        assert all(len(option.rationale) > 20 for option in question.options.values())
        texts = [question.text, *(o.text + o.rationale for o in question.options.values())]
        assert not any(mark in text for text in texts for mark in "*$<_"), "only `code` is set"


def test_neither_letter_nor_length_gives_the_answer_away():
    letters = Counter(question.right for question in QUESTIONS)
    assert max(letters.values()) < len(QUESTIONS) / 2 and set(letters) == {"a", "b", "c"}
    assert all(len({q.right for q in quiz.questions}) > 1 for quiz in QUIZZES.values())
    longest = [max(q.options, key=lambda o, q=q: len(q.options[o].text)) for q in QUESTIONS]
    assert sum(o == q.right for o, q in zip(longest, QUESTIONS, strict=True)) <= len(QUESTIONS) / 3


@every_quiz
def test_a_click_says_why_and_may_be_changed(quiz, noted):
    asked, score = parts(quiz.panel())
    expected = []
    for number, (question, (buttons, reply)) in enumerate(
            zip(quiz.questions, asked, strict=True), start=1):
        assert list(buttons) == list(question.options) and "role='status'" in reply.value
        for letter in sorted(question.options, key=lambda o, q=question: o == q.right):
            option, right = question.options[letter], letter == question.right
            buttons[letter].click()
            assert f"Question {number}, {letter}" in reply.value and "role='status'" in reply.value
            assert words_of(option.rationale) in words_of(reply.value)
            assert ("correct" in reply.value) == right
            chosen = [b for b in buttons.values() if "reglab-chosen" in b._dom_classes]
            marked = [b for b in buttons.values() if b.description[0] in "✔✘"]
            assert chosen == marked == [buttons[letter]]
            assert buttons[letter].description[0] == ("✔" if right else "✘")
            expected.append({"chapter": quiz.chapter, "question": question.key,
                             "option": letter, "right": right})
        assert f"Answered {number} of {len(quiz.questions)}, right {number}." == score.value
    assert noted == expected


def words_of(text: str) -> str:
    """Letters only: the reply is HTML, with marks for code and emphasis."""
    import html
    return re.sub(r"[^a-z]", "", html.unescape(re.sub(r"<[^>]+>", "", text)).lower())


def test_a_wrong_answer_after_the_right_one_counts_as_wrong(noted):
    (buttons, _), *_ = parts(panel := checks.chapter05.quiz.panel())[0]
    for letter in ("b", "a"):
        buttons[letter].click()
    assert parts(panel)[1].value == "Answered 1 of 4, right 0."


def test_in_a_notebook_it_shows_widgets_beside_the_text(monkeypatch):
    quiz = checks.chapter05.quiz
    assert quiz._repr_mimebundle_() == {"text/plain": repr(quiz)}
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    data, _ = quiz._repr_mimebundle_()
    assert data["text/plain"] == repr(quiz)
    assert "application/vnd.jupyter.widget-view+json" in data


def test_text_is_escaped_and_set():
    question = words.Question("x", "Is `a < b`?", {"a": words.Option("`a`", "As `a < b`."),
                                                   "b": words.Option("b", "No.")}, right="a")
    quiz = checks.ChapterQuiz("99", (question,))
    _, box, _ = quiz.panel().children
    assert ">a &lt; b</code>" in box.children[0].value
    assert box.children[1].description == "a) a"
    assert "1. Is a < b?\n   a) a\n   b) b" in repr(quiz)


# In the notebook: the text as output, the answers folded below it, nothing of them before.

def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", QUIZZES)
def test_the_chapter_holds_the_quiz_with_folded_answers(name):
    quiz = QUIZZES[name]
    path, = (COURSE / "notebooks").glob(f"{quiz.chapter}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    at, = [i for i, cell in enumerate(cells) if cell.source == f"checks.{name}.quiz"]
    output, = cells[at].outputs
    assert list(output.data) == ["text/plain"] and output.data["text/plain"] == repr(quiz)
    below = cells[at + 1]
    assert below.cell_type == "markdown"
    assert below.source.startswith("<details><summary>Answers, with reasons</summary>\n\n")
    assert squeezed(below.source.removesuffix("</details>").partition("</summary>")[2]) == squeezed(
        quiz.answers())
    assert cells[at - 1].source.startswith("## Quiz\n")
    before = squeezed(cells[at - 1].source + output.data["text/plain"])
    assert not any(squeezed(option.rationale) in before
                   for question in quiz.questions for option in question.options.values())
