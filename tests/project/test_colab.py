"""Each notebook on Colab, without Colab: its old ipywidgets, a stub of its module, an empty folder.

The environment is made once, in the system's temporary folder; the largest packages that it has in
common with the tests' own environment are linked from there. Each run of the tests starts without
lossutils, which the first notebook's first cell must install. The landing page and the first part
of the book are run whole, one after the other in one kernel. Of the other chapters, all of whose
cells nbval runs, only what Colab could lack is tried: their imports.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import contents
import nbformat
import pytest
import repository
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
CHAPTERS = contents.NOTEBOOKS
WHOLE = [CHAPTERS[0], *contents.FIRST_PART]

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


def needed(*names: str) -> Iterator[str]:
    """Yield the installed packages among `names` and all that they need."""
    waiting, seen = [*names], set[str]()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            needs = distribution(name).requires or ()
        except PackageNotFoundError:
            continue
        yield name
        waiting += [need.name for need in map(Requirement, needs) if need.marker is None]


def lend(packages: Path) -> None:
    """Link into an environment what it needs of this one, but for Colab's own versions."""
    own = {line.partition("==")[0] for line in COLAB.splitlines()}
    for name in needed("pip", "jupyterlab", *own):
        if name in own - {"torch"}:
            continue
        for file in distribution(name).files or ():
            source, target = Path(str(file.locate())), packages / file
            if ".." in file.parts or not source.exists():
                continue  # a command
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except OSError:  # on another disk
                shutil.copy2(source, target)


@pytest.fixture(scope="module")
def python() -> Path:
    """Return the Python of an environment like Colab's, made again when its packages change."""
    # Two copies of the project have an environment each, because the tests install lossutils in it.
    key = hashlib.sha256(f"{ROOT}{COLAB}{STUB}{sys.version}".encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"like-colab-{key}"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        requirements = folder / "colab.txt"
        requirements.write_text(COLAB)
        packages = Path(run(python, "-c", "import site; print(site.getsitepackages()[0])").strip())
        lend(packages)
        # Most modules are never imported: what is, Python compiles itself.
        install = ["-m", "pip", "install", "--quiet", "--no-compile"]
        run(python, *install, "--requirement", requirements)
        (packages / "google" / "colab").mkdir(parents=True)
        (packages / "google" / "colab" / "__init__.py").write_text("from . import output\n")
        (packages / "google" / "colab" / "output.py").write_text(STUB)
        # matplotlib says on its first import that it lists the fonts.
        run(python, "-c", "import matplotlib.font_manager")
        (folder / ".ready").touch()
    run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "lossutils", "anywidget")
    return python


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder like Colab's /content, empty at first."""
    return tmp_path_factory.mktemp("content")


@pytest.fixture(scope="module")
def log(content: Path) -> Path:
    """Return the file in which the stub of Colab's module records its calls."""
    return content.with_name(f"{content.name}.log")


@pytest.fixture(scope="module", autouse=True)
def kernel(python: Path, untouched: Path, content: Path, log: Path) -> Iterator[None]:
    """Set up a kernel that starts as Colab's does."""
    jupyter = content.with_name(f"{content.name}.jupyter")
    kernel = jupyter / "kernels" / "colab"
    kernel.mkdir(parents=True)
    start = "--IPKernelApp.exec_lines=import google.colab"
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}", start]
    spec = {"argv": argv, "display_name": "Colab", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("JUPYTER_PATH", str(jupyter))
        environment.setenv("COLAB_STUB_LOG", str(log))
        environment.delenv("PYTHONPATH", raising=False)
        # What one kernel has compiled, the next need not.
        environment.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        environment.setenv("PATH", f"{python.parent}{os.pathsep}{os.environ['PATH']}")
        # git clones from the copy on this disk when given the book's address on GitHub.
        environment.setenv("GIT_CONFIG_COUNT", "1")
        environment.setenv("GIT_CONFIG_KEY_0", f"url.{untouched.as_uri()}.insteadOf")
        environment.setenv("GIT_CONFIG_VALUE_0", repository.address())
        yield


def executed(notebook: nbformat.NotebookNode, folder: Path) -> list[str]:
    """Run a notebook in a folder; return the lines that its last cell printed."""
    settings = {"kernel_name": "colab", "resources": {"metadata": {"path": str(folder)}}}
    # What one cell prints may come in several pieces.
    NotebookClient(notebook, timeout=600, coalesce_streams=True, **settings).execute()
    return notebook.cells[-1].outputs[0].text.splitlines()


def imports(cell: nbformat.NotebookNode) -> str:
    """Return the import statements of a code cell."""
    found = [
        x for x in ast.walk(ast.parse(cell.source)) if isinstance(x, (ast.Import, ast.ImportFrom))
    ]
    return "\n".join(map(ast.unparse, found))


ASK = """\
import os, ipywidgets, lossutils
print(os.getcwd(), os.path.dirname(lossutils.__file__), ipywidgets.__version__, sep="\\n")
"""


def check(notebook: nbformat.NotebookNode, content: Path, python: Path) -> None:
    """Run a notebook in /content or, where the first cell has been there, among the chapters."""
    torch = records_of_torch(python)
    assert len(torch) == 1
    _, name = repository.account_and_name(repository.address())
    chapters = content / name / "chapters"
    notebook.cells.append(nbformat.v4.new_code_cell(ASK))
    folder, package, widgets = executed(notebook, chapters if chapters.exists() else content)
    assert Path(folder) == chapters
    assert python.parents[1] in Path(package).parents
    assert widgets == "7.7.1"
    assert records_of_torch(python) == torch


def test_a_fresh_colab_runs_the_first_part(content: Path, python: Path) -> None:
    shutil.copy(WHOLE[0], content)
    first, *others = (nbformat.read(path, as_version=4) for path in WHOLE)
    for other in others:
        # Whatever the last one named is gone, as in a kernel of its own.
        first.cells += [nbformat.v4.new_code_cell("%reset -f"), *other.cells]
    check(first, content, python)
    _, name = repository.account_and_name(repository.address())
    assert sorted(e.name for e in content.iterdir()) == sorted([WHOLE[0].name, name])


def test_after_a_restart_all_starts_again_and_the_other_chapters_find_what_they_import(
    content: Path, python: Path, log: Path
) -> None:
    """The first cell may run after a restart of the kernel, and a second time in the same one."""
    books = [nbformat.read(path, as_version=4) for path in CHAPTERS if path not in WHOLE]
    setup, *_ = books[0].cells
    cells = [x for each in books for x in each.cells[1:] if x.cell_type == "code"]
    needed = dict.fromkeys(filter(None, map(imports, cells)))
    assert len(needed) >= len(books)
    sources = (setup.source, setup.source, *needed)
    # Where a test has gone before, the first kernel is a restarted one.
    for _ in range(1 if any(content.iterdir()) else 2):
        log.unlink(missing_ok=True)
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        check(nbformat.v4.new_notebook(cells=cells), content, python)
        # The cell itself enables it; anywidget would do so only for a widget shown by itself.
        assert log.read_text().splitlines() == 2 * ["custom widget manager"]
