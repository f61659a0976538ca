"""R replicas train as if each were alone."""

import copy
import dataclasses
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call

import reglab.replicas
from reglab import (
    L1,
    L2,
    MLP,
    SGD,
    Adam,
    Conv1dNet,
    Conv2dNet,
    Dropout,
    EarlyStopping,
    ElasticNet,
    MaxNorm,
    Recipe,
    SoftThreshold,
    Technique,
    WeightDecay,
    data,
    dense,
    fit,
    groups,
    initialize,
    jobs,
    sweep,
)
from reglab.forking import can_fork
from reglab.hyperparameters import numbers
from reglab.layers import is_dropout
from reglab.replicas import Replicas, score
from reglab.runs import Run
from reglab.seeding import generator
from reglab.step import step

CLOSE = {"rtol": 1e-9, "atol": 1e-10}    # float64, some ten steps: rounding stays far below


def alone(recipes, data, seeds):
    return {(arm, seed): fit(recipe, data, seed, progress=False)
            for arm, recipe in recipes.items() for seed in seeds}


def assert_as_if_alone(result, solo):
    for (arm, seed), run in solo.items():
        ours, theirs = result.model(arm, seed).state_dict(), run.model().state_dict()
        for name in theirs:
            torch.testing.assert_close(ours[name], theirs[name], **CLOSE)
        place = result.arms.index(arm), result.seeds.index(seed)
        for part in ("train", "validation"):
            for metric in ("loss", "score"):
                theirs = run.curve(part, metric)[0, 0]
                ours = result.curve(part, metric)[place]    # as long as the longest arm
                torch.testing.assert_close(ours[:len(theirs)], theirs, equal_nan=True,
                                           rtol=1e-6, atol=1e-6)    # curves are float32
                assert ours[len(theirs):].isnan().all()


def check(recipes, data, seeds=(0, 1, 5), **options):
    solo = alone(recipes, data, seeds)
    assert_as_if_alone(sweep(recipes, data, seeds, progress=False, **options), solo)


def recipe(model=None, **options):
    model = MLP(6, 12, 12, 3, dropout=0.3) if model is None else model
    return Recipe(model.double(), **{"optimizer": SGD(0.1, momentum=0.9), "epochs": 3,
                                     "batch_size": 16, **options})


# What may differ between replicas, each in turn

CHAINS = [(L2(0.1), SoftThreshold(0.01)), (L1(0.01), WeightDecay(0.1), MaxNorm(0.5))]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("optimizer", [SGD(0.1), SGD(0.1, 0.9, nesterov=True), Adam(0.01)])
def test_strengths(chain, optimizer, toy):
    def scaled(t, factor):
        return dataclasses.replace(t, **{k: v * factor for k, v in vars(t).items()})

    check({f: recipe(techniques=tuple(scaled(t, f) for t in chain), optimizer=optimizer)
           for f in (0.1, 1.0, 3.0)}, toy)


@pytest.mark.parametrize("optimizers", [
    [SGD(0.01, 0.9), SGD(0.3, 0.0), SGD(0.1, 0.5)], [Adam(0.001), Adam(0.1), Adam(0.01, eps=1e-2)]])
def test_optimizers_numbers(optimizers, toy):
    check({i: recipe(optimizer=o) for i, o in enumerate(optimizers)}, toy)


def test_dropout_rates(toy):
    check({p: recipe(MLP(6, 12, 12, 3, dropout=p)) for p in (0.0, 0.1, 0.5, 0.9)}, toy)


