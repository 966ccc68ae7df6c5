// The ballot's table while it is typed: totals, limits and what each window could earn. The server judges it again.
"use strict";

const PRICES = ["availability_price", "utilisation_price", "service_fee"];
const HOUR = 3600000000n;

// A decimal as a whole number of its last place; null when it is not a number of at most so many places.
function scaled(text, places) {
    const found = /^\s*(\d{0,15})(?:\.(\d*))?\s*$/.exec(text || "");
    if (!found || !(found[1] || found[2])) {
        return null;
    }
    const beyond = (found[2] || "").replace(/0+$/, "");
    return beyond.length > places ? null : BigInt((found[1] || "0") + beyond.padEnd(places, "0"));
}

// Expected cost in pence, rounded half up. What each price is charged for comes with the page, in microseconds of an hour.
function bidPence(capacity, prices, ticks) {
    const charged = PRICES.reduce((sum, name) => sum + prices[name] * BigInt(ticks[name]), 0n);
    const below = 1000000n * HOUR;
    return (2n * capacity * charged + below) / (2n * below);
}

function grouped(whole) {
    return whole.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

function asMegawatts(micro) {
    const rest = (micro % 1000000n).toString().padStart(6, "0").replace(/0+$/, "");
    return grouped(micro / 1000000n) + (rest ? `.${rest}` : "");
}

function asMoney(pence, sign) {
    return `${sign}${grouped(pence / 100n)}.${(pence % 100n).toString().padStart(2, "0")}`;
}

class Ballot {
    constructor(form) {
        this.form = form;
        this.unit = form.dataset.unit;
        this.sign = form.dataset.sign;
        this.groups = [...form.querySelectorAll("tbody[data-window]")];
        this.judged = new Map();
        form.addEventListener("input", (event) => this.show(event.target.closest("tbody[data-window]")));
        form.addEventListener("change", (event) => {
            this.chooseThose(event.target);
            if (!event.target.closest("tbody[data-window]")) {
                this.show();
            }
        });
        form.addEventListener("keydown", (event) => this.move(event));
        document.addEventListener("htmx:afterSwap", () => this.show());
        form.querySelectorAll("[data-fill]").forEach((button) => {
            button.hidden = false;
            button.addEventListener("click", () => this.fill(button.closest("tbody")));
        });
        this.show();
    }

    // Who ticks assets means those; who names a group or a ref while all are chosen means these and no others.
    chooseThose(changed) {
        const all = this.form.querySelector('input[name="choice"][value="all"]');
        const names = (changed.name === "groups" && changed.checked) || (changed.name === "add" && changed.value.trim() !== "");
        if (changed.name === "assets" || (names && all.checked)) {
            this.form.querySelector('input[name="choice"][value="some"]').checked = true;
        }
    }

    field(row, name) {
        return row.querySelector(`input[name$="-${name}"]`);
    }

    // What the ballot's assets are qualified for, in millionths of a MW: worked out here from the boxes, where each asset
    // has one, or as the server says of groups and refs.
    qualified() {
        const choice = this.form.querySelector('input[name="choice"]:checked');
        const isMore = this.form.querySelector('input[name="groups"]:checked') !== null;
        const boxes = [...this.form.querySelectorAll('input[name="assets"]')];
        if (!isMore && choice && choice.value === "some" && boxes.length > 0) {
            const assets = JSON.parse(this.form.dataset.assets);
            return boxes.filter((box) => box.checked).reduce((sum, box) => sum + scaled(assets[box.value], 6), 0n);
        }
        return scaled(this.form.querySelector("[data-picked]").dataset.mw, 6);
    }

    limit(group) {
        const required = scaled(group.dataset.required, 6);
        const qualified = this.qualified();
        return qualified < required ? qualified : required;
    }

    fill(group) {
        const rows = [...group.querySelectorAll("tr")];
        const others = rows.slice(1).reduce((sum, row) => sum + (scaled(this.field(row, "capacity").value, 6) || 0n), 0n);
        const left = this.limit(group) - others;
        const field = this.field(rows[0], "capacity");
        field.value = left > 0n ? asMegawatts(left).replaceAll(",", "") : "";
        field.focus();
        this.show(group);
    }

    // The group's MW and pence; pence is null while a price is missing or no number.
    sums(group) {
        const ticks = JSON.parse(group.dataset.ticks);
        const minimum = scaled(group.dataset.minimum, 6);
        let [offered, pence, bids, isSmall] = [0n, 0n, 0, false];
        for (const row of group.querySelectorAll("tr")) {
            const typed = this.field(row, "capacity").value.trim();
            if (!typed) {
                continue;
            }
            bids += 1;
            const capacity = scaled(typed, 6);
            const prices = {};
            for (const name of PRICES) {
                const field = this.field(row, name);
                prices[name] = field ? scaled(field.value, 2) : 0n;
            }
            const isKnown = capacity !== null && PRICES.every((name) => prices[name] !== null);
            offered += capacity || 0n;
            isSmall = isSmall || (capacity !== null && capacity < minimum);
            pence = isKnown && pence !== null ? pence + bidPence(capacity, prices, ticks) : null;
        }
        const isUnestimated = ticks.utilisation_price === 0 && group.querySelector('input[name$="-utilisation_price"]') !== null;
        return { offered, pence, bids, isSmall, minimum, isUnestimated };
    }

    // What is to be said of a window's bids, worst first.
    worded(sums, limit) {
        const offered = `${asMegawatts(sums.offered)} of at most ${asMegawatts(limit)} ${this.unit}`;
        if (sums.offered > limit) {
            return `${offered}: ${asMegawatts(sums.offered - limit)} too much`;
        }
        if (sums.isSmall) {
            return `${offered}: each bid needs at least ${asMegawatts(sums.minimum)}`;
        }
        if (sums.pence === null) {
            return `${offered}, a number is missing`;
        }
        return `${offered}, could earn ${asMoney(sums.pence, this.sign)}${sums.isUnestimated ? ", utilisation not estimated" : ""}`;
    }

    judge(group) {
        const sums = this.sums(group);
        const limit = this.limit(group);
        const isOutside = sums.offered > limit || sums.isSmall;
        const line = group.querySelector("[data-sums]");
        line.hidden = sums.bids === 0;
        line.classList.toggle("text-danger", isOutside);
        line.textContent = this.worded(sums, limit);
        this.judged.set(group, { ...sums, isOutside });
    }

    // Judges the window in which something was typed, or all of them, and adds up.
    show(changed) {
        (changed ? [changed] : this.groups).forEach((group) => this.judge(group));
        let [total, bids, outside, unknown] = [0n, 0, 0, 0];
        for (const { isOutside, ...sums } of this.judged.values()) {
            bids += sums.bids;
            outside += isOutside ? 1 : 0;
            unknown += sums.pence === null ? 1 : 0;
            total += sums.pence || 0n;
        }
        const parts = bids === 0 ? ["No bids yet"] : [`${bids} bid${bids === 1 ? "" : "s"}`, `could earn ${asMoney(total, this.sign)} if all are accepted`];
        if (unknown) {
            parts.push(`${unknown} window${unknown === 1 ? "" : "s"} with a number missing`);
        }
        if (outside) {
            parts.push(`${outside} window${outside === 1 ? "" : "s"} outside the limits`);
        }
        const told = this.form.querySelector("[data-total]");
        if (told.textContent !== `${parts.join(", ")}.`) {
            told.textContent = `${parts.join(", ")}.`;
        }
        told.hidden = false;
    }

    // Up and down move within a column.
    move(event) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        const column = /^row-\d+-(\w+)$/.exec(event.target.name || "");
        if (!step || !column || event.altKey || event.ctrlKey || event.metaKey) {
            return;
        }
        const fields = [...this.form.querySelectorAll(`input[name$="-${column[1]}"]`)];
        const next = fields[fields.indexOf(event.target) + step];
        if (next) {
            event.preventDefault();
            next.focus();
            next.select();
        }
    }
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form[data-ballot]").forEach((form) => new Ballot(form));
});
