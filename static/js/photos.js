// Shows which pictures were chosen: <input type="file" data-photos>. Drawn on a canvas, because the
// security policy of the portal allows no blob addresses; a format that the browser cannot read
// (HEIC outside Apple's) is shown by its name.
"use strict";

{
  const WIDTH = 96;
  const HEIGHT = 72;

  const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

  const draw = async (file, place) => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const canvas = document.createElement("canvas");
    const scale = Math.max(WIDTH / picture.width, HEIGHT / picture.height);
    Object.assign(canvas, { width: WIDTH, height: HEIGHT });
    const [width, height] = [picture.width * scale, picture.height * scale];
    canvas.getContext("2d").drawImage(picture, (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height);
    canvas.setAttribute("aria-hidden", "true");
    picture.close();
    place.replaceWith(canvas);
  };

  const show = (input, list) => {
    list.replaceChildren(...[...input.files].map((file) => {
      const item = document.createElement("li");
      const place = document.createElement("i");
      place.className = "bi bi-image photo-blank";
      place.setAttribute("aria-hidden", "true");
      const name = Object.assign(document.createElement("span"), { textContent: file.name, title: file.name });
      item.append(place, name, size(file.size));
      draw(file, place).catch(() => {});
      return item;
    }));
  };

  for (const input of document.querySelectorAll("input[type=file][data-photos]")) {
    const list = Object.assign(document.createElement("ul"), { className: "photo-list" });
    list.setAttribute("aria-live", "polite");
    input.after(list);
    input.addEventListener("change", () => show(input, list));
    if (input.files.length) show(input, list);
  }
}
