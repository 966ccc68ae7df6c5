// Security keys: what went wrong, in words, where the page would otherwise stay silent.
"use strict";

const WHY = {
    NotAllowedError: "The key was not used: the request was cancelled, timed out, or this key doesn't fit. Try again.",
    InvalidStateError: "This key is set up already. Use another one.",
    SecurityError: "Security keys work only under the name of the site. On your own machine open it as http://localhost, not by a number.",
    NotSupportedError: "This browser or key doesn't support what is needed.",
};

document.addEventListener("allauth.error", (event) => {
    const alert = document.getElementById("key_error");
    if (!alert) {
        return;
    }
    event.preventDefault();
    const error = event.detail.exception;
    alert.textContent = WHY[error.name] || `The key could not be used (${error.name}). Try again.`;
    alert.hidden = false;
    alert.focus();
});
