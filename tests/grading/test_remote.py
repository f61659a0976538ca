"""Calls across a channel: a check must say the same of a function here and over there."""

import contextlib
import json
import os
import re
import runpy
import socket
import struct
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch

from reglab import checks
from reglab.grading.peer import Failed, Peer, RemoteFunction, restore
from reglab.grading.wire import Channel, Closed, Refused, decode, encode

COURSE = Path(__file__).resolve().parents[2]
CHAPTERS = [getattr(checks, name) for name in dir(checks) if re.fullmatch(r"chapter\d\d", name)]
# Some of the course's wrong solutions look up the planted fault, to be quick; it is hidden there.
PEEKING = {"7.5": "no attribute 'fault'"}
EXERCISES = [exercise for chapter in CHAPTERS for exercise in chapter.EXERCISES]


@contextlib.contextmanager
def elsewhere(*functions):
    """The functions, each as a stand-in for one in a forked process."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            ours.close()
            torch.set_num_threads(1)
            peer = Peer(Channel(theirs), open_objects=True)
            peer.objects += functions
            peer.serve()
        except BaseException:
            pass
        os._exit(0)
    theirs.close()
    peer = Peer(Channel(ours), forward_random=True)
    try:
        yield [RemoteFunction(peer, number) for number in range(len(functions))]
    finally:
        ours.close()
        os.waitpid(child, 0)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.number)
def test_every_wrong_solution_gets_the_same_verdict_over_there(exercise):
    answers = [wrong.answer if callable(wrong.answer) else (lambda w=wrong: w.answer)
               for wrong in exercise.wrongs]
    with elsewhere(*answers) as remote:
        for here, there in zip(answers, remote, strict=True):
            local, far = exercise.check(here, seed=7), exercise.check(there, seed=7)
            if PEEKING.get(exercise.number, "no such error") in far.message:
                continue
            assert (far.status, far.misconception, far.message) == (
                local.status, local.misconception, local.message)


@lru_cache
def solved(chapter: str) -> dict:
    source, = (COURSE / "solutions").glob(f"{chapter[-2:]}_*.py")
    return runpy.run_path(str(source))


def test_gradients_flow_through_a_remote_call():
    def function(params, scale):
        return {"loss": scale * (params["w"] ** 3).sum(), "constant": torch.ones(2)}

    with elsewhere(function) as (far,):
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        found = far({"w": w * 2}, 0.5)
        assert found["loss"].item() == pytest.approx(36.0)
        assert found["loss"].requires_grad and not found["constant"].requires_grad
        (2 * found["loss"]).backward()
    assert w.grad.tolist() == pytest.approx([24.0, 96.0])


def test_no_grad_here_is_no_grad_there():
    with elsewhere(lambda w: w * 2) as (far,), torch.no_grad():
        assert not far(torch.ones(2, requires_grad=True)).requires_grad


def test_arguments_changed_over_there_are_changed_here():
    def function(params, items, array):
        params["w"].zero_()
        params["new"] = 1
        items.append(2)
        array += 1

    with elsewhere(function) as (far,):
        w, items, array = torch.ones(2), [1], np.zeros(2)
        params = {"w": w}
        far(params, items, array)
    assert w.tolist() == [0, 0] and params["new"] == 1 and params["w"] is w
    assert items == [1, 2] and array.tolist() == [1, 1]


def test_functions_are_called_back_but_show_nothing_else():
    class Secret:
        answer = 42

        def __call__(self, x):
            return x + 1

    def uses(function):
        return function(1)

    def peeps(function):
        return function.answer

    with elsewhere(uses, peeps) as (uses, peeps):
        assert uses(Secret()) == 2
        with pytest.raises(Failed, match="only be called"):
            peeps(Secret())


def test_the_judges_functions_take_no_objects_that_answer_as_they_like():
    class Shape:
        shape = (2**40,)

    with elsewhere(lambda function: function(Shape())) as (far,), pytest.raises(Refused):
        far(lambda x: torch.rand(x.shape))


class Run:
    """An object of the judge's that is not called: it has methods, numbers and a tensor."""

    def __init__(self):
        self.weights, self.epochs, self._secret = torch.zeros(2), 0, 42

    def epoch(self):
        self.weights += 1
        self.epochs += 1


def test_public_attributes_show_and_their_tensors_are_shared():
    def keeps_a_name(run):
        kept = run.weights
        for _ in range(3):
            run.epoch()
        return kept, run.epochs

    def keeps_a_copy(run):
        run.epoch()
        kept = run.weights.clone()
        run.epoch()
        run.weights[:] = 7.0
        return kept

    with elsewhere(keeps_a_name, keeps_a_copy) as (named, copied):
        weights, epochs = named(Run())
        assert weights.tolist() == [3, 3] and epochs == 3
        run = Run()
        assert copied(run).tolist() == [1, 1] and run.weights.tolist() == [7, 7]


@pytest.mark.parametrize("touch", [
    lambda run: run._secret, lambda run: setattr(run, "epochs", 9),
    lambda run: len(run), lambda run: run[0], lambda run: list(run),
    lambda run: run.epoch.__globals__, lambda run: run.epoch.__self__])
def test_nothing_else_of_an_object_shows(touch):
    with elsewhere(touch) as (far,), pytest.raises(Failed):
        far(Run())


