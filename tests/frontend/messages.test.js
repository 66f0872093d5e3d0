// The messages of the reader's language, which stand before each language's script.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.TRANSLATIONS = { messages: { "%(count)s release": ["%(count)s Version", "%(count)s Versionen"], "%(count)s file": ["%(count)s Datei"] }, plural: (n) => Number(n !== 1) };
const { ngettext } = await import("../../static/js/messages");

test("a translation is taken in its form", () => {
  assert.equal(ngettext("%(count)s release", "%(count)s releases", 1), "1 Version");
  assert.equal(ngettext("%(count)s release", "%(count)s releases", 3), "3 Versionen");
});

test("without one the source text shows, in its form", () => {
  assert.equal(ngettext("%(count)s day", "%(count)s days", 1), "1 day");
  assert.equal(ngettext("%(count)s day", "%(count)s days", 2), "2 days");
  assert.equal(ngettext("%(count)s file", "%(count)s files", 2), "2 files", "a form that is missing");
});
