"""Rules decide by interval, never by eye."""

import math

import numpy as np
import pytest

from reglab import data
from reglab.claims import (
    Claim,
    Rule,
    Settled,
    Statement,
    Verdict,
    augmentation,
    l1_linear,
    l1_stability,
    least_squares,
)
from reglab.claims.chapters import CHAPTERS
from reglab.claims.effects import Difference
from reglab.claims.rules import CONFIDENCE, OF_DIGITS, format_bounds, format_effect
from reglab.statistics import Interval, resplit

X_HELPS = Statement("C00", "nothing", "x helps")
GAIN = Rule("gain", low=0.01)
EFFECTS = {
    Verdict.SUPPORTED: [0.05, 0.06] * 5,
    Verdict.REFUTED: [-0.05, -0.06] * 5,
    Verdict.NOT_SETTLED: [-0.05, 0.08] * 5,
}


@pytest.mark.parametrize("verdict", EFFECTS)
def test_the_interval_decides(verdict):
    assert GAIN.decide(EFFECTS[verdict]) is verdict


def test_an_effect_too_small_to_matter_refutes():
    assert GAIN.decide([0.001, 0.002] * 5) is Verdict.REFUTED


def test_no_effect_can_be_supported_by_a_range_around_zero():
    same = Rule("difference", low=-0.03, high=0.03)
    assert same.decide([0.001, -0.002] * 5) is Verdict.SUPPORTED
    assert same.decide([0.051, 0.049] * 5) is Verdict.REFUTED


def test_too_few_seeds_settle_nothing():
    assert GAIN.decide(EFFECTS[Verdict.SUPPORTED][:9]) is Verdict.NOT_SETTLED


def test_equal_arms_are_hardly_ever_called_different():
    """Under no effect a rule without a margin settles at the rate it promises, α = 0.05/40.

    Of 4000 draws 5 are expected to be settled; more than 16 have probability 2e-5 (binomial).
    """
    rng = np.random.default_rng(0)
    rule = Rule("difference", low=0.0)
    settled = sum(rule.decide(rng.normal(size=10)) is not Verdict.NOT_SETTLED
                  for _ in range(4000))
    assert 1 - CONFIDENCE == pytest.approx(0.05 / 40)
    assert settled <= 16


def test_detectable_effect_is_settled_with_the_power_it_states():
    """At 50 seeds t and normal nearly agree; 300 draws give a standard error of 0.023."""
    rng = np.random.default_rng(1)
    rule, found = Rule("difference", low=0.0), 0
    effect = rule.detectable(rng.normal(size=100_000)) * math.sqrt(100_000 / 50)
    for _ in range(300):
        found += rule.decide(effect + rng.normal(size=50)) is Verdict.SUPPORTED
    assert 0.65 < found / 300 < 0.9


@pytest.mark.parametrize("first, second, whole", [
    ("SUPPORTED", "SUPPORTED", "SUPPORTED"),
    ("REFUTED", "REFUTED", "REFUTED"),
    ("SUPPORTED", "REFUTED", "CONDITIONAL"),
    ("SUPPORTED", "NOT_SETTLED", "NOT_SETTLED"),
    ("REFUTED", "NOT_SETTLED", "NOT_SETTLED"),
])
def test_a_claim_is_what_its_predictions_agree_on(first, second, whole):
    claim = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN, "two": GAIN})
    settled = claim.settle(one=EFFECTS[Verdict[first]], two=EFFECTS[Verdict[second]])
    assert settled.verdict is Verdict[whole]


def test_every_prediction_needs_its_effects():
    claim = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN, "two": GAIN})
    with pytest.raises(ValueError, match="C00.effects must be given for exactly the predictions"):
        claim.settle(one=EFFECTS[Verdict.SUPPORTED])


def test_a_settled_claim_reads_well():
    claim = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN})
    settled = claim.settle(one=EFFECTS[Verdict.SUPPORTED])
    for text in (repr(settled), settled._repr_html_()):
        assert "x helps" in text and "0.055" in text and "supported" in text
    assert settled.frame().loc["one", "verdict"] == "supported"


def test_a_rule_that_nothing_can_refute_is_refused():
    with pytest.raises(ValueError, match="Rule.high must be finite"):
        Rule("anything")


def test_one_seed_is_an_anecdote_and_settles_nothing():
    settled = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN}).settle(one=[0.5])
    for text in (repr(settled), settled._repr_html_()):
        assert "0.5, an anecdote (1 seed)" in text and "not settled here" in text
    assert settled.detectable == {"one": math.inf}


def test_a_rule_says_what_it_could_have_seen():
    settled = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN}).settle(
        one=EFFECTS[Verdict.SUPPORTED])
    size = f"{GAIN.detectable(EFFECTS[Verdict.SUPPORTED]):.2g}"
    assert f"80 % power {size} beyond a bound" in repr(settled)


def test_the_page_says_what_would_have_been_seen_where_nothing_was_settled():
    claim = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN, "two": GAIN})
    settled = claim.settle(one=EFFECTS[Verdict.SUPPORTED], two=EFFECTS[Verdict.NOT_SETTLED])
    size = f"{GAIN.detectable(EFFECTS[Verdict.NOT_SETTLED]):.2g}"
    assert settled._repr_html_().count("80 % power") == 1
    assert f"not settled here (80 % power {size} beyond a bound)" in settled._repr_html_()


