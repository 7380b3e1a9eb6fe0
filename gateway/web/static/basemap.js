// A map on any element marked data-map: countries and borders from our own server, tiles if set.
// `window.basemap(element)` gives a promise of Leaflet's map; what lies on it is up to the page.
"use strict";
(() => {
  const loaded = {};
  const words = window.words;

  // Leaflet writes the credit as HTML; the settings hold words.
  const escaped = (text) => {
    const span = document.createElement("span");
    span.textContent = text;
    return span.innerHTML;
  };

  const load = (address, tag) => {
    loaded[address] ||= new Promise((done, failed) => {
      const part = document.createElement(tag);
      if (tag === "link") { part.rel = "stylesheet"; part.href = address; } else part.src = address;
      part.addEventListener("load", done);
      part.addEventListener("error", () => {
        delete loaded[address]; // asked for again, it may come
        failed(new Error(address));
      });
      document.head.prepend(part); // so that our own styles come after Leaflet's
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
    map.createPane("land").style.zIndex = 150; // below tiles, so that it shows where they fail
    map.createPane("borders").style.zIndex = 250; // above them
    for (const country of land.countries) {
      const shape = { pane: "land", className: `land${country.own ? " own" : ""}`, interactive: false, weight: 1 };
      for (const ring of country.rings) window.L.polygon(corners(ring), shape).addTo(map);
    }
    for (const border of land.borders) {
      const line = { pane: "borders", className: `border level-${border.level}`, interactive: false, weight: 1 };
      for (const ring of border.rings) window.L.polyline(corners(ring), line).addTo(map);
    }
  };

  // Names for what is seen and some of what lies around it, asked for in steps that a browser keeps.
  const stepped = (map) => {
    const step = 360 / 2 ** Math.round(map.getZoom());
    const seen = map.getBounds();
    const down = (degrees) => (Math.floor(degrees / step) * step).toFixed(4);
    const up = (degrees) => (Math.ceil(degrees / step) * step).toFixed(4);
    return [down(seen.getSouth()), down(seen.getWest()), up(seen.getNorth()), up(seen.getEast())].join();
  };

  const label = ([lat, lon, name]) => {
    const words = document.createElement("bdi");
    words.textContent = name;
    const icon = window.L.divIcon({ className: "place-name", html: words, iconSize: [0, 0] });
    return window.L.marker([lat, lon], { icon, pane: "names", interactive: false, keyboard: false });
  };

  const writeNames = (map, address) => {
    const pane = map.createPane("names");
    pane.style.zIndex = 260;
    pane.setAttribute("aria-hidden", "true"); // the list beside a map says what matters
    const names = window.L.layerGroup().addTo(map);
    let timer = 0, last = "";
    const write = async () => {
      const query = `box=${stepped(map)}&zoom=${Math.round(map.getZoom())}`;
      if (query === last) return;
      last = query;
      try {
        const answer = await fetch(`${address}?${query}`, { credentials: "same-origin" });
        if (!answer.ok || query !== last) return;
        const found = await answer.json();
        names.clearLayers();
        for (const one of found) names.addLayer(label(one));
      } catch {
        last = ""; // no line: the next move asks again
      }
    };
    map.on("moveend", () => { clearTimeout(timer); timer = setTimeout(write, 250); });
    map.on("unload", () => { clearTimeout(timer); last = null; }); // a map taken away has no bounds to ask
    write();
  };

  window.basemap = async (element) => {
    const { leaflet, leafletStyle, land, places, tiles, credit } = element.dataset;
    await Promise.all([load(leafletStyle, "link"), load(leaflet, "script")]);
    const answer = await fetch(land, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    const drawn = await answer.json();
    element.hidden = false;
    const map = window.L.map(element, { zoomControl: false, fadeAnimation: false, zoomSnap: 0.5, minZoom: 2, maxZoom: 17 });
    window.L.control.zoom({ zoomInTitle: words.map_in, zoomOutTitle: words.map_out }).addTo(map);
    window.L.control.scale({ imperial: false }).addTo(map);
    map.attributionControl.setPrefix("");
    const [south, west, north, east] = drawn.frame;
    map.fitBounds([[south, west], [north, east]], { maxZoom: 11 }); // one village alone is no frame
    if (tiles) window.L.tileLayer(tiles, { attribution: escaped(credit), maxZoom: 19 }).addTo(map);
    else map.attributionControl.addAttribution("Natural Earth");
    drawLand(map, drawn);
    if (places) writeNames(map, places);
    return map;
  };
})();