@pytest.mark.parametrize("model, shape", [
    (Conv1dNet(12, 3, channels=(3, 4), dropout=0.3), (1, 12)),
    (Conv2dNet(8, 3, channels=(3, 4), dropout=0.3), (1, 8, 8)),
    (Conv2dNet(8, 3, 2, channels=(3, 4)), (2, 8, 8)),
    (nn.Sequential(nn.Conv1d(1, 4, 4, stride=3, padding=2, bias=False), nn.MaxPool1d(2), nn.Tanh(),
                   nn.Conv1d(4, 1, 1), nn.Conv1d(1, 2, 2), nn.Flatten(), nn.Linear(2, 3)),
     (1, 12)),
    (nn.Sequential(nn.Conv2d(1, 4, (3, 2), stride=(1, 2), padding=(0, 1)), nn.ReLU(), nn.Flatten(),
                   nn.Linear(120, 3)), (1, 8, 8))])
def test_convolution_nets(model, shape, toy):
    check({s: recipe(model, techniques=(L2(s),), epochs=2) for s in (0.0, 0.1)},
          lambda seed: toy(seed, shape=shape), seeds=(0, 1))


def test_regression(toy):
    check({s: recipe(MLP(6, 12, 1, dropout=0.3), optimizer=SGD(0.01), techniques=(L2(s),))
           for s in (0.0, 0.1)}, lambda seed: toy(seed, classes=None))


def test_one_data_set_for_all_seeds(toy):
    check({s: recipe(techniques=(L2(s),)) for s in (0.0, 0.1)}, toy(3))


@pytest.mark.parametrize("batch_size", [7, 50, 64])
def test_batch_sizes(batch_size, toy):
    """50 examples: a last batch of one, a batch of all, a batch too large."""
    check({s: recipe(techniques=(L2(s),), batch_size=batch_size) for s in (0.0, 0.1)}, toy)


def test_recipes_of_different_kinds(toy):
    check({"L2": recipe(techniques=(L2(0.1),)), "nothing": recipe(), "short": recipe(epochs=2),
           "Adam": recipe(optimizer=Adam()), "linear": recipe(MLP(6, 3)),
           "both": recipe(techniques=(WeightDecay(0.1), L1(0.01)))}, toy, seeds=(0, 1))


class Wrapped(nn.Module):
    """A container that the package does not know."""

    def __init__(self, *layers):
        super().__init__()
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x)


def flat(*layers):
    """A container whose backward pass the package has written out."""
    return nn.Sequential(nn.Flatten(), *layers)


CONTAINERS = [nn.Sequential, Wrapped, flat]


@pytest.mark.parametrize("container", CONTAINERS)
def test_batch_norm_and_its_running_statistics(container, toy):
    def model():
        return container(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), Dropout(0.3),
                         nn.Linear(12, 3))

    check({s: recipe(model(), techniques=(L2(s),)) for s in (0.0, 0.1)}, toy)


@pytest.mark.parametrize("container", CONTAINERS)
def test_batch_norm_alone_is_torchs(container, toy):
    model = container(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 3))
    model, splits = model.double(), toy()
    ours = fit(Recipe(model, optimizer=SGD(0.1), epochs=3, batch_size=50), splits, progress=False)
    theirs = initialize(copy.deepcopy(model), 0).train()
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(theirs(splits.train.x.double()), splits.train.y).backward()
        optimizer.step()
    for name, tensor in ours.model().state_dict().items():
        torch.testing.assert_close(tensor, theirs.state_dict()[name], **CLOSE)


@pytest.mark.parametrize("options", [{"affine": False}, {"track_running_stats": False},
                                     {"eps": 0.1, "momentum": 0.7}])
def test_batch_norm_of_other_kinds(options, toy):
    def model():
        return flat(nn.Linear(6, 12), nn.BatchNorm1d(12, **options), nn.ReLU(), nn.Linear(12, 3))

    check({s: recipe(model(), techniques=(L2(s),)) for s in (0.0, 0.1)}, toy)
    wrapped = recipe(Wrapped(*model()[1:]), batch_size=50)
    ours, theirs = (fit(wrapped.replace(model=m.double()), toy, progress=False)
                    for m in (model(), wrapped.model))
    for a, b in zip(ours.model().state_dict().values(), theirs.model().state_dict().values(),
                    strict=True):
        torch.testing.assert_close(a, b, **CLOSE)
    torch.testing.assert_close(ours.curve(metric="loss"), theirs.curve(metric="loss"))


