// Tells that somebody looks at the incident on the screen, and shows who else does.
"use strict";
(() => {
  if (window.presence) return; // the file may stand on a page twice
  const EVERY_MS = 20000;
  let timer = 0;

  const tell = async () => {
    clearTimeout(timer);
    const form = document.querySelector("form[data-here]");
    if (document.hidden || !form) return;
    timer = setTimeout(tell, EVERY_MS);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)),
        headers: { "X-Requested-With": "fetch" },
        cache: "no-store", credentials: "same-origin", redirect: "error",
      });
      const place = document.querySelector("[data-here-who]");
      if (!answer.ok || !form.isConnected || !place) return;
      const fresh = document.createElement("template");
      fresh.innerHTML = answer.status === 204 ? "" : await answer.text(); // our own escaped template
      const text = fresh.content.textContent.trim();
      if (place.textContent.trim() !== text) place.textContent = text;
    } catch {
      // no contact: refresh.js says so where it matters, and the next round tries again
    }
  };

  window.presence = { tell };
  document.addEventListener("visibilitychange", tell);
  tell();
})();
