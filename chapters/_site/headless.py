"""The headless browser in which the site is tested and measured."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

# The first is the smallest: it has no windows.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)

# Chromium uses only the last such list, so this repeats what Playwright turns off.
TURNED_OFF = (
    # The browser's own pages, loaded with each window; each costs as much as one of ours.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # Playwright's own list: features that contact other addresses, delay a page or rewrite it.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(TURNED_OFF)}",
    # Only this machine has an address, so no request can leave it, even one that no test notices.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def launch(playwright: Playwright) -> Browser:
    """Start this machine's Chromium, or the one that Playwright downloaded."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return playwright.chromium.launch(executable_path=found, args=FLAGS)


# Pictures that wait until they come into view count too: a visitor reads on.
READ_ON = """() => Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  return image.decode();
}))"""


def note_requests(page: Page) -> list[str]:
    """Return a list to which every address will be added that the page asks for."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def gzipped(*files: Path) -> float:
    """Return how many kilobytes the files take on the way to the reader."""
    return sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in files) / 1000
