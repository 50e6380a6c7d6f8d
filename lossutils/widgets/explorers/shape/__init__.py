"""Inputs and targets of every shape that a classification loss accepts, and how they correspond."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from lossutils import cross_entropy_loss, nll_loss, plots, softmax
from lossutils._arrays import Reduction
from lossutils.widgets.base import Explorer, still_figure
from lossutils.widgets.settings import Choice, Whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as StillFigure
    from numpy.typing import NDArray


class Case(NamedTuple):
    """An input, its target and the loss between them."""

    loss: str
    input: NDArray[np.float64]
    target: NDArray[np.int64]
    shown: str


CASES = {
    "(C,)": Case("nll_loss", np.array([2.0, 3.0, 1.0]), np.array(1), "(C,)"),
    "(N, C)": Case(
        "nll_loss", np.array([[2.0, 3.0, 1.0], [3.0, 7.0, 9.0]]), np.array([1, 2]), "(N, C)"
    ),
    "(N, C, d1, d2)": Case(
        "cross_entropy",
        np.array(
            [
                [
                    [[0.0857, 0.6313, 0.1061], [0.7650, 0.8302, 0.0626], [0.6615, 0.0109, 0.3815]],
                    [[0.2607, 0.1581, 0.1963], [0.0504, 0.4804, 0.1693], [0.2520, 0.1406, 0.4154]],
                ]
            ]
        ),
        np.array([[[1, 1, 0], [0, 1, 1], [0, 0, 0]]]),
        "(N, C, d₁, d₂)",
    ),
}
REDUCTIONS: tuple[Reduction, ...] = ("none", "mean", "sum")
IMAGE = "(N, C, d1, d2)"


class ShapeExplorer(Explorer):
    """Point at an element of the target; see which entries of the input belong to it.

    The class axis is the second one, or the only one: for an input of shape (N, C, d1, d2) the
    target has shape (N, d1, d2), and C entries belong to each of its elements.
    """

    constants: ClassVar = {
        "cases": [
            {"loss": case.loss, "input": case.input.tolist(), "target": case.target.tolist()}
            for case in CASES.values()
        ]
    }
    case = Choice(
        IMAGE,
        {name: case.shown for name, case in CASES.items()},
        label="input",
        help=(
            "The input's shape. The first two are scores with their `nll_loss`, the last an image "
            "of logits with its `cross_entropy`."
        ),
    )
    element = Whole(
        0,
        0,
        lambda self: CASES[self.case].target.size - 1,
        label="element",
        help="Which element of the target is selected, counted row by row.",
    )
    reduction = Choice(
        "mean",
        REDUCTIONS,
        label="reduction",
        help="How the losses, one for each element, are reduced.",
    )
    order = ("reduction", "case", "element")

    @property
    def input(self) -> NDArray[np.float64]:
        """The input: scores, or logits."""
        return CASES[self.case].input.copy()

    @property
    def target(self) -> NDArray[np.int64]:
        """The true classes."""
        return CASES[self.case].target.copy()

    def _reduced(self, reduction: Reduction) -> NDArray[np.float64]:
        loss = nll_loss if CASES[self.case].loss == "nll_loss" else cross_entropy_loss
        return np.asarray(loss(self.input, self.target, reduction=reduction))

    @property
    def losses(self) -> NDArray[np.float64]:
        """The loss of each element, in the target's shape."""
        return self._reduced("none")

    @property
    def loss(self) -> float:
        """The loss of the selected element."""
        return float(self.losses.flat[self.element])

    @property
    def result(self) -> NDArray[np.float64] | float:
        """The reduced loss: a number, or with "none" the losses themselves."""
        result = self._reduced(self.reduction)
        return result if self.reduction == "none" else float(result)

    @property
    def entry(self) -> tuple[int, ...]:
        """The index in the input of the true class's entry."""
        place = [int(i) for i in np.unravel_index(self.element, self.target.shape)]
        place.insert(min(1, len(place)), int(self.target.flat[self.element]))
        return tuple(place)

    @property
    def gradient(self) -> float:
        """The derivative of the result in that entry; with "none", of the element's own loss."""
        chance = softmax(self.input, axis=min(1, self.input.ndim - 1))[self.entry]
        slope = (0.0 if CASES[self.case].loss == "nll_loss" else float(chance)) - 1
        return slope / self.target.size if self.reduction == "mean" else slope

    def alternative(self) -> str:
        entry = self.entry
        axis = min(1, len(entry) - 1)
        met = ", ".join(":" if k == axis else str(i) for k, i in enumerate(entry))
        place = ", ".join(str(i) for k, i in enumerate(entry) if k != axis)
        name = f"target[{place}]" if place else "target"
        shape = self.losses.shape
        left = (
            f"There are {self.losses.size} losses, of shape {shape}, not reduced."
            if self.reduction == "none"
            else f"The {self.reduction} of {self.losses.size} losses is {_spoken(self.result)}."
        )
        return (
            f"An input of shape {CASES[self.case].shown} and its target. {name} is class "
            f"{entry[axis]}: it meets input[{met}], and its own entry is "
            f"input[{', '.join(map(str, entry))}]. Its loss is "
            f"{_spoken(self.loss)}. {left} "
            f"The gradient along that entry is {_spoken(self.gradient)}."
        )

    def still(self) -> StillFigure:
        figure, axes = still_figure(3.6)
        image = self.case == IMAGE
        grids = {f"input[0, {k}]": plane for k, plane in enumerate(self.input[0])} if image else {}
        grids = grids or {"input": np.atleast_2d(self.input)}
        sides = self.target.shape[-2:] if image else (self.target.size, 1)
        target, losses = self.target.reshape(sides), self.losses.reshape(sides)
        lit = np.arange(self.target.size).reshape(sides) == self.element
        left = 0.0
        for k, (title, grid) in enumerate(grids.items()):
            meets = lit if image else np.repeat(lit, grid.shape[1], axis=1)
            columns = np.arange(grid.shape[1])
            picked = meets & ((target == k) if image else (target == columns))
            left = _grid(axes, left, title, grid, meets, picked)
        left = _grid(axes, left, "target[0]" if image else "target", target, lit, lit)
        _grid(axes, left, "loss", losses, lit, lit)
        axes.set(xlim=(-0.1, 13.4), ylim=(-4.6, 0.8))
        axes.axis("off")
        result = "none: as they are"
        if self.reduction != "none":
            result = f"{self.reduction} of the losses: {float(self.result):.4f}"
        axes.annotate(result, (0, -4.2), fontsize=13, weight="bold")
        return figure


