// Rows of a list by keyboard. Everything it does is also a link or a button of the page.
"use strict";

const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")];
const present = () => document.activeElement?.closest("[data-row]");

const move = (step) => {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(present());
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  all[next].querySelector("[data-open]").focus();
  all[next].scrollIntoView({ block: "nearest" });
};

const follow = (selector) => present()?.querySelector(selector)?.click();

// What is ticked goes together; with nothing ticked, the row one stands on.
const dispatch = () => {
  const form = document.getElementById("bulk");
  if (!form) return;
  const own = present()?.querySelector("[data-tick]");
  if (!document.querySelector("[data-tick]:checked")) {
    if (!own) return;
    own.checked = true;
    own.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.requestSubmit();
};

const acts = {
  j: () => move(1),
  k: () => move(-1),
  o: () => follow("[data-open]"),
  x: () => follow("[data-tick]"),
  r: () => follow('[data-act="review"]'),
  d: dispatch,
  l: () => follow('[data-act="lock"]'),
  1: () => follow('[data-offer="1"]'),
  2: () => follow('[data-offer="2"]'),
  3: () => follow('[data-offer="3"]'),
  "/": () => document.querySelector(".filters input[type=search]")?.focus(),
  "?": () => document.getElementById("keys")?.togglePopover(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const act = acts[event.key];
  if (typing || !act) return;
  event.preventDefault();
  act();
});

// After an act on a row, the keyboard goes on from it; the browser first goes to it by itself.
addEventListener("pageshow", () => {
  const row = document.getElementById(location.hash.slice(1))?.closest("[data-row]");
  row?.querySelector("[data-open]")?.focus();
});

// How many are ticked stands on the button.
const count = () => {
  const place = document.querySelector("[data-ticked]");
  if (!place) return;
  const ticked = document.querySelectorAll("[data-tick]:checked").length;
  place.textContent = ticked ? `（${ticked}）` : "";
};
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-tick]")) count();
  if (event.target.matches("[data-tick-all]")) {
    for (const tick of document.querySelectorAll("[data-tick]")) tick.checked = event.target.checked;
    count();
  }
});
addEventListener("pageshow", count);
document.addEventListener("htmx:afterSettle", count);
for (const all of document.querySelectorAll("[data-tick-all]")) all.hidden = false;
