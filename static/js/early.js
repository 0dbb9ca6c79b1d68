// Before the first paint, so that nothing jumps.
"use strict";
document.documentElement.classList.add("has-js");
try {
  document.documentElement.classList.toggle("folded", localStorage.getItem("folded") === "1");
} catch { /* storage is off: the navigation simply stands open */ }
