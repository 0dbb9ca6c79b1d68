// The code of a slip comes behind the # of the address, which browsers send to no server.
"use strict";

{
  const field = document.querySelector("[data-slip-code]");
  const code = location.hash.slice(1);
  if (field && /^[0-9A-Za-z-]{12,20}$/.test(code)) {
    field.value = code;
    history.replaceState(null, "", location.pathname);
    document.querySelector("input[name=password]")?.focus();
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
