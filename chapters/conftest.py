"""What nbval needs to know about the notebooks."""

import os
import tempfile
from functools import partial

import nbval.kernel
import pytest
from nbval.plugin import IPyNbCell

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
SOCKETS = tempfile.TemporaryDirectory(prefix="kernel-")

# Progress bars differ from run to run.
os.environ.setdefault("TQDM_DISABLE", "1")


# A kernel's TCP port is chosen some time before the kernel takes it. Meanwhile the browser of another
# worker may take it, and the kernel ends with "Address already in use". Files are free of that.
if os.name == "posix":
    nbval.kernel.KernelManager = partial(
        nbval.kernel.KernelManager, transport="ipc", ip=f"{SOCKETS.name}/socket"
    )


def pytest_sessionfinish() -> None:
    SOCKETS.cleanup()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Don't compare a question's still, which no cell returns: `make notebooks` adds it."""
    for output in item.cell.get("outputs", ()) if isinstance(item, IPyNbCell) else ():
        if WIDGET_VIEW in output.get("data", {}):
            output.data.pop("text/html", None)
