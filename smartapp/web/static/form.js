// Shows and hides what depends on other answers. A form works without this file: the server decides.
(function () {
  "use strict";

  function start(root) {
    var form = root.closest("form");
    var asked = 0;
    var timer;

    function answers(name) {
      var found = [], known = false;
      root.querySelectorAll("[name]").forEach(function (field) {
        var rest = field.name.indexOf(name) ? "-" : field.name.slice(name.length);
        if (!/^(\*\d+)?(:other)?$/.test(rest)) return;
        known = true;
        if (field.disabled || (/radio|checkbox/.test(field.type) && !field.checked)) return;
        if (field.value.trim()) found.push(field.value);
      });
      return known && found;
    }

    function holds(rule) {
      var given = answers(rule[0]), by = rule[1], wanted = rule[2];
      if (by === "exists") return given.length > 0 === wanted;
      if (by === "in" || by === "out") {
        return given.some(function (one) { return wanted.indexOf(one) >= 0; }) === (by === "in");
      }
      var numbers = given.map(function (one) { return Number(one.replace(",", ".")); }).filter(isFinite);
      if (by === "!=") return numbers.indexOf(wanted) < 0;
      return numbers.some(function (one) {
        if (by === "=") return one === wanted;
        if (by === ">") return one > wanted;
        if (by === "<") return one < wanted;
        return by === ">=" ? one >= wanted : one <= wanted;
      });
    }

    function disable() {
      root.querySelectorAll("input,select,textarea,button").forEach(function (field) {
        field.disabled = Boolean(field.parentNode.closest("[hidden]"));
      });
    }

    // What one rule opens may be what another asks about: until nothing changes, or long enough.
    function decide() {
      for (var round = 0, changed = true; changed && round < 9; round++) {
        changed = false;
        root.querySelectorAll("[data-when]").forEach(function (part) {
          var rules = JSON.parse(part.dataset.when);
          if (!rules.of.every(function (rule) { return answers(rule[0]); })) return;
          var hide = !rules.of[rules.all ? "every" : "some"](holds);
          changed = changed || part.hidden !== hide;
          part.hidden = hide;
        });
        disable();
      }
    }

    // The server's rules; without a connection everything stays as it is shown.
    function ask() {
      var mine = ++asked, sent = new URLSearchParams();
      new FormData(form).forEach(function (value, name) {
        if (typeof value === "string") sent.append(name, value);
      });
      fetch(root.dataset.evaluate, { method: "POST", body: sent })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(function (told) { if (told && mine === asked) follow(told); }, function () {});
    }

    function each(found, act) {
      Object.keys(found || {}).forEach(function (name) { act(name, found[name]); });
    }

    function follow(told) {
      each(told.enabled, function (name, is) {
        var part = document.getElementById("item-" + name);
        if (part && !part.dataset.when) part.hidden = !is;
      });
      each(told.values, function (name, words) {
        var place = document.getElementById("field-" + name);
        if (place && place.tagName === "OUTPUT") place.textContent = words;
      });
      each(told.options, function (name, off) {
        root.querySelectorAll("[name='" + name + "']").forEach(function (mark) {
          var part = mark.closest(".option");
          if (part) part.hidden = !mark.checked && off.indexOf(mark.value) >= 0;
        });
      });
      decide();
    }

    function same(name) {
      return root.querySelectorAll("[name='" + name + "']");
    }

    // One answer alone: "none of these" and the others exclude each other.
    function exclude(mark) {
      if (mark.type !== "checkbox" || !mark.checked) return;
      var alone = mark.hasAttribute("data-exclusive");
      same(mark.name).forEach(function (other) {
        if (other !== mark && (alone || other.hasAttribute("data-exclusive"))) other.checked = false;
      });
    }

    root.addEventListener("input", function (event) {
      var field = event.target;
      if (field.hasAttribute("data-other") && field.value) {
        same(field.name.slice(0, -6)).forEach(function (mark) {
          if (mark.value === "other") mark.checked = true;
          else if (mark.tagName === "SELECT") mark.value = "other";
        });
      }
      exclude(field);
      decide();
      clearTimeout(timer);
      if (root.dataset.evaluate) timer = setTimeout(ask, 300);
    });

    root.addEventListener("click", function (event) {
      var button = event.target.closest("[name^='clear:']");
      if (!button) return;
      event.preventDefault();
      var marks = same(button.name.slice(6));
      marks.forEach(function (mark) { mark.checked = false; });
      same(button.name.slice(6) + ":other").forEach(function (field) { field.value = ""; });
      marks[0].focus();
      marks[0].dispatchEvent(new Event("input", { bubbles: true }));
    });

    decide();
  }

  document.querySelectorAll("[data-form]").forEach(start);
})();
