// A boundary by map: clicking an area ticks it in the list, a box is drawn into the row of its corners.
"use strict";

const chosen = () => ({ color: css("--amber"), fillColor: css("--amber"), weight: 3, fillOpacity: 0.4 });

function narrowList() {
    const search = document.getElementById("area-search");
    if (!search) {
        return;
    }
    search.addEventListener("input", () => {
        const wanted = search.value.trim().toLowerCase();
        for (const item of document.querySelectorAll("#area-choices li")) {
            item.hidden = !item.textContent.toLowerCase().includes(wanted) && !item.querySelector("input").checked;
        }
    });
    search.addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
            event.preventDefault();
        }
    });
}

function joinAreas(map, shown) {
    const boxes = new Map([...document.querySelectorAll("[name=areas]")].map((box) => [box.value, box]));
    const layers = new Map();
    shown.eachLayer((layer) => {
        const box = boxes.get(layer.feature.properties.reference);
        layer.unbindPopup();
        if (box) {
            layers.set(box, layer);
            layer.on("click", () => {
                if (box.matches(":disabled") || document.querySelector(".is-drawing")) {
                    return;
                }
                box.checked = !box.checked;
                paint(box);
                box.closest("li").scrollIntoView({ block: "nearest" });
            });
        }
    });
    function paint(box) {
        const layer = layers.get(box);
        if (layer) {
            layer.setStyle(styleOf(layer.feature));
            if (box.checked) {
                layer.setStyle(chosen());
            }
        }
    }
    map.repaints.push(() => boxes.forEach(paint));
    boxes.forEach((box) => {
        paint(box);
        box.addEventListener("change", () => paint(box));
    });
}

function emptyRow() {
    const rows = [...document.querySelectorAll(".box-row")];
    const found = rows.find((row) => [...row.querySelectorAll("input")].every((input) => !input.value));
    if (found) {
        return found;
    }
    const row = rows.at(-1).cloneNode(true);
    row.setAttribute("aria-label", `Box ${rows.length + 1}`);
    for (const input of row.querySelectorAll("input")) {
        const id = `box-${rows.length + 1}-${input.name}`;
        row.querySelector(`label[for="${input.id}"]`).htmlFor = id;
        input.id = id;
        input.value = "";
    }
    rows.at(-1).after(row);
    return row;
}

function drawBoxes(map) {
    const button = document.getElementById("draw-box");
    const drawn = L.featureGroup().addTo(map);
    let start = null;
    let shape = null;
    button.hidden = Boolean(button.closest("fieldset:disabled"));

    function redraw() {
        drawn.clearLayers();
        for (const row of document.querySelectorAll(".box-row")) {
            const [north, south, east, west] = ["north", "south", "east", "west"].map((name) => parseFloat(row.querySelector(`[name=${name}]`).value));
            if ([north, south, east, west].every(Number.isFinite)) {
                L.rectangle([[south, west], [north, east]], { ...chosen(), fillOpacity: 0.15, interactive: false }).addTo(drawn);
            }
        }
    }
    function stop() {
        button.setAttribute("aria-pressed", "false");
        map.dragging.enable();
        map.getContainer().classList.remove("is-drawing");
        start = null;
    }
    button.addEventListener("click", () => {
        if (button.getAttribute("aria-pressed") === "true") {
            stop();
            return;
        }
        button.setAttribute("aria-pressed", "true");
        map.dragging.disable();
        map.getContainer().classList.add("is-drawing");
    });
    map.on("mousedown", (event) => {
        if (button.getAttribute("aria-pressed") === "true") {
            start = event.latlng;
            shape = L.rectangle([start, start], chosen()).addTo(map);
        }
    });
    map.on("mousemove", (event) => start && shape.setBounds([start, event.latlng]));
    map.on("mouseup", (event) => {
        if (!start) {
            return;
        }
        const bounds = L.latLngBounds(start, event.latlng);
        shape.remove();
        const row = emptyRow();
        const corners = { north: bounds.getNorth(), south: bounds.getSouth(), east: bounds.getEast(), west: bounds.getWest() };
        for (const [name, degrees] of Object.entries(corners)) {
            row.querySelector(`[name=${name}]`).value = degrees.toFixed(5);
        }
        start = null;
        window.setTimeout(stop, 50); // the click that ends the drawing chooses no area
        redraw();
    });
    document.getElementById("box-rows").addEventListener("input", redraw);
    redraw();
}

document.addEventListener("map:drawn", (event) => {
    narrowList();
    joinAreas(event.detail.map, event.detail.shown);
    drawBoxes(event.detail.map);
});
