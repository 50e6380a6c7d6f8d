"""Rainy days on the left, dry ones on the right. Filled: the days with an umbrella."""

from picture import Mark, bar, beside, outline

DAYS = ((6, 2), (1, 7))  # rain and dry; with an umbrella, and without


def picture() -> list[Mark]:
    marks = []
    for ends, days in zip(beside([sum(days) for days in DAYS]), DAYS, strict=True):
        share = days[0] / sum(days)
        marks += [outline("p", *ends, 1, share), bar("p", *ends, share)]
    return marks
