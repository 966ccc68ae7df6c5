// The map beside the list of competitions: filters with it, gets finer as one zooms in, points from row to shape and back.
"use strict";

const LEVELS_OF_DETAIL = [7, 9, 11, 13];
const WHOLE_COUNTRY = 7;
const placeStyle = () => ({ radius: 9, color: css("--red"), weight: 3, fillOpacity: 0.1 });

class LiveMap {
    constructor(element) {
        this.element = element;
        this.map = baseMap(element);
        this.layers = new Map();
        this.load(true);
        this.map.on("moveend", () => this.refine());
        this.map.repaints.push(() => this.shapes?.eachLayer((one) => one.setStyle(styleOf(one.feature))));
        this.wireList();
        document.addEventListener("htmx:afterSettle", (event) => {
            if (event.detail.target.id === "found" || event.detail.elt.id === "found") {
                this.load(true);
            }
        });
        window.addEventListener("popstate", () => this.load(true));
    }

    level() {
        const zoom = this.map.getZoom();
        return LEVELS_OF_DETAIL.find((level) => level >= zoom) || LEVELS_OF_DETAIL.at(-1);
    }

    async load(isNew) {
        const query = new URLSearchParams(window.location.search);
        query.delete("page");
        query.delete("sort");
        this.shownLevel = isNew ? WHOLE_COUNTRY : this.level();
        query.set("zoom", this.shownLevel);
        if (this.shownLevel > WHOLE_COUNTRY) {
            this.shownBounds = this.map.getBounds().pad(0.5);
            query.set("bounds", this.shownBounds.toBBoxString());
        }
        const asked = this.asked = `${this.element.dataset.geojson}?${query}`;
        const answer = await fetch(asked, { headers: { Accept: "application/geo+json" } });
        if (!answer.ok || asked !== this.asked) {
            return;
        }
        this.draw(await answer.json());
        this.markPlace();
        if (isNew) {
            this.showAll();
        }
        this.element.dataset.drawn = String(this.shapes.getLayers().length);
        this.element.dataset.level = String(this.shownLevel);
        this.element.dispatchEvent(new CustomEvent("map:drawn", { bubbles: true, detail: { map: this.map, shown: this.shapes } }));
    }

    markPlace() {
        const asked = document.querySelector("#found [data-place]");
        this.place?.remove();
        this.place = asked && L.circleMarker(asked.dataset.place.split(",").map(Number), placeStyle())
            .bindTooltip("The place searched for").addTo(this.map);
        this.element.dataset.place = asked ? asked.dataset.place : "";
    }

    showAll() {
        const country = countryOf(this.element), bounds = L.latLngBounds([]);
        let outside = 0;
        this.shapes.eachLayer((one) => {
            if (country.intersects(one.getBounds())) { bounds.extend(one.getBounds()); } else { outside += 1; }
        });
        tellOutside(this.element, outside);
        if (this.place) {
            bounds.extend(this.place.getLatLng());
        }
        fitMap(this.map, bounds);
    }

    draw(collection) {
        const open = this.opened;
        this.opened = null;
        this.shapes?.remove();
        this.layers.clear();
        this.shapes = L.geoJSON(collection, {
            style: styleOf,
            onEachFeature: (feature, layer) => {
                const { ref } = feature.properties;
                describe(feature, layer);
                this.layers.set(ref, layer);
                layer.on("mouseover", () => this.point(ref, true));
                layer.on("mouseout", () => this.point(ref, false));
                layer.on("popupopen", () => { this.opened = ref; });
            },
        }).addTo(this.map);
        labelMap(this.map, this.shapes.getLayers());
        this.layers.get(open)?.openPopup();
    }

    refine() {
        const level = this.level();
        const isInside = level <= WHOLE_COUNTRY || (this.shownBounds && this.shownBounds.contains(this.map.getBounds()));
        if (this.shapes && (level !== this.shownLevel || !isInside)) {
            this.load(false);
        }
    }

    point(ref, isOn) {
        const layer = this.layers.get(ref);
        if (layer) {
            lift(layer, isOn);
        }
        document.querySelector(`#found [data-ref="${CSS.escape(ref)}"]`)?.classList.toggle("is-pointed", isOn);
        this.element.dataset.pointed = isOn ? ref : "";
    }

    // The list is exchanged as it is narrowed, so its events are heard where it stands in the page.
    wireList() {
        for (const [name, isOn] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
            document.addEventListener(name, (event) => {
                const row = event.target.closest?.("#found [data-ref]");
                if (row) { this.point(row.dataset.ref, isOn); }
            });
        }
    }
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-live-map]").forEach((element) => new LiveMap(element));
});
