"""Fixes what the theme, docutils and myst-nb get wrong for screen readers and the keyboard.

axe-core, in the browser's tests, found most of them.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

MENDED = {
    # This label differs from the visible text, so nobody could activate the control by voice.
    ' aria-label="Toggle hidden content"': "",
    # A list must hold list items, and doc-biblioentry is no longer a role.
    'role="doc-biblioentry"': 'role="listitem"',
    # Folded parts get names: whole cells are solutions, code alone is the source of a picture.
    **{
        f"{verb} code cell {kind}": f"{verb} the {name}"
        for verb in ("Show", "Hide")
        for kind, name in {"content": "solution", "source": "code"}.items()
    },
}


def mend(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    for wrong, right in MENDED.items():
        context["body"] = context.get("body", "").replace(wrong, right)


def add_templates(app: Sphinx, config: Config) -> None:
    config.templates_path.append(str(Path(__file__).parent / "templates"))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", add_templates)
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
