"""What nbval needs to know about the notebooks."""

import os

import pytest
from nbval.plugin import IPyNbCell

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# Progress bars differ from run to run.
os.environ.setdefault("TQDM_DISABLE", "1")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Don't compare a question's still, which no cell returns: `make notebooks` adds it."""
    for output in item.cell.get("outputs", ()) if isinstance(item, IPyNbCell) else ():
        if WIDGET_VIEW in output.get("data", {}):
            output.data.pop("text/html", None)
