"""What `import lossutils` exports, documents, and does not import."""

from __future__ import annotations

import importlib
import inspect
import json
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest
import torch.nn.functional as F

import lossutils

FAMILIES = [
    "information",
    "smoothing",
    "coding",
    "activations",
    "targets",
    "losses",
    "chunked",
    "weights",
    "calibration",
    "diagnose",
    "explanation",
]

# The losses whose arguments have PyTorch's names, each with PyTorch's function.
PEERS = {
    "nll_loss": "nll_loss",
    "cross_entropy_loss": "cross_entropy",
    "binary_cross_entropy": "binary_cross_entropy",
    "binary_cross_entropy_with_logits": "binary_cross_entropy_with_logits",
    "kl_div_loss": "kl_div",
    "linear_cross_entropy": "linear_cross_entropy",
}


def test_the_package_exports_what_its_modules_export() -> None:
    modules = [importlib.import_module(f"lossutils.{name}") for name in FAMILIES]
    assert lossutils.__all__ == sorted(name for module in modules for name in module.__all__)
    for module in modules:
        assert module.__all__ == sorted(module.__all__)
        for name in module.__all__:
            assert getattr(lossutils, name) is getattr(module, name)
            assert getattr(module, name).__module__ == module.__name__


def test_the_package_exports_nothing_else() -> None:
    names = {name for name in vars(lossutils) if not name.startswith("_")}
    modules = {name for name in names if inspect.ismodule(getattr(lossutils, name))}
    assert names - modules == set(lossutils.__all__)


@pytest.mark.parametrize("name", lossutils.__all__)
def test_docstrings_are_complete(name: str) -> None:
    function = getattr(lossutils, name)
    text = inspect.getdoc(function) or ""
    sections = ["Parameters", "Raises", "Examples"]
    if name != "check_distribution":  # returns nothing and has no formula
        sections += ["Returns", "References"]
    for section in sections:
        assert f"\n{section}\n{'-' * len(section)}\n" in text, section
    # The section's unindented lines, up to the next heading: "p, q : array", "p, q", "**options".
    section = re.split(r"\n\w+\n-+\n", text.partition("\nParameters\n----------\n")[2])[0]
    headings = re.findall(r"^\**(\w[\w, ]*?)(?: :.*)?$", section, re.MULTILINE)
    documented = [parameter for heading in headings for parameter in heading.split(", ")]
    assert documented == list(inspect.signature(function).parameters)
    assert "\n>>> " in text
    summary = text.partition("\n")[0]
    assert summary.endswith(".") and len(summary) <= 100


ARRAYS = {"p", "q", "joint", "z", "counts", "probabilities", "input", "linear_weight", "target"}
ARRAYS |= {"loss", "criterion"}  # what a function looks at comes before its arrays


@pytest.mark.parametrize("name", lossutils.__all__)
def test_arrays_come_first_and_options_have_names(name: str) -> None:
    parameters = inspect.signature(getattr(lossutils, name)).parameters
    named = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    arrays = [p.name for p in parameters.values() if p.kind not in named]
    assert arrays and set(arrays) <= ARRAYS
    assert all(p.default is p.empty for p in parameters.values() if p.name in arrays)
    assert not ARRAYS & (parameters.keys() - set(arrays))


@pytest.mark.parametrize("name", [*lossutils.losses.__all__, *lossutils.chunked.__all__])
def test_arrays_of_losses_have_pytorchs_names(name: str) -> None:
    function, peer = getattr(lossutils, name), getattr(F, PEERS.get(name, "cross_entropy"), None)
    options = [*inspect.signature(function).parameters]
    arrays = options[:2]
    arrays = ["input", "linear_weight", "target"] if name == "linear_cross_entropy" else arrays
    if peer is not None:
        assert [*inspect.signature(peer).parameters][: len(arrays)] == arrays
    given = {
        "input": [[0.5, 0.25]],
        "linear_weight": [[1.0, 0.0], [0.0, 1.0]],
        "target": [1] if "ignore_index" in options else [[0.5, 0.25]],
    }
    by_name = function(**{array: given[array] for array in reversed(arrays)})
    assert by_name == function(*(given[array] for array in arrays))


def test_the_version_is_the_same_everywhere() -> None:
    root = pathlib.Path(__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "lossutils.__version__"}
    assert f"\nversion: {lossutils.__version__}\n" in (root / "CITATION.cff").read_text()
    for name in ("package.json", "package-lock.json"):
        package = json.loads((root / "lossutils/widgets/js" / name).read_text())
        assert package["version"] == lossutils.__version__


@pytest.mark.parametrize("missing", ["anywidget", "ipywidgets"])
def test_widgets_say_which_extra_they_need(missing: str) -> None:
    program = f"""
import sys
sys.modules[{missing!r}] = None
try:
    import lossutils.widgets
except ImportError as error:
    sys.exit(0 if 'pip install "lossutils[explorers]"' in str(error) else repr(error))
sys.exit("imported")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_importing_the_package_imports_no_torch_and_no_plots() -> None:
    program = """
import sys, lossutils
lossutils.kl_divergence([0.5, 0.5], [0.25, 0.75])
lossutils.huffman_lengths([0.5, 0.5])
lossutils.cross_entropy_loss([[1.0, 2.0]], [1])
lossutils.binary_cross_entropy(0.5, 1)
lossutils.linear_cross_entropy([[1.0]], [[1.0], [2.0]], [1])
heavy = {"torch", "matplotlib", "ipywidgets", "scipy"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else 0)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
