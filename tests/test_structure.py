"""The library has one road, and its modules keep to themselves what is not public."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import lossutils

ROOT = Path(lossutils.__file__).parent
MODULES = {path.stem: ast.parse(path.read_text()) for path in ROOT.glob("*.py")}
PUBLIC = sorted(name for name in MODULES if not name.startswith("_"))


def imports(module: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each of the library's modules that this one imports, anywhere, and the names."""
    for node in ast.walk(MODULES[module]):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.module == "lossutils":
            yield from ((alias.name, []) for alias in node.names if alias.name in MODULES)
        elif (node.module or "").startswith("lossutils."):
            name = (node.module or "").removeprefix("lossutils.")
            yield name, [alias.name for alias in node.names]


def test_no_import_runs_in_a_circle() -> None:
    waiting = {module: {name for name, _ in imports(module)} & {*MODULES} for module in MODULES}
    while ready := [module for module, needed in waiting.items() if not needed & waiting.keys()]:
        for module in ready:
            del waiting[module]
    assert not waiting, f"these import one another: {waiting}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_module_takes_what_another_keeps_to_itself(module: str) -> None:
    for name, names in imports(module):
        taken = [each for each in names if each.startswith("_")]
        assert not taken, f"{module} imports {taken} from {name}"


def defined(statements: list[ast.stmt]) -> Iterator[str]:
    """Yield the names of the functions, classes and constants at the top of a module."""
    for node in statements:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (
                each.id for target in targets for each in ast.walk(target) if hasattr(each, "id")
            )


def hints(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """Yield the annotations of a function's parameters and of its result."""
    signature = function.args
    for each in (*signature.posonlyargs, *signature.args, *signature.kwonlyargs):
        yield each.annotation or ast.Constant(None)
    yield function.returns or ast.Constant(None)


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_module_lists_every_public_name(module: str) -> None:
    statements = MODULES[module].body
    listed = set(importlib.import_module(f"lossutils.{module}").__all__)
    functions = [s for s in statements if isinstance(s, ast.FunctionDef) and s.name in listed]
    # Types that public functions take or return have names too.
    types = {
        each.id
        for function in functions
        for hint in hints(function)
        for each in ast.walk(hint)
        if isinstance(each, ast.Name)
    }
    names = {name for name in defined(statements) if not name.startswith("_")}
    assert names <= listed | types


WITH_FORMULAS = lossutils.losses, lossutils.activations, lossutils.information, lossutils.chunked
FUNCTIONS = {name for module in WITH_FORMULAS for name in module.__all__} - {"check_distribution"}
PS, Z = [[0.25, 0.75], [0.5, 0.5]], [[1.0, -2.0], [0.5, 3.0]]
JOINT = [[0.125, 0.375], [0.25, 0.25]]


def arguments(function: Any) -> list[Any]:
    """Return what the function's arrays can be: probabilities are logits too."""
    names = inspect.signature(function).parameters
    target = [0, 1] if "ignore_index" in names else PS
    known = {
        "p": PS,
        "q": PS,
        "joint": JOINT,
        "counts": PS,
        "input": PS,
        "z": Z,
        "linear_weight": Z,
    }
    known["target"] = target
    return [known[name] for name in names if name in known]


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_call_stays_in_its_module_and_on_the_road(name: str) -> None:
    """From the argument to the result two files take turns; from any other nothing leads back."""
    function = getattr(lossutils, name)
    home = {function.__code__.co_filename, str(ROOT / "_batch.py")}
    given = arguments(function)
    astray, seen = [], set()

    def watch(frame: FrameType, event: str, _: Any) -> None:
        files = []
        above: FrameType | None = frame
        while event == "call" and above is not None and above.f_code is not function.__code__:
            if above.f_code.co_filename.startswith(str(ROOT)):
                files.append(above.f_code.co_filename)
            above = above.f_back
        if event == "call" and above is not None and files and files[0] in home:
            seen.add(files[0])
            astray.extend(file for file in files if file not in home)

    sys.setprofile(watch)
    try:
        function(*given)
    finally:
        sys.setprofile(None)
    assert str(ROOT / "_batch.py") in seen
    assert not astray
