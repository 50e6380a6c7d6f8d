"""A row for each class, a column for each word. Orange: the one of each column that the target picks."""

from picture import Mark, bar, outline

from lossutils import softmax

LOGITS = ((0.0, 0.0), (1.0986122886681098, 0.0))  # (classes, words)
TARGET = (1, 1)


def picture() -> list[Mark]:
    marks = []
    for row, shares in enumerate(softmax(LOGITS, axis=0)):
        for column, share in enumerate(shares):
            left, top = column / 2 + 0.03, 1 - row / 2 - 0.03
            right, bottom = left + 0.44, top - 0.44
            picked = TARGET[column] == row
            marks.append(bar("q", left, left + 0.44 * float(share), top, bottom))
            marks.append(outline("p" if picked else "quiet", left, right, top, bottom))
    return marks
