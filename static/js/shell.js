// The shell: menus close on Escape and outside clicks, the navigation folds, themes change in place, single keys lead on.
"use strict";

(() => {
    const root = document.documentElement;
    const typing = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
    const menus = () => document.querySelectorAll("details.menu[open]");
    const drawer = (isOpen) => {
        root.dataset.drawer = isOpen ? "open" : "";
        document.querySelector("[data-drawer-open]")?.setAttribute("aria-expanded", String(isOpen));
        if (isOpen) { document.querySelector(".side .side-link")?.focus(); }
    };

    function keep(name, value) {
        try { window.localStorage.setItem(name, value); } catch { /* kept for this page only */ }
    }

    function fold() {
        root.dataset.side = root.dataset.side === "mini" ? "" : "mini";
        keep("side", root.dataset.side);
        window.dispatchEvent(new Event("resize"));
    }

    document.addEventListener("click", (event) => {
        menus().forEach((menu) => { if (!menu.contains(event.target)) { menu.open = false; } });
        if (event.target.closest("[data-drawer-open]")) { drawer(root.dataset.drawer !== "open"); }
        else if (root.dataset.drawer === "open" && !event.target.closest(".side")) { drawer(false); }
        if (event.target.closest("[data-fold]")) { fold(); }
    });

    // The theme changes at once; the form behind the button keeps it with the user.
    document.addEventListener("submit", (event) => {
        if (!event.target.matches("[data-themes]")) { return; }
        event.preventDefault();
        const { form, value } = event.submitter;
        const told = new FormData(form, event.submitter);
        root.dataset.theme = value;
        form.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(one === event.submitter)));
        document.dispatchEvent(new CustomEvent("theme:chosen"));
        fetch(form.action, { method: "POST", body: told, headers: { "X-Requested-With": "fetch" } });
    });

    // Under the search: Enter opens the first that was found, the arrows go through them, Escape closes.
    const foundLinks = () => [...document.querySelectorAll("#search-found .found-hit")];
    document.addEventListener("keydown", (event) => {
        const field = event.target.closest?.(".search");
        if (!field) { return; }
        const links = foundLinks(), place = links.indexOf(document.activeElement);
        if (event.key === "Enter" && place < 0 && links.length && field.dataset.found === field.querySelector("input").value) {
            event.preventDefault();
            window.location.assign(links[0].href);
        } else if (event.key === "ArrowDown" && links.length) {
            event.preventDefault();
            links[Math.min(place + 1, links.length - 1)].focus();
        } else if (event.key === "ArrowUp" && place >= 0) {
            event.preventDefault();
            (links[place - 1] || field.querySelector("input")).focus();
        } else if (event.key === "Escape") {
            document.getElementById("search-found").replaceChildren();
            field.querySelector("input").focus();
        }
    });
    document.addEventListener("htmx:afterSwap", (event) => {
        if (event.detail.target.id === "search-found") {
            const field = event.detail.target.closest(".search");
            field.dataset.found = new URL(event.detail.xhr.responseURL).searchParams.get("q");
        }
    });
    document.addEventListener("click", (event) => {
        if (!event.target.closest(".search")) { document.getElementById("search-found")?.replaceChildren(); }
    });

    // "g" and then a letter leads to a page of the navigation, "/" to the search; not while something is typed.
    let isGoing = false;
    const mayJump = () => root.dataset.keys !== "off";
    document.addEventListener("keydown", (event) => {
        if (event.key === "Escape") {
            const open = menus();
            open.forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
            if (root.dataset.drawer === "open") { drawer(false); document.querySelector("[data-drawer-open]")?.focus(); }
            return;
        }
        if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !mayJump()) { return; }
        if (event.key === "/") {
            const search = document.querySelector(".search input");
            if (search && search.offsetParent) { event.preventDefault(); search.focus(); }
        } else if (isGoing) {
            isGoing = false;
            const link = document.querySelector(`.side [data-key="${CSS.escape(event.key)}"]`);
            if (link) { event.preventDefault(); link.click(); }
        } else if (event.key === "g") {
            isGoing = true;
            window.setTimeout(() => { isGoing = false; }, 1500);
        }
    });
})();
