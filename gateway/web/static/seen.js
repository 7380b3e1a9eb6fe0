// Somebody looks at the incident: say so to the others, without a press of the button.
"use strict";
(() => {
  const form = document.querySelector("form[data-seen]");
  if (!form) return;
  const tell = async () => {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", tell);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form), credentials: "same-origin",
        headers: { "X-Requested-With": "fetch" }, redirect: "error",
      });
      if (answer.ok) form.hidden = true;
    } catch {
      form.hidden = false; // the button is still there
    }
  };
  document.addEventListener("visibilitychange", tell);
  tell();
})();
