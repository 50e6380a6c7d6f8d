"""Orange: the weather of one town. Blue: the weather that its borrowed code was made for."""

from picture import Mark, bar, ground

P = (1 / 2, 1 / 4, 1 / 8, 1 / 8)
Q = (1 / 4, 1 / 8, 1 / 2, 1 / 8)
MOST = 0.55


def picture() -> list[Mark]:
    pairs = enumerate(zip(P, Q, strict=True))
    bars = [
        mark
        for k, (p, q) in pairs
        for mark in (
            bar("p", k / 4 + 0.02, k / 4 + 0.12, p / MOST),
            bar("q", k / 4 + 0.12, k / 4 + 0.22, q / MOST),
        )
    ]
    return [*bars, ground()]
