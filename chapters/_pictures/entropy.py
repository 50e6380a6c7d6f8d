"""Width: how often a letter comes. Height: how surprising it is. Dashed: the mean height, the entropy."""

from picture import Mark, bar, beside, line

from lossutils import entropy, surprisal

TILES = (4, 2, 1, 1)
MOST = 3.2


def picture() -> list[Mark]:
    total = sum(TILES)
    p = [count / total for count in TILES]
    bits = [float(surprisal(each, base=2)) for each in p]
    mean = float(entropy(p, base=2)) / MOST
    bars = [bar("p", *ends, each / MOST) for ends, each in zip(beside(p), bits, strict=True)]
    return [*bars, line("quiet", (0, 1), (mean, mean), dashed=True)]
