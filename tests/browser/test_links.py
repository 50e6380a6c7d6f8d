"""Every link inside the book leads somewhere, and each page has one title, its own ids and alts."""

import re
from collections import Counter
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
import repository
from bs4 import BeautifulSoup

from lossutils._findings import table


@cache
def parsed(file):
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


@cache
def ids(file):
    return {element["id"] for element in parsed(file).find_all(id=True)}


@cache
def explorers(file):
    named = {each["data-name"] for each in parsed(file).find_all(attrs={"data-name": True})}
    # The workbench follows its address by itself, without the page's runtime.
    itself = parsed(file).select("[data-explorer=loss-workbench]")
    return named | {"workbench" for _ in itself}


@pytest.fixture
def document(site, path):
    return parsed(site / path)


def test_all_pages_of_the_site_are_tested(site, pages):
    from_root = {str(file.relative_to(site)) for file in site.rglob("*.html")}
    named = {file for file in from_root if not file.startswith(("_static/", "_sources/"))}
    assert "index.html" in named, "the address without a file's name must lead to the book"
    assert named - {"index.html"} == set(pages)


TOLD = 'meta[property], meta[name="description"]'  # to who asks for a link's preview
LOADING = (("link", "href"), ("script", "src"), ("img", "src"))


def addresses(document, ways=(("a", "href"), *LOADING)):
    """Yield what the page links to or loads: element, address."""
    for tag, attribute in ways:
        for element in document.find_all(tag, attrs={attribute: True}):
            yield str(element), element[attribute]


def test_links_inside_the_book_lead_somewhere(site, path, document):
    prefix = urlsplit(repository.pages(repository.address())).path.rstrip("/") + "/"
    for element, address in addresses(document):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or address == "#":
            continue
        file, fragment = unquote(parts.path), unquote(parts.fragment)
        if file.startswith("/"):  # only the page for what isn't there knows where the site is
            assert file.startswith(prefix), element
            target = site / file.removeprefix(prefix)
        else:
            target = (site / path).parent / file if file else site / path
        target = target.resolve()
        assert target.is_relative_to(site.resolve()) and target.is_file(), element
        if fragment and target.suffix == ".html":
            explorer, colon, _ = fragment.partition(":")
            places = explorers(target) if colon else ids(target)
            assert explorer in places, f"no such place: {element}"


def test_the_links_of_findings_lead_to_a_section(site):
    rows = [each for row in table().values() for each in (row, *row.get("variants", {}).values())]
    links = {each["link"] for each in rows if "link" in each}
    assert len(links) > 30
    for link in sorted(links):
        page, _, anchor = link.partition("#")
        assert anchor in ids(site / "chapters" / page), link


def test_only_an_address_that_is_set_is_linked_to(document):
    account, _ = repository.account_and_name(repository.address())
    named = [
        element for element, address in addresses(document) if account.lower() in address.lower()
    ]
    if account == repository.PLACEHOLDER:
        assert named == []
        told = document.select("[property='og:url'], [property^='og:image'], [rel='canonical']")
        assert told == []
    # A menu with nothing in it is not there.
    assert all(menu.get_text(strip=True) for menu in document.select(".dropdown-menu"))


def test_a_page_describes_itself_without_its_title(document):
    title = document.select_one("main h1:not(#jb-print-docs-body *)")
    name = title.get_text().rstrip("#").split(". ", 1)[-1]
    for meta in document.select('meta[name="description"], meta[property="og:description"]'):
        assert not meta["content"].startswith(f"{name}:")
        assert not meta["content"].endswith("..."), "it ends within a word"


def test_no_title_says_the_books_name_twice(document):
    assert document.title.string.count("Classification losses") == 1


def test_the_address_without_a_files_name_says_what_the_landing_page_says(site):
    root, landing = (parsed(site / path) for path in ("index.html", "chapters/index.html"))
    refresh = root.select_one('meta[http-equiv="refresh"]')
    assert refresh["content"] == "0; url=chapters/index.html"
    assert root.body.a["href"] == "chapters/index.html"
    assert root.title.string == landing.title.string
    told = [
        {(meta.get("property") or meta["name"]): meta["content"] for meta in page.select(TOLD)}
        for page in (root, landing)
    ]
    assert told[0] == told[1]
    assert {"description", "og:title", "og:description"} <= told[0].keys()


def test_nothing_is_loaded_from_elsewhere(document):
    loading = document.find_all(["script", "img", "iframe", "source", "video", "audio"])
    loading += [
        link
        for link in document.find_all("link")
        if {"stylesheet", "icon", "preload", "modulepreload", "preconnect"} & set(link["rel"])
    ]
    for element in loading:
        address = urlsplit(element.get("src") or element.get("href") or "")
        assert address.netloc == "", element


def test_page_has_one_title_and_its_own_ids(document):
    # The theme keeps a second title for print only.
    titles = [h1 for h1 in document.find_all("h1") if not h1.find_parent(id="jb-print-docs-body")]
    assert len(titles) == 1
    assert document.title.get_text(strip=True)
    assert document.html["lang"] == "en"
    counts = Counter(element["id"] for element in document.find_all(id=True))
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_picture_says_what_it_shows(document):
    assert [str(image)[:200] for image in document.find_all("img") if not image.get("alt")] == []


# Loaded by a script, once somebody searches; and licences.
UNNAMED = {"search-sections.js", "bootstrap.js.LICENSE.txt", "LICENSES.txt", "OFL.txt"}


def test_nothing_is_shipped_that_no_page_loads(site):
    pages = [parsed(file) for file in site.rglob("*.html") if "_static" not in file.parts]
    loaded = {address for page in pages for _, address in addresses(page, LOADING)}
    loaded |= {card["content"] for page in pages for card in page.select("[property='og:image']")}
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        loaded |= {
            quoted.strip("\"'") for quoted in re.findall(r"(?:url\(|@import )([^);]+)", text)
        }
    names = {urlsplit(address).path.rpartition("/")[2] for address in loaded} | UNNAMED
    shipped = [file for name in ("_static", "_images") for file in (site / name).rglob("*.*")]
    assert [file for file in shipped if file.is_file() and file.name not in names] == []


def test_every_page_can_be_searched_from(document):
    assert document.select_one('dialog#pst-search-dialog form.bd-search input[name="q"]')
    assert [e for e in document.find_all("script", src=True) if "search.js" in e["src"]]
