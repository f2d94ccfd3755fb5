// Sends every change of an assessment at once; what could not be sent yet is kept on this device
// (keep.js). Every page works without this file.
(function () {
  "use strict";
  var DAY = 24 * 60 * 60 * 1000;
  var WAITS = [1000, 2000, 5000, 10000, 20000];
  var PREFIX = "draft/";

  // ---- what this device keeps: one record for each open page of a draft

  function records() {
    var found = [];
    try {
      for (var i = 0; i < localStorage.length; i++) {
        if (localStorage.key(i).indexOf(PREFIX) === 0) found.push(localStorage.key(i));
      }
    } catch (_) { /* a browser that keeps nothing */ }
    return found;
  }

  function wipe(name) {
    try { localStorage.removeItem(name); } catch (_) { /* nothing was kept */ }
  }

  function read(name) {
    try { return JSON.parse(localStorage.getItem(name)); } catch (_) { return null; }
  }

  function of(key) {
    return records().filter(function (name) { return name.split("/")[1] === key; });
  }

  records().forEach(function (name) {
    var kept = read(name);
    if (!kept || !(Date.now() - kept.at < DAY)) wipe(name);
  });

  // ---- pages that only tell of it

  document.querySelectorAll("[data-draft-listed]").forEach(function (line) {
    if (of(line.dataset.draftListed).length) line.querySelector("[data-draft-unsent]").hidden = false;
  });
  document.querySelectorAll("[data-draft-wiped]").forEach(function (form) {
    form.addEventListener("submit", function () { of(form.dataset.draftWiped).forEach(wipe); });
  });

  // Closing the program wipes what this device keeps of the launch, and says so first.
  document.addEventListener("submit", function (event) {
    var way = /\/launches\/([^/]+)\/logout$/.exec(event.target.action);
    if (!way) return;
    var here = [].map.call(document.querySelectorAll("[data-draft-listed], [data-draft]"), function (e) {
      return e.dataset.draftListed || e.dataset.draft;
    });
    var unsent = records().filter(function (name) {
      return here.indexOf(name.split("/")[1]) >= 0 || (read(name) || {}).handle === way[1];
    });
    if (unsent.length && !event.target.dataset.warned) {
      event.preventDefault();
      event.stopImmediatePropagation();
      event.target.dataset.warned = "yes";
      var words = document.createElement("p");
      words.setAttribute("role", "alert");
      words.className = "problem";
      words.textContent = "Some answers on this device were not sent yet. Press “Close the program” "
        + "again to close it without them.";
      event.target.after(words);
    } else {
      unsent.forEach(wipe);
    }
  }, true);

  // What was posted is not posted again by this: the page it came from is opened.
  var blank = document.querySelector("[data-offline]");
  if (blank) {
    var named = location.pathname.split("/assessments/")[1] || "";
    var told = blank.querySelector("[data-offline-kept]");
    told.hidden = !of(named.split("/")[0]).length;
    var there = location.href.replace(/\/(submit|reopen)$/, "/review");
    var reload = function () {
      fetch(there, { method: "HEAD", cache: "no-store" })
        .then(function () { location.replace(there); }, function () {});
    };
    window.addEventListener("online", reload);
    setInterval(reload, 5000);
  }

  var form = document.querySelector("form[data-draft]");
  if (!form) return;

  // ---- the page of a draft

  var key = form.dataset.draft;
  var number = Number(form.dataset.number);
  var place = form.action.replace(/[^/]*$/, "");
  var kept_here = window.kept;
  var client = kept_here.client;
  var state = form.querySelector("[data-draft-state]");
  var revision = form.elements.revision;
  // A patient with the device in hand is not shown the way to the EHR's sign-in.
  var alone = !form.dataset.again;
  var secret = null;
  var queue = [];          // changes in order: {number, client, sequence, rebased, fields}
  var adopted = [];        // records of earlier pages whose changes are in the queue
  var sequence = 0;
  var sending = null;
  var timer = null;
  var tries = 0;
  var over = false;
  var wanted = null;       // the button to press as soon as everything is sent
  var through = false;
  var writing = Promise.resolve();

  // What it says, in the page's language (web/shipped.py).
  var WORDS = kept_here.words;

  // What only a touch, a key or a message shows, and the icon of the browser's tab.
  var look = document.querySelector("link[href$='form.css']");
  if (look && !document.querySelector("link[href$='answer.css']")) {
    var sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = look.href.replace("form.css", "answer.css");
    var icon = document.createElement("link");
    icon.rel = "icon";
    icon.href = look.href.replace("form.css", "icon.svg");
    document.head.append(sheet, icon);
  }

  function say(words, isTrouble) {
    if (!state || over === "shut") return;
    state.textContent = words;
    state.className = isTrouble ? "draft-state notice warn" : "draft-state";
  }

  function keep() {
    return writing = kept_here.keep(queue.slice());
  }

  function open(name) {
    var kept = read(name);
    if (!kept) return [];
    var iv = Uint8Array.from(kept.iv), sealed = Uint8Array.from(kept.data);
    return crypto.subtle.decrypt({ name: "AES-GCM", iv: iv }, secret, sealed)
      .then(function (data) {
        adopted.push({ name: name, iv: String(kept.iv) });
        return JSON.parse(new TextDecoder().decode(data));
      }, function () { return []; });
  }

  // ---- fields

  function fields(shown) {
    var found = {};
    form.querySelectorAll("[name^='q/']").forEach(function (field) {
      if (/^(submit|button|file)$/.test(field.type)) return;
      var texts = found[field.name] = found[field.name] || [];
      var is = !/^(radio|checkbox)$/.test(field.type) || (shown ? field.defaultChecked : field.checked);
      if (is) texts.push(shown ? as_shown(field) : field.value);
    });
    return found;
  }

  // What the server put into a field, whatever was typed there since.
  function as_shown(field) {
    if (field.options) {
      var first = [].filter.call(field.options, function (one) { return one.defaultSelected; })[0];
      return (first || field.options[0] || field).value;
    }
    return field.type === "checkbox" || field.type === "radio" ? field.value : field.defaultValue;
  }

  function fill(name, texts) {
    var left = texts.slice();
    form.querySelectorAll("[name='" + name + "']").forEach(function (field) {
      if (/^(radio|checkbox)$/.test(field.type)) field.checked = texts.indexOf(field.value) >= 0;
      else field.value = left.length ? left.shift() : "";
    });
  }

  // Who is quick answers before this runs: that is news like any other.
  var known = fields(true);
  var touched = {};        // names of the fields that were changed on this page

  function changed() {
    var now = fields(), news = {}, any = false;
    Object.keys(now).forEach(function (name) {
      if (JSON.stringify(now[name]) === JSON.stringify(known[name])) return;
      news[name] = now[name];
      any = touched[name] = true;
      kept_here.look(name, now[name]);
    });
    known = now;
    if (!any || over === "closed" || over === "shut") return;
    sequence += 1;
    queue.push({
      number: number, client: client, sequence: sequence,
      rebased: Number(form.elements.rebased.value), fields: news,
      seen: Number(revision.value), at: kept_here.at || Date.now(),
      hand: (form.elements.hand || {}).value,  // whose page it is, whenever this is sent
      language: document.documentElement.lang,
    });
    kept_here.at = 0;
    keep();
    if (over) ended();
    else send();
  }

  // ---- sending, in order, one at a time

  function send() {
    clearTimeout(timer);
    if (!sending) sending = next().then(done, failed);
    return sending;
  }

  function next() {
    if (!queue.length) return Promise.resolve();
    say(WORDS.saving);
    var one = queue[0];
    return post(one).then(function (told) {
      alarm(told);
      // Nobody else changed anything: the page knows all there is.
      if (one.number === number && !told.elsewhere) revision.value = told.revision;
      queue.splice(queue.indexOf(one), 1);
      var last = queue.length ? null : told;
      return keep().then(function () { return last ? finished(last) : next(); });
    });
  }

  function post(one) {
    var body = {
      client: one.client, sequence: one.sequence, rebased: one.rebased, fields: one.fields,
      revision: Number(revision.value), seen: one.seen, hand: one.hand, language: one.language,
      // How long ago it was given: no clock is compared with another's.
      age: Math.max(0, Date.now() - one.at) || 0,
    };
    return fetch(place + one.number + "/answers", {
      method: "PATCH",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrf_token.value },
      body: JSON.stringify(body),
      // So that the last answer gets through although the page is just being left.
      keepalive: JSON.stringify(body).length < 30000,
    }).then(function (answer) {
      if (answer.ok) return answer.json();
      if (answer.status >= 500 || answer.status === 429) throw new Error("later");
      return answer.json().catch(function () { return {}; }).then(function (told) {
        throw { status: answer.status, told: told };
      });
    });
  }

  // What the page said by itself goes when the server has spoken.
  function alarm(told) {
    var bar = document.querySelector("[data-alert-bar]");
    if (bar && told.kept) {
      bar.querySelectorAll("a[href^='#']").forEach(function (one) { one.parentNode.remove(); });
      bar.hidden = !bar.children.length;
    }
    kept_here.alarm(told);
  }

  // What another page has kept there since is not sent yet.
  function drop_adopted() {
    adopted.splice(0).forEach(function (one) {
      if (String((read(one.name) || {}).iv) === one.iv) wipe(one.name);
    });
  }

  function finished(told) {
    drop_adopted();
    say(WORDS.saved.replace("{time}", told.kept) + (told.elsewhere ? ". " + WORDS.elsewhere : ""));
  }

  function done() {
    sending = null;
    tries = 0;
    connected(true);
    if (queue.length) return send();
    if (wanted) press();
    return null;
  }

  function failed(error) {
    sending = null;
    if (error && (error.status === 409 || error.status === 413)) return closed(error.told);
    if (error && error.status) return ended();
    connected(false);
    clearTimeout(timer);
    timer = setTimeout(send_or_press, WAITS[Math.min(tries++, WAITS.length - 1)]);
    writing.then(function () {
      if (tries && !over) say(WORDS.offline + " " + WORDS[wanted && wanted.hasAttribute("data-submit")
        ? "offline-submit" : queue.length ? unsent("offline-kept") : "offline-saved"], true);
    });
    return null;
  }

  function unsent(key) {
    return kept_here.nowhere ? "cannot-keep" : key;
  }

  function connected(is) {
    var submit = form.querySelector("[data-submit]");
    if (submit && is) submit.removeAttribute("aria-disabled");
    if (submit && !is) submit.setAttribute("aria-disabled", "true");
  }

  function send_or_press() {
    if (queue.length) send();
    else try_press(wanted);
  }

  // The launch is over, or the page does not belong to one any more. What was typed waits here.
  function ended() {
    over = "ended";
    say("", true);
    var bare = alone || window.top !== window;
    var how = WORDS[alone ? "again-alone" : bare ? "again" : "again-here"].split("{link}");
    state.textContent = [WORDS[alone ? "ended-alone" : "ended"],
      WORDS[queue.length ? unsent("ended-unsent") : "ended-saved"], how[0]].join(" ");
    if (bare) return null;
    var again = document.createElement("a");
    again.href = form.dataset.again;
    again.textContent = WORDS["again-link"];
    state.append(again, how[1]);
    return null;
  }

  function closed(told) {
    over = "closed";
    var lost = [];
    queue.forEach(function (one) {
      Object.keys(one.fields).forEach(function (name) { lost = lost.concat(one.fields[name]); });
    });
    queue = [];
    drop_adopted();
    keep();
    say((told.sentence || WORDS.stale)
      + (told.code === "draft-changed" ? " " + WORDS.reload : "")
      + (lost.length ? " " + WORDS.lost.replace("{answers}", function () { return lost.join("; "); }) : ""), true);
  }

  // ---- buttons: everything is sent first, so that the page that follows knows it

  form.addEventListener("submit", function (event) {
    if (through || over === "closed") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (over) return;
    changed();
    wanted = event.submitter || form.querySelector("button");
    if (queue.length || sending) send();
    else try_press();
  }, true);

  // Enter would have the whole page made anew and leave the field; every answer is kept without.
  form.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault();
  });

  // Asks for something small first: a press that finds no server would lose the page.
  function try_press() {
    var ask = { method: "HEAD", cache: "no-store", credentials: "same-origin" };
    return fetch(place + "review", ask).then(function (answer) {
      if (answer.status >= 500) return failed();
      if (!answer.ok) return failed({ status: answer.status });
      tries = 0;
      connected(true);
      if (wanted) return press();
      return say(queue.length ? WORDS.saving : WORDS.online);
    }, failed);
  }

  function press() {
    var button = wanted;
    wanted = null;
    through = true;
    if (number) {
      var mark = document.createElement("input");
      mark.type = "hidden";
      mark.name = "sent";
      mark.value = "yes";
      form.append(mark);
    }
    writing.then(function () { form.requestSubmit(button.form ? button : undefined); });
  }

  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    through = false;
    location.reload();
  });

  // ---- idle and logout

  var idle = null;
  function used() {
    clearTimeout(idle);
    idle = setTimeout(shut, Number(form.dataset.idle) * 1000);
  }

  // After the idle time the page forgets the key and shows no answer any more.
  function shut() {
    over = "shut";
    clearTimeout(timer);
    writing.then(function () {
      secret = null;
      kept_here.forget();
      var main = document.getElementById("main");
      var words = document.createElement("p");
      words.textContent = [WORDS.idle, WORDS[queue.length ? unsent("idle-unsent") : "idle-saved"],
        WORDS[alone ? "again-alone" : "again"]].join(" ");
      var head = document.createElement("h1");
      head.textContent = WORDS["idle-title"];
      main.replaceChildren(head, words);
      queue = [];
    });
  }

  ["pointerdown", "keydown", "input"].forEach(function (name) {
    document.addEventListener(name, used, true);
  });

  // ---- begin: take over what earlier pages of this draft could not send

  var pause = null;
  form.addEventListener("change", changed);
  form.addEventListener("input", function () {
    clearTimeout(pause);
    pause = setTimeout(changed, 400);
  });
  window.addEventListener("online", function () { if (!over) send_or_press(); });
  window.addEventListener("offline", function () { if (!over) failed(); });
  window.addEventListener("pagehide", changed);
  used();
  changed();

  kept_here.secret
    .then(function (made) {
      secret = made;
      return Promise.all(of(key).filter(function (name) { return name !== kept_here.own; }).map(open));
    })
    .then(function (kept) {
      var before = [].concat.apply([], kept);
      if (!before.length) return keep();
      before.forEach(function (one) {
        if (one.number !== number) return;
        Object.keys(one.fields).forEach(function (name) {
          if (touched[name]) delete one.fields[name];
          else fill(name, one.fields[name]);
        });
      });
      known = fields();
      (form.querySelector("[data-form]") || form).dispatchEvent(new Event("input", { bubbles: true }));
      queue = before.concat(queue);
      return send().then(function () {
        if (!number && !queue.length) location.reload();
      });
    })
    .catch(function () { say(WORDS["cannot-keep"]); });
  kept_here.begin();
})();
