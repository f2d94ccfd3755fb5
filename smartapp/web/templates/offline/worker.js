// Answers for assessment pages while the server cannot be reached. It keeps nothing of a patient:
// only styles, scripts and a blank page.
"use strict";
var NAME = "blank-{{ version }}" + self.location.search;
var KEPT = {{ kept|tojson }};

self.addEventListener("install", function (event) {
  event.waitUntil(
    caches.open(NAME).then(function (cache) { return cache.addAll(KEPT); })
      .then(function () { return self.skipWaiting(); })
  );
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

self.addEventListener("fetch", function (event) {
  var path = new URL(event.request.url).pathname;
  if (event.request.mode === "navigate" && /\/assessments\/[0-9a-f-]{36}\//.test(path)) {
    event.respondWith(fetch(event.request).catch(blank));
  } else if (event.request.method === "GET" && KEPT.indexOf(path) > 0) {
    event.respondWith(fresh(event.request));
  }
});
