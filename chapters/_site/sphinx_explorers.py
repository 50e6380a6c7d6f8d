"""Puts the explorers into the built pages.

myst-nb would show one of an output's representations. An explorer needs two in the same place: its
still, which everyone sees until the scripts have run, and readers without scripts for good; and the
live view, which the scripts build from the widget state in the page. stills.py took the still from
that live view, with the height that the page reserves for it.

A page loads the runtime, the scripts and styles of the explorers it shows and, if one of them draws, what
all that draw share.

An explorer has the name of its variable in the notebook: `[raise it to 4](#scores:z_1=4)` in the text
is a link that moves the explorer `scores`, and `[paste them](workbench.ipynb#workbench:input=…)` one
to a state on another page.
"""

import ast
import json
import re
import shutil
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.logging import getLogger

LOGGER = getLogger(__name__)
SITE = Path(__file__).parent
WIDGETS = SITE.parents[1] / "lossutils" / "widgets"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
STATIC = WIDGETS / "static"
RUNTIME, FIGURES = "page", "figures"
DRAWS = ",1]);\n"  # how the script of an explorer ends that needs FIGURES: see build.mjs
ADDRESS = re.compile(r"#[\w-]+:")
STILL = re.compile(r'(<div class="explorer"[^>]*>\s*<img )')
# Those that are asked and answered. Without scripts each is a form that never answers.
SILENT = {
    "question": "The reply to each choice is given by a script, and this browser runs none. The "
    "text that follows says which is right.",
    "by-hand": "A script checks the number, and this browser runs none. The Python below works it out.",
    "guess": "The curve is drawn by a script, and this browser runs none. The text that follows says "
    "how it runs.",
    "loss-workbench": "Another call is worked out by a script, and this browser runs none. In Python "
    '<a href="diagnosis.html">diagnose and explain</a> say the same.',
    "my-loss": "What another number means is worked out by a script, and this browser runs none. "
    '<a href="which-loss.html#a-loss-that-misbehaves">A table</a> says much of it.',
}
CONTROLS = frozenset(json.loads((WIDGETS / "js" / "page" / "controls.json").read_text()))


def check_controls(models: dict, model_id: str, docname: str) -> str:
    """Return the explorer's name, or stop the build if the page can't show one of its controls."""
    state = models[model_id]["state"]
    view = state["_view_name"]
    if view == "AnyView":
        name = state.get("_explorer", "")
        if not (STATIC / "site" / f"{name}.js").is_file():
            raise ExtensionError(f"{docname}: no built explorer is called {name!r}")
        return name
    if view not in CONTROLS:
        raise ExtensionError(
            f"{docname}: the page runtime has no control {view!r}; it knows {sorted(CONTROLS)}. "
            "Add it to lossutils/widgets/js/page/controls.js and controls.json."
        )
    children = (child.removeprefix("IPY_MODEL_") for child in state.get("children", ()))
    return next(filter(None, [check_controls(models, child, docname) for child in children]), "")


def saved_metadata(path: Path) -> dict[str, dict]:
    """Return the metadata of each output that shows a widget, by the widget's model."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return {
        output["data"][WIDGET_VIEW]["model_id"]: output["metadata"]
        for output in outputs
        if WIDGET_VIEW in output.get("data", {})
    }


def complete(still: list[nodes.Node], metadata: dict) -> str:
    """Describe a picture; return the place's attribute with the heights to reserve for it."""
    for image in still:
        if isinstance(image, nodes.image):
            image["alt"] = metadata["image/png"]["alt"]
            del image["width"], image["height"]  # the style sheet knows them
            heights = metadata["explorer"]
            return f' style="--height: {heights["height"]}px; --narrow: {heights["narrow"]}px"'
    return ""


def variable(source: str) -> str:
    """Return the name of what a cell shows, if it has one."""
    try:
        last = ast.parse(source).body[-1]
    except (SyntaxError, IndexError):  # IPython's own: %matplotlib
        return ""
    shown = getattr(last, "value", None)
    return shown.id if isinstance(last, ast.Expr) and isinstance(shown, ast.Name) else ""


def source(node: nodes.Node) -> str:
    """Return the code of the cell that a node belongs to, or nothing if the page doesn't have it."""
    while node.get("nb_element") != "cell_code":
        node = node.parent
    code = [block for part in node.children if "cell_input" in part["classes"] for block in part]
    return code[0].astext() if code else ""


def linked(still: str) -> str:
    """Return a still's text with its links as the pages have them."""
    return re.sub(r'(href="[\w-]+)\.(?:ipynb|md)#', r"\1.html#", still)


class LeaveAddresses(SphinxTransform):
    """Keep a link to an explorer's state as it is: its target is no place on a page."""

    default_priority = 878  # before myst-parser looks for a heading of that name, at 879

    def apply(self, **kwargs: object) -> None:
        for link in self.document.findall(nodes.reference):
            if link.get("id_link") and ADDRESS.match(link["refuri"]):
                del link["id_link"]
                link["internal"] = True
                link["classes"].append("acts")


