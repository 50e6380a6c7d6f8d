"""Four samples. Width: how much each counts. Height: its loss. The rare one, orange, outweighs the rest."""

from picture import Mark, bar, beside, ground

LOSSES = (0.2, 0.4, 0.6, 2.0)
WEIGHTS = (1, 1, 1, 10)
MOST = 2.1


def picture() -> list[Mark]:
    bars = [
        bar("p" if weight > 1 else "quiet", *ends, loss / MOST)
        for ends, loss, weight in zip(beside(WEIGHTS), LOSSES, WEIGHTS, strict=True)
    ]
    return [*bars, ground()]
