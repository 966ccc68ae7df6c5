// A week to draw a window on, with the mouse or the keys; the inputs beside it always say the same.
"use strict";

const DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HALVES = 48;

function clock(half) {
    return `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 ? "30" : "00"}`;
}

class WeekGrid {
    constructor(host) {
        this.form = host.closest("form");
        this.taken = new Set(JSON.parse(host.dataset.taken));
        this.cells = [];
        this.from = null;
        this.build(host);
        this.listen();
        this.read();
        host.hidden = false;
    }

    build(host) {
        const hint = document.createElement("p");
        hint.className = "form-hint";
        hint.id = "week-hint";
        hint.textContent = "Drag over days and hours. With the keyboard: arrow keys move, Space begins, Space again ends, Escape drops it.";
        this.said = document.createElement("p");
        this.said.setAttribute("role", "status");
        this.said.className = "week-said";
        this.table = document.createElement("table");
        this.table.className = "week-grid";
        this.table.setAttribute("role", "grid");
        this.table.setAttribute("aria-label", "Week: days and half hours of the window");
        this.table.setAttribute("aria-describedby", "week-hint");
        const head = this.table.createTHead().insertRow();
        head.append(document.createElement("td"));
        for (const name of DAY_NAMES) {
            const cell = document.createElement("th");
            cell.scope = "col";
            cell.textContent = name.slice(0, 3);
            head.append(cell);
        }
        const body = this.table.createTBody();
        for (let half = 0; half < HALVES; half += 1) {
            this.row(body.insertRow(), half);
        }
        this.at(0, 16).tabIndex = 0;
        host.append(hint, this.table, this.said);
    }

    row(row, half) {
        const hour = document.createElement("th");
        hour.scope = "row";
        const name = document.createElement("span");
        name.className = half % 4 === 0 ? "" : "visually-hidden";
        name.textContent = clock(half);
        hour.append(name);
        row.append(hour);
        for (let day = 0; day < 7; day += 1) {
            const cell = row.insertCell();
            const isTaken = this.taken.has(day * HALVES + half);
            cell.setAttribute("role", "gridcell");
            cell.setAttribute("aria-label", `${DAY_NAMES[day]} ${clock(half)}${isTaken ? ", in another window" : ""}`);
            cell.tabIndex = -1;
            cell.dataset.day = day;
            cell.dataset.half = half;
            cell.classList.toggle("is-taken", isTaken);
            this.cells[day * HALVES + half] = cell;
        }
    }

    at(day, half) {
        return this.cells[day * HALVES + half];
    }

    listen() {
        this.table.addEventListener("pointerdown", (event) => {
            const cell = event.target.closest("td[data-day]");
            if (cell) {
                event.preventDefault();
                this.from = cell;
                this.write(cell);
            }
        });
        this.table.addEventListener("pointerover", (event) => {
            const cell = event.target.closest("td[data-day]");
            if (cell && this.from && event.buttons) {
                this.write(cell);
            }
        });
        window.addEventListener("pointerup", () => { this.from = this.byKeys ? this.from : null; });
        this.table.addEventListener("keydown", (event) => this.key(event));
        this.form.addEventListener("change", () => this.read());
        this.form.addEventListener("input", () => this.read());
        const periods = JSON.parse(document.querySelector("[data-periods]").dataset.periods);
        this.form.elements.period.addEventListener("change", (event) => {
            const known = periods[event.target.value.trim()];
            if (known) {
                [this.form.elements.first_day.value, this.form.elements.last_day.value] = known;
            }
        });
    }

    key(event) {
        const cell = event.target.closest("td[data-day]");
        const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
        if (!cell) {
            return;
        }
        if (step) {
            event.preventDefault();
            const day = Math.min(6, Math.max(0, Number(cell.dataset.day) + step[0]));
            const half = Math.min(HALVES - 1, Math.max(0, Number(cell.dataset.half) + step[1]));
            this.focus(this.at(day, half));
            if (this.from) {
                this.write(this.at(day, half));
            }
        } else if (event.key === " " || event.key === "Enter") {
            event.preventDefault();
            this.byKeys = !this.byKeys;
            this.from = this.byKeys ? cell : this.from;
            this.write(cell);
            this.from = this.byKeys ? cell : null;
        } else if (event.key === "Escape" && this.from) {
            this.byKeys = false;
            this.from = null;
            this.fill([], "", "");
        }
    }

    focus(cell) {
        this.cells.forEach((each) => { each.tabIndex = -1; });
        cell.tabIndex = 0;
        cell.focus();
    }

    write(to) {
        const days = [this.from.dataset.day, to.dataset.day].map(Number).sort((a, b) => a - b);
        const halves = [this.from.dataset.half, to.dataset.half].map(Number).sort((a, b) => a - b);
        const names = DAY_NAMES.slice(days[0], days[1] + 1);
        this.fill(names, clock(halves[0]), clock((halves[1] + 1) % HALVES));
    }

    fill(names, start, end) {
        for (const box of this.form.querySelectorAll("[name=weekdays]")) {
            box.checked = names.includes(box.value);
        }
        this.form.elements.start.value = start;
        this.form.elements.end.value = end;
        this.read();
    }

    read() {
        const days = [...this.form.querySelectorAll("[name=weekdays]:checked")].map((box) => DAY_NAMES.indexOf(box.value));
        const [start, end] = ["start", "end"].map((name) => {
            const [hours, minutes] = this.form.elements[name].value.split(":").map(Number);
            return hours * 60 + minutes;
        });
        const chosen = new Set();
        if (!Number.isNaN(start) && !Number.isNaN(end)) {
            const last = end <= start ? end + 1440 : end;
            for (const day of days) {
                for (let half = Math.floor(start / 30); half * 30 < last; half += 1) {
                    chosen.add((day * HALVES + half) % (7 * HALVES));
                }
            }
        }
        this.cells.forEach((cell, place) => {
            cell.classList.toggle("is-chosen", chosen.has(place));
            cell.setAttribute("aria-selected", String(chosen.has(place)));
        });
        this.said.textContent = chosen.size
            ? `${days.map((day) => DAY_NAMES[day]).join(", ")}: ${this.form.elements.start.value} to ${this.form.elements.end.value}`
            : "Nothing drawn yet.";
    }
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-week]").forEach((host) => new WeekGrid(host));
});
