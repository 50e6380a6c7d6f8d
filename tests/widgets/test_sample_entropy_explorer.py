"""The explorer of entropy from samples: its draws, their means, and its curves against SciPy's."""

import itertools

import numpy as np
import pytest
import scipy.stats

from lossutils.widgets import SampleEntropyExplorer
from lossutils.widgets.explorers.sample_entropy import SOURCES

SIZES = (2, 10, 33, 1024)


def test_the_page_draws_the_same_samples(javascript):
    explorer, module = SampleEntropyExplorer(), "sample_entropy/math.js"
    cases = list(itertools.product(SOURCES, SIZES))
    drawn = javascript(module, "counts", [[SOURCES[source], size] for source, size in cases])
    told = iter(javascript(module, "estimates", [[row] for page in drawn for row in page]))
    for (explorer.source, explorer.size), page in zip(cases, drawn, strict=True):
        np.testing.assert_array_equal(page, explorer.counts)
        each = [next(told) for _ in page]
        for name in ("plain", "corrected"):
            own = np.mean([one[name] for one in each])
            assert own == pytest.approx(getattr(explorer, name), rel=1e-12)


@pytest.mark.parametrize("source", SOURCES)
def test_the_draws_follow_the_source(source):
    explorer = SampleEntropyExplorer(source, 1024)
    counts = explorer.counts
    assert counts.sum(axis=1).tolist() == [1024] * 60
    # All draws against p, and the samples against each other.
    assert scipy.stats.chisquare(counts.sum(axis=0), counts.sum() * explorer.p).pvalue > 0.01
    assert scipy.stats.chi2_contingency(counts).pvalue > 0.01


@pytest.mark.parametrize("source", SOURCES)
def test_the_curves_are_exact_expectations(javascript, source):
    p = np.array(SOURCES[source])
    found = javascript(
        "sample_entropy/math.js", "expectations", [[SOURCES[source], n] for n in SIZES]
    )
    for size, page in zip(SIZES, found, strict=True):
        m = np.arange(1, size + 1)
        share = m / size
        plain = -np.sum(scipy.stats.binom.pmf(m, size, p[:, None]) * share * np.log2(share))
        seen = np.sum(1 - (1 - p) ** size)
        assert page["plain"] == pytest.approx(plain, rel=1e-10)
        added = page["corrected"] - page["plain"]
        assert added == pytest.approx((seen - 1) / (2 * size * np.log(2)), rel=1e-9)
        # Sixty samples lie about them.
        explorer = SampleEntropyExplorer(source, size)
        each = scipy.stats.entropy(explorer.counts, base=2, axis=1)
        assert explorer.plain == pytest.approx(each.mean(), rel=1e-12)
        assert abs(each.mean() - plain) < 4 * each.std() / np.sqrt(60) + 1e-12


def test_the_rule_is_the_gap_of_a_large_sample():
    explorer = SampleEntropyExplorer("letters", 1024)
    assert explorer.rule == pytest.approx(25 / 2048 / np.log(2))
    assert explorer.entropy == pytest.approx(scipy.stats.entropy(explorer.p, base=2))
    assert explorer.entropy - explorer.plain == pytest.approx(explorer.rule, rel=0.3)
