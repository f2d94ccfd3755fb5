// A device in the patient's hands. Without this file the server's lock still holds.
(function () {
  "use strict";

  // Inside another page the patient could reach the EHR around ours; the server asks for this too.
  if (window.top !== window) {
    document.querySelectorAll("[data-when-framed]").forEach(function (part) { part.hidden = false; });
    document.querySelectorAll("[data-unless-framed]").forEach(function (part) { part.remove(); });
  }

  // Pages of the chart that are open in other tabs of this browser leave the screen (app.js).
  if (document.body.hasAttribute("data-handed") && "BroadcastChannel" in window) {
    new BroadcastChannel("handed").postMessage("over");
  }
})();