def _grid(
    axes: Axes,
    left: float,
    title: str,
    values: NDArray[np.float64] | NDArray[np.int64],
    meets: NDArray[np.bool_],
    picked: NDArray[np.bool_],
) -> float:
    """Draw a table of numbers starting at `left`, and return where the next one begins."""
    from matplotlib.patches import Rectangle

    axes.annotate(title, (left, 0.2), color=plots.QUIET)
    for (row, column), value in np.ndenumerate(values):
        color = plots.P_COLOR if picked[row, column] else plots.QUIET
        box = Rectangle((left + column, -row - 1), 1, 1, edgecolor=color)
        box.set_facecolor("#d5e4f5" if meets[row, column] else "white")
        box.set_linewidth(2.5 if picked[row, column] else 0.5)
        box.set_zorder(2 if picked[row, column] else 1)
        axes.add_patch(box)
        text = str(value) if values.dtype.kind == "i" else _brief(float(value))
        middle = (left + column + 0.5, -row - 0.5)
        axes.annotate(text.replace("-", "−"), middle, ha="center", va="center", fontsize=9)
    return left + len(values[0]) + 0.4


def _brief(value: float) -> str:
    """Return 3, or .0857: the numbers in a grid are close together."""
    return f"{value:.0f}" if value.is_integer() else f"{value:.4f}".removeprefix("0")


def _spoken(value: float | NDArray[np.float64]) -> str:
    return f"{float(value):.4f}".replace("-", "minus ")