class PlaceExplorers(SphinxPostTransform):
    """Wrap each explorer's still and live view in the element that the page runtime fills."""

    default_priority = 3  # before myst-nb chooses one representation, at 4
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        _, script = NbMetadataCollector.get_js_files(self.env, self.env.docname).get(
            "ipywidgets_state", (None, {})
        )
        models = json.loads(script["body"])["state"] if "body" in script else {}
        saved = saved_metadata(Path(self.env.doc2path(self.env.docname))) if models else {}
        named: dict[str, dict[str, Any]] = {}  # the settings of each explorer
        for bundle in list(self.document.findall(is_mime_bundle)):
            parts = {part["mime_type"]: part.children for part in bundle.children}
            if WIDGET_VIEW not in parts:
                continue
            (view,) = parts[WIDGET_VIEW]
            model_id = re.search(r'"model_id": "([^"]+)"', view.astext())[1]
            name = check_controls(models, model_id, self.env.docname)
            text = parts.get("text/html")
            # On GitHub its links lead from notebook to notebook.
            still = (
                [html(linked(node.astext())) for node in text] if text else parts.get("image/png")
            )
            if not still:
                raise ExtensionError(
                    f"{self.env.docname}: the explorer {name} has no still: run `make notebooks`"
                )
            heights = complete(still, saved[model_id])
            address = "" if name in SILENT else variable(source(bundle)) or name
            if address in named:
                raise ExtensionError(
                    f"{self.env.docname}: two explorers are called {address!r}, and links could not "
                    "tell them apart. Give one of them a variable of its own."
                )
            if address:
                named[address] = settings(models, model_id)
            opening = f'<div class="explorer" data-explorer="{escape(name)}"{heights}'
            opening += f' data-name="{escape(address)}">' if address else ">"
            silent = (
                [html(f'<p class="question-silent">{SILENT[name]}</p>')] if name in SILENT else []
            )
            place = html(opening)
            place["explorer"] = name
            bundle.replace_self([place, *still, *silent, view, html("</div>")])
        for link in self.document.findall(nodes.reference):
            if "acts" in link["classes"] and (fault := misled(link["refuri"], named)):
                said = {"location": link, "type": "explorer", "subtype": "state"}
                LOGGER.warning("the link %s %s", link["refuri"], fault, **said)


def settings(models: dict[str, Any], model_id: str) -> dict[str, Any]:
    """Return the settings of the figure in a view, as it was saved."""
    state = models[model_id]["state"]
    found = dict(state.get("_settings", {}))
    for child in state.get("children", ()):
        found |= settings(models, child.removeprefix("IPY_MODEL_"))
    return found


def misled(address: str, named: dict[str, dict[str, Any]]) -> str:
    """Return why a link such as #scores:T=4 can't set a figure of its page, or nothing."""
    name, _, state = address.removeprefix("#").partition(":")
    if name not in named:
        return f"leads to no explorer: the page has {', '.join(sorted(named)) or 'none'}"
    own = named[name]
    known = own | {one["prefix"]: one for one in own.values() if "prefix" in one}
    for pair in filter(None, state.split(";")):
        setting, _, text = map(unquote_plus, pair.partition("="))
        one = known.get(setting) or known.get(re.sub(r"_\d+$", "", setting))
        if one is None:
            return f"sets no {setting}: the settings are {', '.join(sorted(own))}"
        options = [str(each) for each in one.get("options", [text])]
        if text not in options:
            return f"sets {setting} to {text}, which is none of {', '.join(options)}"
        limits = one.get("min"), one.get("max")
        if None not in limits and not all(map(partial(lies, *limits), text.split(","))):
            return f"sets {setting} to {text}, but it goes from {limits[0]:g} to {limits[1]:g}"
    return ""


def lies(least: float, most: float, text: str) -> bool:
    """Say whether a text is a number between limits."""
    try:
        return least <= float(text) <= most
    except ValueError:
        return False


def add_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Load on a page what the explorers that it shows need, and nothing else."""
    shown = (
        doctree.findall(lambda node: "explorer" in getattr(node, "attributes", ()))
        if doctree
        else ()
    )
    names = sorted({node["explorer"] for node in shown})
    scripts = {name: (STATIC / "site" / f"{name}.js").read_text(encoding="utf-8") for name in names}
    drawn = any(script.endswith(DRAWS) for script in scripts.values())
    for name in [RUNTIME, *([FIGURES] if drawn else []), *names] if names else ():
        # Classic scripts: a browser loads no module script from a folder on disk. It would fetch what is
        # async after all else; on a slow processor the explorers then live a quarter later.
        app.add_js_file(f"explorers/{name}.js", **{"async": "async", "fetchpriority": "high"})
    for name in names:
        if (STATIC / f"{name}.css").is_file():
            app.add_css_file(f"explorers/{name}.css")


def wait_for_stills(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Load a still only when it comes into view: most are replaced before that."""
    if "body" in context:
        context["body"] = STILL.sub(r'\1loading="lazy" ', context["body"])


def is_mime_bundle(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def html(text: str) -> nodes.raw:
    return nodes.raw(text=text, format="html")


def add_assets(app: Sphinx) -> None:
    """Serve the explorers' scripts for the site and their styles."""
    served = Path(app.doctreedir) / "explorers"
    shutil.rmtree(served, ignore_errors=True)
    shutil.copytree(STATIC / "site", served / "explorers")
    for path in (*STATIC.glob("*.css"), STATIC / "LICENSES.txt"):
        shutil.copy(path, served / "explorers")
    app.config.html_static_path.append(str(served))
    app.add_css_file("explorers/explorers.css")


def set_up(app: Sphinx, config: object) -> None:
    config.nb_ipywidgets_js = {}
    # A state on another page is no place there, either: tests/browser/test_links.py looks for the explorer.
    config.nitpick_ignore_regex = [*config.nitpick_ignore_regex, ("myst", r"[\w-]+:.*")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(LeaveAddresses)
    app.add_post_transform(PlaceExplorers)
    app.connect("config-inited", set_up)
    app.connect("builder-inited", add_assets)
    app.connect("html-page-context", add_scripts)
    app.connect("html-page-context", wait_for_stills)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
