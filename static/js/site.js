// Small behaviours of every page: countdowns by the server's clock, confirmation before what can't be undone.
"use strict";

function countDown(element) {
    const until = Date.parse(element.getAttribute("datetime"));
    const ahead = Date.parse(element.dataset.serverNow) - Date.now();
    const full = element.textContent;
    function show() {
        const seconds = Math.max(0, Math.floor((until - Date.now() - ahead) / 1000));
        const days = Math.floor(seconds / 86400);
        const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
            .map((part) => String(part).padStart(2, "0")).join(":");
        element.textContent = seconds === 0 ? `${full} (passed)` : `${full} (in ${days ? `${days} d ` : ""}${clock})`;
    }
    show();
    window.setInterval(show, 1000);
}

// A form that acts on what is chosen asks nothing while nothing is: the page then says what is needed.
function isAnyChosen(form) {
    const wanted = form.dataset.needsOne;
    return !wanted || [...document.querySelectorAll(wanted)].some(
        (one) => (one.type === "checkbox" ? one.checked : one.value.trim() !== ""));
}

// An input that is needed for every choice of a list but one ("id of the list=that choice").
function requireUnless(input) {
    const [name, exempt] = input.dataset.requiredUnless.split("=");
    const list = document.getElementById(name);
    const follow = () => { input.required = list.value !== exempt; };
    list.addEventListener("change", follow);
    follow();
}

function askFirst(event) {
    const question = event.target.dataset.confirm;
    if (question && isAnyChosen(event.target) && !window.confirm(question)) {
        event.preventDefault();
    }
}

function submitOnce(event) {
    if (event.defaultPrevented) {
        return;
    }
    for (const button of event.target.querySelectorAll("button:not([type=button])")) {
        window.setTimeout(() => { button.disabled = true; }, 0);
        window.setTimeout(() => { button.disabled = false; }, 8000);
    }
}

// What was typed and not recorded stays with its member.
function forgetDrafts(event) {
    if (event.target.matches("[data-sign-out]")) {
        sessionStorage.clear();
    }
}

function checkAll(event) {
    if (!event.target.matches("[data-check-all]")) {
        return;
    }
    for (const box of document.querySelectorAll(event.target.dataset.checkAll)) {
        box.checked = event.target.checked;
    }
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-countdown]").forEach(countDown);
    document.querySelectorAll("[data-required-unless]").forEach(requireUnless);
    document.addEventListener("submit", askFirst);
    document.addEventListener("submit", submitOnce);
    document.addEventListener("submit", forgetDrafts);
    document.addEventListener("change", checkAll);
});
