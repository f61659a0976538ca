"""What the checkpoint of a sweep holds, and which sweep it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .checkpoint import Checkpoint, fingerprint
from .history import Stop
from .replicas import model_kind
from .runs import Run, Trained


def outcome_of(trained: Trained, r: int) -> dict[str, Any]:
    """What run ``r`` of a group left behind, as plain containers of tensors."""
    return {"curves": {key: t[r].clone() for key, t in trained.curves.items()},
            "tensors": {key: t[r].clone() for key, t in trained.tensors.items()},
            "stop": tuple(field[r].clone() for field in trained.stop)}


def finished_runs(file: Checkpoint, runs: Sequence[Run]) -> dict[int, Trained]:
    """The finished runs, each as a group of its own."""
    return {number: Trained([runs[number]],
                            {key: t.unsqueeze(0) for key, t in outcome["curves"].items()},
                            {key: t.unsqueeze(0) for key, t in outcome["tensors"].items()},
                            Stop(*(field.unsqueeze(0) for field in outcome["stop"])))
            for number, outcome in file.finished().items()}


def fingerprint_of(runs: Sequence[Run], every: int) -> str:
    """Of all that the outcome depends on; the test data are not looked at."""
    different = list({id(run.splits): run.splits for run in runs}.values())
    data = [(s.classes, [(p.x, p.y) for p in (s.train, s.validation)]) for s in different]
    recipes = [(repr(run.arm), run.seed, [id(s) for s in different].index(id(run.splits)),
                model_kind(run.recipe.model), repr(run.recipe.techniques),
                repr(run.recipe.optimizer), run.recipe.epochs, run.recipe.batch_size,
                run.recipe.loss, repr(run.recipe.stopping),
                [t.detach() for t in run.recipe.model.buffers()]) for run in runs]
    return fingerprint(every, data, recipes)
