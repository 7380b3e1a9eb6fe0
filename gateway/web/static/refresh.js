// Keeps marked pieces of a page fresh, cheaply, and says plainly when it cannot.
"use strict";
(() => {
  const started = Date.now();
  const ahead = Date.parse(document.body.dataset.now || "") - started || 0; // phones' clocks are wrong
  const contact = document.getElementById("contact");
  const news = document.getElementById("news");
  const title = document.title;
  const words = window.words; // in the language of the page
  const TIMEOUT_MS = 20000;
  const HIDDEN_MS = 15000;
  let last = started;

  const lasting = (seconds) => {
    const whole = (size) => String(Math.max(1, Math.round(seconds / size)));
    if (seconds < 45) return "";
    if (seconds < 90 * 60) return words.min.replace("#", whole(60));
    if (seconds < 36 * 3600) return words.h.replace("#", whole(3600));
    return (whole(86400) === "1" ? words.day : words.days).replace("#", whole(86400));
  };

  const age = () => {
    for (const mark of document.querySelectorAll("[data-ago]")) {
      const seconds = (Date.now() + ahead - Date.parse(mark.parentElement.dateTime)) / 1000;
      const span = lasting(Math.abs(seconds));
      const text = span ? (seconds > 0 ? words.ago : words.in).replace("#", span) : words.now;
      if (mark.textContent !== text) mark.textContent = text;
    }
    for (const mark of document.querySelectorAll("[data-due]")) {
      const late = (Date.now() + ahead - Date.parse(mark.dateTime)) / 1000;
      if (late < 0) continue;
      const todo = words[mark.dataset.due] || mark.dataset.due;
      const span = lasting(late);
      mark.textContent = (span ? words.overdue : words.due).replace("@", todo).replace("#", span);
      mark.classList.add("late");
    }
  };

  const countDown = () => {
    for (const mark of document.querySelectorAll("[data-countdown]")) {
      const left = Math.round((Date.parse(mark.dateTime) - Date.now() - ahead) / 1000);
      mark.dataset.at ||= mark.textContent;
      const when = left > 0 ? words.leaves.replace("#", left) : words.leaving;
      mark.textContent = `${mark.dataset.at} (${when})`;
    }
  };

  const say = (text, link) => {
    contact.textContent = text;
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link;
      anchor.textContent = words.sign_in;
      contact.append(" ", anchor);
    }
    contact.hidden = text === "";
  };

  const lost = () => {
    const time = new Date(last).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    say(words.lost.replace("#", time));
  };

  // Rows that the server did not send again are taken from the page: they are the same.
  const fill = (fragment, piece) => {
    const known = {};
    for (const row of piece.querySelectorAll("[data-row]")) known[row.dataset.row] = row;
    for (const gap of fragment.querySelectorAll("[data-keep]")) {
      const row = known[gap.dataset.keep];
      if (!row) return false;
      gap.replaceWith(row);
    }
    return true;
  };

  const swap = (piece, html) => {
    const before = piece.querySelector("[data-news]")?.dataset.news;
    const focus = piece.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...piece.querySelectorAll("details[open][id]")].map((part) => part.id);
    const fresh = document.createElement("template");
    fresh.innerHTML = html; // our own server's escaped template
    const whole = fill(fresh.content, piece);
    piece.replaceChildren(fresh.content);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    const told = piece.querySelector("[data-news]");
    if (told && told.dataset.news !== before) news.textContent = told.dataset.news;
    count(piece);
    age();
    piece.dispatchEvent(new Event("refreshed"));
    return whole;
  };

  const count = (piece) => {
    const number = Number(piece.querySelector("[data-count]")?.dataset.count || 0);
    document.title = number ? `(${number}) ${title}` : title;
  };

  const have = (piece) => {
    const rows = [...piece.querySelectorAll("[data-row]")].map((row) => row.dataset.row);
    return rows.length ? { "X-Rows": rows.join("") } : {};
  };

  const look = async (piece) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
    const address = piece.dataset.refresh;
    try {
      const answer = await fetch(address, {
        headers: {
          "X-Requested-With": "fetch", "If-None-Match": `"${piece.dataset.etag}"`, ...have(piece),
        },
        cache: "no-store", credentials: "same-origin", redirect: "error", signal: stop.signal,
      });
      if (answer.status === 401) {
        say(words.signed_out, "/signin");
        return false;
      }
      if (answer.status !== 304 && !answer.ok) throw new Error(answer.status);
      const text = await answer.text();
      if (address !== piece.dataset.refresh) return true; // something else was chosen meanwhile
      const whole = answer.status === 304 || swap(piece, text);
      const tag = (answer.headers.get("ETag") || "").replace(/^W\/|"/g, "");
      if (tag || !whole) piece.dataset.etag = whole ? tag : ""; // a row is missing: all, next time
      last = Date.now();
      say("");
    } catch {
      lost();
    } finally {
      clearTimeout(timer);
    }
    return true;
  };

  for (const piece of document.querySelectorAll("[data-refresh]")) {
    const pause = Number(piece.dataset.every) * 1000;
    let timer = 0;
    const round = async () => {
      clearTimeout(timer);
      const awake = piece.hasAttribute("data-awake"); // it may ring: see signals.js
      if (document.hidden && !awake) return; // a phone in a pocket costs nothing
      if (await look(piece)) timer = setTimeout(round, document.hidden ? HIDDEN_MS : pause);
    };
    document.addEventListener("visibilitychange", round);
    window.addEventListener("online", round);
    window.addEventListener("offline", lost);
    window.addEventListener("pageshow", (event) => event.persisted && round());
    timer = setTimeout(round, pause);
    count(piece);
  }
  // Scripts that a page can do without for a while leave a slow line to what is read first.
  window.addEventListener("load", () => {
    for (const part of document.querySelectorAll("[data-later]")) {
      for (const src of part.dataset.later.split(" ")) {
        document.head.append(Object.assign(document.createElement("script"), { src, async: false }));
      }
    }
  });
  setInterval(age, 15000);
  setInterval(countDown, 1000);
})();
