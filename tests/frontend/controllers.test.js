// What the controllers do to a page, in jsdom.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Application } from "@hotwired/stimulus";
import { JSDOM } from "jsdom";

import ClipboardController from "../../static/js/controllers/clipboard_controller";
import FilterController from "../../static/js/controllers/filter_controller";
import ShortcutController from "../../static/js/controllers/shortcut_controller";
import ThemeController from "../../static/js/controllers/theme_controller";

let application;

async function page(body) {
  const { window } = new JSDOM(`<!doctype html><body>${body}</body>`, { url: "https://index.example.org/" });
  window.matchMedia = () => ({ matches: false });
  for (const name of ["window", "document", "Element", "HTMLElement", "Node", "MutationObserver", "Event", "CustomEvent", "KeyboardEvent", "MouseEvent", "localStorage"]) {
    Object.defineProperty(globalThis, name, { value: name === "window" ? window : window[name], configurable: true, writable: true });
  }
  if (window.document.readyState !== "complete") await new Promise((resolve) => window.addEventListener("load", resolve));
  application = Application.start(window.document.documentElement);
  application.register("clipboard", ClipboardController);
  application.register("filter", FilterController);
  application.register("shortcut", ShortcutController);
  application.register("theme", ThemeController);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return window.document;
}

beforeEach(() => {
  delete globalThis.TRANSLATIONS;
});

afterEach(() => application.stop());

test("the filter hides what does not fit, and counts the rest", async () => {
  const document = await page(`
    <div data-controller="filter">
      <p hidden><input data-filter-target="field" data-action="input->filter#narrow"></p>
      <p data-filter-target="count"></p>
      <ul><li data-filter-target="item">1.0</li><li data-filter-target="item">2.0</li><li data-filter-target="item">2.1</li></ul>
    </div>`);
  const field = document.querySelector("input");
  assert.equal(field.closest("p").hidden, false, "it is shown where scripts run");
  field.value = " 2. ";
  field.dispatchEvent(new Event("input"));
  assert.deepEqual([...document.querySelectorAll("li")].map((item) => item.hidden), [true, false, false]);
  assert.equal(document.querySelector("[data-filter-target=count]").textContent, "2 releases");
});

test("a slash moves the focus to the search, but not out of a field", async () => {
  const document = await page(`
      <input id="other"><div data-controller="shortcut" data-action="keydown@document->shortcut#focus"><input id="search" data-shortcut-target="field"></div>`);
  const press = (target) => target.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true }));
  press(document.getElementById("other"));
  assert.notEqual(document.activeElement?.id, "search");
  press(document.body);
  assert.equal(document.activeElement.id, "search");
});

test("the theme is switched and remembered", async () => {
  const document = await page(`<div data-controller="theme"><button hidden data-theme-target="button" data-action="theme#toggle"></button></div>`);
  const button = document.querySelector("button");
  assert.equal(button.hidden, false);
  button.click();
  assert.equal(document.documentElement.dataset.theme, "dark");
  assert.equal(localStorage.getItem("theme"), "dark");
  assert.equal(button.getAttribute("aria-pressed"), "true");
  button.click();
  assert.equal(document.documentElement.dataset.theme, "light");
});

test("what is copied is said for a moment", async (context) => {
  const copied = [];
  Object.defineProperty(globalThis, "navigator", { value: { clipboard: { writeText: async (text) => copied.push(text) } }, configurable: true });
  const document = await page(`
    <div data-controller="clipboard" data-clipboard-done-value="Copied">
      <code data-clipboard-target="source"> pip install it </code><button data-clipboard-target="button" data-action="clipboard#copy">Copy</button>
    </div>`);
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const button = document.querySelector("button");
  button.click();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(copied, ["pip install it"]);
  assert.equal(button.textContent, "Copied");
  context.mock.timers.tick(2000);
  assert.equal(button.textContent, "Copy");
});
