// The form of a need: what was typed stays in this browser until the server has filed it, beside the
// draft that the server keeps. Never kept here: the phone number, files, and what is marked
// data-no-draft.
"use strict";

{
  const WEEK = 7 * 24 * 3600 * 1000;
  const LEFT_OUT = new Set(["password", "tel", "file", "hidden", "submit", "button", "reset"]);
  const words = document.getElementById("words")?.dataset ?? {};
  const form = document.querySelector("form[data-need-draft]");
  const key = form && `draft:need:${form.dataset.needDraft}`;
  const initial = new Map();
  let soon;
  let later = {}; // what was kept of fields that the page has not asked for yet
  let isOver = false; // nothing is kept any more: filed, dropped, or signed out

  const once = () => form.elements.namedItem("once");
  const keeps = (field) => field.name && !LEFT_OUT.has(field.type) && !field.closest("[data-no-draft]");
  const fields = () => [...form.elements].filter(keeps);
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";
  const nameOf = (field) => (isBox(field) ? `${field.name}=${field.value}` : field.name);
  const read = (field) => (isBox(field) ? field.checked : field.value);
  const write = (field, value) => { if (isBox(field)) field.checked = value; else field.value = value; };

  const forget = () => {
    try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
  };
  const end = () => { isOver = true; clearTimeout(soon); forget(); };
  const load = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(key));
      return kept && Date.now() - kept.at < WEEK ? kept : null;
    } catch { return null; }
  };
  const store = (saved) => {
    if (isOver) return;
    const typed = fields().filter((field) => read(field) !== initial.get(field));
    if (!typed.length && !Object.keys(later).length) return forget();
    const facts = { at: Date.now(), once: once().value, saved: saved ?? load()?.saved ?? false };
    facts.fields = { ...later, ...Object.fromEntries(typed.map((field) => [nameOf(field), read(field)])) };
    try { localStorage.setItem(key, JSON.stringify(facts)); } catch { /* no room: typing goes on */ }
  };

  const note = () => {
    const box = Object.assign(document.createElement("div"), { className: "draft-note" });
    box.setAttribute("role", "status");
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: words.drop });
    drop.addEventListener("click", () => { end(); location.reload(); });
    box.append(Object.assign(document.createElement("p"), { textContent: words.restored }), drop);
    form.before(box);
  };

  // Whether what is kept here belongs to this page. What the server had kept and knows no more was
  // filed or given up elsewhere; what it shows itself counts if nothing newer was typed here.
  const belongs = (kept) => {
    if (kept.once === once().value) return kept.at / 1000 > Number(form.dataset.saved || 0);
    if (form.dataset.saved) return false;
    return !kept.saved || form.dataset.known.split(" ").includes(kept.once);
  };
  const restore = (kept) => {
    if (!belongs(kept)) {
      if (!form.dataset.saved) forget();
      return;
    }
    const changed = fields().filter((field) => nameOf(field) in kept.fields && kept.fields[nameOf(field)] !== read(field));
    for (const field of changed) write(field, kept.fields[nameOf(field)]);
    once().value = kept.once;
    for (const field of changed) field.closest("details")?.setAttribute("open", "");
    const line = document.querySelector(`[data-once="${CSS.escape(kept.once)}"]`);
    if (line) line.hidden = true; // it is this one
    const known = new Set(fields().map(nameOf));
    later = Object.fromEntries(Object.entries(kept.fields).filter(([name]) => !known.has(name)));
    const hasMore = Object.keys(later).length > 0;
    if (hasMore) addEventListener("load", () => form.querySelector(".need-cofilers")?.setAttribute("open", ""));
    if (changed.length || hasMore) note();
  };

  // The page was given more fields: the units that ask along.
  const meet = () => {
    const found = fields().filter((field) => !initial.has(field));
    for (const field of found) {
      initial.set(field, read(field));
      if (!(nameOf(field) in later)) continue;
      write(field, later[nameOf(field)]);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (found.length) later = {};
  };

  const suggest = () => {
    const title = form.elements.namedItem("public_title");
    const chosen = form.querySelector("input[name=category]:checked");
    if (title && chosen) title.placeholder = form.dataset.heading.replace("…", chosen.labels[0].textContent.trim());
  };

  if (form) {
    for (const field of fields()) initial.set(field, read(field));
    for (const look of form.querySelectorAll(".need-look")) look.hidden = true;
    const kept = "bound" in form.dataset ? null : load();
    if (kept) restore(kept);
    suggest();

    form.addEventListener("input", () => {
      clearTimeout(soon);
      soon = setTimeout(() => store(), 300);
    });
    form.addEventListener("change", suggest);
    form.addEventListener("htmx:afterSettle", meet);
    document.addEventListener("submit", (event) => { if (event.target.matches("[data-forget-drafts]")) end(); });
    addEventListener("pagehide", () => { if (soon && !form.dataset.sent) store(); });
    addEventListener("online", () => window.htmx?.trigger("#draft", "keep-draft"));
    document.addEventListener("htmx:afterSettle", (event) => {
      if (event.target.id === "draft" && event.target.querySelector("[data-kept]")) store(true);
    });
    form.addEventListener("htmx:sendError", (event) => {
      event.stopPropagation(); // typing goes on, and what is typed is kept
      if (event.target.id === "draft") event.target.textContent = form.dataset.offline;
    });
    form.addEventListener("submit", () => {
      clearTimeout(soon);
      if (!("bound" in form.dataset)) store();
      try { sessionStorage.setItem("draft-sent", key); } catch { /* stays until it expires */ }
    });
  }
}
