"""What all tests share: the array libraries to run on, Hypothesis's settings, how workers share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import array_api_compat
import array_api_strict
import numpy as np
import pytest
import torch
from array_api_compat import torch as torch_namespace
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

# The same examples in every run, so that a failure can be reproduced.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


# The same numbers drawn in every run, alone or among others, by a module as it loads and by a test.
def pytest_collectstart() -> None:
    torch.manual_seed(0)


def pytest_runtest_setup() -> None:
    torch.manual_seed(0)


@dataclass(frozen=True)
class Library:
    """An array library on a device, as a test sees it."""

    name: str
    namespace: Any
    device: Any = None

    def array(self, values: Any, dtype: str = "float64") -> Any:
        """Return `values` as this library's array."""
        of_type = getattr(self.namespace, dtype)
        return self.namespace.asarray(values, dtype=of_type, device=self.device)

    def numpy(self, x: Any) -> np.ndarray:
        """Return this library's array `x` as NumPy's, checking that it is this library's."""
        if self.name == "numpy":
            assert isinstance(x, (np.ndarray, np.generic))
            return np.asarray(x)
        assert array_api_compat.array_namespace(x) is self.namespace
        if self.name == "array-api-strict":
            return np.asarray(x)
        assert x.device.type == self.device
        return x.detach().cpu().numpy()


LIBRARIES = [
    Library("numpy", np),
    Library("array-api-strict", array_api_strict),
    Library("torch", torch_namespace, "cpu"),
    *([Library("torch-cuda", torch_namespace, "cuda")] if torch.cuda.is_available() else []),
]


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.name)
def xp(request: pytest.FixtureRequest) -> Library:
    """Run the test on NumPy, array-api-strict, torch, and torch on a GPU where there is one."""
    return request.param


@pytest.fixture(
    params=[library for library in LIBRARIES if library.device != "cuda"],
    ids=lambda library: library.name,
)
def readable_xp(request: pytest.FixtureRequest) -> Library:
    """Run the test where reading a value is free, so that the library checks it."""
    return request.param


@pytest.fixture(
    params=[library for library in LIBRARIES if library.name.startswith("torch")],
    ids=lambda library: library.name,
)
def torch_xp(request: pytest.FixtureRequest) -> Library:
    """Run the test on torch alone, which has gradients."""
    return request.param


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Run the test on one thread of PyTorch's: in small networks more would only wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class ByPage(LoadFileScheduling):
    """Give a worker the tests of one file or, in the browser, of one page, which they share."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        page = re.search(r"[\w-]+\.html", test)
        # The tests of links open none, and parse all pages whichever they are about.
        apart = page and "/browser/" in file and "_links.py" not in file
        return f"{file.rpartition('/')[0]} {page[0]}" if apart else file


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker begin with a file that needs the site, and so build it for all.

    By the time when the others come to such files, it is there.
    """
    items.sort(key=lambda item: item.path.name != "test_links.py")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return ByPage(config, log) if config.getvalue("dist") == "loadfile" else None
