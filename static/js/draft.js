// Keeps what was typed into <form data-draft="key"> until the server has accepted it.
// Never kept: passwords, phones, files, hidden fields, and fields marked data-no-draft.
"use strict";

{
  const WEEK = 7 * 24 * 3600 * 1000;
  const LEFT_OUT = new Set(["password", "tel", "file", "hidden", "submit", "button", "reset", "image"]);
  const words = document.getElementById("words")?.dataset ?? {};

  const keeps = (field) => field.name && !LEFT_OUT.has(field.type) && !field.closest("[data-nodraft], [data-no-draft]");
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";
  // Boxes of one name differ by their value.
  const nameOf = (field) => (isBox(field) ? `${field.name}=${field.value}` : field.name);
  const read = (field) => {
    if (isBox(field)) return field.checked;
    return field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value;
  };
  const write = (field, value) => {
    if (isBox(field)) field.checked = value;
    else if (field.multiple) for (const option of field.options) option.selected = value.includes(option.value);
    else field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  const load = (key) => {
    try {
      const draft = JSON.parse(localStorage.getItem(key));
      return draft && Date.now() - draft.at < WEEK ? draft.fields : null;
    } catch { return null; }
  };
  const save = (key, fields) => {
    try {
      if (Object.keys(fields).length) localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields }));
      else localStorage.removeItem(key);
    } catch { /* no room: typing goes on without a draft */ }
  };

  const offerToDrop = (form, drop) => {
    const note = document.createElement("div");
    note.className = "draft-note";
    note.setAttribute("role", "status");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: words.drop });
    button.addEventListener("click", () => { drop(); note.remove(); });
    note.append(Object.assign(document.createElement("p"), { textContent: words.restored }), button);
    form.before(note);
  };

  const keep = (form) => {
    const key = `draft:${form.dataset.draft}`;
    const fields = [...form.elements].filter(keeps);
    const initial = new Map(fields.map((field) => [field, read(field)]));
    const drop = () => {
      for (const [field, value] of initial) write(field, value);
      save(key, {});
    };

    // A form that came back with errors holds what was typed already.
    const draft = "bound" in form.dataset ? null : load(key);
    if (draft) {
      const changed = fields.filter((field) => nameOf(field) in draft && !same(draft[nameOf(field)], read(field)));
      for (const field of changed) write(field, draft[nameOf(field)]);
      if (changed.length) offerToDrop(form, drop);
    }

    let soon;
    const store = () => {
      const typed = fields.filter((field) => !same(read(field), initial.get(field)));
      save(key, Object.fromEntries(typed.map((field) => [nameOf(field), read(field)])));
    };
    form.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(store, 400); });
    form.addEventListener("submit", () => {
      clearTimeout(soon);
      if (!("bound" in form.dataset)) store();
      try { sessionStorage.setItem("draft-sent", key); } catch { /* stays until it expires */ }
    });
  };

  document.querySelectorAll("form[data-draft]").forEach(keep);
}
