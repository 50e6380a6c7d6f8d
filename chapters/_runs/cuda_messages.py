"""Provoke what PyTorch says on a GPU when these losses are misused.

    python chapters/_runs/cuda_messages.py      writes chapters/data/cuda-messages.json

Needs a GPU. Each call has a process of its own, since after a failed assertion on the device a
process can do no more work there. Kept are the error's type, the first line of its message, and
the assertion that the device printed, if any.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import torch

RESULTS = Path(__file__).parents[1] / "data" / "cuda-messages.json"

PREPARED = """
import torch
import torch.nn.functional as F
import lossutils
z = torch.zeros(4, 3, device="cuda", requires_grad=True)
y = torch.tensor([0, 2, 1, 1], device="cuda")
p = z.softmax(dim=1).detach()
wrong = torch.tensor([0, 2, 3, 1], device="cuda")
pixels = torch.zeros(2, 3, 4, 4, device="cuda")
void = torch.full((2, 4, 4), 255, device="cuda")
"""
CALLS = [
    "F.cross_entropy(z, wrong).item()",
    'F.cross_entropy(z, wrong, reduction="none").tolist()',
    "F.cross_entropy(pixels, void).item()",
    "F.cross_entropy(z, wrong); z @ z.T",
    "lossutils.cross_entropy_loss(z, wrong).item()",
    "F.binary_cross_entropy(z + 2, p).item()",
    "F.binary_cross_entropy(p, p + 2).item()",
    "F.cross_entropy(z, y.cpu())",
    "F.cross_entropy(z, y, weight=torch.ones(3))",
    "F.cross_entropy(z, p.cpu())",
    "F.binary_cross_entropy_with_logits(z, p, pos_weight=torch.ones(3))",
    'with torch.autocast("cuda"): F.binary_cross_entropy(p, p)',
    "torch.use_deterministic_algorithms(True); F.cross_entropy(pixels, void % 3)",
    "F.cross_entropy(z, y).detach().numpy()",
]


def said(stderr: str) -> dict[str, str]:
    """Return the error, the first line of its message, and the device's assertion."""
    (message,) = re.findall(r"^(?:[\w.]+\.)?(\w+(?:Error|Exception)): (.*)$", stderr, re.MULTILINE)[
        -1:
    ]
    assertion = re.search(r"/native/cuda/(\w+\.cu):\d+: (\S+): .*?Assertion `(.*)` failed", stderr)
    names = ("file", "kernel", "assertion")
    return {
        "error": message[0],
        "message": message[1],
        **(dict(zip(names, assertion.groups(), strict=True)) if assertion else {}),
    }


def provoked(call: str) -> dict[str, str]:
    """Return what a process says that makes this call."""
    done = subprocess.run(
        [sys.executable, "-c", PREPARED + call], capture_output=True, text=True, check=False
    )
    if not done.returncode:
        raise RuntimeError(f"{call} gave no error")
    return {"call": call, **said(done.stdout + done.stderr)}


def main() -> None:
    if not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU on this machine: nothing was run.")
    found = {
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__.partition("+")[0],
        "date": datetime.now(UTC).date().isoformat(),
        "rows": [provoked(call) for call in CALLS],
    }
    text = json.dumps(found, indent=2, ensure_ascii=False)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
