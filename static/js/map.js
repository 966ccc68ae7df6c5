// Maps: one base (sea, land, built-up tint, rivers, licence areas, town names) under whatever a page lays on it. No tile server.
//
// A feature's properties: ``look`` or ``phase`` (below) say how it is drawn, ``label`` is written on the map, ``title``,
// ``text`` and ``url`` tell of it when it is pointed at or chosen, ``mw`` is the size of a point, ``pale`` marks one that
// doesn't operate, ``kind`` is the layer to switch on and off.
"use strict";

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const PEOPLE_AT_ZOOM = [[6, 400000], [7, 150000], [8, 60000], [9, 24000], [10, 9000], [11, 4000], [12, 0]];
const MOVES = [[0, 0], [0, 12], [0, -12], [14, 8], [-14, -8], [22, 0], [-22, 0]];
const LOOKS = {
    area: { token: "--accent-ink", weight: 1.5, fillOpacity: 0.14 },
    buffer: { token: "--amber", weight: 1, dashArray: "4 4", fillOpacity: 0.08 },
    asset: { token: "--accent-ink" }, good: { token: "--green" }, bad: { token: "--red" }, waiting: { token: "--amber" },
    outside: { token: "--ink-4" }, cluster: { token: "--blue" }, chosen: { token: "--link", weight: 3, fillOpacity: 0.3 },
};
const PHASES = {
    draft: { dashArray: "1 4", weight: 1.5 }, announced: { dashArray: "4 4", weight: 1.5 }, qualification: { weight: 1.5 },
    waiting: { dashArray: "8 3 2 3", weight: 1.5 }, bidding: { weight: 2.5 }, decision: { dashArray: "8 4", weight: 1.5 }, confirmed: { weight: 1 },
};
const drawnMaps = new Set();
const bases = new Map();

function baseOf(url) {
    if (!bases.has(url)) {
        bases.set(url, fetch(url).then((answer) => answer.json()));
    }
    return bases.get(url);
}

// A canvas in a pane of its own, drawn again when the map has moved or the colours have changed.
const Painted = L.Layer.extend({
    initialize(options) { L.setOptions(this, options); },
    onAdd(map) {
        this.canvas = L.DomUtil.create("canvas", "leaflet-layer", map.getPane(this.pane));
        this.canvas.setAttribute("aria-hidden", "true");
        map.on("moveend resize", this.draw, this);
        this.draw();
    },
    onRemove(map) { this.canvas.remove(); map.off("moveend resize", this.draw, this); },
    begin(pad) {
        const map = this._map, size = map.getSize(), scale = window.devicePixelRatio || 1;
        L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([-pad, -pad]));
        Object.assign(this.canvas, { width: (size.x + 2 * pad) * scale, height: (size.y + 2 * pad) * scale });
        Object.assign(this.canvas.style, { width: `${size.x + 2 * pad}px`, height: `${size.y + 2 * pad}px` });
        const pen = this.canvas.getContext("2d");
        pen.scale(scale, scale);
        return pen;
    },
});

