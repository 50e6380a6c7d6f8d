"""The chapters' notebooks are fit to commit, and a wrong number in one is noticed.

The cells themselves are run, and their outputs compared, by nbval: `pytest chapters`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import contents
import nbformat
import notebooks
import pytest
import stills
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))

IGNORED = {"tags": ["nbval-ignore-output"]}
RAISES = {"tags": ["raises-exception"]}
CELLS = {
    "stream": new_code_cell("import math\nprint(math.log(2))"),
    "plain": new_code_cell("math.log(3)"),
    "html": new_code_cell("from IPython.display import HTML\nHTML('<b>0.25</b>')"),
    "error": new_code_cell("raise ValueError('p must sum to 1; its sum was 0.9')", metadata=RAISES),
    "figure": new_code_cell(
        "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1))\n_ = plt.plot([0, 1])"
    ),
    "widget": new_code_cell("import ipywidgets\nipywidgets.FloatSlider(value=0.5)"),
    "device": new_code_cell("print('equal on cpu')"),
    "timing": new_code_cell("import time\nprint(f'{time.time():.0f} ms')", metadata=IGNORED),
}


@pytest.fixture(scope="module")
def executed() -> nbformat.NotebookNode:
    """Return a notebook with one cell of each kind of output, as `make notebooks` leaves it."""
    notebook = new_notebook(cells=[new_markdown_cell("# All kinds"), *CELLS.values()])
    return notebooks.normalised(notebooks.executed(notebook))


def outputs(notebook: nbformat.NotebookNode, name: str) -> list[nbformat.NotebookNode]:
    return next(cell for cell in notebook.cells if cell.source == CELLS[name].source).outputs


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_notebook_is_fit_to_commit(path: Path) -> None:
    complaints = list(notebooks.complaints(path.read_text(encoding="utf-8")))
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_table_of_contents_has_the_notebook(path: Path) -> None:
    """Otherwise it is no page of the book, and most tests pass it over."""
    assert path in contents.NOTEBOOKS, f"_toc.yml lacks the line `- file: chapters/{path.stem}`"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_links_of_an_item_keep_what_it_has_set(path: Path) -> None:
    """A link begins at a figure's first state, so that it must name again what one before it set."""
    cells = nbformat.read(path, as_version=4).cells
    for item in re.split(r"\n(?=\d+\. |\n)", "\n\n".join(c.source for c in cells)):
        before: dict[str, set[str]] = {}
        for figure, settings in re.findall(r"\]\(#([a-z_]+):((?:\([^)]*\)|[^ )])*)\)", item):
            now = {re.sub(r"_\d+$", "", pair.split("=")[0]) for pair in settings.split(";")}
            assert before.get(figure, set()) <= now, item
            before[figure] = before.get(figure, set()) | now


# --- nbval ----------------------------------------------------------------------------------


