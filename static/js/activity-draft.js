// The page of an activity keeps what is typed: on the server as a draft, and in this browser whatever
// the server has not kept yet. window.activityDraft is how the other scripts of the page ask for it.
"use strict";

{
  const WEEK = 7 * 24 * 3600 * 1000;
  const SOON = 1200; // milliseconds without typing
  const LATER = 15_000;
  const LEFT_OUT = new Set(["password", "tel", "file", "hidden", "submit", "button", "reset", "search"]);
  const form = document.querySelector("form[data-activity]");
  const words = document.getElementById("activity-words")?.dataset ?? {};
  const state = document.getElementById("draft-state");
  let key = form && `draft:activity:${form.dataset.activity}`;
  let soon;
  let busy = null; // what is being sent
  let isMore = false; // typed while it was sent
  let isStopped = false; // the server will not take it from this page any more
  let isSent = false; // handed in, and the answer is awaited
  let synced = new Map(); // what the server knows

  // ── What stands in the form ──

  const keeps = (field) => field.name && !LEFT_OUT.has(field.type);
  const nameOf = (field) => (field.type === "checkbox" ? `${field.name}=${field.value}` : field.name);
  const read = (field) => {
    if (field.type === "checkbox") return field.checked;
    return field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value;
  };
  const values = () => {
    const found = new Map();
    for (const field of [...form.elements].filter(keeps)) {
      if (field.type !== "radio") found.set(nameOf(field), read(field));
      else if (field.checked) found.set(field.name, field.value);
    }
    return found;
  };
  const write = (name, value) => {
    const [plain, choice] = name.split("=");
    const rows = [...form.elements].filter((field) => field.name === plain && keeps(field));
    for (const field of rows) {
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type === "checkbox") { if (field.value === choice) field.checked = value; }
      else if (field.tomselect) field.tomselect.setValue(value, true);
      else if (field.multiple) for (const option of field.options) option.selected = value.includes(option.value);
      else field.value = value;
      field.closest("details")?.setAttribute("open", "");
    }
  };
  const differs = (name, value) => JSON.stringify(synced.get(name)) !== JSON.stringify(value);
  const unsynced = () => Object.fromEntries([...values()].filter(([name, value]) => differs(name, value)));
  const field = (name) => form.elements.namedItem(name);

  // ── In this browser ──

  const forget = () => { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } };
  const store = () => {
    const fields = unsynced();
    if (!Object.keys(fields).length) { forget(); return true; }
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), once: field("once").value, fields }));
      return true;
    } catch { return false; } // no room: typing goes on, the server keeps it
  };
  const load = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(key));
      return kept && Date.now() - kept.at < WEEK ? kept : null;
    } catch { return null; }
  };
  const restore = (kept) => {
    const rows = Object.keys(kept.fields).map((name) => /^decisions-(\d+)-/.exec(name)).filter(Boolean);
    const last = Math.max(-1, ...rows.map((found) => Number(found[1])));
    while (Number(field("decisions-TOTAL_FORMS").value) <= last) form.dispatchEvent(new Event("activity:decision"));
    for (const [name, value] of Object.entries(kept.fields)) write(name, value);
    if (!form.dataset.keep) field("once").value = kept.once;
    form.dispatchEvent(new Event("activity:restored"));
    note();
  };
  const note = () => {
    if (document.querySelector(".draft-note")) return;
    const box = Object.assign(document.createElement("div"), { className: "draft-note" });
    box.setAttribute("role", "status");
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: words.drop });
    drop.addEventListener("click", async () => {
      isStopped = true;
      forget();
      await window.keptFiles.forget(key);
      location.reload();
    });
    box.append(Object.assign(document.createElement("p"), { textContent: words.restored }), drop);
    form.before(box);
  };

  // ── On the server ──

  const say = (text, to) => {
    state.textContent = text;
    if (to) state.append(" ", Object.assign(document.createElement("a"), { href: to.url, textContent: to.label }));
  };
  const here = () => (form.dataset.keep ? form.getAttribute("action") || location.pathname : location.pathname + location.search);
  const body = () => {
    const typed = new FormData(form);
    typed.delete("photos");
    typed.delete("files");
    return typed;
  };
  const know = (places) => {
    if (!form.dataset.keep) {
      forget();
      const before = key;
      key = `draft:activity:${form.dataset.activity}${places.edit.split("/").at(-3)}`;
      window.keptFiles.move(before, key);
      history.replaceState(null, "", places.edit);
    }
    form.action = places.edit;
    Object.assign(form.dataset, { keep: places.keep, photosTo: places.photos, filesTo: places.files });
    field("revision").value = places.revision;
  };
  const token = () => { // crypto.randomUUID needs HTTPS, which an intranet may lack
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const renew = () => { field("once").value = token(); }; // the draft of this page is over: what is typed begins another

  const refused = async (response) => {
    const told = await response.json();
    if (told.is_over && !form.dataset.keep) {
      renew();
      isMore = true;
      return false;
    }
    isStopped = Boolean(told.url);
    say(told.refusal, told.url && { url: told.url, label: told.is_over ? words.look : words.reload });
    return false;
  };
  const answered = async (response, sent) => {
    if (response.type === "opaqueredirect") {
      isStopped = true;
      say(words.expired, { url: `${form.dataset.login}?next=${encodeURIComponent(here())}`, label: words.signIn });
      return false;
    }
    if (response.status === 403 || response.status === 404) {
      isStopped = true;
      say(words.stale, { url: here(), label: words.reload });
      return false;
    }
    if (response.status === 409) return refused(response);
    if (!response.ok) {
      say(words.trouble);
      wait(LATER);
      return false;
    }
    const places = await response.json();
    know(places);
    for (const box of form.querySelectorAll(":is([name=removed], [name=dropped]):checked")) {
      if (sent.get(nameOf(box))) { box.closest("li").remove(); sent.delete(nameOf(box)); }
    }
    synced = sent;
    store();
    say(`${words.kept} ${places.saved}`);
    return true;
  };
  const send = async () => {
    const sent = values();
    store();
    try {
      const response = await fetch(form.dataset.keep ?? form.dataset.begin, { method: "POST", body: body(), redirect: "manual" });
      return await answered(response, sent);
    } catch {
      say(words.offline);
      return false;
    }
  };
  const keep = async () => {
    clearTimeout(soon);
    if (isStopped || isSent) return false;
    if (busy) { isMore = true; return busy; }
    busy = send();
    const isKept = await busy;
    busy = null;
    if (isMore) { isMore = false; return keep(); }
    return isKept;
  };
  const wait = (time) => { clearTimeout(soon); soon = setTimeout(tick, time); };
  const tick = () => {
    soon = undefined;
    if ("drafts" in form.dataset) return keep();
    if (store()) say(words.here);
  };

  if (form) {
    synced = values();
    const kept = "bound" in form.dataset ? null : load();
    if (kept) { restore(kept); wait(0); }
    if ("bound" in form.dataset && "drafts" in form.dataset) { synced = new Map(); wait(SOON); }

    form.addEventListener("input", () => { store(); wait(SOON); });
    form.addEventListener("change", () => wait(SOON));
    addEventListener("online", () => { if ("drafts" in form.dataset) keep(); });
    addEventListener("pageshow", (event) => { if (event.persisted) isSent = false; });
    addEventListener("pagehide", () => { if (soon && !form.dataset.sent) store(); });
    document.addEventListener("submit", (event) => {
      if (event.target.matches("[data-forget-drafts]")) { isStopped = true; forget(); }
    });
    form.addEventListener("submit", (event) => {
      store();
      if (!navigator.onLine) { event.preventDefault(); say(words.offlineSubmit); return; }
      const files = window.activityFiles;
      if (files?.hasFailed()) { event.preventDefault(); say(words.unsent); return; }
      if (busy || files?.isBusy()) {
        event.preventDefault();
        if (files?.isBusy()) say(words.waiting);
        Promise.all([busy, files?.done()]).then(() => form.requestSubmit());
        return;
      }
      clearTimeout(soon);
      isSent = true;
      try { sessionStorage.setItem("draft-sent", key); } catch { /* stays until it expires */ }
    });
    window.activityDraft = {
      // Where photos and files go, once there is a draft; undefined while there is none.
      place: async (kind) => {
        const name = `${kind}To`;
        if (!form.dataset[name]) await keep();
        return form.dataset[name];
      },
      check: keep,
      key: () => key,
      token,
      note,
    };
  }
}
