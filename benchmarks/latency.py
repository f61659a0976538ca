"""From a slider's event to the painted figure: ``python -m benchmarks.latency --json FILE``.

Each chapter is opened in JupyterLab in Chromium and run; then the arrow keys move the slider of its
live figure. The clock starts in the page when the key goes down, and stops after the frame in
which the new picture was painted.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from reglab.doctor import find_chromium
from tests.browser.lab import CHROMIUM_FLAGS, Notebook, Server

from .measure import main

COURSE = Path(__file__).resolve().parents[1]
PRESSES, WARM_UP = 30, 3
PLAYGROUND = "09_playground"
EXAMPLES, L2 = 0, 3    # sliders of the playground: the first begins a new training

WATCH = """() => {
    const painted = [];
    let start = null;
    window.painted = painted;
    window.startClock = () => { start = performance.now(); };
    document.addEventListener('keydown', event => {
        if (event.key.startsWith('Arrow')) window.startClock();
    }, true);
    document.querySelector('.jp-OutputArea img.widget-image').addEventListener('load', () => {
        if (start === null) return;
        const from = start;
        start = null;
        requestAnimationFrame(() => {
            const channel = new MessageChannel();   // its message arrives after the paint
            channel.port1.onmessage = () => painted.push(performance.now() - from);
            channel.port2.postMessage(null);
        });
    });
}"""
PLAY = """() => {
    window.startClock();
    document.querySelector('.jp-OutputArea button.widget-toggle-button').click();
}"""


def next_one(notebook: Notebook, act: Callable[[], object]) -> float:
    """Milliseconds from what ``act`` does to the next picture."""
    notebook.page.evaluate("() => { window.painted.length = 0; }")
    act()
    notebook.page.wait_for_function("() => window.painted.length > 0", timeout=20_000)
    return notebook.page.evaluate("() => window.painted[0]")


def presses(notebook: Notebook, which: int = 0) -> list[float]:
    """Milliseconds from key to paint, for each press of an arrow key."""
    notebook.page.locator(".jp-OutputArea input[type=range]").nth(which).focus()
    notebook.page.keyboard.press("Home")
    notebook.page.wait_for_timeout(2000)
    found = []
    for press in range(PRESSES + WARM_UP):
        key = "ArrowLeft" if press % 2 else "ArrowRight"
        found.append(next_one(notebook, lambda key=key: notebook.page.keyboard.press(key)))
        notebook.page.wait_for_timeout(250)
    return found[WARM_UP:]


def first_frames(notebook: Notebook, times: int = 10) -> list[float]:
    """Milliseconds from Play to the first frame of the training that it starts."""
    found = []
    for _ in range(times):
        found.append(next_one(notebook, lambda: notebook.page.evaluate(PLAY)))
        notebook.page.locator(".jp-OutputArea button.widget-toggle-button").first.click()
        notebook.page.wait_for_timeout(700)
    return found


def row(case: str, times: list[float]) -> dict:
    p50, p95 = np.percentile(times, [50, 95])
    found = {"benchmark": "latency", "case": case, "contender": "reglab",
             "p50_ms": round(float(p50)), "p95_ms": round(float(p95)), "n": len(times),
             "load": round(os.getloadavg()[0], 1)}
    print(f"{case:<40} p50 {found['p50_ms']} ms   p95 {found['p95_ms']} ms   "
          f"({found['n']} times, load {found['load']})", flush=True)
    return found


def benchmark(quick: bool = False) -> list[dict]:
    """Slider → painted figure, for each live figure of the course."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("not measured: playwright is not installed (pip install -e '.[test]')")
        return []
    if find_chromium() is None:
        print("not measured: there is no Chromium (for example: apt-get install chromium)")
        return []
    rows = []
    with tempfile.TemporaryDirectory() as home, sync_playwright() as driver:
        course = Path(home) / "course"
        shutil.copytree(COURSE / "notebooks", course / "notebooks")
        server = Server(course, Path(home))
        browser = driver.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        try:
            for path in sorted((course / "notebooks").glob("*.ipynb")):
                if quick and path.stem != PLAYGROUND:
                    continue
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                notebook = Notebook(context.new_page(), server, f"notebooks/{path.name}")
                notebook.run_all(300)
                if notebook.show_widget():
                    notebook.page.wait_for_timeout(3000)    # until all is quiet
                    notebook.page.evaluate(WATCH)
                    live = path.stem == PLAYGROUND
                    rows.append(row(path.stem, presses(notebook, L2 if live else 0)))
                    if live:
                        rows.append(row(f"{path.stem}, first frame of Play",
                                        first_frames(notebook)))
                        rows.append(row(f"{path.stem}, first frame with other data",
                                        presses(notebook, EXAMPLES)))
                context.close()
        finally:
            browser.close()
            server.stop()
    return rows


if __name__ == "__main__":
    main(benchmark)
