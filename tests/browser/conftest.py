"""The built site in a headless browser that reaches nothing else.

Every page that a test opens is watched: a console message, an error in the page or a request to
anything but the site itself fails the test that opened it.

`BOOK=folder pytest tests/browser` tests the site of another copy of the project.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import contents
import headless
import pytest
import repository
import serve
from filelock import FileLock
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(os.environ.get("BOOK", Path(__file__).resolve().parents[2])).resolve()
SITE = ROOT / "_build" / "html"
AXE = repository.ROOT / "lossutils/widgets/js/node_modules/axe-core/axe.min.js"

PHONE, LAPTOP = (390, 844), (1280, 900)

TAB_ICON_OFFLINE = r"ERR_INTERNET_DISCONNECTED.*/_static/favicon\.svg"

LIVE = "[...document.querySelectorAll('[data-explorer]')].every((e) => 'live' in e.dataset)"


# --- Which pages there are ------------------------------------------------------------------


def has_explorers(name: str) -> bool:
    """Say whether a document is a notebook with explorers: a chapter, not a page of reference."""
    notebook = ROOT / f"{name}.ipynb"
    return notebook.exists() and "Explorer(" in notebook.read_text(encoding="utf-8")


CHAPTERS = [f"{name}.html" for name in contents.DOCUMENTS if has_explorers(name)]
OTHERS = [f"{name}.html" for name in contents.DOCUMENTS if not has_explorers(name)]
PAGES = [*CHAPTERS, *OTHERS, "genindex.html", "search.html", "404.html"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a `path` on every page, and one for a `chapter` on each chapter."""
    if "chapter" in metafunc.fixturenames:
        metafunc.parametrize("path", CHAPTERS)
    elif "path" in metafunc.fixturenames:
        metafunc.parametrize("path", PAGES)


# These look at a page as it has just come; the tests of other files move what is on it.
FIRST = ["test_pages.py", "test_layout.py"]


@pytest.hookimpl(trylast=True)  # pytest itself sorts by fixtures
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of all files come to one page before any comes to the next, to share it."""
    turn = {page.rpartition("/")[2]: number for number, page in enumerate(PAGES)}

    def key(item: pytest.Item) -> tuple[int, int]:
        page = re.search(r"[\w-]+\.html", item.name)
        file = item.path.name
        if page is None or file.endswith("_links.py"):  # these open none
            return -1, 0
        return turn.get(page[0], len(turn)), FIRST.index(file) if file in FIRST else len(FIRST)

    places = [k for k, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    for place, item in zip(places, sorted((items[k] for k in places), key=key), strict=True):
        items[place] = item


@pytest.fixture
def chapter(path: str) -> str:
    """Return the page of a chapter."""
    return path


# --- The site -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Book:
    """The built site: its folder, and the address at which it is served."""

    folder: Path
    url: str

    def at(self, path: str) -> str:
        return self.url + path


def is_up_to_date() -> bool:
    built = SITE / "index.html"
    if not built.exists():
        return False
    sources = [ROOT / "_config.yml", ROOT / "_toc.yml", ROOT / "lossutils" / "widgets" / "static"]
    sources += [p for p in (ROOT / "chapters").rglob("*") if "__pycache__" not in p.parts]
    sources += (ROOT / "lossutils").glob("*.py")  # the reference shows their docstrings
    return max(path.stat().st_mtime for path in sources) < built.stat().st_mtime


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built site; build it where what is there is older than its source."""
    # The first of several workers builds for all.
    with FileLock(tmp_path_factory.getbasetemp().parent / "site.lock"):
        if not is_up_to_date():
            shutil.rmtree(ROOT / "_build", ignore_errors=True)
            command = [Path(sys.executable).parent / "jupyter-book", "build", ".", "-W", "-n"]
            done = subprocess.run(
                [*command, "--keep-going"],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                check=False,
            )
            if done.returncode:
                pytest.fail(f"the site does not build:\n{done.stdout}", pytrace=False)
    return SITE


