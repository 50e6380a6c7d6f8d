"""In JupyterLab the explorer that moves in the page is the one that Python reads and sets."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, Page

from lossutils import entropy

ROOT = Path(__file__).resolve().parents[2]
FIRST = "from lossutils.widgets import EntropyExplorer\nexplorer = EntropyExplorer()\nexplorer"
PRINT = "print(explorer.p.tolist())"
READOUT = ".explorer-figure-entropy output[data-quantity=entropy]"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start JupyterLab in an empty folder; return its address and the folder."""
    home = tmp_path_factory.mktemp("lab")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    options = [
        "--no-browser",
        "--allow-root",
        f"--ServerApp.root_dir={home}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",  # reachable from this machine only
        "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log = (home / "log").open("w+")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        env={
            **os.environ,
            **{name: str(home / name.lower()) for name in folders},
            "PYTHONPATH": str(ROOT),
        },
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        for _ in range(480):
            try:
                urllib.request.urlopen(f"{address}api").close()
                break
            except OSError:
                assert server.poll() is None, (home / "log").read_text()
                time.sleep(0.25)
        else:
            pytest.fail((home / "log").read_text())
        yield address, home
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


@dataclass
class Notebook:
    """A notebook that is open in JupyterLab. Its first cell shows an explorer of entropy."""

    page: Page
    cells: Locator

    def run(self, number):
        """Run a cell and wait until the kernel has answered."""
        prompt = self.cells.nth(number).locator(".jp-InputPrompt")
        before = prompt.inner_text()
        for wait in range(300):
            # Lab drops what it is asked to run, and moves the focus, while it is still starting.
            if wait % 50 == 0 and prompt.inner_text() == before:
                self.cells.nth(number).locator(".cm-content").click()
                self.page.keyboard.press("Control+Enter")
            if prompt.inner_text() not in (before, "[*]:"):
                return
            self.page.wait_for_timeout(100)
        pytest.fail(f"cell {number} didn't run")

    def prints(self, number, expected):
        """Run a cell until it prints these numbers: the page sends what it draws a moment later."""
        printed = None
        for _ in range(40):
            self.run(number)
            output = self.cells.nth(number).locator(".jp-OutputArea-output", has_text="[")
            numbers = output.inner_text().partition("[")[2].partition("]")[0]
            printed = [float(number) for number in numbers.split(",")]
            if printed == pytest.approx(expected, abs=1e-12):
                return
            self.page.wait_for_timeout(250)
        assert printed == pytest.approx(expected, abs=1e-12)

    def slider(self, label):
        """Return ipywidgets' slider of that label."""
        return self.page.locator(".widget-slider", has_text=label)

    def shown(self):
        """Return the entropy that the figure shows."""
        return float(self.page.locator(READOUT).get_attribute("data-value"))

    def wait_for(self, entropy):
        self.page.wait_for_function(
            "([selector, entropy]) => Math.abs(document.querySelector(selector).dataset.value"
            " - entropy) < 1e-9",
            arg=[READOUT, entropy],
        )


def accept(dialog):
    """Take what a dialog of Lab's proposes. What it said is shown if the test fails."""
    print(dialog.inner_text())
    dialog.locator(".jp-mod-accept").click()


