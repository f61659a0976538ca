"""The benchmarks run and write the rows that they promise."""

import json

import pytest
import torch

from benchmarks import measure, sweep
from reglab import L1, MLP, SGD, Dropout, Recipe


@pytest.fixture
def tiny(monkeypatch):
    """A sweep of two small models, by a plain loop and by the engine."""
    monkeypatch.setattr(sweep, "EPOCHS", 1)

    def benchmark(quick):
        recipe = Recipe(MLP(6, 8, 10, dropout=0.2), (L1(1e-5),), SGD(0.01), epochs=1)
        return sweep.case("mlp-6-8-10/sgd+dropout+l1", recipe, sweep.SGD_PLAIN,
                          sweep.random_splits(6), replicas=2, threads=1, rounds=1)

    benchmark.__doc__ = "A tiny case."
    return benchmark


def test_the_rows_of_a_case(tiny, tmp_path, capsys):
    measure.main(tiny, ["--quick", "--json", str(tmp_path / "rows.json")])
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert [row["contender"] for row in rows] == ["plain loop", "plain loop, fused", "reglab"]
    assert {row["case"] for row in rows} == {"mlp-6-8-10/sgd+dropout+l1/R=2/threads=1"}
    assert all(row["benchmark"] == "sweep" and row["clock"] == "cpu" for row in rows)
    assert all(row["microseconds_per_step"] > 0 and row["spread"] == 0 for row in rows)
    assert rows[0]["ratio_vs_plain"] == 1
    assert rows[2]["ratio_vs_plain"] == pytest.approx(
        rows[0]["microseconds_per_step"] / rows[2]["microseconds_per_step"], abs=0.02, rel=0.01)
    assert "mlp-6-8-10/sgd+dropout+l1/R=2/threads=1" in capsys.readouterr().out


def test_the_ratio_is_of_the_medians(capsys):
    times = iter([0, 3, 5, 6, 10, 18, 20, 21, 30, 32, 40, 41])    # starts and ends, in turn
    clock = lambda: float(next(times))  # noqa: E731
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure.time, "process_time", clock)
        plain, ours = measure.compare("b", "c", [
            measure.Contender("plain loop", lambda: None, 1),
            measure.Contender("reglab", lambda: None, 1)], rounds=3)
    assert plain["microseconds_per_step"] == 3e6 and ours["microseconds_per_step"] == 1e6
    assert ours["ratio_vs_plain"] == 3
    assert plain["spread"] == 2 and ours["spread"] == 0


def test_the_plain_loop_has_the_same_model():
    model = sweep.plain.with_torch_dropout(MLP(6, 8, 8, 10, dropout=0.2))
    assert [type(m).__name__ for m in model.layers] == [
        "Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout", "Linear"]
    assert all(type(m) is torch.nn.Dropout and m.p == pytest.approx(0.2)
               for m in model.layers if "Dropout" in type(m).__name__)
    assert not any(isinstance(m, Dropout) for m in model.modules())
