"""The form of a measurement on disk, and the functions that write it.

Each benchmark writes `results/<benchmark>.json`: a list of rows. A row is a flat object:

    name       what was measured, in the words of the README's table
    unit       "ms", "s", "KB", …; "×" for a ratio to a peer measured in the same run
    goal       the figure to reach, or null if a row is only reported
    goal_kind  "max": the goal is an upper bound; "min": a lower bound
    judged     which of the figures below is judged against the goal: "median", "q05" or "q95"
    median, q05, q95, runs    over the samples of this run
    peer       null, or what it was measured against: {"name": …, "median": …, "unit": …}
    device, versions, date    where, with what and when
    detail     true (or absent) for a row too detailed for the README
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

RESULTS = Path(__file__).parent / "results"

Row = dict[str, Any]


def row(
    name: str,
    samples: Sequence[float],
    *,
    unit: str,
    goal: float | None = None,
    goal_kind: Literal["max", "min"] = "max",
    judged: Literal["median", "q05", "q95"] = "median",
    peer: Mapping[str, Any] | None = None,
    packages: Iterable[str] = (),
    device: str | None = None,
) -> Row:
    """Return the row for `samples`: one number for each run, in `unit`.

    `packages` are the distributions whose versions matter besides Python's; `device` is by default
    this machine's processor.
    """
    if not samples:
        raise ValueError(f"samples of {name!r} must hold at least one measurement, got none")
    return {
        "name": name,
        "unit": unit,
        "goal": goal,
        "goal_kind": goal_kind,
        "judged": judged,
        "median": quantile(samples, 0.5),
        "q05": quantile(samples, 0.05),
        "q95": quantile(samples, 0.95),
        "runs": len(samples),
        "peer": dict(peer) if peer else None,
        **machine(packages, device=device),
    }


def told(figure: Row) -> str:
    """Return a row, and its peer's, as one line to print."""
    peer = figure["peer"]
    return (
        f"{figure['name']}: {figure['median']:.3g} {figure['unit']} "
        f"({figure['q05']:.3g} to {figure['q95']:.3g}; "
        f"{peer['name']} {peer['median']:.3g} {peer['unit']})"
    )


def machine(packages: Iterable[str] = (), *, device: str | None = None) -> Row:
    """Return device, versions and date, without which a figure means nothing later."""
    return {
        "device": device or processor(),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in packages},
        },
        "date": datetime.now(UTC).date().isoformat(),
    }


def quantile(samples: Sequence[float], fraction: float) -> float:
    """Return the quantile by linear interpolation, to six significant digits."""
    ordered = sorted(samples)
    position = fraction * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    share = position - below
    return significant((1 - share) * ordered[below] + share * ordered[above])


def significant(value: float) -> float:
    """Return `value` to six significant digits, more than any measurement can be trusted for."""
    return float(f"{value:.6g}")


def processor() -> str:
    """Return the processor's model, and how many of its cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return f"{model}, {cores} core{'s' if cores != 1 else ''}"


def write(benchmark: str, rows: Sequence[Row], folder: Path = RESULTS) -> Path:
    """Write one benchmark's rows where the report looks for them; return the file."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{benchmark}.json"
    path.write_text(json.dumps(list(rows), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
