// What a page does to whoever uses it: when it is ready, how long it blocks, how late it answers.
(function () {
  "use strict";
  var seen = window.seen = { ready: 0, blocking: 0, click: 0, violations: 0 };

  function watch(type, options, act) {
    new PerformanceObserver(function (list) { list.getEntries().forEach(act); })
      .observe(Object.assign({ type: type, buffered: true }, options));
  }
  watch("longtask", {}, function (task) { seen.blocking += Math.max(0, task.duration - 50); });
  watch("event", { durationThreshold: 16 }, function (event) {
    if (event.name === "click") seen.click = Math.max(seen.click, event.duration);
  });
  document.addEventListener("securitypolicyviolation", function () { seen.violations += 1; });

  seen.fields = function () {
    var all = document.querySelectorAll("[data-form] input:not([type=hidden]), #form input");
    return [].filter.call(all, function (field) { return field.getClientRects().length; });
  };

  // Ours is ready once its script has taken the draft's key; the peer has no field before it is.
  function look() {
    if (!seen.fields().length || document.querySelector("form[data-secret]")) {
      requestAnimationFrame(look);
    } else {
      setTimeout(function () { seen.ready = performance.now(); });
    }
  }
  requestAnimationFrame(look);

  // The middle of the first answer of the nth question, scrolled into view: none that raises an alert,
  // which every later page of that patient would show.
  seen.target = function (n) {
    var rows = {};
    seen.fields().forEach(function (field) {
      if (field.type === "radio") (rows[field.name] = rows[field.name] || []).push(field);
    });
    var radio = (Object.values(rows)[n] || [])[0];
    if (!radio) return null;
    var part = radio.closest("label") || radio.labels[0] || radio;
    part.scrollIntoView({ block: "center", behavior: "instant" });
    var box = part.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };

  seen.checked = function () {
    return document.querySelectorAll("input[type=radio]:checked").length;
  };
})();
