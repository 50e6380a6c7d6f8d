"""Notebooks under test show no progress bars, because these differ from run to run."""

import os

os.environ.setdefault("TQDM_DISABLE", "1")
