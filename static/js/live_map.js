// The map beside the list of competitions: filters with it, gets finer as one zooms in, points from row to shape and back.
"use strict";

const LEVELS_OF_DETAIL = [7, 9, 11, 13];
const WHOLE_COUNTRY = 7;
const PLACE = { radius: 9, color: "#8c1616", weight: 3, fillOpacity: 0.1 };

class LiveMap {
    constructor(element) {
        this.element = element;
        this.map = baseMap(element);
        this.layers = new Map();
        this.load(true);
        this.map.on("moveend", () => this.refine());
        this.wireList();
        document.addEventListener("htmx:afterSettle", (event) => {
            if (event.detail.target.id === "found" || event.detail.elt.id === "found") {
                this.wireList();
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
        this.place = asked && L.circleMarker(asked.dataset.place.split(",").map(Number), PLACE)
            .bindTooltip("The place searched for").addTo(this.map);
        this.element.dataset.place = asked ? asked.dataset.place : "";
    }

    showAll() {
        const bounds = this.shapes.getBounds();
        if (this.place) {
            bounds.extend(this.place.getLatLng());
        }
        if (bounds.isValid()) {
            this.map.fitBounds(bounds.pad(0.1), { maxZoom: 13, animate: false });
        }
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
            layer.setStyle(isOn ? { fillOpacity: 0.55 } : { fillOpacity: 0.2 });
        }
        document.querySelector(`#found [data-ref="${ref}"]`)?.classList.toggle("is-pointed", isOn);
    }

    wireList() {
        for (const row of document.querySelectorAll("#found [data-ref]")) {
            const { ref } = row.dataset;
            for (const [name, isOn] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]]) {
                row.addEventListener(name, () => this.point(ref, isOn));
            }
        }
        for (const button of document.querySelectorAll("#found [data-show]")) {
            button.hidden = false;
            button.addEventListener("click", () => this.show(button.dataset.show));
        }
    }

    show(ref) {
        const layer = this.layers.get(ref);
        this.element.scrollIntoView({ block: "nearest" });
        if (layer) {
            this.map.fitBounds(layer.getBounds().pad(0.3), { maxZoom: 12, animate: false });
            layer.openPopup();
        } else {
            L.popup().setLatLng(this.map.getCenter()).setContent("This competition has no area on this map.").openOn(this.map);
        }
    }
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-live-map]").forEach((element) => new LiveMap(element));
});
