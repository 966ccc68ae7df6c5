// Keeps what a page marks as live up to date: asks again while the page is seen, says how old it is, and sounds on request.
"use strict";

const STALE_SECONDS = 15;
const SOUND_KEPT = "operations.sound";

class Live {
    constructor(element) {
        this.element = element;
        this.sign = document.querySelector("[data-live-sign]");
        this.said = document.querySelector("[data-live-said]");
        this.ahead = this.sign ? Date.parse(this.sign.dataset.now) - Date.now() : 0;
        this.fresh = Date.now();
        this.alarms = this.alarmsNow();
        this.words = this.wordsNow();
        this.sound = new Sound(document.querySelector("[data-sound]"));
        window.setInterval(() => this.ask(), 1000 * Number(element.dataset.live));
        window.setInterval(() => this.tell(), 1000);
        document.addEventListener("visibilitychange", () => this.ask());
        document.addEventListener("htmx:afterRequest", (event) => this.answered(event));
        document.addEventListener("htmx:afterSettle", (event) => this.settled(event));
        this.tell();
    }

    // A page that nobody sees asks nothing; nor does one whose form has just been sent.
    ask() {
        if (!document.hidden && !this.isAsking) {
            this.isAsking = true;
            window.htmx.trigger(this.element, "refresh");
        }
    }

    answered(event) {
        if (event.detail.elt !== this.element) {
            return;
        }
        this.isAsking = false;
        if (event.detail.successful) {
            this.fresh = Date.now();
            this.tell();
        }
    }

    settled(event) {
        if (event.detail.target !== this.element) {
            return;
        }
        const alarms = this.alarmsNow();
        if (alarms.some((one) => !this.alarms.includes(one))) {
            this.sound.play();
        }
        this.alarms = alarms;
        const words = this.wordsNow();
        if (this.said && words !== this.words) {
            this.said.textContent = words;
        }
        this.words = words;
    }

    tell() {
        if (!this.sign) {
            return;
        }
        const isStale = Date.now() - this.fresh > 1000 * STALE_SECONDS;
        const at = new Date(this.fresh + this.ahead).toLocaleTimeString("en-GB", { timeZone: this.sign.dataset.zone });
        this.sign.classList.toggle("is-stale", isStale);
        this.sign.textContent = isStale ? `Not up to date since ${at}` : `Live ${at}`;
    }

    alarmsNow() {
        return (this.element.querySelector("[data-alarm]")?.dataset.alarm || "").split(" ").filter(Boolean);
    }

    wordsNow() {
        return this.element.querySelector("[data-said]")?.dataset.said || "";
    }
}

// Two short tones, once somebody has asked for them on this device.
class Sound {
    constructor(button) {
        this.button = button;
        this.isOn = false;
        if (!button) {
            return;
        }
        button.hidden = false;
        button.addEventListener("click", () => this.turn(!this.isOn));
        this.turn(window.localStorage.getItem(SOUND_KEPT) === "on", true);
    }

    turn(isOn, isQuiet) {
        this.isOn = isOn;
        window.localStorage.setItem(SOUND_KEPT, isOn ? "on" : "off");
        this.button.setAttribute("aria-pressed", String(isOn));
        if (isOn && !isQuiet) {
            this.play();
        }
    }

    play() {
        if (!this.isOn) {
            return;
        }
        this.context = this.context || new window.AudioContext();
        [0, 0.25].forEach((wait, place) => {
            const tone = this.context.createOscillator();
            const volume = this.context.createGain();
            tone.frequency.value = place ? 1175 : 880;
            volume.gain.value = 0.2;
            tone.connect(volume).connect(this.context.destination);
            tone.start(this.context.currentTime + wait);
            tone.stop(this.context.currentTime + wait + 0.18);
        });
    }
}

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-live]").forEach((element) => new Live(element));
});
