"""The explorer of Huffman's tree: its joins, its words, and the page's tree beside Python's."""

import itertools

import numpy as np
import pytest

from lossutils import huffman_lengths
from lossutils.widgets import HuffmanExplorer
from lossutils.widgets.explorers.huffman import tree, words

rng = np.random.default_rng(1952)
ANY = [rng.dirichlet(np.full(n, 10.0**-power)) for n in range(2, 7) for power in (-1, 0, 0.5)]
TIED = [np.array(row) / sum(row) for row in itertools.product((0, 1, 2), repeat=4) if sum(row)]
PRESETS = [np.array(preset["p"]) for preset in HuffmanExplorer.presets.values()]
EVERY = [*ANY, *TIED, *PRESETS]


def test_the_finished_words_make_a_prefix_code_of_huffman_s_lengths():
    for p in EVERY:
        found = words(len(p), tree(p))
        assert [len(word) for word in found] == huffman_lengths(p).tolist()
        used = [word for word in found if word]
        assert not any(a.startswith(b) for a, b in itertools.permutations(used, 2))


def test_after_each_join_the_joins_add_up_to_the_mean_number_of_digits():
    for p in EVERY:
        joins = tree(p)
        assert len(joins) == np.count_nonzero(p) - 1
        for n in range(len(joins) + 1):
            digits = [len(word) for word in words(len(p), joins[:n])]
            assert sum(join.weight for join in joins[:n]) == pytest.approx(p @ digits, abs=1e-12)


def test_each_join_takes_the_two_least_likely_of_what_is_left():
    for p in ANY:
        free = sorted(p)
        for join in tree(p):
            assert join.weight == pytest.approx(free[0] + free[1])
            free = sorted([*free[2:], join.weight])


def test_among_equals_outcomes_go_in_their_order_and_before_joins():
    bag = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
    assert words(4, tree(bag)) == ["0", "10", "110", "111"]
    ties = np.array([0.4, 0.2, 0.2, 0.1, 0.1])
    assert tree(ties)[1][1:] == ([1], [2])  # not with the join of d and e, as likely as b


@pytest.mark.parametrize("name", HuffmanExplorer.presets)
def test_presets_show_a_whole_tree_which_gives_the_mean_length(name):
    explorer = HuffmanExplorer(**HuffmanExplorer.presets[name])
    assert explorer.total == pytest.approx(explorer.mean_length)
    assert -1e-12 <= explorer.excess < 1
    explorer.joins = 1
    assert explorer.total == pytest.approx(sum(sorted(explorer.p)[:2]))
    assert sorted(explorer.words) == ["", "", "", "0", "1"]


def test_the_page_grows_the_same_tree(javascript):
    trees = javascript("huffman/math.js", "tree", [[p.tolist()] for p in EVERY])
    for p, page in zip(EVERY, trees, strict=True):
        assert [(join["weight"], join["left"], join["right"]) for join in page] == tree(p)
    asked = [[len(p), page[:-1]] for p, page in zip(EVERY, trees, strict=True)]
    for p, page in zip(EVERY, javascript("huffman/math.js", "words", asked), strict=True):
        assert page == words(len(p), tree(p)[:-1])
