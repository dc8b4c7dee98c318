/* Runs before the page is drawn: the remembered theme, and the mark that scripts work here. */
(function () {
  "use strict";
  document.documentElement.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    /* No storage: the system's theme it is. */
  }
})();
