// What lies under the marks of the map: areas of warnings, ways, heat by week, villages by reach.
"use strict";
(() => {
  const LEAST_PX = 9; // of a square of heat: smaller ones are put together
  const steps = (count) => (count >= 10 ? 4 : count >= 5 ? 3 : count >= 2 ? 2 : 1);
  const reached = (share) => (share === null ? "no" : share < 0.5 ? "low" : share <= 0.9 ? "half" : "high");

  const shapesOf = (area, drill) => {
    const L = window.L, pane = "areas";
    const zone = { pane, className: `zone${drill ? " drill" : ""}`, weight: 2 };
    const found = (area.circles || []).map((one) => L.circle([one.lat, one.lon], { ...zone, radius: one.radius_m }));
    for (const one of area.spots || []) found.push(L.circleMarker([one.lat, one.lon], { ...zone, radius: 9 }));
    if (area.corridor) found.push(L.polygon(area.corridor.corners, zone));
    if (area.polygon && area.polygon.length) found.push(L.polygon(area.polygon, zone));
    for (const one of area.without || []) {
      found.push(L.circle([one.lat, one.lon], { pane, className: "left-out", weight: 2, radius: one.radius_m, interactive: false }));
    }
    return found;
  };

  const alerts = (layer, found, chosen) => {
    layer.clearLayers();
    const bounds = {};
    for (const alert of found) {
      const group = window.L.featureGroup(shapesOf(alert.area, alert.drill)).addTo(layer);
      group.on("click", (event) => chosen(alert, event.latlng));
      bounds[alert.id] = group.getLayers().length ? group.getBounds() : null;
    }
    return bounds;
  };

  const ways = (layer, found) => {
    layer.clearLayers();
    for (const points of Object.values(found)) {
      window.L.polyline(points, { pane: "areas", className: "went", interactive: false, weight: 3 }).addTo(layer);
    }
  };

  const rings = (map, layer, items) => {
    layer.clearLayers();
    if (map.getZoom() < 8) return;
    for (const item of items.filter((one) => one.within)) {
      window.L.circle([item.lat, item.lon], { pane: "areas", className: "soft", radius: item.within, interactive: false, weight: 1 }).addTo(layer);
    }
  };

  // Squares of some weeks, two by two put together until each can be seen.
  const squares = (map, side, weeks) => {
    let wide = side;
    while ((wide * 256 * 2 ** map.getZoom()) / 360 < LEAST_PX) wide *= 2;
    const found = new Map();
    for (const [south, west, count] of weeks.flatMap((week) => week.cells)) {
      // A little more than the corner itself, for thirds of degrees are not exact.
      const corner = [south, west].map((degrees) => Math.floor(degrees / wide + 0.001) * wide);
      const key = corner.map((degrees) => degrees.toFixed(3)).join();
      found.set(key, { corner, count: (found.get(key)?.count || 0) + count });
    }
    return { wide, found: [...found.values()] };
  };

  const heat = (map, layer, side, weeks) => {
    layer.clearLayers();
    const { wide, found } = squares(map, side, weeks);
    for (const { corner: [south, west], count } of found) {
      window.L.rectangle([[south, west], [south + wide, west + wide]], {
        pane: "heat", className: `heat heat-${steps(count)}`, interactive: false, stroke: false,
      }).addTo(layer);
    }
  };

  const villages = (layer, found, chosen) => {
    layer.clearLayers();
    const circles = {};
    for (const one of found) {
      const circle = window.L.circleMarker([one.lat, one.lon], {
        pane: "heat", className: `village reach-${reached(one.share)}`, weight: 2,
        radius: Math.min(26, 4 + Math.sqrt(one.people)),
      });
      const words = document.createElement("bdi");
      words.textContent = one.words;
      circle.bindTooltip(words).addTo(layer);
      circle.on("click", () => chosen(one.id));
      circles[one.id] = circle;
    }
    return circles;
  };

  const panes = (map) => {
    map.createPane("heat").style.zIndex = 300;
    map.createPane("areas").style.zIndex = 350;
  };

  window.mapLayers = { alerts, ways, rings, heat, villages, panes };
})();
