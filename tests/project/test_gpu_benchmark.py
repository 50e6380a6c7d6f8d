"""`make bench-gpu` runs to the end, on a CPU at small sizes, and measures what it says."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import chunked
import gpu
import pytest
import torch

ROOT = Path(__file__).parents[2]
# Dynamo's own warnings, about caches and about a class that it creates itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    # Inductor would need a C++ compiler, and minutes.
    return gpu.run("cpu", small=True, backend="aot_eager")


def chosen(rows: list[dict[str, Any]], **fields: Any) -> list[dict[str, Any]]:
    return [row for row in rows if all(row.get(k) == v for k, v in fields.items())]


def test_everything_is_measured(rows: list[dict[str, Any]]) -> None:
    assert all(math.isfinite(row["median"]) for row in rows)
    assert {row["what"] for row in rows} == {
        "agreement",
        "bandwidth",
        "kernel",
        "memory",
        "share",
        "share of the limit",
        "speed-up",
        "time",
    }
    limits = set()
    for mode in ("eager", "compiled"):
        for direction in gpu.PASSES:
            for name in ("cross_entropy_loss", "F.cross_entropy"):
                of = {"mode": mode, "pass": direction, "function": name}
                (time,) = chosen(rows, what="time", **of)
                (share,) = chosen(rows, what="share of the limit", **of)
                assert share["median"] == pytest.approx(time["median"] / share["limit_ms"], 1e-4)
                # One pass suffices: read the logits and, with the gradient, write that too.
                passes = {"forward": 1, "forward+backward": 2}[direction]
                limits.add(round(share["limit_ms"] / passes, 6))
        assert 0 < sum(r["median"] for r in chosen(rows, what="kernel", mode=mode)) <= 200 + 1e-3
    assert len(limits) == 1
    goals = [row["goal"] for row in rows if row["goal"] is not None]
    assert sorted(goals) == [1.3, 1.5, 10]
    json.dumps(rows, allow_nan=False)


def test_errors_are_those_of_the_types(rows: list[dict[str, Any]]) -> None:
    eps = {dtype: torch.finfo(getattr(torch, dtype)).eps for dtype in gpu.DTYPES}
    agreement = chosen(rows, what="agreement")
    assert len(agreement) == len(gpu.PAIRS) * len(gpu.DTYPES) * 2 * 2
    for row in agreement:
        if row["whose"] == "lossutils":
            assert row["median"] <= 8 * eps[row["dtype"]], row["name"]


def test_what_cannot_be_measured_is_recorded_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gpu.shutil, "which", lambda name: None)
    bench = gpu.Bench("cpu", "inductor", small=True)
    assert gpu.measured(bench, "a loss", lambda: None, "compiled", {}) == []
    (row,) = bench.rows
    assert (row["median"], row["detail"]) == (None, True)
    assert row["why"] == "torch.compile needs a C++ compiler on a CPU, and there is no g++"
    monkeypatch.setattr(gpu, "BUDGET", 0.0)
    assert gpu.measured(bench, "a loss", lambda: None, "eager", {}) == []
    assert bench.rows[1]["why"] == "the 0 s were over"


def test_the_ledger_counts_what_is_held_at_once() -> None:
    with chunked.Ledger() as ledger:
        a = torch.ones(100)
        b = a + 1  # beside a
        del a
        c = b.view(10, 10) * 2  # reuses the memory of a; a view takes none
        del b, c
    assert (ledger.peak, ledger.now) == (800, 0)


@pytest.mark.parametrize("features", [2048, 4096])
def test_chunks_need_at_most_a_tenth_of_the_memory(features: int) -> None:
    *held, share = chunked.memory(8192, 128_256, features, "bfloat16", "meta")
    stored = json.loads((ROOT / "benchmarks" / "results" / "chunked.json").read_text())
    names = {row["name"]: row["median"] for row in stored}
    for row in (*held, share):
        assert names[row["name"]] == pytest.approx(row["median"], 1e-3)
    assert share["median"] <= share["goal"] == 10


def test_without_a_gpu_nothing_is_written() -> None:
    if torch.cuda.is_available():
        arguments, says = ["--small"], "Only a full run on a GPU is saved among the results"
    else:
        arguments, says = [], "PyTorch finds no GPU on this machine: nothing was measured."
    command = [sys.executable, ROOT / "benchmarks" / "gpu.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert says in done.stderr


def test_the_file_is_named_after_the_card() -> None:
    assert gpu.file_name("NVIDIA H200 (SXM)") == "gpu-nvidia-h200-sxm"
