// A long list of check boxes gets a search box, "all", and the number chosen.
// Mark the list, or any of its boxes, with data-filter-list (its value: the words in the search box).
"use strict";

{
  const words = document.getElementById("words")?.dataset ?? {};
  const make = (tag, facts) => Object.assign(document.createElement(tag), facts);

  const listOf = (mark) => (mark.matches("input") ? mark.closest(".form-check")?.parentElement : mark);

  const enhance = (list, placeholder) => {
    const rows = [...list.querySelectorAll(".form-check")];
    if (!rows.length) return;
    const boxOf = (row) => row.querySelector("input");
    const shown = () => rows.filter((row) => !row.hidden);

    const search = make("input", { type: "search", className: "form-control", placeholder, autocomplete: "off" });
    search.setAttribute("aria-label", placeholder);
    const all = make("button", { type: "button", className: "btn btn-sm", textContent: words.all });
    const none = make("button", { type: "button", className: "btn btn-sm", textContent: words.none });
    const count = make("output", {});
    const noMatch = make("p", { className: "filter-list-empty", textContent: words.noMatch, hidden: true });
    const tools = make("div", { className: "filter-list-tools" });
    tools.append(search, all, none, count);

    const tally = () => { count.textContent = `${words.chosen} ${rows.filter((row) => boxOf(row).checked).length} / ${rows.length}`; };
    const narrow = () => {
      const wanted = search.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      noMatch.hidden = shown().length > 0;
    };
    const set = (value) => {
      for (const row of shown()) boxOf(row).checked = value;
      tally();
      list.dispatchEvent(new Event("input", { bubbles: true }));
    };

    search.addEventListener("input", (event) => { event.stopPropagation(); narrow(); });
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    all.addEventListener("click", () => set(true));
    none.addEventListener("click", () => set(false));
    list.addEventListener("change", tally);
    list.classList.add("filter-list-box");
    list.append(noMatch);
    list.before(tools);
    tally();
  };

  const enhanceAll = (part) => {
    const lists = new Map();
    for (const mark of part.querySelectorAll("[data-filter-list]")) {
      const list = listOf(mark);
      const isNew = list && !lists.has(list) && !list.matches(".filter-list-box");
      if (isNew) lists.set(list, mark.dataset.filterList || words.search);
    }
    lists.forEach((placeholder, list) => enhance(list, placeholder));
  };

  enhanceAll(document);
  document.addEventListener("htmx:load", (event) => enhanceAll(event.target));
}
