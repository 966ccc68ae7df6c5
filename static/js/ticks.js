// Ticked rows: how many are said in the bar that appears with the first of them; the box at the head follows.
"use strict";

(() => {
    function follow() {
        for (const told of document.querySelectorAll("[data-ticked]")) {
            const ticked = document.querySelectorAll(`${told.dataset.ticked}:checked`);
            told.textContent = `${ticked.length} selected`;
            document.querySelectorAll(told.dataset.ticked).forEach((one) => one.closest("tr")?.setAttribute("aria-selected", String(one.checked)));
        }
    }
    document.addEventListener("change", () => window.setTimeout(follow, 0));
    document.addEventListener("htmx:afterSettle", follow);
    document.addEventListener("DOMContentLoaded", follow);
})();