// Names, the most important first, each only where nothing is written yet; a halo keeps them legible on any fill.
const Names = Painted.extend({
    pane: "names",
    labels: [],
    draw() {
        const map = this._map, { base, isPlain } = this.options, size = map.getSize(), zoom = map.getZoom(), bounds = map.getBounds().pad(0.1);
        const pen = this.begin(0), taken = [];
        Object.assign(pen, { textBaseline: "middle", lineJoin: "round" });
        const write = (text, at, { style = "", weight = 500, pixels = 11, colour, halo = 3, dot = false }) => {
            pen.font = `${style} ${weight} ${pixels}px Inter, sans-serif`;
            const width = pen.measureText(text).width, x = dot ? at.x + 6 : at.x - width / 2, half = (pixels + 3) / 2;
            const box = [x - 3, at.y - half, x + width + 3, at.y + half];
            if (box[0] < 2 || box[2] > size.x - 2 || box[1] < 2 || box[3] > size.y - 20) { return false; }
            if (taken.some((one) => box[0] < one[2] && box[2] > one[0] && box[1] < one[3] && box[3] > one[1])) { return false; }
            taken.push(box);
            Object.assign(pen, { strokeStyle: css("--m-halo"), lineWidth: halo, fillStyle: css(colour) });
            pen.strokeText(text, x, at.y);
            pen.fillText(text, x, at.y);
            if (dot) { pen.beginPath(); pen.arc(at.x, at.y, 2, 0, 7); pen.fill(); }
            return true;
        };
        const at = (x, y) => map.latLngToContainerPoint([y, x]);
        for (const [text, place] of this.labels) {
            const here = map.latLngToContainerPoint(place);
            MOVES.some(([dx, dy]) => write(text, here.add([dx, dy]), { weight: 680, colour: "--ink", halo: 3.5 }));
        }
        if (!base || isPlain) { return; }
        const least = (PEOPLE_AT_ZOOM.find(([level]) => zoom <= level) || PEOPLE_AT_ZOOM.at(-1))[1];
        for (const [name, x, y, people] of base.towns) {
            if (people < least) { break; }
            if (bounds.contains([y, x])) {
                write(name, at(x, y), { weight: people > 60000 ? 620 : 500, pixels: people > 150000 ? 13 : people > 60000 ? 12 : 11, colour: "--m-label", dot: true });
            }
        }
        if (zoom <= 9) {
            for (const [name, x, y] of base.licenceNames) { write(name, at(x, y), { style: "italic", colour: "--m-licence-label" }); }
        }
        for (const [name, lines] of zoom >= 9 ? base.rivers : []) {
            const middle = lines[0]?.[Math.floor(lines[0].length / 2)];
            if (name && middle) { write(name, at(...middle), { style: "italic", pixels: 10.5, colour: "--m-river", halo: 2.5 }); }
        }
    },
});

// Built-up tint: a disc for each town, as large as its people need at 4,200 for each km²; schematic, under the sea and all lines.
const BuiltUp = Painted.extend({
    pane: "built",
    draw() {
        const map = this._map, pad = 120, pen = this.begin(pad), bounds = map.getBounds().pad(0.3);
        pen.fillStyle = css("--m-built");
        for (const [, x, y, people] of this.options.base.towns) {
            if (people < 5000) { break; }
            if (!bounds.contains([y, x])) { continue; }
            const at = map.latLngToContainerPoint([y, x]), east = map.latLngToContainerPoint([y, x + 0.1]);
            const pixelsPerKm = (east.x - at.x) / (11.132 * Math.cos(y * Math.PI / 180));
            pen.beginPath();
            pen.arc(at.x + pad, at.y + pad, Math.sqrt(Math.min(people, 900000) / 4200 / Math.PI) * pixelsPerKm, 0, 7);
            pen.fill();
        }
    },
});

function layBase(map, base, hasTiles) {
    const renderer = L.canvas({ pane: "base", padding: 0.5 }), flat = { renderer, interactive: false, pane: "base" };
    const swap = (ring) => ring.map(([x, y]) => [y, x]);
    const world = [[20, -80], [20, 80], [80, 80], [80, -80]];
    const sea = L.polygon([world, ...base.land.map(swap)], { ...flat, weight: 1, fillOpacity: 1, smoothFactor: 0.6 });
    const lakes = L.polygon(base.lakes.map(swap), { ...flat, stroke: false, fillOpacity: 0.8 });
    const rivers = L.polyline(base.rivers.flatMap(([, lines]) => lines.map(swap)), { ...flat, weight: 1.4 });
    const licence = L.polyline(base.licence.map(swap), { ...flat, weight: 1.2, dashArray: "1 4" });
    const built = hasTiles ? null : new BuiltUp({ base });
    const colour = () => {
        sea.setStyle({ color: css("--m-coast"), fillColor: css("--m-sea") });
        lakes.setStyle({ fillColor: css("--m-river") });
        rivers.setStyle({ color: css("--m-river") });
        licence.setStyle({ color: css("--m-licence") });
        built?._map && built.draw();
    };
    colour();
    for (const layer of hasTiles ? [sea, licence] : [sea, built, lakes, rivers, licence]) { layer.addTo(map); }
    map.names.options.base = base;
    map.repaints.push(colour);
    map.names.draw();
}

function styleOf(feature) {
    const { look, phase, pale } = feature.properties;
    const known = PHASES[phase] ? { token: `--ph-${phase}`, fillOpacity: 0.14, ...PHASES[phase] } : LOOKS[look] || LOOKS.area;
    const { token, ...style } = known, colour = css(token);
    if (feature.geometry.type === "Point") {
        return { color: css("--surface"), weight: 1.5, fillColor: colour, fillOpacity: pale ? 0.45 : 0.95 };
    }
    return { color: colour, fillColor: colour, ...style };
}

