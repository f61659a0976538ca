"""Calls to functions on the other side of a channel, with gradients through them.

Both sides are alike. A function that is passed along arrives as a :class:`Remote`; calling it
sends the arguments, waits, and answers calls that come back meanwhile. The sandbox may reveal all
of its objects. The side that judges reveals little of its own: of one that can be called, the
call; of another one, its public attributes, and only those in ``for_answers`` if its class names
them. A tensor that is such an attribute is shared: what changes on one side changes on the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from . import standin
from .wire import Channel, Refused, decode, encode, encode_tensor

CALLS_LIMIT = 50_000    # that the other side may ask of this one, in all
OBJECTS_LIMIT = 50_000


class Failed(Exception):
    """Code on the other side raised; ``description`` says what and where, for the learner."""

    def __init__(self, kind: str, text: str, description: str):
        super().__init__(text)
        self.kind, self.description = kind, description


class Stub(NotImplementedError):
    """NotImplementedError on the other side: a stub, or torch that lacks something."""

    def __init__(self, text: str, description: str):
        super().__init__(text)
        self.description = description


class Remote:
    """An object of the other side. Attributes, items and calls go there."""

    def __init__(self, peer: Peer, number: int):
        object.__setattr__(self, "_peer", peer)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._peer.ask("get", self._number, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._peer.ask("set", self._number, name, value)

    def __len__(self) -> int:
        return self._peer.ask("len", self._number)

    def __iter__(self):
        return iter(self._peer.ask("items", self._number))

    def __getitem__(self, key: Any) -> Any:
        return self._peer.ask("item", self._number, key)

    def __bool__(self) -> bool:
        return True

    def __deepcopy__(self, memo: dict) -> Remote:
        return self


class RemoteFunction(Remote):
    """An object of the other side that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._peer.call(self._number, args, kwargs)


