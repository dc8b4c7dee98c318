/* Search fields with suggestions (the combobox pattern of WAI-ARIA), and lists that grow. Without this file the fields
   are plain forms, and lists have pages. */
(function () {
  "use strict";
  if (!window.htmx) return;

  for (const field of document.querySelectorAll("input[data-suggestions]")) offer(field);

  function offer(field) {
    const box = document.getElementById(field.dataset.suggestions);
    let wanted = false; /* Whether what was typed last still waits for its suggestions to be looked at. */
    let chosen = null;

    const options = () => [...box.querySelectorAll("[role=option]")];
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-haspopup", "listbox");
    field.setAttribute("aria-expanded", "false");

    function choose(option) {
      if (chosen) chosen.setAttribute("aria-selected", "false");
      chosen = option;
      if (!option) return field.removeAttribute("aria-activedescendant");
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", option.id);
    }

    function open() {
      if (!box.firstElementChild) return close();
      box.hidden = false;
      const list = box.querySelector("[role=listbox]");
      field.setAttribute("aria-expanded", list ? "true" : "false");
      if (list) field.setAttribute("aria-controls", list.id);
    }

    function close() {
      choose(null);
      box.hidden = true;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-controls");
    }

    /* From the field through the options and back to the field. */
    function move(step) {
      const all = options();
      if (!all.length) return;
      if (box.hidden) open();
      const place = all.indexOf(chosen) + step;
      choose(chosen === null && step < 0 ? all[all.length - 1] : all[place] || null);
    }

    field.addEventListener("input", () => {
      wanted = field.value.trim() !== "";
      if (!wanted) close();
    });

    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && chosen) {
        event.preventDefault();
        window.location.assign(chosen.dataset.href);
      } else if (event.key === "Escape" && !box.hidden) {
        event.preventDefault();
        wanted = false;
        close();
      }
    });

    field.addEventListener("blur", () => {
      wanted = false;
      close();
    });

    /* The field keeps the focus while the pointer chooses. */
    box.addEventListener("mousedown", (event) => event.preventDefault());
    box.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) window.location.assign(option.dataset.href);
    });

    box.addEventListener("htmx:afterSwap", () => {
      choose(null);
      if (wanted && document.activeElement === field) open();
      else close();
    });

    /* Suggestions that do not come are no failure of anything. */
    for (const name of ["htmx:responseError", "htmx:sendError"]) {
      field.addEventListener(name, (event) => {
        event.stopPropagation();
        close();
      });
    }
  }

  /* The link to more films goes when they come: who used it by key stands before the first of them. */
  let cards = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const more = event.detail.target;
    if (more.id !== "more") return;
    cards = more.contains(document.activeElement) ? more.parentElement.querySelectorAll("article").length : null;
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (cards === null) return;
    const first = document.querySelectorAll(".shelf article")[cards];
    cards = null;
    if (first) first.querySelector("a").focus({ preventScroll: true });
  });
})();