def failing(notebook: nbformat.NotebookNode, path: Path) -> set[str]:
    """Return which of CELLS fail when the project's own settings run the notebook."""
    path.write_text(notebooks.written(notebook), encoding="utf-8")
    settings = [
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(ROOT),
        "-p",
        "no:cacheprovider",
    ]
    command = [sys.executable, "-m", "pytest", *settings, "-rA", "--color=no", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    verdicts = dict(
        re.findall(r"^(?:PASSED|FAILED|ERROR) .*::Cell (\d+)()", done.stdout, re.MULTILINE)
    )
    assert len(verdicts) == 1 + len(CELLS), done.stdout  # the set-up cell, then these
    failed = {int(n) for n in re.findall(r"^FAILED .*::Cell (\d+)", done.stdout, re.MULTILINE)}
    return {name for number, name in enumerate(CELLS, start=1) if number in failed}


def test_nbval_finds_nothing_in_a_correct_notebook(
    executed: nbformat.NotebookNode, tmp_path: Path
) -> None:
    assert failing(executed, tmp_path / "right.ipynb") == set()


def test_nbval_finds_each_changed_number(executed: nbformat.NotebookNode, tmp_path: Path) -> None:
    changed = nbformat.from_dict(executed)
    outputs(changed, "stream")[0].text = "0.6931471805599454\n"
    outputs(changed, "plain")[0].data["text/plain"] = "1.0986122886681099"
    outputs(changed, "html")[0].data["text/html"] = "<b>0.26</b>"
    outputs(changed, "error")[0].evalue = "p must sum to 1; its sum was 0.8"
    # These differ from machine to machine without anything being wrong.
    outputs(changed, "figure")[0].data["image/png"] = "iVBORw0KGgo="
    outputs(changed, "device")[0].text = "equal on cuda:0\n"
    view = outputs(changed, "widget")[0].data["application/vnd.jupyter.widget-view+json"]
    view["model_id"] = "f" * 32
    found = failing(changed, tmp_path / "changed.ipynb")
    assert found == {"stream", "plain", "html", "error"}


# --- The normal form ------------------------------------------------------------------------


def test_running_again_gives_the_same_file(executed: nbformat.NotebookNode) -> None:
    again = notebooks.normalised(notebooks.executed(executed))
    for notebook in (again, executed):
        outputs(notebook, "timing").clear()
    assert notebooks.written(again) == notebooks.written(executed)


def test_the_first_cell_is_ours_and_comes_once(executed: nbformat.NotebookNode) -> None:
    twice = notebooks.normalised(notebooks.normalised(executed))
    assert [cell.id == notebooks.SETUP_ID for cell in twice.cells].index(True) == 0
    assert sum("google.colab" in cell.source for cell in twice.cells) == 1
    changed = nbformat.from_dict(executed)
    changed.cells[0].source += "\nprint('more')"
    assert any("normal form" in said for said in notebooks.complaints(notebooks.written(changed)))


def test_widget_models_are_numbered_and_stripped_of_their_modules() -> None:
    slider, box = "a" * 32, "b" * 32
    state = {
        slider: {"model_name": "FloatSliderModel", "state": {"value": 0.5}},
        box: {
            "model_name": "AnyModel",
            "state": {"_esm": "export", "_css": "a{}", "children": [f"IPY_MODEL_{slider}"]},
        },
    }
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": box}}
    shown = new_code_cell("box", outputs=[new_output("display_data", data=view)])
    saved = {stills.WIDGET_STATE: {"state": state, "version_major": 2, "version_minor": 0}}
    notebook = notebooks.normalised(new_notebook(cells=[shown], metadata={"widgets": saved}))

    models = notebooks.widget_models(notebook)
    first, second = f"{1:032x}", f"{2:032x}"
    assert list(models) == [first, second]
    assert models[second]["state"] == {"children": [f"IPY_MODEL_{first}"]}
    shown = notebook.cells[1].outputs[0].data["application/vnd.jupyter.widget-view+json"]
    assert shown["model_id"] == second


def test_only_widgets_that_are_shown_are_kept() -> None:
    child, shown, unshown, both, half, loose = (f"{n:032x}" for n in range(16, 22))
    model = "IPY_MODEL_{}".format
    kinds = {both: "LinkModel", half: "DirectionalLinkModel"}
    states = {
        child: {"value": 0.5},
        shown: {"children": [model(child)]},
        unshown: {"children": [model(child)]},
        both: {"source": [model(shown), "a"], "target": [model(child), "value"]},
        half: {"source": [model(unshown), "a"], "target": [model(child), "value"]},
        loose: {"description_width": ""},
    }
    state = {
        name: {"model_name": kinds.get(name, "AnyModel"), "state": held}
        for name, held in states.items()
    }
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": shown}}
    cell = new_code_cell("box", outputs=[new_output("display_data", data=view)])
    saved = {stills.WIDGET_STATE: {"state": state, "version_major": 2, "version_minor": 0}}
    notebook = notebooks.normalised(new_notebook(cells=[cell], metadata={"widgets": saved}))

    first, second = f"{1:032x}", f"{2:032x}"
    assert [held["state"] for held in notebooks.widget_models(notebook).values()] == [
        states[child],
        {"children": [model(first)]},
        {"source": [model(second), "a"], "target": [model(first), "value"]},
    ]


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ('# @title Solution { display-mode: "form" }\nx = 1', ["hide-cell"]),
        ('# @title Question { display-mode: "form" }\nQuestion("Why?")', ["remove-input"]),
        ('# @title By hand { display-mode: "form" }\nByHand("How much?")', []),
        ('# @title The log { display-mode: "form" }\nprint(1)', []),
    ],
)
def test_a_first_line_folds_its_cell(source: str, tags: list[str]) -> None:
    _, cell = notebooks.normalised(new_notebook(cells=[new_code_cell(source)])).cells
    assert cell.metadata.cellView == "form"
    assert cell.metadata.jupyter.source_hidden
    assert cell.metadata.get("tags", []) == tags
    assert not [*notebooks.cell_complaints(cell)]


@pytest.mark.parametrize(
    ("source", "tags", "title"),
    [
        ('Question("Why?")', [], "Question"),
        ('half = 1 / 2\nByHand("How much?", answer=half)', [], "By hand"),
        ('# @title By hand\nByHand("How much?")', [], "By hand"),
        ('# @title Question { display-mode: "form" }\nGuess("How?")', [], "Guess"),
        ("x = 1", ["hide-cell"], "Solution"),
        ("def mine(p):\n    return p\n\n\nexercise(mine, ours, theirs, p)", [], "Solution"),
    ],
)
def test_a_cell_without_the_line_that_folds_it_is_reported(
    source: str, tags: list[str], title: str
) -> None:
    cell = new_code_cell(source, metadata={"tags": tags})
    (said,) = notebooks.cell_complaints(cell)
    assert said.startswith(f'must begin with the line # @title {title} {{ display-mode: "form" }}')


