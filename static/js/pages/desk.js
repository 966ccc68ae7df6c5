// The decision desk: a row's decision is saved at once and the place is kept; a, r, o decide, j and k move.
"use strict";

(() => {
    const SWAP = { target: "#desk", select: "#desk", swap: "outerHTML show:none" };
    const row = () => document.querySelector(".desk-bids tr.is-on");
    const typing = (target) => target.matches("input:not([type=radio]):not([type=checkbox]), select, textarea");
    let afterwards = "";

    // Posts one row as its page showed it: whatever changed meanwhile is refused by the server and told.
    function send(url, body) {
        const element = document.getElementById("desk");
        element.setAttribute("aria-busy", "true");
        return htmx.ajax("POST", url, { ...SWAP, values: body });
    }

    function decide(radio) {
        const [, id] = radio.name.split(/-(.*)/s);
        const seen = [...document.querySelectorAll("[name=seen]")].find((one) => one.value.startsWith(id)).value;
        afterwards = radio.id;
        send(radio.dataset.post, { bids: id, seen });
    }

    function open(id, then) {
        const link = document.getElementById(`open-${id}`);
        if (!link) { return; }
        afterwards = then || link.id;
        htmx.ajax("GET", link.getAttribute("href"), SWAP).then(() => history.replaceState(null, "", link.href));
    }

    function reject(id) {
        if (row()?.id === `bid-${id}`) { document.querySelector("#why select")?.focus(); } else { open(id, "reason"); }
    }

    function showBulk() {
        const form = document.querySelector("[data-chosen]");
        if (!form) { return; }
        const ticked = document.querySelectorAll(".bid-box:checked").length;
        form.hidden = ticked === 0;
        form.querySelector("[data-row-saver]").hidden = true;
        form.querySelector("[data-chosen-count]").textContent = `${ticked} chosen`;
    }

    document.addEventListener("change", (event) => {
        const one = event.target;
        if (one.matches(".bid-box, [data-check-all]")) { window.setTimeout(showBulk); }
        if (!one.matches(".decide input")) { return; }
        if (one.value === "rejected") { reject(one.name.split(/-(.*)/s)[1]); } else { decide(one); }
    });

    document.addEventListener("click", (event) => {
        const link = event.target.closest("a[data-bid]");
        if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(link.id.slice(5)); }
    });

    document.addEventListener("submit", (event) => {
        if (!event.target.matches("[data-row-form]")) { return; }
        event.preventDefault();
        const told = Object.fromEntries(new FormData(event.target));
        afterwards = `no-${told.bids}`;
        send(event.target.getAttribute("action"), told);
    });

    document.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.documentElement.dataset.keys === "off") { return; }
        const here = row();
        if (!here || !/^[arojk]$/.test(event.key)) { return; }
        const id = here.id.slice(4);
        event.preventDefault();
        if (event.key === "j" || event.key === "k") {
            const next = event.key === "j" ? here.nextElementSibling : here.previousElementSibling;
            if (next) { open(next.id.slice(4)); }
        } else if (event.key === "r") {
            document.querySelector("#why select")?.focus();
        } else {
            const radio = document.getElementById(`${event.key === "a" ? "yes" : "undecided"}-${id}`);
            if (radio && !radio.checked) { decide(radio); }
        }
    });

    document.addEventListener("htmx:afterSettle", () => {
        showBulk();
        const place = afterwards === "reason" ? document.querySelector("#why select") : document.getElementById(afterwards);
        place?.focus({ preventScroll: afterwards !== "reason" });
        afterwards = "";
    });

    document.addEventListener("DOMContentLoaded", showBulk);
})();
