// What is typed stays in this tab until it is recorded: a session that ends meanwhile, or a way off the page, loses nothing.
"use strict";

class Draft {
    constructor(form) {
        this.form = form;
        this.key = `draft/${form.dataset.draft}`;
        this.offer = document.querySelector("[data-draft-offer]");
        const kept = sessionStorage.getItem(this.key);
        if ("typed" in form.dataset) {
            this.keep();
        } else if (kept && kept !== this.typed()) {
            this.ask(JSON.parse(kept));
        }
        form.addEventListener("input", () => this.keepSoon());
        form.addEventListener("change", () => this.keepSoon());
        form.addEventListener("submit", () => this.keep());
        window.addEventListener("pagehide", () => this.soon && this.keep());
        form.querySelectorAll("[data-draft-drop]").forEach((link) => link.addEventListener("click", () => this.drop()));
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
        document.querySelectorAll("[data-draft-saved]").forEach((place) => {
            place.closest("[hidden]")?.removeAttribute("hidden");
            place.textContent = new Date().toLocaleTimeString("en-GB");
        });
    }

    drop() {
        window.clearTimeout(this.soon);
        this.soon = 0;
        sessionStorage.removeItem(this.key);
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
