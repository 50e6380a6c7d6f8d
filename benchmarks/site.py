"""Time and size of what a reader's browser does with the built site, and the time to build it.

    python benchmarks/site.py

Chromium opens a chapter as it is, and the same page with ipywidgets' standard embed in place of
the book's runtime: html-manager, require.js and anywidget's module, all served from this machine
beside the site. Loads alternate, each with an empty cache. The page itself says when it is live:
when a moved slider has changed its figure's readout.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright
from rows import Row, quantile, row, write

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "chapters" / "_site"))
import contents
import headless
import serve

STATIC = ROOT / "lossutils" / "widgets" / "static"
NODE = ROOT / "lossutils" / "widgets" / "js" / "node.py"
PAGE = "chapters/entropy.html"
LOADS = 11
BUILDS = 3
MOVES = 40
REPEATS = 5  # of each move: a shared machine runs at half its speed for a while, again and again
WARM_UP = 60  # moves, until the code has been compiled: about a second of dragging
SPEEDS = {"full": 1, "quarter": 4}
PACKAGES = ("jupyter-book", "anywidget", "playwright")

PEER = "ipywidgets’ standard embed"
PEERS = {"@jupyter-widgets/html-manager": "1.0.15", "requirejs": "2.3.8", "anywidget": "0.11.0"}
# Where html-manager looks for anywidget's module, whatever the version that the state asks for.
SCRIPTS = {
    "require.js": "requirejs/require.js",
    "embed-amd.js": "@jupyter-widgets/html-manager/dist/embed-amd.js",
    "anywidget.js": "anywidget/dist/index.js",
}

# How a page loads one of the explorers' scripts.
OWN_SCRIPT = re.compile(
    r'<script[^>]*\bsrc="[^"]*_static/explorers/([\w-]+\.js)[^"]*"[^>]*></script>'
)

# --- The two sites --------------------------------------------------------------------------


def build(folder: Path) -> float:
    """Build the book from a copy of its sources in `folder`; return the seconds it took."""
    for name in ("chapters", "lossutils"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, folder)
    program = Path(sys.executable).parent / "jupyter-book"
    start = time.perf_counter()
    subprocess.run(
        [program, "build", ".", "-W", "-n", "--keep-going"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    return time.perf_counter() - start


def fetch_peers(folder: Path) -> dict[str, Path]:
    """Install the standard embed's packages in `folder`; return its scripts."""
    (folder / "package.json").write_text("{}", encoding="utf-8")
    wanted = [f"{name}@{version}" for name, version in PEERS.items()]
    options = ["--prefix", str(folder), "--no-audit", "--no-fund", "--no-save", "--ignore-scripts"]
    subprocess.run(
        [sys.executable, NODE, "npm", "install", *options, *wanted],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return {name: folder / "node_modules" / path for name, path in SCRIPTS.items()}


def with_standard_embed(page: str) -> str:
    """Return the page as the standard embed needs it: with its scripts, and code in the state."""
    state = re.compile(
        r'(<script type="application/vnd\.jupyter\.widget-state\+json">)(.*?)(</script>)', re.DOTALL
    )

    def with_code(match: re.Match[str]) -> str:
        saved = json.loads(match[2])
        for model in saved["state"].values():
            name = model["state"].get("_explorer")
            if name:
                model["state"]["_esm"] = (STATIC / f"{name}.js").read_text(encoding="utf-8")
                styles = (STATIC / f"{style}.css" for style in ("explorers", name))
                model["state"]["_css"] = "\n".join(
                    style.read_text(encoding="utf-8") for style in styles if style.exists()
                )
        return match[1] + json.dumps(saved).replace("</", "<\\/") + match[3]

    # What myst-nb puts there unless it is told otherwise, but from this machine.
    scripts = (
        '<script src="/peer/require.js"></script>'
        '<script data-jupyter-widgets-cdn="/peer/" src="/peer/embed-amd.js"></script>'
    )
    own = OWN_SCRIPT.search(page)
    if own is None:
        raise ValueError(f"{PAGE} loads none of the explorers' scripts")
    page = OWN_SCRIPT.sub("", page.replace(own[0], scripts))
    return state.sub(with_code, page)


def add_peer(site: Path, scripts: dict[str, Path]) -> str:
    """Put the page with the standard embed beside the page without; return its path."""
    peer = site / "peer"
    peer.mkdir()
    for name, script in scripts.items():
        shutil.copy(script, peer / name)
    path = PAGE.replace(".html", "-embed.html")
    html = with_standard_embed((site / PAGE).read_text(encoding="utf-8"))
    # A real CDN has the module at NAME@VERSION/dist/index.js: the state says which version.
    for version in set(
        re.findall(r'"_anywidget_id".*?"_model_module_version": "([^"]*)"', html)
    ) | set(re.findall(r'"_model_module": "anywidget", "_model_module_version": "([^"]*)"', html)):
        module = peer / f"anywidget@{version}" / "dist"
        module.mkdir(parents=True, exist_ok=True)
        shutil.copy(peer / "anywidget.js", module / "index.js")
    (site / path).write_text(html, encoding="utf-8")
    return path


@contextmanager
def served(site: Path) -> Iterator[str]:
    with serve.server(site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


# --- Until a slider is live -----------------------------------------------------------------

PROBE = """
  const share = () => (probes++ % 2 ? 0.4 : 0.6);
  let probes = 0;
  const move = () => {
    const native = document.querySelector("[data-name] input[type=range]");
    if (native) {
      native.value = share();
      native.dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      // Pressed as by a finger: only then does an explorer follow a slider of ipywidgets live.
      const slider = document.querySelector(".noUi-target");
      slider?.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
      slider?.noUiSlider?.set(share());
    }
  };
  const frames = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
  const probe = () => {
    const output = document.querySelector("output[data-quantity]:not([data-quantity=chosen])");
    const before = output?.dataset.value;
    if (output) move();
    frames(() => {
      if (output && output.dataset.value !== before) window.liveAt = performance.now();
      else probe();
    });
  };
  probe();
"""


@contextmanager
def opened(browser: Browser, slowdown: int) -> Iterator[Page]:
    """Open an empty page with an empty cache, on a processor slowed down."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    yield page
    context.close()


def until_live(browser: Browser, address: str, slowdown: int) -> float:
    """Return the milliseconds from navigation until a slider moves its figure."""
    with opened(browser, slowdown) as page:
        page.add_init_script(PROBE)
        page.goto(address)
        page.wait_for_function("window.liveAt", timeout=60_000)
        return float(page.evaluate("liveAt"))


def live_rows(browser: Browser, home: str, peer: str) -> Iterator[Row]:
    for speed, slowdown in SPEEDS.items():
        times = [
            tuple(until_live(browser, home + path, slowdown) for path in (PAGE, peer))
            for _ in range(LOADS)
        ]
        ours, theirs = zip(*times, strict=True)
        name = f"slider live on a chapter page, processor at {speed} speed"
        yield row(name, ours, unit="ms", packages=PACKAGES)
        yield row(
            f"{name}, against {PEER}",
            [a / b for a, b in times],
            unit="×",
            goal=0.35,
            peer={"name": PEER, "median": quantile(theirs, 0.5), "unit": "ms"},
            packages=PACKAGES,
        )


# --- From input to picture ------------------------------------------------------------------

# What the main thread does for one input: the handlers, which set the models, then in the next
# frame the redraw and the style and layout that it asks for; and, as a second figure, the painting
# too. Waiting for that frame is left out, and so is what other threads do with what was painted.
REDRAW = """async ([index, moves, warmUp]) => {
  const root = document.querySelectorAll("[data-explorer]")[index];
  // Those in use now: one of them may be the number of the others.
  const inputs = () => root.querySelectorAll(".control-slider:not(.unused) input[type=range]");
  root.scrollIntoView({ block: "center" });
  const times = [];
  for (let k = 0; k < warmUp + moves; k++) {
    const input = inputs()[k % inputs().length];
    const [min, max] = [Number(input.min), Number(input.max)];
    await new Promise((done) => setTimeout(done));
    let frame = 0;
    requestAnimationFrame(() => (frame = performance.now()));
    const start = performance.now();
    input.value = min + (max - min) * ((k * 0.618) % 1);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const handled = performance.now() - start;
    let drawn = 0;
    const { port1, port2 } = new MessageChannel();
    const painted = await new Promise((done) => {
      port1.onmessage = () => done(performance.now() - frame);
      requestAnimationFrame(() => {
        root.getBoundingClientRect();
        drawn = performance.now() - frame;
        port2.postMessage(""); // comes once this frame is through
      });
    });
    port1.close();
    if (k >= warmUp) times.push([handled + drawn, handled + painted]);
  }
  return times;
}"""
MOVED = "slider input to redrawn figure, processor at quarter speed, slowest explorer ({})"


def redraws(browser: Browser, site: Path, home: str) -> dict[str, list[list[list[float]]]]:
    """Return for each explorer its repeats of the same moves, each move as REDRAW returns it.

    Every repeat is a round through the whole book, so that a slow minute of the machine falls on
    few repeats of any one explorer.
    """
    pages = [
        file.name
        for file in sorted((site / "chapters").glob("*.html"))
        if "data-explorer" in (html := file.read_text(encoding="utf-8")) and "peer/" not in html
    ]
    repeats: dict[str, list[list[list[float]]]] = {}
    for _ in range(REPEATS):
        met: set[str] = set()
        for name in pages:
            with opened(browser, SPEEDS["quarter"]) as page:
                page.goto(f"{home}chapters/{name}")
                page.wait_for_selector("[data-live]")
                for index, place in enumerate(page.locator("[data-explorer]").all()):
                    explorer = place.get_attribute("data-explorer") or ""
                    # One without a name is text and has no sliders.
                    if place.get_attribute("data-name") and explorer not in met:
                        met.add(explorer)
                        times = page.evaluate(REDRAW, [index, MOVES, WARM_UP])
                        repeats.setdefault(explorer, []).append(times)
    return repeats


def redraw_rows(browser: Browser, site: Path, home: str) -> Iterator[Row]:
    """Yield the rows of the explorers whose figures take longest to follow their sliders.

    In the row with the goal a move counts with the median of its repeats: the percentiles are
    those of moves, of what the page has to do, not of what else the machine did meanwhile. The
    rows beside it hold every repeat, and the painting too.
    """
    repeats = redraws(browser, site, home)

    def each(explorer: str, part: int) -> list[float]:
        """Return one figure for each move of the explorer: the median of its repeats."""
        moves = zip(*repeats[explorer], strict=True)
        return [quantile([repeat[part] for repeat in move], 0.5) for move in moves]

    redrawn = {explorer: each(explorer, 0) for explorer in repeats}
    painted = {explorer: each(explorer, 1) for explorer in repeats}
    every = {
        explorer: [move[0] for run in runs for move in run] for explorer, runs in repeats.items()
    }
    for note, goal, samples in (
        (f"each move the median of {REPEATS}", 16.7, redrawn),
        ("every repeat of every move", None, every),
        (f"and painted, each move the median of {REPEATS}", None, painted),
    ):
        print(f"  {note}")
        for explorer, times in samples.items():
            print(
                f"    {explorer}: {quantile(times, 0.5):.1f}, 95 %: {quantile(times, 0.95):.1f} ms"
            )
        slowest = max(samples, key=lambda explorer: quantile(samples[explorer], 0.95))
        name = f"{MOVED.format(slowest)}, {note}"
        yield row(name, samples[slowest], unit="ms", goal=goal, judged="q95", packages=PACKAGES)


# --- Size and build -------------------------------------------------------------------------


def heaviest(site: Path) -> float:
    """Return how many kilobytes of explorers' scripts the page with most of them loads."""
    folder = site / "_static" / "explorers"
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    return max(
        headless.gzipped(*(folder / name for name in set(OWN_SCRIPT.findall(page))))
        for page in pages
    )


def first_visit(browser: Browser, site: Path, address: str) -> float:
    """Return how many kilobytes a page loads, gzipped, with an empty cache and read to its end."""
    with opened(browser, SPEEDS["full"]) as page:
        asked = headless.note_requests(page)
        page.goto(address, wait_until="networkidle")
        page.evaluate(headless.READ_ON)
        return headless.gzipped(*(site / urlsplit(url).path.removeprefix("/") for url in asked))


def visit_rows(browser: Browser, site: Path, home: str) -> Iterator[Row]:
    """Yield the bytes of a first visit to the landing page, and to the heaviest chapter."""
    landing, *chapters = contents.NOTEBOOKS
    weights = {
        path.stem: first_visit(browser, site, f"{home}chapters/{path.stem}.html")
        for path in (landing, *chapters)
    }
    print("\n".join(f"    {name}: {weight:.0f} KB" for name, weight in weights.items()))
    heaviest = max((path.stem for path in chapters), key=weights.__getitem__)
    for name, goal, what in (
        (landing.stem, 300, "the landing page"),
        (heaviest, 450, f"the heaviest chapter ({heaviest})"),
    ):
        yield row(
            f"first visit to {what}, gzipped",
            [weights[name]],
            unit="KB",
            goal=goal,
            packages=PACKAGES,
        )


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        builds = [build(root / f"build-{n}") for n in range(BUILDS)]
        site = root / "build-0" / "_build" / "html"
        (root / "peers").mkdir()
        scripts = fetch_peers(root / "peers")
        page_weight = heaviest(site)
        peer = add_peer(site, scripts)
        with served(site) as home, sync_playwright() as playwright:
            browser = headless.launch(playwright)
            rows = [*live_rows(browser, home, peer), *redraw_rows(browser, site, home)]
            rows += visit_rows(browser, site, home)
            browser.close()
        embed = {
            "name": PEER,
            "median": round(headless.gzipped(*scripts.values()), 1),
            "unit": "KB",
        }
    rows += [
        row(
            "JavaScript that explorers add to the page with most of them, gzipped",
            [page_weight],
            unit="KB",
            goal=45,
            peer=embed,
            packages=PACKAGES,
        ),
        row(
            "clean build of the site, warnings as errors",
            builds,
            unit="s",
            goal=30,
            packages=PACKAGES,
        ),
    ]
    print(f"{len(rows)} figures in {write('site', rows).relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
