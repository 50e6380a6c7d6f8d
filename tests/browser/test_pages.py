"""Every page is quiet, accessible and as wide as its screen, light and dark, on phone and laptop."""

import pytest

WIDTHS = {"phone": (390, 844), "laptop": (1280, 900)}


def described(violation):
    places = [
        f"    {node['target']}: {node['html'][:160]}\n      {node['failureSummary']}"
        for node in violation["nodes"]
    ]
    return "\n".join([f"{violation['id']} ({violation['impact']}): {violation['help']}", *places])


@pytest.mark.parametrize("device", WIDTHS)
def test_page_is_accessible_and_says_nothing_to_the_console(open_page, axe, path, device):
    page = open_page(path, size=WIDTHS[device])
    page.evaluate(axe)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "(scheme) => document.documentElement.dataset.theme === scheme", arg=scheme
        )
        # The theme fades its colours in: half-way they have no contrast.
        page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")
        violations = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        assert not violations, "\n".join([scheme, *map(described, violations)])


def test_no_page_is_wider_than_a_small_phone(open_page, path):
    page = open_page(path, size=(360, 740))
    wider = page.evaluate("""() => document.documentElement.scrollWidth <= innerWidth ? [] :
      [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth)
        .map((e) => e.outerHTML.slice(0, 120))""")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), wider[:8]


def test_a_request_elsewhere_is_refused_and_counted(open_page):
    page = open_page("index.html")
    fetched = "fetch('https://example.org/').then(() => 'reached', () => 'refused')"
    assert page.evaluate(fetched) == "refused"
    assert page.watch.foreign == ["https://example.org/"]
    assert page.watch.messages
    page.watch.foreign.clear()
    page.watch.messages.clear()


FIRST_THEME = """new MutationObserver((_, observer) => {
  if (!document.body) return;
  window.firstTheme = document.documentElement.dataset.theme;
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_first_visit_begins_in_the_readers_own_light(open_page, scheme):
    page = open_page(
        "chapters/01-entropy.html",
        scheme=scheme,
        prepare=lambda page: page.add_init_script(FIRST_THEME),
    )
    assert page.evaluate("firstTheme") == scheme
