"""How often a network was right, for each confidence. Dashed: as often as it said."""

import json

from picture import CHAPTERS, Mark, bar, ground, line


def picture() -> list[Mark]:
    measured = json.loads((CHAPTERS / "data" / "label-smoothing.json").read_text(encoding="utf-8"))
    accuracies = measured["tasks"]["clean"]["runs"][0]["bin_accuracy"]
    bins = len(accuracies)
    bars = [
        bar("p", k / bins, (k + 1) / bins, accuracy)
        for k, accuracy in enumerate(accuracies)
        if accuracy is not None
    ]
    return [*bars, ground(), line("q", (0, 1), (0, 1), dashed=True)]
