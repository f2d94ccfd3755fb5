// The page of a draft, until answer.js is there: draft.js and its company, fetched at the first
// touch. What is answered meanwhile is kept on this device, encrypted; what is pressed waits.
// The key comes with the page and stays in memory. Every page works without this file.
(function () {
  "use strict";
  var form = document.querySelector("form[data-draft]");
  if (!form) return;
  var data = form.dataset;
  var source = document.currentScript.src.replace("page.js", "answer.js");
  var prefix = "draft/" + data.draft + "/";
  var client = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2);
  var own = prefix + client;
  var news = {};
  var watches = JSON.parse(data.watch || "{}");
  var secret, asked, useless, pressed, last, through;

  function base64(buffer) {
    var text = "";
    new Uint8Array(buffer).forEach(function (byte) { text += String.fromCharCode(byte); });
    return btoa(text);
  }

  function has_before() {
    try {
      return Object.keys(localStorage).some(function (name) { return !name.indexOf(prefix); });
    } catch (_) { return false; /* a browser that keeps nothing */ }
  }

  // What an earlier page of this draft could not send is in draft.js's hands.
  var taken = Promise.resolve(Uint8Array.from(atob(data.secret), function (c) { return c.charCodeAt(0); }))
    .then(function (key) {
      return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
    }).then(function (made) {
      form.removeAttribute("data-secret");
      secret = made;
      if (has_before()) more();
      return made;
    });
  var writing = taken;

  // Keeps the changes that were not sent. Writes follow one another, so that the last one stays.
  function keep(unsent) {
    return writing = writing.then(function () {
      if (!secret) return null;
      if (!unsent.length) return localStorage.removeItem(own);
      var iv = crypto.getRandomValues(new Uint8Array(12));
      var plain = new TextEncoder().encode(JSON.stringify(unsent));
      return crypto.subtle.encrypt({ name: "AES-GCM", iv: iv }, secret, plain).then(function (sealed) {
        var kept = { handle: data.handle, at: Date.now(), iv: base64(iv), data: base64(sealed) };
        localStorage.setItem(own, JSON.stringify(kept));
      });
    }).catch(function () { window.kept.nowhere = true; /* it stays in this page, which says so */ });
  }

  function more() {
    if (asked) return;
    asked = document.createElement("script");
    asked.src = source;
    asked.onerror = failed;
    asked.onload = function () { if (!through) failed(useless = true); };
    document.head.append(asked);
  }

  // Without answer.js though there is a connection, the page works as it does without scripts.
  function failed() {
    if (!useless) asked = null;
    // Not within the press itself: a browser sends nothing then.
    if (pressed && navigator.onLine) return writing.then(function () { setTimeout(go_on); });
    setTimeout(more, 5000);
    return writing.then(function () {
      if (through) return;
      var words = JSON.parse(data.words);
      var state = form.querySelector("[data-draft-state]");
      state.className = "draft-state notice warn";
      state.textContent = words.offline + " " + words[window.kept.nowhere ? "cannot-keep" : "offline-kept"];
    });
  }

  function go_on() {
    if (through) return;
    through = true;
    if (last) last.dispatchEvent(new Event("input", { bubbles: true }));
    if (pressed) pressed.target.requestSubmit(pressed.submitter);
  }

  function changed(event) {
    last = event.target;
    var name = last.name;
    if (through || !/^q\//.test(name) || last.type === "file") return;
    news[name] = new FormData(form).getAll(name);
    if (/^(radio|checkbox|select)/.test(last.type)) look(name, news[name]);
    keep([{
      number: Number(data.number), client: client, sequence: 1, at: window.kept.at = Date.now(),
      seen: Number(form.elements.revision.value),
      rebased: Number(form.elements.rebased.value), fields: news, hand: (form.elements.hand || {}).value,
      language: document.documentElement.lang,
    }]);
  }

  // An answer that needs action. Help is shown at once: the connection may be lost.
  function look(name, texts) {
    var watch = watches[name] || [];
    if (texts.some(function (text) {
      return watch[0] === null ? text.trim() && watch.indexOf(text.trim()) < 0 : watch.indexOf(text) >= 0;
    })) alarm({ crisis: true, alert: { url: "#field-" + name, text: data.alarm } });
  }

  // Said at once, whatever else is still to be sent.
  function alarm(told) {
    var crisis = document.querySelector("[data-crisis]");
    if (crisis && told.crisis && crisis.hidden) {
      crisis.hidden = false;
      crisis.scrollIntoView({ block: "start" });
    }
    var bar = document.querySelector("[data-alert-bar]");
    if (!bar) return;
    // What the page said by itself goes when the server has spoken.
    if (told.kept) bar.querySelectorAll("a[href^='#']").forEach(function (one) { one.parentNode.remove(); });
    bar.hidden = !bar.children.length;
    if (!told.alert || bar.querySelector("a[href='" + told.alert.url + "']")) return;
    var line = document.createElement("p");
    var link = document.createElement("a");
    link.href = told.alert.url;
    link.textContent = told.alert.text;
    line.setAttribute("role", "alert");
    line.append(link);
    bar.append(line);
    bar.hidden = false;
    // Wherever the page is scrolled to.
    bar.classList.add("is-new");
    document.documentElement.classList.add("has-alert");
  }

  document.addEventListener("submit", function (event) {
    if (through) return;
    pressed = event;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (useless) failed();
    more();
  }, true);
  form.addEventListener("input", changed);
  ["pointermove", "pointerdown", "keydown", "focusin", "input"].forEach(function (name) {
    document.addEventListener(name, more, true);
  });
  window.addEventListener("offline", more);
  // A page that is only looked at closes itself after the idle time too: draft.js.
  setTimeout(more, 60000);
  setTimeout(function () { if (!through) location.reload(); }, data.idle * 1000);

  window.kept = {
    client: client, own: own, keep: keep, begin: go_on, secret: taken, look: look, alarm: alarm,
    forget: function () { secret = null; },
  };

  // Buttons have no default value, and the choice of a list is that of its options.
  function is_changed(field) {
    var chosen = field.options && field.options[field.selectedIndex];
    if (chosen) return !chosen.defaultSelected && (field.selectedIndex || field.querySelector("[selected]"));
    return "defaultValue" in field
      && (field.checked !== field.defaultChecked || field.value !== field.defaultValue);
  }

  // Who is quick answers before this runs; and a page that was refused has much to do.
  var early = [].filter.call(form.elements, is_changed);
  early.forEach(function (field) { changed({ target: field }); });
  if (early.length || document.querySelector("[data-focus]")) more();
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(data.worker)
      .then(function () { return navigator.serviceWorker.ready; })
      .then(function (made) { made.active.postMessage(data.blank); })
      .catch(function () {});
  }
})();
