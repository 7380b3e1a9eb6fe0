// One incident: minutes that run, new reports as they come, pieces on demand, the map.
"use strict";
(() => {
  const words = window.words;
  const ahead = Date.parse(document.body.dataset.now || "") - Date.now() || 0;
  const glance = document.getElementById("glance");
  const voices = document.getElementById("voices");
  const fresh = document.getElementById("fresh");

  const took = (minutes) => {
    if (minutes < 120) return words.min.replace("#", minutes);
    if (minutes >= 36 * 60) return words.days.replace("#", Math.round(minutes / 1440));
    return words.h_min.replace("#", Math.floor(minutes / 60)).replace("@", minutes % 60);
  };

  const run = () => {
    for (const mark of document.querySelectorAll("[data-since]")) {
      const minutes = Math.max(0, Math.floor((Date.now() + ahead - Date.parse(mark.dateTime)) / 60000));
      const text = took(minutes);
      if (mark.textContent !== text) mark.textContent = text;
    }
    if (glance?.querySelector(".due.late")) {
      glance.querySelector(".figures-now")?.classList.add("late");
    }
  };

  const bring = async (address) => {
    const answer = await fetch(address, {
      headers: { "X-Requested-With": "fetch" }, credentials: "same-origin", redirect: "error",
    });
    if (!answer.ok) throw new Error(answer.status);
    return answer.text();
  };

  // Somebody writes, has ticked or has chosen here: what is new must wait.
  const isInUse = (part) => {
    if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return true;
    return [...part.querySelectorAll("input:not([type=hidden]), select, textarea")].some((field) =>
      field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue
        && field.tagName !== "SELECT");
  };

  const show = async () => {
    const now = glance.querySelector("[data-voices]").dataset;
    const { voices: stamp, reports } = now;
    const html = await bring(voices.dataset.load);
    const focus = voices.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...voices.querySelectorAll("details[open][id]")].map((part) => part.id);
    const ticked = [...voices.querySelectorAll("input:checked")].map((field) => field.value);
    voices.innerHTML = html; // our own server's escaped template
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const field of voices.querySelectorAll("input[type=checkbox]")) field.checked = ticked.includes(field.value);
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    voices.dataset.stamp = stamp;
    voices.dataset.count = reports;
    fresh.hidden = true;
    run();
  };

  const heard = async () => {
    run();
    const now = glance.querySelector("[data-voices]")?.dataset;
    if (!now || now.voices === voices.dataset.stamp) return;
    if (!isInUse(voices)) {
      try { await show(); return; } catch { /* the button below tries again */ }
    }
    const more = Number(now.reports) - Number(voices.dataset.count);
    const text = more > 0 ? words.new_reports.replace("#", more) : words.new_answers;
    fresh.querySelector("button").textContent = text;
    fresh.hidden = false;
  };

  if (glance && voices && fresh) {
    glance.addEventListener("refreshed", heard);
    fresh.querySelector("button").addEventListener("click", () => show().catch(() => location.reload()));
  }

  // Pieces with an address of their own come when they are opened.
  const fill = async (part, address) => {
    const inside = part.querySelector(".inside");
    inside.setAttribute("aria-busy", "true");
    try {
      inside.innerHTML = await bring(address); // our own server's escaped template
      part.dataset.here = "1";
    } catch {
      const link = inside.querySelector("a");
      if (link) link.textContent = words.open_as_page;
    } finally {
      inside.removeAttribute("aria-busy");
    }
  };
  for (const part of document.querySelectorAll("details.later")) {
    part.addEventListener("toggle", () => {
      if (part.open && !part.dataset.here) fill(part, part.dataset.load);
    });
    part.addEventListener("click", (event) => {
      const link = event.target.closest(".tabs a, .steps + p a");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      fill(part, link.getAttribute("href"));
    });
  }

  // A link to a closed form opens it.
  const unfold = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.matches("details")) target.open = true;
  };
  window.addEventListener("hashchange", unfold);
  unfold();

  const draw = (map, found) => {
    const shapes = [];
    const add = (shape) => { shapes.push(shape.addTo(map)); };
    const plain = { weight: 1.5, interactive: false };
    const [anchor] = [found.incident, ...found.way, ...found.reports].filter(Boolean);
    if (anchor) map.setView(anchor.slice(0, 2), 9, { animate: false }); // circles need a true scale
    for (const area of found.areas) {
      for (const [lat, lon, radius] of area.circles) add(window.L.circle([lat, lon], { ...plain, radius, className: "warned" }));
      for (const spot of area.spots) add(window.L.circleMarker(spot, { ...plain, radius: 5, className: "warned" }));
      if (area.strip.length) add(window.L.polygon(area.strip, { ...plain, className: "warned" }));
    }
    for (const [lat, lon, radius] of found.reports) add(window.L.circle([lat, lon], { ...plain, radius: Math.max(radius, 50), className: "seen" }));
    for (const spot of found.asked) add(window.L.circleMarker(spot, { ...plain, radius: 4, className: "asked" }));
    if (found.way.length > 1) add(window.L.polyline(found.way.map(([lat, lon]) => [lat, lon]), { ...plain, weight: 3, className: "way" }));
    if (found.incident) {
      const [lat, lon, radius] = found.incident;
      if (radius) add(window.L.circle([lat, lon], { ...plain, radius, className: "doubt-of-it" }));
      add(window.L.circleMarker([lat, lon], { ...plain, radius: 7, className: "here" }));
    }
    if (shapes.length) map.fitBounds(window.L.featureGroup(shapes).getBounds().pad(0.2), { maxZoom: 13 });
  };

  const place = document.querySelector("[data-points]");
  const leaf = document.getElementById("leaf");
  if (place && leaf && window.basemap) {
    const begin = async () => {
      try {
        const [map, found] = await Promise.all([
          window.basemap(leaf), bring(place.dataset.points).then(JSON.parse),
        ]);
        draw(map, found);
        document.getElementById("legend").hidden = false;
      } catch {
        leaf.hidden = true; // the list and the sketch are there
      }
    };
    // On a slow line the map waits until somebody comes near it.
    const near = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      near.disconnect();
      begin();
    }, { rootMargin: "300px" });
    near.observe(document.getElementById("h-track"));
  }
  setInterval(run, 15000);
  run();
})();
