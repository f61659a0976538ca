"""Many models at once: the only file with a ``vmap``.

R models of one kind are stacked along a leading dimension and trained side by side. Each has its
own data, seed, masks, strengths and learning rate, and comes out as if it had been trained alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.utils._pytree import tree_map

from . import batched, dense, solo
from .arguments import require
from .folded import fold, shares_or_hooks
from .hyperparameters import kind, numbers, with_numbers
from .layers import Dropout, RandomLayer, is_dropout
from .optimizers import SGD, Adam, Optimizer
from .regularizers import SoftThreshold, WeightDecay
from .seeding import generator
from .step import step
from .technique import Technique
from .workspace import Workspace

EVALUATED_AT_ONCE = 1 << 12  # examples, over all replicas: the activations stay in the cache
NOISE_AT_ONCE = 4  # batches whose noise is drawn together: fewer calls, and it still fits the cache


def model_kind(model: nn.Module, start: bool = True) -> tuple:
    """All that two models must share to be alike: classes, shapes and plain attributes.

    To be stacked they need not share how they start, the attributes in ``AT_START`` of a module's
    class: ``start=False``.
    """
    own = vars(nn.Module())
    parts = []
    for name, module in model.named_modules():
        skipped = () if start else getattr(module, "AT_START", ())
        settings = tuple((k, describe(v)) for k, v in vars(module).items()
                         if k not in own and k not in skipped)
        tensors = [(k, t.shape, t.dtype, t.requires_grad) for k, t in
                   [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]]
        parts.append((name, type(module), settings, tuple(tensors)))
    return tuple(parts)


def describe(value: Any) -> Any:
    """A value as nested tuples that are equal if, and only if, the values are."""
    if isinstance(value, Tensor):
        return "tensor", value.shape, value.dtype, value.detach().cpu().numpy().tobytes()
    if isinstance(value, dict):
        return "dict", tuple((repr(k), describe(v)) for k, v in value.items())
    if isinstance(value, list | tuple):
        return type(value), tuple(map(describe, value))
    if isinstance(value, nn.Module):
        return model_kind(value)
    if callable(value) or not hasattr(value, "__dict__"):
        return value if callable(value) else repr(value)
    return type(value), describe(vars(value))


class Replicas:
    """R models with their techniques and optimizers, trained together.

    A step does for each replica what :func:`reglab.step.step` does for one model. If a technique
    changes the gradient function, that very step runs under ``vmap``. Otherwise its parts run in
    turn on the stacked tensors, with fewer passes over memory: the forward pass folded (see
    ``folded.py``) or under ``vmap``, one backward pass of the sum of the losses, and the
    optimizer in place. What is off in every replica is left out.

    Args:
        models: R initialized models that :func:`model_kind` lets stack; each is read before
            the next is asked for, so that an iterator may give the same module anew.
        chains: R tuples of techniques, of one kind.
        optimizers: R optimizers, of one kind.
        seeds: R seeds of the batch order and of all noise.
        loss: of outputs and targets, without penalties.
        device: where to train.
    """

    def __init__(self, models: Iterable[nn.Module], chains: Sequence[tuple[Technique, ...]],
                 optimizers: Sequence[Optimizer], seeds: Sequence[int],
                 loss: Callable[[Tensor, Tensor], Tensor], device: torch.device):
        self.template, stacked = _stack_models(models)
        _require_same({tuple(map(kind, chain)) for chain in chains}, "chains")
        _require_same({kind(o) for o in optimizers}, "optimizers")
        refuse_torch_dropout(self.template)
        self.loss, self.device = loss, device
        self.template.to(device)
        stacked = {name: tensor.to(device) for name, tensor in stacked.items()}
        self.params = {name: stacked.pop(name) for name, p in self.template.named_parameters()
                       if p.requires_grad}
        self.buffers = stacked    # and what is frozen: used, but not trained
        _leave_out_dropout(self.template, self.buffers)
        self.counts = _take_counts(self.template, self.buffers)
        self.dtype = next(iter(self.params.values())).dtype
        on = _positions_on(chains)
        self.chains = [tuple(chain[i] for i in on) for chain in chains]
        self.optimizer = optimizers[0]
        alike = all(numbers(o) == numbers(self.optimizer) for o in optimizers)
        self.fused = {SGD: batched.fused_sgd, Adam: batched.fused_adam}[type(self.optimizer)
                                                                        ] if alike else None
        self.strengths = _stack([[numbers(t) for t in chain] for chain in self.chains],
                                self.dtype, device)
        self.rates = _stack([numbers(o) for o in optimizers], self.dtype, device)
        self.state = tree_map(torch.clone, self._map(self.optimizer.init, self.params))
        self.order_streams = [generator(s, "batches") for s in seeds]
        names = _names(chains[0])
        self.draw_names = [names[i] for i in on]
        self.draw_streams = [[generator(s, f"draws of the techniques: {name}")
                              for name in self.draw_names] for s in seeds]
        self.random_layers = {name: layer for name, layer in self.template.named_modules()
                              if isinstance(layer, RandomLayer)}
        self.noise_streams = [{name: generator(s, f"noise of the layers: {name}")
                               for name in self.random_layers} for s in seeds]
        self.noise_shapes: dict[str, tuple[int, ...]] = {}
        self.space = Workspace()
        self.folded, self.folded_params = None, None
        self.dense, self.solo = None, None
        if not shares_or_hooks(self.template):
            self.dense = dense.chain(self.template)
            if len(self) == 1 and not self.dense:
                self.solo = solo.plain(self.template, {**self.params, **self.buffers})
                self.solo_params = [p for p in self.solo.parameters() if p.requires_grad]

    def __len__(self) -> int:
        return len(self.chains)

    def _refold(self) -> None:
        """Make the folded model one of the present tensors."""
        for p in self.params.values():
            p.requires_grad_()
        self.folded = fold(self.template, {**self.params, **self.buffers})
        self.folded_params = self.params
        if self.folded is not None:
            self.folded.train(self.template.training)

    def _map(self, function: Callable, *stacked: Any, shared: tuple = ()) -> Any:
        """``function`` for every replica; arguments in ``shared`` are the same for all."""
        if len(self) > 1:
            in_dims = (0,) * len(stacked) + (None,) * len(shared)
            return vmap(function, in_dims=in_dims)(*stacked, *shared)
        alone = tree_map(lambda t: t[0], stacked)
        return tree_map(lambda t: t.unsqueeze(0), function(*alone, *shared))

    # Training

    def epoch(self, x: Tensor, y: Tensor, source: Tensor, batch_size: int) -> None:
        """One pass over the training data, in each replica's own order.

        Shape: x (S, N, …) and y (S, N, …) hold S training sets; source (R,) says whose is whose.
        """
        n = x.shape[1]
        order = torch.stack([torch.randperm(n, generator=g) for g in self.order_streams])
        rows = self._sent(order) + n * source[:, None]
        x, y = x.flatten(0, 1), y.flatten(0, 1)
        self.template.train()
        noise: dict[str, Tensor] = {}
        for i, batch in enumerate(rows.split(batch_size, dim=1)):
            if self.random_layers and i % NOISE_AT_ONCE == 0:
                noise = self._noise(min(n - i * batch_size, NOISE_AT_ONCE * batch_size), x[:2])
            now = slice(i % NOISE_AT_ONCE * batch_size, (i % NOISE_AT_ONCE + 1) * batch_size)
            self._step(_take(x, batch), _take(y, batch),
                       {name: words[:, now] for name, words in noise.items()})
        for count in self.counts.values():
            count += -(-n // batch_size)

    def _noise(self, n: int, examples: Tensor) -> dict[str, Tensor]:
        """Noise of the random layers for ``n`` examples, each replica's from its own streams."""
        if not self.noise_shapes:
            self.noise_shapes = _input_shapes(self.template, self.random_layers, examples)
        noise = {}
        for name, layer in self.random_layers.items():
            shape, streams = (n, *self.noise_shapes[name]), [s[name] for s in self.noise_streams]
            if type(layer) is Dropout:
                like = torch.empty(0, dtype=layer.noise.dtype)    # on the CPU, as the streams are
                noise[name] = self.space.empty(f"{name}.noise", (len(self), *shape), like)
                for words, stream in zip(noise[name], streams, strict=True):
                    layer.draw(shape, stream, out=words)
            else:
                drawn = [layer.draw(shape, stream) for stream in streams]
                if is_dropout(layer):    # one word may stand for a whole feature map
                    drawn = [words.expand(shape) for words in drawn]
                noise[name] = torch.stack(drawn)
        return {f"{name}.noise": self._sent(words) for name, words in noise.items()}

    def _draws(self, n: int) -> list[dict[str, Tensor]]:
        """What the techniques draw for a batch, each replica's from its own streams."""
        if not any(_overrides(t, "draw") for t in self.chains[0]):
            return [{} for _ in self.chains[0]]
        drawn = [[t.draw(n, stream) for t, stream in zip(chain, streams, strict=True)]
                 for chain, streams in zip(self.chains, self.draw_streams, strict=True)]
        return [{name: self._sent(torch.stack([one[name] for one in own])) for name in own[0]}
                for own in zip(*drawn, strict=True)]

    def _sent(self, tensor: Tensor) -> Tensor:
        """What was drawn on the CPU, where the models are; the CPU does not wait until it is there.

        The memory of ``tensor`` may be used again at once: torch pins none of it, and CUDA copies
        what is not pinned aside before the call returns.
        """
        return tensor.to(self.device, non_blocking=True)

    def _step(self, x: Tensor, y: Tensor, noise: dict[str, Tensor]) -> None:
        drawn = self._draws(x.shape[1])
        if any(_overrides(t, "gradient") for t in self.chains[0]):
            self._whole_step(x, y, noise, drawn)
        else:
            self._step_in_parts(x, y, noise, drawn)

    @torch.no_grad()
    def _whole_step(self, x: Tensor, y: Tensor, noise: dict[str, Tensor], drawn) -> None:
        def one(params, buffers, noise, state, strengths, rates, x, y, drawn):
            techniques = [with_numbers(t, s) for t, s in
                          zip(self.chains[0], strengths, strict=True)]
            optimizer = with_numbers(self.optimizer, rates)
            return step(lambda p, x: self._forward(p, {**buffers, **noise}, x), self.loss,
                        techniques, optimizer, params, state, x, y, drawn)

        new, self.state = self._map(one, self.params, self.buffers, noise, self.state,
                                    self.strengths, self.rates, x, y, drawn)
        for name, p in self.params.items():
            p.copy_(new[name])

    def _step_in_parts(self, x: Tensor, y: Tensor, noise: dict[str, Tensor], drawn) -> None:
        techniques = list(zip(self.chains[0], self.strengths, drawn, strict=True))

        # 1 the data
        for technique, numbers_, random in techniques:
            if _overrides(technique, "batch"):
                x, y = self._map(lambda s, d, x, y, t=technique: with_numbers(t, s).batch(
                    x, y, **d), numbers_, random, x, y)

        # 2 the loss and 3 its gradient
        elementwise = [t for t in techniques if type(t[0]) in batched.ELEMENTWISE]
        penalties = [t for t in techniques if _overrides(t[0], "penalty")
                     and type(t[0]) not in batched.ELEMENTWISE]
        if self.dense and not penalties:
            found = dense.gradients(self.dense, {**self.params, **self.buffers}, noise, x,
                                    lambda outputs: self._loss_gradient(outputs, y), self.space)
            grads = {name: found[name] for name in self.params}
        elif self.solo and not penalties:
            grads = self._solo_gradients(x, y, noise)
        else:
            grads = self._gradients(x, y, noise, penalties)

        # 4 the parameters
        with torch.no_grad():
            for technique, numbers_, _ in elementwise:
                batched.add_penalty_gradient(technique, numbers_, self.params, grads, self.space)
            updates = [t for t in techniques if _overrides(t[0], "update")]
            decays = updates and type(updates[0][0]) is WeightDecay
            amount = updates.pop(0)[1]["strength"] * self.rates["lr"] if decays else None
            others = [t for t, *_ in updates if type(t) is not SoftThreshold]
            old = {k: p.clone() for k, p in self.params.items()} if others else {}
            if decays:
                batched.decay(amount, self.params)
            if self.fused:
                self.fused(self.optimizer, self.params, grads, self.state)
            else:
                batched.update(self.optimizer, self.rates, self.params, grads, self.state)
            for technique, numbers_, _ in updates:
                if type(technique) is SoftThreshold:
                    batched.soft_threshold(numbers_["strength"] * self.rates["lr"], self.params)
                    continue
                new = self._map(lambda s, n, o, lr, t=technique: with_numbers(t, s).update(
                    n, o, lr), numbers_, self.params, old, self.rates["lr"])
                for name, p in self.params.items():
                    p.copy_(new[name])

    def _gradients(self, x: Tensor, y: Tensor, noise: dict[str, Tensor], penalties) -> dict:
        """By autograd, of the loss and of penalties that are not elementwise."""
        total = self._losses(self._outputs(x, noise), y).sum()
        for technique, numbers_, _ in penalties:
            total = total + self._map(
                lambda s, p, b, x, t=technique: with_numbers(t, s).penalty(
                    p, lambda p: self._forward(p, b, x)),
                numbers_, self.params, {**self.buffers, **noise}, x).sum()
        return dict(zip(self.params, torch.autograd.grad(total, list(self.params.values())),
                        strict=True))

    def _solo_gradients(self, x: Tensor, y: Tensor, noise: dict[str, Tensor]) -> dict:
        """Of the loss of a single replica, in plain layers."""
        if not self.solo.training:
            self.solo.train()
        for name, words in noise.items():
            self.solo.get_submodule(name.rpartition(".")[0]).noise = words[0]
        grads = torch.autograd.grad(self.loss(self.solo(x[0]), y[0]), self.solo_params)
        return {name: g.unsqueeze(0) for name, g in zip(self.params, grads, strict=True)}

    # The forward pass

    def _forward(self, params, buffers, x: Tensor) -> Tensor:
        return functional_call(self.template, (params, buffers), (x,))

    def _outputs(self, x: Tensor, noise: dict[str, Tensor]) -> Tensor:
        """Shape: x (R, B, …) → (R, B, K)."""
        if self.folded_params is not self.params:
            self._refold()
        if self.folded is None:
            return self._map(self._forward, self.params, {**self.buffers, **noise}, x)
        if self.folded.training != self.template.training:
            self.folded.train(self.template.training)
        for name, words in noise.items():
            self.folded.get_submodule(name.rpartition(".")[0]).noise = words
        return self.folded(x.flatten(0, 1)).unflatten(0, (len(self), -1))

    def _losses(self, outputs: Tensor, y: Tensor) -> Tensor:
        if self.loss is F.cross_entropy and outputs.ndim == 3:
            return batched.cross_entropy(outputs, y)
        return self._map(self.loss, outputs, y)

    def _loss_gradient(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Of the losses' sum with respect to the outputs."""
        if self.loss is F.cross_entropy and not y.is_floating_point():
            return batched.cross_entropy_gradient(outputs, y)
        with torch.enable_grad():
            outputs.requires_grad_()
            return torch.autograd.grad(self._losses(outputs, y).sum(), outputs)[0]

    @torch.no_grad()
    def outputs(self, x: Tensor, source: Tensor) -> Tensor:
        """The models' outputs in evaluation mode.  Shape: x (S, N, …), source (R,) → (R, N, K)."""
        self.template.eval()
        return torch.cat([self._evaluated(self._own(piece, source))
                          for piece in x.split(self._at_once(), dim=1)], dim=1)

    def _evaluated(self, x: Tensor) -> Tensor:
        """Shape: x (R, N, …) → (R, N, K)."""
        if self.dense:
            return dense.outputs(self.dense, {**self.params, **self.buffers}, x)
        if self.solo:
            return self.solo.eval()(x[0]).unsqueeze(0)
        return self._outputs(x, {})

    @torch.no_grad()
    def evaluate(self, x: Tensor, y: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """Loss (without penalties) and score of every replica.  Shape: two tensors (R,)."""
        outputs, targets = self.outputs(x, source), self._own(y, source)
        if outputs.ndim == 3 and not targets.is_floating_point():
            return self._losses(outputs, targets), batched.accuracy(outputs, targets)
        return self._losses(outputs, targets), self._map(score, outputs, targets)

    def _own(self, data: Tensor, source: Tensor) -> Tensor:
        """Each replica's data; shared data are not copied.  Shape: (S, …), (R,) → (R, …)."""
        return data.expand(len(self), *data.shape[1:]) if len(data) == 1 else data[source]

    def _at_once(self) -> int:
        return max(1, EVALUATED_AT_ONCE // len(self))

    # Changing and ending

    def go_on_from(self, other: Replicas) -> None:
        """Take over the random streams, and the optimizer's state if it is of the same kind."""
        if kind(self.optimizer) == kind(other.optimizer):
            self.state = other.state
        self.order_streams = other.order_streams
        for mine, theirs in zip(self.noise_streams, other.noise_streams, strict=True):
            mine.update({name: theirs[name] for name in mine if name in theirs})
        for name in self.draw_names:
            if name in other.draw_names:
                here, there = self.draw_names.index(name), other.draw_names.index(name)
                for mine, theirs in zip(self.draw_streams, other.draw_streams, strict=True):
                    mine[here] = theirs[there]

    def keep(self, mask: Tensor) -> None:
        """Go on with some of the replicas only."""
        chosen = mask.nonzero().flatten().tolist()
        index = torch.tensor(chosen, device=self.device)
        for name in ("params", "buffers", "counts", "state", "strengths", "rates"):
            setattr(self, name, tree_map(lambda t: t.detach()[index], getattr(self, name)))
        for name in ("chains", "order_streams", "noise_streams", "draw_streams"):
            setattr(self, name, [getattr(self, name)[i] for i in chosen])

    def tensors(self) -> dict[str, Tensor]:
        """Parameters and buffers, stacked: what has to be saved to have the models."""
        return {**{k: p.detach() for k, p in self.params.items()}, **self.buffers, **self.counts}


def score(outputs: Tensor, targets: Tensor) -> Tensor:
    """Accuracy for class labels, R² for numbers.  Shape: outputs (N, K), targets (N,) or (N, K)."""
    if not targets.is_floating_point():
        largest, found = outputs.max(-1)    # NaN is the largest of all
        return (found == targets).to(outputs.dtype).where(~largest.isnan(), largest).mean()
    residual = ((outputs - targets) ** 2).sum()
    return 1 - residual / ((targets - targets.mean(0)) ** 2).sum()


def _take(data: Tensor, rows: Tensor) -> Tensor:
    """Rows of a table for every replica.  Shape: data (N, …), rows (R, B) → (R, B, …)."""
    return data.index_select(0, rows.flatten()).unflatten(0, rows.shape)


def _overrides(technique: Technique, hook: str) -> bool:
    return getattr(type(technique), hook) is not getattr(Technique, hook)


def _positions_on(chains: Sequence[tuple[Technique, ...]]) -> list[int]:
    """Where in the chains a technique does something in at least one replica."""
    def is_off(t: Technique) -> bool:
        return bool(t.off) and all(getattr(t, k) == value for k, value in t.off.items())

    return [i for i, same in enumerate(zip(*chains, strict=True)) if not all(map(is_off, same))]


def _leave_out_dropout(model: nn.Module, buffers: dict[str, Tensor]) -> None:
    """Replace dropout by the identity where no replica drops anything."""
    for name, module in list(model.named_modules()):
        if type(module) is Dropout and name and not buffers[f"{name}.p"].any():
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, nn.Identity())
            del buffers[f"{name}.p"], buffers[f"{name}.noise"]


def _take_counts(model: nn.Module, buffers: dict[str, Tensor]) -> dict[str, Tensor]:
    """The batch counters of batch norm, taken out of the model: counting is the engine's work."""
    counts = {}
    for name, module in model.named_modules():
        if getattr(module, "num_batches_tracked", None) is not None:
            require(module.momentum is not None, "BatchNorm.momentum", "a number", None,
                    "An average over all batches is not supported here.")
            module.num_batches_tracked = None
            counter = f"{name}.num_batches_tracked".lstrip(".")
            counts[counter] = buffers.pop(counter)
    return counts


def _names(chain: Sequence[Technique]) -> list[str]:
    """A name for each technique's stream, which does not depend on the others in the chain."""
    classes = [type(t).__name__ for t in chain]
    return [f"{name} {classes[:i].count(name)}" for i, name in enumerate(classes)]


def _stack_models(models: Iterable[nn.Module]) -> tuple[nn.Module, dict[str, Tensor]]:
    """A copy of the first model, and all parameters and buffers stacked by name."""
    template, kinds, known, rows = None, set(), None, []
    for model in models:
        if model is not known:
            known = model
            kinds.add(model_kind(model, start=False))
            template = copy.deepcopy(model) if template is None else template
        tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        rows.append({name: t.detach().clone() for name, t in tensors.items()})
    _require_same(kinds, "models")
    return template, {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


def _stack(trees: list, dtype: torch.dtype, device: torch.device) -> Any:
    return tree_map(lambda *values: torch.tensor(values, dtype=dtype, device=device), *trees)


def _require_same(kinds: set, what: str) -> None:
    require(len(kinds) == 1, f"Replicas.{what}", "of one kind", f"{len(kinds)} kinds",
            "They may differ in numbers only; train the others in a group of their own.")


def refuse_torch_dropout(model: nn.Module) -> None:
    """Refuse layers that draw from torch's one global generator."""
    for name, module in model.named_modules():
        ours = not isinstance(module, nn.modules.dropout._DropoutNd)
        require(ours, f"model.{name}", "a layer whose noise can be drawn from outside", module,
                "Use reglab.layers.Dropout instead of torch.nn's: same arguments.", TypeError)


def _input_shapes(model: nn.Module, layers: dict[str, nn.Module],
                  x: Tensor) -> dict[str, tuple[int, ...]]:
    """The shape of one example at the input of each layer, seen in one forward pass."""
    shapes: dict[str, tuple[int, ...]] = {}

    def remember(name: str, layer: nn.Module, x: Tensor) -> None:
        require(name not in shapes, f"model.{name}", "used once in a forward pass", layer,
                "Give each place a layer of its own, so that each has its own noise.")
        shapes[name] = tuple(x.shape[1:])

    hooks = [layer.register_forward_pre_hook(
        lambda layer, inputs, name=name: remember(name, layer, inputs[0]))
        for name, layer in layers.items()]
    training = model.training
    model.eval()
    with torch.no_grad():
        model(x)
    model.train(training)
    for hook in hooks:
        hook.remove()
    missing = sorted(set(layers) - set(shapes))
    require(not missing, "model", "a module whose forward pass uses all its layers", missing)
    return shapes
