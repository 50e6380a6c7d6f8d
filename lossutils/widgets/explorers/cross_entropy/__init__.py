"""Two distributions and their cross-entropy: the floor H(p), and D(p‖q) on top of it."""

from __future__ import annotations

import numpy as np

from lossutils import cross_entropy, entropy, kl_divergence
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Distribution, Floats, Switch, without


class CrossEntropyExplorer(Explorer):
    """Move p and q, and see H(p, q) as a stack: H(p), which q can't change, and D(p‖q) on top.

    When you move one probability, the others in its distribution share the rest in their old
    proportions. If q is 0 where p is not, the cross-entropy is infinite and shown as such.
    """

    p = Distribution(
        (0.5, 0.3, 0.2),
        fixed_by="one_hot",
        help=(
            "The true distribution. While `one_hot` is True it reads as one-hot, and its old value "
            "comes back afterwards."
        ),
    )
    q = Distribution((0.2, 0.5, 0.3), help="The model's distribution, over the same outcomes.")
    one_hot = Switch(
        False,
        label="one-hot p",
        help="Whether p puts everything on its likeliest outcome (the first, if several tie).",
    )
    presets = {
        "equal": lambda self: {"q": self.p},
        "swapped": lambda self: {"p": self.q, "q": self.p},
        "q forgets b": lambda self: {"q": without(self.q, 1)},
    }

    @property
    def entropy(self) -> float:
        """H(p) in nats: the floor, which no q can change."""
        return float(entropy(self.p))

    @property
    def kl_pq(self) -> float:
        """D(p‖q) in nats."""
        return float(kl_divergence(self.p, self.q))

    @property
    def cross_entropy(self) -> float:
        """H(p, q) in nats."""
        return float(cross_entropy(self.p, self.q))

    @property
    def perplexity(self) -> float:
        """The exponential of H(p, q)."""
        return float(np.exp(self.cross_entropy))

    @property
    def gradient(self) -> Floats:
        """The slopes of H(p, q) in the logits of q: q − p."""
        return np.asarray(self.q - self.p)
