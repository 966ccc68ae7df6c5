// An address of before, with the anchor of what has a page of its own now, leads on to that page.
"use strict";

(() => {
    const wanted = window.location.hash.slice(1);
    const tab = wanted && document.querySelector(`.tabs [data-anchor="${CSS.escape(wanted)}"]:not([aria-current])`);
    if (tab) { window.location.replace(tab.href); }
})();
