"""Width: how often it happens. Height: what it costs the forecaster. Dashed: what it costs at best."""

from picture import Mark, bar, beside, outline

from lossutils import surprisal

P = (1 / 2, 1 / 4, 1 / 4)
Q = (1 / 4, 1 / 2, 1 / 4)
MOST = 2.1


def heights(probabilities: tuple[float, ...]) -> list[float]:
    return [float(surprisal(each, base=2)) / MOST for each in probabilities]


def picture() -> list[Mark]:
    places = beside(P)
    return [
        *(bar("q", *ends, top) for ends, top in zip(places, heights(Q), strict=True)),
        *(outline("p", *ends, top) for ends, top in zip(places, heights(P), strict=True)),
    ]
