/* What the pages do beyond HTML and HTMX. Every page works without this file. */
(function () {
  "use strict";
  const root = document.documentElement;

  /* Without HTMX the forms are sent the plain way, and their buttons must be seen. */
  if (!window.htmx) root.classList.remove("js");

  /* Theme: the switch shows the other one; choosing the system's own means following it again. */
  const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

  function switchTheme() {
    const system = systemIsDark.matches ? "dark" : "light";
    const next = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    if (next === system) delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (next === system) localStorage.removeItem("theme");
      else localStorage.setItem("theme", next);
    } catch {
      /* No storage: the choice holds for this page. */
    }
    say(next === "dark" ? "Dark theme" : "Light theme");
  }

  /* One live region. Each sentence is a paragraph of its own for a while, so that none cuts another off. */
  function say(words) {
    const line = document.createElement("p");
    line.textContent = words;
    document.getElementById("live").append(line);
    window.setTimeout(() => line.remove(), 6000);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) switchTheme();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  /* Stars. A click or a tap is a decision and is sent at once. Arrow keys pass through every half star
     on the way, so they only mark the choice as waiting: Enter, the button or leaving the form sends it. */
  let arrow = false;

  document.addEventListener("keydown", (event) => (arrow = event.key.startsWith("Arrow")), true);
  document.addEventListener("pointerdown", () => (arrow = false), true);

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-stars]");
    if (!form) return;
    if (arrow) form.dataset.waiting = "";
    else form.requestSubmit();
  });

  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-stars]")) delete event.target.dataset.waiting;
  });

  document.addEventListener("focusout", (event) => {
    const form = event.target.closest("form[data-waiting]");
    if (form && !form.contains(event.relatedTarget)) form.requestSubmit();
  });

  /* What a failed request leaves: the stars as they were, and a sentence. */
  function failed(event) {
    const form = event.detail.elt.closest("form[data-stars]");
    if (form) form.reset();
    /* Refused is what a page sends whose form is of another session: only a page loaded anew can send it again. */
    const note = tellFailure(event.detail.xhr?.status === 403);
    say(note.textContent.trim().replace(/\s+/g, " "));
  }

  function tellFailure(isOutOfDate) {
    const [failure, stale] = ["failure", "out-of-date"].map((name) => document.getElementById(name));
    failure.hidden = isOutOfDate;
    stale.hidden = !isOutOfDate;
    stale.querySelector("a").href = location.href; /* with what was filtered since the page came */
    return isOutOfDate ? stale : failure;
  }

  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("announce", (event) => say(event.detail.value));

  /* What is saved becomes what `reset` goes back to. */
  document.addEventListener("ratings-changed", (event) => {
    const form = event.target.closest("form[data-stars]");
    document.getElementById("failure").hidden = true;
    if (form) for (const input of form.elements) input.defaultChecked = input.checked;
  });

  /* When a swap takes away what has the focus, the same place in the new part gets it: the same control, the
     film at the same position of a list, else the part's first control. The page does not move. */
  let lost = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    const focused = document.activeElement;
    if (!target.contains(focused) || focused === document.body) return;
    const entries = [...target.querySelectorAll("article")];
    const index = entries.findIndex((entry) => entry.contains(focused));
    lost = { id: target.id, index, form: focused.form?.id, part: focused.id };
  });

  const settled = new WeakSet();

  document.addEventListener("htmx:afterSettle", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    if (!xhr || !target) return localise(document); /* A page that came back from the history. */
    if (settled.has(xhr)) return; /* HTMX tells of every new element, once is enough. */
    settled.add(xhr);
    const part = document.getElementById(target.id) || target;
    if (lost && lost.id === target.id) {
      putFocusBack(part, lost);
      lost = null; /* Another part may settle between this one's swap and its settling. */
    }
    localise(part);
    const words = part.querySelector("[data-announce]");
    if (words && requestConfig.triggeringEvent) say(words.dataset.announce);
  });

  function putFocusBack(part, { index, form, part: name }) {
    if (document.activeElement && document.activeElement !== document.body) return;
    const entries = part.querySelectorAll("article");
    const place = entries[Math.min(index, entries.length - 1)] || part;
    const same = (name && document.getElementById(name)) || (form && document.getElementById(form)?.querySelector("button"));
    const control = same || place.querySelector("h2 a, h3 a, input:not([type=hidden]), button");
    if (control) control.focus({ preventScroll: true });
  }

  /* What was just put in the place of something else takes no clicks for a moment: the second of two was meant for
     what stood there. Keys are not held up. */
  document.addEventListener("htmx:afterSwap", (event) => {
    const { target, requestConfig } = event.detail;
    /* A page that came back from the history has no target. */
    const part = target?.id && requestConfig?.triggeringEvent && document.getElementById(target.id);
    if (!part || !part.matches("[data-pauses]")) return;
    const since = (part.dataset.fresh = String(performance.now()));
    window.setTimeout(() => part.dataset.fresh === since && delete part.dataset.fresh, 400);
  });

  /* Times in the visitor's own zone, in the form that the server writes them in. */
  function localise(part) {
    const format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
    for (const time of part.querySelectorAll("time[data-local]")) {
      time.textContent = format.format(new Date(time.dateTime));
    }
  }

  localise(document);

  /* The server shows times in it from the next page on. */
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes("timezone=" + zone)) {
    document.cookie = "timezone=" + zone + "; path=/; max-age=31536000; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");
  }
})();
