// Answers that this browser still keeps of a draft of this launch: who left its page by a link,
// before the script that sends was there, is told on the next page, and led back. Opening the draft
// sends them (draft.js). Pages that list the draft say it there.
(function () {
  "use strict";
  var DAY = 24 * 60 * 60 * 1000;
  var home = /^.*\/launches\/([^/]+)\//.exec(location.pathname) || [];
  var status = document.querySelector("body:not([data-handed]) .status");
  if (!home[1] || !status || document.querySelector("form[data-draft], [data-offline]")) return;

  function kept() {
    var found = {};
    try {
      Object.keys(localStorage).forEach(function (name) {
        var key = name.split("/"), told = key[0] === "draft" && JSON.parse(localStorage.getItem(name));
        if (told && told.handle === home[1] && Date.now() - told.at < DAY) found[key[1]] = true;
      });
    } catch (_) { /* a browser that keeps nothing */ }
    return Object.keys(found).filter(function (key) {
      return !document.querySelector("[data-draft-listed='" + key + "']");
    });
  }

  // One that was submitted or discarded meanwhile leads elsewhere, and takes no answers.
  function tell(key) {
    var there = home[0] + "assessments/" + key + "/resume";
    fetch(there, { method: "HEAD", cache: "no-store" }).then(function (answer) {
      var is_open = answer.status !== 404 && answer.url.indexOf("/assessments/" + key + "/") >= 0;
      if (is_open && kept().indexOf(key) >= 0) show(key, there);
    }, function () { show(key, there); });
  }

  function show(key, there) {
    var words = document.createElement("p"), link = document.createElement("a");
    words.className = "notice warn";
    words.dataset.unsent = key;
    link.href = there;
    link.textContent = "Go on with it to send them";
    words.append("This device has answers of an assessment in progress that may not have been sent. ", link, ".");
    status.append(words);
  }

  kept().forEach(tell);
  // Another tab may send them meanwhile.
  window.addEventListener("storage", function () {
    var left = kept();
    document.querySelectorAll("[data-unsent]").forEach(function (words) {
      if (left.indexOf(words.dataset.unsent) < 0) words.remove();
    });
  });
})();
