// Draws a warning's area on a map. The form's fields hold what is drawn, so they do the same without
// it; the server says who lives there and where a group will be (composer.js asks it).
"use strict";
(() => {
  const SNAP_PX = 14;
  const form = document.getElementById("draft");
  const easel = document.getElementById("easel");
  const element = document.getElementById("area-map");
  if (!form || !easel || !element || !window.basemap) return;

  const hint = document.getElementById("draw-hint");
  const buttons = Object.fromEntries(
    ["finish", "remove", "again"].map((name) => [name, document.getElementById(`draw-${name}`)]));
  const field = (name) => form.elements.namedItem(name);
  const shape = () => field("shape").value;
  const number = (text) => Number(String(text).trim().replace(",", "."));
  const write = (point) => `${point.lat.toFixed(5)}, ${point.lng.toFixed(5)}`;
  let map = null;
  let layer = null; // what is drawn by hand
  let ground = null; // what the server says
  let drawing = false; // corners are being set
  let chosen = -1; // the corner that can be removed
  let seen = {};

  const read = (line) => {
    const parts = line.split(/[,;]/).map(number);
    const fits = parts.length === 2 && parts.every(Number.isFinite) && Math.abs(parts[0]) <= 90;
    return fits ? window.L.latLng(parts[0], parts[1]) : null;
  };
  const corners = () => field("corners").value.split("\n").map(read).filter(Boolean);
  const keep = (points) => { field("corners").value = points.map(write).join("\n"); };
  const middle = () => read(field("centre").value)
    || (seen.event ? window.L.latLng(seen.event) : map.getCenter());

  const changed = () => {
    form.dispatchEvent(new Event("input"));
    draw();
  };

  const handle = (at, kind) => window.L.marker(at, {
    draggable: kind !== "first", keyboard: false, autoPan: true,
    icon: window.L.divIcon({ className: `handle ${kind}`, iconSize: [28, 28] }),
  });

  const drawCircle = () => {
    const at = middle();
    const radius = number(field("radius_km").value) * 1000;
    if (!(radius > 0)) return;
    const circle = window.L.circle(at, { radius, className: "drawn" }).addTo(layer);
    const rim = (centre) => window.L.latLng(centre.lat, circle.getBounds().getEast());
    const hub = handle(at, "middle").addTo(layer);
    const edge = handle(rim(at), "edge").addTo(layer);
    hub.on("drag", () => {
      circle.setLatLng(hub.getLatLng());
      edge.setLatLng(rim(hub.getLatLng()));
    });
    hub.on("dragend", () => { field("centre").value = write(hub.getLatLng()); changed(); });
    const reach = () => Math.max(0.1, Math.min(100, map.distance(circle.getLatLng(), edge.getLatLng()) / 1000));
    edge.on("drag", () => circle.setRadius(reach() * 1000));
    edge.on("dragend", () => { field("radius_km").value = reach().toFixed(1).replace(/\.0$/, ""); changed(); });
  };

  const drawPolygon = () => {
    const points = corners();
    const closed = !drawing && points.length > 2;
    if (points.length) {
      const line = closed ? window.L.polygon : window.L.polyline;
      const side = line(points, { className: "drawn", interactive: false }).addTo(layer);
      points.forEach((point, number) => corner(points, point, number, side, closed));
    }
    if (closed && points.length < 30) {
      points.forEach((point, number) => between(points, number));
    }
  };

  const corner = (points, point, number, side, closed) => {
    const first = drawing && number === 0;
    const mark = handle(point, first ? "first" : number === chosen ? "corner chosen" : "corner").addTo(layer);
    mark.on("drag", () => { points[number] = mark.getLatLng(); side.setLatLngs(points); });
    mark.on("dragend", () => { keep(points); changed(); });
    mark.on("click", () => {
      if (drawing) { if (first) finish(); return; }
      chosen = chosen === number || !closed ? -1 : number;
      draw();
    });
  };

  const between = (points, number) => {
    const next = points[(number + 1) % points.length];
    const at = [(points[number].lat + next.lat) / 2, (points[number].lng + next.lng) / 2];
    const mark = handle(at, "between").addTo(layer);
    const add = () => { points.splice(number + 1, 0, mark.getLatLng()); keep(points); changed(); };
    mark.on("dragend", add);
    mark.on("click", add);
  };

  const drawGround = () => {
    ground.clearLayers();
    const quiet = { interactive: false };
    const kind = shape();
    for (const [lat, lon, radius] of seen.without || []) {
      window.L.circle([lat, lon], { radius, className: "without", ...quiet }).addTo(ground);
    }
    if (kind === "corridor" && seen.strip?.length) {
      window.L.polygon(seen.strip, { className: "drawn", ...quiet }).addTo(ground);
      for (const [minutes, one, other] of seen.lines) {
        window.L.polyline([one, other], { className: "arrival", ...quiet }).addTo(ground)
          .bindTooltip(window.words.min.replace("#", minutes), { permanent: true, className: "plain" });
      }
    }
    const told = new Set([...form.querySelectorAll("[name=place]:checked")].map((box) => Number(box.value)));
    for (const [id, name, lat, lon, people] of seen.villages || []) {
      const named = told.has(id);
      const spot = window.L.circleMarker([lat, lon], {
        radius: kind === "places" ? 11 : 5, interactive: kind === "places",
        className: `village${people ? " told" : ""}${named ? " named" : ""}`,
      }).addTo(ground);
      spot.bindTooltip(people ? `${name} ${people}` : name, { permanent: named || people > 0, direction: "top", className: "plain" });
      if (kind === "places") spot.on("click", () => tick(id, name));
    }
  };

  const tick = (id, name) => {
    const box = form.querySelector(`[name=place][value="${id}"]`);
    if (box) box.checked = !box.checked;
    else {
      const label = document.createElement("label");
      label.className = "tick";
      const fresh = document.createElement("input");
      Object.assign(fresh, { type: "checkbox", name: "place", value: id, checked: true });
      const said = document.createElement("bdi");
      said.textContent = name;
      label.append(fresh, said);
      document.getElementById("ticked-places").append(label);
    }
    changed();
  };

  const draw = () => {
    layer.clearLayers();
    const kind = shape();
    if (kind !== "polygon") { drawing = false; chosen = -1; }
    if (kind === "circle") drawCircle();
    if (kind === "polygon") drawPolygon();
    drawGround();
    const points = kind === "polygon" ? corners().length : 0;
    hint.textContent = hint.dataset[drawing ? "drawing" : kind] || "";
    buttons.finish.hidden = !(drawing && points > 2);
    buttons.remove.hidden = !(chosen >= 0 && points > 3);
    buttons.again.hidden = points === 0;
    for (const part of form.querySelectorAll("[data-of]")) {
      part.hidden = part.dataset.of !== kind && part.dataset.of !== "places"; // those beside any shape
    }
    element.classList.toggle("drawing", drawing);
  };

  const finish = () => {
    if (corners().length < 3) return;
    drawing = false;
    changed();
  };

  const begin = () => {
    drawing = shape() === "polygon" && corners().length < 3;
    chosen = -1;
    draw();
  };

  const fit = () => {
    const points = [...(seen.circles || []).flatMap(([lat, lon, radius]) => {
      const bounds = window.L.latLng(lat, lon).toBounds(radius * 2);
      return [bounds.getNorthEast(), bounds.getSouthWest()];
    }), ...(seen.polygon || []), ...(seen.strip || []), ...(seen.event ? [seen.event] : [])];
    const wide = points.length > 1 ? window.L.latLngBounds(points) : window.L.latLng(seen.event).toBounds(40000);
    map.setView(seen.event, 9, { reset: true }); // whatever it showed before
    map.fitBounds(wide.pad(0.2), { animate: false });
  };

  const learn = () => {
    const drawn = document.getElementById("drawn");
    if (drawn) seen = JSON.parse(drawn.dataset.drawn);
  };

  const start = async () => {
    learn();
    if (!seen.event) return;
    easel.hidden = false; // a map that is not shown has no size
    map = await window.basemap(element);
    element.map = map;
    form.classList.add("on-map");
    layer = window.L.layerGroup().addTo(map);
    ground = window.L.layerGroup().addTo(map);
    window.L.circleMarker(seen.event, { radius: 6, className: "happened", interactive: false }).addTo(map);
    map.doubleClickZoom.disable();
    fit();
    map.on("click", (event) => {
      if (!drawing) return;
      const points = corners();
      const near = points.length > 2
        && map.latLngToContainerPoint(points[0]).distanceTo(event.containerPoint) < SNAP_PX;
      if (near) return finish();
      if (points.length < 30) keep([...points, event.latlng]);
      changed();
    });
    buttons.finish.addEventListener("click", finish);
    buttons.remove.addEventListener("click", () => {
      keep(corners().filter((_, number) => number !== chosen));
      chosen = -1;
      changed();
    });
    buttons.again.addEventListener("click", () => { keep([]); begin(); form.dispatchEvent(new Event("input")); });
    for (const box of form.querySelectorAll("[name=shape]")) box.addEventListener("change", begin);
    for (const name of ["corners", "centre", "radius_km"]) field(name).addEventListener("input", draw);
    form.addEventListener("counted", () => { learn(); drawGround(); });
    begin();
  };

  start().catch((error) => {
    easel.hidden = true; // the fields do the same
    form.classList.remove("on-map");
    throw error;
  });
})();
