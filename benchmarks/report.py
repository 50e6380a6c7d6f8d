"""Put the kept measurements into the README: a table, and a chart of each beside its goal."""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path

from rows import RESULTS, Row

README = RESULTS.parents[1] / "README.md"
START, END = "<!-- benchmarks:start -->", "<!-- benchmarks:end -->"


def kept(results: Path = RESULTS) -> list[Row]:
    """Return the rows of all benchmarks, benchmark by benchmark."""
    return [
        row
        for path in sorted(results.glob("*.json"))
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]


def judged(row: Row) -> float:
    """Return the one figure of the row that is held against its goal."""
    return float(row[row["judged"]])


def reached(row: Row) -> bool:
    """Return whether the row's goal was reached."""
    figure = judged(row)
    return bool(figure <= row["goal"] if row["goal_kind"] == "max" else figure >= row["goal"])


def share(row: Row, figure: float) -> float:
    """Return `figure` as a share of what the goal allows: up to 1 is reached, whatever its kind."""
    return float(figure / row["goal"] if row["goal_kind"] == "max" else row["goal"] / figure)


def number(value: float) -> str:
    """Return `value` with three significant digits, never in powers of ten."""
    digits = f"{value:.3g}"
    return f"{float(digits):,.0f}" if "e" in digits or abs(value) >= 100 else digits


def amount(value: float, unit: str) -> str:
    """Return a number with its unit, as it is read aloud."""
    return f"{number(value)} {unit}"


# --- The table ------------------------------------------------------------------------------


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| What | Goal | Measured | 5 % – 95 % of the runs | Where | When |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        bound = "at most" if row["goal_kind"] == "max" else "at least"
        goal = "–" if row["goal"] is None else f"{bound} {amount(row['goal'], row['unit'])}"
        verdict = "" if row["goal"] is None else (" ✓" if reached(row) else " ✗")
        which = {"median": "", "q95": " (95th percentile)", "q05": " (5th percentile)"}
        measured = f"**{amount(judged(row), row['unit'])}**{which[row['judged']]}{verdict}"
        spread = f"{number(row['q05'])} – {number(row['q95'])}" if row["runs"] > 1 else "one run"
        versions = ", ".join(f"{name} {version}" for name, version in row["versions"].items())
        cells = [row["name"], goal, measured, spread, f"{row['device']}; {versions}", row["date"]]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


# --- The chart ------------------------------------------------------------------------------

WIDTH, LEFT, RIGHT, LINE, TOP = 720, 300, 90, 34, 40
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.quiet { fill: #59636e }
.bar { fill: #0072b2 } .missed { fill: #d55e00 }
.spread { stroke: #1f2328; stroke-width: 1.5 }
.goal { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .quiet { fill: #9198a1 }
  .bar { fill: #56b4e9 } .missed { fill: #e69f00 }
  .spread, .goal { stroke: #f0f6fc }
}
"""


def chart(rows: list[Row]) -> str:
    """Return a drawing, in SVG, of each figure as a share of what its goal allows.

    A bar that ends left of the dashed line has reached its goal. Whiskers span 5 % to 95 % of
    the runs; one that leaves the drawing ends at its edge.
    """
    rows = [row for row in rows if row["goal"] is not None]
    longest = max([1.25, *(share(row, judged(row)) for row in rows)])
    height = TOP + LINE * len(rows) + 12

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(value, longest) / longest

    says = "; ".join(
        f"{row['name']}: {amount(judged(row), row['unit'])}, goal {amount(row['goal'], row['unit'])}"
        for row in rows
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(says)}">',
        f"<style>{STYLE}</style>",
        f'<text class="quiet" x="{x(1):.1f}" y="{TOP - 18}" text-anchor="middle">goal</text>',
        f'<path class="goal" d="M{x(1):.1f} {TOP - 10}V{height - 8}"/>',
    ]
    for index, row in enumerate(rows):
        middle = TOP + LINE * index + LINE / 2 - 4
        end = x(share(row, judged(row)))
        low, high = sorted(x(share(row, row[q])) for q in ("q05", "q95"))
        kind = "bar" if reached(row) else "bar missed"
        parts += [
            f'<text x="{LEFT - 10}" y="{middle + 4:.1f}" text-anchor="end">'
            f"{escape(shortened(row['name']))}</text>",
            f'<rect class="{kind}" x="{LEFT}" y="{middle - 8:.1f}" '
            f'width="{end - LEFT:.1f}" height="16" rx="2"/>',
            f'<path class="spread" d="M{low:.1f} {middle:.1f}H{high:.1f}"/>',
            f'<text x="{max(end, high, x(1)) + 8:.1f}" y="{middle + 4:.1f}">'
            f"{escape(amount(judged(row), row['unit']))}{'' if reached(row) else ' – missed'}</text>",
        ]
    return "\n".join([*parts, "</svg>", ""])


def shortened(name: str, longest: int = 44) -> str:
    """Return `name` as far as there is room for it beside its bar."""
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"


# --- The README -----------------------------------------------------------------------------


def region(rows: list[Row]) -> str:
    """Return what stands between the README's two marks."""
    drawing = "![Each figure as a share of what its goal allows](benchmarks/results/chart.svg)"
    return f"{START}\n{drawing}\n\n{table(rows)}\n{END}"


def filled(readme: str, rows: list[Row]) -> str:
    """Return the README's text with the region between its marks made anew."""
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"README.md must have the marks {START} and {END}, in this order")
    return before + region(rows) + after


def main() -> int:
    rows = kept()
    (RESULTS / "chart.svg").write_text(chart(rows), encoding="utf-8")
    README.write_text(filled(README.read_text(encoding="utf-8"), rows), encoding="utf-8")
    missed = [row["name"] for row in rows if row["goal"] is not None and not reached(row)]
    print(
        f"{len(rows)} figures in README.md; " + (f"missed: {missed}" if missed else "none missed")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
