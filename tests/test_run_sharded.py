"""Two processes agree with one that works alone, and the chapter shows their output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from torch.distributed import TCPStore

CHAPTERS = Path(__file__).parents[1] / "chapters"
SCRIPT = CHAPTERS / "_runs" / "sharded.py"


def said_by(processes: int) -> str:
    """Run the script as torchrun would, which would import PyTorch once more itself."""
    # On this machine only, and on a free port, because tests run in parallel.
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    shared = os.environ | {
        "OMP_NUM_THREADS": "1",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(store.port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",  # the processes find each other in our store
        "WORLD_SIZE": str(processes),
    }
    run = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            env=shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(processes)
    ]
    try:
        said = [process.communicate(timeout=300) for process in run]
    finally:
        for process in run:
            process.kill()  # one that waits for another in vain
    assert not any(process.returncode for process in run), [error for _, error in said]
    return "".join(output for output, _ in said)


@pytest.fixture(scope="module")
def said() -> str:
    return said_by(2)


def test_classes_on_two_processes_give_the_loss_and_gradients_of_one(said: str) -> None:
    by_classes, _ = said.split("samples shared out")
    assert re.findall(r"(\S.*\S) +differs by (.+)", by_classes) == [
        ("loss", "≤ 1e-12"),
        ("gradient of h", "≤ 1e-12"),
        ("gradient of W", "≤ 1e-12"),
    ]
    assert "shape (64, 500)" in by_classes


def test_three_numbers_a_sample_cross_the_wire_and_the_gradient_of_h(said: str) -> None:
    sent = re.findall(r"(all_reduce \w+) +(\d+) numbers +(\d+) bytes", said)
    assert sent == [
        ("all_reduce max", "64", "512"),
        ("all_reduce sum", "64", "512"),
        ("all_reduce sum", "64", "512"),
        ("all_reduce sum", "1024", "8192"),
    ]
    assert f"in all {3 * 512 + 8192} bytes; the logits are {64 * 1000 * 8} bytes" in said


def test_the_mean_of_means_is_wrong_and_one_divisor_right(said: str) -> None:
    _, by_samples = said.split("samples shared out")
    found = re.findall(
        r"(mean of means|one divisor) +([\d.]+), alone ([\d.]+)\n +gradient of W +differs by (.+)",
        by_samples,
    )
    (_, wrong, alone, far), (_, right, same, near) = found
    assert alone == same == right != wrong
    assert near == "≤ 1e-12"
    assert float(far) > 0.1


def test_the_chapter_shows_what_the_script_says(said: str) -> None:
    notebook = nbformat.read(CHAPTERS / "gpu-and-scale.ipynb", as_version=4)
    outputs = [
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
    ]
    assert said.strip() in [text.strip() for text in outputs]
