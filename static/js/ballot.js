// The grid of a ballot: keyboard, paste, fill, undo, folding, live sums and limits. Its inputs stay plain form fields, and the
// server judges all of it again.
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

function asMoney(pence, sign = "") {
    return `${sign}${grouped(pence / 100n)}.${(pence % 100n).toString().padStart(2, "0")}`;
}

function counted(number, thing) {
    return `${grouped(BigInt(number))} ${thing}${number === 1 ? "" : "s"}`;
}

// What a spreadsheet's cell says as it is typed here: without currency, grouping and units.
function plain(text) {
    const bare = text.trim().replace(/[£€$\s]|MW|MVAr/g, "");
    return /^\d{1,3}(,\d{3})+(\.\d*)?$/.test(bare) ? bare.replaceAll(",", "") : bare.replace(/^(\d+),(\d+)$/, "$1.$2");
}

class Ballot {
    constructor(form) {
        this.form = form;
        this.unit = form.dataset.unit;
        this.sign = form.dataset.sign;
        this.sheet = form.querySelector(".sheet");
        this.undone = [];
        this.next = Number(form.dataset.lines);
        this.columns = [...this.sheet.querySelectorAll("thead [data-column]")].map((head) => head.dataset.column);
        this.read();
        this.listen();
        this.foldAtFirst();
        this.show();
        form.querySelectorAll("[data-grid-tools]").forEach((tools) => { tools.hidden = false; });
        form.classList.add("has-tools");
    }

    // The lines as they stand: reading the page once spares looking for each field again.
    read() {
        this.lines = [...this.sheet.querySelectorAll("tr[data-window]")].map((row) => {
            const known = row.line;
            if (known) {
                return known;
            }
            const inputs = [...row.querySelectorAll("input[data-c]")];
            const line = { row, inputs, field: Object.fromEntries(inputs.map((input) => [input.dataset.c, input])), ticks: JSON.parse(row.dataset.ticks), period: row.closest("tbody") };
            row.line = line;
            inputs.forEach((input) => { input.line = line; });
            return line;
        });
        this.windows = Map.groupBy ? Map.groupBy(this.lines, (line) => line.row.dataset.window) : this.lines.reduce((found, line) => found.set(line.row.dataset.window, [...(found.get(line.row.dataset.window) || []), line]), new Map());
    }

