// A map on any element marked data-map: countries and borders from our own server, tiles if set.
// `window.basemap(element)` gives a promise of Leaflet's map; what lies on it is up to the page.
"use strict";
(() => {
  const loaded = {};

  const load = (address, tag) => {
    loaded[address] ||= new Promise((done, failed) => {
      const part = document.createElement(tag);
      if (tag === "link") { part.rel = "stylesheet"; part.href = address; } else part.src = address;
      part.addEventListener("load", done);
      part.addEventListener("error", () => failed(new Error(address)));
      document.head.append(part);
    });
    return loaded[address];
  };

  // [longitude, latitude, longitude, latitude …] as Leaflet wants it.
  const corners = (ring) => {
    const points = [];
    for (let at = 0; at < ring.length; at += 2) points.push([ring[at + 1], ring[at]]);
    return points;
  };

  const drawLand = (map, land) => {
    map.createPane("land").style.zIndex = 150;
    for (const country of land.countries) {
      for (const ring of country.rings) {
        window.L.polygon(corners(ring), {
          pane: "land", className: `land${country.own ? " own" : ""}`, interactive: false, weight: 1,
        }).addTo(map);
      }
    }
    for (const border of land.borders) {
      for (const ring of border.rings) {
        window.L.polyline(corners(ring), {
          pane: "land", className: `border level-${border.level}`, interactive: false, weight: 1,
        }).addTo(map);
      }
    }
  };

  window.basemap = async (element) => {
    const { leaflet, leafletStyle, land, tiles, credit } = element.dataset;
    await Promise.all([load(leafletStyle, "link"), load(leaflet, "script")]);
    const answer = await fetch(land, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    const drawn = await answer.json();
    element.hidden = false;
    const map = window.L.map(element, { attributionControl: true, zoomSnap: 0.5, minZoom: 2 });
    map.attributionControl.setPrefix("");
    const [south, west, north, east] = drawn.frame;
    map.fitBounds([[south, west], [north, east]]);
    if (tiles) window.L.tileLayer(tiles, { attribution: credit }).addTo(map);
    else map.attributionControl.addAttribution("Natural Earth");
    drawLand(map, drawn);
    return map;
  };
})();
