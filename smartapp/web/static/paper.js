// Typing in from paper: the number printed on the form picks its answer and goes on to the next
// question. Without this file the radio buttons are used as everywhere.
(function () {
  "use strict";
  var told = document.querySelector("[data-paper]");
  if (!told) return;
  var keys = JSON.parse(told.dataset.paper);
  told.querySelector("[data-paper-hint]").hidden = false;

  function radios(name) {
    return [].filter.call(document.querySelectorAll("input[type=radio]"), function (mark) {
      return mark.name === name && !mark.disabled;
    });
  }

  function names() {
    var found = [];
    document.querySelectorAll("form[data-draft] input[type=radio]").forEach(function (mark) {
      if (!mark.disabled && found.indexOf(mark.name) < 0) found.push(mark.name);
    });
    return found;
  }

  function go_on(name) {
    var every = names(), next = every[every.indexOf(name) + 1];
    if (!next) return document.querySelector("form[data-draft] button[value=next]").focus();
    var marks = radios(next);
    (marks.filter(function (mark) { return mark.checked; })[0] || marks[0]).focus();
  }

  document.addEventListener("keydown", function (event) {
    var mark = event.target;
    if (mark.type !== "radio" || event.ctrlKey || event.altKey || event.metaKey) return;
    var key = event.key.toLowerCase() === "t" ? "10" : event.key;
    var value = (keys[mark.name] || {})[key];
    var wanted = radios(mark.name).filter(function (one) { return one.value === value; })[0];
    if (!wanted) return;
    event.preventDefault();
    wanted.checked = true;
    wanted.dispatchEvent(new Event("input", { bubbles: true }));
    wanted.dispatchEvent(new Event("change", { bubbles: true }));
    go_on(mark.name);
  });

  var first = names()[0];
  if (first && !document.querySelector("[data-focus]")) radios(first)[0].focus();
})();