def test_batch_norm_keeps_frozen_parameters(toy):
    model = MLP(6, 12, 3, norm=nn.BatchNorm1d)
    model.layers[1].weight.requires_grad_(False)
    result = sweep({s: recipe(model, techniques=(L2(s),)) for s in (0.0, 0.1)}, toy, (0, 1),
                   progress=False)
    norm = result.model(0.1, 1).layers[1]
    assert (norm.weight == 1).all() and norm.bias.any() and norm.running_mean.any()


def test_batch_norm_of_a_single_example_is_refused(toy, refused):
    alone = recipe(MLP(6, 12, 3, norm=nn.BatchNorm1d), batch_size=7)    # 50 examples: one is left
    with refused("BatchNorm1d.batch"):
        sweep({"run": alone}, toy, (0, 1), progress=False)


# However it is computed, it is the step that a learner reads

@dataclass(frozen=True)
class DoubledL2(L2):
    """A learner's change to a technique of the package."""

    def penalty(self, params, forward):
        return 2 * super().penalty(params, forward)


@dataclass(frozen=True)
class FasterDecay(WeightDecay):
    def update(self, new, old, lr):
        return super().update(new, old, 3 * lr)


@dataclass(frozen=True)
class OutputPenalty(Technique):
    strength: float

    def penalty(self, params, forward):
        return self.strength * forward(params).square().mean()


@dataclass(frozen=True)
class Clip(Technique):
    limit: float

    def gradient(self, grad_fn):
        def clipped(params):
            gradient = grad_fn(params)
            norm = torch.stack([g.norm() for g in gradient.values()]).norm()
            return {k: g * (self.limit / norm).clamp(max=1) for k, g in gradient.items()}
        return clipped


@dataclass(frozen=True)
class Shift(Technique):
    size: float

    def draw(self, n, generator):
        return {"shift": torch.linspace(-1, 1, n, dtype=torch.float64).unsqueeze(1)}

    def batch(self, x, y, *, shift):
        return x + self.size * shift, F.one_hot(y, 3).to(x.dtype) * (1 - self.size) + self.size / 3


@dataclass(frozen=True)
class Half(Technique):
    """Half of the step: needs the weights before the step, whatever stands before it."""

    share: float = 0.5

    def update(self, new, old, lr):
        return {k: old[k] + self.share * (new[k] - old[k]) for k in new}


def by_the_step(recipe, splits, seed):
    """One model, trained by ``reglab.step.step`` alone."""
    model = initialize(copy.deepcopy(recipe.model), seed).train()
    params = {k: p.detach() for k, p in model.named_parameters()}
    state, random = recipe.optimizer.init(params), generator(seed, "batches")
    x, y = splits.train.x.double(), splits.train.y
    for _ in range(recipe.epochs):
        for rows in torch.randperm(len(x), generator=random).split(recipe.batch_size):
            drawn = [t.draw(len(rows), random) for t in recipe.techniques]
            params, state = step(lambda p, x: functional_call(model, p, (x,)), F.cross_entropy,
                                 recipe.techniques, recipe.optimizer, params, state,
                                 x[rows], y[rows], drawn)
    return params


ANY_ORDER = [
    (), (L2(0.1),), (L1(0.05), L2(0.1)), (ElasticNet(0.1, 0.3), WeightDecay(0.3)),
    (WeightDecay(0.3), SoftThreshold(0.05)), (SoftThreshold(0.05), WeightDecay(0.3)),
    (WeightDecay(0.3), WeightDecay(0.5)),
    (WeightDecay(0.3), Half()), (Half(), WeightDecay(0.3)),
    (L2(0.1), MaxNorm(0.4), WeightDecay(0.3)),
    (DoubledL2(0.1),), (FasterDecay(0.3),),
    (OutputPenalty(0.1), L1(0.05)), (Clip(0.2), L2(0.3), WeightDecay(0.3)), (L2(0.3), Clip(0.2)),
    (Shift(0.2), OutputPenalty(0.1)), (Shift(0.2), Clip(0.2)),
]


