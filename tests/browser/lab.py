"""JupyterLab as a person uses it, driven through Chromium: open, run all, move a slider."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

TOKEN = "browser-tests"
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update",
                  "--disable-sync"]

# JupyterLab's own model of the open notebook knows what the page shows, on screen or off.
CELLS = """() => jupyterapp.shell.currentWidget.content.widgets
    .map(cell => cell.model).filter(model => model.type === 'code').map(model => ({
        source: model.sharedModel.getSource(),
        count: model.executionCount,
        outputs: model.outputs.toJSON(),
    }))"""
KERNEL_IS_IDLE = """() => {
    const session = jupyterapp.shell.currentWidget?.sessionContext;
    return session?.isReady && session.session?.kernel?.status === 'idle';
}"""
LIVE_FIGURE_CELL = """() => jupyterapp.shell.currentWidget.content.widgets.findIndex(
    cell => cell.model.type === 'code' && cell.model.outputs.toJSON().some(output =>
        output.data && 'application/vnd.jupyter.widget-view+json' in output.data
        && 'image/png' in output.data))"""    # predictions and quizzes have no picture

QUIZ_CELL = """() => jupyterapp.shell.currentWidget.content.widgets.findIndex(
    cell => /^checks\\.chapter\\d\\d\\.quiz$/.test(cell.model.sharedModel.getSource()))"""


class Server:
    """A JupyterLab server of this interpreter on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, home: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.log = home / "jupyterlab.log"
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("JUPYTER", "IPYTHON", "XDG_"))}
        self.logbook = home / "progress.json"
        environment.update(HOME=str(home), JUPYTER_PREFER_ENV_PATH="1",
                           REGLAB_PROGRESS=str(self.logbook))
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
                 "--expose-app-in-browser", "--ip=127.0.0.1", f"--port={port}",
                 f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={TOKEN}"],
                env=environment, stdout=log, stderr=subprocess.STDOUT)
        self._wait_until_it_answers()

    def _wait_until_it_answers(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.address}/api/status?token={TOKEN}", timeout=5)
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        self.stop()
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Notebook:
    """A notebook open in a page, with a kernel that is ready."""

    def __init__(self, page, server: Server, path: str):
        self.page = page
        page.goto(f"{server.address}/lab/tree/{path}?reset&token={TOKEN}")
        page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.content?.widgets",
                               timeout=60_000)
        page.wait_for_function(KERNEL_IS_IDLE, timeout=60_000)

    def run_all(self, seconds: float = 300) -> None:
        """Clear all outputs, choose Run > Run All Cells and wait until the kernel is idle."""
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        end = time.monotonic() + seconds
        while not self._is_through():
            if time.monotonic() > end:
                raise TimeoutError(f"the notebook still runs after {seconds:.0f} s")
            self.page.wait_for_timeout(200)

    def _is_through(self) -> bool:
        ran = all(cell["count"] for cell in self.code_cells())
        return (ran or bool(self.errors())) and self.page.evaluate(KERNEL_IS_IDLE)

    def code_cells(self) -> list[dict]:
        """The code cells as they stand: source, count and outputs."""
        return self.page.evaluate(CELLS)

    def errors(self) -> list[str]:
        """What went wrong in any cell."""
        return [f"{output['ename']}: {output['evalue']}" for cell in self.code_cells()
                for output in cell["outputs"] if output["output_type"] == "error"]

    def show_widget(self) -> bool:
        """Scroll to the first live figure; False if the notebook has none."""
        index = self.page.evaluate(LIVE_FIGURE_CELL)
        if index >= 0:
            self.page.evaluate(
                "index => jupyterapp.shell.currentWidget.content.scrollToItem(index, 'start')",
                index)
            self.slider.wait_for(timeout=30_000)
            self.figure.wait_for(timeout=30_000)
        return index >= 0

    def show_quiz(self) -> bool:
        """Scroll to the quiz; False if the notebook has none."""
        index = self.page.evaluate(QUIZ_CELL)
        if index >= 0:
            self.page.evaluate(
                "index => jupyterapp.shell.currentWidget.content.scrollToItem(index, 'start')",
                index)
            self.page.locator(".reglab-option").first.wait_for(timeout=30_000)
        return index >= 0

    @property
    def slider(self):
        """The first slider."""
        return self.page.locator(".jp-OutputArea input[type=range]").first

    @property
    def figure(self):
        """The first live figure."""
        return self.page.locator(".jp-OutputArea img.widget-image").first

    def press(self, key: str) -> None:
        """Move the slider by keyboard."""
        self.slider.focus()
        self.page.keyboard.press(key)

    def drag(self, share: float) -> None:
        """Move the slider with the mouse, to a share of its track."""
        track = self.slider.bounding_box()
        middle = track["y"] + track["height"] / 2
        self.page.mouse.move(track["x"] + 5, middle)
        self.page.mouse.down()
        self.page.mouse.move(track["x"] + share * track["width"], middle, steps=5)
        self.page.mouse.up()

    def settled_picture(self, other_than: bytes = b"", seconds: float = 10) -> bytes:
        """The figure's pixels once they stand still; waits for others than those given."""
        end, last = time.monotonic() + seconds, b""
        while time.monotonic() < end:
            now = self.figure.screenshot()
            if now == last and now != other_than:
                break
            last = now
            self.page.wait_for_timeout(150)
        return last
