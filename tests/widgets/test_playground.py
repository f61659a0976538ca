"""The playground without a browser: controls, steps and the loop behind Play."""

import asyncio
import math

import pytest

from reglab.widgets import playground
from reglab.widgets.playground import STARTS_ANEW, WHILE_IT_RUNS, Playground


@pytest.fixture
def play():
    return Playground(epochs=5, seeds=range(3))


def test_it_starts_with_a_picture_and_a_sentence(play):
    assert bytes(play.image.value[:3]) == b"\xff\xd8\xff"    # a JPEG
    assert play.sentence.startswith("Epoch 5: accuracy train 0.")
    assert "3 seeds" in play.sentence


def test_a_step_trains_and_repaints(play):
    before = play.image.value
    play.step_button.click()
    assert play.live.epochs[-1] == 10
    assert play.image.value != before


@pytest.mark.parametrize("choice", WHILE_IT_RUNS, ids=lambda choice: choice.name)
@pytest.mark.parametrize("end", [0, -1])
def test_every_technique_at_its_extremes_while_it_runs(play, choice, end):
    before = play.live.parameters()
    play.controls[choice.name].value = choice.options[end]
    assert play.live.epochs[-1] == 5, "a change of a technique must not begin anew"
    assert all((before[k] == v).all() for k, v in play.live.parameters().items())
    play.step()
    assert play.live.epochs[-1] == 10
    assert play.live.curve("validation", "loss").isfinite().all()


@pytest.mark.parametrize("choice", STARTS_ANEW, ids=lambda choice: choice.name)
def test_other_data_begin_anew(play, choice):
    play.step()
    play.controls[choice.name].value = choice.options[-1]
    assert play.live.epochs == [5]


def test_the_picture_and_the_sentence_name_what_is_on(play):
    before = play.image.value
    play.controls["l2"].value = 0.01
    play.controls["p"].value = 0.3
    assert play.sentence.startswith("Epoch 5, with L2 strength 0.01, dropout p 0.3: accuracy")
    assert play.image.value != before
    for name in ("l2", "p"):
        play.controls[name].value = 0.0
    assert play.sentence.startswith("Epoch 5: accuracy") and play.image.value == before


def test_all_at_once(play):
    play.controls["batch_norm"].value = True
    for choice in WHILE_IT_RUNS:
        play.controls[choice.name].value = choice.options[-1]
    play.step()
    assert play.live.epochs == [5, 10]
    assert "validation" in play.sentence


def test_a_strong_penalty_pulls_the_weights_in(play):
    def norm():
        return sum(float(p.norm()) for p in play.live.parameters().values())

    before = norm()
    play.controls["l2"].value = 0.1
    for _ in range(20):
        play.step()
    assert norm() < 0.5 * before


def test_the_best_epoch_is_shown_where_asked(play):
    for _ in range(40):
        play.step()
    last = play.live.curve("validation", "loss")[:, -1]
    assert (play.best.loss <= last).all() and (play.best.loss < last).any()
    before = play.image.value
    play.controls["stopping"].value = True
    assert "best epoch" in play.sentence and play.image.value != before


def test_start_anew_begins_at_the_start(play):
    first = play.image.value
    play.step()
    play.anew.click()
    assert play.live.epochs == [5]
    assert play.image.value == first


def test_play_runs_until_paused_and_takes_changes_meanwhile(play):
    async def visit():
        play.play.value = True
        await asyncio.sleep(0.3)
        play.controls["l2"].value = 0.03
        middle = play.live.epochs[-1]
        await asyncio.sleep(0.3)
        play.play.value = False
        await asyncio.sleep(0.1)
        paused = play.live.epochs[-1]
        await asyncio.sleep(0.2)
        return middle, paused, play.live.epochs[-1]

    middle, paused, end = asyncio.run(visit())
    assert 5 < middle < paused == end
    assert play.live.recipe.techniques[4].strength == 0.03


def test_it_pauses_by_itself_at_the_end(play, monkeypatch):
    monkeypatch.setattr(playground, "LAST_EPOCH", 20)

    async def visit():
        play.play.value = True
        await play._task

    asyncio.run(visit())
    assert play.live.epochs[-1] == 20 and not play.playing


def test_the_axis_of_the_curves_grows(play):
    while play.live.epochs[-1] <= 100:
        play.step()
    assert play._picture.curves.ax.get_xlim()[1] == 200
    assert math.isfinite(play.live.curve("train", "loss").sum())
