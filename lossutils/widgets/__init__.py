"""Explorers: figures that move with their sliders, with or without a kernel."""

from importlib.util import find_spec as _find_spec

if _missing := [name for name in ("anywidget", "ipywidgets") if _find_spec(name) is None]:
    raise ImportError(
        f'the explorers need {" and ".join(_missing)}: pip install "lossutils[explorers]"'
    )

from lossutils.widgets.bce import BCEExplorer
from lossutils.widgets.binary_entropy import BinaryEntropyExplorer
from lossutils.widgets.calibration import CalibrationExplorer
from lossutils.widgets.clamp import ClampExplorer
from lossutils.widgets.cross_entropy import CrossEntropyExplorer
from lossutils.widgets.entropy import EntropyExplorer
from lossutils.widgets.fit import FitExplorer
from lossutils.widgets.imbalance import ImbalanceExplorer
from lossutils.widgets.kl import KLExplorer
from lossutils.widgets.label_smoothing import LabelSmoothingExplorer
from lossutils.widgets.likelihood import LikelihoodExplorer
from lossutils.widgets.memory import MemoryExplorer
from lossutils.widgets.question import Question
from lossutils.widgets.shape import ShapeExplorer
from lossutils.widgets.smoothing import SmoothingExplorer
from lossutils.widgets.smoothing_weights import SmoothingWeightsExplorer
from lossutils.widgets.softmax import SoftmaxExplorer
from lossutils.widgets.stability import StabilityExplorer
from lossutils.widgets.surprisal import SurprisalExplorer
from lossutils.widgets.training import TrainingExplorer
from lossutils.widgets.weighted_mean import WeightedMeanExplorer

__all__ = [
    "BCEExplorer",
    "BinaryEntropyExplorer",
    "CalibrationExplorer",
    "ClampExplorer",
    "CrossEntropyExplorer",
    "EntropyExplorer",
    "FitExplorer",
    "ImbalanceExplorer",
    "KLExplorer",
    "LabelSmoothingExplorer",
    "LikelihoodExplorer",
    "MemoryExplorer",
    "Question",
    "ShapeExplorer",
    "SmoothingExplorer",
    "SmoothingWeightsExplorer",
    "SoftmaxExplorer",
    "StabilityExplorer",
    "SurprisalExplorer",
    "TrainingExplorer",
    "WeightedMeanExplorer",
]
