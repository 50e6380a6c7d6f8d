"""What a forecast costs: next to nothing if it was sure and right, without limit if sure and wrong."""

import numpy as np
from picture import Mark, dot, ground, line

from lossutils import surprisal

MOST = 5


def picture() -> list[Mark]:
    q = np.geomspace(0.0068, 1, 60)
    return [
        ground(),
        line("q", q, surprisal(q) / MOST),
        line("quiet", (0.25, 0.25), (0, surprisal(0.25) / MOST), dashed=True),
        dot("p", 0.25, surprisal(0.25) / MOST),
    ]