def chain_name(chain):
    return "+".join(type(t).__name__ for t in chain) or "nothing"


@pytest.mark.parametrize("chain", ANY_ORDER, ids=chain_name)
@pytest.mark.parametrize("optimizer", [SGD(0.1, 0.9), SGD(0.1, 0.9, nesterov=True), Adam(0.01)],
                         ids=["sgd", "nesterov", "adam"])
def test_every_chain_is_the_step(chain, optimizer, toy, monkeypatch):
    def pattern(self, shape, generator=None, out=None):
        """Each example drops the same units, in any order."""
        words = torch.arange(torch.Size(shape[1:]).numel()) * 12345 % 65536 - 32768
        words = words.to(torch.int16).reshape(shape[1:]).expand(shape)
        return words if out is None else out.copy_(words)

    monkeypatch.setattr(Dropout, "draw", pattern)
    arms = {f: recipe(optimizer=dataclasses.replace(optimizer, lr=optimizer.lr * f),
                      techniques=tuple(dataclasses.replace(t, **{
                          k: v * f for k, v in numbers(t).items()}) for t in chain))
            for f in (1.0, 0.5)}
    together = sweep(arms, toy, [0, 3], progress=False)
    alone = fit(arms[1.0], toy, 3, progress=False)
    for arm, seed, result, name in [(1.0, 3, alone, "run"), (1.0, 3, together, 1.0),
                                    (0.5, 3, together, 0.5), (0.5, 0, together, 0.5)]:
        expected = by_the_step(arms[arm], toy(seed), seed)
        for key, p in result.model(name, seed).named_parameters():
            torch.testing.assert_close(p.detach(), expected[key], **CLOSE)


class Residual(MLP):
    def forward(self, x):
        return super().forward(x) + x[:, :3]


def tied():
    layer = nn.Linear(6, 6)
    return nn.Sequential(layer, nn.ReLU(), layer, nn.ReLU(), nn.Linear(6, 3, bias=False))


def per_group():
    """Linear layers on inputs of three dimensions."""
    return nn.Sequential(nn.Unflatten(1, (2, 3)), nn.Linear(3, 4), nn.Tanh(), nn.Flatten(),
                         nn.Linear(8, 3))


@pytest.mark.parametrize("model", [Residual(6, 8, 3), tied(), per_group(), nn.Linear(6, 3)],
                         ids=["residual", "tied", "per_group", "linear"])
def test_every_model_is_the_step(model, toy):
    arms = {s: recipe(model, techniques=(L2(s), WeightDecay(s))) for s in (0.1, 0.3)}
    result = sweep(arms, toy, [0, 3], progress=False)
    for arm, seed in [(0.1, 0), (0.3, 3)]:
        expected = by_the_step(arms[arm], toy(seed), seed)
        for key, p in result.model(arm, seed).named_parameters():
            torch.testing.assert_close(p.detach(), expected[key], **CLOSE)


# What must not matter

@pytest.mark.parametrize("forks", [True, False])
@pytest.mark.parametrize("options, group_size", [
    ({"workers": 1}, 1), ({"workers": 1}, 5), ({"workers": 3}, 40), ({"workers": 3}, 2)])
def test_group_size_and_workers(options, group_size, forks, toy, monkeypatch):
    for module in (jobs, groups):
        monkeypatch.setattr(module, "can_fork", lambda: forks and can_fork())
    arms = {s: recipe(techniques=(L2(s),)) for s in (0.0, 0.1, 0.3)}
    solo = alone(arms, toy, (0, 1, 5))
    monkeypatch.setattr(groups, "GROUP_SIZE", group_size)
    assert_as_if_alone(sweep(arms, toy, (0, 1, 5), progress=False, **options), solo)


