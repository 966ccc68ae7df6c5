// Before the first paint: the theme that was chosen, or the device's; and whether the navigation is folded.
"use strict";

(() => {
    const root = document.documentElement, device = window.matchMedia("(prefers-color-scheme: dark)");
    const follow = () => {
        const { theme } = root.dataset;
        root.dataset.bsTheme = theme === "dark" || (theme !== "light" && device.matches) ? "dark" : "light";
        document.dispatchEvent(new CustomEvent("theme:changed"));
    };
    device.addEventListener("change", follow);
    document.addEventListener("theme:chosen", follow);
    follow();
    root.classList.add("has-script");
    try {
        root.dataset.side = window.localStorage.getItem("side") || "";
    } catch { /* a browser that keeps nothing shows the navigation unfolded */ }
})();
