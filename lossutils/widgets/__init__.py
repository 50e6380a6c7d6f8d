"""Explorers: figures that move with their sliders, with or without a kernel."""

from importlib import import_module as _import_module
from importlib.util import find_spec as _find_spec
from pathlib import Path as _Path
from pkgutil import iter_modules as _iter_modules
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _missing := [name for name in ("anywidget", "ipywidgets") if _find_spec(name) is None]:
    raise ImportError(
        f'the explorers need {" and ".join(_missing)}: pip install "lossutils[explorers]"'
    )


def _found() -> dict[str, type]:
    """Return the class of each explorer: KLExplorer of the folder explorers/kl, and so on."""
    found: dict[str, type] = {}
    for folder in _iter_modules([str(_Path(__file__).parent / "explorers")]):
        module = _import_module(f"{__name__}.explorers.{folder.name}")
        wanted = folder.name.replace("_", "")
        found |= {
            known: value
            for known, value in vars(module).items()
            if isinstance(value, type) and known.lower() in (wanted, f"{wanted}explorer")
        }
    return found


_explorers = _found()
globals().update(_explorers)
__all__ = sorted(_explorers)  # noqa: PLE0605

if _TYPE_CHECKING:

    def __getattr__(name: str) -> _Any: ...
