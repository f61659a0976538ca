"""Exercise 2.4: Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_arrays

STEPS = 3
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # the defaults of torch.optim.Adam


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 2.4")
    made = []
    for _ in range(2):
        shapes = {"hidden.weight": (3, 2), "hidden.bias": (3,), "norm.weight": (3,),
                  "out.weight": (2, 3), "out.bias": (2,)}
        params = {name: torch.randn(shape, generator=g) + 1 for name, shape in shapes.items()}
        gradients = [{name: torch.randn(shape, generator=g) for name, shape in shapes.items()}
                     for _ in range(STEPS)]
        lr = 0.05 + 0.1 * torch.rand((), generator=g).item()
        strength = 0.3 + 0.4 * torch.rand((), generator=g).item()
        label = f"{STEPS} steps with lr {lr:.3f}, strength {strength:.3f}"
        made.append(Case(label, (params, gradients, lr, strength)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    """Take the steps one after the other, handing on whatever state the answer returns."""
    params, gradients, lr, strength = args
    state = start(params)
    seen = {}
    for step, grads in enumerate(gradients, 1):
        returned = answer(params, grads, state, lr, strength)
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise Malformed("Return two things, the new parameters and the new state: "
                            "`return new_params, new_state`.")
        arrays = to_arrays(returned[0], "new_params", list(params))
        seen |= {f"after step {step}, {name}": array for name, array in arrays.items()}
        params, state = returned
    return seen


def start(params: dict) -> dict:
    return {"step": 0, "mean": {name: torch.zeros_like(p) for name, p in params.items()},
            "square": {name: torch.zeros_like(p) for name, p in params.items()}}


def adam(params: dict, gradients: dict, state: dict, lr: float) -> tuple[dict, dict]:
    """One step of Adam (Kingma & Ba 2015), as the notebook gives it."""
    step = state["step"] + 1
    mean = {n: BETA1 * state["mean"][n] + (1 - BETA1) * g for n, g in gradients.items()}
    square = {n: BETA2 * state["square"][n] + (1 - BETA2) * g ** 2 for n, g in gradients.items()}
    new = {}
    for n, p in params.items():
        size = (square[n] / (1 - BETA2 ** step)).sqrt() + EPS
        new[n] = p - lr * mean[n] / (1 - BETA1 ** step) / size
    return new, {"step": step, "mean": mean, "square": square}


def _decayed(amount: Callable, everything: bool = False) -> Callable:
    """Adam followed by ``new - amount(old, new, lr, strength)`` on the weights."""
    def answer(params, gradients, state, lr, strength):
        new, state = adam(params, gradients, state, lr)
        for name, old in params.items():
            if old.ndim >= 2 or everything:
                new[name] = new[name] - amount(old, new[name], lr, strength)
        return new, state
    return answer


def l2_in_gradient(params, gradients, state, lr, strength):
    with_penalty = {name: g + strength * params[name] if params[name].ndim >= 2 else g
                    for name, g in gradients.items()}
    return adam(params, with_penalty, state, lr)


def l2_in_every_gradient(params, gradients, state, lr, strength):
    return adam(params, {n: g + strength * params[n] for n, g in gradients.items()}, state, lr)


def l2_and_decay(params, gradients, state, lr, strength):
    new, state = l2_in_gradient(params, gradients, state, lr, strength)
    return {n: p - lr * strength * params[n] if p.ndim >= 2 else p for n, p in new.items()}, state


reference = _decayed(lambda old, new, lr, strength: lr * strength * old)

_ONE = ('w = {"w": torch.ones(1, 1)}\n'
        'adamw_step(w, {"w": torch.GRADIENT(1, 1)}, adam_start(w), LR, STRENGTH)[0]["w"]')


def _one(gradient: str, lr: str = "0.1", strength: str = "0.5") -> str:
    code = _ONE.replace("GRADIENT", gradient)
    return code.replace("LR", lr).replace("STRENGTH", strength)


_BIAS = ('b = {"b": torch.ones(1)}\n'
         'adamw_step(b, {"b": torch.zeros(1)}, adam_start(b), 0.1, 0.5)[0]["b"]')

adamw = CodeExercise(
    number="2.4", title="Decouple the decay from Adam", kind="code",
    difficulty=3, minutes=15, points=4,
    hints=(
        "Let `adam_step` work with the plain gradients, then shrink the weights by hand. Which "
        "weights does the formula multiply by lr·λ: those before the step or after it?",
        "For each name with `ndim >= 2`: new[name] − lr · strength · params[name], where `params` "
        "are the parameters before the step. Return a dict with all names, and the state from "
        "`adam_step`.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("L2 in the gradient", l2_in_gradient,
              "This is `torch.optim.Adam(weight_decay=λ)`: λ·w goes into the gradient, and Adam "
              "then divides it by the gradient's own size. Decoupled decay must not pass through "
              "that division. In the experiment below λ is 50 times larger than usual, and this "
              "version does not even notice.",
              _one("zeros", "0.01", "50.0"), "0.5"),
        Wrong("L2 in the gradient, biases too", l2_in_every_gradient,
              "λ·p goes into the gradient, where Adam rescales it, and biases are in as well. "
              "Decoupled decay acts after Adam, and on weights (`ndim >= 2`) only.",
              _one("zeros", "0.01", "50.0"), "0.5"),
        Wrong("scaled the new weights",
              _decayed(lambda old, new, lr, strength: lr * strength * new),
              "Very close: you shrink the weights after Adam's step. AdamW takes lr·λ of the old "
              "weights, so that decay and step start from the same point.", _one("ones"), "0.85"),
        Wrong("forgot the learning rate", _decayed(lambda old, new, lr, strength: strength * old),
              "Each step takes λ·w instead of lr·λ·w: is the learning rate missing? In PyTorch the "
              "decay follows the learning rate and its schedule.", _one("zeros"), "0.95"),
        Wrong("decays biases and gains",
              _decayed(lambda old, new, lr, strength: lr * strength * old, everything=True),
              "The weights are right, but 1-d parameters decay as well. Biases and normalization "
              "gains stay free; check `ndim`. (`torch.optim.AdamW` decays all it is given, which "
              "is why people hand it two parameter groups.)", _BIAS, "1.0"),
        Wrong("decays twice", _decayed(lambda old, new, lr, strength: 2 * lr * strength * old),
              "Exactly twice the decay. Is it applied in two places, or did a 2 come in from "
              "differentiating λ·w²?", _one("zeros"), "0.95"),
        Wrong("both L2 and decay", l2_and_decay,
              "The decay is right, but λ·w is in the gradient as well. Hand `adam_step` the "
              "gradients as they came.", _one("zeros"), "0.95"),
        Wrong("half the decay", _decayed(lambda old, new, lr, strength: lr * strength / 2 * old),
              "Exactly half the decay. The ½ of the penalty λ/2·w² has already cancelled: its "
              "gradient is λ·w.", _one("zeros"), "0.95"),
        Wrong("weights grow", _decayed(lambda old, new, lr, strength: -lr * strength * old),
              "The sign is turned round: the weights grow away from zero.", _one("zeros"), "0.95"),
        Wrong("no decay", _decayed(lambda old, new, lr, strength: 0.0),
              "This is plain Adam: `strength` has no effect.", _one("zeros"), "0.95"),
    ),
)
