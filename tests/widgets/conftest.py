"""What tests of the explorers' JavaScript share."""

import json
import re
import runpy
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import comm
import ipywidgets
import pytest

WIDGETS = Path(__file__).resolve().parents[2] / "lossutils" / "widgets"
JAVASCRIPT = WIDGETS / "js"


def opened_without_a_state(widget: ipywidgets.Widget) -> None:
    if widget.comm is None:
        widget.comm = comm.create_comm(target_name="jupyter.widget", comm_id=widget._model_id)


@pytest.fixture(autouse=True, scope="module")
def no_first_state() -> Iterator[None]:
    """Let no widget say how it begins: nobody listens, and to say it takes longer than the rest.

    The notebooks' kernels open all of them.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ipywidgets.Widget, "open", opened_without_a_state)
        yield


@pytest.fixture(scope="session")
def node() -> Callable[..., str]:
    """Run Node in the JavaScript folder, fail where it fails, and return what it printed."""
    if not (JAVASCRIPT / "node_modules").is_dir():
        pytest.fail(f"the packages are missing: run python {JAVASCRIPT / 'node.py'} npm ci")
    program = runpy.run_path(str(JAVASCRIPT / "node.py"))["command"]("node")

    def run(*arguments: str | Path, given: str = "", mend: str = "") -> str:
        done = subprocess.run(
            [*program, *map(str, arguments)],
            cwd=JAVASCRIPT,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{mend}"
        return done.stdout

    return run


def plain(word: re.Match[str]) -> str:
    return "-0.0" if word[1] == "-0" else word[1]


@pytest.fixture(scope="session")
def javascript(node: Callable[..., str]) -> Callable[..., Any]:
    """Return a function that calls JavaScript: `javascript("kl/math.js", "name", [(1, 2), (3, 4)])`.

    It returns the result of each call, or without calls the value of that name. The module is one in
    the folder of the explorers. `then` are the arguments for the functions that the calls return.
    """

    def call(
        module: str,
        name: str,
        calls: Iterable[Iterable[Any]] | None = None,
        *,
        then: Iterable[Any] | None = None,
    ) -> Any:
        last = [] if then is None else [list(then)]
        lists = None if calls is None else [[list(given), *last] for given in calls]
        asked = json.dumps({"calls": lists}, default=lambda array: array.tolist())
        asked = re.sub(r"-?Infinity|NaN", r'"\g<0>"', asked)
        program, path = Path(__file__).with_name("call.mjs"), WIDGETS / "explorers" / module
        answer = node(program, path, name, given=asked)
        return json.loads(re.sub(r'"(-?Infinity|NaN|-0)"', plain, answer))

    return call
