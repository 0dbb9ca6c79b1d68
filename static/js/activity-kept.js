// Photos and files that were chosen and have not gone up yet stay in this browser, so that a page that
// closes without a connection loses none. window.keptFiles is how the other scripts ask for it; where
// the browser keeps nothing, each answer says so and nothing else changes.
"use strict";

{
  const STORE = "files";
  const WEEK = 7 * 24 * 3600 * 1000;
  const MOST_BYTES = 120 * 1024 * 1024;
  let opening;

  const answerOf = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const open = () => {
    opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("drafts", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "once" });
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close(); // somebody signs out
        resolve(request.result);
      };
    });
    return opening;
  };
  const rows = async (mode) => (await open()).transaction(STORE, mode).objectStore(STORE);
  const all = async () => {
    const found = await answerOf((await rows("readonly")).getAll());
    return found.sort((one, other) => one.order - other.order);
  };
  const remove = async (once) => { await answerOf((await rows("readwrite")).delete(once)); };
  const forget = async (isMeant) => {
    for (const row of await all()) if (isMeant(row)) await remove(row.once);
  };
  const orElse = (fallback, act) => async (...given) => {
    try { return await act(...given); } catch { return fallback; }
  };

  window.keptFiles = {
    // Those of a draft, in the order in which they were chosen.
    of: orElse([], async (draft) => (await all()).filter((row) => row.draft === draft)),
    // Whether it is safe here until it has gone up.
    keep: orElse(false, async (row) => {
      const size = (await all()).reduce((sum, each) => sum + each.file.size, row.file.size);
      if (size > MOST_BYTES) return false;
      await answerOf((await rows("readwrite")).put({ ...row, order: Date.now(), at: Date.now() }));
      return true;
    }),
    move: orElse(undefined, async (from, to) => {
      for (const row of await all()) {
        if (row.draft === from) await answerOf((await rows("readwrite")).put({ ...row, draft: to }));
      }
    }),
    remove: orElse(undefined, remove),
    forget: orElse(undefined, (draft) => forget((row) => row.draft === draft)),
  };

  // A draft that is listed says what still waits for it; one that is given up takes it along.
  const numberOf = (line) => `:${line.dataset.draftLine}`;
  const lines = [...document.querySelectorAll("[data-draft-line]")];
  const say = orElse(undefined, async () => {
    const found = await all();
    for (const line of lines) {
      const number = found.filter((row) => row.draft.endsWith(numberOf(line))).length;
      const place = line.querySelector("[data-waiting]");
      place.hidden = !number;
      place.textContent = place.dataset.waiting.replace("0", number);
    }
  });
  for (const line of lines) {
    line.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault(); // a page that goes away takes along what it has not finished
      orElse(undefined, forget)((row) => row.draft.endsWith(numberOf(line))).then(() => event.target.submit());
    });
  }
  orElse(undefined, forget)((row) => Date.now() - row.at > WEEK).then(say);
}
