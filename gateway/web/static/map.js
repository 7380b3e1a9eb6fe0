// The page of the map: marks and layers follow the form, the slider and the list, and these follow them.
"use strict";
(() => {
  const element = document.getElementById("map");
  if (!element || !window.basemap) return;
  const { mapMarks, mapLayers, mapDays, words } = window;
  const part = (id) => document.getElementById(id);
  const rows = part("map-rows"), form = part("map-filters");
  const CLOSE = 12, NEAR = 10, CLOSEST = 15;
  const LEAST_M = 3000; // around an incident that is shown, so that its neighbourhood can be told
  let map, days, layers, found, bounds = {}, circles = {}, groups = [], awaited = 0;

  const query = () => {
    const fields = [...new FormData(form)].filter(([, value]) => value !== "");
    return new URLSearchParams(fields).toString();
  };

  const told = (tag, text) => {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  };

  const onDay = () => {
    const day = days.day;
    return day === null ? found.incidents : found.incidents.filter((one) => one.from <= day && day <= one.to);
  };

  const weeksOnDay = () => {
    const day = days.day;
    if (day === null) return found.heat.weeks;
    const week = found.heat.weeks[Math.floor(day / 7)];
    return week ? [week] : [];
  };

  const sayDay = (incidents, weeks) => {
    const day = days.day;
    const many = (text) => text.replace("#", incidents.length);
    let text = day === null ? many(words.map_all) : many(words.map_on).replace("@", days.said(day));
    if (weeks.length) {
      const count = weeks.flatMap((week) => week.cells).reduce((sum, cell) => sum + cell[2], 0);
      const about = day === null ? words.map_weeks : words.map_week.replace("@", weeks[0].number);
      text += ` ${about.replace("#", count)}`;
    }
    part("map-told").textContent = text;
    days.tell(text);
  };

  const draw = () => {
    const incidents = onDay(), weeks = weeksOnDay();
    const held = document.activeElement?.dataset?.ids?.split(" ")[0];
    groups = mapMarks.draw(map, layers.marks, incidents, chosen);
    mapLayers.rings(map, layers.rings, incidents);
    mapLayers.heat(map, layers.heat, found.heat.side, weeks);
    sayDay(incidents, weeks);
    const wanted = awaited || Number(held);
    awaited = 0;
    if (wanted) groups.find((group) => group.items.some((one) => one.id === wanted))?.element.focus();
  };

  const mark = (id) => {
    for (const row of rows.querySelectorAll("[aria-current]")) row.removeAttribute("aria-current");
    const row = part(id)?.closest("li");
    row?.setAttribute("aria-current", "true");
    return row;
  };

  // What stands there in words, the way to its page, and the way back to its row.
  const popup = (at, things, kind, byKey) => {
    const box = document.createElement("div");
    for (const thing of things) {
      const line = document.createElement("p");
      const name = told("bdi", thing.words);
      const open = told("a", words.map_open);
      open.href = thing.href;
      open.setAttribute("aria-label", `${words.map_open}: ${thing.words}`);
      const back = told("button", words.map_list);
      back.type = "button";
      back.className = "link";
      back.addEventListener("click", () => { map.closePopup(); part(`${kind}-${thing.id}`)?.focus(); });
      line.append(name, " ", open, back);
      box.append(line);
    }
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
    if (things.length === 1) mark(`${kind}-${things[0].id}`);
    const widest = Math.min(300, element.clientWidth - 110); // beside the buttons of the zoom
    window.L.popup({ autoPanPaddingTopLeft: [64, 8], minWidth: Math.min(200, widest), maxWidth: widest, offset: kind === "incident" ? [0, -12] : [0, 0], maxHeight: 240 }).setLatLng(at).setContent(box).openOn(map);
    if (!byKey) return;
    const opener = document.activeElement;
    box.querySelector("a").focus({ preventScroll: true });
    map.once("popupclose", () => {
      if (document.activeElement !== document.body) return; // it went elsewhere by itself
      const marked = groups.find((group) => group.items.some((one) => one.id === things[0].id));
      (opener.isConnected || kind !== "incident" ? opener : marked?.element)?.focus({ preventScroll: true });
    });
  };

  const chosen = (group, byKey) => {
    const { items } = group, at = [items[0].lat, items[0].lon];
    const around = window.L.latLngBounds(items.map((one) => [one.lat, one.lon]));
    const zoom = Math.min(map.getBoundsZoom(around.pad(0.2)), CLOSEST);
    if (items.length === 1 || zoom <= map.getZoom()) { popup(at, items, "incident", byKey); return; }
    if (byKey) awaited = items[0].id;
    map.setView(around.getCenter(), zoom, { animate: false });
  };

  const showIncident = (id) => {
    const one = found.incidents.find((incident) => incident.id === id);
    if (!one) return;
    const around = window.L.latLng(one.lat, one.lon).toBounds(Math.max(LEAST_M, one.within) * 3);
    map.fitBounds(around, { maxZoom: CLOSE, animate: false });
    popup([one.lat, one.lon], [one], "incident", true);
    element.scrollIntoView({ block: "nearest" });
  };

  const showAlert = (id) => {
    const one = found.alerts.find((alert) => alert.id === id);
    if (!one) return;
    if (bounds[id]) map.fitBounds(bounds[id], { maxZoom: CLOSE, animate: false });
    popup(bounds[id] ? bounds[id].getCenter() : [one.area.lat, one.area.lon], [one], "alert", true);
    element.scrollIntoView({ block: "nearest" });
  };

  const showVillage = (id) => {
    if (!circles[id]) return;
    map.setView(circles[id].getLatLng(), Math.max(map.getZoom(), NEAR), { animate: false });
    circles[id].openTooltip();
    mark(`village-${id}`);
    element.scrollIntoView({ block: "nearest" });
  };

  const onMap = (text, described, show) => {
    const button = told("button", text);
    button.type = "button";
    button.className = "link on-map";
    button.setAttribute("aria-describedby", described);
    button.addEventListener("click", show);
    return button;
  };

  const addButtons = () => {
    const known = { incident: new Set(found.incidents.map((one) => one.id)), alert: new Set(found.alerts.map((one) => one.id)) };
    for (const link of rows.querySelectorAll("#map-incidents > li > a, #map-alerts > li > a")) {
      const [kind, id] = link.id.split("-");
      if (!known[kind]?.has(Number(id)) || link.nextElementSibling) continue;
      link.after(onMap(words.map_show, link.id, () => (kind === "alert" ? showAlert : showIncident)(Number(id))));
    }
    for (const row of rows.querySelectorAll("#map-villages li")) {
      if (!row.querySelector("button")) row.append(onMap(words.map_show, row.id, () => showVillage(row.id.split("-")[1])));
    }
  };

  const fit = () => {
    const all = window.L.latLngBounds(found.incidents.map((one) => [one.lat, one.lon]));
    for (const one of Object.values(bounds)) if (one) all.extend(one);
    if (all.isValid()) map.fitBounds(all.pad(0.1), { maxZoom: NEAR, animate: false });
  };

  const load = async () => {
    const chosen = rows.dataset.refresh;
    const answer = await fetch(`${rows.dataset.json}?${query()}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    const brought = await answer.json();
    if (chosen !== rows.dataset.refresh) return; // what was chosen since brings its own
    found = brought;
    days.set(found.days);
    part("map-key-heat").hidden = !found.heat.weeks.length;
    part("map-key-villages").hidden = !found.villages.length;
    bounds = mapLayers.alerts(layers.alerts, found.alerts, (alert, at) => popup(at, [alert], "alert", false));
    mapLayers.ways(layers.ways, found.ways);
    circles = mapLayers.villages(layers.villages, found.villages, (id) => mark(`village-${id}`)?.scrollIntoView({ block: "nearest" }));
    addButtons();
  };

  const follow = () => {
    history.replaceState(null, "", `${location.pathname}${query() && "?"}${query()}`);
    rows.dataset.refresh = `${rows.dataset.refresh.split("?")[0]}?${query()}`;
    rows.dataset.etag = "";
    window.dispatchEvent(new Event("online")); // refresh.js looks at once, and says when it cannot
  };

  const start = async () => {
    map = await window.basemap(element);
    mapLayers.panes(map);
    days = mapDays(draw);
    const names = ["heat", "villages", "rings", "alerts", "ways", "marks"];
    layers = Object.fromEntries(names.map((name) => [name, window.L.layerGroup().addTo(map)]));
    for (const item of document.querySelectorAll("#map-key [data-shape]")) item.prepend(mapMarks.drawing(item.dataset.shape, ""));
    await load();
    for (const id of ["map-days", "map-key"]) part(id).hidden = false;
    part("map-sketch").hidden = true;
    part("map-go").hidden = true; // the map follows the form by itself
    map.invalidateSize();
    fit();
    draw();
    map.on("zoomend", draw);
    let moved = false;
    form.addEventListener("change", () => { moved = true; follow(); });
    form.addEventListener("submit", (event) => { event.preventDefault(); moved = true; follow(); });
    rows.addEventListener("refreshed", async () => {
      try {
        await load();
        if (moved) fit();
        moved = false;
        draw();
      } catch { /* refresh.js says that there is no contact */ }
    });
  };

  start().catch(() => { element.hidden = true; part("map-fault").hidden = false; });
})();
