// Copies the text of the field that a [data-copy] button names. Without this file the button stays
// hidden and the [data-by-hand] advice is shown.
(function () {
  "use strict";

  function say(words) {
    var place = document.querySelector("[data-copied]");
    if (place) place.textContent = words;
  }

  // The older way comes first: in an EHR's frame the newer one is usually not permitted.
  function copied(field) {
    field.focus();
    field.select();
    try {
      return document.execCommand("copy");
    } catch (error) {
      return false;
    }
  }

  function done() {
    say("The note is copied.");
  }

  function byHand() {
    say("The note is selected. Now copy it (Ctrl+C, on a Mac ⌘C).");
  }

  document.querySelectorAll("[data-by-hand]").forEach(function (advice) {
    advice.hidden = true;
  });
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var field = document.getElementById(button.dataset.copy);
      if (copied(field)) return done();
      if (!navigator.clipboard) return byHand();
      navigator.clipboard.writeText(field.value).then(done, byHand);
    });
  });
})();