def test_a_summary_says_what_its_conditions_are():
    claim = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN, "two": GAIN})
    one, two = EFFECTS[Verdict.SUPPORTED], EFFECTS[Verdict.REFUTED]
    assert claim.settle(one=one, two=two).summary().splitlines() == [
        f"C00  {X_HELPS}", "     supported with conditions", "       supported: one",
        "       refuted: two"]
    assert claim.settle(one=one, two=one).summary().splitlines() == [
        f"C00  {X_HELPS}", "     supported"]


def test_scores_stand_beside_the_effects_that_have_some():
    claim = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN, "two": GAIN})
    scores = Difference([0.6] * 10, [0.4] * 10, trivial=0.1)
    settled = claim.settle(one=scores, two=EFFECTS[Verdict.REFUTED])
    assert settled.effects["one"] == pytest.approx([0.2] * 10) and set(settled.levels) == {"one"}
    for text in (repr(settled), settled._repr_html_()):
        assert text.count("0.600 against 0.400; trivial 0.100") == 1


def test_what_was_changed_after_a_run_is_said():
    claim = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN}, changed="one became two & more.")
    settled = claim.settle(one=EFFECTS[Verdict.SUPPORTED])
    assert "Changed after a run: one became two & more." in repr(settled)
    assert "Changed after a run: one became two &amp; more." in settled._repr_html_()
    plain = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN}).settle(one=EFFECTS[Verdict.SUPPORTED])
    assert "Changed" not in repr(plain)
    assert "written before the run" in plain._repr_html_()


@pytest.mark.parametrize("mean, half, text", [
    (0.05, 0.02, "0.050 [0.030, 0.070]"),
    (0.004, 0.002, "0.0040 [0.0020, 0.0060]"),
    (4e-6, 2e-6, "4e-06 [2e-06, 6e-06]"),
    (-0.0001, 0.02, "0.000 [-0.020, 0.020]"),
])
def test_effects_are_printed_at_a_precision_that_shows_them(mean, half, text):
    found = Interval(mean, mean - half, mean + half, 10)
    assert format_effect(found) == f"{text} (10 seeds)"
    assert format_bounds(found) == text[text.index("["):]


def test_looks_widen_the_printed_and_the_deciding_interval():
    claim = Claim(X_HELPS, ("Nobody 1900",), {"one": GAIN})
    once = claim.settle(one=EFFECTS[Verdict.SUPPORTED])
    twice = Settled(claim, once.effects, looks=2)
    assert twice.intervals["one"].confidence == 0.975
    assert twice.intervals["one"].low < once.intervals["one"].low
    assert 1 - twice.decisive["one"].confidence == pytest.approx(0.05 / 40 / 2)
    assert "widened for 2 looks" in repr(twice) and "widened" not in repr(once)


def test_a_second_look_can_undo_a_verdict():
    """t = 4.8 with 9 degrees of freedom: beyond the quantile of 1 − 0.05/40 (4.6) and short of
    that of 1 − 0.05/80 (5.1)."""
    base = np.array([-1.0, 1.0] * 5)
    effects = (base / base.std(ddof=1)) + 4.8 / math.sqrt(10)
    rule = Rule("difference", low=0.0)
    assert rule.decide(effects) is Verdict.SUPPORTED
    assert rule.decide(effects, looks=2) is Verdict.NOT_SETTLED


def test_numbers_in_a_rule_have_a_true_minus():
    assert str(Rule("x", high=-0.01)) == "x: at most −0.01"
    assert str(Rule("x", low=-1e-6, high=0.5)) == "x: between −1e−06 and 0.5"


def test_what_holds_over_splits_of_one_table():
    effects = [0.05, 0.06, 0.05, 0.06, 0.05] * 2
    rules = {"fresh": GAIN, "narrow": Rule("gain", low=0.045, split=(1797, 797)),
             "wide": Rule("gain", low=0.01, split=(1797, 797)),
             "few": Rule("gain", low=0.01, split=(1797, 797), seeds=20)}
    settled = Claim(X_HELPS, ("Nobody 1900",), rules).settle(**dict.fromkeys(rules, effects))
    narrow, wide, few = settled.over_splits_summary().splitlines()
    assert narrow.startswith("C00 narrow: [") and narrow.endswith("]: not settled here")
    assert wide.startswith("C00 wide: [") and wide.endswith("]: supported")
    assert few.endswith("]: not settled here")
    found = resplit(settled.decisive["wide"], 1797, 797)
    assert f"becomes [{found.low:.3f}, {found.high:.3f}]" in wide


def test_a_rule_on_a_table_knows_its_size():
    tables = {OF_DIGITS: (data.digits(0), augmentation.images(0)),
              (442, 252): (data.diabetes(0, n_train=40), least_squares.problem(0).splits),
              (442, 192): (l1_linear.patients(0, 50),),
              (569, 309): (data.breast_cancer(0, n_train=60),),
              (569, 319): (l1_stability._biopsies(0),)}
    rows = {"digits": 1797, "diabetes": 442, "breast_cancer": 569}
    for split, every in tables.items():
        for splits in every:
            assert (rows[splits.name], len(splits.test)) == split
    used = {rule.split for chapter in CHAPTERS for case in chapter.cases
            for rule in case.claim.rules.values()} - {None}
    assert used == set(tables)
