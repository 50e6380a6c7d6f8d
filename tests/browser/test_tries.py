"""Things to try can be checked off, by any hand, and stay checked on this device."""

import contents
import nbformat
import pytest

LIVE = "[...document.querySelectorAll('[data-explorer]')].every((e) => 'live' in e.dataset)"
TRYING = [
    f"chapters/{path.stem}.html"
    for path in contents.NOTEBOOKS
    if any("What you see</summary>" in cell.source for cell in nbformat.read(path, 4).cells)
]


def boxes(page):
    return page.locator(".tries > li").get_by_role("checkbox").all()


def checked(page):
    return [box.is_checked() for box in boxes(page)]


def test_only_pages_with_things_to_try_load_the_script(site, chapters):
    pages = {name: (site / name).read_text(encoding="utf-8") for name in chapters}
    loading = [name for name, text in pages.items() if "/tries.js" in text]
    assert sorted(loading) == sorted(TRYING)


@pytest.mark.parametrize("trying", TRYING)
def test_each_item_has_a_box_with_a_name_and_a_folded_answer(same_page, trying):
    page = same_page(trying, size=(390, 844), touch=True)
    items = page.locator(".tries > li").all()
    assert len(boxes(page)) == len(items) > 1
    assert checked(page) == [False] * len(items)
    for item, box in zip(items, boxes(page), strict=True):
        task = " ".join(item.locator("p").first.text_content().split())
        assert box.get_attribute("aria-label") == f"Tried: {task}"
        size = box.bounding_box()
        assert min(size["width"], size["height"]) >= 24
        answer = item.locator("details > p").first
        assert not answer.is_visible()
        item.locator("summary").tap()
        assert answer.is_visible()


def test_what_is_checked_stays_so_here_and_on_no_other_page(open_page):
    page = open_page(TRYING[0], size=(390, 844), touch=True)
    first, second, third, *_ = boxes(page)
    first.focus()
    page.keyboard.press("Space")
    third.tap()
    second.click()
    second.click()
    expected = [True, False, True]
    assert checked(page)[:3] == expected
    page.reload()
    page.wait_for_function(LIVE)
    assert checked(page)[:3] == expected
    assert not any(checked(page)[3:])
    if len(TRYING) > 1:
        page.goto(page.url.replace(TRYING[0], TRYING[1]))
        assert not any(checked(page))


def test_they_can_be_checked_where_the_browser_keeps_nothing(open_page):
    forbid = """for (const name of ["getItem", "setItem"]) {
      const own = Storage.prototype[name];
      Storage.prototype[name] = function (key, ...rest) {
        if (key.startsWith("tries")) throw new DOMException("denied", "SecurityError");
        return own.call(this, key, ...rest);
      };
    }"""
    page = open_page(TRYING[0], prepare=lambda page: page.add_init_script(forbid))
    boxes(page)[0].click()
    assert checked(page)[0]


def test_without_scripts_the_answers_unfold_and_nothing_is_to_be_checked(open_page):
    page = open_page(TRYING[0], scripts=False)
    assert boxes(page) == []
    item = page.locator(".tries > li").first
    item.locator("summary").click()
    assert item.locator("details > p").first.is_visible()
    assert item.evaluate("(e) => getComputedStyle(e).paddingLeft") == "0px"
