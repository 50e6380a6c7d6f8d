"""The explorer of code space: its words can be told apart, and the page finds the same ones."""

import itertools

import numpy as np
import pytest

from lossutils import huffman_lengths, shannon_lengths
from lossutils.widgets import CodeSpaceExplorer

EVERY = list(itertools.product(range(1, 5), repeat=4))


def begins_another(words):
    return any(one.startswith(other) for one, other in itertools.permutations(words, 2))


def some_code(lengths):
    """Return whether there is a prefix code with these lengths, by trying every one."""
    of_length = [["".join(bits) for bits in itertools.product("01", repeat=n)] for n in lengths]
    return any(not begins_another(words) for words in itertools.product(*of_length))


def test_words_are_found_wherever_there_are_any():
    explorer = CodeSpaceExplorer()
    for lengths in EVERY:
        explorer.a, explorer.b, explorer.c, explorer.d = lengths
        words = explorer.words
        if explorer.kraft_sum <= 1:
            assert [len(word) for word in words] == list(lengths)
            assert not begins_another(words)
        else:
            assert "" in words
    # Three digits at most, in any order: few enough for every code to be tried.
    for lengths in itertools.combinations_with_replacement(range(1, 4), 4):
        explorer.a, explorer.b, explorer.c, explorer.d = lengths
        assert (explorer.kraft_sum <= 1) == some_code(lengths)


@pytest.mark.parametrize("source", ["game", "even", "lopsided"])
def test_the_mean_length_is_below_the_entropy_only_where_words_do_not_fit(source):
    fitting, explorer = [], CodeSpaceExplorer(source)
    for lengths in EVERY:
        explorer.a, explorer.b, explorer.c, explorer.d = lengths
        assert explorer.mean_length == pytest.approx(sum(explorer.p * lengths))
        assert explorer.excess == pytest.approx(explorer.mean_length - explorer.entropy)
        if explorer.kraft_sum <= 1:
            assert explorer.excess >= 0
            fitting.append(explorer.mean_length)
    assert min(fitting) == pytest.approx(explorer.p @ huffman_lengths(explorer.p))


def test_the_presets_say_what_they_are():
    presets = CodeSpaceExplorer.presets
    for name, rule in {"Huffman": huffman_lengths, "Shannon": shannon_lengths}.items():
        explorer = CodeSpaceExplorer(**presets[name])
        np.testing.assert_array_equal(explorer.lengths, rule(explorer.p))
    assert CodeSpaceExplorer(**presets["too short"]).kraft_sum > 1


def test_the_page_finds_the_same_words(javascript):
    found = javascript("code_space/math.js", "place", [[lengths] for lengths in EVERY])
    explorer = CodeSpaceExplorer("game")
    for lengths, page in zip(EVERY, found, strict=True):
        explorer.a, explorer.b, explorer.c, explorer.d = lengths
        assert [word["word"] for word in page] == explorer.words
        assert sum(word["share"] for word in page) == explorer.kraft_sum