    listen() {
        const { sheet, form } = this;
        sheet.addEventListener("keydown", (event) => this.key(event));
        sheet.addEventListener("focusin", (event) => {
            const input = event.target.closest("input[data-c]");
            if (input) {
                input.before = input.value;
                input.select();
                if (!this.isPicking) { this.pick(input, input); }
            }
        });
        sheet.addEventListener("change", (event) => {
            const input = event.target.closest("input[data-c]");
            if (input && input.before !== undefined && input.before !== input.value) {
                this.undone.push([[input, input.before]]);
                input.before = input.value;
            }
        });
        sheet.addEventListener("input", (event) => { if (event.target.line) { this.show([event.target.line.row.dataset.window]); } });
        sheet.addEventListener("paste", (event) => this.paste(event));
        sheet.addEventListener("copy", (event) => this.copy(event));
        sheet.addEventListener("pointerdown", (event) => {
            const input = event.target.closest("input[data-c]");
            if (input && event.shiftKey && this.anchor) { event.preventDefault(); this.pick(this.anchor, input); }
            else if (input) { this.dragged = input; }
        });
        sheet.addEventListener("pointerover", (event) => {
            const input = event.target.closest("td.cell")?.firstElementChild;
            if (input?.line && this.dragged && event.buttons === 1 && input !== this.dragged) { this.pick(this.dragged, input); }
        });
        window.addEventListener("pointerup", () => { this.dragged = null; });
        form.addEventListener("click", (event) => this.click(event));
        form.addEventListener("change", (event) => {
            this.chooseThose(event.target);
            if (!event.target.line) { this.show(); }
        });
        document.addEventListener("htmx:afterSwap", () => this.show());
        form.querySelector("[data-set-to]")?.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); this.tool("set"); } });
        form.querySelector("[data-refs-file]")?.addEventListener("change", (event) => this.refsFrom(event.target));
    }

    // Who ticks assets means those; who names a group or a ref while all are chosen means these and no others.
    chooseThose(changed) {
        const all = this.form.querySelector('input[name="choice"][value="all"]');
        const names = (changed.name === "groups" && changed.checked) || (changed.name === "add" && changed.value.trim() !== "");
        if (changed.name === "assets" || (names && all.checked)) {
            this.form.querySelector('input[name="choice"][value="some"]').checked = true;
        }
    }

    // A list of refs from a file of text is typed into the field: a ref a line, of a table its first column.
    async refsFrom(input) {
        const [file] = input.files;
        const field = this.form.querySelector('[name="add"]');
        if (!file || !field) { return; }
        const refs = (await file.text()).split(/\r?\n/).map((line) => line.split(/[,;\t]/)[0].replace(/^\uFEFF|^"|"$/g, "").trim());
        field.value = refs.filter((ref) => ref && !/^(asset )?ref$/i.test(ref)).join("\n");
        field.dispatchEvent(new Event("change", { bubbles: true }));
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

    limit(line) {
        const required = scaled(line.row.dataset.required, 6);
        return this.most < required ? this.most : required;
    }

    shown() {
        return this.lines.filter((line) => !line.row.hidden);
    }

    at(lines, place, column) {
        const line = lines[place];
        return line && line.inputs[Math.min(Math.max(column, 0), line.inputs.length - 1)];
    }

    // ---- what is chosen

    pick(from, to) {
        this.anchor = from;
        this.head = to;
        const lines = this.shown();
        const rows = [lines.indexOf(from.line), lines.indexOf(to.line)].sort((one, other) => one - other);
        const columns = [from.line.inputs.indexOf(from), to.line.inputs.indexOf(to)].sort((one, other) => one - other);
        (this.picked || []).forEach((input) => input.parentElement.classList.remove("is-picked"));
        this.picked = lines.slice(rows[0], rows[1] + 1).flatMap((line) => line.inputs.slice(columns[0], columns[1] + 1));
        if (this.picked.length > 1) { this.picked.forEach((input) => input.parentElement.classList.add("is-picked")); }
        const told = this.form.querySelector("[data-chosen]");
        const heads = this.sheet.querySelectorAll("thead [data-column]");
        const where = columns[0] === columns[1] ? ` in ${heads[columns[0]].dataset.title}` : "";
        told.textContent = `${counted(this.picked.length, "cell")}${where}`;
    }

    // ---- keys

    key(event) {
        const input = event.target.closest("input[data-c]");
        if (!input) { return; }
        const lines = this.shown();
        const [place, column] = [lines.indexOf(input.line), input.line.inputs.indexOf(input)];
        const ctrl = event.ctrlKey || event.metaKey;
        if (ctrl && event.key.toLowerCase() === "d") { event.preventDefault(); this.fillDown(lines, place, column); return; }
        if (ctrl && event.key.toLowerCase() === "z" && input.value === input.before && this.undone.length) { event.preventDefault(); this.undo(); return; }
        if (ctrl || event.altKey) { return; }
        if (event.key === "Enter") { event.preventDefault(); this.go(this.at(lines, place + (event.shiftKey ? -1 : 1), column)); return; }
        if (event.key === "Delete" && this.picked.length > 1) { event.preventDefault(); this.write(this.picked.map((each) => [each, ""])); return; }
        const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (event.shiftKey && (down || along)) {
            const end = this.head || input;
            const next = this.at(lines, lines.indexOf(end.line) + (down || 0), end.line.inputs.indexOf(end) + (along || 0));
            if (next) { event.preventDefault(); this.pick(this.anchor || input, next); next.scrollIntoView({ block: "nearest" }); }
        } else if (down) {
            event.preventDefault();
            this.go(this.at(lines, place + down, column));
        } else if (along) {
            const isWhole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
            const isAtEnd = along > 0 ? input.selectionStart === input.value.length : input.selectionEnd === 0;
            const next = input.line.inputs[column + along];
            if (next && (isWhole || isAtEnd)) { event.preventDefault(); this.go(next); }
        }
    }

    go(input) {
        if (input) { input.focus(); input.select(); }
    }

    fillDown(lines, place, column) {
        if (this.picked.length > 1) {
            const first = this.picked[0].line;
            this.write(this.picked.filter((input) => input.line !== first).map((input) => [input, first.field[input.dataset.c].value]));
        } else if (place > 0) {
            const input = this.at(lines, place, column);
            this.write([[input, this.at(lines, place - 1, column).value]]);
            this.go(this.at(lines, place + 1, column) || input);
        }
    }

    // Puts values into fields at once, to be undone at once.
    write(pairs) {
        const changed = pairs.filter(([input, value]) => input && input.value !== value);
        if (!changed.length) { return; }
        this.undone.push(changed.map(([input]) => [input, input.value]));
        changed.forEach(([input, value]) => { input.value = value; input.before = value; });
        this.show([...new Set(changed.map(([input]) => input.line.row.dataset.window))]);
        changed[0][0].dispatchEvent(new Event("input", { bubbles: true }));
    }

    undo() {
        const last = this.undone.pop() || [];
        last.forEach(([input, value]) => { input.value = value; input.before = value; });
        this.show();
        this.go(last[0]?.[0]);
    }

    async paste(event) {
        const input = event.target.closest("input[data-c]");
        const text = event.clipboardData.getData("text/plain");
        if (!input || !text) { return; }
        event.preventDefault();
        const cells = text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => line.split("\t").map(plain));
        if (cells.length === 1 && cells[0].length === 1 && this.picked.length > 1) {
            this.write(this.picked.map((each) => [each, cells[0][0]]));
            return;
        }
        if (cells.length > 1) { await this.load(this.late()); }
        const start = this.lines.indexOf(input.line);
        const column = input.line.inputs.indexOf(input);
        const pairs = cells.flatMap((row, down) => row.map((value, along) => [this.lines[start + down]?.inputs[column + along], value]));
        this.lines.slice(start, start + cells.length).forEach((line) => this.fold(line.period, true));
        this.write(pairs.filter(([each]) => each));
        const end = this.lines[Math.min(start + cells.length, this.lines.length) - 1];
        this.pick(input, end.inputs[Math.min(column + cells[0].length, end.inputs.length) - 1]);
    }

    copy(event) {
        if (!this.picked || this.picked.length < 2) { return; }
        event.preventDefault();
        const rows = [...new Set(this.picked.map((input) => input.line))];
        event.clipboardData.setData("text/plain", rows.map((line) => this.picked.filter((input) => input.line === line).map((input) => input.value).join("\t")).join("\n"));
    }

    // ---- tools above the grid

    click(event) {
        const tool = event.target.closest("[data-tool]");
        const repair = event.target.closest("[data-repair]");
        const view = event.target.closest("[data-view]");
        const fold = event.target.closest("[data-period-fold]");
        const by = event.target.closest("[data-assets-by]");
        if (tool) { this.tool(tool.dataset.tool); }
        if (repair) { event.preventDefault(); const input = document.getElementById(repair.dataset.for); this.write([[input, repair.dataset.repair]]); this.go(input); }
        if (view) { this.view(view.dataset.view); }
        if (fold) { event.preventDefault(); this.fold(fold.closest("tbody"), fold.getAttribute("aria-expanded") !== "true"); }
        if (by) { this.assetsBy(by.dataset.assetsBy); }
    }

    async tool(name) {
        if (name === "blank" || name === "period") { await this.load(this.late()); }
        const picked = this.picked || [];
        const typed = this.form.querySelector("[data-set-to]").value.trim();
        const lines = [...new Set(picked.map((input) => input.line))];
        if (name === "set") { this.write(picked.map((input) => [input, plain(typed)])); }
        if (name === "clear") { this.write(picked.map((input) => [input, ""])); }
        if (name === "undo") { this.undo(); }
        if (name === "raise") { this.raise(picked, typed); }
        if (name === "limit") { this.write(lines.map((line) => [line.field.capacity, this.left(line)])); }
        if (name === "blank" && lines[0]) { this.copyTo(lines[0], [...this.windows.values()].map(([first]) => first).filter((line) => line !== lines[0] && !this.offered(line))); }
        if (name === "period" && lines[0]) { this.copyPeriod(lines[0].period); }
        if (name === "split" && lines[0]) { this.split(lines[0]); }
    }

    raise(picked, typed) {
        const percent = /^-?\d+(\.\d+)?$/.test(typed.replace("%", "").trim()) ? Number(typed.replace("%", "")) : null;
        const field = this.form.querySelector("[data-set-to]");
        field.setCustomValidity(percent === null ? "Type by how many percent, such as 2.5 or -10." : "");
        if (!field.reportValidity()) { field.addEventListener("input", () => field.setCustomValidity(""), { once: true }); return; }
        const places = (input) => (input.dataset.c === "capacity" ? 6 : 2);
        this.write(picked.filter((input) => input.dataset.c !== "run_time" && /^\d+(\.\d+)?$/.test(input.value.trim())).map((input) => {
            const raised = (Number(input.value) * (100 + percent) / 100).toFixed(places(input));
            return [input, input.dataset.c === "capacity" ? raised.replace(/\.?0+$/, "") : raised];
        }));
    }

    offered(line) {
        return this.windows.get(line.row.dataset.window).some((each) => each.field.capacity.value.trim() !== "");
    }

    // What the window still takes beside its other lines; blank where that is too little for a bid.
    left(line) {
        const others = this.windows.get(line.row.dataset.window).filter((each) => each !== line);
        const left = this.limit(line) - others.reduce((sum, each) => sum + (scaled(each.field.capacity.value, 6) || 0n), 0n);
        return left > 0n && left >= scaled(line.row.dataset.minimum, 6) ? asMegawatts(left).replaceAll(",", "") : line.field.capacity.value;
    }

    // A line's values as they fit other windows: no more than the limit, no shorter than the minimum run time.
    fitted(from, to) {
        const [capacity, limit, least] = [scaled(from.field.capacity.value, 6), this.limit(to), scaled(to.row.dataset.minimum, 6)];
        if (capacity === null || limit < least || limit === 0n) { return []; }
        const offer = capacity > limit ? limit : capacity < least ? least : capacity;
        const shortest = to.row.dataset.shortest || "";
        const minutes = (text) => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
        const runTime = from.field.run_time.value;
        return to.inputs.map((input) => {
            if (input.dataset.c === "capacity") { return [input, asMegawatts(offer).replaceAll(",", "")]; }
            if (input.dataset.c === "run_time" && shortest && minutes(runTime) < minutes(shortest)) { return [input, shortest]; }
            return [input, from.field[input.dataset.c].value];
        });
    }

    copyTo(from, others) {
        this.write(others.flatMap((to) => this.fitted(from, to)));
    }

    copyPeriod(period) {
        const own = this.lines.filter((line) => line.period === period);
        const later = this.lines.filter((line) => Number(line.period.dataset.period) > Number(period.dataset.period));
        const pairs = later.flatMap((to) => {
            const from = own.find((line) => line.row.dataset.name === to.row.dataset.name && line.row.dataset.split === to.row.dataset.split);
            return from && from.field.capacity.value.trim() ? this.fitted(from, to) : [];
        });
        this.write(pairs);
    }

    split(line) {
        const group = this.windows.get(line.row.dataset.window);
        const last = group[group.length - 1].row;
        const made = last.cloneNode(true);
        const number = this.next++;
        made.classList.add("is-split");
        made.dataset.split = String(group.length + 1);
        made.querySelector("th").firstChild.textContent = `split ${group.length + 1}`;
        made.querySelectorAll("input").forEach((input) => {
            input.name = input.name.replace(/^row-\d+/, `row-${number}`);
            if (input.id) { input.id = input.id.replace(/row-\d+/, `row-${number}`); }
            if (input.dataset.c) { input.setAttribute("aria-label", `${input.getAttribute("aria-label").replace(/, split \d+$/, "")}, split ${group.length + 1}`); }
            if (input.dataset.c === "capacity") { input.value = ""; }
        });
        last.after(made);
        this.read();
        this.show([line.row.dataset.window]);
        this.go(made.line.field.capacity);
    }

    // ---- which lines are seen

    // Periods whose lines are not on the page yet: nothing is typed there.
    late() {
        return [...this.sheet.querySelectorAll("tbody[data-late]")];
    }

    async load(bodies) {
        const asked = bodies.filter((body) => body.dataset.late);
        if (!asked.length) { return; }
        const query = new URLSearchParams(asked.map((body) => ["late", body.dataset.late]));
        const answer = await fetch(`${this.form.dataset.lateUrl}?${query}`, { headers: { "HX-Request": "true" } });
        if (!answer.ok) { return; }
        const made = document.createElement("template");
        made.innerHTML = await answer.text();
        for (const body of made.content.querySelectorAll("tbody")) {
            const place = this.sheet.querySelector(`tbody[data-period="${body.dataset.period}"]`);
            if (place?.dataset.late) {
                body.dataset.folded = "folded";
                const button = body.querySelector("[data-period-fold]");
                button.disabled = false;
                button.setAttribute("aria-expanded", "false");
                place.replaceWith(body);
            }
        }
        this.read();
        this.show();
        this.view(this.viewed || "all");
    }

    fold(body, isOpen) {
        if (isOpen && body.dataset.late) {
            this.load([body]).then(() => {
                const there = this.sheet.querySelector(`tbody[data-period="${body.dataset.period}"]`);
                if (!there.dataset.late) { this.fold(there, true); there.querySelector("[data-period-fold]").focus(); }
            });
            return;
        }
        body.querySelector("[data-period-fold]")?.setAttribute("aria-expanded", String(isOpen));
        body.dataset.folded = isOpen ? "" : "folded";
        this.view(this.viewed || "all");
    }

    foldAtFirst() {
        const bodies = [...this.sheet.querySelectorAll("tbody[data-period]")];
        this.sheet.querySelectorAll("[data-period-fold]").forEach((button) => { button.disabled = false; });
        if (this.lines.length < 40 && !this.late().length) { return; }
        bodies.slice(1).filter((body) => !body.querySelector(".is-error")).forEach((body) => {
            body.dataset.folded = "folded";
            body.querySelector("[data-period-fold]").setAttribute("aria-expanded", "false");
        });
        this.view("all");
    }

    view(name) {
        if (name === "blank" && this.late().length) { this.load(this.late()).then(() => { if (!this.late().length) { this.view(name); } }); return; }
        this.viewed = name;
        this.form.querySelectorAll("[data-view]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.view === name)));
        for (const line of this.lines) {
            const isBid = line.field.capacity.value.trim() !== "";
            const fits = { all: true, blank: !isBid, bid: isBid, errors: line.row.querySelector(".is-error") !== null }[name];
            line.row.hidden = name === "all" ? line.period.dataset.folded === "folded" : !fits;
            let next = line.row.nextElementSibling;
            while (next?.classList.contains("sheet-err")) { next.hidden = line.row.hidden; next = next.nextElementSibling; }
        }
    }

    assetsBy(name) {
        const choice = { all: 'input[name="choice"][value="all"]', group: 'input[name="groups"]', filter: '[name="find"], input[name="assets"]', file: "[data-refs-file]" }[name];
        const panel = this.form.querySelector("[data-assets-panel]");
        const field = this.form.querySelector(choice);
        if (name === "all") { field.checked = true; field.dispatchEvent(new Event("change", { bubbles: true })); return; }
        panel.open = true;
        (field || panel.querySelector("summary")).focus();
        this.form.querySelectorAll("[data-assets-by]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.assetsBy === name)));
    }

    // ---- sums and limits

    judgeWindow(lines) {
        const total = lines.reduce((sum, line) => sum + (scaled(line.field.capacity.value, 6) || 0n), 0n);
        const limit = this.limit(lines[0]);
        for (const line of lines) {
            const typed = line.field.capacity.value.trim();
            const capacity = scaled(typed, 6);
            const prices = Object.fromEntries(PRICES.map((name) => [name, line.field[name] ? scaled(line.field[name].value, 2) : 0n]));
            line.isBid = typed !== "";
            line.pence = capacity !== null && PRICES.every((name) => prices[name] !== null) ? bidPence(capacity, prices, line.ticks) : null;
            line.isMissing = line.isBid && line.pence === null;
            const least = scaled(line.row.dataset.minimum, 6);
            this.tell(line, capacity === null || !line.isBid ? null : this.wrong(capacity, total, limit, least, lines.length));
            line.row.querySelector("[data-cost]").textContent = line.isBid && line.pence !== null && !line.isWrong ? asMoney(line.pence) : "–";
        }
    }

    // What is wrong with an offer, and the capacity that corrects it.
    wrong(capacity, total, limit, least, lines) {
        if (total > limit) {
            const what = lines > 1 ? `${asMegawatts(total)} ${this.unit} in all is` : `${asMegawatts(total)} ${this.unit} is`;
            return [`${what} more than the ${asMegawatts(limit)} ${this.unit} that can be offered here.`, lines > 1 || limit < least ? null : limit];
        }
        return capacity < least ? [`${asMegawatts(capacity)} ${this.unit} is below the least, ${asMegawatts(least)} ${this.unit}.`, least] : null;
    }

    // The live sentence under a line; what the server said stays until the cell is changed.
    tell(line, found) {
        const input = line.field.capacity;
        const rows = () => { const all = []; let next = line.row.nextElementSibling; while (next?.classList.contains("sheet-err")) { all.push(next); next = next.nextElementSibling; } return all; };
        for (const row of rows()) {
            const field = document.getElementById(row.dataset.for);
            if (row.dataset.live || (field && field.value !== row.dataset.was)) {
                row.remove();
                field?.parentElement.classList.remove("is-error");
                field?.removeAttribute("aria-invalid");
            }
        }
        const said = rows();
        if (found && !said.some((row) => row.dataset.for === input.id)) {
            const row = document.createElement("tr");
            row.className = "sheet-err";
            Object.assign(row.dataset, { live: "1", for: input.id });
            const whole = row.insertCell();
            whole.colSpan = line.row.cells.length;
            whole.id = `${input.id}_error`;
            const cell = document.createElement("span");
            cell.className = "sheet-say";
            whole.append(cell);
            cell.append(found[0]);
            if (found[1] !== null) {
                const button = document.createElement("button");
                Object.assign(button, { type: "button", className: "btn btn-sm", textContent: `Set to ${asMegawatts(found[1])}` });
                Object.assign(button.dataset, { repair: asMegawatts(found[1]).replaceAll(",", ""), for: input.id });
                cell.append(" ", button);
            }
            line.row.after(row);
            row.hidden = line.row.hidden;
            input.parentElement.classList.add("is-error");
            input.setAttribute("aria-invalid", "true");
            input.setAttribute("aria-describedby", whole.id);
        }
        line.isWrong = rows().length > 0;
    }

    // Judges the windows in which something was typed, or all of them, and adds up.
    show(changed) {
        this.most = this.qualified();
        for (const [key, lines] of this.windows) {
            if (!changed || changed.includes(key)) { this.judgeWindow(lines); }
        }
        const touched = changed ? new Set(changed.map((key) => this.windows.get(key)[0].period)) : new Set(this.lines.map((line) => line.period));
        for (const body of touched) { this.showPeriod(body); }
        const unseen = (name) => this.late().reduce((sum, body) => sum + Number(body.dataset[name]), 0);
        const bids = this.lines.filter((line) => line.isBid);
        const wrong = this.lines.filter((line) => line.isWrong).length;
        const toCorrect = this.lines.filter((line) => line.isWrong || line.isMissing).length;
        const windows = [...this.windows.values()].filter((lines) => lines.some((line) => line.isBid)).length;
        const total = bids.reduce((sum, line) => sum + (line.pence || 0n), 0n);
        const told = { bids: `${grouped(BigInt(bids.length))} in ${grouped(BigInt(windows))} of ${counted(this.windows.size + unseen("lateWindows"), "window")}`, cost: asMoney(total, this.sign), wrong: grouped(BigInt(toCorrect)) };
        for (const [name, text] of Object.entries(told)) {
            this.form.querySelectorAll(`[data-sum="${name}"]`).forEach((place) => { if (place.textContent !== text) { place.textContent = text; } });
        }
        this.form.querySelector('dd[data-sum="wrong"]').classList.toggle("red-t", toCorrect > 0);
        const lines = this.lines.length + unseen("lateLines");
        const counts = { all: lines, blank: lines - bids.length, bid: bids.length, errors: wrong };
        for (const [name, count] of Object.entries(counts)) { this.form.querySelector(`[data-view="${name}"] .n`).textContent = grouped(BigInt(count)); }
        this.form.querySelector("[data-place]").textContent = bids.length ? `Check and place ${counted(bids.length, "bid")}` : "Check and place";
    }

    showPeriod(body) {
        const lines = this.lines.filter((line) => line.period === body);
        const bids = lines.filter((line) => line.isBid);
        const windows = new Set(lines.map((line) => line.row.dataset.window));
        const bid = new Set(bids.map((line) => line.row.dataset.window));
        body.querySelector("[data-told]").textContent = `${grouped(BigInt(bid.size))} of ${counted(windows.size, "window")} bid`;
        for (const name of this.columns) {
            const values = bids.map((line) => scaled(line.field[name]?.value, name === "capacity" ? 6 : 2)).filter((value) => value !== null).sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
            const place = body.querySelector(`[data-range="${name}"]`);
            if (!place || name === "run_time") { continue; }
            const word = name === "capacity" ? asMegawatts : asMoney;
            const ends = values.length ? [word(values[0]), word(values[values.length - 1])] : ["", ""];
            place.textContent = name === "capacity" ? (ends[1] || "–") : ends[0] === ends[1] ? ends[0] : `${ends[0]} to ${ends[1]}`;
        }
        body.querySelector("[data-period-cost]").textContent = bids.length ? asMoney(bids.reduce((sum, line) => sum + (line.pence || 0n), 0n)) : "–";
    }
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form[data-ballot]").forEach((form) => { form.ballot = new Ballot(form); });
});
