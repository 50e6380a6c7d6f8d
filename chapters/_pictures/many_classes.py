"""A row for each picture of a batch, a column for each caption. Its own is on the diagonal."""

from picture import Mark, bar, outline

from lossutils.widgets import InfoNCEExplorer

ACROSS = 0.6  # of the picture's width, which makes it a square


def picture() -> list[Mark]:
    batch = InfoNCEExplorer()
    size = 1 / batch.pairs
    marks = []
    for row, shares in enumerate(batch.q):
        for column, share in enumerate(shares):
            half = size / 2 * float(share) ** 0.5
            x, y = (column + 0.5) * size, 1 - (row + 0.5) * size
            left = (1 - ACROSS) / 2
            ends = (left + ACROSS * (x - half), left + ACROSS * (x + half))
            marks.append(bar("q", *ends, y + half, y - half))
        low, high = left + ACROSS * row * size, left + ACROSS * (row + 1) * size
        marks.append(outline("p", low, high, 1 - row * size, 1 - (row + 1) * size))
    return marks
