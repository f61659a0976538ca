"""Values as JSON: what a message between the judge and the sandbox is made of.

Numbers, text, lists, tuples, dicts, tensors and arrays travel as values, with their type, shape
and bytes. Anything else stays where it is; its number travels, and :mod:`~reglab.grading.peer`
makes it callable from the other side. Nothing is ever unpickled.
"""

from __future__ import annotations

import base64
import json
import math
import socket
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

MESSAGE_LIMIT = 8 * 2**20    # bytes; read as Python objects it may be twenty times as much
DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
    torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128)}
SIDE_LIMIT = 2**24    # numbers in a tensor, also in one that is empty along another side
KINDS = "fiubc"    # of NumPy arrays: float, int, unsigned, bool, complex


class Refused(BaseException):
    """The other side sent what no message may be, or too much. Not an answer, so not caught."""


class Closed(BaseException):
    """The other side is gone."""


class TimeIsUp(BaseException):
    """No answer before the deadline."""


class Channel:
    """Messages over a connected socket: four bytes of length, then JSON.

    Args:
        sock: a stream socket.
        limit: the largest message to accept, in bytes.
    """

    def __init__(self, sock: socket.socket, limit: int = MESSAGE_LIMIT):
        self.sock, self.limit = sock, limit
        self.deadline: float | None = None    # of time.monotonic()

    def send(self, message: Any) -> None:
        data = json.dumps(message).encode()
        try:
            self._wait()
            self.sock.sendall(struct.pack(">I", len(data)) + data)
        except TimeoutError:
            raise TimeIsUp from None
        except OSError:
            raise Closed from None

    def receive(self) -> Any:
        length, = struct.unpack(">I", self._read(4))
        if length > self.limit:
            raise Refused(f"a message of {length} bytes; at most {self.limit} are allowed")
        try:
            return json.loads(self._read(length))
        except (ValueError, RecursionError) as error:
            raise Refused(f"a message that is not JSON: {error!s:.80}") from None

    def _read(self, count: int) -> bytes:
        parts = []
        while count:
            try:
                self._wait()
                part = self.sock.recv(min(count, 2**20))
            except TimeoutError:
                raise TimeIsUp from None
            except OSError:
                raise Closed from None
            if not part:
                raise Closed
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _wait(self) -> None:
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.sock.settimeout(left)


def encode(value: Any, other: Callable[[Any], dict]) -> Any:
    """A value as JSON; ``other`` speaks for tensors that carry a gradient and all but data.

    >>> encode([1, (True, None)], other=repr)
    {'list': [1, {'tuple': [True, None]}]}
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, bool | int | float | str) and not isinstance(value, np.generic):
        base = next(t for t in (bool, int, float, str) if isinstance(value, t))
        return base(value)
    if isinstance(value, Mapping):
        return {"dict": [[encode(k, other), encode(v, other)] for k, v in value.items()]}
    if isinstance(value, list):
        return {"list": [encode(v, other) for v in value]}
    if isinstance(value, tuple):
        return {"tuple": [encode(v, other) for v in value]}
    if isinstance(value, torch.Tensor) and str(value.dtype)[6:] in DTYPES:
        return encode_tensor(value) if not value.requires_grad else other(value)
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in KINDS:
        shape = list(value.shape) if isinstance(value, np.ndarray) else None
        # before NumPy 2, longdouble has no portable bytes
        data = value.astype(np.float64) if value.dtype.name == "float128" else value
        return {"array": data.dtype.str, "shape": shape,
                "data": base64.b64encode(np.ascontiguousarray(data).tobytes()).decode()}
    return other(value)


def encode_tensor(value: torch.Tensor) -> dict:
    dense = value.detach().cpu().to_dense()
    flat = torch.empty(dense.numel(), dtype=dense.dtype)    # an expanded tensor has no bytes
    flat.reshape(dense.shape).copy_(dense)
    raw = flat.view(torch.uint8).numpy().tobytes() if dense.numel() else b""
    return {"tensor": str(value.dtype)[6:], "shape": list(value.shape),
            "data": base64.b64encode(raw).decode()}


def decode(value: Any, other: Callable[[dict], Any]) -> Any:
    """The value that :func:`encode` wrote; raises :class:`Refused` for anything else."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if not isinstance(value, dict):
        raise Refused("a bare list where a value should stand")
    try:
        return _decode(value, other)
    except (KeyError, TypeError, ValueError, RuntimeError, OverflowError, RecursionError,
            MemoryError) as error:
        raise Refused(f"a value that cannot be read: {error!s:.80}") from None


def _decode(value: dict, other: Callable[[dict], Any]) -> Any:
    if "list" in value:
        return [decode(v, other) for v in _list(value["list"])]
    if "tuple" in value:
        return tuple(decode(v, other) for v in _list(value["tuple"]))
    if "dict" in value:
        return {decode(k, other): decode(v, other) for k, v in _list(value["dict"])}
    if "tensor" in value:
        tensor = decode_tensor(value)
        return other({**value, "value": tensor}) if {"graph", "shared"} & set(value) else tensor
    if "array" in value:
        dtype = np.dtype(value["array"])
        if dtype.kind not in KINDS or dtype.hasobject:
            raise Refused(f"an array of type {dtype}")
        raw = base64.b64decode(value["data"], validate=True)
        flat = np.frombuffer(raw, dtype).copy() if raw else np.empty(0, dtype)
        if value["shape"] is None:
            item, = flat
            return item
        return flat.reshape(_shape(value["shape"], flat.size))
    return other(value)


def decode_tensor(value: dict) -> torch.Tensor:
    dtype = DTYPES[value["tensor"]]
    raw = base64.b64decode(value["data"], validate=True)
    size = len(raw) // dtype.itemsize
    shape = _shape(value["shape"], size)
    if size * dtype.itemsize != len(raw):
        raise ValueError("bytes do not fill the tensor")
    if dtype == torch.bool:
        raw = bytes(byte != 0 for byte in raw)
    flat = torch.frombuffer(bytearray(raw), dtype=dtype) if raw else torch.empty(0, dtype=dtype)
    return flat.reshape(shape).clone()


def _shape(shape: Any, size: int) -> tuple[int, ...]:
    sides = tuple(_list(shape))
    if len(sides) > 32 or not all(type(n) is int and 0 <= n < SIDE_LIMIT for n in sides):
        raise ValueError("not a shape")
    if math.prod(max(n, 1) for n in sides) >= SIDE_LIMIT:    # (0, 10**9) costs nothing to send,
        raise ValueError("an empty shape that is huge")      # and may cost the receiver much
    if math.prod(sides) != size:
        raise ValueError(f"{size} numbers do not have this shape")
    return sides


def _list(value: Any) -> list:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value
