"""A module of the judge's as a submission sees it: its state is there, its code is not.

Parameters, buffers and modes are real and local, so that ``state_dict``, ``eval()`` and optimizers
work. A forward pass sends them along, runs on the other side, and brings changed buffers back;
gradients flow through the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn


class StandIn(nn.Module):
    """Stands for a module elsewhere; ``run`` calls it with arguments and state."""

    def __init__(self, run: Callable):
        super().__init__()
        object.__setattr__(self, "_run", run)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._run(list(args), kwargs, dict(self.named_parameters()),
                         dict(self.named_buffers()), self.training)


def state_of(module: nn.Module) -> dict:
    """What travels of a module: its mode, parameters and buffers, and which are not saved."""
    saved = module.state_dict()
    return {"training": module.training,
            "parameters": {n: p.detach() for n, p in module.named_parameters()},
            "buffers": dict(module.named_buffers()),
            "unsaved": [name for name, _ in module.named_buffers() if name not in saved]}


def build(state: dict, run: Callable) -> StandIn:
    """A stand-in with this state."""
    made = StandIn(run)
    for name, value in state["parameters"].items():
        place, last = _place(made, name)
        place.register_parameter(last, nn.Parameter(value))
    for name, value in state["buffers"].items():
        place, last = _place(made, name)
        place.register_buffer(last, value, persistent=name not in state["unsaved"])
    return made.train(state["training"])


def runner(module: nn.Module) -> Callable:
    """The function behind a stand-in: a forward pass with the state that is sent along."""
    shapes = {name: value.shape for name, value in (*module.named_parameters(),
                                                    *module.named_buffers())}

    def run(args: list, kwargs: dict, parameters: dict, buffers: dict, training: bool) -> Any:
        state = {**parameters, **buffers}
        if {name: getattr(value, "shape", None) for name, value in state.items()} != shapes:
            raise ValueError("the layer's parameters and buffers must keep their shapes")
        module.train(training)
        return torch.func.functional_call(module, state, tuple(args), kwargs)
    return run


def _place(module: nn.Module, name: str) -> tuple[nn.Module, str]:
    *path, last = name.split(".")
    for part in path:
        if part not in module._modules:
            module.add_module(part, nn.Module())
        module = module._modules[part]
    return module, last
