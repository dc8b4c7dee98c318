/* The page of the API has the theme of the site: the remembered one, else the system's. After theme.js. */
(function () {
  "use strict";
  const root = document.documentElement;
  const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

  function follow() {
    root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches);
  }

  systemIsDark.addEventListener("change", follow);
  follow();
})();
