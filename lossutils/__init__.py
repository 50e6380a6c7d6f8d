"""Classification losses, step by step, on NumPy arrays and PyTorch tensors."""

from lossutils.coding import huffman_lengths, shannon_lengths
from lossutils.information import (
    check_distribution,
    cross_entropy,
    entropy,
    js_divergence,
    kl_divergence,
    perplexity,
    surprisal,
)
from lossutils.smoothing import additive_smoothing, mix_uniform, smooth_supports
from lossutils.weights import class_weights

__all__ = [
    "additive_smoothing",
    "check_distribution",
    "class_weights",
    "cross_entropy",
    "entropy",
    "huffman_lengths",
    "js_divergence",
    "kl_divergence",
    "mix_uniform",
    "perplexity",
    "shannon_lengths",
    "smooth_supports",
    "surprisal",
]
