"""The README is true: its commands exist, its examples run, and its table shows the data."""

from __future__ import annotations

import doctest
import re
import subprocess
from pathlib import Path

import pytest
import report
import rows

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_table_and_the_chart_show_the_saved_results() -> None:
    kept = report.kept()
    assert kept, "benchmarks/results holds no measurement: run `make bench`"
    assert report.filled(README, kept, report.graphics_cards()) == README
    assert (report.RESULTS / "chart.svg").read_text(encoding="utf-8") == report.chart(kept)


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_each_make_command_exists(text: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"\bmake ([a-z-]+)(?= |`|\n)", " ".join(re.findall(r"`[^`]+`", text))))
    assert targets
    assert not {name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)}


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_each_path_exists(text: str) -> None:
    quoted = re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?|[\w-]+/)`", text)
    # Not addresses, nor the state of a figure, as a thing to try has it.
    linked = [x for x in re.findall(r"\]\(([^)]+)\)", text) if not re.search(r"://|^#\w+:", x)]
    mentioned = {path.rstrip("/") for path in quoted + linked}
    homes = [ROOT, ROOT / "lossutils" / "widgets"]
    missing = {path for path in mentioned if not any((home / path).exists() for home in homes)}
    # CONTRIBUTING's examples: a chapter, and the explorer of a loss called poly.
    assert not {path for path in missing if not re.search("topic|poly", path)}


def test_its_python_examples_give_the_results_shown() -> None:
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
    examples = doctest.DocTestParser().get_doctest(code, {}, "README", None, None)
    assert examples.examples
    assert doctest.DocTestRunner().run(examples).failed == 0


def test_make_help_lists_every_command_that_it_explains() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    commands = "book test quick mutants test-oldest test-elsewhere notebooks widgets bench bench-gpu lab pins repository clean"
    for name in commands.split():
        assert re.search(rf"^  make {name} +\w", listed.stdout, re.MULTILINE)


# --- The report itself ----------------------------------------------------------------------


def sample(**changes: object) -> rows.Row:
    made = rows.row("slider | page", [2.0, 1.0, 3.0], unit="ms", goal=2.5, device="a machine")
    return {**made, **changes}


def test_a_row_has_the_median_and_the_quantiles_of_its_samples() -> None:
    made = rows.row("x", list(range(101)), unit="s", packages=["numpy"])
    assert (made["median"], made["q05"], made["q95"], made["runs"]) == (50, 5, 95, 101)
    assert set(made["versions"]) == {"python", "numpy"}
    assert rows.quantile([7.0], 0.95) == 7
    with pytest.raises(ValueError, match="samples of 'x' must hold at least one measurement"):
        rows.row("x", [], unit="s")


@pytest.mark.parametrize(
    ("changes", "verdict", "share"),
    [
        ({}, True, 0.8),
        ({"goal": 1.5}, False, 4 / 3),
        ({"goal_kind": "min"}, False, 1.25),
        ({"goal_kind": "min", "goal": 1.0}, True, 0.5),
        ({"judged": "q95"}, False, 2.9 / 2.5),
    ],
)
def test_a_goal_is_reached_or_missed(changes: dict, verdict: bool, share: float) -> None:
    row = sample(**changes)
    assert report.reached(row) is verdict
    assert report.share(row, report.judged(row)) == pytest.approx(share)
    assert ("✓" if verdict else "✗") in report.table([row])
    assert ("missed" in report.chart([row]).split("</style>")[1]) is not verdict


def test_a_name_cannot_break_the_table() -> None:
    assert "| slider \\| page | at most 2.5 ms | **2 ms** ✓ |" in report.table([sample()])


@pytest.mark.parametrize(
    ("value", "said"), [(0.2345, "0.234"), (16.7, "16.7"), (914, "914"), (12345.6, "12,300")]
)
def test_numbers_have_three_significant_digits(value: float, said: str) -> None:
    assert report.number(value) == said


def test_a_readme_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="must have the marks"):
        report.filled("# A book\n", [sample()], [])


def test_details_stay_out_of_the_table_and_gpus_are_named(tmp_path: Path) -> None:
    assert report.graphics_cards(tmp_path) == []
    assert "No GPU has been measured yet" in report.region([sample()], [])
    rows.write("gpu-x", [sample(device="X 100"), sample(device="X 100", detail=True)], tmp_path)
    assert len(report.kept(tmp_path)) == 1
    assert report.graphics_cards(tmp_path) == ["X 100"]
    assert "has measured X 100;" in report.region(report.kept(tmp_path), ["X 100"])