class Peer:
    """One side of a channel.

    Args:
        channel: to the other side.
        open_objects: whether the other side may read attributes of what it is handed.
        describe: turns an exception raised on this side into text for a learner.
        forward_random: send torch's random state along when it was set or used here, so that
            ``torch.manual_seed`` before a call has the effect it has without a sandbox.
    """

    def __init__(self, channel: Channel, *, open_objects: bool = False,
                 describe: Callable[[BaseException], str] = str, forward_random: bool = False):
        self.channel, self.open_objects, self.describe = channel, open_objects, describe
        self.forward_random, self.random_seen = forward_random, None
        self.objects: list[Any] = []
        self.numbers: dict[int, int] = {}           # id -> number; `objects` keeps them alive
        self.graphs: dict[int, tuple] = {}           # call -> (leaves, outputs)
        self.shared: dict[int, torch.Tensor] = {}    # attributes of the judge's objects
        self.synced: dict[int, dict] = {}            # and what the other side knows of them
        self.asked = self.answered = 0

    # Asking

    def call(self, number: int, args: tuple, kwargs: dict) -> Any:
        """Call an object of the other side; changes to the arguments come back too."""
        inputs: list[torch.Tensor] = []
        sent = encode([args, kwargs], lambda value: self._give(value, inputs))
        message = {"do": "call", "object": number, "args": sent, "grad": torch.is_grad_enabled()}
        if self.forward_random:
            message["random"] = self._random()
        reply, call = self._request(message)
        if self.forward_random:
            torch.rand(1)
            self.random_seen = torch.random.get_rng_state()
        for place, new in self._changes(reply, len(args)):
            restore(args[place], decode(new, self._take_plain))
        outputs: list[torch.Tensor] = []
        held = decode(reply.get("value"), lambda value: self._take(value, outputs))
        if not outputs:
            return held
        bridged = _Bridge.apply(self, call, torch.ones((), requires_grad=True), len(inputs),
                                *inputs, *outputs)
        bridged = iter(bridged if isinstance(bridged, tuple) else (bridged,))
        return _replace(held, {id(t): next(bridged) for t in outputs})

    def ask(self, what: str, number: int, *args: Any) -> Any:
        """Read or set something of an object of the other side."""
        sent = encode(list(args), lambda value: self._give(value, []))
        reply, _ = self._request({"do": what, "object": number, "args": sent})
        return decode(reply.get("value"), self._take_plain)

    def _request(self, message: dict) -> tuple[dict, int]:
        self.asked += 1
        call = self.asked
        self.channel.send({**message, "id": call, **self._news()})
        while True:
            got = self.channel.receive()
            if not isinstance(got, dict):
                raise Refused("a message that is not an object")
            if "do" in got:
                self.answer(got)
            elif got.get("reply") == call:
                self._learn(got)
                if "error" in got:
                    raise self._failure(got["error"])
                return got, call
            else:
                raise Refused("an answer to what was not asked")

    def _failure(self, error: Any) -> Exception:
        if not isinstance(error, dict):
            raise Refused("an error without a description")
        kind, text, description = (str(error.get(key, ""))[:2000]
                                   for key in ("kind", "text", "description"))
        if kind == "NotImplementedError":
            return Stub(text, description)
        return Failed(kind, text, description)

    def _changes(self, reply: dict, count: int) -> list:
        changes = reply.get("changed", [])
        if not isinstance(changes, list) or not all(
                isinstance(c, list) and len(c) == 2 and type(c[0]) is int and 0 <= c[0] < count
                for c in changes):
            raise Refused("changes to arguments that do not exist")
        return changes

    def _random(self) -> dict | None:
        state = torch.random.get_rng_state()
        if self.random_seen is not None and torch.equal(state, self.random_seen):
            return None
        return encode_tensor(state)

    # Answering

    def serve(self) -> None:
        """Answer until the other side closes the channel (raises Closed)."""
        while True:
            self.answer(self.channel.receive())

    def answer(self, message: Any) -> None:
        """Do what one message asks and send the reply."""
        if not isinstance(message, dict) or type(message.get("id")) is not int:
            raise Refused("a message that asks for nothing")
        self.answered += 1
        if self.answered > CALLS_LIMIT:
            raise Refused(f"more than {CALLS_LIMIT} calls")
        self._learn(message)
        try:
            reply = {"reply": message["id"], **self._do(message)}
            self.channel.send({**reply, **self._news()})
        except (Exception, SystemExit) as error:
            kind = "NotImplementedError" if isinstance(error, NotImplementedError) else (
                type(error).__name__)
            self.channel.send({"reply": message["id"], "error": {
                "kind": kind, "text": _text(error), "description": self.describe(error)}})

    def _do(self, message: dict) -> dict:
        what, thing = message.get("do"), self._object(message.get("object"))
        if what == "call":
            return self._called(thing, message)
        if what == "backward":
            return self._backward(message)
        args = decode(message.get("args"), self._take_plain)
        if not self.open_objects:
            return self._revealed(thing, what, args)
        if what == "get":
            value = getattr(thing, *args)
        elif what == "set":
            value = setattr(thing, *args)
        elif what == "len":
            value = len(thing)
        elif what == "item":
            value = thing[args[0]]
        elif what == "items":
            value = list(thing)
        else:
            raise Refused("a request of no known kind")
        return {"value": encode(value, lambda v: self._give(v, []))}

    def _revealed(self, thing: Any, what: Any, args: Any) -> dict:
        """An attribute of an object of the judge's, where that is allowed."""
        if what not in ("get", "set", "len", "item", "items") or not isinstance(args, list):
            raise Refused("a request of no known kind")
        name = args[0] if args and isinstance(args[0], str) else ""
        names = getattr(type(thing), "for_answers", None)
        closed = callable(thing) if names is None else name not in names
        if thing is None or closed or what not in ("get", "set") or not name.isidentifier() or (
                name.startswith("_")):
            raise AttributeError("this object can only be called" if callable(thing)
                                 else f"this object shows no {name or what}")
        value = getattr(thing, name)
        if what == "get" and isinstance(value, torch.Tensor):
            number = next((n for n, t in self.shared.items() if t is value), len(self.shared))
            self.shared[number], self.synced[number] = value, encode_tensor(value)
            return {"value": {**self.synced[number], "shared": number}}
        if what == "get":
            return {"value": encode(value, lambda v: self._give(v, []))}
        new = args[1] if len(args) == 2 else None
        if not (isinstance(value, torch.Tensor) and isinstance(new, torch.Tensor)
                and value.shape == new.shape):
            raise AttributeError(f"{name} cannot be set")
        setattr(thing, name, new.to(value.dtype))
        return {"value": None}

    def _news(self) -> dict:
        """Shared tensors that changed here since the other side last heard of them."""
        news = []
        for number, tensor in self.shared.items():
            now = encode_tensor(tensor)
            if now != self.synced[number]:
                self.synced[number] = now
                news.append([number, now])
        return {"shared": news} if news else {}

    def _learn(self, message: dict) -> None:
        """Shared tensors that changed on the other side."""
        news = message.get("shared", [])
        if not isinstance(news, list):
            raise Refused("shared tensors that are not a list")
        for entry in news:
            if not isinstance(entry, list) or len(entry) != 2 or type(entry[0]) is not int or (
                    entry[0] not in self.shared):
                raise Refused("a tensor that was never shared")
            new, old = decode(entry[1], self._take_plain), self.shared[entry[0]]
            if not isinstance(new, torch.Tensor) or (new.shape, new.dtype) != (
                    old.shape, old.dtype):
                raise Refused("a shared tensor of another form")
            old.data.copy_(new.detach())
            self.synced[entry[0]] = encode_tensor(old)

    def _called(self, thing: Any, message: dict) -> dict:
        leaves: list[torch.Tensor] = []
        sent = message.get("args")
        args, kwargs = decode(sent, lambda value: self._take_argument(value, leaves))
        for leaf in leaves:
            leaf.requires_grad_()
        if message.get("random") and self.open_objects:    # only the sandbox follows
            torch.random.set_rng_state(decode(message["random"], self._take_plain))
        # leaves are handed on as results of an operation, so that code may change them in place
        with torch.set_grad_enabled(bool(message.get("grad", True))):
            result = thing(*args, **kwargs)
        outputs: list[torch.Tensor] = []
        value = encode(result, lambda v: self._give(v, outputs))
        if outputs:
            self.graphs[message["id"]] = (leaves, outputs)
        before = sent["list"][0]["tuple"]
        after = [encode(arg, lambda v: self._give(v, [])) for arg in args]
        changed = [[place, new] for place, (old, new) in enumerate(zip(before, after, strict=True))
                   if not _alike(old, new)]
        return {"value": value, "changed": changed} if changed else {"value": value}

    def _backward(self, message: dict) -> dict:
        leaves, outputs = self.graphs[message["call"]]
        gradients = decode(message["args"], self._take_plain)
        used = [(o, g) for o, g in zip(outputs, gradients, strict=True) if g is not None]
        if leaves and used:
            found = torch.autograd.grad([o for o, _ in used], leaves, [g for _, g in used],
                                        allow_unused=True, retain_graph=True)
        else:
            found = [None] * len(leaves)
        return {"value": encode(list(found), lambda v: encode_tensor(v.detach()))}

    def backward(self, call: int, gradients: list) -> list:
        """Gradients of the inputs of an earlier call, from those of its outputs."""
        sent = encode(gradients, lambda v: encode_tensor(v.detach()))
        reply, _ = self._request({"do": "backward", "call": call, "object": None, "args": sent})
        found = decode(reply.get("value"), self._take_plain)
        if not isinstance(found, list):
            raise Refused("gradients that are not a list")
        return found

    # Objects

    def _object(self, number: Any) -> Any:
        if number is None:
            return None
        if type(number) is not int or not 0 <= number < len(self.objects):
            raise Refused("an object that was never handed over")
        return self.objects[number]

    def _give(self, value: Any, graph: list[torch.Tensor]) -> dict:
        """What travels for something that is not plain data."""
        if isinstance(value, torch.Tensor) and value.requires_grad and (
                value.layout is torch.strided):
            graph.append(value)
            return {**encode_tensor(value), "graph": len(graph) - 1}
        if isinstance(value, Remote) and value._peer is self:
            return {"yours": value._number}
        if isinstance(value, torch.nn.Module) and not self.open_objects:
            state = encode(standin.state_of(value), lambda v: self._give(v, []))
            return {"module": state, "run": self._give(standin.runner(value), [])["mine"]}
        if id(value) not in self.numbers:
            if len(self.objects) >= OBJECTS_LIMIT:
                raise ValueError("too many objects")
            self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return {"mine": self.numbers[id(value)], "callable": callable(value),
                "type": type(value).__name__}

    def _take(self, value: dict, graph: list[torch.Tensor]) -> Any:
        """The local stand-in for what was not plain data."""
        if "graph" in value:
            graph.append(value["value"])
            return value["value"]
        if "yours" in value:
            return self._object(value["yours"])
        if "shared" in value and self.open_objects:
            number = value["shared"]
            tensor = self.shared.setdefault(number, value["value"])
            tensor.data.copy_(value["value"])
            self.synced[number] = encode_tensor(tensor)
            return tensor
        if "module" in value and self.open_objects:
            return standin.build(decode(value["module"], self._take_plain),
                                 RemoteFunction(self, value["run"]))
        if type(value.get("mine")) is int:
            base = RemoteFunction if value.get("callable") is True else Remote
            name = str(value.get("type"))[:40]
            return type(name if name.isidentifier() else "object", (base,), {})(
                self, value["mine"])
        raise Refused("a value of no known kind")

    def _take_argument(self, value: dict, graph: list[torch.Tensor]) -> Any:
        """As `_take`; the judge's functions get data, not objects that answer as they like."""
        if "mine" in value and not self.open_objects:
            raise Refused("an object where only numbers, text and tensors are taken")
        return self._take(value, graph)

    def _take_plain(self, value: dict) -> Any:
        return self._take(value, [])


