"""Classification losses, step by step, on NumPy arrays and PyTorch tensors."""

from lossutils.activations import log_sigmoid, log_softmax, logsumexp, sigmoid, softmax
from lossutils.calibration import (
    brier_parts,
    brier_score,
    expected_calibration_error,
    fit_temperature,
    reliability,
)
from lossutils.chunked import linear_cross_entropy
from lossutils.coding import huffman_lengths, shannon_lengths
from lossutils.diagnose import diagnose, diagnosing
from lossutils.explanation import explain
from lossutils.information import (
    check_distribution,
    conditional_entropy,
    cross_entropy,
    entropy,
    entropy_from_counts,
    joint_entropy,
    js_divergence,
    kl_divergence,
    mutual_information,
    perplexity,
    surprisal,
)
from lossutils.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy_loss,
    focal_loss,
    kl_div_loss,
    nll_loss,
)
from lossutils.smoothing import additive_smoothing, mix_uniform, smooth_supports
from lossutils.targets import one_hot, smooth_labels
from lossutils.weights import class_weights

__all__ = [
    "additive_smoothing",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "brier_parts",
    "brier_score",
    "check_distribution",
    "class_weights",
    "conditional_entropy",
    "cross_entropy",
    "cross_entropy_loss",
    "diagnose",
    "diagnosing",
    "entropy",
    "entropy_from_counts",
    "expected_calibration_error",
    "explain",
    "fit_temperature",
    "focal_loss",
    "huffman_lengths",
    "joint_entropy",
    "js_divergence",
    "kl_div_loss",
    "kl_divergence",
    "linear_cross_entropy",
    "log_sigmoid",
    "log_softmax",
    "logsumexp",
    "mix_uniform",
    "mutual_information",
    "nll_loss",
    "one_hot",
    "perplexity",
    "reliability",
    "shannon_lengths",
    "sigmoid",
    "smooth_labels",
    "smooth_supports",
    "softmax",
    "surprisal",
]

__version__ = "0.1.0"
