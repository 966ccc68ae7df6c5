"""Each look of text is read once, and what differs in anything that contrast depends on is another look."""

import pytest

from tests.browser import contrast
from tests.browser.looks import AXE, DESK, PHONE

pytestmark = pytest.mark.browser
PLAIN = '<p class="{name}" style="color: {ink}">Twelve megawatts</p>'


@pytest.fixture
def found(chromium, monkeypatch):
    """What is found in pages with these main parts, one after the other."""
    monkeypatch.setattr(contrast, "_known", type(contrast._known)(contrast._Known))
    page = chromium.new_page(viewport={"width": DESK, "height": 800})

    def found_in(*mains: str, width: int = DESK) -> list[int]:
        page.set_viewport_size({"width": width, "height": 800})
        found = []
        for main in mains:
            page.set_content(
                f'<html lang="en"><body style="background: white"><main>{main}</main></body></html>'
            )
            page.evaluate(AXE)
            faults = contrast.too_faint(page, "body", width, "light")
            found.append(sum(len(each["nodes"]) for each in faults))
        return found

    yield found_in
    page.close()


def test_a_faint_text_is_found_on_each_page_that_has_one(found):
    faint = PLAIN.format(name="dim", ink="#aaa")
    assert found(faint, faint, PLAIN.format(name="dim", ink="#333")) == [1, 1, 0]


def test_a_text_like_one_that_was_right_is_found_where_what_is_behind_it_is_darker(found):
    right = PLAIN.format(name="dim", ink="#666")
    assert found(right, f'<div style="background: #777">{right}</div>', right) == [0, 1, 0]


def test_a_text_like_one_that_was_right_is_found_where_something_dark_lies_under_it(found):
    right = PLAIN.format(name="dim", ink="#666")
    under = '<div style="position: absolute; z-index: -1; inset: 0; background: #777"></div>'
    assert found(right, right + under) == [0, 1]


def test_a_text_that_was_right_is_found_at_a_width_where_something_dark_lies_under_it(found):
    under = "position: absolute; z-index: -1; inset: 0; background: #777"
    page = PLAIN.format(name="dim", ink="#666") + (
        f"<style>i {{ {under} }} @media (min-width: 1000px) {{ i {{ display: none }} }}</style><i></i>"
    )
    assert found(page) == [0]
    assert found(page, width=PHONE) == [1]


def test_what_could_not_be_judged_is_read_again_where_it_can(found):
    text = '<p style="color: #ccc">Twelve</p>'
    covered = text + '<i style="position: absolute; top: 0; width: 40px; height: 40px; background: #333">'
    assert found(covered, text, covered) == [0, 1, 0]


def test_a_text_is_found_unless_what_holds_it_is_cut_to_a_pixel(found):
    faint = PLAIN.format(name="dim", ink="#aaa")
    cut = "position: absolute; overflow: hidden; width: 1px; height: 1px; clip: rect(0, 0, 0, 0)"
    assert found(f'<div style="{cut}">{faint}</div>') == [0]
    assert found(f'<div style="overflow: hidden">{faint}</div>') == [1]
