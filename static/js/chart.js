// Charts: the options stand in the page as data, so that no script is written into it.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("[data-chart]")) {
        const chart = echarts.init(element, null, { renderer: "canvas" });
        chart.setOption({ aria: { enabled: true }, ...JSON.parse(element.dataset.chart) });
        new ResizeObserver(() => chart.resize()).observe(element);
    }
});
