// Counts, costs and checks a warning while somebody writes and draws it. The server keeps nothing of
// it, and counts again when the draft is kept. Other scripts say `form.dispatchEvent(new Event("input"))`.
"use strict";
(() => {
  const PAUSE_MS = 500;
  const form = document.getElementById("draft");
  const told = document.getElementById("composing");
  if (!form || !told) return;
  const words = window.words; // in the language of the page
  let timer = 0;
  let stop = new AbortController();

  const say = (text, bad) => {
    told.textContent = text;
    told.hidden = text === "";
    told.classList.toggle("bad", Boolean(bad));
  };

  // A piece in which somebody types a reason stays as it is: the next answer comes soon enough.
  const put = (html) => {
    const found = new DOMParser().parseFromString(html, "text/html");
    for (const piece of found.querySelectorAll("[data-piece]")) {
      const place = document.querySelector(`[data-piece="${piece.dataset.piece}"]`);
      if (!place || place.contains(document.activeElement)) continue;
      const open = [...place.querySelectorAll("details[open]")].map((part) => part.querySelector("[id]")?.id);
      if (place.innerHTML !== piece.innerHTML) place.replaceChildren(...piece.childNodes);
      for (const id of open) if (id) document.getElementById(id)?.closest("details")?.setAttribute("open", "");
    }
    form.dispatchEvent(new Event("counted"));
  };

  const look = async () => {
    stop.abort();
    stop = new AbortController();
    const own = stop;
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST", body: new URLSearchParams(new FormData(form)),
        headers: { "X-Requested-With": "fetch" },
        cache: "no-store", credentials: "same-origin", redirect: "error", signal: own.signal,
      });
      const text = await answer.text();
      if (own !== stop) return;
      if (answer.status === 409) return say(text, true);
      if (!answer.ok) throw new Error(answer.status);
      put(text);
      say("");
    } catch {
      if (own === stop) say(words.not_counted, true);
    }
  };

  const soon = () => {
    clearTimeout(timer);
    say(words.counting);
    timer = setTimeout(look, PAUSE_MS);
  };

  document.addEventListener("input", (event) => {
    if (event.target === form || event.target.form === form) soon();
  });
  form.addEventListener("input", (event) => { if (event.target === form) soon(); });
})();
