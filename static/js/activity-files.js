// Photos and files of an activity go to its draft at once, one after the other; a line shows how far
// each is, and offers to send it again if it did not get through. Until then this browser keeps them.
"use strict";

{
  const form = document.querySelector("form[data-activity][data-at-once]");
  const words = document.getElementById("activity-words")?.dataset ?? {};
  const WIDTH = 96;
  const HEIGHT = 72;
  const queue = [];
  let running = null;

  const make = (tag, facts = {}) => Object.assign(document.createElement(tag), facts);
  const token = () => form.querySelector("[name=csrfmiddlewaretoken]").value;

  // ── Lines ──

  // On a canvas, because the security policy of the portal allows no blob addresses.
  const draw = async (file, place) => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image", resizeWidth: WIDTH * 2 });
    const canvas = make("canvas", { width: WIDTH, height: HEIGHT });
    const scale = Math.max(WIDTH / picture.width, HEIGHT / picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    canvas.getContext("2d").drawImage(picture, (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height);
    canvas.setAttribute("aria-hidden", "true");
    picture.close();
    place.replaceWith(canvas);
  };
  const lineOf = (file, kind) => {
    const line = make("li", { className: kind === "photos" ? "photo-line" : "file-line photo-line" });
    const place = make("i", { className: `bi bi-${kind === "photos" ? "image" : "file-earmark"} photo-blank` });
    place.setAttribute("aria-hidden", "true");
    const said = make("div");
    said.append(make("span", { className: "upload-name", textContent: file.name }), make("progress", { max: 1, value: 0 }), make("span", { className: "upload-state" }));
    line.append(place, said);
    if (kind === "photos") draw(file, place).catch(() => {});
    return line;
  };
  const say = (entry, text) => { entry.line.querySelector(".upload-state").textContent = text; };
  const fail = (entry, text, isFinal) => {
    entry.hasFailed = true;
    const state = entry.line.querySelector(".upload-state");
    state.className = "upload-state is-failed";
    state.textContent = text;
    const drop = make("button", { type: "button", className: "btn btn-sm", textContent: words.remove });
    drop.addEventListener("click", () => { over(entry); entry.line.remove(); });
    state.append(" ");
    if (!isFinal) {
      const again = make("button", { type: "button", className: "btn btn-sm", textContent: words.retry });
      again.addEventListener("click", () => retry(entry));
      state.append(again, " ");
    }
    entry.isFinal = isFinal;
    if (isFinal) window.keptFiles.remove(entry.once);
    state.append(drop);
    tell();
  };
  const over = (entry) => {
    queue.splice(queue.indexOf(entry), 1);
    window.keptFiles.remove(entry.once);
    tell();
  };
  const tell = () => {
    const left = queue.filter((entry) => entry.hasFailed && !entry.isFinal);
    const isSafe = left.every((entry) => entry.isKept);
    const place = form.querySelector("[data-waiting]");
    place.hidden = !left.length;
    place.textContent = (isSafe ? words.queued : words.queuedHere).replace("0", left.length);
  };
  const retry = (entry) => {
    entry.hasFailed = false;
    entry.line.querySelector(".upload-state").className = "upload-state";
    say(entry, "");
    run();
  };

  // ── Sending ──

  const post = (url, entry) => new Promise((resolve, reject) => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    body.append("once", entry.once);
    body.append("file", entry.file, entry.file.name);
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.upload.addEventListener("progress", (event) => {
      entry.line.querySelector("progress").value = event.lengthComputable ? event.loaded / event.total : 0;
    });
    request.addEventListener("load", () => {
      try { resolve(JSON.parse(request.responseText)); } catch { reject(new Error("not an answer")); }
    });
    for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => reject(new Error(name)));
    request.timeout = 120_000;
    request.send(body);
  });
  const send = async (entry) => {
    say(entry, words.uploading);
    try {
      const url = await window.activityDraft.place(entry.kind);
      if (!url) throw new Error("no draft");
      const told = await post(url, entry);
      if (told.refusal) return fail(entry, told.refusal, true);
      const part = make("template");
      part.innerHTML = told.line;
      const name = part.content.querySelector("[name]")?.name;
      const isThere = name && form.querySelector(`[name="${name}"]`) && name.startsWith("caption-");
      if (isThere) entry.line.remove(); else entry.line.replaceWith(part.content);
      over(entry);
      renumber();
    } catch {
      fail(entry, words.failed, false);
      if (navigator.onLine) window.activityDraft.check(); // says so if one has to sign in again
    }
  };
  const next = () => queue.find((entry) => !entry.hasFailed);
  const run = () => {
    running ??= (async () => {
      for (let entry = next(); entry; entry = next()) await send(entry);
      running = null;
    })();
  };

  // ── Order ──

  const renumber = () => {
    form.querySelectorAll("[data-photo-lines] [name^=order-]").forEach((place, at) => { place.value = at + 1; });
  };
  const move = (line, isUp) => {
    const other = isUp ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    if (isUp) other.before(line); else other.after(line);
    renumber();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const put = ({ once, kind, file }, isKept) => {
    const list = form.querySelector(kind === "photos" ? "[data-photo-lines]" : "[data-file-lines]");
    const entry = { once, file, kind, isKept, line: lineOf(file, kind), hasFailed: false };
    list.append(entry.line);
    queue.push(entry);
    const isTooMany = kind === "photos" && list.children.length > Number(form.dataset.mostPhotos);
    if (isTooMany) fail(entry, words.many, true);
    return entry;
  };

  if (form) {
    for (const kind of ["photos", "files"]) {
      const input = form.querySelector(`input[type=file][name=${kind}]`);
      input.addEventListener("change", () => {
        for (const file of input.files) {
          const row = { once: window.activityDraft.token(), draft: window.activityDraft.key(), kind, file };
          const entry = put(row, false);
          if (!entry.isFinal) window.keptFiles.keep(row).then((isKept) => { entry.isKept = isKept; tell(); });
        }
        input.value = "";
        run();
      });
    }
    window.keptFiles.of(window.activityDraft.key()).then((rows) => {
      if (!rows.length) return;
      for (const row of rows) put(row, true);
      window.activityDraft.note();
      run();
    });
    addEventListener("online", () => queue.filter((entry) => entry.hasFailed && !entry.isFinal).forEach(retry));
    window.activityFiles = {
      isBusy: () => Boolean(running),
      hasFailed: () => queue.some((entry) => entry.hasFailed),
      done: () => running ?? Promise.resolve(),
    };
  }
  document.querySelector("[data-photo-lines]")?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-up], [data-down]");
    if (button && form) move(button.closest("li"), "up" in button.dataset);
  });
}
