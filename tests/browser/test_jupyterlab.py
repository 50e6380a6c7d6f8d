"""In JupyterLab the explorer that moves in the page is the one that Python reads and sets."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from lossutils import entropy

ROOT = Path(__file__).resolve().parents[2]
CELLS = [
    "from lossutils.widgets import EntropyExplorer\nexplorer = EntropyExplorer()\nexplorer",
    "print('p is now', explorer.p.tolist())",
    "explorer.p = (0.7, 0.1, 0.1, 0.1)",
    "explorer.p = (0.6, 0.4)",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start JupyterLab in an empty folder with the one notebook; return the notebook's address."""
    home = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, home / "explorer.ipynb")
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
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}api").close()
                break
            except OSError:
                assert server.poll() is None, (home / "log").read_text()
                time.sleep(0.25)
        else:
            pytest.fail((home / "log").read_text())
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def test_kernel_and_page_share_the_explorer(browser, lab):
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    context.set_default_timeout(30_000)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(f"{lab}doc/tree/explorer.ipynb")
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cells.nth(len(CELLS) - 1).wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()

    def run(number):
        """Run a cell and wait until the kernel has answered."""
        prompt = cells.nth(number).locator(".jp-InputPrompt")
        before = prompt.inner_text()
        cells.nth(number).locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        for _ in range(300):
            if prompt.inner_text() not in (before, "[*]:"):
                return
            page.wait_for_timeout(100)
        pytest.fail(f"cell {number} didn't run")

    def printed():
        page.wait_for_timeout(500)  # the page sends what it draws a moment later
        run(1)
        output = cells.nth(1).locator(".jp-OutputArea-output", has_text="p is now")
        numbers = output.inner_text().partition("[")[2].partition("]")[0]
        return [float(number) for number in numbers.split(",")]

    run(0)
    figure = page.locator(".explorer-figure-entropy")
    figure.wait_for()
    readout = figure.locator("output[data-quantity=entropy]")
    assert float(readout.get_attribute("data-value")) == 1.75

    # The kernel sees what the page does: by ipywidgets' slider, and by a bar of the figure.
    slider = page.locator(".widget-slider", has_text="p(a)").locator(".noUi-handle")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert printed() == pytest.approx([0.51, *(v * 0.49 / 0.5 for v in (0.25, 0.125, 0.125))])
    figure.get_by_role("slider", name="p of b").focus()
    page.keyboard.press("End")
    assert printed() == [0, 1, 0, 0]
    assert float(readout.get_attribute("data-value")) == 0

    # The page shows what the kernel does.
    for cell, p in ((2, (0.7, 0.1, 0.1, 0.1)), (3, (0.6, 0.4))):
        run(cell)
        expected = float(entropy(p, base=2))
        page.wait_for_function(
            """(expected) => Math.abs(document.querySelector(
                 ".explorer-figure-entropy output[data-quantity=entropy]").dataset.value
                 - expected) < 1e-9""",
            arg=expected,
        )
        shown = page.locator(".widget-slider", has_text="p(a)").locator(".widget-readout")
        assert float(shown.inner_text()) == p[0]
        assert page.locator(".widget-slider:visible", has_text="p(").count() == len(p)
    context.close()
    assert [url for url in asked if not url.startswith((lab, "data:", "blob:"))] == []
