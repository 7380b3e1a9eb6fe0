// Marks of incidents on a map: a shape and a colour for how severe, one mark for many close ones.
"use strict";
(() => {
  const SIDE = 44; // of a target for a thumb; closer marks become one
  const RANK = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
  const SHAPES = {
    Extreme: "M22 3 42 38H2Z",
    Severe: "M22 2 42 22 22 42 2 22Z",
    Moderate: "M6 6H38V38H6Z",
    Minor: "M22 4A18 18 0 1 1 21.9 4Z",
  };
  const SVG = "http://www.w3.org/2000/svg";

  const part = (name, facts, text) => {
    const found = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(facts)) found.setAttribute(key, value);
    if (text) found.textContent = text;
    return found;
  };

  // The drawing of a mark: how many inside it, or which one below. A triangle's room is lower.
  const drawing = (severity, text, more = "") => {
    const inside = more.includes("many");
    const svg = part("svg", { viewBox: "0 0 44 44", class: `mark ${severity} ${more}`, "aria-hidden": "true" });
    svg.append(part("path", { d: SHAPES[severity] || SHAPES.Minor }));
    svg.append(part("text", { x: 22, y: inside ? (severity === "Extreme" ? 33 : 27) : 55 }, text));
    return svg;
  };

  const worst = (items) => items.reduce((a, b) => (RANK.indexOf(b.severity) < RANK.indexOf(a.severity) ? b : a));

  // Each item joins the first mark within reach, looked for in the squares around its own.
  const groups = (map, items) => {
    const squares = new Map();
    const found = [];
    for (const item of items) {
      const at = map.project([item.lat, item.lon]);
      const [column, row] = [Math.floor(at.x / SIDE), Math.floor(at.y / SIDE)];
      const near = [-1, 0, 1]
        .flatMap((dx) => [-1, 0, 1].flatMap((dy) => squares.get(`${column + dx}:${row + dy}`) || []))
        .find((group) => group.at.distanceTo(at) < SIDE);
      if (near) { near.items.push(item); continue; }
      const group = { at, items: [item] };
      found.push(group);
      const key = `${column}:${row}`;
      squares.set(key, [...(squares.get(key) || []), group]);
    }
    return found;
  };

  const markOf = (group) => {
    const [first] = group.items, many = group.items.length;
    const top = worst(group.items);
    const badge = many === 1 && first.drill ? "drill" : "";
    const text = String(many > 1 ? many : first.id);
    const box = document.createElement("span");
    box.append(drawing(top.severity, text, `${many > 1 ? "many" : ""} ${badge}`));
    if (many === 1 && first.state === "verified") {
      const tick = document.createElement("span");
      tick.className = "tick-mark";
      tick.textContent = "✓";
      box.append(tick);
    }
    const icon = window.L.divIcon({ className: "mark-box", html: box, iconSize: [SIDE, SIDE] });
    return window.L.marker([first.lat, first.lon], { icon, keyboard: true, riseOnHover: true });
  };

  const nameOf = (group) =>
    group.items.length === 1
      ? group.items[0].words
      : window.words.map_many.replace("#", group.items.length).replace("@", worst(group.items).words);

  // Draws the items into the layer; `chosen(group, byKey)` hears of a click, Enter or the space bar.
  window.mapMarks = {
    drawing,
    draw(map, layer, items, chosen) {
      layer.clearLayers();
      return groups(map, items).map((group) => {
        const mark = markOf(group).addTo(layer);
        const element = mark.getElement();
        element.setAttribute("aria-label", nameOf(group));
        element.title = nameOf(group);
        element.dataset.ids = group.items.map((item) => item.id).join(" ");
        mark.on("click", () => chosen(group, false));
        element.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          event.stopPropagation();
          chosen(group, true);
        });
        return { ...group, element };
      });
    },
  };
})();
