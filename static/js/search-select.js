// A long list to choose from gets a search box: <select data-search-select>.
"use strict";

window.searchSelect = (select) => new TomSelect(select, {
  maxOptions: null,
  // The depth of the tree is written with wide spaces; what is searched has none.
  render: { no_results: () => Object.assign(document.createElement("div"), {
    className: "no-results", textContent: document.getElementById("words")?.dataset.noMatch ?? "" }) },
});
document.querySelectorAll("select[data-search-select]").forEach(window.searchSelect);
