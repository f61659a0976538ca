"""Effects remember what they were made of."""

import math

import pytest

from reglab import L2, MLP, SGD, Recipe, sweep
from reglab.claims.effects import Alone, Difference, Ratio, on_test_data
from reglab.comparison import Levels


def test_differences_ratios_and_measures_alone():
    assert Difference([0.5, 0.75], [0.25, 0.25], 0.1) == [0.25, 0.5]
    assert Ratio([3.0, 8.0], [1.0, 2.0]) == [3.0, 4.0]
    assert Ratio([3.0, 8.0], [1.0, 2.0]).levels == Levels(5.5, 1.5)
    assert Ratio([2.0], [1.0], log=True) == pytest.approx([math.log(2)])
    assert Alone([0.5, 1.0], control=[0.0, 0.5]).levels == Levels(0.75, 0.25)
    with pytest.raises(ValueError):
        Ratio([3.0, 8.0], [1.0])


def test_arms_of_a_sweep_on_test_data(toy):
    recipes = {s: Recipe(MLP(6, 3), optimizer=SGD(0.2), techniques=(L2(s),), epochs=2)
               for s in (0.0, 1.0)}
    result = sweep(recipes, toy, (0, 1), progress=False)
    found = on_test_data(result, 1.0, 0.0, "planned")
    expected = result.test(1.0, reason="planned") - result.test(0.0, reason="planned")
    assert list(found) == pytest.approx(expected.tolist())
    assert found.levels.trivial == pytest.approx(result.trivial(reason="planned"))
