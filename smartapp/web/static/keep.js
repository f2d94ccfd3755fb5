// The page of a draft, until answer.js is there: draft.js and its company, fetched at the first
// touch. What is answered meanwhile is kept on this device, encrypted; what is pressed waits.
// The key comes with the page and stays in memory. Every page works without this file.
(() => {
  const find = (selector) => document.querySelector(selector);
  const form = find("form[data-draft]");
  if (!form) return;
  const data = form.dataset;
  const prefix = "draft/" + data.draft + "/";
  const client = crypto.randomUUID();
  const own = prefix + client;
  const news = {};
  const watches = JSON.parse(data.watch || "{}");
  let key, asked, useless, pressed, last, through;

  const make = (name, attributes) => Object.assign(document.createElement(name), attributes);

  const secret = (async () => {
    const jwk = { kty: "oct", k: data.secret };
    key = await crypto.subtle.importKey("jwk", jwk, "AES-GCM", false, ["encrypt", "decrypt"]);
    form.removeAttribute("data-secret");
    // What an earlier page of this draft could not send is in draft.js's hands.
    if (Object.keys(localStorage).some((name) => name.startsWith(prefix))) more();
    return key;
  })();
  let writing = secret.catch(() => { /* a browser that keeps nothing */ });

  // Keeps the changes that were not sent. Writes follow one another, so that the last one stays.
  const keep = (unsent) => writing = writing.then(async () => {
    if (!key) return;
    if (!unsent.length) return localStorage.removeItem(own);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(unsent));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain);
    localStorage.setItem(own, JSON.stringify({
      handle: data.handle, at: Date.now(), iv: [...iv], data: [...new Uint8Array(sealed)],
    }));
  }).catch(() => { kept.nowhere = true; /* it stays in this page, which says so */ });

  const more = () => {
    if (asked) return;
    asked = true;
    const onload = () => through || failed(useless = true);
    document.head.append(make("script", { src: data.more, onerror: failed, onload }));
  };

  // Without answer.js though there is a connection, the page works as it does without scripts.
  const failed = () => {
    asked = useless;
    // Not within the press itself: a browser sends nothing then.
    if (pressed && navigator.onLine) return writing.then(() => setTimeout(begin));
    setTimeout(more, 5000);
    writing.then(() => {
      if (through) return;
      const state = find("[data-draft-state]");
      state.className = "draft-state notice warn";
      state.textContent = kept.nowhere ? data.lost : data.kept;
    });
  };

  const begin = () => {
    if (through) return;
    through = true;
    last?.dispatchEvent(new Event("input", { bubbles: true }));
    pressed?.target.requestSubmit(pressed.submitter);
  };

  const changed = ({ target }) => {
    last = target;
    const { name, type } = target;
    if (through || type === "file" || !name.startsWith("q/")) return;
    const given = new FormData(form);
    news[name] = given.getAll(name);
    if (/^(radio|checkbox|select)/.test(type)) look(name, news[name]);
    keep([{
      number: +data.number, client, sequence: 1, at: kept.at = Date.now(),
      seen: +given.get("revision"), rebased: +given.get("rebased"), fields: news,
      hand: given.get("hand"), language: document.documentElement.lang,
    }]);
  };

  // An answer that needs action. Help is shown at once: the connection may be lost.
  // Where the first that is watched is null, the others are those that need none.
  const look = (name, texts) => {
    const watch = watches[name] || [];
    const needs = (text) => text && watch.includes(text) !== (watch[0] === null);
    if (texts.some((text) => needs(text.trim()))) alarm({ crisis: true, alert: { url: "#field-" + name, text: data.alarm } });
  };

  // Said at once, whatever else is still to be sent, and wherever the page is scrolled to.
  const alarm = (told) => {
    const crisis = find("[data-crisis]");
    if (told.crisis && crisis?.hidden) {
      crisis.hidden = false;
      crisis.scrollIntoView();
    }
    const { alert } = told;
    const bar = alert && find("[data-alert-bar]");
    if (!bar || bar.querySelector(`a[href='${alert.url}']`)) return;
    const line = make("p", { role: "alert" });
    line.append(make("a", { href: alert.url, textContent: alert.text }));
    bar.append(line);
    bar.hidden = false;
    bar.classList.add("is-new");
  };

  const kept = window.kept = {
    client, own, keep, begin, secret, look, alarm, forget: () => { key = null; },
  };

  addEventListener("submit", (event) => {
    if (through) return;
    pressed = event;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (useless) failed();
    more();
  }, true);
  form.oninput = changed;
  for (const name of ["pointermove", "pointerdown", "keydown", "focusin", "input", "offline"]) {
    addEventListener(name, more, true);
  }
  // A page that is only looked at closes itself after the idle time too: draft.js.
  setTimeout(more, 60000);
  setTimeout(() => through || location.reload(), data.idle * 1000);

  // Who is quick answers before this runs. Buttons have no default value; of a list draft.js knows.
  for (const target of form.elements) {
    const is_changed = "defaultValue" in target
      && (target.checked !== target.defaultChecked || target.value !== target.defaultValue);
    if (is_changed) changed({ target });
    if (is_changed || target.options) more();
  }
  // A page that was refused has much to do.
  if (find("[data-focus]")) more();

  // What lets a reload work without a connection can wait until all else is there.
  addEventListener("load", async () => {
    try {
      const { serviceWorker } = navigator;
      await serviceWorker.register(data.worker);
      (await serviceWorker.ready).active.postMessage([data.blank, data.more]);
    } catch { /* none in this browser */ }
  });
})();
