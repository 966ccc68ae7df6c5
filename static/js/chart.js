// Charts: one look for all. The options stand in the page as data; their colours are tokens, read again when the theme
// changes. Beside each chart stand its figures as a table, of which the CSV is made.
"use strict";

(() => {
    const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const shown = [];

    // A text that begins with "--" is a token: its colour of now.
    function coloured(value) {
        if (typeof value === "string") { return value.startsWith("--") ? ink(value) : value; }
        if (Array.isArray(value)) { return value.map(coloured); }
        if (value && typeof value === "object") {
            return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, coloured(part)]));
        }
        return value;
    }

    function looking(option) {
        const text = { color: ink("--ink-3"), fontFamily: "Inter, sans-serif", fontSize: 11 };
        const axis = {
            axisLine: { lineStyle: { color: ink("--line-2") } }, axisTick: { show: false },
            axisLabel: { ...text, hideOverlap: true }, nameTextStyle: { ...text, align: "left" },
            splitLine: { lineStyle: { color: ink("--line") } },
        };
        const deep = (given) => [].concat(given || []).map((one) => ({
            ...axis, ...one, axisLabel: { ...axis.axisLabel, ...one.axisLabel },
            splitLine: { ...axis.splitLine, ...one.splitLine }, axisLine: { ...axis.axisLine, ...one.axisLine },
        }));
        const zoom = (given) => given && [].concat(given).map((one) => ({
            textStyle: text, borderColor: ink("--line-2"), fillerColor: ink("--selected"), handleStyle: { color: ink("--surface"), borderColor: ink("--ink-4") },
            dataBackground: { lineStyle: { color: ink("--line-2") }, areaStyle: { color: ink("--surface-3") } }, ...one,
        }));
        const made = {
            animation: false, textStyle: text, aria: { enabled: true },
            grid: { left: 44, right: 16, top: 28, bottom: 26 },
            ...option,
            tooltip: {
                trigger: "axis", confine: true, backgroundColor: ink("--surface"), borderColor: ink("--line-2"),
                textStyle: { ...text, color: ink("--ink"), fontSize: 12 },
                axisPointer: { lineStyle: { color: ink("--ink-4") }, shadowStyle: { color: ink("--hover"), opacity: 0.6 } }, ...option.tooltip,
            },
            legend: option.legend && {
                type: "scroll", top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 16, icon: "roundRect",
                textStyle: { ...text, color: ink("--ink-2"), fontSize: 12 }, pageTextStyle: text, ...option.legend,
            },
            xAxis: deep(option.xAxis), yAxis: deep(option.yAxis), dataZoom: zoom(option.dataZoom),
        };
        return Object.fromEntries(Object.entries(made).filter(([, part]) => part !== undefined));
    }

    function draw({ chart, option }) {
        chart.setOption(looking(coloured(option)), true);
    }

    function save(address, name) {
        const link = document.createElement("a");
        link.href = address;
        link.download = name;
        link.click();
    }

    function csvOf(table) {
        const rows = [...table.rows].map((row) => [...row.cells].map((cell) => {
            const text = cell.textContent.trim().replace(/\s+/g, " ");
            return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        }).join(","));
        return `\ufeff${rows.join("\r\n")}\r\n`;
    }

    function download(event) {
        const button = event.target.closest("[data-save]");
        if (!button) { return; }
        const panel = button.closest("[data-figures]"), name = panel.dataset.figures;
        if (button.dataset.save === "csv") {
            const address = URL.createObjectURL(new Blob([csvOf(panel.querySelector("table"))], { type: "text/csv" }));
            save(address, `${name}.csv`);
            window.setTimeout(() => URL.revokeObjectURL(address), 10000);
        } else {
            const known = shown.find((one) => panel.contains(one.element));
            save(known.chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: ink("--surface") }), `${name}.png`);
        }
        button.closest("details.menu").open = false;
    }

    function begin() {
        for (const element of document.querySelectorAll("[data-chart]")) {
            const one = { element, chart: echarts.init(element, null, { renderer: "canvas" }), option: JSON.parse(element.dataset.chart) };
            shown.push(one);
            draw(one);
            new ResizeObserver(() => one.chart.resize()).observe(element);
        }
        document.querySelectorAll("[data-figures] .figures-save").forEach((menu) => { menu.hidden = false; });
        document.addEventListener("click", download);
        document.addEventListener("theme:changed", () => shown.forEach(draw));
    }

    document.addEventListener("DOMContentLoaded", begin);
})();
