// Lists: filters apply when chosen, the bar for ticked rows appears with the first tick, j k x and Enter go through rows.
"use strict";

(() => {
    const root = document.documentElement;
    const typing = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox";

    // Nothing that is empty, and no columns that are as they come, stand in the address.
    function tidy(event) {
        const form = event.target;
        const boxes = [...form.querySelectorAll("input[type=checkbox]")];
        const areChanged = boxes.some((box) => box.checked !== box.defaultChecked);
        const asked = new URLSearchParams(window.location.search);
        for (const name of new Set([...event.formData.keys()])) {
            const values = event.formData.getAll(name).filter((value) => value !== "");
            event.formData.delete(name);
            const isKept = name !== "cols" || areChanged || asked.has("cols");
            if (isKept) { values.forEach((value) => event.formData.append(name, value)); }
        }
    }

    function follow(form) {
        form.addEventListener("formdata", tidy);
        if (form.hasAttribute("hx-get")) { return; }
        form.addEventListener("change", (event) => {
            if (!event.target.closest("details")) { form.requestSubmit(); }
        });
    }

    function sumOf(ticked) {
        const amounts = ticked.map((box) => box.dataset.amount).filter((amount) => amount !== undefined);
        const places = Math.max(0, ...amounts.map((amount) => (amount.split(".")[1] || "").length));
        const sum = amounts.reduce((total, amount) => total + Number(amount), 0);
        return amounts.length ? sum.toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places }) : "";
    }

    // The bar stands at the foot without script; with it, above the rows from the first tick on.
    function watch(bar) {
        const boxes = () => [...document.querySelectorAll(bar.dataset.bulk)];
        const frame = boxes()[0]?.closest(".scroll");
        if (!frame) { return; }
        frame.before(bar);
        const said = bar.querySelector("[data-bulk-said]");
        const every = bar.querySelector("[data-bulk-every]");
        const head = frame.querySelector("[data-check-all]");
        function show() {
            const all = boxes();
            const ticked = all.filter((box) => box.checked);
            const isWhole = ticked.length === all.length;
            const wasHidden = bar.hidden;
            bar.hidden = ticked.length === 0;
            if (every) {
                every.hidden = !isWhole;
                if (!isWhole) { every.querySelector("input").checked = false; }
            }
            const isEvery = every && every.querySelector("input").checked;
            const sum = isEvery ? "" : sumOf(ticked);
            const number = isEvery ? bar.elements.count.value : ticked.length;
            said.textContent = `${Number(number).toLocaleString("en-GB")} selected${sum ? ` · ${sum} ${bar.dataset.unit}` : ""}`;
            for (const button of bar.querySelectorAll("[data-verb]")) {
                button.hidden = !ticked.every((box) => (box.dataset.verbs || "").split(" ").includes(button.dataset.verb));
            }
            if (head) {
                head.checked = isWhole && all.length > 0;
                head.indeterminate = ticked.length > 0 && !isWhole;
            }
            const height = bar.hidden ? 0 : bar.offsetHeight;
            root.style.setProperty("--bulk", `${height}px`);
            if (wasHidden !== bar.hidden && window.scrollY > 0) { window.scrollBy(0, bar.hidden ? -bar.offsetHeight : height); }
        }
        document.addEventListener("change", (event) => {
            if (event.target.matches(`${bar.dataset.bulk}, [data-check-all], [name=every]`)) { window.setTimeout(show, 0); }
        });
        let last = null;
        frame.addEventListener("click", (event) => {
            if (!event.target.matches(bar.dataset.bulk)) { return; }
            const all = boxes();
            if (event.shiftKey && last) {
                const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((one, other) => one - other);
                all.slice(Math.max(from, 0), to + 1).forEach((box) => { box.checked = event.target.checked; });
            }
            last = event.target;
        });
        show();
    }

    // A head stays in sight where the table fits its frame: a frame that scrolls sideways keeps its own.
    function fit(frame) {
        const table = frame.querySelector("table");
        if (!table) { return; }
        const measure = () => {
            frame.classList.remove("is-fitting");
            frame.classList.toggle("is-fitting", table.scrollWidth <= frame.clientWidth + 1);
        };
        new ResizeObserver(measure).observe(frame);
    }

    const rowsOf = () => [...document.querySelectorAll("[data-list] tbody tr:not(.group)")];
    function step(by) {
        const rows = rowsOf();
        const at = rows.findIndex((row) => row.classList.contains("is-at"));
        const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
        if (!next) { return; }
        rows[at]?.classList.remove("is-at");
        next.classList.add("is-at");
        const link = next.querySelector("a[href]") || next;
        if (link === next) { next.tabIndex = -1; }
        link.focus({ preventScroll: true });
        next.scrollIntoView({ block: "nearest" });
    }

    function onKey(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || root.dataset.keys === "off") { return; }
        if (event.key === "j" || event.key === "k") {
            event.preventDefault();
            step(event.key === "j" ? 1 : -1);
        } else if (event.key === "x") {
            const box = document.querySelector("[data-list] tr.is-at .check");
            if (box) { event.preventDefault(); box.click(); }
        }
    }

    function start(within) {
        within.querySelectorAll("[data-list-filters]").forEach(follow);
        within.querySelectorAll("[data-bulk]").forEach(watch);
        within.querySelectorAll("[data-list]").forEach(fit);
    }
    document.addEventListener("DOMContentLoaded", () => start(document));
    document.addEventListener("htmx:afterSettle", (event) => start(event.target));
    document.addEventListener("keydown", onKey);
})();
