// What is typed stays in this tab, and on the server where the form says so, until it is recorded: a session that ends
// meanwhile, or a way off the page, loses nothing.
"use strict";

class Draft {
    constructor(form) {
        this.form = form;
        this.key = `draft/${form.dataset.draft}`;
        this.offer = document.querySelector("[data-draft-offer]");
        const kept = sessionStorage.getItem(this.key);
        if ("typed" in form.dataset && !(kept && this.isNewer())) {
            this.keep();
        } else if (kept && kept !== this.typed()) {
            this.ask(JSON.parse(kept));
        }
        form.addEventListener("input", () => this.keepSoon());
        form.addEventListener("change", () => this.keepSoon());
        form.addEventListener("submit", (event) => (event.submitter?.matches("[data-draft-drop]") ? this.drop() : this.keep()));
        window.addEventListener("pagehide", () => this.soon && this.keep());
        document.addEventListener("visibilitychange", () => document.hidden && this.later && this.save());
        form.querySelectorAll("[data-draft-drop]").forEach((link) => link.addEventListener("click", () => this.drop()));
    }

    // The server has kept nothing since this tab last heard from it, so what stays here was typed later, signed out perhaps.
    isNewer() {
        return "kept" in this.form.dataset && this.form.dataset.kept === sessionStorage.getItem(`${this.key}/kept`);
    }

    typed() {
        return JSON.stringify([...new FormData(this.form)].filter(([name]) => name !== "csrfmiddlewaretoken"));
    }

    keepSoon() {
        window.clearTimeout(this.soon);
        this.soon = window.setTimeout(() => this.keep(), 300);
    }

    keep() {
        window.clearTimeout(this.soon);
        this.soon = 0;
        sessionStorage.setItem(this.key, this.typed());
        this.offer.hidden = true;
        if (this.form.dataset.draftUrl) {
            window.clearTimeout(this.later);
            this.later = window.setTimeout(() => this.save(), 1500);
        } else {
            this.tell(new Date().toLocaleTimeString("en-GB"));
        }
    }

    // The server keeps it too, for any other device; without an answer it stays in this tab alone.
    async save() {
        window.clearTimeout(this.later);
        this.later = 0;
        const body = new URLSearchParams(new FormData(this.form));
        const there = await fetch(this.form.dataset.draftUrl, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: body.toString().length < 60000 })
            .then((answer) => (answer.ok ? answer.json() : {}), () => ({}));
        if (there.at) {
            sessionStorage.setItem(`${this.key}/kept`, there.at);
        }
        this.tell(there.saved || `in this tab, ${new Date().toLocaleTimeString("en-GB")}`);
    }

    tell(text) {
        document.querySelectorAll("[data-draft-saved]").forEach((place) => {
            place.closest("[hidden]")?.removeAttribute("hidden");
            place.textContent = text;
        });
    }

    drop() {
        window.clearTimeout(this.soon);
        window.clearTimeout(this.later);
        this.soon = this.later = 0;
        sessionStorage.removeItem(this.key);
        sessionStorage.removeItem(`${this.key}/kept`);
        this.offer.hidden = true;
    }

    ask(fields) {
        this.offer.hidden = false;
        this.offer.querySelector("[data-draft-drop]").addEventListener("click", () => this.drop());
        const back = this.offer.querySelector("form");
        back.addEventListener("submit", () => {
            for (const [name, value] of fields) {
                const field = document.createElement("input");
                [field.type, field.name, field.value] = ["hidden", name, value];
                back.append(field);
            }
        }, { once: true });
    }
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form[data-draft]").forEach((form) => new Draft(form));
});
