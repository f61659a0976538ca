"""The slider without a browser: what Python sets and what the page would send."""

import pytest

from reglab.widgets.slider import slider

OPTIONS = [("off", 0.0), ("weak", 0.01), ("strong", 1.0)]


@pytest.fixture
def strength():
    return slider(OPTIONS, 0.01, "strength")


def test_the_page_gets_the_name_the_words_and_the_place(strength):
    sent = strength.get_state()
    assert sent["description"] == "strength" and sent["labels"] == ["off", "weak", "strong"]
    assert sent["index"] == 1 and sent["live"] is True
    assert "value" not in sent, "values need not be JSON"


@pytest.mark.parametrize("index", range(3))
def test_a_move_in_the_page_sets_the_value_and_is_told(strength, index):
    told = []
    strength.observe(lambda change: told.append(change["new"]), "value")
    strength.set_state({"index": index})
    assert strength.value == OPTIONS[index][1]
    assert told == ([] if index == 1 else [OPTIONS[index][1]])


@pytest.mark.parametrize(("label", "value"), OPTIONS)
def test_python_moves_it(strength, label, value):
    strength.value = value
    assert strength.labels[strength.index] == label


def test_the_first_option_can_be_the_start():
    assert slider(OPTIONS, 0.0, "strength").index == 0


def test_other_values_are_refused_and_nothing_moves(strength):
    with pytest.raises(ValueError, match=r"strength must be one of \[0.0, 0.01, 1.0\]; got 2"):
        strength.value = 2
    assert (strength.value, strength.index) == (0.01, 1)
