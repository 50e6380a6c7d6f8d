"""The wheel that `pip install` gets is complete, holds nothing else, and is small."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "lossutils" / "widgets" / "static"


@pytest.fixture(scope="module")
def wheel(untouched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    command = [sys.executable, *build, "--wheel-dir", str(folder), str(untouched)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = folder.glob("*.whl")
    return built


def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def built_files() -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in STATIC.rglob("*.*")}


def test_it_has_the_explorers_built_modules(wheel: Path) -> None:
    built = built_files()
    assert any(name.endswith(".js") for name in built)
    assert built <= names(wheel)


DATA = {"lossutils/py.typed", "lossutils/findings.json"}


def test_it_has_every_python_module_and_says_that_it_is_typed(wheel: Path) -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lossutils").rglob("*.py")
        if "js" not in path.relative_to(ROOT).parts
    }
    assert modules | DATA <= names(wheel)


def test_it_has_nothing_else(wheel: Path) -> None:
    module = r"lossutils/(widgets/(explorers/(\w+/)?)?)?\w+\.py"
    for name in names(wheel) - built_files() - DATA:
        assert re.fullmatch(rf"{module}|lossutils-[\d.]+\.dist-info/.+", name), name


def test_its_metadata_has_the_licence_and_asks_for_no_pytorch(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        [metadata] = [name for name in files.namelist() if name.endswith(".dist-info/METADATA")]
        fields = Parser().parsestr(files.read(metadata).decode())
    assert fields["License-Expression"] == "MIT"
    assert any(name.endswith("LICENSE") for name in names(wheel))
    needed = [line for line in fields.get_all("Requires-Dist") if "extra ==" not in line]
    assert sorted(line.split(">=")[0] for line in needed) == ["array-api-compat", "numpy"]


def test_it_works_with_numpy_alone(wheel: Path, tmp_path: Path) -> None:
    """It works without PyTorch, ipywidgets and matplotlib."""
    target = ["--target", str(tmp_path / "site"), "--no-deps", "--no-compile", "--quiet"]
    install = [sys.executable, "-m", "pip", "install", *target, str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    program = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in ("torch", "ipywidgets", "anywidget", "matplotlib", "scipy"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import lossutils
assert lossutils.entropy([0.5, 0.5], base=2) == 1.0
print(lossutils.__file__)
"""
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == tmp_path / "site" / "lossutils" / "__init__.py"
