// The rota on paper: a button that prints, and a picture that opens at the present turns.
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
      const names = box.querySelector(".year-labels")?.clientWidth ?? 0;
      box.scrollLeft += ahead - names - 8;
    }
  };
  show();
  document.addEventListener("htmx:afterSettle", show);
}