function pointOf(feature, at) {
    const { mw, radius } = feature.properties;
    const size = mw === undefined ? radius || 5 : Math.max(3, Math.min(10, 2.2 + Math.sqrt(mw) * 1.1));
    return L.circleMarker(at, { radius: size, ...styleOf(feature) });
}

function describe(feature, layer) {
    const { title, text, url } = feature.properties;
    if (!title) {
        return;
    }
    const popup = document.createElement("div");
    const heading = document.createElement(url ? "a" : "strong");
    heading.textContent = title;
    if (url) {
        heading.href = url;
    }
    popup.append(heading);
    if (text) {
        const line = document.createElement("div");
        line.textContent = text;
        popup.append(line);
    }
    layer.bindPopup(popup);
    const hint = document.createElement("span");
    hint.textContent = text ? `${title} · ${text}` : title;
    layer.bindTooltip(hint, { sticky: true });
}

function countryOf(element) {
    const [west, south, east, north] = element.dataset.country.split(",").map(Number);
    return L.latLngBounds([[south, west], [north, east]]);
}

// What the page is about is labelled first; ``layers`` are those of its features.
function labelMap(map, layers) {
    map.names.labels = layers
        .filter((one) => one.feature?.properties.label)
        .map((one) => [one.feature.properties.label, one.getBounds ? one.getBounds().getCenter() : one.getLatLng()]);
    map.names.draw();
}

function fitMap(map, bounds, maxZoom = 12) {
    if (bounds.isValid()) {
        map.fitted = [bounds, maxZoom];
        map.fitBounds(bounds, { paddingTopLeft: [44, 16], paddingBottomRight: [16, 24], maxZoom, animate: false });
    }
}

// Styles and names in the colours of the present theme.
function repaint(map) {
    map.getContainer().isConnected ? map.repaints.forEach((one) => one()) : drawnMaps.delete(map);
    map.names.draw();
}

function baseMap(element) {
    const country = countryOf(element), { tiles, sources } = element.dataset;
    const map = L.map(element, {
        zoomControl: false, preferCanvas: true, fadeAnimation: false, zoomSnap: 0.25, minZoom: 4.5, maxZoom: tiles ? 18 : 16,
        scrollWheelZoom: false, attributionControl: false, maxBounds: country.pad(0.25),
    });
    L.control.zoom({ position: "topleft" }).addTo(map);
    const credit = L.control.attribution({ prefix: false }).addTo(map);
    credit.addAttribution(`<a href="${encodeURI(sources)}">Natural Earth, GeoNames, NESO</a>`);
    for (const [name, level] of [["built", 190], ["base", 195], ["names", 450]]) {
        map.createPane(name).style.zIndex = level;
    }
    map.getPane("names").style.pointerEvents = "none";
    map.repaints = [];
    map.setView([54.8, -3.2], 5.5);
    map.names = new Names({ isPlain: Boolean(tiles) }).addTo(map);
    if (tiles) {
        L.tileLayer(tiles).addTo(map);
    }
    baseOf(element.dataset.base).then((base) => element.isConnected && layBase(map, base, Boolean(tiles)));
    map.on("click focus", () => map.scrollWheelZoom.enable());
    element.addEventListener("mouseleave", () => map.scrollWheelZoom.disable());
    element.addEventListener("blur", () => map.scrollWheelZoom.disable());
    let width = element.clientWidth;
    new ResizeObserver(() => {
        const wasHidden = !width;
        width = element.clientWidth;
        map.invalidateSize({ pan: false });
        if (wasHidden && width && map.fitted) { fitMap(map, ...map.fitted); }
    }).observe(element);
    document.fonts?.ready.then(() => map.names._map && map.names.draw());
    drawnMaps.add(map);
    return map;
}

// How many lie elsewhere is said under the map, instead of showing half the world.
function tellOutside(element, number) {
    element.parentElement.querySelector(":scope > [data-outside-note]")?.remove();
    if (!number) {
        return;
    }
    const [one, many] = (element.dataset.nouns || "place,places").split(",");
    const note = document.createElement("p");
    note.className = "map-note";
    note.dataset.outsideNote = "";
    const told = document.createElement(element.dataset.outsideUrl ? "a" : "span");
    if (element.dataset.outsideUrl) { told.href = element.dataset.outsideUrl; }
    told.textContent = `${number.toLocaleString("en-GB")} ${number === 1 ? `${one} lies` : `${many} lie`} outside Great Britain`;
    note.append(told);
    element.after(note);
}

