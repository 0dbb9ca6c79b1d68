// The rota on paper: a button that prints, and a picture that opens at today.
"use strict";

{
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  const show = () => {
    for (const box of document.querySelectorAll("[data-scroll-to]")) {
      const mark = box.querySelector(box.dataset.scrollTo);
      if (!mark) continue;
      const ahead = mark.getBoundingClientRect().left - box.getBoundingClientRect().left;
      box.scrollLeft += ahead - box.clientWidth * 0.6;
    }
  };
  show();
  document.addEventListener("htmx:afterSettle", show);
}