# --- What is reported ------------------------------------------------------------------

HOME = "/" + "home/ada/book"


@pytest.mark.parametrize(
    ("source", "metadata", "output", "complaint"),
    [
        ("f()", {}, ("stream", {"name": "stderr", "text": "Warning"}), "wrote to stderr"),
        ("f", {}, ("stream", {"text": "<f at 0x7fd0903cebd0>"}), "address in memory"),
        ("f", {}, ("stream", {"text": f"{HOME}/f.py"}), "trace of the machine"),
        ("# NBVAL_IGNORE_OUTPUT", {}, None, "left out of the tests"),
        ("f();", {}, None, "ends in a semicolon"),
        ("f()", {"tags": ["nbval-skip"]}, None, "left out of the tests"),
        ("f()", IGNORED, ("stream", {"text": "H = 0.6931"}), "numbers that can be checked"),
        ("f()", IGNORED, ("stream", {"text": "3 ms, loss 1.5"}), "numbers that can be checked"),
        (
            "f()",
            IGNORED,
            ("display_data", {"data": {"text/html": "<td style='width: 9em'>-1e-3</td>"}}),
            "numbers that can be checked: ['-1e-3']",
        ),
    ],
)
def test_each_fault_is_reported(
    source: str, metadata: dict, output: tuple[str, dict] | None, complaint: str
) -> None:
    shown = [new_output(output[0], **output[1])] if output else []
    cell = new_code_cell(source, metadata=metadata, outputs=shown, execution_count=2)
    text = notebooks.written(notebooks.normalised(new_notebook(cells=[cell])))
    assert [said for said in notebooks.complaints(text) if complaint in said]


def test_a_value_left_beside_a_picture_is_reported() -> None:
    value = new_output("execute_result", data={"text/plain": "Text(0.5, 1.0, 'H')"})
    picture = new_output("display_data", data={"image/png": "iVBORw0KGgo=", "text/plain": "<F>"})
    cell = new_code_cell("axes.set_title('H')", outputs=[value, picture])
    assert list(notebooks.cell_complaints(cell)) == [
        "shows a value beside its picture: Text(0.5, 1.0, 'H'); name it _"
    ]
    for outputs in ([value], [picture]):
        assert not [*notebooks.cell_complaints(new_code_cell("f()", outputs=outputs))]


def test_an_explorer_that_lacks_a_part_of_its_still_is_reported() -> None:
    whole = nbformat.read(ROOT / "chapters" / "entropy.ipynb", as_version=4)
    assert not [said for said in notebooks.complaints(notebooks.written(whole)) if "still" in said]
    places = [place for place, _ in enumerate(stills.explorers(whole))]
    assert len(places) > 5
    for place in places:
        (_, complete) = list(stills.explorers(whole))[place]
        parts = [("data", part) for part in complete.data if part in ("image/png", "text/html")]
        parts += [
            ("metadata", kind, name) for kind, held in complete.metadata.items() for name in held
        ]
        assert len(parts) in (1, 6)
        for *path, last in parts:
            lacking = nbformat.from_dict(whole)
            name, output = list(stills.explorers(lacking))[place]
            for step in path:
                output = output[step]
            del output[last]
            said = list(notebooks.complaints(notebooks.written(lacking)))
            assert said == [f"lacks the still of the explorer {name}: run `make notebooks`"]


@pytest.mark.parametrize(
    "said",
    [
        "<Figure size 640x480 with 1 Axes>",
        "ours 1.53 ms, PyTorch's 2.1 ms: 1.4 times as long",
        "NVIDIA GeForce RTX 4090",
        "12.5 GB/s, 98 it/s",
        "float32",
    ],
)
def test_what_an_ignored_cell_may_show(said: str) -> None:
    assert notebooks.checkable_numbers(said) == []


def test_a_notebook_run_out_of_order_is_reported() -> None:
    cells = [new_code_cell("1", execution_count=7)]
    text = notebooks.written(notebooks.normalised(new_notebook(cells=cells)))
    assert any("its counts are [1, 7]" in said for said in notebooks.complaints(text))


def test_a_notebook_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        notebooks.main(["entropy"])
    assert "there is no entropy: name files, such as chapters/" in capsys.readouterr().err


def test_a_cell_that_fails_is_reported_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fails.ipynb"
    path.write_text(notebooks.written(new_notebook(cells=[new_code_cell("1 / 0")])))
    before = path.read_text()
    assert notebooks.main([str(path)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert path.read_text() == before
