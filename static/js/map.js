// Maps: GeoJSON of the page on a vendored coast line, drawn on canvas; works without any tile server.
"use strict";

const LOOK = {
    buffer: { color: "#c8790a", weight: 1, dashArray: "4 4", fillOpacity: 0.08 },
    area: { color: "#0b5d57", weight: 1.5, fillOpacity: 0.2 },
    good: { color: "#125c2c", weight: 1, fillOpacity: 0.85 },
    bad: { color: "#8c1616", weight: 1, fillOpacity: 0.7 },
    cluster: { color: "#124a8c", weight: 1, fillOpacity: 0.6 },
};

function styleOf(feature) {
    const look = LOOK[feature.properties.look] || LOOK.area;
    const { colour, dashes, weight } = feature.properties;
    return { ...look, ...(colour && { color: colour }), ...(dashes && { dashArray: dashes }), ...(weight && { weight }) };
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
    layer.bindTooltip(document.createTextNode(title).textContent, { sticky: true });
}

function baseMap(element) {
    const map = L.map(element, { preferCanvas: true, fadeAnimation: false, zoomSnap: 0.25, attributionControl: true });
    map.attributionControl.setPrefix("Leaflet");
    map.setView([54.8, -3.2], 5.5);
    if (element.dataset.tiles) {
        L.tileLayer(element.dataset.tiles).addTo(map);
    } else {
        fetch(element.dataset.base).then((answer) => answer.json()).then((coast) => {
            L.geoJSON(coast, { style: { color: "#9aabb8", weight: 1, fillColor: "#fff", fillOpacity: 1 }, interactive: false })
                .addTo(map).bringToBack();
        });
        map.attributionControl.addAttribution("Coast: Natural Earth");
    }
    return map;
}

async function drawMap(element) {
    const map = baseMap(element);
    const answer = await fetch(element.dataset.geojson, { headers: { Accept: "application/geo+json" } });
    if (!answer.ok) {
        return;
    }
    const shown = L.geoJSON(await answer.json(), {
        style: styleOf,
        pointToLayer: (feature, at) => L.circleMarker(at, { radius: feature.properties.radius || 6, ...styleOf(feature) }),
        onEachFeature: describe,
    }).addTo(map);
    if (shown.getLayers().length) {
        map.fitBounds(shown.getBounds().pad(0.1), { maxZoom: 13, animate: false });
    }
    element.dataset.drawn = String(shown.getLayers().length);
    element.dispatchEvent(new CustomEvent("map:drawn", { bubbles: true, detail: { map, shown } }));
}

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-map]").forEach(drawMap));
