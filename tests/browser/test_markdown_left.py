"""No Markdown is left in a page's text, as of a link whose address has a space in it."""

import html
import re

ASIDE = re.compile(r"<(pre|code|script|style)\b.*?</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def test_no_markdown_is_left_in_the_text(site, path):
    page = (site / path).read_text(encoding="utf-8")
    text = html.unescape(TAG.sub("", ASIDE.sub("", page)))
    left = re.findall(r".{0,40}\]\(.{0,40}|.{0,40}\$\$.{0,40}", text)
    assert left == [], "a space in an address is written +"
