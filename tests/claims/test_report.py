"""The report says everything that the ledger knows, in words, and passes an accessibility check."""

import re

import pytest

from reglab.claims import STATEMENTS, Claim, Rule, ledger, statements
from reglab.claims.report import number, plot, render, summary
from reglab.doctor import find_chromium


@pytest.fixture
def entries(chapter):
    return list(ledger.settle([chapter], STATEMENTS, progress=False))


@pytest.fixture
def page(entries):
    return render(entries, seeds=10, notebooks="../notebooks")


def test_it_is_one_file_without_scripts(page):
    assert not re.search(r"<script|<link|https?://|@import|url\(", page)
    assert page.startswith("<!doctype html>") and '<html lang="en">' in page


def test_it_has_every_statement_with_its_verdict_in_words(page, entries):
    for entry in entries:
        assert entry.statement.text.replace("'", "&#39;") in page
    card = page[page.index('id="C23"'):page.index("How a verdict is reached")]
    for words in ("supported with conditions", "refuted", "gain in accuracy: at least 0.01",
                  "time, relative: at most 0.5", "Srivastava et al. 2014", "Holds:", "Fails:",
                  "../notebooks/04_dropout.ipynb", "10 seeds", "20 seeds", "power:"):
        assert words in card


def test_what_is_not_written_has_no_card(page):
    assert page.count("<article") == 2 and 'id="C01"' not in page
    assert "The chapters on these statements are not written yet" in page


def test_plots_have_a_sentence_with_the_numbers(page):
    assert 'aria-label="gain: effect 0.0509 [0.0503, 0.0515] over 10 seeds; predicted: at least' \
        in page.replace("\u2212", "-")


def test_verdicts_on_one_table_say_what_they_are_worth_over_splits(page):
    helps = Claim(statements.C18, ("Nobody 1900",), {
        "gain": Rule("gain in accuracy", low=0.045, split=(1797, 797))})
    settled = helps.settle(gain=[0.05, 0.06] * 10)
    text = render([ledger.Entry(statements.C18, settled=settled)], seeds=10)
    assert "C18 gain: [" in text and "]: not settled here.</p>" in text
    assert "Nadeau" not in page[page.index('id="C23"'):]


def test_what_moved_and_what_failed_is_shown(chapter):
    entries = list(ledger.settle([chapter], STATEMENTS, progress=False, recorded={}))
    assert "Not what was recorded" in render(entries, seeds=10)
    failed = ledger.Entry(STATEMENTS[0], chapter, error="<b>no</b>")
    assert "The experiment failed.</b> &lt;b&gt;no" in render([failed], seeds=10)


def test_one_seed_is_an_anecdote(chapter):
    entries = list(ledger.settle([chapter], STATEMENTS, seeds=1, progress=False))
    page = render(entries, seeds=1)
    assert "<b>anecdotes (1 seed)</b>" in page and "0.05, an anecdote (1 seed)" in page


def test_places_in_a_plot():
    prediction = {"name": "x", "expected": [0.0, None], "effects": [1.0, 3.0], "effect": 2.0,
                  "low": 1.5, "high": 2.5, "decisive": [1.0, 3.0], "seeds": 2, "detectable": 0.1}
    found = plot(prediction)
    # 0 … 3 with 12 % of 3 on either side: 0 is at 0.36/3.72 and 2 at 2.36/3.72
    assert found["zero"] == found["bounds"][0] == found["band"][0] == pytest.approx(9.68, abs=0.01)
    assert found["mean"] == pytest.approx(63.44, abs=0.01)
    assert sum(found["band"]) == pytest.approx(100)
    assert number(-0.0312) == "−0.0312" and summary(prediction) == "2.0 [1.5, 2.5]"


@pytest.mark.parametrize("width", [1280, 400])
def test_in_a_browser_it_fits_and_passes_axe(page, tmp_path, width):
    playwright = pytest.importorskip("playwright.sync_api")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright",
                              reason="pip install axe-playwright-python")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium found; for example: apt-get install chromium")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": width, "height": 900})
        tab.goto((tmp_path / "page.html").as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        results = axe.Axe().run(tab)
        assert results.violations_count == 0, results.generate_report()
        tab.check("#show-conditional")
        assert [a.is_visible() for a in tab.locator("article").all()] == [False, True]
        browser.close()
