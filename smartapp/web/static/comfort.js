// Small comforts; every page works without this file.
(function () {
  "use strict";

  var summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // Following a link of the error summary puts the cursor into the field it names.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest(".summary a[href^='#']");
    var field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: "center" });
  });

  // Typed but not sent: ask before the page is left, unless by a link of the form's own (Cancel).
  // A refused form comes back dirty.
  var dirty = Boolean(summary && document.querySelector("form[data-guard]"));
  document.addEventListener("click", function (event) {
    if (event.target.closest(".actions a")) dirty = false;
  });
  document.addEventListener("input", function (event) {
    if (event.target.closest("form[data-guard]")) dirty = true;
  });
  window.addEventListener("beforeunload", function (event) {
    if (dirty) event.preventDefault();
  });

  // This page is about to be taken off the screen (handed.js).
  window.addEventListener("handed", function () { dirty = false; });

  // One press sends once. The button is only marked, not disabled, so that its value is sent.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    dirty = false;
    form.querySelectorAll("button").forEach(function (button) {
      button.setAttribute("aria-disabled", "true");
    });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("button").forEach(function (button) {
        button.removeAttribute("aria-disabled");
      });
    });
  });
})();
