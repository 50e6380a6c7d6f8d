"""Each notebook on Colab, without Colab: its old ipywidgets, a stub of its module, an empty folder.

The environment is made once, in a folder that git ignores. Each run starts without lossutils, which
the notebook's first cell must install.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import repository
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))

# What Colab comes with, as far as the book is concerned: no anywidget and no lossutils.
COLAB = """\
ipykernel==6.17.1
ipython==7.34.0
ipywidgets==7.7.1
matplotlib==3.10.0
numpy==2.0.2
scikit-learn==1.6.1
torch==2.13.0
tqdm==4.67.1
"""
# Colab's kernel imports its module before the first cell; the stub records the calls.
STUB = """\
import os

def enable_custom_widget_manager():
    with open(os.environ["COLAB_STUB_LOG"], "a") as log:
        log.write("custom widget manager\\n")

class _widgets:
    _installed_url = None
"""


def run(*command: str | Path) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def records_of_torch(python: Path) -> dict[str, int]:
    """Return pip's records of PyTorch and their times, which change if it is installed again."""
    found = python.parents[1].glob("lib/python*/site-packages/torch-*.dist-info/RECORD")
    return {str(path): path.stat().st_mtime_ns for path in found}


@pytest.fixture(scope="module")
def python() -> Path:
    """Return the Python of an environment like Colab's, kept until its list of packages changes."""
    key = hashlib.sha256((COLAB + STUB + sys.version).encode()).hexdigest()[:12]
    folder = ROOT / ".venv-colab"
    python = folder / "bin" / "python"
    if not (folder / f".ready-{key}").exists():
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        requirements = folder / "colab.txt"
        requirements.write_text(COLAB)
        run(python, "-m", "pip", "install", "--quiet", "--requirement", requirements)
        packages = Path(run(python, "-c", "import site; print(site.getsitepackages()[0])").strip())
        (packages / "google" / "colab").mkdir(parents=True)
        (packages / "google" / "colab" / "__init__.py").write_text("from . import output\n")
        (packages / "google" / "colab" / "output.py").write_text(STUB)
        # matplotlib says on its first import that it lists the fonts.
        run(python, "-c", "import matplotlib.font_manager")
        (folder / f".ready-{key}").touch()
    run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "lossutils", "anywidget")
    return python


@pytest.fixture
def colab(python: Path, untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder like Colab's /content, with a kernel's settings for it."""
    kernel = tmp_path / "jupyter" / "kernels" / "colab"
    kernel.mkdir(parents=True)
    start = "--IPKernelApp.exec_lines=import google.colab"
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}", start]
    spec = {"argv": argv, "display_name": "Colab", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("COLAB_STUB_LOG", str(tmp_path / "stub.log"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("PATH", f"{python.parent}{os.pathsep}{os.environ['PATH']}")
    # git clones from the copy on this disk when given the book's address on GitHub.
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{untouched.as_uri()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", repository.address())
    content = tmp_path / "content"
    content.mkdir()
    return content


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_all_cells_run_in_a_fresh_colab(path: Path, colab: Path, python: Path) -> None:
    torch = records_of_torch(python)
    assert len(torch) == 1
    shutil.copy(path, colab)
    notebook = nbformat.read(colab / path.name, as_version=4)
    notebook.cells.append(
        nbformat.v4.new_code_cell(
            "import os, ipywidgets, lossutils\n"
            "print(os.getcwd(), os.path.dirname(lossutils.__file__), ipywidgets.__version__, sep='\\n')"
        )
    )
    settings = {"kernel_name": "colab", "resources": {"metadata": {"path": str(colab)}}}
    NotebookClient(notebook, timeout=600, **settings).execute()

    _, name = repository.account_and_name(repository.address())
    folder, package, widgets = notebook.cells[-1].outputs[0].text.splitlines()
    assert Path(folder) == colab / name / "chapters"
    assert python.parents[1] in Path(package).parents
    assert widgets == "7.7.1"
    assert records_of_torch(python) == torch
    assert sorted(entry.name for entry in colab.iterdir()) == sorted([path.name, name])


def test_the_first_cell_may_run_again(colab: Path, tmp_path: Path) -> None:
    """It may run after a restart of the kernel, and a second time in the same one."""
    log = tmp_path / "stub.log"
    source = nbformat.read(CHAPTERS[0], as_version=4).cells[0].source
    where = "import os\nprint(os.getcwd())"
    settings = {"kernel_name": "colab", "resources": {"metadata": {"path": str(colab)}}}
    for _ in range(2):
        cells = [nbformat.v4.new_code_cell(text) for text in (source, source, where)]
        notebook = nbformat.v4.new_notebook(cells=cells)
        NotebookClient(notebook, timeout=600, **settings).execute()
        assert Path(notebook.cells[-1].outputs[0].text.strip()).name == "chapters"
        # The cell itself enables it; anywidget would do so only for a widget shown by itself.
        assert log.read_text().splitlines() == 2 * ["custom widget manager"]
        log.unlink()
