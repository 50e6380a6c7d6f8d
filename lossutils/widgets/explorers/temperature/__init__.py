"""Reliability diagrams of trained models whose logits are divided by a temperature."""

from __future__ import annotations

from functools import partial
from typing import Any

from lossutils.widgets.base import Explorer
from lossutils.widgets.explorers.calibration import ShownRun, Stored, stored_runs
from lossutils.widgets.settings import Choice, Data

SCORES = ("accuracy", "confidence", "nll", "brier", "calibration", "refinement")


class TemperatureExplorer(ShownRun, Explorer):
    """Divide a trained model's logits by T and see its confidence and its scores change."""

    networks = Data(
        check=partial(stored_runs, "networks", "network", ("T", *SCORES)),
        kind="mapping of str to sequence of runs",
        help=(
            "Each network's name, and its results for ascending, evenly spaced temperatures: "
            'mappings with "T", "accuracy", "confidence", "nll", "brier" and its parts '
            '"calibration" and "refinement" and, for each bin of confidence, "bin_confidence", '
            '"bin_accuracy" (None or NaN in empty bins) and "bin_count".'
        ),
    )
    network = Choice(
        lambda self: next(iter(self.networks)),
        lambda self: list(self.networks),
        label="network",
        help="The network that is shown; by default the first.",
    )
    T = Stored(
        lambda self: self.temperatures,
        lambda self: self._plain(),
        label="T",
        role="q",
        help="One of the stored temperatures; by default the one nearest to 1.",
    )
    presets = {
        "T = 1": lambda self: {"T": self._plain(), "network": self.network},
        "least NLL": lambda self: {"T": self.best, "network": self.network},
    }

    @property
    def temperatures(self) -> list[float]:
        """The stored temperatures."""
        return [run["T"] for run in next(iter(self.networks.values()))]

    def _plain(self) -> float:
        return min(self.temperatures, key=lambda T: abs(T - 1))

    @property
    def best(self) -> float:
        """The stored temperature with the least NLL."""
        return float(min(self.networks[self.network], key=lambda run: run["nll"])["T"])

    @property
    def run(self) -> dict[str, Any]:
        """The stored results shown."""
        return dict(self.networks[self.network][self.temperatures.index(self.T)])

    @property
    def brier(self) -> float:
        """The Brier score."""
        return float(self.run["brier"])

    @property
    def calibration(self) -> float:
        """The part of the Brier score that a better map of the probabilities would mend."""
        return float(self.run["calibration"])

    @property
    def refinement(self) -> float:
        """The part of it that is left."""
        return float(self.run["refinement"])