def test_order_of_arms_and_seeds(toy):
    arms = {s: recipe(techniques=(L2(s),)) for s in (0.0, 0.1, 0.3)}
    forth = sweep(arms, toy, (0, 1, 5), progress=False)
    back = sweep(dict(reversed(arms.items())), toy, (5, 1, 0), progress=False)
    torch.testing.assert_close(back.curve(metric="loss").flip(0, 1), forth.curve(metric="loss"))
    for arm in arms:
        for a, b in zip(forth.model(arm, 5).parameters(), back.model(arm, 5).parameters(),
                        strict=True):
            torch.testing.assert_close(a, b, **CLOSE)


def test_how_often_it_is_evaluated(toy):
    often, seldom = (sweep({"a": recipe(epochs=6), "b": recipe(epochs=6, techniques=(L2(0.1),))},
                           toy, (0, 1), every=e, progress=False) for e in (1, 3))
    torch.testing.assert_close(often.curve(metric="loss")[..., 2::3], seldom.curve(metric="loss"),
                               rtol=0, atol=0)
    assert seldom.epochs.tolist() == [3, 6]
    for a, b in zip(often.model("b", 1).parameters(), seldom.model("b", 1).parameters(),
                    strict=True):
        assert torch.equal(a, b)


# One replica stops or breaks

def test_stopping_early_does_not_change_the_neighbors(toy):
    rule = EarlyStopping(patience=1)
    arms = {lr: recipe(optimizer=SGD(lr), epochs=12, stopping=rule) for lr in (0.01, 0.1, 1.0, 3.0)}
    solo = alone(arms, toy, (0, 1, 5))
    result = sweep(arms, toy, (0, 1, 5), progress=False)
    ends = result.curve().isfinite().sum(-1).flatten().unique()
    assert len(ends) > 2, "the runs must stop at different epochs for this test to mean anything"
    assert_as_if_alone(result, solo)


@pytest.fixture
def trained(monkeypatch):
    """How many replicas were trained in each epoch."""
    sizes, honest = [], Replicas.epoch
    monkeypatch.setattr(Replicas, "epoch", lambda self, *arguments: (
        sizes.append(len(self)), honest(self, *arguments)))
    return sizes


def test_runs_that_differ_in_stopping_alone_are_trained_once(toy, trained):
    base, rules = recipe(optimizer=SGD(0.5), epochs=12), {
        "to the end": None, "impatient": EarlyStopping(1), "loss": EarlyStopping(3),
        "last": EarlyStopping(3, restore=False), "score": EarlyStopping(2, monitor="score"),
        "coarse": EarlyStopping(2, 0.5), "best": EarlyStopping(12)}
    arms = {name: base.replace(stopping=rule) for name, rule in rules.items()}
    solo = alone(arms, toy, (0, 1, 5))
    trained.clear()
    result = sweep(arms, toy, (0, 1, 5), workers=1, progress=False)
    assert trained == [3] * 12
    assert len(result.curve().isfinite().sum(-1).flatten().unique()) > 3, "too few stop"
    assert_as_if_alone(result, solo)
    del arms["to the end"], arms["best"], trained[:]
    sweep(arms, toy, (0, 1, 5), workers=1, progress=False)
    assert trained[0] == 3 and trained[-1] < 3, "a training ends with the last of its runs"


def test_what_differs_in_more_than_stopping_is_trained_anew(toy, trained):
    base = recipe(epochs=1, techniques=(L2(0.1),))
    sweep({"base": base, "again": base, "strength": base.replace(techniques=(L2(0.2),)),
           "rate": base.replace(optimizer=SGD(0.3)),
           "model": base.replace(model=recipe().model)}, toy(), (0, 1), workers=1, progress=False)
    assert trained == [8]
    trained.clear()
    arms = {scale: base.replace(model=MLP(6, 16, 3, init_scale=scale)) for scale in (0.5, 2.0)}
    result = sweep(arms, toy, (0, 1), workers=1, progress=False)
    assert trained == [4]
    assert result.model(2.0).init_scale == 2
    runs = [Run("base", 0, base, toy(seed)) for seed in (0, 1)]    # both alive: told apart by id
    one, other = map(groups.training_of, runs)
    assert one != other


