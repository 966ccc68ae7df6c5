"""Whether texts stand out from what is behind them, by axe: each look of text once, since this takes axe most of its time.

What a text looks like is how it is written, in which colours, and what everything that holds it paints. A look is known
from when axe told it of a text to be right: one that it could not judge, as where something lies over it, is asked for
again on every page. Left out is what it never judges: single letters, drawings, fields with a picture, what nobody sees.
Where something lies over a page that none had before, all of its texts are read; what is not drawn, as a menu that is
shut, or is cut to a pixel for those who hear the page, lies over nothing.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

RULE = "color-contrast"
LOOKS = """(within) => {
    const styles = new Map();
    const style = (one) => styles.get(one) || styles.set(one, getComputedStyle(one)).get(one);
    const kind = (one) => [one.tagName, one.getAttribute("class"), one.matches(":disabled, [aria-disabled=true]")].join(" ");
    const paint = (one) => {
        const { backgroundColor, backgroundImage, opacity, filter, mixBlendMode, position, zIndex } = style(one);
        return [backgroundColor, backgroundImage, opacity, filter, mixBlendMode, position, zIndex].join(" ");
    };
    const plain = "rgba(0, 0, 0, 0) none 1 none normal static auto";
    const behinds = new Map([[null, ""]]);
    const behind = (one) => {
        if (!behinds.has(one)) {
            const held = behind(one.parentElement), own = paint(one);
            behinds.set(one, own === plain ? held : `${held} / ${own}`);
        }
        return behinds.get(one);
    };
    const look = (one) => {
        const { color, fontSize, fontWeight, textShadow } = style(one);
        return [kind(one), color, fontSize, fontWeight, textShadow, behind(one)].join(" | ");
    };
    const isText = (one) => one.matches("select, textarea, input:not([type=checkbox], [type=radio], [type=range])")
        ? !style(one).backgroundImage.includes("url")
        : !one.matches("option, svg *") && one.textContent.trim().length > 1
            && [...one.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.data.trim());
    const isCut = (one) => style(one).overflow !== "visible" && one.offsetWidth <= 1 && one.offsetHeight <= 1;
    const cuts = new Map([[null, false]]);
    const isInCut = (one) => {
        if (!cuts.has(one)) { cuts.set(one, isCut(one) || isInCut(one.parentElement)); }
        return cuts.get(one);
    };
    const isSeen = (one) => {
        const { width, height, right, bottom } = one.getBoundingClientRect();
        const isOnPage = right + window.scrollX > 0 && bottom + window.scrollY > 0;
        return width > 1 && height > 1 && isOnPage && one.checkVisibility({ visibilityProperty: true }) && !isInCut(one);
    };
    const all = [...document.querySelector(within).querySelectorAll("*")];
    window.textsByLook = Map.groupBy(all.filter((one) => isText(one) && isSeen(one)), look);
    const lies = (one) => (/absolute|fixed|sticky/.test(style(one).position) || /-/.test(style(one).margin))
        && one.checkVisibility() && !isCut(one);
    return {
        looks: [...window.textsByLook.keys()],
        over: [...new Set(all.filter(lies).map((one) => `${kind(one.parentElement)} > ${kind(one)} ${paint(one)}`))],
    };
}"""
READ = """(looks) => {
    const asked = { runOnly: ["color-contrast"], resultTypes: ["violations", "passes"], selectors: false, elementRef: true };
    return axe.run({ include: looks.flatMap((look) => window.textsByLook.get(look)) }, asked)
        .then(({ violations, passes }) => {
            const told = (results) => new Set(results.flatMap(({ nodes }) => nodes.map(({ element }) => element)));
            const hasOne = (texts) => (look) => window.textsByLook.get(look).some((text) => texts.has(text));
            const isRight = hasOne(told(passes)), isFaint = hasOne(told(violations));
            for (const { nodes } of violations) { for (const node of nodes) { delete node.element; } }
            return { violations, right: looks.filter((look) => isRight(look) && !isFaint(look)) };
        });
}"""


@dataclass
class _Known:
    """The looks that are right, and what lies over pages."""

    right: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)


_known: defaultdict[tuple[int, str], _Known] = defaultdict(_Known)
"""What is known by width and theme."""


def too_faint(page: Page, within: str, width: int, theme: str) -> list[dict[str, Any]]:
    """What axe, which the page has, finds of texts in looks that were not known at this width and in this theme."""
    known = _known[width, theme]
    there = page.evaluate(LOOKS, within)
    is_usual = known.over.issuperset(there["over"])
    unread = [look for look in there["looks"] if not is_usual or look not in known.right]
    if not unread:
        return []
    found = page.evaluate(READ, unread)
    known.over.update(there["over"])
    known.right.update(found["right"])
    return list(found["violations"])
