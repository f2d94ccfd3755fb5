// Runs form.js on pages given as JSON trees, with as much of a document as form.js asks for.
"use strict";
const { readFileSync } = require("fs");

class Part {
  constructor(tree, parent) {
    this.attributes = { ...tree.attributes };
    this.tagName = tree.tag.toUpperCase();
    this.parentNode = parent;
    this.value = tree.value;
    this.checked = "checked" in this.attributes;
    this.disabled = false;
    this.hidden = false;
    this.children = tree.children.map((child) => new Part(child, this));
  }
  get name() { return this.attributes.name || ""; }
  get type() { return this.attributes.type || this.tagName.toLowerCase(); }
  get dataset() { return { when: this.attributes["data-when"], evaluate: "" }; }
  matches(selector) {
    return selector.split(",").some((one) => {
      if (one === "[hidden]") return this.hidden;
      if (one[0] === "[") return one.slice(1, -1) in this.attributes;
      return one.toUpperCase() === this.tagName;
    });
  }
  closest(selector) {
    if (this.matches(selector)) return this;
    return this.parentNode && this.parentNode.closest(selector);
  }
  querySelectorAll(selector) {
    return this.children.flatMap((child) =>
      [...(child.matches(selector) ? [child] : []), ...child.querySelectorAll(selector)]);
  }
  addEventListener() {}
}

const [script, pages] = JSON.parse(readFileSync(0, "utf-8"));
const run = new Function("document", script);
const told = pages.map((tree) => {
  const page = new Part(tree, null);
  run(page);
  return Object.fromEntries(page.querySelectorAll("[data-when]").map((part) =>
    [part.attributes.id, part.closest("[hidden]") === null]));
});
process.stdout.write(JSON.stringify(told));