class _Bridge(torch.autograd.Function):
    """Outputs of a remote call as results of its local inputs; backward asks the other side."""

    @staticmethod
    def forward(ctx, peer, call, anchor, count, *tensors):
        ctx.peer, ctx.call, ctx.count, ctx.total = peer, call, count, len(tensors)
        return tuple(t.clone() for t in tensors[count:])

    @staticmethod
    def backward(ctx, *gradients):
        found = ctx.peer.backward(ctx.call, list(gradients))
        if len(found) != ctx.count or not all(
                g is None or isinstance(g, torch.Tensor) for g in found):
            raise Refused("gradients that do not fit the inputs")
        return (None, None, None, None, *found, *[None] * (ctx.total - ctx.count))


def restore(old: Any, new: Any) -> None:
    """Make an argument what the other side says it is now, in place."""
    if isinstance(old, torch.Tensor) and isinstance(new, torch.Tensor):
        old.data = new.detach()
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        shared = {key: value for key, value in old.items() if key in new}
        for key, value in shared.items():
            restore(value, new[key])
        merged = {key: _kept(shared.get(key), value) for key, value in new.items()}
        old.clear()
        old.update(merged)
    elif isinstance(old, list) and isinstance(new, list):
        for a, b in zip(old, new, strict=False):
            restore(a, b)
        old[:] = [_kept(old[i] if i < len(old) else None, value) for i, value in enumerate(new)]
    elif isinstance(old, tuple) and isinstance(new, tuple):
        for a, b in zip(old, new, strict=False):
            restore(a, b)
    elif hasattr(old, "shape") and getattr(new, "shape", None) == old.shape and old.shape:
        old[...] = new


def _kept(old: Any, new: Any) -> Any:
    """The old object if it could take the new value, so that its identity stays."""
    same = isinstance(old, torch.Tensor | list | dict) and type(old) is type(new)
    return old if same else new


def _replace(value: Any, new: dict[int, Any]) -> Any:
    if isinstance(value, torch.Tensor):
        return new.get(id(value), value)
    if isinstance(value, dict):
        return {key: _replace(v, new) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_replace(v, new) for v in value)
    return value


def _alike(old: Any, new: Any) -> bool:
    """Whether two encodings are of the same value; numbers of objects and graphs do not count."""
    if isinstance(old, dict) and isinstance(new, dict):
        if "mine" in old or "yours" in old:
            return bool({"mine", "yours"} & set(new))
        keys = (set(old) | set(new)) - {"graph"}
        return all(_alike(old.get(key), new.get(key)) for key in keys)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_alike, old, new))
    return old == new or (old != old and new != new)


def _text(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except Exception:
        return type(error).__name__
