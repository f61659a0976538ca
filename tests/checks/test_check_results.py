"""What a check does with broken answers, and how its result looks."""

import random

import numpy as np
import pytest
import torch

from reglab import checks
from reglab.checks.result import Result

penalty, adamw, quiz = (checks.chapter02.penalty, checks.chapter02.adamw, checks.chapter02.strength)


def right(params, strength):
    return strength / 2 * sum((p ** 2).sum() for p in params.values() if p.ndim >= 2)


def no_return(params, strength):
    right(params, strength)


def loops_over_names(params, strength):
    return sum((p ** 2).sum() for p in params)


def wrong_arguments(params):
    return 0.0


def inside_torch(params, strength):
    return torch.nn.functional.mse_loss("a", "b")


def divides_by_zero(params, strength):
    return 1 / 0


def leaves(params, strength):
    raise SystemExit


def never_ends(params, strength):
    return never_ends(params, strength)


def not_in_torch(params, strength):
    raise NotImplementedError("'addmm' not implemented for 'Half'")


class Hostile(Exception):
    def __str__(self):
        raise RuntimeError("even the message fails")


def hostile(params, strength):
    raise Hostile


@pytest.mark.parametrize(("answer", "says"), [
    (loops_over_names, "params.items()"), (wrong_arguments, "Compare with the stub"),
    (wrong_arguments, "It stopped.\n"), (inside_torch, 'mse_loss("a", "b")`'),
    (divides_by_zero, "`return 1 / 0`"), (leaves, "SystemExit"), (never_ends, "calls itself"),
    (not_in_torch, "addmm"), (hostile, "Hostile"),
])
def test_an_error_is_told_without_a_traceback(answer, says):
    result = penalty.check(answer)
    assert result.status is checks.Status.ERROR
    assert says in result.message
    assert "Traceback" not in repr(result) + result._repr_html_()
    assert "reglab/checks" not in repr(result)


@pytest.mark.parametrize(("answer", "says"), [
    (no_return, "`return` missing"), (lambda p, s: "12.5", "type str"),
    (lambda p, s: torch.ones(2), "shape (2,)"), (lambda p, s: {"a": 1}, "type dict"),
    (lambda p, s: torch.ones((), dtype=torch.complex64), "real numbers"),
    (lambda p, s: [[1, 2], [3]], "different shapes"), (lambda p, s: np.array("x"), "real numbers"),
    (lambda p, s: float("nan"), "got nan"), (lambda p, s: 7.25, "expected"),
    (3.0, "without parentheses"), ("", "without parentheses"),
])
def test_a_wrong_form_is_named(answer, says):
    result = penalty.check(answer)
    assert result.status is checks.Status.WRONG
    assert says in result.message


def test_wrong_forms_of_a_step():
    assert "`return new_params, new_state`" in adamw.check(lambda p, g, s, lr, w: p).message
    assert "have the keys" in adamw.check(lambda p, g, s, lr, w: ({"a": 1}, s)).message


@pytest.mark.parametrize("answer", [{}, {"zeros": "c"}, 3, ["c", "a", "b", "b"], lambda: {"x": 1},
                                    {"zeros": "z", "norm": "a", "fit": "b", "extreme": "b"}])
def test_wrong_forms_of_a_quiz(answer):
    assert quiz.check(answer).status is checks.Status.WRONG


def test_a_quiz_survives_an_error_and_an_empty_answer():
    assert quiz.check(lambda: 1 / 0).status is checks.Status.ERROR
    assert quiz.check(lambda: None).status is checks.Status.NOT_ATTEMPTED


def test_mutating_the_input_is_named():
    def mutates(params, strength):
        return sum(p.pow_(2).sum() for p in params.values() if p.ndim >= 2) * strength / 2

    def pops(params, strength):
        for name in [name for name, p in params.items() if p.ndim < 2]:
            del params[name]
        return right(params, strength)

    for answer in (mutates, pops):
        result = penalty.check(answer)
        assert result.status is checks.Status.WRONG
        assert "changes its inputs" in result.message


def test_random_states_stay_as_they_were():
    def rolls(params, strength):
        torch.rand(3), np.random.rand(3), random.random()
        torch.manual_seed(0), np.random.seed(0), random.seed(0)
        return right(params, strength)

    torch.manual_seed(5), np.random.seed(5), random.seed(5)
    expected = torch.rand(1).item(), np.random.rand(), random.random()
    torch.manual_seed(5), np.random.seed(5), random.seed(5)
    assert penalty.check(rolls).correct
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == expected


def test_inputs_are_fresh_and_a_seed_repeats_them():
    seen = []

    def spy(params, strength):
        seen.append(strength)
        return 0.0

    seeds = [penalty.check(spy).seed for _ in range(2)]
    assert len(set(seen)) == len(seen)
    seen.clear()
    penalty.check(spy, seed=seeds[0])
    first = list(seen)
    penalty.check(spy, seed=seeds[0])
    assert seen == first * 2


def test_an_answer_right_by_the_numbers_it_saw_fails():
    """A right first call does not make an answer right."""
    calls = []

    def only_once(params, strength):
        calls.append(1)
        return right(params, strength) if len(calls) == 1 else 0.0

    assert not penalty.check(only_once).correct


def test_prints_are_kept_for_a_failing_answer_and_silent_otherwise(capsys):
    def talks(params, strength):
        print("shape", 1)
        return 0.0

    assert penalty.check(talks).printed.startswith("shape 1")
    assert penalty.check(lambda p, s: print("hi") or right(p, s)).printed == ""
    assert capsys.readouterr() == ("", "")


def test_a_result_reads_well_as_text():
    result = Result("Exercise 2.1", checks.Status.MISCONCEPTION, "Twice: did you forget the ½?",
                    "forgot the ½", "a = 1\nf(a)", "12.5", seed=3)
    assert repr(result) == """\
✘ Exercise 2.1: misconception: forgot the ½
Twice: did you forget the ½?
A 30-second experiment:
    a = 1
    f(a)
    # a right answer gives 12.5
For the same inputs again, put seed=3 behind your answer in check(…)."""


def test_html_holds_the_same_words_and_escapes_code():
    result = Result("Exercise 2.1", checks.Status.WRONG, "Is `a < b` & <script>?", printed="<b>")
    html = result._repr_html_()
    assert "wrong" in html and 'role="status"' in html.replace("'", '"')
    assert "<script>" not in html and "<b>" not in html and "a &lt; b</code>" in html


def luminance(color: str) -> float:
    channels = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("status", checks.Status)
def test_text_has_contrast_and_status_is_a_word_and_a_sign(status):
    html = Result("Exercise 2.1", status, "text")._repr_html_()
    background = html.partition("background:")[2][:7]
    # WCAG 2: contrast of at least 7:1 (AAA)
    assert (luminance(background) + 0.05) / (luminance("#1a1a1a") + 0.05) > 7
    assert status.value in html and html.partition("<strong>")[2][0] in "○✔✘⚠"


def test_hints(capsys):
    penalty.hint()
    penalty.hint(2)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Hint 1 of 2: ") and second.startswith("Hint 2 of 2: ")
    with pytest.raises(ValueError, match=r"Exercise 2.1: hint must be 1 or 2; got"):
        penalty.hint(3)


def test_interrupting_a_check_works():
    def stopped(params, strength):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        penalty.check(stopped)
