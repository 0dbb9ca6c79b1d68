// What every page does; each page also works without it.
"use strict";

const words = document.getElementById("words")?.dataset ?? {};

// The navigation of the desk folds to its icons, and stays so.
const fold = document.querySelector("[data-fold]");
if (fold) {
  const root = document.documentElement;
  const show = () => {
    const folded = root.classList.contains("folded");
    fold.setAttribute("aria-expanded", String(!folded));
    for (const link of document.querySelectorAll(".sidebar li a")) {
      link.title = folded ? link.textContent.trim() : "";
    }
  };
  fold.hidden = false;
  fold.addEventListener("click", () => {
    root.classList.toggle("folded");
    try { localStorage.setItem("folded", root.classList.contains("folded") ? "1" : "0"); } catch { /* not kept */ }
    show();
  });
  show();
}

// An open menu closes on Escape and on a click beside it.
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
};
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement?.closest("[data-menu][open]");
  closeMenus(null);
  open?.querySelector("summary").focus();
});

// A form is sent once. The server holds this too; here the button says so.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.matches("[hx-post]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  const button = event.submitter;
  if (!button) return;
  // After the browser has read the form, or the button's own value would be missing.
  setTimeout(() => {
    button.setAttribute("aria-disabled", "true");
    button.classList.add("is-sending");
  });
  setTimeout(() => release(form), 8000); // a file that is downloaded leaves the page standing
});
const release = (form) => {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll(".is-sending")) {
    button.removeAttribute("aria-disabled");
    button.classList.remove("is-sending");
  }
};
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
});

// A list is not asked for half-typed pinyin, only for the characters chosen.
for (const kind of ["input", "keyup"]) {
  document.addEventListener(kind, (event) => {
    if (event.isComposing && event.target.matches(".filters input")) event.stopPropagation();
  }, true);
}
document.addEventListener("compositionend", (event) => {
  if (event.target.matches(".filters input")) {
    event.target.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
});

// Filters that are left open stay out of the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") return;
  for (const [name, value] of Object.entries(event.detail.parameters)) {
    if (value === "") delete event.detail.parameters[name];
  }
});
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, () => tell(words.offline));
}
const tell = (text) => {
  const place = document.getElementById("messages");
  if (!place || !text) return;
  const message = document.createElement("div");
  message.className = "message message-warning";
  message.setAttribute("role", "alert");
  message.append(Object.assign(document.createElement("p"), { textContent: text }));
  place.replaceChildren(message);
};

// On a phone, what is rarely read is folded until it is asked for.
if (matchMedia("(width < 992px)").matches) {
  for (const part of document.querySelectorAll("details[data-rarely]")) part.open = false;
}

// What needs a change is read first.
document.querySelector("[data-error-summary]")?.focus();

// Signing out leaves nothing typed behind on a shared computer.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-forget-drafts]")) return;
  try {
    Object.keys(localStorage).filter((key) => key.startsWith("draft:")).forEach((key) => localStorage.removeItem(key));
    const request = indexedDB.deleteDatabase("drafts"); // photos that have not gone up
    request.onsuccess = request.onerror = request.onblocked = () => form.submit();
    event.preventDefault();
  } catch { /* nothing was kept */ }
});

// A page that follows an accepted form: its draft is no longer needed.
try {
  const sent = sessionStorage.getItem("draft-sent");
  if (sent && document.querySelector("[data-draft-done]")) {
    localStorage.removeItem(sent);
    sessionStorage.removeItem("draft-sent");
  }
} catch { /* nothing was kept */ }

// A group does not meet jointly with itself: its own line among the partners is put away.
const hosts = document.querySelectorAll("select[name=group]");
const partners = document.querySelectorAll("input[name=partners]");
const putAway = () => {
  for (const host of hosts) {
    for (const partner of partners) {
      const own = partner.value === host.value;
      if (own) partner.checked = false;
      partner.closest(".form-check").hidden = own;
    }
  }
};
if (partners.length) {
  for (const host of hosts) host.addEventListener("change", putAway);
  putAway();
}
