"""Many models at once: the only file that knows the leading dimension R, and the only ``vmap``.

R models of one kind are stacked along a leading dimension and trained side by side. Each has its
own data, seed, masks, strengths and learning rate, and comes out as if it had been trained alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.utils._pytree import tree_map

from .arguments import require
from .hyperparameters import kind, numbers, with_numbers
from .layers import RandomLayer
from .optimizers import Optimizer
from .seeding import generator
from .step import step
from .technique import Technique

EVALUATED_AT_ONCE = 1 << 14  # examples, over all replicas: the activations stay in the cache


def model_kind(model: nn.Module) -> tuple:
    """All that two models must share to be stacked: classes, shapes and plain attributes."""
    parts = []
    for name, module in model.named_modules():
        settings = {k: repr(v) for k, v in vars(module).items() if not k.startswith("_")}
        settings.pop("training")
        tensors = [(k, t.shape, t.dtype) for k, t in
                   [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]]
        parts.append((name, type(module), tuple(settings.items()), tuple(tensors)))
    return tuple(parts)


class Replicas:
    """R models with their techniques and optimizers, trained together.

    Args:
        models: R initialized models of one kind (see :func:`model_kind`).
        chains: R tuples of techniques, of one kind.
        optimizers: R optimizers, of one kind.
        seeds: R seeds of the batch order and of all noise.
        loss: of outputs and targets, without penalties.
        device: where to train.
    """

    def __init__(self, models: Sequence[nn.Module], chains: Sequence[tuple[Technique, ...]],
                 optimizers: Sequence[Optimizer], seeds: Sequence[int],
                 loss: Callable[[Tensor, Tensor], Tensor], device: torch.device):
        _require_same({model_kind(m) for m in models}, "models")
        _require_same({tuple(map(kind, chain)) for chain in chains}, "chains")
        _require_same({kind(o) for o in optimizers}, "optimizers")
        _refuse_torch_dropout(models[0])
        self.loss, self.device = loss, device
        self.template = copy.deepcopy(models[0]).to(device)
        self.params, self.buffers = tree_map(lambda t: t.detach().to(device),
                                             stack_module_state(list(models)))
        self.dtype = next(iter(self.params.values())).dtype
        self.chains, self.optimizer = list(chains), optimizers[0]
        self.strengths = _stack([[numbers(t) for t in chain] for chain in chains],
                                self.dtype, device)
        self.rates = _stack([numbers(o) for o in optimizers], self.dtype, device)
        self.state = self._map(lambda p: self.optimizer.init(p), self.params)
        self.order_streams = [generator(s, "batches") for s in seeds]
        self.noise_streams = [generator(s, "noise of the layers") for s in seeds]
        self.draw_streams = [generator(s, "draws of the techniques") for s in seeds]
        self.noise_shapes: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self.chains)

    def _map(self, function: Callable, *stacked: Any, shared: tuple = ()) -> Any:
        """``function`` for every replica; arguments in ``shared`` are the same for all."""
        if len(self) > 1:
            in_dims = (0,) * len(stacked) + (None,) * len(shared)
            return vmap(function, in_dims=in_dims)(*stacked, *shared)
        alone = tree_map(lambda t: t[0], stacked)
        return tree_map(lambda t: t.unsqueeze(0), function(*alone, *shared))

    def _forward(self, params, buffers, x: Tensor) -> Tensor:
        return functional_call(self.template, (params, buffers), (x,))

    def epoch(self, x: Tensor, y: Tensor, source: Tensor, batch_size: int) -> None:
        """One pass over the training data, in each replica's own order.

        Shape: x (S, N, …) and y (S, N, …) hold S training sets; source (R,) says whose is whose.
        """
        n = x.shape[1]
        order = torch.stack([torch.randperm(n, generator=g) for g in self.order_streams])
        order, whose = order.to(self.device), source[:, None]
        x, y = x[whose, order], y[whose, order]
        noise = self._noise(x)
        self.template.train()
        for start in range(0, n, batch_size):
            now = slice(start, start + batch_size)
            noise_now = {name: words[:, now] for name, words in noise.items()}
            self._step(x[:, now], y[:, now], noise_now)

    def _step(self, x: Tensor, y: Tensor, noise: dict[str, Tensor]) -> None:
        def one(params, buffers, noise, state, strengths, rates, x, y, drawn):
            techniques = [with_numbers(t, s) for t, s in
                          zip(self.chains[0], strengths, strict=True)]
            optimizer = with_numbers(self.optimizer, rates)
            return step(lambda p, x: self._forward(p, {**buffers, **noise}, x), self.loss,
                        techniques, optimizer, params, state, x, y, drawn)

        self.params, self.state = self._map(one, self.params, self.buffers, noise, self.state,
                                            self.strengths, self.rates, x, y,
                                            self._draws(x.shape[1]))

    def _noise(self, x: Tensor) -> dict[str, Tensor]:
        """Noise of the random layers for a whole epoch, each replica's from its own stream."""
        layers = {k: m for k, m in self.template.named_modules() if isinstance(m, RandomLayer)}
        if layers and not self.noise_shapes:
            self.noise_shapes = _input_shapes(self.template, layers, x[0, :1])
        drawn = {f"{name}.noise": [] for name in layers}
        for stream in self.noise_streams:
            for name, layer in layers.items():
                words = layer.draw((x.shape[1], *self.noise_shapes[name]), stream)
                drawn[f"{name}.noise"].append(words)
        return {name: torch.stack(words).to(self.device) for name, words in drawn.items()}

    def _draws(self, n: int) -> list[dict[str, Tensor]]:
        """What the techniques draw for a batch, each replica's from its own stream."""
        drawn = [[t.draw(n, stream) for t in chain]
                 for chain, stream in zip(self.chains, self.draw_streams, strict=True)]
        return tree_map(lambda *tensors: torch.stack(tensors).to(self.device), *drawn)

    @torch.no_grad()
    def outputs(self, x: Tensor, source: Tensor) -> Tensor:
        """The models' outputs in evaluation mode.  Shape: x (S, N, …), source (R,) → (R, N, K)."""
        self.template.eval()
        size = max(1, EVALUATED_AT_ONCE // len(self))
        pieces = []
        for piece in x.split(size, dim=1):
            if len(x) == 1:
                pieces.append(self._map(self._forward, self.params, self.buffers,
                                        shared=(piece[0],)))
            else:
                pieces.append(self._map(self._forward, self.params, self.buffers, piece[source]))
        return torch.cat(pieces, dim=1)

    def evaluate(self, x: Tensor, y: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """Loss (without penalties) and score of every replica.  Shape: two tensors (R,)."""
        outputs, targets = self.outputs(x, source), y[source]
        return (self._map(self.loss, outputs, targets), self._map(score, outputs, targets))

    def keep(self, mask: Tensor) -> None:
        """Go on with some of the replicas only."""
        chosen = mask.nonzero().flatten().tolist()
        index = torch.tensor(chosen, device=self.device)
        for name in ("params", "buffers", "state", "strengths", "rates"):
            setattr(self, name, tree_map(lambda t: t[index], getattr(self, name)))
        for name in ("chains", "order_streams", "noise_streams", "draw_streams"):
            setattr(self, name, [getattr(self, name)[i] for i in chosen])

    def tensors(self) -> dict[str, Tensor]:
        """Parameters and buffers, stacked: what has to be saved to have the models."""
        return {**self.params, **self.buffers}


def score(outputs: Tensor, targets: Tensor) -> Tensor:
    """Accuracy for class labels, R² for numbers.  Shape: outputs (N, K), targets (N,) or (N, K)."""
    if not targets.is_floating_point():
        return (outputs.argmax(-1) == targets).to(outputs.dtype).mean()
    residual = ((outputs - targets) ** 2).sum()
    return 1 - residual / ((targets - targets.mean(0)) ** 2).sum()


def _stack(trees: list, dtype: torch.dtype, device: torch.device) -> Any:
    return tree_map(lambda *values: torch.tensor(values, dtype=dtype, device=device), *trees)


def _require_same(kinds: set, what: str) -> None:
    require(len(kinds) == 1, f"Replicas.{what}", "of one kind", f"{len(kinds)} kinds",
            "They may differ in numbers only; train the others in a group of their own.")


def _refuse_torch_dropout(model: nn.Module) -> None:
    for name, module in model.named_modules():
        ours = not isinstance(module, nn.modules.dropout._DropoutNd)
        require(ours, f"model.{name}", "a layer whose noise can be drawn from outside", module,
                "Use reglab.layers.Dropout instead of torch.nn's: same arguments.", TypeError)


def _input_shapes(model: nn.Module, layers: dict[str, nn.Module],
                  x: Tensor) -> dict[str, tuple[int, ...]]:
    """The shape of one example at the input of each layer, seen in one forward pass."""
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = [layer.register_forward_pre_hook(
        lambda _, inputs, name=name: shapes.__setitem__(name, tuple(inputs[0].shape[1:])))
        for name, layer in layers.items()]
    model.eval()
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    missing = sorted(set(layers) - set(shapes))
    require(not missing, "model", "a module whose forward pass uses all its layers", missing)
    return shapes
