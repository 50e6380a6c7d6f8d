"""On the left scores, which may be any numbers. On the right the probabilities made of them."""

from picture import Mark, bar, dot, ground, line

from lossutils import softmax

SCORES = (2.0, 3.0, 1.0)
MOST = 3.4


def picture() -> list[Mark]:
    marks = [ground()]
    for k, (z, q) in enumerate(zip(SCORES, softmax(SCORES), strict=True)):
        x = 0.07 + 0.15 * k
        marks += [line("quiet", (x, x), (0, z / MOST)), dot("quiet", x, z / MOST)]
        left = 0.55 + 0.155 * k
        marks.append(bar("q", left, left + 0.13, float(q)))
    return marks
