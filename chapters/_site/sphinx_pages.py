"""What a page needs beside its text: metadata, the dark theme, the right address.

The theme is chosen before the first paint, and what it puts into a page twice is removed.

The landing page lists the chapters, in the order of _toc.yml, with the picture of each and how it
begins.

The page's address, its preview card and the way back from 404 follow from the repository's address
in _config.yml: GitHub serves the site of github.com/ACCOUNT/NAME at ACCOUNT.github.io/NAME. Until
an owner sets that address, pages leave out everything that needs it.
"""

import re
from hashlib import sha256
from pathlib import Path

import picture
from docutils import nodes
from repository import PLACEHOLDER
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

REPOSITORY = re.compile(r"https://github\.com/(?P<account>[^/]+)/(?P<name>[^/]+?)/?")
ICON_SCRIPT = re.compile(r"\s*<!--[^>]*icons\s*-->\s*<script[^>]*/fontawesome\.js[^>]*></script>")
PRINT_CONTENTS = re.compile(r'<div id="jb-print-docs-body".*?</div>\s*</div>\s*</div>', re.DOTALL)
NOT_FOUND = """<h1>Page not found</h1>
<p>There is no page at this address. <a href="/{name}/index.html">Go to the beginning of the book</a>,
or <a href="/{name}/search.html">search it</a>.</p>
"""
OWN_ADDRESS = re.compile(r'<meta property="og:url"[^>]*>\n?')

SITE = Path(__file__).parent
EXPLORERS = SITE.parents[1] / "lossutils" / "widgets" / "static"


def made_with() -> str:
    """Return a digest of the site's own code: Sphinx itself notices changes only in pages."""
    files = (*SITE.glob("*.py"), *SITE.glob("static/**/*.*"), *SITE.glob("templates/*"))
    files += (*picture.PICTURES.glob("*.py"),)
    digest = sha256()
    for path in sorted((*files, *EXPLORERS.rglob("*.*"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def set_addresses(app: Sphinx, config: Config) -> None:
    """Tell sphinxext-opengraph and sphinx-notfound-page the address."""
    match = REPOSITORY.fullmatch(config.html_theme_options.get("repository_url", ""))
    if match is None:
        return
    account, name = match["account"].lower(), match["name"]
    config.notfound_urls_prefix = f"/{name}/"
    config.ogp_site_url = f"https://{account}.github.io/{name}/"
    config.html_baseurl = config.ogp_site_url  # search engines take each page from here
    config.notfound_context = {"title": "Page not found", "body": NOT_FOUND.format(name=name)}
    if match["account"] == PLACEHOLDER:
        # Binder, Colab, and the menu with the repository, "suggest edit" and "open issue".
        config.html_theme_options["launch_buttons"] = {}
        for menu in ("repository", "edit_page", "issues"):
            config.html_theme_options[f"use_{menu}_button"] = False
        # A card's picture has its address in each page.
        config.ogp_social_cards = {"enable": False}
        config.html_baseurl = ""


def claim_no_address(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Leave out the page's own address until it is set: shared links would pass it on."""
    if PLACEHOLDER in app.config.html_theme_options.get("repository_url", ""):
        context["metatags"] = OWN_ADDRESS.sub("", context.get("metatags", ""))


def list_chapters(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the numbered chapters, under the names of their parts, at the end of "The path"."""
    sections = doctree.findall(nodes.section) if page == app.config.root_doc else ()
    for path in [each for each in sections if "the-path" in each["ids"]]:
        for part in [each for each in doctree.findall(addnodes.toctree) if each.get("numbered")]:
            chapters = [listed(app, page, chapter) for _, chapter in part["entries"]]
            path += nodes.paragraph("", "", nodes.strong("", part["caption"]))
            path += nodes.bullet_list("", *chapters, classes=["path"])


def listed(app: Sphinx, page: str, chapter: str) -> nodes.list_item:
    """Return a chapter's line: its picture, its number, its title, and its opening paragraph."""
    number = ".".join(map(str, app.env.toc_secnumbers[chapter][""]))
    title = app.env.titles[chapter]
    link = nodes.reference("", f"{number}. ", internal=True)
    link["refuri"] = app.builder.get_relative_uri(page, chapter)
    link += [child.deepcopy() for child in title.children]
    opening = next(iter(app.env.get_doctree(chapter).findall(nodes.paragraph)))
    # A link there is one from the chapter's own place.
    kept = (nodes.Text, nodes.emphasis, nodes.strong, nodes.literal, nodes.math)
    words = (
        child.deepcopy() if isinstance(child, kept) else nodes.Text(child.astext())
        for child in opening.children
    )
    marks, _ = picture.of(chapter)
    return nodes.list_item(
        "",
        nodes.raw(text=picture.svg(marks), format="html"),
        nodes.paragraph("", "", link),
        nodes.paragraph("", "", *words),
    )


def without_print_contents(body: str) -> str:
    """Return the theme's body of a page without the title and contents it repeats for print.

    That title lacks the number, and searching within the page would find the contents twice.
    """
    body, count = PRINT_CONTENTS.subn("", body)
    if count != 1:
        raise ExtensionError(f"The theme must hold one part for print only; it has {count}")
    return body


def without_icon_script(head: str) -> str:
    """Return the theme's part of the page's head without Font Awesome's script."""
    head, count = ICON_SCRIPT.subn("", head)
    if count != 1:
        raise ExtensionError(f"The theme must load its icons' script once; it does {count} times")
    return head


def offer_to_templates(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    if page == app.config.root_doc:
        # The page's own title is the book's. The link above the contents still needs its words.
        context["theme_logo"] = {"text": context["docstitle"], **(context.get("theme_logo") or {})}
        context["docstitle"] = ""
    context["without_icon_script"] = without_icon_script
    context["without_print_contents"] = without_print_contents


# The theme asks whether the reader prefers dark only after the first paint, which is light. This
# script asks earlier, and stores the answer where the theme keeps it from the last visit.
THEME = """<script>
  try {
    if ((localStorage.getItem("mode") || "auto") === "auto")
      localStorage.setItem("theme", matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  } catch { /* Without storage, leave it to the theme. */ }
</script>"""


def choose_theme_early(
    app: Sphinx, page: str, template: str, context: dict, doctree: object
) -> None:
    context["metatags"] = THEME + context.get("metatags", "")


# The fonts stand in the style sheets, but a browser takes them up after its first layout only, and
# words would move. The page is shown once they are there, or in half a second whatever happens.
FONTS = """(() => {
  const page = document.documentElement;
  const show = () => page.style.removeProperty("visibility");
  page.style.visibility = "hidden";
  Promise.all([...document.fonts].map((font) => font.load())).then(show, show);
  setTimeout(show, 500);
})();"""


def setup(app: Sphinx) -> dict[str, bool]:
    # Before the extensions that read these settings on the same event.
    app.connect("config-inited", set_addresses, priority=100)
    # When this digest changes, all pages are rebuilt.
    app.add_config_value("made_with", made_with(), "env", [str])
    app.connect("doctree-resolved", list_chapters)
    app.connect("html-page-context", choose_theme_early)
    app.connect("html-page-context", claim_no_address, priority=900)
    app.connect("html-page-context", offer_to_templates)
    app.add_js_file(None, body=FONTS)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
