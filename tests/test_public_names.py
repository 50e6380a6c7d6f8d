"""What `import lossutils` offers, says of itself, and leaves alone."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

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
]


def test_the_package_offers_what_its_modules_do() -> None:
    modules = [importlib.import_module(f"lossutils.{name}") for name in FAMILIES]
    assert lossutils.__all__ == sorted(name for module in modules for name in module.__all__)
    for module in modules:
        assert module.__all__ == sorted(module.__all__)
        for name in module.__all__:
            assert getattr(lossutils, name) is getattr(module, name)
            assert getattr(module, name).__module__ == module.__name__


def test_the_package_offers_nothing_else() -> None:
    names = {name for name in vars(lossutils) if not name.startswith("_")}
    modules = {name for name in names if inspect.ismodule(getattr(lossutils, name))}
    assert names - modules == set(lossutils.__all__)


@pytest.mark.parametrize("name", lossutils.__all__)
def test_docstrings_say_all_there_is_to_say(name: str) -> None:
    function = getattr(lossutils, name)
    text = inspect.getdoc(function) or ""
    sections = ["Parameters", "Raises", "Examples"]
    if name != "check_distribution":  # which returns nothing and stands for no formula
        sections += ["Returns", "References"]
    for section in sections:
        assert f"\n{section}\n{'-' * len(section)}\n" in text, section
    for parameter in inspect.signature(function).parameters.values():
        assert parameter.name in text.partition("Parameters")[2].partition("Returns")[0]
    assert "\n>>> " in text
    summary = text.partition("\n")[0]
    assert summary.endswith(".") and len(summary) <= 100


@pytest.mark.parametrize("name", lossutils.__all__)
def test_arrays_are_positional_and_options_have_names(name: str) -> None:
    parameters = inspect.signature(getattr(lossutils, name)).parameters.values()
    arrays = [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY]
    options = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    distributions = (["p"], ["p", "q"], ["counts"], ["probabilities", "target"])
    layer = ["input", "linear_weight", "target"]
    assert arrays in (*distributions, ["z"], ["target"], ["input", "target"], layer)
    assert len(arrays) + len(options) == len(list(parameters))


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
