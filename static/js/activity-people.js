// Who came: each name is tapped through 到会, 请假, 缺席. What a kind of activity brings along is put
// in when it is chosen, as long as nobody changed it by hand. All of it is sent as one field.
"use strict";

{
  const form = document.querySelector("form[data-activity]");
  const box = form?.querySelector(".activity-people");
  const rows = [...(box?.querySelectorAll(".person") ?? [])];
  const selectOf = (row) => row.querySelector("select");
  const NEXT = { "": "present", present: "leave", leave: "absent", absent: "" };
  let byHand = "bound" in (form?.dataset ?? {});

  const show = (row) => {
    const select = selectOf(row);
    const button = row.querySelector(".person-tap");
    button.dataset.presence = select.value;
    button.querySelector("b").textContent = select.selectedOptions[0].textContent;
  };
  const count = () => {
    const place = box.querySelector(".people-count");
    const number = (value) => rows.filter((row) => selectOf(row).value === value).length;
    const present = number("present") + (also?.selectedOptions.length ?? 0);
    const parts = [["present", present], ["leave", number("leave")], ["absent", number("absent")]];
    const expected = parts.reduce((sum, [, each]) => sum + each, 0);
    place.textContent = [["expected", expected], ...parts].map(([name, each]) => `${place.dataset[name]} ${each}`).join(" · ");
  };
  const showAll = () => { rows.forEach(show); count(); };
  const set = (row, value) => { selectOf(row).value = value; show(row); };
  const changed = () => {
    byHand = true;
    count();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const build = (row) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "person-tap" });
    const name = document.createElement("span");
    name.append(...row.querySelector(".person-name").cloneNode(true).childNodes);
    button.append(name, document.createElement("b"));
    button.addEventListener("click", () => {
      set(row, NEXT[selectOf(row).value]);
      changed();
    });
    row.prepend(button);
  };

  // ── What a kind brings along ──

  const chosen = () => form.querySelector("[name=kind]:checked");
  const field = (name) => form.elements.namedItem(name);
  const agenda = form?.querySelector(".activity-agenda");
  const lines = () => (chosen()?.dataset.agenda ?? "").split("\n").filter(Boolean);
  const showAgenda = () => {
    agenda.hidden = !lines().length;
    agenda.querySelector("[data-agenda-shown]").textContent = lines().join("、");
  };
  const put = (name, value) => { if (value && !field(name).dataset.typed) field(name).value = value; };
  const suggestTitle = () => {
    const month = Number(field("starts_at").value.slice(5, 7));
    const kind = chosen()?.labels[0].textContent.trim();
    if (month && kind) field("title").placeholder = form.dataset.title.replace("0", month).replace("…", kind);
  };
  const bring = () => {
    const { people, place, host, hours } = chosen().dataset;
    put("place", place);
    put("host", host);
    if (!field("hours").dataset.typed) field("hours").value = hours;
    const expected = new Set(people.split(" "));
    if (!byHand) for (const row of rows) set(row, expected.has(selectOf(row).name.slice(9)) ? "present" : "");
    showAgenda();
    suggestTitle();
    hosted();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };
  // Whoever hosts is there.
  const hosted = () => {
    const row = rows.find((each) => selectOf(each).name === `presence-${field("host").value}`);
    if (row && selectOf(row).value !== "present") set(row, "present");
    count();
  };

  // Whoever is not listed one by one is chosen, or all of them at once.
  const also = form?.querySelector("[name=also]");
  const chooseAll = () => {
    also.tomselect.destroy(); // made anew in a third of a second; one name after the other took half a minute
    for (const option of also.options) option.selected = Boolean(option.value);
    window.searchSelect(also);
    changed();
  };

  // ── Sending ──

  // One field instead of thousands: the draft is sent again and again.
  const pack = ({ formData }) => {
    const said = [];
    for (const [name, value] of [...formData]) {
      const number = name.startsWith("presence-") ? name.slice(9) : "";
      if (number && value) said.push([number, value, formData.get(`reason-${number}`) ?? ""]);
      if (name === "also") said.push([value, "present", ""]);
      if (name === "also" || /^(presence|reason)-/.test(name)) formData.delete(name);
    }
    formData.set("attendance", JSON.stringify(said));
  };

  // ── More rows of decisions ──

  const decisions = form?.querySelector("[data-decisions]");
  const addDecision = () => {
    const total = field("decisions-TOTAL_FORMS");
    const row = decisions.querySelector("template").content.cloneNode(true);
    for (const part of row.querySelectorAll("[name], [for], [id]")) {
      for (const name of ["name", "for", "id"]) {
        if (part.hasAttribute(name)) part.setAttribute(name, part.getAttribute(name).replace("__prefix__", total.value));
      }
    }
    decisions.querySelector("[data-add-decision]").before(row);
    total.value = Number(total.value) + 1;
  };

  if (form) {
    rows.forEach(build);
    showAll();
    showAgenda();
    suggestTitle();
    const tools = box.querySelector(".people-tools:not([data-also-tools])");
    if (tools) {
      tools.hidden = false;
      const search = tools.querySelector("input[type=search]");
      search?.addEventListener("input", (event) => {
        event.stopPropagation();
        const wanted = search.value.trim();
        for (const row of rows) row.hidden = !row.querySelector(".person-name").textContent.includes(wanted);
      });
      search?.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
      tools.querySelector("[data-all-present]").addEventListener("click", () => {
        for (const row of rows) if (!row.hidden && selectOf(row).value) set(row, "present");
        changed();
      });
    }
    form.addEventListener("change", (event) => {
      const { name } = event.target;
      if (name === "kind") bring();
      else if (["place", "host", "hours"].includes(name)) event.target.dataset.typed = "1";
      if (name === "starts_at") suggestTitle();
      if (name === "host") hosted();
      if (name === "also") count();
    });
    form.addEventListener("formdata", pack);
    if (also) {
      box.querySelector("[data-also-tools]").hidden = false;
      box.querySelector("[data-all-also]").addEventListener("click", chooseAll);
      box.addEventListener("click", ({ target }) => {
        const person = target.closest(".ts-control [data-value]");
        if (person) also.tomselect.removeItem(person.dataset.value);
      }, true); // the box of the list keeps its clicks to itself
    }
    form.addEventListener("activity:restored", () => { byHand = true; showAll(); showAgenda(); suggestTitle(); });
    form.addEventListener("activity:decision", addDecision);
    agenda.querySelector("[data-agenda-put]").addEventListener("click", () => {
      const text = field("text");
      const numbered = lines().map((line, at) => `${at + 1}. ${line}：`).join("\n");
      text.value = text.value.trim() ? `${text.value.trimEnd()}\n${numbered}` : numbered;
      text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    const add = decisions.querySelector("[data-add-decision]");
    add.hidden = false;
    add.addEventListener("click", addDecision);
  }
}
