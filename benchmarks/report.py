"""Put the saved measurements into the README: a table, and a chart of each against its goal."""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path

from rows import RESULTS, Row

README = RESULTS.parents[1] / "README.md"
START, END = "<!-- benchmarks:start -->", "<!-- benchmarks:end -->"


def kept(results: Path = RESULTS) -> list[Row]:
    """Return the rows of all benchmarks without the details, benchmark by benchmark."""
    return [
        row
        for path in sorted(results.glob("*.json"))
        for row in json.loads(path.read_text(encoding="utf-8"))
        if not row.get("detail")
    ]


def graphics_cards(results: Path = RESULTS) -> list[str]:
    """Return the GPUs that were measured."""
    return sorted(
        {
            row["device"]
            for path in results.glob("gpu-*.json")
            for row in json.loads(path.read_text(encoding="utf-8"))
        }
    )


def judged(row: Row) -> float:
    """Return the figure of the row that is judged against its goal."""
    return float(row[row["judged"]])


def reached(row: Row) -> bool:
    """Return whether the row's goal was reached."""
    figure = judged(row)
    return bool(figure <= row["goal"] if row["goal_kind"] == "max" else figure >= row["goal"])


def share(row: Row, figure: float) -> float:
    """Return `figure` as a share of what the goal allows: up to 1 is reached, whatever its kind."""
    return float(figure / row["goal"] if row["goal_kind"] == "max" else row["goal"] / figure)


def number(value: float) -> str:
    """Return `value` to three significant digits, never with an exponent."""
    digits = f"{value:.3g}"
    return f"{float(digits):,.0f}" if "e" in digits or abs(value) >= 100 else digits


def amount(value: float, unit: str) -> str:
    """Return a number with its unit."""
    return f"{number(value)} {unit}"


# --- The table ------------------------------------------------------------------------------


def tables(rows: list[Row]) -> str:
    """Return the rows as Markdown: a table for each machine and day, with the versions used."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["device"], row["date"]), []).append(row)
    parts = []
    for (device, date), group in groups.items():
        versions = {f"{name} {of}" for row in group for name, of in row["versions"].items()}
        parts.append(f"On {device}; {date}; {', '.join(sorted(versions, key=str.lower))}:")
        parts.append(table(group))
    return "\n\n".join(parts)


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| What | Goal | Measured | 5 % to 95 % of the runs |", "|---|---|---|---|"]
    for row in rows:
        bound = "at most" if row["goal_kind"] == "max" else "at least"
        goal = "–" if row["goal"] is None else f"{bound} {amount(row['goal'], row['unit'])}"
        verdict = "" if row["goal"] is None else (" ✓" if reached(row) else " ✗")
        which = {"median": "", "q95": " (95th percentile)", "q05": " (5th percentile)"}
        measured = f"**{amount(judged(row), row['unit'])}**{which[row['judged']]}{verdict}"
        spread = f"{number(row['q05'])} to {number(row['q95'])}" if row["runs"] > 1 else "one run"
        cells = [row["name"], goal, measured, spread]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


# --- The chart ------------------------------------------------------------------------------

WIDTH, LEFT, RIGHT, LINE, TOP = 720, 8, 130, 50, 40
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
    """Return an SVG chart of each figure as a share of what its goal allows.

    A bar that ends left of the dashed line has reached its goal. Whiskers span 5 % to 95 % of
    the runs, cut off at the chart's edge.
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
    size = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(says)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f"<style>{STYLE}</style>",
        f'<text class="quiet" x="{x(1):.1f}" y="{TOP - 18}" text-anchor="middle">goal</text>',
    ]
    for index, row in enumerate(rows):
        y = TOP + LINE * index
        end = x(share(row, judged(row)))
        low, high = sorted(x(share(row, row[quantile])) for quantile in ("q05", "q95"))
        kind, verdict = ("bar", "") if reached(row) else ("bar missed", " – missed")
        width, beside = end - LEFT, max(end, high, x(1)) + 8
        figure = escape(amount(judged(row), row["unit"]) + verdict)
        parts += [
            f'<text x="{LEFT}" y="{y + 4}">{escape(row["name"])}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{y + 12}" width="{width:.1f}" height="16" rx="2"/>',
            f'<path class="goal" d="M{x(1):.1f} {y + 8}v24"/>',
            f'<path class="spread" d="M{low:.1f} {y + 20}H{high:.1f}"/>',
            f'<text x="{beside:.1f}" y="{y + 25}">{figure}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


# --- The README -----------------------------------------------------------------------------


def region(rows: list[Row], cards: list[str]) -> str:
    """Return the text between the README's two marks."""
    drawing = "![Each figure as a share of what its goal allows](benchmarks/results/chart.svg)"
    on_gpus = (
        f"`make bench-gpu` has measured {', '.join(cards)}; `benchmarks/results` has the details."
        if cards
        else "No GPU has been measured yet; `make bench-gpu` does so on a machine that has one."
    )
    return f"{START}\n{drawing}\n\n{tables(rows)}\n\n{on_gpus}\n{END}"


def filled(readme: str, rows: list[Row], cards: list[str]) -> str:
    """Return the README's text with the region between its marks renewed."""
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"README.md must have the marks {START} and {END}, in this order")
    return before + region(rows, cards) + after


def main() -> int:
    rows = kept()
    (RESULTS / "chart.svg").write_text(chart(rows), encoding="utf-8")
    text = filled(README.read_text(encoding="utf-8"), rows, graphics_cards())
    README.write_text(text, encoding="utf-8")
    missed = [row["name"] for row in rows if row["goal"] is not None and not reached(row)]
    print(
        f"{len(rows)} figures in README.md; " + (f"missed: {missed}" if missed else "none missed")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