// Where there are two kinds of things, each can be hidden.
function switchLayers(element, map, shown) {
    const kinds = new Map();
    shown.eachLayer((one) => {
        const { kind } = one.feature.properties;
        if (kind) { kinds.set(kind, [...(kinds.get(kind) || []), one]); }
    });
    if (kinds.size < 2) {
        return;
    }
    const box = L.DomUtil.create("div", "map-layers", element);
    L.DomEvent.disableClickPropagation(box);
    for (const [kind, layers] of kinds) {
        const label = L.DomUtil.create("label", "", box), tick = document.createElement("input");
        Object.assign(tick, { type: "checkbox", checked: true, className: "check" });
        label.append(tick, ` ${kind}`);
        tick.addEventListener("change", () => {
            layers.forEach((one) => (tick.checked ? one.addTo(map) : one.remove()));
            labelMap(map, shown.getLayers().filter((one) => map.hasLayer(one)));
        });
    }
}

// Lay features on a map: styles, names and what is told; far ones are counted, not shown. Points lie over shapes.
function layFeatures(element, map, collection, onEachFeature = describe) {
    const country = countryOf(element), areShapes = (one) => one.geometry.type !== "Point";
    const features = [...collection.features.filter(areShapes), ...collection.features.filter((one) => !areShapes(one))];
    const shown = L.geoJSON({ type: "FeatureCollection", features }, { style: styleOf, pointToLayer: pointOf, onEachFeature }).addTo(map);
    const within = L.latLngBounds([]);
    let outside = 0;
    shown.eachLayer((one) => {
        const bounds = one.getBounds ? one.getBounds() : L.latLngBounds([one.getLatLng()]);
        if (country.intersects(bounds)) { within.extend(bounds); } else { outside += 1; }
    });
    tellOutside(element, outside);
    labelMap(map, shown.getLayers());
    map.repaints.push(() => shown.eachLayer((one) => one.setStyle && one.setStyle(styleOf(one.feature))));
    return { shown, within };
}

async function drawMap(element) {
    if (element.dataset.isMap) {
        return;
    }
    element.dataset.isMap = "yes";
    const map = baseMap(element);
    const answer = await fetch(element.dataset.geojson, { headers: { Accept: "application/geo+json" } });
    if (!answer.ok) {
        return;
    }
    const { shown, within } = layFeatures(element, map, await answer.json());
    fitMap(map, within);
    switchLayers(element, map, shown);
    joinRows(element, map, shown);
    element.dataset.drawn = String(shown.getLayers().length);
    element.dispatchEvent(new CustomEvent("map:drawn", { bubbles: true, detail: { map, shown } }));
}

function lift(layer, isOn) {
    const style = styleOf(layer.feature);
    if (layer.feature.geometry.type === "Point") {
        layer.setStyle(isOn ? { ...style, color: css("--ink"), weight: 3 } : style);
    } else {
        layer.setStyle(isOn ? { ...style, fillOpacity: 0.4, weight: style.weight + 2 } : style);
    }
    if (isOn) { layer.bringToFront(); }
}

// A row with ``data-ref`` and the shape of that ref point at each other, by mouse and by focus.
function joinRows(element, map, shown) {
    const scope = element.dataset.rows && document.querySelector(element.dataset.rows);
    if (!scope) {
        return;
    }
    const layers = new Map(shown.getLayers().map((one) => [one.feature.properties.ref, one]));
    const point = (ref, isOn) => {
        if (layers.has(ref)) { lift(layers.get(ref), isOn); }
        scope.querySelector(`[data-ref="${CSS.escape(ref)}"]`)?.classList.toggle("is-pointed", isOn);
    };
    for (const [name, isOn] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
        scope.addEventListener(name, (event) => {
            const row = event.target.closest("[data-ref]");
            if (row) { point(row.dataset.ref, isOn); }
        });
    }
    for (const [ref, layer] of layers) {
        layer.on("mouseover", () => point(ref, true));
        layer.on("mouseout", () => point(ref, false));
    }
}

const drawMaps = (root) => root.querySelectorAll("[data-map]").forEach(drawMap);
document.addEventListener("theme:changed", () => drawnMaps.forEach(repaint));
document.addEventListener("DOMContentLoaded", () => {
    drawMaps(document);
    document.addEventListener("htmx:load", (event) => drawMaps(event.target));
});
