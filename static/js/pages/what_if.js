// What if: each number gets a slider beside it; moving one is as good as typing, and the form asks by itself.
"use strict";

(() => {
    function slider(field) {
        const range = document.createElement("input");
        range.type = "range";
        range.className = "slide";
        range.min = "0";
        range.max = String(Math.max(Number(field.dataset.slide), Number(field.value) || 0));
        range.step = field.dataset.slideStep;
        range.value = field.value === "" ? range.max : field.value;
        range.setAttribute("aria-label", document.querySelector(`label[for="${field.id}"]`).textContent.trim());
        range.addEventListener("input", () => { field.value = range.value; });
        field.addEventListener("input", () => { if (field.value !== "") { range.value = field.value; } });
        field.after(range);
    }

    document.querySelectorAll("[data-sliders] [data-slide]").forEach(slider);
})();
