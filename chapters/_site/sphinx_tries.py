"""Lets readers check off the things to try with an explorer.

In a notebook these are a numbered list, each item with its answer folded into a <details>. That reads
well in Jupyter, in Colab and on GitHub, so nothing else marks such a list. static/tries.js adds the
boxes to check, on the pages that have one.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


def has_answer(item: nodes.list_item) -> bool:
    return any(part.astext().lstrip().startswith("<details") for part in item.findall(nodes.raw))


class MarkTries(SphinxPostTransform):
    """Mark the numbered lists whose items have folded answers."""

    default_priority = 200
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for tries in self.document.findall(nodes.enumerated_list):
            if all(map(has_answer, tries.children)):
                tries["classes"].append("tries")


def add_script(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Load the script on the pages with such a list."""
    lists = doctree.findall(nodes.enumerated_list) if doctree else ()
    if any("tries" in each["classes"] for each in lists):
        app.add_js_file("tries.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(MarkTries)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
