// Fetches the pieces of a page that may come after it; without it, each is a link to its own page.
"use strict";
(() => {
  for (const piece of document.querySelectorAll("[data-load]")) {
    fetch(piece.dataset.load, {
      headers: { "X-Requested-With": "fetch" }, credentials: "same-origin", redirect: "error",
    }).then(async (answer) => {
      if (answer.ok) piece.innerHTML = await answer.text(); // our own server's escaped template
    }).catch(() => {}); // the link stays
  }
})();
