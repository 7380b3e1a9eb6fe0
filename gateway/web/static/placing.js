// The place of an incident by a press on a map: it fills the fields of its form, which stay the truth.
// Forms may arrive by fetch, so the document listens; nothing loads before a form is opened.
"use strict";
(() => {
  const words = window.words;
  const STEP = 24; // pixels that an arrow key moves the map, four times that with Shift
  const LEAST_M = 4000, CLOSEST = 14; // so that villages around can be told
  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const shown = new Map(); // by the element: its map and how to frame it, null while it loads

  const forget = () => {
    for (const [place, drawn] of shown) {
      if (place.isConnected) continue;
      drawn?.map.remove();
      shown.delete(place);
    }
  };

  const number = (field) => (field.value.trim() ? Number(field.value.trim().replace(",", ".")) : NaN);

  const isolated = (text) => `\u2066${text}\u2069`; // digits keep their order in Arabic

  // A map bends at the poles, so it shows no point beyond 85 degrees.
  const typedIn = (lat, lon) => {
    const at = [number(lat), number(lon)];
    return Math.abs(at[0]) <= 85 && Math.abs(at[1]) <= 180 ? at : null;
  };

  const presentPlace = (map, place) => {
    const { lat, lon, within } = place.dataset;
    if (lat === undefined) return null;
    const at = [Number(lat), Number(lon)], radius = Number(within), plain = { interactive: false, weight: 2 };
    const around = window.L.latLng(at).toBounds(Math.max(LEAST_M, radius * 2));
    map.fitBounds(around, { maxZoom: CLOSEST, animate: false }); // circles need a true scale
    if (radius) window.L.circle(at, { ...plain, radius, className: "now-within" }).addTo(map);
    window.L.circleMarker(at, { ...plain, radius: 6, className: "now-at" }).addTo(map);
    return around;
  };

  const byKeys = (map, leaf, put) => {
    const cross = document.createElement("div");
    cross.className = "cross";
    cross.hidden = true;
    leaf.append(cross);
    map.keyboard.disable(); // its steps are too wide to meet a village
    leaf.setAttribute("role", "application"); // so that screen readers leave the arrows to it
    leaf.setAttribute("aria-describedby", "placing-how");
    leaf.addEventListener("focus", () => { cross.hidden = !leaf.matches(":focus-visible"); });
    leaf.addEventListener("blur", () => { cross.hidden = true; });
    leaf.addEventListener("pointerdown", () => { cross.hidden = true; });
    leaf.addEventListener("keydown", (event) => {
      if (event.target !== leaf || event.ctrlKey || event.metaKey || event.altKey) return;
      const move = MOVES[event.key], far = STEP * (event.shiftKey ? 4 : 1);
      if (move) map.panBy([move[0] * far, move[1] * far], { animate: false });
      else if (event.key === "+" || event.key === "=") map.zoomIn(1, { animate: false });
      else if (event.key === "-") map.zoomOut(1, { animate: false });
      else if (event.key === "Enter") put(map.getCenter());
      else return;
      event.preventDefault();
      cross.hidden = false;
    });
  };

  const draw = (map, place, leaf) => {
    const { lat, lon } = place.closest("form").elements;
    const told = place.querySelector(".put");
    const icon = window.L.divIcon({ className: "pin-put", iconSize: [26, 26], iconAnchor: [13, 31] });
    const pin = window.L.marker([0, 0], { icon, interactive: false, keyboard: false });
    const around = presentPlace(map, place);

    const mark = () => {
      const at = typedIn(lat, lon);
      if (at) pin.setLatLng(at).addTo(map); else pin.remove();
      return at;
    };
    const put = (at) => {
      const { lat: north, lng: east } = at.wrap();
      lat.value = north.toFixed(5);
      lon.value = east.toFixed(5);
      mark();
      told.textContent = words.place_put.replace("#", isolated(lat.value)).replace("@", isolated(lon.value));
    };
    const follow = () => {
      const at = mark();
      told.textContent = "";
      if (at && !map.getBounds().contains(at)) map.panTo(at, { animate: false });
    };
    const frame = () => {
      map.invalidateSize(false);
      const at = mark();
      const all = window.L.latLngBounds([]);
      if (around) all.extend(around);
      if (at) all.extend(window.L.latLng(at).toBounds(LEAST_M));
      if (all.isValid()) map.fitBounds(all, { maxZoom: CLOSEST, animate: false });
    };

    map.on("click", (event) => put(event.latlng));
    byKeys(map, leaf, put);
    for (const field of [lat, lon]) field.addEventListener("input", follow);
    frame();
    return { map, frame };
  };

  const open = async (place) => {
    forget();
    if (shown.has(place)) { shown.get(place)?.frame(); return; }
    const leaf = place.querySelector(".leaf"), told = place.querySelector(".put");
    shown.set(place, null);
    place.hidden = false;
    place.setAttribute("aria-busy", "true");
    told.textContent = words.place_wait;
    try {
      const map = await window.basemap(leaf);
      told.textContent = "";
      shown.set(place, draw(map, place, leaf));
    } catch {
      leaf.hidden = true;
      shown.delete(place); // opening the form again tries again
      told.textContent = words.place_lost;
    } finally {
      place.removeAttribute("aria-busy");
    }
  };

  const openIn = (details) => {
    const place = details.open && details.querySelector(".placing");
    if (place && place.closest("details") === details) open(place);
  };

  document.addEventListener("toggle", (event) => openIn(event.target), true);
  for (const details of document.querySelectorAll("details[open]")) openIn(details);
})();
