// On a phone a table's rows stand as cards, each cell beside its column's name: nothing is off the page's edge.
"use strict";

function columnName(head) {
    return head.querySelector("input, .visually-hidden") ? "" : head.textContent.trim();
}

function asCards(table) {
    const heads = table.tHead ? [...table.tHead.rows].at(-1).cells : [];
    if (heads.length < 3 || table.classList.contains("table-stacked")) {
        return;
    }
    const names = [...heads].map(columnName);
    const first = names.findIndex((name) => name);
    for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
        const spanned = names.length - row.cells.length;
        if ([...row.cells].some((cell) => cell.colSpan > 1)) {
            continue;
        }
        [...row.cells].forEach((cell, place) => {
            const column = place + spanned;
            if (!cell.childElementCount && !cell.textContent.trim()) {
                cell.dataset.blank = "";
            } else if (names[column] && column !== first && !cell.hasAttribute("data-label")) {
                cell.dataset.label = names[column];
            }
        });
    }
    table.classList.add("table-cards");
}

function allAsCards() {
    document.querySelectorAll("main .table-responsive > table").forEach(asCards);
}

document.addEventListener("DOMContentLoaded", allAsCards);
document.addEventListener("htmx:afterSettle", allAsCards);
