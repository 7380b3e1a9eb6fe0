// The slider through the days of the map; its last step stands for all days together.
"use strict";
(() => {
  const STEP_MS = 900;
  const DAY_MS = 86400000;
  const words = window.words;

  // `moved()` hears of each step. `day` is null for all days, else an index; `said(index)` is its
  // date in words; `tell(text)` what the slider says; `set(days)` keeps the place where it can.
  window.mapDays = (moved) => {
    const slider = document.getElementById("map-day");
    const play = document.getElementById("map-play");
    const told = document.getElementById("map-told"); // the slider itself says it to who moves it
    let first = 0, count = 0, timer = 0;
    const format = new Intl.DateTimeFormat(document.documentElement.lang, {
      weekday: "short", day: "numeric", month: "short", timeZone: "UTC",
    });

    const stop = () => {
      clearInterval(timer);
      timer = 0;
      play.textContent = words.map_play;
      told.setAttribute("aria-live", "off");
    };

    const step = () => {
      if (Number(slider.value) >= count) { stop(); return; }
      slider.value = Number(slider.value) + 1;
      moved();
    };

    play.addEventListener("click", () => {
      if (timer) { stop(); return; }
      if (Number(slider.value) >= count) { slider.value = 0; moved(); }
      timer = setInterval(step, STEP_MS);
      play.textContent = words.map_pause;
      told.setAttribute("aria-live", "polite");
    });
    slider.addEventListener("input", () => { stop(); moved(); });

    return {
      get day() { return Number(slider.value) >= count ? null : Number(slider.value); },
      said: (index) => format.format(new Date(first + index * DAY_MS)),
      tell: (text) => slider.setAttribute("aria-valuetext", text),
      set: (days) => {
        const all = Number(slider.value) >= count;
        first = Date.parse(`${days.first}T00:00:00Z`);
        count = days.count;
        slider.max = count;
        if (all || Number(slider.value) > count) slider.value = count;
      },
    };
  };
})();
