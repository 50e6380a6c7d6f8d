"""Two things at once: a joint table drawn as areas, and its entropies as bars end to end."""

from __future__ import annotations

import numpy as np

from lossutils import conditional_entropy, entropy, joint_entropy, mutual_information
from lossutils.widgets.base import Explorer
from lossutils.widgets.settings import Floats, Number


class JointTableExplorer(Explorer):
    """Move how often it rains and who takes an umbrella, and see what one tells about the other.

    X is the weather, rain or dry, and Y what someone carries, an umbrella or none. Each entry of
    their joint table is an area of the square.
    """

    rain = Number(0.5, 0.0, 1.0, label="rain", role="p", help="P(rain): the share of rainy days.")
    if_rain = Number(
        0.75,
        0.0,
        1.0,
        label="taken if rain",
        role="p",
        help="P(umbrella | rain): the share of the rainy days with an umbrella.",
    )
    if_dry = Number(
        0.125,
        0.0,
        1.0,
        label="taken if dry",
        role="p",
        help="P(umbrella | dry): the share of the dry days with one.",
    )
    presets = {
        "first table": {"rain": 0.5, "if_rain": 0.75, "if_dry": 0.125},
        "independent": lambda self: {"if_dry": self.if_rain},
        "one decides": {"if_rain": 1, "if_dry": 0},
    }

    @property
    def joint(self) -> Floats:
        """The joint table: a row each for rain and dry, a column each for umbrella and none."""
        days = np.array([[self.rain], [1 - self.rain]])
        takes = np.array([self.if_rain, self.if_dry])
        return np.asarray(days * np.column_stack([takes, 1 - takes]))

    @property
    def entropy_x(self) -> float:
        """H(X) in nats, of the weather."""
        return float(entropy(self.joint.sum(axis=1)))

    @property
    def entropy_y(self) -> float:
        """H(Y) in nats, of the umbrella."""
        return float(entropy(self.joint.sum(axis=0)))

    @property
    def joint_entropy(self) -> float:
        """H(X, Y) in nats, of both together."""
        return float(joint_entropy(self.joint))

    @property
    def y_given_x(self) -> float:
        """H(Y | X) in nats: what the weather leaves open about the umbrella."""
        return float(conditional_entropy(self.joint))

    @property
    def x_given_y(self) -> float:
        """H(X | Y) in nats: what the umbrella leaves open about the weather."""
        return float(conditional_entropy(self.joint, axes=(-1, -2)))

    @property
    def mutual_information(self) -> float:
        """I(X; Y) in nats: what either tells about the other."""
        return float(mutual_information(self.joint))
