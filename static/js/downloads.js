// A button that has a file made: its progress shows beside it, and the file comes without another click.
"use strict";

const LOOK_AGAIN = 600; // milliseconds

function jobAt(html) {
    return new DOMParser().parseFromString(html, "text/html").getElementById("progress");
}

async function follow(address, said) {
    for (;;) {
        const answer = await fetch(`${address}progress/`, { headers: { "HX-Request": "true" } });
        const job = answer.ok ? jobAt(await answer.text()) : null;
        if (!job) { return address; }
        if (answer.headers.has("HX-Refresh")) { return job.dataset.file || address; }
        said.textContent = job.querySelector("[role=status]").textContent.trim();
        await new Promise((wake) => { window.setTimeout(wake, LOOK_AGAIN); });
    }
}

async function makeFile(event) {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("[data-makes-file]")) { return; }
    event.preventDefault();
    const button = form.querySelector("button");
    const said = form.querySelector("[data-file-said]");
    button.disabled = true;
    said.textContent = "Making the file…";
    let leads = form.action;
    try {
        const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
        leads = /\/jobs\/[0-9a-f-]{36}\/$/.test(answer.url) ? await follow(answer.url, said) : answer.url;
    } catch {
        form.submit();
        return;
    }
    said.textContent = leads.endsWith("/download/") ? "Downloaded" : "";
    button.disabled = false;
    window.location.assign(leads);
}

document.addEventListener("submit", makeFile);
