// What two builds of the generated project, or of its admin site, are in a real browser: parity.mjs CHROMIUM OURS THEIRS. Prints one JSON object.
//
// A browser is the normaliser of sheets: what it made of one is read back rule by rule, each shorthand as its parts, each colour and length in one form.
// What is for other browsers alone (`-moz-…`) it forgets; postcss counts that. The hashes in addresses are left out.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";

const load = createRequire(path.join(process.cwd(), "package.json"));
const { chromium } = load("playwright-core");
const postcss = load("postcss");
const [executablePath, ...folders] = process.argv.slice(2);
const LANGUAGES = { en: "ltr", de: "ltr", ar: "rtl" };
const CONTROLLERS = 35;
const SHOWN = 12;
const TYPES = { ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".map": "application/json" };
const HASH = /\.[0-9a-f]{8,12}(?=\.)/g;

const builds = folders.map((folder) => ({ folder, manifest: JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8")) }));
const servers = await Promise.all(builds.map(served));
const browser = await chromium.launch({ executablePath, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
const result = { keys: keys(), sheets: {}, pages: {} };
for (const name of result.keys.of_both.filter((each) => each.endsWith(".css"))) result.sheets[name] = await sheets(name);
if ("js/site.js.map" in builds[0].manifest) for (const [language, dir] of Object.entries(LANGUAGES)) result.pages[language] = await both(site, language, dir);
else result.pages.admin = await both(admin);
await browser.close();
servers.forEach((server) => server.close());
result.keys.of_both = result.keys.of_both.length;
console.log(JSON.stringify(result, null, 1));

function served({ folder }) {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    if (pathname === "/") return response.setHeader("content-type", "text/html; charset=utf-8").end(searchParams.get("page"));
    const file = path.join(folder, decodeURIComponent(pathname));
    if (!existsSync(file)) return response.writeHead(404).end();
    response.setHeader("content-type", TYPES[path.extname(file)] ?? "application/octet-stream").end(readFileSync(file));
  });
  return new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server)));
}

function keys() {
  const [ours, theirs] = builds.map(({ manifest }) => Object.keys(manifest));
  const lacks = (of, names) => of.filter((name) => !names.includes(name)).sort();
  return { of_both: ours.filter((name) => theirs.includes(name)), ours_alone: lacks(ours, theirs), theirs_alone: lacks(theirs, ours) };
}

async function open(number, page) {
  const { port } = servers[number].address();
  const opened = await browser.newPage();
  const problems = [];
  opened.on("pageerror", (error) => problems.push(String(error)));
  opened.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await opened.goto(`http://127.0.0.1:${port}/?page=${encodeURIComponent(page)}`);
  return { opened, problems };
}

// Sheets

async function sheets(name) {
  const [ours, theirs] = await Promise.all(builds.map((build, number) => declarations(number, build.manifest[name])));
  const vendors = builds.map((build) => others(readFileSync(path.join(build.folder, build.manifest[name]), "utf8")));
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  const different = names.filter((each) => ours[each] !== theirs[each]);
  const shown = different.slice(0, SHOWN).map((each) => `${each}: ${ours[each] ?? "none"}; theirs: ${theirs[each] ?? "none"}`);
  return { declarations: names.length, different: different.length, shown, for_other_browsers: vendors };
}

async function declarations(number, file) {
  const { opened } = await open(number, `<!doctype html><link rel=stylesheet href="${file}">`);
  const found = await opened.evaluate(() => {
    const said = {};
    const parts = (text) => text.split(/,(?![^(]*\))/).map((each) => each.trim());
    const walk = (rules, above) => {
      for (const rule of rules) {
        const own = rule.selectorText ? parts(rule.selectorText) : [rule.keyText ?? rule.conditionText ?? (rule.style?.getPropertyValue("font-family") || rule.name || rule.cssText)];
        for (const name of own) {
          for (const property of rule.style ?? []) said[`${above}${name} { ${property} }`] = `${rule.style.getPropertyValue(property)}${rule.style.getPropertyPriority(property)}`;
        }
        if (rule.cssRules?.length) walk(rule.cssRules, `${above}${rule.constructor.name} ${own.join(", ")} > `);
      }
    };
    for (const sheet of document.styleSheets) walk(sheet.cssRules, "");
    return said;
  });
  await opened.close();
  return Object.fromEntries(Object.entries(found).map(([name, text]) => [name, plain(text.replaceAll(/https?:\/\/[^/]*\//g, "/").replaceAll(HASH, ""))]));
}

// A browser leaves the values of custom properties as they were written, and what it does with variables in others.
function plain(text) {
  const colours = text.replaceAll(/#([0-9a-f])([0-9a-f])([0-9a-f])\b/gi, "#$1$1$2$2$3$3").replaceAll(/#[0-9a-f]+/gi, (each) => each.toLowerCase());
  const said = colours.replaceAll(/\s*([,()/*])\s*/g, "$1").replaceAll(/\b0\./g, ".").replaceAll(/'/g, '"').trim();
  const known = said.replaceAll(/hsla\(0,0%,100%,/g, "rgba(255,255,255,").replaceAll(/hsla\(0,0%,0%,/g, "rgba(0,0,0,");
  // A sum in a sum, and the order of factors, say nothing: what is calculated is compared as a heap of its words.
  return known.includes("calc(") ? known.replaceAll("calc", "").match(/[\w.#%-]+|[*/+]/g).sort().join(" ") : known;
}

function others(text) {
  let count = 0;
  postcss.parse(text).walkDecls(/^-(moz|ms|o)-/, () => void (count += 1));
  return count;
}

// Pages

async function both(page, ...words) {
  const [ours, theirs] = await Promise.all(builds.map((build, number) => page(number, build.manifest, ...words)));
  const isEqual = JSON.stringify(ours) === JSON.stringify(theirs);
  return { ...ours, is_equal: isEqual, ...(isEqual ? {} : { theirs }) };
}

async function admin(number, manifest) {
  const { opened, problems } = await open(number, `<!doctype html><script src="${manifest["js/admin.js"]}"></script>`);
  await opened.waitForFunction(() => window.started);
  const found = { started: await opened.evaluate(() => window.started), dollar: await opened.evaluate(() => typeof window.$.fn.modal), problems };
  await opened.close();
  return found;
}

async function site(number, manifest, language, dir) {
  const things = Array.from({ length: CONTROLLERS }, (_, each) => `<p data-controller="thing-${each}" data-count="${each % 4}" class="code logo"></p>`).join("");
  const sheet = manifest[`css/site${dir === "rtl" ? ".rtl" : ""}.css`];
  const { opened, problems } = await open(number, `<!doctype html><html lang=${language} dir=${dir}><link rel=stylesheet href="${sheet}">${things}<script src="${manifest[`js/site.${language}.js`]}"></script>`);
  await opened.waitForFunction((count) => document.querySelectorAll("p").length === count && [...document.querySelectorAll("p")].every((each, at) => each.dataset[`said${at}`]), CONTROLLERS);
  const said = await opened.evaluate(() => [...document.querySelectorAll("p")].map((each, at) => each.dataset[`said${at}`]));
  const words = await opened.evaluate(() => window.dictionaries());
  const style = await opened.evaluate(() => (({ direction, textAlign }) => `${direction} ${textAlign}`)(getComputedStyle(document.querySelector("p"))));
  const scripts = await opened.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js")).length);
  await opened.close();
  return { texts: said.length, first: said.slice(0, 3), characters: said.join("|").length, words, style, scripts, problems };
}
