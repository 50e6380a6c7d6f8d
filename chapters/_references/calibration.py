"""The calibration error of one class, and that of honest forecasts, which is due to chance."""

import numpy as np
from scipy.special import comb


def error_of_class(q, y, k):
    said, came = q[:, int(k)], y == k
    # The edges are divided, as the numbers of tenths are: 0.3 belongs to the bin below it.
    bins = np.searchsorted(np.arange(1, 10) / 10, said)
    count, sums, hits = (np.bincount(bins, x, 10) for x in (None, said, came))
    return np.abs(sums - hits).sum() / count.sum()


def error_by_chance(n, c):
    # De Moivre's closed form for the mean absolute deviation of a binomial number.
    m = np.floor(n * c) + 1
    return 2 * m * comb(n, m) * c**m * (1 - c) ** (n - m + 1) / n
