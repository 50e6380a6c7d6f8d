"""How much memory the loss of a large vocabulary takes, whole and in chunks."""

from __future__ import annotations

from typing import ClassVar

from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Choice, Whole

DTYPES = {"bfloat16": 2, "float32": 4}  # bytes of a number
WIDE = 4  # what sums are formed in
# What PyTorch makes at each step, and how many arrays as large as the logits there are then. With the
# loss returned, nothing holds the logits any more.
FORWARD = (("z", 1), ("log q", 2), ("loss", 2), ("free", 1))
BACKWARD = (("log q", 2), ("z", 3), ("h, W", 1))  # the slopes along these


def _size(default: int, low: int, high: int, label: str, help: str) -> Whole:
    return Whole(default, low, high, log=2, step=0.25, format=",.0f", label=label, help=help)


class MemoryExplorer(Explorer):
    """Change the size of a last layer, and see what its loss and gradient take in memory.

    It counts what is held at the worst moment beyond the layer's input, its matrix and the
    gradients of both, which any way of computing them needs.
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
        2048, 128, 262144, "chunk c", "c, how many classes the chunked loss takes at a time."
    )
    dtype = Choice(
        "bfloat16", tuple(DTYPES), label="numbers", help="The type of logits, input and matrix."
    )
    constants: ClassVar = {"forward": [*map(list, FORWARD)], "backward": [*map(list, BACKWARD)]}
    presets = {
        "ResNet-50": {"classes": 1000, "hidden": 2048},
        "GPT-2": {"classes": 50257, "hidden": 768},
        "Llama 3 8B": {"classes": 128256, "hidden": 4096},
    }

    @property
    def logits(self) -> int:
        """The bytes of one array of logits."""
        return self.samples * self.classes * DTYPES[self.dtype]

    @property
    def held(self) -> list[int]:
        """The bytes of the arrays that `F.cross_entropy` holds at each of its steps."""
        return [arrays * self.logits for _, arrays in FORWARD + BACKWARD]

    @property
    def plain(self) -> int:
        """The bytes of the three arrays that `F.cross_entropy` holds at its worst moment."""
        return max(self.held)

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