@pytest.fixture(scope="session")
def book(site: Path) -> Iterator[Book]:
    """Serve the site below a path, as GitHub Pages does; a request outside it counts as foreign."""
    prefix = urlsplit(repository.pages(repository.address(ROOT))).path.strip("/")
    with serve.server(site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Book(site, f"http://127.0.0.1:{server.server_port}/{prefix}/")
        server.shutdown()
        thread.join()


# --- The browser ----------------------------------------------------------------------------


# For this folder only: while Playwright runs, no other test in this process can run an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = headless.launch(playwright)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What the pages of one context said, and what they asked for outside the site."""

    home: str
    messages: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.requested(request.url))
        context.on("weberror", lambda error: self.said(f"error: {error.error}"))
        context.on("console", self.wrote)

    def requested(self, url: str) -> None:
        if not url.startswith((self.home, "data:", "blob:")):
            self.foreign.append(url)

    def wrote(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.said(f"{message.type}: {message.text} ({message.location['url']})")

    def said(self, message: str) -> None:
        # The tab's icon is fetched by the browser, not by the page, and when it likes: on a busy
        # machine only after a test has turned networking off. One that is not there is still told.
        if re.search(TAB_ICON_OFFLINE, message):
            return
        self.messages.append(message)


Open = Callable[..., Page]


@dataclass
class Tabs:
    """Pages of the site that are open, each in a context of its own, and what they said."""

    browser: Browser
    book: Book
    opened: list[tuple[BrowserContext, Watch]] = field(default_factory=list)

    def open(
        self,
        path: str,
        *,
        size: tuple[int, int] = LAPTOP,
        scheme: str = "light",
        touch: bool = False,
        scripts: bool = True,
        from_disk: bool = False,
        stopped: bool = False,
        prepare: Callable[[Page], None] | None = None,
        **options: Any,
    ) -> Page:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            has_touch=touch,
            java_script_enabled=scripts,
            **options,
        )
        context.set_default_timeout(30_000)  # a busy machine has few seconds left for one page
        home = f"{self.book.folder.as_uri()}/" if from_disk else self.book.url
        watch = Watch(home)
        watch.follow(context)
        self.opened.append((context, watch))
        page = context.new_page()
        page.watch = watch
        if stopped:
            page.clock.install()
        if prepare:
            prepare(page)
        page.goto(home + path)
        if scripts:
            page.wait_for_function(LIVE)
        if stopped:  # time goes on when a test lets it: a busy machine's would between two steps
            page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 2)
        return page

    def close(self) -> None:
        for context, _ in self.opened:
            context.close()
        watches = [watch for _, watch in self.opened]
        self.opened.clear()
        self.check(watches)

    def check(self, watches: list[Watch] | None = None) -> None:
        watches = [watch for _, watch in self.opened] if watches is None else watches
        foreign = [url for watch in watches for url in watch.foreign]
        messages = [message for watch in watches for message in watch.messages]
        for watch in watches:
            watch.foreign.clear()
            watch.messages.clear()
        assert foreign == [], "requests to anything but the site itself"
        assert messages == [], "the console or an error in the page"


@pytest.fixture
def open_page(browser: Browser, book: Book) -> Iterator[Open]:
    """Return a function that opens a page of the site and waits until its explorers are live."""
    tabs = Tabs(browser, book)
    yield tabs.open
    tabs.close()


@pytest.fixture(scope="package")
def kept(browser: Browser, book: Book) -> Iterator[tuple[Tabs, dict[str, Page]]]:
    tabs = Tabs(browser, book)
    yield tabs, {}
    tabs.close()


SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifts.push(entry.value);
  }).observe({ type: "layout-shift", buffered: true });
