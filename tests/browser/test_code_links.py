"""The names in a page's code lead to where they are documented, and don't hold up the Tab key."""

import ast
import re
from collections import Counter
from functools import cache
from urllib.parse import urljoin

import pytest
import torch.nn.functional
from bs4 import BeautifulSoup

import lossutils
import lossutils.compare
import lossutils.widgets

PYTORCH = "https://docs.pytorch.org/docs/stable/generated/"
OURS = {
    f"{module.__name__}.{name}"
    for module in (lossutils, lossutils.compare, lossutils.widgets)
    for name in module.__all__
}
LOSSES = {
    f"torch.nn.functional.{name}"
    for name in dir(torch.nn.functional)
    if name.endswith(("_loss", "cross_entropy", "_with_logits", "kl_div")) and name[0] != "_"
}
# To parse all of a page for its code would take a second.
CODE = re.compile(r'<div class="highlight-i?python3? .*?</pre>', re.DOTALL)


@cache
def ids(file):
    return set(re.findall(r'\bid="([^"]+)"', file.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def blocks():
    """Return a page's code: each block, and whether it is folded."""

    @cache
    def of(file):
        page = file.read_text(encoding="utf-8")
        found, depth, place = [], 0, 0
        for match in CODE.finditer(page):
            before = page[place : match.start()]
            depth += before.count("<details") - before.count("</details>")
            place = match.start()
            found.append((BeautifulSoup(match[0], "html.parser"), depth > 0))
        return found

    return of


def mentioned(sources):
    """Count the names that must be links in a page's code: those that keep their meaning there."""
    trees = [tree for tree in map(parsed, sources) if tree is not None]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    changed = {
        each.id
        for each in nodes
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
    }
    changed |= {each.arg for each in nodes if isinstance(each, ast.arg)}
    changed |= {each.name for each in nodes if isinstance(each, ast.FunctionDef | ast.ClassDef)}
    names, found = {"F": "torch.nn.functional"}, Counter()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            new = {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            names |= new
            found.update(new.values())
        elif isinstance(node, ast.Name) and node.id not in changed:
            found[names.get(node.id)] += 1
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found[f"{names.get(node.value.id)}.{node.attr}"] += 1
    return Counter({name: count for name, count in found.items() if name in OURS | LOSSES})


def parsed(source):
    try:
        return ast.parse(source)
    except SyntaxError:  # IPython's own: %pip, !ls
        return None


def test_names_in_code_lead_to_their_documentation(site, path, blocks):
    code = [block for block, _ in blocks(site / path)]
    links = Counter()
    for link in (link for block in code for link in block.select("a")):
        page, _, name = link["href"].partition("#")
        if name in LOSSES:
            assert page == f"{PYTORCH}{name}.html"
        elif name in OURS:
            assert name in ids(site / urljoin(path, page)), f"no such entry: {link}"
        links[name] += 1
    without = mentioned(block.get_text() for block in code) - links
    assert not without, f"these stand in the page's code and are no links: {dict(without)}"


def test_the_tab_key_stops_once_at_each_name(site, path, blocks):
    links = {}
    for block, folded in blocks(site / path):
        for link in block.select("a"):
            links.setdefault(link["href"], []).append((folded, link))
    for mentions in links.values():
        (stop,) = [each for each in mentions if each[1].get("tabindex") != "-1"]
        first = min(mentions, key=lambda each: each[0])
        assert stop is first, "those who use a keyboard meet it late, or in a folded cell only"
