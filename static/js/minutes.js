// Keeps what was typed into minutes on this computer until the server has saved it, together with
// what the writer had read: so that it never takes the place of what others wrote meanwhile.
"use strict";

{
  const WEEK = 7 * 24 * 3600 * 1000;
  // Saved when the writer pauses, and from time to time while the writing goes on. One trigger of
  // htmx with a delay beside another with a throttle would drop what is typed after the first key.
  const PAUSE = 3000;
  const LONGEST = 20000;
  const words = document.getElementById("words")?.dataset ?? {};
  const form = document.querySelector("form[data-minutes]");
  const key = form && `draft:${form.dataset.minutes}`;

  const field = (name) => form.elements.namedItem(name);
  const areas = () => [...form.querySelectorAll("textarea")];
  const forget = () => {
    try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
  };
  const load = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(key));
      return kept && Date.now() - kept.at < WEEK ? kept : null;
    } catch { return null; }
  };
  const store = () => {
    const typed = areas().filter((area) => area.value !== area.defaultValue);
    const texts = Object.fromEntries(typed.map((area) => [area.name, area.value]));
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), page: field("page").value, base: field("base").value, texts }));
    } catch { /* no room: typing goes on without a draft */ }
  };

  const note = () => {
    const box = Object.assign(document.createElement("div"), { className: "draft-note" });
    box.setAttribute("role", "status");
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: words.drop });
    drop.addEventListener("click", () => { forget(); location.reload(); });
    box.append(Object.assign(document.createElement("p"), { textContent: words.restored }), drop);
    form.before(box);
  };

  // What was read of the restored sections is what had been read when they were typed.
  const restore = (kept) => {
    const changed = areas().filter((area) => area.name in kept.texts && kept.texts[area.name] !== area.value);
    if (!changed.length) return forget();
    const now = JSON.parse(field("base").value);
    const then = JSON.parse(kept.base);
    for (const area of changed) {
      area.value = kept.texts[area.name];
      if (area.name in then.read) now.read[area.name] = then.read[area.name];
      else delete now.read[area.name];
    }
    field("base").value = JSON.stringify(now);
    field("page").value = kept.page;
    note();
    window.addEventListener("load", () => form.dispatchEvent(new Event("input", { bubbles: true })));
  };

  if (form) {
    let soon, pause, longest;
    let typedSince = false;
    const stop = () => {
      for (const timer of [soon, pause, longest]) clearTimeout(timer);
      longest = null;
    };
    const save = () => {
      stop();
      store();
      form.dispatchEvent(new Event("autosave"));
    };
    form.addEventListener("input", () => {
      typedSince = true;
      clearTimeout(soon);
      clearTimeout(pause);
      soon = setTimeout(store, 400);
      pause = setTimeout(save, PAUSE);
      longest ??= setTimeout(save, LONGEST);
    });
    form.addEventListener("htmx:beforeRequest", () => { typedSince = false; });
    form.addEventListener("htmx:afterRequest", () => {
      if (typedSince || !form.querySelector("#saved [data-saved]")) return;
      clearTimeout(soon);
      forget();
    });
    for (const name of ["htmx:sendError", "htmx:responseError"]) {
      form.addEventListener(name, () => { document.getElementById("saved").textContent = words.offline; });
    }
    form.addEventListener("submit", () => {
      stop();
      store();
      try { sessionStorage.setItem("draft-sent", key); } catch { /* stays until it expires */ }
    });
    const kept = "bound" in form.dataset ? null : load();
    if (kept) restore(kept);
  }
}
