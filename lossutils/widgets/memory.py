"""How much memory the loss of a large vocabulary takes, whole and in chunks."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING

import ipywidgets
import traitlets

from lossutils import plots
from lossutils.widgets.before import STATIC, Explorer, Figure, Number, place_of, still_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure as StillFigure

# The exponents of 2 between which each number can be moved; in this order on the page.
RANGES = {"samples": (6, 17), "classes": (7, 18), "hidden": (6, 14), "chunk": (7, 18)}
SHOWN = {"samples": "samples N", "classes": "classes C", "hidden": "hidden H", "chunk": "chunk k"}
DTYPES = {"bfloat16": 2, "float32": 4}  # bytes of a number; as in explorers/memory/math.js
WIDE = 4  # what sums are formed in
ARRAYS = 3  # as large as the logits: log q, the slopes of log q, the slopes of z
# The picture, as in explorers/memory/figure.js: a scale in bytes that stays where it is.
SPAN = (1e6, 1e12)
DECADES = [10.0**exponent for exponent in range(6, 13)]
CARDS = {24e9: "right", 80e9: "left"}  # what GPUs hold, and on which side their name stands
COLORS = [plots.Q_COLOR, plots.Q_COLOR, plots.QUIET]


class MemoryFigure(Figure):
    _esm = STATIC / "memory.js"
    _explorer = traitlets.Unicode("memory").tag(sync=True)
    # Floats, since a logarithmic slider has no others: what is meant is the nearest whole number.
    samples = Number(8192.0).tag(sync=True)
    classes = Number(128256.0).tag(sync=True)
    hidden = Number(4096.0).tag(sync=True)
    chunk = Number(2048.0).tag(sync=True)
    dtype_index = traitlets.Int(0, min=0, max=len(DTYPES) - 1).tag(sync=True)


class MemoryExplorer(Explorer):
    """Change the size of a last layer, and see what its loss and gradient take in memory.

    Counted is what there is at the worst moment beyond the layer's input, its matrix, and their
    two gradients, which any way of computing them needs.

    Parameters
    ----------
    samples : int
        N, the rows of logits: in a language model, all tokens of a batch. From 64 to 131072.
    classes : int
        C, from 128 to 262144.
    hidden : int
        H, how many numbers go into the layer for each sample, from 64 to 16384.
    chunk : int
        How many classes the chunked loss takes at a time, from 128 to 262144.
    dtype : {"bfloat16", "float32"}
        The type of logits, input and matrix.

    Raises
    ------
    ValueError, TypeError
        If a setting is not one of these.
    """

    def __init__(
        self,
        samples: int = 8192,
        classes: int = 128256,
        hidden: int = 4096,
        chunk: int = 2048,
        dtype: str = "bfloat16",
    ) -> None:
        figure = MemoryFigure()
        self.figure = figure
        self.samples, self.classes, self.hidden, self.chunk = samples, classes, hidden, chunk
        self.dtype = dtype
        sliders = {
            name: ipywidgets.FloatLogSlider(
                value=getattr(figure, name),
                base=2,
                min=low,
                max=high,
                step=0.25,
                description=SHOWN[name],
                readout_format=",.0f",
            )
            for name, (low, high) in RANGES.items()
        }
        dtypes = ipywidgets.ToggleButtons(
            options=list(DTYPES), index=figure.dtype_index, description="numbers"
        )
        super().__init__(figure, sliders | {"dtype_index": dtypes})

    def _read(self, name: str) -> int:
        value: float = getattr(self.figure, name)
        return round(value)

    def _write(self, name: str, value: int) -> None:
        low, high = (2**exponent for exponent in RANGES[name])
        try:
            number = operator.index(value)
        except TypeError:
            raise TypeError(f"{name} must be a whole number, got {value!r}") from None
        if not low <= number <= high:
            raise ValueError(f"{name} must be in [{low}, {high}], got {number}")
        setattr(self.figure, name, float(number))

    @property
    def samples(self) -> int:
        """N, the rows of logits."""
        return self._read("samples")

    @samples.setter
    def samples(self, value: int) -> None:
        self._write("samples", value)

    @property
    def classes(self) -> int:
        """C."""
        return self._read("classes")

    @classes.setter
    def classes(self, value: int) -> None:
        self._write("classes", value)

    @property
    def hidden(self) -> int:
        """H, how many numbers go into the layer for each sample."""
        return self._read("hidden")

    @hidden.setter
    def hidden(self, value: int) -> None:
        self._write("hidden", value)

    @property
    def chunk(self) -> int:
        """How many classes the chunked loss takes at a time."""
        return self._read("chunk")

    @chunk.setter
    def chunk(self, value: int) -> None:
        self._write("chunk", value)

    @property
    def dtype(self) -> str:
        """The type of logits, input and matrix."""
        return list(DTYPES)[self.figure.dtype_index]

    @dtype.setter
    def dtype(self, value: str) -> None:
        self.figure.dtype_index = place_of("dtype", value, dict.fromkeys(DTYPES, ""))

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
