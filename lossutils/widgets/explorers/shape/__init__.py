"""Inputs and targets of every shape that a classification loss accepts, and how they correspond."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np

from lossutils import cross_entropy_loss, nll_loss, softmax
from lossutils._arrays import Reduction
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Floats, Ints, Whole


class Case(NamedTuple):
    """An input, its target and the loss between them."""

    loss: str
    input: Floats
    target: Ints
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
                [[0.0857, 0.6313, 0.1061], [0.7650, 0.8302, 0.0626], [0.6615, 0.0109, 0.3815]],
                [[0.2607, 0.1581, 0.1963], [0.0504, 0.4804, 0.1693], [0.2520, 0.1406, 0.4154]],
            ]
        )[np.newaxis],
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
    presets = {
        "one sample": {"case": "(C,)", "reduction": "none"},
        "a batch's mean": {"case": "(N, C)", "reduction": "mean"},
        "the last pixel": lambda _: {"case": IMAGE, "element": CASES[IMAGE].target.size - 1},
    }
    order = ("reduction", "case", "element")

    @property
    def input(self) -> Floats:
        """The input: scores, or logits."""
        return CASES[self.case].input.copy()

    @property
    def target(self) -> Ints:
        """The true classes."""
        return CASES[self.case].target.copy()

    def _reduced(self, reduction: Reduction) -> Floats:
        loss = nll_loss if CASES[self.case].loss == "nll_loss" else cross_entropy_loss
        return np.asarray(loss(self.input, self.target, reduction=reduction))

    @property
    def losses(self) -> Floats:
        """The loss of each element, in the target's shape."""
        return self._reduced("none")

    @property
    def loss(self) -> float:
        """The loss of the selected element."""
        return float(self.losses.flat[self.element])

    @property
    def result(self) -> Floats | float:
        """The reduced loss: a number, or with "none" the losses themselves."""
        result = self._reduced(self.reduction)
        return result if self.reduction == "none" else float(result)

    @property
    def entry(self) -> tuple[int, ...]:
        """The index in the input of the true class's entry."""
        place = [int(i) for i in np.unravel_index(self.element, self.target.shape)]
        place.insert(1, int(self.target.flat[self.element]))
        return tuple(place)

    @property
    def gradient(self) -> float:
        """The derivative of the result in that entry; with "none", of the element's own loss."""
        chance = softmax(self.input, axis=min(1, self.input.ndim - 1))[self.entry]
        slope = (0.0 if CASES[self.case].loss == "nll_loss" else float(chance)) - 1
        return slope / self.target.size if self.reduction == "mean" else slope
