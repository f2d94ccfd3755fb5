// Answers for assessment pages while the server cannot be reached. It keeps nothing of a patient:
// only styles, scripts and a blank page.
"use strict";
var NAME = "blank-{{ version }}";
var KEPT = {{ kept|tojson }};

// A later version waits until no page of the one before is open: taking over while a form is on its
// way would hold that form up for good (seen in Chromium).
self.addEventListener("install", function (event) {
  event.waitUntil(caches.open(NAME).then(function (cache) { return cache.addAll(KEPT); }));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(
    caches.keys()
      .then(function (names) {
        return Promise.all(names.map(function (name) {
          return name.indexOf("blank-") === 0 && name !== NAME ? caches.delete(name) : null;
        }));
      })
      .then(function () { return self.clients.claim(); })
  );
});

// What sends the answers, in the language of the page.
function is_sender(path) {
  return /\/static\/[^/]+\/answer\.js$/.test(path);
}

// The page that is open says in which language the blank one is to be, and what sends its answers.
self.addEventListener("message", function (event) {
  event.waitUntil(Promise.all([].concat(event.data).map(String).map(function (address) {
    var name = address.split("?")[0];
    if (name !== KEPT[0] && !is_sender(name)) return null;
    return fetch(address).then(function (page) {
      return page.ok ? caches.open(NAME).then(function (cache) { return cache.put(name, page); }) : null;
    }, function () { /* not connected: the one that is kept stays */ });
  })));
});

function blank() {
  return caches.match(KEPT[0]).then(function (page) { return page || Response.error(); });
}

function fresh(request) {
  return fetch(request).then(function (answer) {
    if (answer.ok) {
      var copy = answer.clone();
      caches.open(NAME).then(function (cache) { cache.put(request, copy); });
    }
    return answer;
  }, function () {
    return caches.match(request).then(function (kept) { return kept || Response.error(); });
  });
}

// Back to the answer to a form: no browser may keep that page, which is not being offline. It leads
// to where the draft stands; on the way there the browser still asks for what it kept.
function back(request, draft) {
  if (request.method === "POST") return Response.redirect(draft + "resume", 303);
  return fetch(request.url, { credentials: "same-origin", redirect: "manual" }).catch(blank);
}

self.addEventListener("fetch", function (event) {
  var path = new URL(event.request.url).pathname;
  var draft = /^.*\/assessments\/[0-9a-f-]{36}\//.exec(path);
  if (event.request.mode === "navigate" && draft) {
    event.respondWith(event.request.cache === "only-if-cached" ? back(event.request, draft[0])
      : fetch(event.request).catch(blank));
  } else if (event.request.method === "GET" && (KEPT.indexOf(path) > 0 || is_sender(path))) {
    event.respondWith(fresh(event.request));
  }
});
