/* What the form of a new import does beyond HTML and HTMX: the limit before an upload, its progress while it lasts. */
(function () {
  "use strict";
  const MEGA = 1 << 20;

  function size(bytes) {
    if (bytes >= 1024 * MEGA) return (bytes / 1024 / MEGA).toFixed(1) + " GB";
    return bytes >= MEGA ? (bytes / MEGA).toFixed(0) + " MB" : Math.ceil(bytes / 1024) + " KB";
  }

  function timeLeft(seconds) {
    if (seconds < 1.5) return "almost there";
    if (seconds < 90) return "about " + Math.round(seconds) + " s left";
    return "about " + Math.round(seconds / 60) + " min left";
  }

  /* Too much is said as soon as it is chosen, not after it has been sent. */
  function problemOf(input) {
    const most = Number(input.form.dataset.mostBytes);
    const bytes = [...input.files].reduce((sum, file) => sum + file.size, 0);
    if (input.files.length > 2) return "Choose one file, or two: reviews and their metadata.";
    if (bytes <= most) return "";
    return "That is " + size(bytes) + " together, and " + size(most) + " may be uploaded. Copy it to the server instead.";
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest(".import-form");
    if (!form) return;
    const input = form.querySelector("input[type=file]");
    const uploads = form.querySelector("[name=source]:checked").value === "upload";
    const problem = uploads ? problemOf(input) : "";
    input.disabled = !uploads; /* What is not wanted any more is not sent. */
    input.setCustomValidity(problem);
    if (event.target === input || problem === "") say(form, problem);
  });

  function say(form, problem) {
    const place = form.querySelector("[data-file-problem]");
    place.textContent = problem;
    if (problem) place.setAttribute("role", "alert");
  }

  /* Progress */
  let began = 0;

  function isUpload(event) {
    const form = event.target.closest && event.target.closest(".import-form");
    return form && form.querySelector("[name=source]:checked").value === "upload" ? form : null;
  }

  document.addEventListener("htmx:beforeSend", (event) => {
    const form = isUpload(event);
    if (!form || !form.querySelector("input[type=file]").files.length) return;
    began = performance.now();
    form.querySelector("#upload").hidden = false;
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = isUpload(event);
    const { lengthComputable, loaded, total } = event.detail;
    /* The answer has progress too, but nobody waits for that. */
    if (!form || !lengthComputable || form.querySelector("#upload").hidden || total < loaded) return;
    const bar = form.querySelector("#upload progress");
    const seconds = (performance.now() - began) / 1000;
    if (loaded / total < bar.value) return;
    bar.value = loaded / total;
    form.querySelector("#upload-words").textContent =
      loaded === total
        ? "Uploaded. The site looks at what it is…"
        : size(loaded) + " of " + size(total) + ", " + size(loaded / Math.max(seconds, 0.1)) + " a second, " +
          timeLeft((seconds * (total - loaded)) / Math.max(loaded, 1));
  });

  function over(event) {
    const form = isUpload(event);
    if (!form || !form.isConnected) return;
    form.querySelector("#upload").hidden = true;
    form.querySelector("#upload progress").value = 0;
  }

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:sendAbort", "htmx:timeout"]) {
    document.addEventListener(name, over);
  }

  document.addEventListener("htmx:responseError", (event) => {
    const form = isUpload(event);
    if (form && event.detail.xhr.status === 413) say(form, "That is more than may be uploaded, or than the server has room for.");
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-stop-upload]");
    if (button) window.htmx.trigger(button.form, "htmx:abort");
  });

  /* An answer with errors is read from its top. */
  document.addEventListener("htmx:afterSettle", () => {
    const errors = document.querySelector("[data-form-errors]");
    if (errors) errors.focus();
  });
})();