def test_divergence_does_not_change_the_neighbors(toy):
    linear = MLP(6, 1)    # on a squared error, which a large rate drives to infinity
    arms = {lr: recipe(linear, optimizer=SGD(lr), epochs=60) for lr in (0.01, 1e6)}
    data = lambda seed: toy(seed, classes=None)    # noqa: E731
    solo = alone({0.01: arms[0.01]}, data, (0, 1))
    result = sweep(arms, data, (0, 1), progress=False)
    assert_as_if_alone(result, solo)
    assert result.diverged.tolist() == [[False, False], [True, True]]


# The check itself: with a leak it must fail

def leak_by_averaging(monkeypatch):
    """A millionth of the mean over all replicas."""
    honest = Replicas.epoch

    def epoch(self, *arguments):
        honest(self, *arguments)
        if len(self) > 1:
            self.params = {k: p + 1e-6 * p.mean(0) for k, p in self.params.items()}

    monkeypatch.setattr(Replicas, "epoch", epoch)


def leak_by_sharing(purpose):
    """All replicas with the noise of the first."""
    def leak(monkeypatch):
        honest = reglab.replicas.generator
        monkeypatch.setattr(reglab.replicas, "generator",
                            lambda seed, p: honest(0 if purpose in p else seed, p))
    return leak


@pytest.mark.parametrize("leak", [
    leak_by_averaging, leak_by_sharing("noise of the layers"), leak_by_sharing("batches")])
def test_a_leak_between_replicas_is_seen(leak, toy, monkeypatch):
    arms = {s: recipe(techniques=(L2(s),)) for s in (0.0, 0.1)}
    solo = alone(arms, toy, (0, 1))
    assert_as_if_alone(sweep(arms, toy, (0, 1), progress=False), solo)
    leak(monkeypatch)
    with pytest.raises(AssertionError):
        assert_as_if_alone(sweep(arms, toy, (0, 1), progress=False), solo)


def test_batch_norm_with_a_technique_that_changes_the_gradient(toy):
    model = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 3))
    check({s: recipe(model, techniques=(Clip(s),)) for s in (0.1, 0.2)}, toy, seeds=(0, 1))


def test_a_penalty_on_the_outputs_counts_no_batch(toy):
    model = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 3))
    run = fit(recipe(model, techniques=(OutputPenalty(0.1),), epochs=1, batch_size=25), toy,
              progress=False)
    assert run.model()[1].num_batches_tracked == 2


# Grouping: what is not alike is not stacked

class Scaled(nn.Module):
    """A learner's model: a setting in a plain attribute."""

    def __init__(self, scale, name="scale", helper=None):
        super().__init__()
        self.linear = nn.Linear(6, 3)
        self.name, self.helper = name, helper
        setattr(self, name, scale)

    def forward(self, x):
        return getattr(self, self.name) * self.linear(x)


def test_settings_in_attributes(toy):
    check({s: recipe(Scaled(s)) for s in (1.0, 3.0)}, toy)


def test_settings_in_private_attributes(toy):
    check({s: recipe(Scaled(s, "_scale")) for s in (1.0, 3.0)}, toy)


def test_settings_in_long_tensors(toy):
    long = torch.ones(2000)
    other = long.clone()
    other[1000] = 0
    a, b = (reglab.replicas.model_kind(Scaled(1.0, helper=t)) for t in (long, other))
    assert a != b


def test_settings_in_objects(toy):
    class Helper:
        pass

    check({s: recipe(Scaled(s, helper=Helper())) for s in (1.0, 3.0)}, toy, seeds=(0, 1))


