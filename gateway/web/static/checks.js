// Asks the server what it thinks of a warning while somebody writes it. It asks again at submission.
"use strict";
(() => {
  const PAUSE_MS = 700;
  const form = document.getElementById("draft");
  const place = document.getElementById("checks");
  if (!form || !place?.dataset.check) return;
  let timer = 0;
  let asked = 0;

  const look = async () => {
    const number = ++asked;
    try {
      const answer = await fetch(place.dataset.check, {
        method: "POST", body: new URLSearchParams(new FormData(form)),
        headers: { "X-Requested-With": "fetch" },
        cache: "no-store", credentials: "same-origin", redirect: "error",
      });
      if (!answer.ok || number !== asked) return;
      const html = await answer.text();
      if (place.contains(document.activeElement)) return; // a reason is being typed
      place.innerHTML = html; // our own server's escaped template
    } catch {
      // no contact: what stands there is for the text before, and submitting checks again
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
})();
