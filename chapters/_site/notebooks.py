"""Execute the chapters' notebooks and bring them into the form in which they are committed.

    python notebooks.py [NOTEBOOK …]             execute, normalise, write (by default all chapters)
    python notebooks.py --pictures [NOTEBOOK …]  only take the explorers' stills again: see stills.py
    python notebooks.py --check [NOTEBOOK …]     only report where a notebook is not in that form

The site is built from the committed notebooks, so their text must not depend on who executed them
or when: no timings, no random identifiers, nothing about the machine.
"""

# nbformat has no types.
# mypy: disallow-untyped-calls=False, warn-return-any=False
from __future__ import annotations

import argparse
import ast
import html
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import repository
import stills
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

CHAPTERS = Path(__file__).resolve().parents[1]
IGNORED = "nbval-ignore-output"

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}

# The first cell of every notebook. Colab starts in an empty folder with nothing but the notebook,
# and with its own torch, which is left alone: lossutils requires none.
SETUP_ID = "setup"
SETUP_SOURCE = """\
# @title Set up Colab (anywhere else, this cell does nothing)
import sys

if "google.colab" in sys.modules:
    import os
    import subprocess

    from google.colab import output

    url = "{url}"
    folder = url.rpartition("/")[-1]
    if not os.path.isdir("../lossutils"):
        if not os.path.isdir(folder):
            subprocess.run(["git", "clone", "--depth", "1", url], check=True)
        install = [sys.executable, "-m", "pip", "install", "--quiet", f"./{{folder}}[explorers]"]
        subprocess.run(install, check=True)
        os.chdir(f"{{folder}}/chapters")
    output.enable_custom_widget_manager()"""

# A cell that is folded says so in its first line, which is Colab's. The site needs a tag besides.
FOLDED = '# @title {} {{ display-mode: "form" }}'
TAGS = {"Solution": "hide-cell", "Question": "remove-input"}
ASKING = {"Question": "Question", "ByHand": "By hand", "Guess": "Guess"}


def setup_cell() -> NotebookNode:
    """Return the first cell of every notebook: hidden on the site, folded in Jupyter and Colab."""
    return nbformat.from_dict(
        {
            "cell_type": "code",
            "id": SETUP_ID,
            "execution_count": 1,
            "metadata": {
                "cellView": "form",
                "jupyter": {"source_hidden": True},
                "tags": ["remove-cell"],
            },
            "outputs": [],
            "source": SETUP_SOURCE.format(url=repository.address()),
        }
    )


# --- The form -------------------------------------------------------------------------------


def normalised(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of `notebook` in the form that is committed; doing it twice changes nothing."""
    notebook = renumbered(with_shown_widgets(deepcopy(notebook)))
    cells = [cell for cell in notebook.cells if cell.id != SETUP_ID]
    notebook.cells = [setup_cell(), *cells]
    for cell in notebook.cells:
        if title := folded(cell):
            cell.metadata["cellView"] = "form"
            cell.metadata["jupyter"] = {**cell.metadata.get("jupyter", {}), "source_hidden": True}
            if (tag := TAGS.get(title)) and tag not in cell.metadata.get("tags", []):
                cell.metadata["tags"] = [*cell.metadata.get("tags", []), tag]
        for volatile in ("execution", "ExecuteTime", "collapsed"):
            cell.metadata.pop(volatile, None)
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                # The frames above the last line are full of paths on the author's disk.
                output.traceback = [f"{output.ename}: {output.evalue}"]
    for model in widget_models(notebook).values():
        # The site has one script for all explorers, and Jupyter gets them from the package.
        model["state"].pop("_esm", None)
        model["state"].pop("_css", None)
    kept = {"kernelspec": KERNEL, "language_info": LANGUAGE}
    if widget_models(notebook):
        kept["widgets"] = notebook.metadata["widgets"]
    notebook.metadata = nbformat.from_dict(kept)
    return notebook


def folded(cell: NotebookNode) -> str:
    """Return the title of a cell that is folded, or nothing."""
    first = cell.source.partition("\n")[0]
    title = re.fullmatch(re.escape(FOLDED.format("*")).replace(r"\*", "(.+)"), first)
    return title[1] if title and cell.cell_type == "code" else ""


def with_shown_widgets(notebook: NotebookNode) -> NotebookNode:
    """Drop from `notebook` the widget models that no output shows.

    A cell may make explorers only to read their values, and a notebook saves those too.
    """
    models = widget_models(notebook)
    ends = {
        name: set(re.findall(r"IPY_MODEL_(\w+)", "\n".join(strings(model["state"]))))
        for name, model in models.items()
    }
    shown = set()
    waiting = [output.data[stills.WIDGET_VIEW]["model_id"] for output in views(notebook)]
    while waiting:
        name = waiting.pop()
        if name not in shown:
            shown.add(name)
            waiting += ends.get(name, ())
    # Nothing refers to a link: it lives as long as both of its ends.
    links = {name for name in models if models[name]["model_name"].endswith("LinkModel")}
    shown |= {name for name in links if ends[name] <= shown}
    for name in models.keys() - shown:
        del models[name]
    return notebook


def views(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the outputs that show a widget."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if stills.WIDGET_VIEW in output.get("data", {}):
                yield output


def renumbered(notebook: NotebookNode) -> NotebookNode:
    """Renumber the widget models from 1, in the order in which the notebook created them.

    Their identifiers are random, with 32 hexadecimal digits. Nothing else in a notebook looks like
    one, so replacing them as text reaches views, links and children alike.
    """
    numbers = {name: f"{n:032x}" for n, name in enumerate(widget_models(notebook), start=1)}
    if not numbers:
        return notebook
    anyone = re.compile("|".join(map(re.escape, numbers)))
    text = anyone.sub(lambda match: numbers[match[0]], nbformat.writes(notebook))
    return nbformat.reads(text, as_version=4)


def widget_models(notebook: NotebookNode) -> dict[str, Any]:
    """Return the saved widget models by their identifiers, in the order of their creation."""
    models: dict[str, Any] = (
        notebook.metadata.get("widgets", {}).get(stills.WIDGET_STATE, {}).get("state", {})
    )
    return models


def executed(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of `notebook`, run from top to bottom in a fresh kernel in `chapters/`."""
    notebook = normalised(notebook)
    notebook.metadata.pop("widgets", None)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            kernel_name=KERNEL["name"],
            timeout=600,
            resources={"metadata": {"path": str(CHAPTERS)}},
            store_widget_state=True,
            record_timing=False,
            coalesce_streams=True,
        )
        if os.name == "posix":  # no other program can read along, or take the port meanwhile
            manager = client.create_kernel_manager()
            manager.transport, manager.ip = "ipc", f"{folder}/socket"
        return client.execute()


