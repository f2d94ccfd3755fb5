// Copies the text of the field a [data-copy] button names; without this file the text is selected
// and copied by hand, and the button stays hidden.
(function () {
  "use strict";

  function say(words) {
    var place = document.querySelector("[data-copied]");
    if (place) place.textContent = words;
  }

  // Inside an EHR's frame the clipboard may be refused; the older way then still works.
  function older(field) {
    field.focus();
    field.select();
    try {
      return document.execCommand("copy");
    } catch (error) {
      return false;
    }
  }

  function fallback(field) {
    var copied = older(field);
    say(copied ? "The note is copied." : "The note is selected. Now copy it (Ctrl+C, on a Mac ⌘C).");
  }

  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var field = document.getElementById(button.dataset.copy);
      if (!navigator.clipboard) return fallback(field);
      navigator.clipboard.writeText(field.value).then(
        function () { say("The note is copied."); },
        function () { fallback(field); }
      );
    });
  });
})();
