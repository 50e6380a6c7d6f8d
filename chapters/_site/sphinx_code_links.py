"""Links the names in the chapters' code to where they are documented.

Our own names lead to the reference, others to the pages of the library that they come from. What
those have is listed in `inventories`, so a build needs no network.

sphinx-codeautolink does much the same, but has the Tab key stop at every mention, hundreds of them
on a page, and imports what it links to: PyTorch is not installed where the site is built.
"""

import ast
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from sphinx.application import Sphinx

CODE = re.compile(
    r'(<div class="highlight-i?python3? [^>]*><div class="highlight"><pre>)(.*?)</pre>', re.DOTALL
)
PIECE = re.compile(r"<span[^>]*>[^<]*</span>|<[^>]*>|[^<]+")
TAG = re.compile(r"<[^>]*>")

# What a library documents under another name, or together with its like.
DOCUMENTED_AS = {
    "numpy.abs": "numpy.absolute",
    "torch.amp.GradScaler": "torch.cuda.amp.GradScaler",
    "torch.distributed.tensor.Shard": "torch.distributed.tensor.placement_types.Shard",
    "torch.log_softmax": "torch.nn.functional.log_softmax",
}
DOCUMENTED_AS |= {
    f"torch.distributions.{name}": f"torch.distributions.{name.lower()}.{name}"
    for name in ("Bernoulli", "Binomial", "Categorical", "Normal", "Poisson")
}
DOCUMENTED_AS |= {
    f"torch.{name}": "torch.dtype"
    for name in ("bfloat16", "float16", "float32", "float64", "int64", "long")
}


@dataclass
class Mention:
    """A documented name in a block of code: which, and from where to where it stands."""

    name: str
    start: int
    end: int
    folded: bool = False


class Mentions(ast.NodeVisitor):
    """Finds names that a page imported, in one block after another."""

    def __init__(self, documented: set[str], assigned: set[str]) -> None:
        self.documented = documented
        self.assigned = assigned
        self.imported: dict[str, str] = {}

    def find(self, source: str, tree: ast.AST) -> list[Mention]:
        self.lines = source.split("\n")
        self.found: list[Mention] = []
        self.visit(tree)
        return self.found

    def place(self, line: int, column: int) -> int:
        """Return how many characters come before a place that Python gives in bytes."""
        before = self.lines[: line - 1]
        return (
            sum(map(len, before))
            + len(before)
            + len(self.lines[line - 1].encode()[:column].decode())
        )

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            whole = alias.name if alias.asname else alias.name.partition(".")[0]
            self.imported[alias.asname or whole] = whole

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            whole = f"{node.module}.{alias.name}"
            self.imported[alias.asname or alias.name] = whole
            if whole in self.documented:
                start = self.place(alias.lineno, alias.col_offset)
                self.found.append(Mention(whole, start, start + len(alias.name)))

    def visit_Name(self, node: ast.Name | ast.Attribute) -> None:
        whole = self.whole(node)
        if whole not in self.documented:  # of `torch.Tensor.item`, the class may be
            self.generic_visit(node)
            return
        start = self.place(node.lineno, node.col_offset)
        self.found.append(Mention(whole, start, self.place(node.end_lineno, node.end_col_offset)))

    visit_Attribute = visit_Name

    def whole(self, node: ast.AST) -> str | None:
        """Return `torch.nn.functional.cross_entropy` for `F.cross_entropy`."""
        if isinstance(node, ast.Attribute):
            before = self.whole(node.value)
            return before and f"{before}.{node.attr}"
        if isinstance(node, ast.Name) and node.id not in self.assigned:
            return self.imported.get(node.id)
        return None


def assigned(tree: ast.AST) -> Iterator[str]:
    r"""Yield the names that code gives a meaning of its own.

    >>> sorted(assigned(ast.parse("def mean(x): return x\nfor log in logs: y = mean(log)")))
    ['log', 'mean', 'x', 'y']
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name


def parsed(source: str) -> ast.AST:
    try:
        return ast.parse(source)
    except SyntaxError:  # IPython's own: %timeit, !ls
        return ast.Module([], [])


def linked(body: str, addresses: dict[str, str]) -> str:
    """Link the names in a page's code that have addresses.

    The Tab key stops at the first mention of each that it can reach unasked, and not at the others.

    >>> shown = '<div class="highlight-ipython3 x"><div class="highlight"><pre><span></span>{}</pre>'
    >>> code = '<span class="n">F</span><span class="o">.</span><span class="n">softmax</span>'
    >>> page = shown.format("import torch.nn.functional as F") + shown.format(code + ", " + code)
    >>> page = linked(page, {"torch.nn.functional.softmax": "https://example.org"})
    >>> page.count('<a class="documented" href="https://example.org">' + code + "</a>")
    1
    >>> page.count('<a class="documented" href="https://example.org" tabindex="-1">' + code + "</a>")
    1
    """
    blocks = list(CODE.finditer(body))
    sources = [html.unescape(TAG.sub("", block[2])) for block in blocks]
    trees = [parsed(source) for source in sources]
    mentions = Mentions(set(addresses), {name for tree in trees for name in assigned(tree)})
    found = [mentions.find(*block) for block in zip(sources, trees, strict=True)]
    for block, names in zip(blocks, found, strict=True):
        before = body[: block.start()]
        for mention in names:
            mention.folded = before.count("<details") > before.count("</details>")
    stops: dict[str, Mention] = {}
    for mention in sorted(chain(*found), key=lambda mention: mention.folded):
        stops.setdefault(addresses[mention.name], mention)

    def opened(mention: Mention) -> str:
        address = addresses[mention.name]
        skipped = "" if stops[address] is mention else ' tabindex="-1"'
        return f'<a class="documented" href="{html.escape(address)}"{skipped}>'

    names_of_blocks = iter(found)

    def link(block: re.Match[str]) -> str:
        names = next(names_of_blocks)
        out, place = [block[1]], 0
        for piece in PIECE.findall(block[2]):
            after = place + len(html.unescape(TAG.sub("", piece)))
            # Not `==`: to Pygments, the name of a decorator begins with its @.
            out += [opened(mention) for mention in names if place <= mention.start < after]
            out.append(piece)
            out += ["</a>" for mention in names if place < mention.end <= after]
            place = after
        return "".join(out) + "</pre>"

    return CODE.sub(link, body)


def link_code(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Link the names in a page's code to the reference, or to their library's pages."""
    if "body" in context:
        addresses = elsewhere(app) | {
            name: f"{app.builder.get_relative_uri(page, found.docname)}#{found.node_id}"
            for name, found in app.env.get_domain("py").objects.items()
        }
        context["body"] = linked(context["body"], addresses)


def elsewhere(app: Sphinx) -> dict[str, str]:
    """Return the addresses of what other libraries document."""
    addresses = {
        name: address
        for names in app.env.intersphinx_inventory.values()
        for name, (_, _, address, _) in names.items()
    }
    return addresses | {name: addresses[there] for name, there in DOCUMENTED_AS.items()}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", link_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