# --- What is wrong with one -----------------------------------------------------------------


def complaints(text: str) -> Iterator[str]:
    """Yield the ways in which the notebook in `text` is not fit to commit."""
    notebook = nbformat.reads(text, as_version=4)
    if text != written(normalised(notebook)):
        yield "is not in its normal form: run `make notebooks`"
    for name, output in stills.explorers(notebook):
        if not stills.is_complete(output):
            yield f"lacks the still of the explorer {name}: run `make notebooks`"
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in code]
    if counts != list(range(1, len(code) + 1)):
        yield f"was not run from top to bottom in a fresh kernel: its counts are {counts}"
    for number, cell in enumerate(code, start=1):
        for problem in cell_complaints(cell):
            yield f"cell [{number}] {problem}"
    for trace in sorted(machine_traces(notebook)):
        yield f"holds a trace of the machine it was run on: {trace!r}"


def cell_complaints(cell: NotebookNode) -> Iterator[str]:
    """Yield what is wrong with one code cell."""
    tags = cell.metadata.get("tags", [])
    if (title := due_title(cell)) and folded(cell) != title:
        yield f"must begin with the line {FOLDED.format(title)}, by which it is folded"
    if "nbval-skip" in tags or re.search(
        r"^\s*#\s*(NBVAL|PYTEST_VALIDATE)_", cell.source, re.MULTILINE
    ):
        yield f"is left out of the tests; only the tag {IGNORED} may leave out an output"
    if cell.source.rstrip().endswith(";"):
        yield "ends in a semicolon, which hides a value from readers but not from nbval: name it _"
    drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
    for output in cell.outputs:
        if drawn and output.output_type == "execute_result" and [*output.data] == ["text/plain"]:
            yield f"shows a value beside its picture: {output.data['text/plain']}; name it _"
        if output.get("name") == "stderr":
            yield f"wrote to stderr: {output.text.strip()!r}"
        for said in texts(output):
            if re.search(r"\b0x[0-9a-f]{6,}\b", said):
                yield "shows an address in memory, which is another in each run"
            if IGNORED in tags and (numbers := checkable_numbers(said)):
                yield f"is tagged {IGNORED}, but shows numbers that can be checked: {numbers}"


def due_title(cell: NotebookNode) -> str:
    """Return the title that a cell must have: one that asks something, or a folded solution."""
    try:
        *_, last = ast.parse(cell.source).body
    except (SyntaxError, ValueError):  # IPython's own, or nothing
        last = None
    called = getattr(getattr(getattr(last, "value", None), "func", None), "id", "")
    # An exercise leaves `...  # your code` to the reader; without that it is solved.
    is_solved = called == "exercise" and "# your code" not in cell.source
    is_solution = is_solved or "hide-cell" in cell.metadata.get("tags", [])
    return ASKING.get(called, "Solution" if is_solution else "")


