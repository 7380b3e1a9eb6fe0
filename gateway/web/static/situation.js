// The small map of the first page: loaded after everything else, and only where it is looked at.
"use strict";
(() => {
  const words = document.getElementById("map-words");
  const element = document.getElementById("small-map");
  const piece = document.getElementById("situation");
  if (!words || !element || !piece) return;
  const { points, basemap, style, incident } = words.dataset;
  let map = null;
  let layer = null;

  const load = (name, values) =>
    new Promise((done, failed) => {
      const part = Object.assign(document.createElement(name), values);
      part.addEventListener("load", done);
      part.addEventListener("error", () => failed(new Error(name)));
      document.head.append(part);
    });

  const pin = ([id, lat, lon, precision, colour, name]) => {
    if (precision) {
      window.L.circle([lat, lon], { radius: precision, className: `doubt ${colour}`, interactive: false }).addTo(layer);
    }
    const link = document.createElement("a");
    link.href = incident.replace(/0$/, id);
    link.textContent = id;
    link.title = name;
    link.setAttribute("aria-label", name);
    const icon = window.L.divIcon({ html: link, className: `pin ${colour}`, iconSize: [28, 28] });
    window.L.marker([lat, lon], { icon, keyboard: false, interactive: false }).addTo(layer);
  };

  const area = ({ drill, circles, way }) => {
    const look = { className: `zone${drill ? " drill" : ""}`, interactive: false };
    for (const [lat, lon, radius] of circles) {
      window.L.circle([lat, lon], { ...look, radius: radius || 1000 }).addTo(layer);
    }
    if (way.length) window.L.polygon(way, look).addTo(layer);
  };

  const frame = ({ incidents, areas }) => {
    const around = window.L.latLngBounds(incidents.map(([, lat, lon]) => [lat, lon]));
    for (const { circles, way } of areas) {
      for (const [lat, lon, radius] of circles) {
        around.extend(window.L.latLng(lat, lon).toBounds(2 * radius + 1));
      }
      way.forEach((corner) => around.extend(corner));
    }
    // A deployment with one place only has no frame that could be filled.
    if (around.isValid()) map.fitBounds(around, { maxZoom: 10, padding: [24, 24] });
    else if (!Number.isFinite(map.getZoom())) map.setView(map.getCenter(), 8);
  };

  const draw = async () => {
    const answer = await fetch(points, { cache: "no-cache", credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    const found = await answer.json();
    if (layer) layer.remove();
    else frame(found);
    layer = window.L.featureGroup().addTo(map);
    found.areas.forEach(area);
    found.incidents.forEach(pin);
  };

  const begin = async () => {
    try {
      await Promise.all([
        load("link", { rel: "stylesheet", href: style }), load("script", { src: basemap }),
      ]);
      map = await window.basemap(element);
      words.hidden = true;
      await draw();
      piece.addEventListener("refreshed", () => draw().catch(() => {})); // #contact says it
    } catch {
      words.hidden = false;
      words.textContent = window.words.map_lost;
    }
  };

  const watch = () => {
    const observer = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      observer.disconnect();
      begin();
    });
    observer.observe(words);
  };

  if (document.readyState === "complete") watch();
  else window.addEventListener("load", watch);
})();
