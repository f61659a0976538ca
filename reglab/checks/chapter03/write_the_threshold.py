"""Exercise 3.1: soft thresholding, the proximal step of L1 (Parikh & Boyd 2014)."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...seeding import generator
from ..exercise import Case, CodeExercise, Wrong
from ..observation import Malformed, Observation, to_array


def cases(seed: int) -> list[Case]:
    g = generator(seed, "exercise 3.1")
    made = []
    for shape in ((12,), (4, 5)):
        t = 0.2 + 0.4 * torch.rand((), generator=g).item()
        w = torch.randn(shape, generator=g)
        flat = w.view(-1)    # both signs, below, at and above the threshold, and zero
        flat[:7] = torch.tensor([t / 2, -t / 2, 2 * t, -2 * t, 0.0, t, -t])
        made.append(Case(f"threshold {t:.3f}, shape {shape}", (w, t)))
    made.append(Case("threshold 0", (torch.randn(6, generator=g), 0.0)))
    return made


def observe(answer: Callable, args: tuple) -> Observation:
    found = to_array(answer(*args), "the result")
    if found.shape != tuple(args[0].shape):
        raise Malformed(f"The result should have the shape of w, {tuple(args[0].shape)}, but it "
                        f"has {found.shape}.")
    return {"result": found}


def reference(w, t):
    return w.sign() * (w.abs() - t).clamp(min=0)


def hard(w, t):
    return w * (w.abs() > t)


def no_stop(w, t):
    return w - t * w.sign()


def positive_only(w, t):
    return (w - t).clamp(min=0)


def sign_lost(w, t):
    return (w.abs() - t).clamp(min=0)


def by_a_factor(w, t):
    return w * (1 - t)


def clipped(w, t):
    return w.clamp(-t, t)


def away(w, t):
    return w.sign() * (w.abs() + t)


def half(w, t):
    return reference(w, t / 2)


def twice(w, t):
    return reference(w, 2 * t)


def squared(w, t):
    return reference(w, t * t)


def never(w, t):
    return w.clone()


_TRY = "soft_threshold(torch.tensor([-1.0, 0.1, 0.75]), 0.5)"
_EXPECT = "[-0.5, 0.0, 0.25]"

threshold = CodeExercise(
    number="3.1", title="Write the soft threshold", kind="code",
    difficulty=1, minutes=5, points=2,
    hints=(
        "Take the size and the sign of each weight apart. What happens to the size if it is "
        "larger than the threshold, and what if it is smaller?",
        "The size is `w.abs() - threshold`, but never below zero: `.clamp(min=0)`. Give it back "
        "the sign of w.",
    ),
    cases=cases, observe=observe, references=(reference,),
    wrongs=(
        Wrong("hard threshold", hard,
              "Small weights become zero, but large ones stay as they are. That is pruning. Soft "
              "thresholding moves every weight toward zero by the threshold.", _TRY, _EXPECT),
        Wrong("does not stop at zero", no_stop,
              "Small weights are moved past zero to the other side: this is the subgradient step, "
              "which makes no zeros. Stop at zero.", _TRY, _EXPECT),
        Wrong("positive weights only", positive_only,
              "Negative weights all become zero. The pull is toward zero from both sides.",
              _TRY, _EXPECT),
        Wrong("sign lost", sign_lost,
              "The sizes are right, but negative weights come out positive.", _TRY, _EXPECT),
        Wrong("shrinks by a factor", by_a_factor,
              "Each weight is multiplied by the same factor. That is L2, weight decay: its pull "
              "fades near zero, so nothing becomes zero.", _TRY, _EXPECT),
        Wrong("clips at the threshold", clipped,
              "The weights are kept between −threshold and threshold. That cuts the large ones and "
              "leaves the small ones: the wrong ones. (w minus this would be right.)",
              _TRY, _EXPECT),
        Wrong("away from zero", away,
              "The weights grow: the threshold is added to their size instead of subtracted.",
              _TRY, _EXPECT),
        Wrong("half the threshold", half,
              "It stops at zero, but each weight moves by half the threshold only. There is no ½ "
              "in the penalty |w|: that of w² had one, to cancel the 2 of its slope.",
              _TRY, _EXPECT),
        Wrong("twice the threshold", twice,
              "It stops at zero, but each weight moves by twice the threshold. The slope of |w| is "
              "1, not 2: only w² has a 2 in its slope.", _TRY, _EXPECT),
        Wrong("threshold squared", squared,
              "It stops at zero, but each weight moves by the square of the threshold. The "
              "threshold is a distance: subtract it as it is.", _TRY, _EXPECT),
        Wrong("does nothing", never, "The weights come back as they were.", _TRY, _EXPECT),
    ),
)
