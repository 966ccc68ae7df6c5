"""What a page may not do at any width: be wider than the screen, reach over a card, cut a text or lay one over another."""

from playwright.sync_api import Page

WIDTHS = (1440, 1280, 720, 390, 1920)
"""Desks, a phone, and 720 px: what is left of 1440 at 200 % zoom. They are in the order that crosses fewest of the
widths at which the style changes, from the last to the first of the next page too."""
CUT_FROM = 1000
LAID_OUT = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
)
"""What follows the width by script has followed it."""
SEE_THROUGH = "() => { document.documentElement.style.opacity = 0; }"
FAULTS = """(mayScroll) => {
    const apart = "svg, .sr, .visually-hidden, .skip-link, .menu-pop, .map, [data-chart], .search-found";
    const told = (element) => {
        const css = element.getAttribute("class") || "";
        const text = (element.textContent || element.value || "").trim().replace(/\\s+/g, " ").slice(0, 40);
        return `${element.tagName.toLowerCase()}.${css.trim().split(/\\s+/).join(".")} “${text}”`;
    };
    const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
    const styles = new Map();
    const style = (element) => styles.get(element) || styles.set(element, getComputedStyle(element)).get(element);
    const main = document.querySelector("main");
    const all = [...main.querySelectorAll("*")].filter((one) => !one.closest(apart) && shown(one));
    const found = new Set();
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    if (wide > 0) { found.add(`the page is ${wide} px too wide`); }
    for (const card of main.querySelectorAll(".panel, .card, .strip, .note, .alert, .bar-bottom")) {
        if (!shown(card)) { continue; }
        const edge = card.getBoundingClientRect();
        for (const element of card.querySelectorAll("*")) {
            const here = element.getBoundingClientRect();
            if (here.width === 0 || (here.right <= edge.right + 1 && here.left >= edge.left - 1)) { continue; }
            if (!shown(element) || element.closest(".sr, .visually-hidden, .menu-pop, .map, [data-chart]")) { continue; }
            let up = element.parentElement;
            while (up !== card && style(up).overflowX === "visible") { up = up.parentElement; }
            if (up === card && style(card).overflowX === "visible") {
                found.add(`reaches over its card: ${told(element)}`);
                break;
            }
        }
    }
    const mustBeWhole = ".num, .number, .pill, .badge, .due, .ref, .phase, .btn, time, .strip dd";
    for (const element of all) {
        const how = style(element);
        const over = element.scrollWidth - element.clientWidth;
        if (element.matches("input:not([type=checkbox], [type=radio], [type=range], [type=file], [type=hidden])")) {
            if (over > 1 && element.value && !element.matches("[type=text], [type=search], [type=url], [type=email]")) {
                found.add(`a field cuts ${element.name} “${element.value}”`);
            }
            continue;
        }
        if (over <= 1 || element.clientWidth === 0 || how.display === "inline") { continue; }
        if (how.overflowX === "visible") {
            if (element.matches("td, th, dd, dt, li, p, h1, h2, h3, label, summary, figcaption, legend, .btn, .pill")) {
                found.add(`spills over its place by ${over}: ${told(element)}`);
            }
        } else if (how.textOverflow === "ellipsis") {
            const isName = element.closest("[title]") || element.querySelector("[title]");
            const part = element.matches(mustBeWhole) ? element : element.querySelector(mustBeWhole);
            const isCut = part && part.getBoundingClientRect().right > element.getBoundingClientRect().right + 1;
            if (!isName || (part === element) || isCut) { found.add(`shortened: ${told(element)}`); }
        } else if (how.clipPath === "none" && (how.overflowX === "hidden" || how.overflowX === "clip")) {
            found.add(`cut off: ${told(element)}`);
        } else if (!mayScroll && element.querySelector("table:not(.sheet, .week-grid)")) {
            found.add(`a table scrolls sideways by ${over}: ${element.getAttribute("aria-label") || told(element)}`);
        }
    }
    for (const drawing of main.querySelectorAll("svg")) {
        if (!shown(drawing) || drawing.closest(".map, [data-chart]")) { continue; }
        const texts = [...drawing.querySelectorAll("text")].filter((one) => shown(one) && one.textContent.trim());
        const boxes = texts.map((one) => one.getBoundingClientRect());
        for (let here = 0; here < boxes.length; here += 1) {
            for (let next = here + 1; next < boxes.length; next += 1) {
                const across = Math.min(boxes[here].right, boxes[next].right) - Math.max(boxes[here].left, boxes[next].left);
                const down = Math.min(boxes[here].bottom, boxes[next].bottom) - Math.max(boxes[here].top, boxes[next].top);
                if (across > 1 && down > 4) { found.add(`“${texts[here].textContent}” lies over “${texts[next].textContent}”`); }
            }
        }
    }
    return [...found];
}"""
FAULTS_ONCE_LAID_OUT = f"(mayScroll) => ({LAID_OUT})().then(() => ({FAULTS})(mayScroll))"


def faults_at(page: Page, width: int) -> list[str]:
    """What is cut, laid over something, or wider than its place, at this width."""
    is_other = page.viewport_size != (size := {"width": width, "height": 800})
    if is_other:
        page.set_viewport_size(size)
    faults = page.evaluate(FAULTS_ONCE_LAID_OUT if is_other else FAULTS, width < CUT_FROM)
    return [f"{width} px: {each}" for each in faults]


def misfits(page: Page) -> list[str]:
    """The same at all widths, on a page that is laid out but from then on not painted."""
    page.evaluate(SEE_THROUGH)
    return [fault for width in WIDTHS for fault in faults_at(page, width)]
