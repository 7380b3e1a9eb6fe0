// Triage by keys and without reloading: each act is the form that stands on the page anyway.
"use strict";
(() => {
  const card = document.getElementById("card");
  const list = document.getElementById("queue");
  if (!card || !list) return;
  const words = window.words; // in the language of the page
  const news = document.getElementById("news");
  const toast = document.getElementById("toast");
  const dialog = document.getElementById("keys");
  const LOOK_MS = 1500; // so long on the screen is a look
  const FRESH_MS = 30000;
  const BRING_MS = 20000; // then the line is dead
  const KEPT = "triage-keys";
  const fetched = new Map(); // cards by number, as promises
  const unsent = new Map(); // decisions that never arrived, by address
  let last = null; // what can be taken back
  let busy = false; // a decision is on its way
  let wanted = null; // the number of a card that is on its way; the last one asked for is shown
  let looking = 0;

  const rows = () => [...list.querySelectorAll("li[data-id]")];
  const row = (id) => list.querySelector(`li[data-id="${id}"]`);
  const current = () => wanted ?? card.dataset.at;
  const say = (text) => { news.textContent = text; };
  const token = () => document.querySelector("input[name=csrf_token]").value;

  const ask = (address, options = {}) => fetch(address, {
    cache: "no-store", credentials: "same-origin", redirect: "manual", ...options,
    headers: { "X-Requested-With": "fetch" },
  });

  // Cards

  const bring = (id) => {
    const known = fetched.get(id);
    if (known && Date.now() - known.at < FRESH_MS) return known.html;
    const signal = AbortSignal.timeout?.(BRING_MS);
    const html = ask(`/queue/${id}${location.search}`, { signal }).then((answer) => {
      if (!answer.ok) throw new Error(answer.status);
      return answer.text();
    });
    fetched.set(id, { at: Date.now(), html });
    html.catch(() => fetched.delete(id));
    return html;
  };

  const beside = (id, step, undecided = false) => {
    const all = rows();
    let at = all.findIndex((one) => one.dataset.id === id) + step;
    while (undecided && all[at]?.classList.contains("done")) at += step;
    return all[at]?.dataset.id;
  };

  // What is on the screen is no longer meant: until it is gone nobody decides on it by mistake.
  const wait = () => {
    if (busy || wanted) card.setAttribute("aria-busy", "true");
    else card.removeAttribute("aria-busy");
  };

  const show = async (id, quiet = false) => {
    let html = "";
    wanted = id;
    wait();
    try { html = await bring(id); } catch { /* said below */ }
    if (wanted !== id) return false;
    wanted = null;
    wait();
    if (!html) {
      say(words.no_card);
      flash(words.no_card, last);
      return false;
    }
    card.innerHTML = html; // our own server's escaped template
    card.dataset.at = id;
    if (!card.querySelector("[data-unseen]")) seen(id);
    for (const one of list.querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
    row(id)?.querySelector("a").setAttribute("aria-current", "true");
    row(id)?.scrollIntoView({ block: "nearest" });
    const address = new URL(location.href);
    address.searchParams.set("at", id);
    address.searchParams.delete("did");
    history.replaceState(null, "", address);
    card.querySelector("h2").focus({ preventScroll: true });
    if (!quiet) say(name());
    shown();
    return true;
  };

  const name = () => card.querySelector("[data-name]")?.dataset.name || "";

  const shown = () => {
    for (const button of document.querySelectorAll("[data-turn]")) {
      const id = beside(card.dataset.at, Number(button.dataset.turn));
      button.hidden = !id;
      if (id) button.href = row(id).querySelector("a").href; // for a new tab
    }
    const next = beside(card.dataset.at, 1, true);
    if (next) bring(next).catch(() => {});
    window.presence?.tell();
    clearTimeout(looking);
    const form = card.querySelector("form[data-look]");
    if (form) looking = setTimeout(() => look(form), LOOK_MS);
  };

  const seen = (id) => {
    row(id)?.classList.remove("unseen");
    row(id)?.querySelector(".badge.new")?.remove();
  };

  const look = async (form) => {
    if (document.hidden || !form.isConnected) return;
    const id = card.dataset.at;
    try {
      const answer = await ask(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)),
      });
      if (!answer.ok) return;
      form.hidden = true;
      seen(id);
    } catch {
      form.hidden = false; // the button is still there
    }
  };

  const turn = async (step) => {
    const id = beside(current(), step);
    if (id) await show(id);
    else say(step > 0 ? words.last_card : words.first_card);
  };

  // Decisions

  const fields = (form, button) => {
    const all = new URLSearchParams();
    if (button?.name) all.append(button.name, button.value); // the server takes the first
    for (const [key, value] of new FormData(form)) all.append(key, value);
    return all;
  };

  const send = async (form, button) => {
    if (busy || wanted) return;
    const own = form.querySelector("input[name=reason]:not([type=hidden])");
    if (own && button?.name === "reason") own.value = button.value; // stays, whatever happens
    await post({
      address: form.action, body: fields(form, button), id: card.dataset.at,
      goes: "go" in form.dataset, form,
    });
  };

  const post = async (act) => {
    busy = true;
    wait();
    flash(words.sending);
    let answer;
    let text = "";
    try {
      answer = await ask(act.address, { method: "POST", body: act.body });
      text = answer.type === "opaqueredirect" ? "" : await answer.text();
    } catch {
      answer = null;
    }
    busy = false;
    wait();
    if (!answer || answer.status >= 500) return keep(act);
    forget(act);
    if (answer.type !== "opaqueredirect" && !answer.ok) return refused(act, text);
    const { said, undo } = text ? JSON.parse(text) : { said: words.done, undo: null };
    await done(act, said, undo);
  };

  const done = async (act, said, undo) => {
    last = undo;
    fetched.delete(act.id);
    flash(said, undo);
    if (act.undoes) settle(act.id, "");
    if (!act.goes) {
      if (act.undoes || act.id === current()) await show(act.id, true);
      say(said);
      return;
    }
    settle(act.id, said);
    if (act.id !== current()) return say(said);
    const next = beside(act.id, 1, true) || beside(act.id, -1, true);
    if (!next) return say(words.done_last.replace("#", act.id).replace("@", said));
    if (!(await show(next, true))) return;
    say(words.done_next.replace("#", act.id).replace("@", said).replace("~", name()));
  };

  const settle = (id, said) => {
    const line = row(id);
    if (!line) return;
    line.classList.toggle("done", said !== "");
    line.querySelector(".became").textContent = said;
    const tick = line.querySelector("input[type=checkbox]");
    if (tick) { tick.checked = false; tick.disabled = said !== ""; }
    if (said) seen(id);
    count();
  };

  // Somebody was first, or a field is wrong: nothing typed is lost.
  const refused = async (act, text) => {
    fetched.delete(act.id);
    flash("");
    if (act.undoes && act.id !== current()) await show(act.id, true);
    const place = act.form?.isConnected ? act.form : card;
    place.querySelector(".flash.problem")?.remove();
    const told = document.createElement("p");
    told.className = "flash problem";
    told.setAttribute("role", "alert");
    told.textContent = text;
    const again = document.createElement("a");
    again.href = location.href;
    again.textContent = words.look_again;
    again.addEventListener("click", (event) => { event.preventDefault(); afresh(act); });
    told.append(" ", again);
    place.prepend(told);
    place.closest("details")?.setAttribute("open", "");
    place.querySelector("input[name=reason]:not([type=hidden])")?.focus();
  };

  const afresh = async (act) => {
    const typed = act.form?.querySelector("input[name=reason]:not([type=hidden])");
    if (!(await show(act.id)) || !typed?.value) return;
    const field = document.getElementById(typed.id);
    if (!field) return;
    field.value = typed.value;
    field.closest("details")?.setAttribute("open", "");
  };

  // No contact: said, and kept until it is sent, wherever one goes on this page.
  const keep = (act) => {
    flash("");
    forget(act);
    const line = document.createElement("p");
    line.className = "flash problem";
    line.setAttribute("role", "alert");
    line.textContent = `${act.id}: ${words.unsent} `;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button";
    again.textContent = words.send_again;
    again.addEventListener("click", () => { if (!busy) post(act); });
    line.append(again);
    toast.before(line);
    unsent.set(act.address, line);
    again.focus();
  };

  const forget = (act) => {
    unsent.get(act.address)?.remove();
    unsent.delete(act.address);
  };

  const flash = (text, undo = null) => {
    if (!toast) return;
    toast.hidden = !text;
    toast.querySelector("p").textContent = text;
    toast.querySelector("button").hidden = !undo;
  };

  const takeBack = async () => {
    if (busy || wanted) return;
    const old = document.getElementById("did");
    if (!last && old) return old.querySelector("button").click();
    if (!last) return say(words.no_undo);
    const { incident, of } = last;
    const id = String(incident);
    last = null;
    const body = new URLSearchParams({ csrf_token: token(), of });
    await post({ address: `/incidents/${id}/undo`, body, id, goes: false, undoes: true });
  };

  // Several at once

  const count = () => {
    const mark = document.getElementById("ticked");
    if (!mark) return;
    const number = list.querySelectorAll("input:checked").length;
    mark.textContent = String(number);
    mark.hidden = number === 0;
    several.setCustomValidity(number ? "" : words.tick_first);
  };

  // What the server would refuse is said before the ticks are gone.
  const several = document.getElementById("b-act");
  several?.addEventListener("change", () => {
    const needs = { refute: "b-reason", unverifiable: "b-reason", close: "b-reason", assign: "b-person" };
    for (const id of ["b-reason", "b-person"]) {
      document.getElementById(id).required = needs[several.value] === id;
    }
  });

  const tick = () => {
    const box = row(card.dataset.at)?.querySelector("input[type=checkbox]");
    if (!box || box.disabled) return;
    box.checked = !box.checked;
    count();
  };

  // Keys

  const typed = (event) => {
    const { key, code } = event;
    if (/^Digit\d$/.test(code) && !event.shiftKey && !/^[ -~]$/.test(key)) return code.slice(5);
    if (/^Key[A-Z]$/.test(code) && !/^[ -~]$/.test(key)) return code.slice(3).toLowerCase();
    if (key === "؟") return "?";
    return key.length === 1 ? key.toLowerCase() : key;
  };

  const fill = async (panel) => {
    const place = panel.querySelector(":scope > div");
    if (!panel.dataset.fill || !place) return;
    panel.filled ||= ask(panel.dataset.fill).then(async (answer) => {
      if (answer.ok) place.innerHTML = await answer.text(); // our own escaped template
    });
    try { await panel.filled; } catch { panel.filled = null; }
  };

  const open = async (panel) => {
    for (const other of card.querySelectorAll("details[data-key][open]")) {
      if (other !== panel) other.open = false;
    }
    panel.open = true;
    panel.querySelector("summary").focus();
    await fill(panel);
    if (panel.open && panel.isConnected) panel.querySelector("[data-digit]")?.focus();
  };

  const choose = async (digit) => {
    const panel = card.querySelector("details[data-key][open]");
    if (!panel) return false;
    await fill(panel);
    if (digit === "0") panel.querySelector("input[name=reason]:not([type=hidden])")?.focus();
    else panel.querySelector(`[data-digit="${digit}"]`)?.click();
    return true;
  };

  const act = (key) => {
    const target = card.querySelector(`[data-key="${key}"]`);
    if (!target) return say(words.not_here);
    if (target.matches("details")) return target.open ? (target.open = false) : open(target);
    if (target.matches("form")) return target.requestSubmit();
    return target.click();
  };

  const filter = () => {
    const filters = document.getElementById("filters");
    filters.open = true;
    filters.querySelector("select, input").focus();
  };

  const shut = () => {
    const panel = card.querySelector("details[data-key][open]");
    if (!panel) return;
    panel.open = false;
    card.querySelector("h2").focus();
  };

  const ACTS = {
    j: () => turn(1), k: () => turn(-1), x: tick, z: takeBack, "/": filter, Escape: shut,
    "?": () => dialog?.showModal(),
  };

  const isOn = () => { try { return localStorage.getItem(KEPT) !== "off"; } catch { return true; } };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (dialog?.open) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) {
      if (event.key === "Escape") shut();
      return;
    }
    const key = typed(event);
    if (!isOn() && key !== "Escape") return;
    if (busy || (wanted && !"jk".includes(key))) {
      if (key !== "Tab") event.preventDefault();
      return;
    }
    if (/^\d$/.test(key)) {
      if (card.querySelector("details[data-key][open]")) { event.preventDefault(); choose(key); }
    } else if (ACTS[key]) {
      event.preventDefault();
      ACTS[key]();
    } else if (/^[vruoemsantpcb]$/.test(key)) {
      event.preventDefault();
      act(key);
    }
  });

  // Pointers and fingers

  card.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  card.addEventListener("toggle", (event) => {
    if (event.target.matches("details[data-fill][open]")) fill(event.target);
  }, true);
  const plain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || !plain(event)) return;
    event.preventDefault();
    show(link.closest("li").dataset.id);
    card.scrollIntoView({ block: "nearest" });
  });
  for (const link of document.querySelectorAll("[data-turn]")) {
    link.addEventListener("click", (event) => {
      if (!plain(event)) return;
      event.preventDefault();
      turn(Number(link.dataset.turn));
    });
  }
  list.addEventListener("change", count);
  toast?.querySelector("button").addEventListener("click", takeBack);
  window.addEventListener("beforeunload", (event) => { if (unsent.size) event.preventDefault(); });

  const button = document.getElementById("keys-button");
  if (button && dialog) {
    const box = document.getElementById("keys-on");
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
    box.checked = isOn();
    box.addEventListener("change", () => {
      try { localStorage.setItem(KEPT, box.checked ? "on" : "off"); } catch { /* this visit only */ }
      say(box.checked ? words.keys_on : words.keys_off);
    });
  }
  count();
  shown();
})();
