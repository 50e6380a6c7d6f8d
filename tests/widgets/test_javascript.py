"""The explorers' JavaScript has no type error, and its own tests pass."""

import re
from pathlib import Path

TESTS = sorted((Path(__file__).resolve().parents[1] / "js").glob("*.test.js"))


def test_types_are_right(node):
    node("node_modules/typescript/bin/tsc")


def test_it_is_formatted_and_linted(node):
    biome = "node_modules/@biomejs/biome/bin/biome"
    mend = "in lossutils/widgets/js run: npm run format"
    node(biome, "ci", "--error-on-warnings", "--colors=off", "../../..", mend=mend)


def test_its_own_tests_pass(node):
    report = node("--test", "--test-reporter=spec", *TESTS)
    counts = dict(re.findall(r"^ℹ (tests|pass|skipped|todo) (\d+)$", report, re.MULTILINE))
    assert int(counts["tests"]) > len(TESTS)
    assert counts["pass"] == counts["tests"], report
