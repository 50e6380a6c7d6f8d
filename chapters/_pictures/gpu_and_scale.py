"""What the loss holds in memory, step by step. Blue: what it needs if it takes the classes in chunks."""

from picture import Mark, bar, ground, line

from lossutils.widgets import MemoryExplorer


def picture() -> list[Mark]:
    memory = MemoryExplorer()
    most = 1.05 * memory.plain
    steps = (memory.logits, 2 * memory.logits, memory.plain)
    bars = [bar("quiet", k / 3 + 0.02, k / 3 + 0.31, each / most) for k, each in enumerate(steps)]
    chunked = memory.chunked / most
    return [*bars, ground(), line("q", (0, 1), (chunked, chunked))]
