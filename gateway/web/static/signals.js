// Rings or shows a note when a severe report is not seen: by choice of each device, and no detail.
"use strict";
(() => {
  const piece = document.getElementById("situation");
  const box = document.getElementById("signals");
  const said = document.getElementById("signal-words");
  const buttons = {
    sound: document.getElementById("signal-sound"), note: document.getElementById("signal-note"),
  };
  if (!piece || !box) return;
  const PAUSE_MS = 30000; // a burst of reports rings once
  const words = window.words;
  let sounds = null;
  let rang = 0;

  const chosen = (name) => {
    try {
      return localStorage.getItem(`signal-${name}`) === "yes";
    } catch {
      return false; // a browser that keeps nothing
    }
  };

  const choose = (name, yes) => {
    try {
      localStorage.setItem(`signal-${name}`, yes ? "yes" : "no");
    } catch { /* it holds until the page is left */ }
    buttons[name].setAttribute("aria-pressed", String(yes));
    piece.toggleAttribute("data-awake", Object.values(buttons).some(isPressed));
  };

  const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
  const severe = () => Number(piece.querySelector("[data-severe]")?.dataset.severe || 0);

  const ready = async () => {
    sounds ||= new AudioContext();
    if (sounds.state === "suspended") {
      await Promise.race([sounds.resume(), new Promise((done) => setTimeout(done, 300))]);
    }
    return sounds.state === "running";
  };

  const ring = async () => {
    if (!(await ready())) {
      said.textContent = words.press_once;
      return;
    }
    for (const [at, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
      const tone = sounds.createOscillator();
      const loud = sounds.createGain();
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.2, sounds.currentTime + at);
      loud.gain.exponentialRampToValueAtTime(0.001, sounds.currentTime + at + 0.22);
      tone.connect(loud).connect(sounds.destination);
      tone.start(sounds.currentTime + at);
      tone.stop(sounds.currentTime + at + 0.24);
    }
    box.dataset.rang = String(Number(box.dataset.rang || 0) + 1);
  };

  const show = (count) => {
    const text = count === 1 ? words.severe_one : words.severe_many.replace("#", count);
    try {
      const note = new Notification(text, { tag: "severe", renotify: true });
      note.addEventListener("click", () => { window.focus(); note.close(); });
    } catch { /* phones that allow them to installed apps only */ }
  };

  const press = {
    sound: async (yes) => {
      if (yes) await ring(); // so that everybody knows how it sounds
      choose("sound", yes);
    },
    note: async (yes) => {
      const may = yes && "Notification" in window && (await Notification.requestPermission()) === "granted";
      if (yes && !may) said.textContent = words.note_refused;
      choose("note", may);
    },
  };

  let before = severe();
  piece.addEventListener("refreshed", () => {
    const count = severe();
    const more = count > before;
    before = count;
    if (!more || Date.now() - rang < PAUSE_MS) return;
    rang = Date.now();
    if (isPressed(buttons.sound)) ring();
    if (isPressed(buttons.note)) show(count);
  });

  for (const [name, button] of Object.entries(buttons)) {
    button.addEventListener("click", () => {
      said.textContent = "";
      press[name](!isPressed(button));
    });
  }
  choose("sound", chosen("sound"));
  const allowed = "Notification" in window && Notification.permission === "granted";
  buttons.note.setAttribute("aria-pressed", String(chosen("note") && allowed));
  piece.toggleAttribute("data-awake", Object.values(buttons).some(isPressed));
  document.addEventListener("pointerdown", () => {
    if (isPressed(buttons.sound)) ready().then((yes) => { if (yes) said.textContent = ""; });
  });
  box.hidden = false;
})();