def texts(output: NotebookNode) -> Iterator[str]:
    """Yield an output's words: its text, and its HTML without tags."""
    if output.output_type == "stream":
        yield output.text
    for kind, data in output.get("data", {}).items():
        if kind == "text/html":
            yield html.unescape(re.sub(r"<style.*?</style>|<[^>]*>", " ", data, flags=re.DOTALL))
        elif kind.startswith("text/"):
            yield data


NUMBER = r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d*)?(?:[eE][-+]?\d+)?(?![\w])"
# A figure's own description, a device's name up to the next stop, and a timing or a ratio of
# timings: these differ from machine to machine, so they can't be checked.
UNCHECKABLE = re.compile(
    r"<Figure size [^>]*>"
    r"|\b(?:NVIDIA|AMD|Intel|Apple|Tesla|GeForce|Quadro|Radeon|Xeon|EPYC|Ryzen)\b[^\n,;|]*"
    r"|[-+]?\d[\d,]*(?:\.\d+)?\s*(?:[nµum]?s|min|seconds?|minutes?|it/s|[MGT]B/s|times|×)(?!\w)"
)


def checkable_numbers(said: str) -> list[str]:
    """Return the numbers in `said` that are the same on every machine.

    >>> checkable_numbers("H = 0.6931 nats in 1.5 ms on NVIDIA GeForce RTX 4090")
    ['0.6931']
    """
    return re.findall(NUMBER, UNCHECKABLE.sub(" ", said))


def machine_traces(notebook: NotebookNode) -> set[str]:
    """Return anything in `notebook` that betrays the machine it ran on: paths, the host's name."""
    here = {str(repository.ROOT), str(Path.home()), tempfile.gettempdir(), sys.prefix}
    paths = re.compile(
        "|".join(re.escape(path) for path in sorted(here, key=len, reverse=True) if len(path) > 1)
        + r"|(?<![\w.:/-])/(?:home|root|tmp|Users|var/folders|private|mnt)/[\w.-]+"
        + r"|\b[A-Z]:\\+Users\\+[\w.-]+"
        + r"|\bipykernel_\d+\b"
    )
    host = re.compile(rf"(?<![\w-]){re.escape(socket.gethostname())}(?![\w-])")
    found = {match[0] for said in strings(notebook) for match in paths.finditer(said)}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            found |= {match[0] for said in texts(output) for match in host.finditer(said)}
    return found


def strings(node: Any, kind: str = "") -> Iterator[str]:
    """Yield every string in `node` except the data of pictures, which may spell anything."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            if not key.startswith("image/") and key != "buffers":
                yield from strings(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value, kind)


# --- The command ----------------------------------------------------------------------------


def written(notebook: NotebookNode) -> str:
    """Return the text of the notebook's file."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--check", action="store_true", help="change nothing; only report what is wrong"
    )
    only.add_argument(
        "--pictures", action="store_true", help="execute nothing; only take the explorers' stills"
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="all chapters unless named")
    options = parser.parse_args(arguments)
    failed = False

    def report(path: Path, problem: object) -> None:
        nonlocal failed
        print(f"{path.name}: {problem}", file=sys.stderr)
        failed = True

    for path in options.notebooks:
        if not path.is_file():
            parser.error(f"there is no {path}: name files, such as chapters/entropy.ipynb")
    paths = options.notebooks or sorted(CHAPTERS.glob("*.ipynb"))
    before = {path: nbformat.read(path, as_version=4) for path in paths}
    after = {}
    for path, notebook in before.items() if not options.check else ():
        if options.pictures:
            after[path] = deepcopy(notebook)
            continue
        print(f"running {path.name}", flush=True)
        try:
            after[path] = normalised(executed(notebook))
        except CellExecutionError as error:
            report(path, error)
    if after:
        # Only now, because a thread in which a browser is can't run a notebook.
        with stills.camera() as browser:
            for path, notebook in after.items():
                try:
                    stills.take(browser, notebook, before[path])
                except stills.NotLive as error:
                    report(path, error)
                else:
                    path.write_text(written(notebook), encoding="utf-8")
    for path in paths if options.check else after:
        for complaint in complaints(path.read_text(encoding="utf-8")):
            report(path, complaint)
    return int(failed)


if __name__ == "__main__":
    # Otherwise Python's debugger warns at every start that it can't step into frozen modules.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")  # a progress bar says how long it took
    sys.exit(main(sys.argv[1:]))
