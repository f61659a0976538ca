"""A second device for machines that have none: tensors that say they are on CUDA, kept on the CPU.

Inside ``with SecondDevice() as device:`` every piece of memory is marked by where it would be.
Operations follow CUDA's rules and raise where CUDA would: tensors of two devices do not mix (but
for single numbers and indices), a generator draws on its own device only, and NumPy sees nothing
of a GPU. What makes the CPU wait for the GPU is counted. The numbers are the CPU's: this tells
whether code would run on a GPU, not how fast it is or how it rounds.

    python tests/second_device.py notebooks/05_early_stopping.py    # runs a chapter so, slowly
"""

import runpy
import sys
from collections import Counter
from concurrent.futures import Executor, Future
from unittest import mock

import torch
from torch._C._functorch import get_unwrapped, is_functorch_wrapped_tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map, tree_map_only

CPU, CUDA = torch.device("cpu"), torch.device("cuda", 0)
aten = torch.ops.aten

COPIES = {aten.copy_, aten._to_copy}    # from one device to the other
INDEXED = {aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_}    # by either's

# The CPU needs their outcome, or its size, before it goes on.
WAITING = {aten._local_scalar_dense, aten.nonzero, aten.masked_select, aten.equal}


class SecondDevice:
    """Makes ``"cuda"`` a device that can be used while the block runs, in this thread alone.

    A sweep trains in this thread as well.

    Attributes:
        operations: how many ran on the GPU.
        waits: how often the CPU waited for the GPU, by the reason.
    """

    def __init__(self):
        self.operations = 0
        self.waits: Counter[str] = Counter()
        self.there: dict[int, torch.UntypedStorage] = {}    # kept alive, so that no mark gets stale
        self.contexts = [
            mock.patch("torch.cuda.is_available", lambda: True),
            mock.patch("torch.cuda.device_count", lambda: 1),
            mock.patch("torch.cuda.get_device_name", lambda: "a stand-in"),
            mock.patch("torch.cuda._lazy_init", lambda: None),
            mock.patch("reglab.jobs.ThreadPoolExecutor", InThisThread),
            Names(self), Rules(self)]

    def __enter__(self) -> "SecondDevice":
        for context in self.contexts:
            context.__enter__()
        return self

    def __exit__(self, *error) -> None:
        for context in reversed(self.contexts):
            context.__exit__(*error)

    def __contains__(self, tensor: torch.Tensor) -> bool:
        while is_functorch_wrapped_tensor(tensor):
            tensor = get_unwrapped(tensor)
        return tensor.untyped_storage()._cdata in self.there

    def take(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        self.there[storage._cdata] = storage


class InThisThread(Executor):
    """Does the work when it is submitted: other threads know nothing of the modes of this one."""

    def __init__(self, workers: int = 1):
        pass

    def submit(self, function, *args, **kwargs) -> Future:
        future: Future = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Names(TorchFunctionMode):
    """What a tensor says of its device, and what cannot be asked of one on a GPU."""

    def __init__(self, device: SecondDevice):
        super().__init__()
        self.device = device

    def __torch_function__(self, function, types, args=(), kwargs=None):
        args, kwargs = tree_map(with_index, (tuple(args), kwargs or {}))
        if function == torch.Tensor.device.__get__:
            return CUDA if args[0] in self.device else CPU
        if function == torch.Tensor.is_cuda.__get__:
            return args[0] in self.device
        if function in (torch.Tensor.numpy, torch.Tensor.__array__) and args[0] in self.device:
            raise TypeError("can't convert cuda:0 device type tensor to numpy.")
        if function in (torch.tensor, torch.as_tensor) and kwargs.get("device") == CUDA:
            return function(*args, **{**kwargs, "device": CPU}).to(CUDA)    # seen by no mode
        if function is torch.Tensor.cpu:
            function, args = torch.Tensor.to, (args[0], CPU)
        if function is torch.Tensor.to:    # which does nothing where the memory is already
            device, dtype, non_blocking, _ = torch._C._nn._parse_to(*args[1:], **kwargs)
            if device is not None and (device == CUDA) != (args[0] in self.device):
                return aten._to_copy(args[0], dtype=dtype, device=device,
                                     non_blocking=non_blocking)
        return function(*args, **kwargs)


def with_index(argument):
    """``cuda`` as ``cuda:0``: a torch built for the CPU cannot look up which one is in use."""
    named = isinstance(argument, str | torch.device) and str(argument) == "cuda"
    return CUDA if named else argument


class Rules(TorchDispatchMode):
    """Where the arguments of each operation are, and where its outcome will be."""

    def __init__(self, device: SecondDevice):
        super().__init__()
        self.device = device

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs, packet = dict(kwargs or {}), function.overloadpacket
        flat = tree_flatten((args, kwargs))[0]
        tensors = [a for a in flat if isinstance(a, torch.Tensor)]
        places = [t in self.device for t in tensors]
        on_gpu = places[0] if packet is aten.copy_ else any(places)
        if kwargs.get("device") is not None:
            on_gpu = kwargs["device"].type == "cuda"
            kwargs["device"] = CPU

        if on_gpu and any(isinstance(a, torch.Generator) for a in flat):
            raise RuntimeError(f"{function}: Expected a 'cuda' device type for generator but "
                               "found 'cpu'")
        if packet not in COPIES and any(places):
            self._refuse_a_mixture(function, args, tensors)
        self._count(packet, kwargs, args, places, on_gpu)

        found = function(*args, **kwargs)
        if on_gpu:
            tree_map_only(torch.Tensor, self.device.take, found)
        return found

    def _refuse_a_mixture(self, function, args, tensors) -> None:
        """Where one tensor is on the GPU, all must be that are more than a number or an index."""
        indexed = function.overloadpacket in INDEXED    # a table, indices, and perhaps new values
        bound = tree_flatten((args[0], args[2:3]))[0] if indexed else tensors
        if any(isinstance(t, torch.Tensor) and t.ndim > 0 and t not in self.device for t in bound):
            found = ", ".join(f"{tuple(t.shape)} on {'cuda:0' if t in self.device else 'cpu'}"
                              for t in tensors)
            raise RuntimeError(f"{function}: Expected all tensors to be on the same device, but "
                               f"found at least two devices: {found}")

    def _count(self, packet, kwargs, args, places, on_gpu) -> None:
        self.device.operations += on_gpu
        if packet in WAITING and any(places):
            self.device.waits[str(packet)] += 1
        if packet in COPIES and places and places[-1] != on_gpu:
            non_blocking = kwargs.get("non_blocking") or (packet is aten.copy_ and args[2:])
            if not (non_blocking and on_gpu):
                self.device.waits[f"copy to the {'GPU' if on_gpu else 'CPU'}"] += 1


if __name__ == "__main__":
    for path in sys.argv[1:]:
        with SecondDevice() as device:
            runpy.run_path(path, run_name="__main__")
        print(f"{path}: {device.operations} operations on the second device; the CPU waited: "
              f"{dict(device.waits)}")