@pytest.fixture
def open_notebook(browser, lab):
    """Return a function that opens a new notebook of the explorer and these cells."""
    address, home = lab
    contexts = []
    asked = []

    def opened(name, *sources):
        cells = [nbformat.v4.new_code_cell(source) for source in (FIRST, *sources)]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, home / f"{name}.ipynb")
        context = browser.new_context(viewport={"width": 1280, "height": 1400})
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto(f"{address}doc/tree/{name}.ipynb")
        shown = Notebook(page, page.locator(".jp-Notebook .jp-CodeCell"))
        # On a slow machine Lab may ask for the kernel while it still starts. Its answer will do.
        dialog = page.locator(".jp-Dialog")
        page.add_locator_handler(dialog, accept)
        shown.cells.nth(len(sources)).wait_for()
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
        shown.run(0)
        page.locator(".explorer-figure-entropy").wait_for()
        page.remove_locator_handler(dialog)
        return shown

    yield opened
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_kernel_and_page_share_the_explorer(open_notebook):
    sets = {2: (0.7, 0.1, 0.1, 0.1), 3: (0.6, 0.4)}
    notebook = open_notebook("shared", PRINT, *(f"explorer.p = {p}" for p in sets.values()))
    assert notebook.shown() == 1.75
    # Lab has widths of its own for a list of terms, at which they run into their values.
    term, value = (notebook.page.locator(f".explorer-readouts {tag}").first for tag in ("dt", "dd"))
    end = term.evaluate(
        "(e) => { const r = new Range(); r.selectNodeContents(e);"
        " return r.getBoundingClientRect().right; }"
    )
    assert end < value.bounding_box()["x"]

    # The kernel sees what the page does: by ipywidgets' slider, and by a bar of the figure.
    notebook.slider("p(a)").locator(".noUi-handle").focus()
    notebook.page.keyboard.press("ArrowRight")
    moved = [0.51, *(v * 0.49 / 0.5 for v in (0.25, 0.125, 0.125))]
    notebook.prints(1, moved)
    notebook.page.get_by_role("slider", name="p of b").focus()
    notebook.page.keyboard.press("End")
    notebook.prints(1, [0, 1, 0, 0])
    assert notebook.shown() == 0

    # And by a number in the formula.
    box = notebook.page.locator(".explorer-formula [data-trait=p_0]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(x + 26, y)
    notebook.page.mouse.up()
    notebook.prints(1, [0.05, 0.95, 0, 0])

    # The page shows what the kernel does.
    for cell, p in sets.items():
        notebook.run(cell)
        notebook.wait_for(float(entropy(p, base=2)))
        assert float(notebook.slider("p(a)").locator(".widget-readout").inner_text()) == p[0]
        assert notebook.page.locator(".widget-slider:visible", has_text="p(").count() == len(p)


def test_the_figure_moves_while_a_slider_is_dragged(open_notebook):
    notebook = open_notebook("dragged", PRINT)
    mouse = notebook.page.mouse
    track = notebook.slider("p(a)").locator(".noUi-target").bounding_box()
    handle = notebook.slider("p(a)").locator(".noUi-handle").bounding_box()
    height = handle["y"] + handle["height"] / 2
    mouse.move(handle["x"] + handle["width"] / 2, height)
    mouse.down()
    seen = {notebook.shown()}
    for share in (0.6, 0.7, 0.8):
        mouse.move(track["x"] + share * track["width"], height, steps=5)
        for _ in range(100):  # until slider and figure have caught up with the mouse
            p_a = float(notebook.slider("p(a)").locator(".widget-readout").inner_text())
            # The others share what is left in their old proportions, to the last digit: none is
            # rounded to its own slider's step.
            expected = [p_a, *((1 - p_a) * v for v in (0.5, 0.25, 0.25))]
            arrived = notebook.shown() == pytest.approx(float(entropy(expected, base=2)), abs=1e-9)
            if p_a == pytest.approx(share, abs=0.05) and arrived:
                break
            notebook.page.wait_for_timeout(100)
        assert p_a == pytest.approx(share, abs=0.05)
        assert arrived
        seen.add(notebook.shown())
    assert len(seen) == 4
    mouse.up()
    notebook.prints(1, expected)


def test_no_slider_rounds_what_python_sets(open_notebook):
    exact = [0.123456789, 0.876543211]
    made = f"explorer = EntropyExplorer({exact})\nexplorer"
    notebook = open_notebook("exact", PRINT, f"explorer.p = {exact}", made)
    # After a slider has been dragged, too, and also where the sliders are made for these values.
    notebook.slider("p(b)").locator(".noUi-handle").click()
    notebook.run(2)
    notebook.wait_for(float(entropy(exact, base=2)))
    notebook.prints(1, exact)
    notebook.run(3)
    notebook.cells.nth(3).locator(".noUi-handle").first.wait_for()
    notebook.prints(1, exact)


def test_a_number_is_typed_and_checked_without_moving_the_notebook(open_notebook):
    ask = "from lossutils.widgets import ByHand\nByHand('Twice 1/4?', 0.5, 'Half.', decimals=2)"
    notebook = open_notebook("by-hand", ask, "1 + 1")
    notebook.run(1)
    field = notebook.page.get_by_label("Twice 1/4?")
    reply = notebook.page.locator(".by-hand-reply")
    field.click()
    for typed, said in (("-0.5", "sign"), ("0.5", "✓ Right. Half.")):
        field.press("Control+A")
        notebook.page.keyboard.type(typed)
        notebook.page.keyboard.press("Enter")
        reply.filter(has_text=said).wait_for()
        assert field.input_value() == typed
        assert field.evaluate("(e) => e === document.activeElement")
    notebook.page.keyboard.press("Shift+Enter")
    assert notebook.cells.count() == 3
    assert notebook.cells.nth(2).locator(".jp-InputPrompt").inner_text() == "[ ]:"