"""


def watched(page: Page) -> None:
    """Note what moves on a page from its beginning, and what it asks for."""
    page.add_init_script(SHIFTS)
    page.asked = headless.note_requests(page)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.failed = report.failed or getattr(item, "failed", False)
    return report


@pytest.fixture
def same_page(request: pytest.FixtureRequest, kept: tuple[Tabs, dict[str, Page]]) -> Iterator[Open]:
    """Return a function that opens a page as open_page does, or gives it again as it was left.

    To load a page takes longer than most of what is asked of it, so the tests of all files share
    one, whatever its width: a test that needs an explorer's first state resets it. A page that a
    test failed on is closed, and so are those of another chapter.
    """
    tabs, pages = kept

    def close() -> None:
        pages.clear()
        tabs.close()

    def same_page(
        path: str,
        *,
        size: tuple[int, int] = LAPTOP,
        reduced_motion: str = "no-preference",
        **how: Any,
    ) -> Page:
        key = f"{path} {how}"
        if not all(known.startswith(f"{path} ") for known in pages):
            close()
        if key not in pages:
            pages[key] = tabs.open(path, size=size, prepare=watched, **how)
        page = pages[key]
        page.emulate_media(reduced_motion=reduced_motion)
        if page.viewport_size != {"width": size[0], "height": size[1]}:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.evaluate(SETTLED)
        return page

    yield same_page
    if getattr(request.node, "failed", False):
        close()
    tabs.check()


# --- What tests read from an explorer -------------------------------------------------------

READ = """(root) => {
  const all = (selector) => [...root.querySelectorAll(selector)];
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  const name = root.dataset.explorer;
  return {
    name,
    place: [...document.querySelectorAll(`[data-explorer=${name}]`)].indexOf(root),
    quantities: Object.fromEntries(all("output[data-quantity]").map((e) => [e.dataset.quantity, e.dataset.value])),
    handles: Object.fromEntries(all("[role=slider]").filter(shown).map((e) => [e.getAttribute("aria-label"), e.getAttribute("aria-valuenow")])),
    sliders: Object.fromEntries(all("input[type=range]").filter(shown).map((e) => [e.labels[0].textContent, e.parentElement.querySelector(".control-value").dataset.value])),
    chosen: Object.fromEntries(all("fieldset.control").map((e) => [
      e.querySelector("legend").textContent,
      e.querySelector("input:checked").labels[0].textContent])),
    checked: Object.fromEntries(all("input[type=checkbox]").map((e) => [e.labels[0].textContent, e.checked])),
    buttons: all("button").map((e) => e.textContent),
    formula: root.querySelector(".explorer-formula")?.textContent,
  };
}"""

# What a redraw needs: the frame in which it is done, and the one after it.
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# After a change of width the side bar comes or goes within a moment, and moves the text with it.
SETTLED = f"""async () => {{
  await ({FRAMES})();
  const moving = document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime < 2000);
  await Promise.allSettled(moving.map((a) => a.finished));
  await ({FRAMES})();
}}"""


@pytest.fixture(scope="session")
def frames() -> str:
    """Return a JavaScript function that waits until what was changed has been painted."""
    return FRAMES


@dataclass(frozen=True)
class Shown:
    """What an explorer shows, by the names that its parts have on the page."""

    name: str
    saved: dict[str, Any]
    quantities: dict[str, float]
    handles: dict[str, float]
    sliders: dict[str, float]
    chosen: dict[str, str]
    checked: dict[str, bool]
    buttons: list[str]
    formula: str | None


def numbers(texts: dict[str, str]) -> dict[str, float]:
    return {name: float(text) for name, text in texts.items()}


STATE = 'script[type="application/vnd.jupyter.widget-state+json"]'


def saved(page: Page, name: str, place: int) -> dict[str, Any]:
    """Return what Python saved of an explorer: its figure is the page's n-th of that name."""
    if not hasattr(page, "models"):
        models = json.loads(page.evaluate(f"document.querySelector('{STATE}').textContent"))
        page.models = [model["state"] for model in models["state"].values()]
    return [model for model in page.models if model.get("_explorer") == name][place]


def shown(page: Page, seen: dict[str, Any]) -> Shown:
    for kind in ("quantities", "handles", "sliders"):
        seen[kind] = numbers(seen[kind])
    return Shown(saved=saved(page, seen["name"], seen.pop("place")), **seen)


@pytest.fixture(scope="session")
def read() -> Callable[[Any], Shown]:
    """Return a function that reads what an explorer shows, once it has redrawn."""

    def read(explorer: Any) -> Shown:
        seen = explorer.evaluate(f"async (root) => (await ({FRAMES})(), ({READ})(root))")
        return shown(explorer.page, seen)

    return read


@pytest.fixture(scope="session")
def read_each() -> Callable[[Any, str, list[Any]], list[Shown]]:
    """Return a function that reads an explorer after each of several changes.

    A change is a JavaScript function of the explorer and of one of the `arguments`.
    """

    def read_each(explorer: Any, change: str, arguments: list[Any]) -> list[Shown]:
        steps = f"""async (root, all) => {{
          const seen = [];
          for (const each of all) {{
            ({change})(root, each);
            await ({FRAMES})();
            seen.push(({READ})(root));
          }}
          return seen;
        }}"""
        return [shown(explorer.page, seen) for seen in explorer.evaluate(steps, arguments)]

    return read_each


@pytest.fixture(scope="session")
def pages() -> list[str]:
    """Return all pages that a test with a `path` is run on."""
    return PAGES


@pytest.fixture(scope="session")
def chapters() -> list[str]:
    """Return all pages that a test with a `chapter` is run on."""
    return CHAPTERS


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe-core's script."""
    if not AXE.exists():
        node = repository.ROOT / "lossutils/widgets/js/node.py"
        pytest.fail(f"axe-core is missing: run python {node} npm ci", pytrace=False)
    return AXE.read_text(encoding="utf-8")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    # pytest asks this hook for the tests of every folder: only numbers and words are ours to name.
    ours = isinstance(val, tuple) and all(isinstance(part, (str, int, float)) for part in val)
    return json.dumps(val) if ours else None
