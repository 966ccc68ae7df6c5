// The map of assets: the server makes clusters for each view, and the list beside it follows.
"use strict";

const CLOSE_UP = 16;

class AssetMap {
    constructor(element) {
        this.element = element;
        this.list = document.getElementById("in-view");
        this.map = baseMap(element);
        this.map.fitBounds(this.firstBounds(), { maxZoom: CLOSE_UP, animate: false });
        this.map.on("moveend", () => {
            window.clearTimeout(this.waiting);
            this.waiting = window.setTimeout(() => this.follow(), 150);
        });
        this.map.repaints.push(() => this.shown?.eachLayer((one) => one.setStyle && one.setStyle(styleOf(one.feature))));
        this.wireList();
        this.draw();
    }

    firstBounds() {
        const asked = new URLSearchParams(window.location.search).get("bounds");
        const [west, south, east, north] = (asked || this.element.dataset.extent).split(",").map(Number);
        const bounds = L.latLngBounds([[south, west], [north, east]]);
        return asked ? bounds : bounds.pad(0.05);
    }

    query(bounds) {
        const query = new URLSearchParams(window.location.search);
        query.delete("page");
        query.set("zoom", Math.round(this.map.getZoom()));
        query.set("bounds", bounds.toBBoxString());
        return query;
    }

    async follow() {
        const isShowing = this.isShowing;
        this.isShowing = false;
        await Promise.all([this.draw(), isShowing || this.fill()]);
    }

    async draw() {
        const asked = this.asked = `${this.element.dataset.geojson}?${this.query(this.map.getBounds().pad(0.2))}`;
        const answer = await fetch(asked, { headers: { Accept: "application/geo+json" } });
        if (!answer.ok || asked !== this.asked) {
            return;
        }
        this.shown?.remove();
        this.shown = L.geoJSON(await answer.json(), {
            pointToLayer: (feature, at) => feature.properties.number ? this.cluster(feature, at) : pointOf(feature, at),
            onEachFeature: (feature, layer) => feature.properties.number || describe(feature, layer),
        }).addTo(this.map);
        this.element.dataset.drawn = String(this.shown.getLayers().length);
        this.element.dataset.zoom = String(this.map.getZoom());
    }

    cluster(feature, at) {
        const { number, short, title, extent: [west, south, east, north] } = feature.properties;
        const size = Math.min(26 + 4 * Math.log2(number), 64);
        const icon = L.divIcon({ html: short, className: "asset-cluster", iconSize: [size, size] });
        const marker = L.marker(at, { icon, title, keyboard: false });
        marker.on("click", () => {
            const zoom = Math.max(this.map.getBoundsZoom([[south, west], [north, east]]), this.map.getZoom() + 1);
            this.map.setView([(south + north) / 2, (west + east) / 2], Math.min(zoom, CLOSE_UP + 2));
        });
        return marker;
    }

    async fill() {
        const asked = this.filling = `${this.element.dataset.list}?${this.query(this.map.getBounds())}`;
        const answer = await fetch(asked);
        if (!answer.ok || asked !== this.filling) {
            return;
        }
        this.list.innerHTML = await answer.text();
        this.wireList();
    }

    wireList() {
        for (const button of this.list.querySelectorAll("[data-show-at]")) {
            button.hidden = false;
            button.addEventListener("click", () => this.show(button));
        }
    }

    show(button) {
        const place = button.dataset.showAt.split(",").map(Number);
        this.isShowing = true;
        this.map.setView(place, Math.max(this.map.getZoom(), CLOSE_UP), { animate: false });
        this.place?.remove();
        this.place = L.circleMarker(place, { radius: 12, color: css("--red"), weight: 3, fill: false }).addTo(this.map);
    }
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-asset-map]").forEach((element) => new AssetMap(element));
});