def test_a_class_can_name_what_it_shows():
    class Planted(Run):
        for_answers = ("epoch",)

    with elsewhere(lambda run: run.epoch(), lambda run: run.epochs) as (allowed, closed):
        assert allowed(Planted()) is None
        with pytest.raises(Failed, match="shows no epochs"):
            closed(Planted())


def test_modules_of_the_judge_have_state_but_no_code_over_there():
    class Planted(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fault = "frozen"
            self.inner = torch.nn.Linear(2, 1)
            self.register_buffer("calls", torch.zeros(()), persistent=False)

        def forward(self, x):
            self.calls += 1
            return self.inner(x) if self.training else x

    def uses(layer, x):
        layer(x).sum().backward()
        names = sorted(layer.state_dict())
        slope = layer.inner.weight.grad
        layer.eval()
        return names, slope, layer(x), layer.calls, [hasattr(layer, "fault"), type(layer).__name__]

    layer = Planted()
    x = torch.tensor([[1.0, 2.0]])
    with elsewhere(uses, lambda layer: layer.fault) as (uses, peeps):
        names, slope, out, calls, seen = uses(layer, x)
        with pytest.raises(Failed):
            peeps(layer)
    assert names == ["inner.bias", "inner.weight"] and slope.tolist() == [[1, 2]]
    assert torch.equal(out, x) and calls == 2 and seen == [False, "StandIn"]


def test_returned_functions_and_modules_can_be_used():
    def make(p):
        return torch.nn.Dropout(p), lambda x: x * p

    with elsewhere(make) as (far,):
        layer, function = far(0.5)
        assert function(torch.ones(2)).tolist() == [0.5, 0.5]
        layer.eval()
        assert layer.training is False and layer.p == 0.5
        assert layer(torch.ones(3)).tolist() == [1, 1, 1]


def test_the_random_state_goes_along_only_when_it_was_set():
    with elsewhere(lambda: torch.rand(3)) as (far,):
        torch.manual_seed(5)
        first, second = far(), far()
        torch.manual_seed(5)
        again = far()
        torch.manual_seed(5)
        assert torch.equal(first, torch.rand(3)) and torch.equal(first, again)
        assert not torch.equal(first, second)


def test_errors_come_with_their_text():
    def fails():
        raise ValueError("no")

    def stub():
        raise NotImplementedError("Exercise 2.1: …")

    with elsewhere(fails, stub) as (fails, stub):
        with pytest.raises(Failed, match="no") as caught:
            fails()
        assert caught.value.kind == "ValueError"
        with pytest.raises(NotImplementedError, match="Exercise 2.1"):
            stub()


VALUES = [None, True, 3, -0.5, "ü", [1, [2]], (1, (2,)), {"a": 1, (1, 2): [3]},
          torch.ones(2, 3), torch.zeros(0), torch.tensor(3), torch.tensor([True, False]),
          torch.ones(2, dtype=torch.bfloat16), torch.tensor([1 + 2j]), torch.arange(6)[::2],
          torch.ones(1).expand(1, 1), torch.ones(1).expand(3, 1).T,
          np.float64(2), np.int32(3), np.bool_(True), np.ones((2, 2), np.float32), np.zeros((0, 3))]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_values_survive(value):
    back = decode(json.loads(json.dumps(encode(value, repr))), repr)
    assert type(back) is type(value)
    assert str(back) == str(value)
    assert getattr(back, "dtype", None) == getattr(value, "dtype", None)


def tensor(dtype, shape, data="AAAAAA=="):
    return {"tensor": dtype, "shape": shape, "data": data}


def array(dtype, shape, data="AAAAAA=="):
    return {"array": dtype, "shape": shape, "data": data}


BAD = [[1], tensor("float32", [2], ""), tensor("qint8", []), tensor("float32", [-1]),
       tensor("float32", [1.0]), tensor("float32", [0, 2**31], ""),
       tensor("float32", [0, 2**20, 2**20], ""),
       tensor("float32", [1], "!"), {"tensor": []}, array("V4", [1]),
       array("|O", [1], "AAAAAAAAAAA="), array([["a", "O"]], [1]), array("<f8", None, ""),
       {"dict": [[{"list": []}, 1]]}, {"dict": [[1]]}, {"list": 3}, {"tuple": {"a": 1}}]


@pytest.mark.parametrize("value", BAD, ids=str)
def test_what_is_no_value_is_refused(value):
    with pytest.raises(Refused):
        decode(value, lambda other: pytest.fail("asked for"))


FRAMES = [b"[" * 99999, b"\x80\x04", b'{"reply": 7}', b"3", b'{"do": "call"}', b"{}",
          b'{"reply": 1, "value": {"mine": "x"}}', b'{"reply": 1, "value": {"yours": 99}}',
          b'{"reply": 1, "error": 3}', b'{"reply": 1, "changed": [[0, 1]]}',
          b'{"do": "backward", "id": 1, "call": 5, "object": null}', b'{"do": "run", "id": [1]}']


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame[:40].decode("latin-1"))
def test_forged_messages_are_refused(frame):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack(">I", len(frame)) + frame)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises((Refused, Closed)):
            Peer(Channel(ours)).call(0, (), {})


def test_a_message_that_is_too_long_is_refused_before_it_is_read():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\xff\xff\xff\xff")
        with pytest.raises(Refused, match="bytes"):
            Channel(ours).receive()


def test_restore_keeps_identity():
    inner = [1, 2]
    outer = {"a": inner, "b": 1}
    restore(outer, {"a": [3], "c": 4})
    assert outer == {"a": [3], "c": 4} and outer["a"] is inner