def test_frozen_parameters_stay(toy):
    model = MLP(6, 12, 3)
    model.layers[0].weight.requires_grad_(False)
    trained = fit(recipe(model), toy, progress=False).model()
    assert torch.equal(trained.layers[0].weight,
                       initialize(copy.deepcopy(model), 0).layers[0].weight)


@pytest.mark.parametrize("widths", [(8, 8), (8, 4)])
def test_one_dropout_layer_used_twice(widths, toy, refused):
    class Reused(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(6, widths[0]), nn.Linear(*widths)
            self.c, self.drop = nn.Linear(widths[1], 3), Dropout(0.5)

        def forward(self, x):
            return self.c(self.drop(self.b(self.drop(self.a(x)).relu()).relu()))

    with pytest.raises((ValueError, TypeError), match=r"drop must be .+; got "):
        fit(Recipe(Reused(), epochs=1), toy, progress=False)


def test_torchs_dropout_is_refused(toy, refused):
    model = nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.Linear(8, 3))
    with refused("model.1", TypeError, cure="reglab.layers.Dropout"):
        fit(Recipe(model, epochs=1), toy, progress=False)


# The score

def test_score_is_accuracy_or_r2():
    from sklearn.metrics import accuracy_score, r2_score

    random = torch.Generator().manual_seed(0)
    outputs, labels = torch.randn(50, 3, generator=random), torch.arange(50) % 3
    assert score(outputs, labels).item() == pytest.approx(accuracy_score(labels, outputs.argmax(1)))
    y = torch.randn(50, 1, generator=random)
    assert score(outputs[:, :1], y).item() == pytest.approx(r2_score(y, outputs[:, :1]), rel=1e-5)


def test_a_broken_model_has_no_accuracy():
    assert score(torch.full((4, 3), float("nan")), torch.zeros(4, dtype=torch.long)).isnan()


class CoarseDropout(Dropout):
    """Draws one word for two neighbors; all else is Dropout's."""

    def draw(self, shape, generator=None):
        return super().draw((*shape[:-1], shape[-1] // 2), generator).repeat_interleave(2, -1)


class SpelledOut(CoarseDropout):
    """The same with a forward pass of its own, which only the general way can train."""

    def forward(self, x):
        return super().forward(x)


def test_a_dropout_that_draws_otherwise_trains_as_in_the_general_way(toy):
    def with_layer(layer):
        return nn.Sequential(nn.Flatten(), nn.Linear(6, 12), nn.ReLU(), layer(0.3),
                             nn.Linear(12, 3))

    known, general = (recipe(with_layer(layer)) for layer in (CoarseDropout, SpelledOut))
    assert dense.chain(known.model) and not dense.chain(general.model)
    results = [sweep({"run": r}, toy, range(3), progress=False) for r in (known, general)]
    for seed in range(3):
        for name, weight in results[0].parameters("run", seed).items():
            torch.testing.assert_close(weight, results[1].parameters("run", seed)[name])
    check({"run": known}, toy)


class MapDropout(Dropout):
    """One word for a whole feature map (Tompson et al. 2015)."""

    def draw(self, shape, generator=None):
        return super().draw((*shape[:-1], 1), generator)


def test_one_word_may_stand_for_a_feature_map():
    model = nn.Sequential(nn.Conv1d(1, 4, 3, padding=1), nn.ReLU(), MapDropout(0.5),
                          nn.Flatten(), nn.Linear(160, 10))
    check({"run": recipe(model)}, lambda seed: data.mnist1d(seed, n_train=32, n_validation=20))


class AlwaysOn(Dropout):
    def train(self, mode=True):
        return super().train(True)


def test_a_dropout_that_changes_more_than_its_draws_is_not_taken_for_one():
    assert is_dropout(Dropout(0.5)) and is_dropout(CoarseDropout(0.5))
    assert not any(map(is_dropout, (SpelledOut(0.5), AlwaysOn(0.5), nn.Dropout(0.5))))
