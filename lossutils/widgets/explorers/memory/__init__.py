"""How much memory the loss of a large vocabulary takes, whole and in chunks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lossutils import plots
from lossutils.widgets.base import Explorer, still_figure
from lossutils.widgets.settings import Choice, Whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure

DTYPES = {"bfloat16": 2, "float32": 4}  # bytes of a number
WIDE = 4  # what sums are formed in
ARRAYS = 3  # as large as the logits: log q, the slopes of log q, the slopes of z
# The picture: a scale in bytes that stays where it is.
SPAN = (1e6, 1e12)
DECADES = [10.0**exponent for exponent in range(6, 13)]
CARDS = {24e9: "right", 80e9: "left"}  # what GPUs hold, and on which side their name stands
COLORS = [plots.Q_COLOR, plots.Q_COLOR, plots.QUIET]


def _size(default: int, low: int, high: int, label: str, help: str) -> Whole:
    return Whole(default, low, high, log=2, step=0.25, format=",.0f", label=label, help=help)


class MemoryExplorer(Explorer):
    """Change the size of a last layer, and see what its loss and gradient take in memory.

    Counted is what there is at the worst moment beyond the layer's input, its matrix, and their
    two gradients, which any way of computing them needs.
    """

    samples = _size(
        8192,
        64,
        131072,
        "samples N",
        "N, the rows of logits: in a language model, all tokens of a batch.",
    )
    classes = _size(128256, 128, 262144, "classes C", "C, how many classes there are.")
    hidden = _size(
        4096, 64, 16384, "hidden H", "H, how many numbers go into the layer for each sample."
    )
    chunk = _size(
        2048, 128, 262144, "chunk k", "How many classes the chunked loss takes at a time."
    )
    dtype = Choice(
        "bfloat16", tuple(DTYPES), label="numbers", help="The type of logits, input and matrix."
    )

    @property
    def logits(self) -> int:
        """The bytes of one array of logits."""
        return self.samples * self.classes * DTYPES[self.dtype]

    @property
    def plain(self) -> int:
        """The bytes of the three arrays that `F.cross_entropy` holds at its worst moment."""
        return ARRAYS * self.logits

    @property
    def chunked(self) -> int:
        """The bytes of what `lossutils.linear_cross_entropy` holds at its worst moment.

        They are a chunk's logits, what is made of them, and the gradient of the input, which adds
        up over the chunks.
        """
        columns = min(self.chunk, self.classes)
        return self.samples * WIDE * (2 * columns + self.hidden)

    @property
    def ratio(self) -> float:
        """How many times as much the plain loss takes as the chunked."""
        return self.plain / self.chunked

    @property
    def layer(self) -> int:
        """The bytes of the layer's input and matrix, and of their gradients."""
        return 2 * (self.samples + self.classes) * self.hidden * DTYPES[self.dtype]

    @property
    def moved_eager(self) -> int:
        """The bytes that `F.cross_entropy` moves from logits to their gradient, step by step.

        Forward it reads the logits and writes log q; backward it writes the slopes of log q, reads
        them and log q, and writes the slopes of the logits.
        """
        return 6 * self.logits

    @property
    def moved_fused(self) -> int:
        """The fewest bytes to be moved, in one visit: read the logits, write their slopes.

        Where backward is a second visit it reads the logits once more.
        """
        return 2 * self.logits

    def alternative(self) -> str:
        return (
            f"Bars of memory on a logarithmic scale for {self.samples:,} samples, "
            f"{self.classes:,} classes, {self.hidden:,} hidden numbers in {self.dtype}. The plain "
            f"loss: three arrays of {in_bytes(self.logits)}, {in_bytes(self.plain)} in all. In "
            f"chunks of {min(self.chunk, self.classes):,} classes: {in_bytes(self.chunked)}. The "
            f"layer itself, with gradients: {in_bytes(self.layer)}."
        )

    def still(self) -> StillFigure:
        figure, axes = still_figure(2.9)
        rows = {
            f"plain: three arrays like the logits, {in_bytes(self.plain)}": self.plain,
            f"in chunks of {min(self.chunk, self.classes):,} classes, {in_bytes(self.chunked)}": (
                self.chunked
            ),
            f"the layer: h, W and their gradients, {in_bytes(self.layer)}": self.layer,
        }
        axes.barh(range(3), list(rows.values()), height=0.42, color=COLORS)
        for y, text in enumerate(rows):
            axes.annotate(text, (SPAN[0], y - 0.3), va="bottom", color=plots.INK)
        for card, align in CARDS.items():
            axes.axvline(card, color=plots.QUIET, linestyle=":")
            axes.annotate(
                f" {_whole(card)} card ", (card, 2.45), ha=align, va="bottom", color=plots.QUIET
            )
        axes.set(xscale="log", xlim=SPAN, ylim=(2.5, -0.75), yticks=[])
        axes.set_xticks(DECADES, [_whole(x) for x in DECADES])
        axes.minorticks_off()
        return figure


def in_bytes(value: float) -> str:
    """Return 2101346304 as 2.10 GB: three digits, and the unit with at most three before it."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            break
        value /= 1000
    else:
        unit = "TB"
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"


def _whole(value: float) -> str:
    """Return 10 GB for 10000000000: a number on the scale."""
    return re.sub(r"\.0+", "", in_bytes(value))
