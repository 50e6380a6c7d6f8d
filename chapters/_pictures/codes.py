"""Each word takes a share of the space, half as much with every digit. Together they must fit."""

from picture import Mark, bar, outline

WORDS = ("00", "01", "10", "110", "111")
LONGEST = max(map(len, WORDS))


def picture() -> list[Mark]:
    marks = []
    for length in range(1, LONGEST + 1):
        for code in range(2**length):
            word = f"{code:0{length}b}"
            place = (code / 2**length, (code + 1) / 2**length)
            rows = (1 - (length - 1) / LONGEST, 1 - length / LONGEST)
            if word in WORDS:
                marks.append(bar("p", *place, rows[0], 0))
            elif not any(word.startswith(each) for each in WORDS):
                marks.append(outline("quiet", *place, *rows))
    return marks
