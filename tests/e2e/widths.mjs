// Opens pages at several widths: widths.mjs CHROMIUM ADDRESS PATHS WIDTHS USERNAME PASSWORD
// PATHS and WIDTHS are JSON lists, the pages are seen by that person, then by nobody. Prints one JSON list.
import { createRequire } from "node:module";
import path from "node:path";

const load = createRequire(path.join(process.cwd(), "package.json"));
const { chromium } = load("playwright-core");
const [executablePath, address, paths, widths, username, password] = process.argv.slice(2);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const measured = [];

const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
try {
  for (const isKnown of [true, false]) for (const width of JSON.parse(widths)) await measure(width, isKnown);
} finally {
  await browser.close();
}
console.log(JSON.stringify(measured));

async function measure(width, isKnown) {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(10000);
  if (isKnown) {
    await page.goto(`${address}/account/login/`);
    await page.fill("#username", username);
    await page.fill("#password", password);
    await page.click("#login button");
    await page.waitForURL(/account\/$/);
  }
  for (const each of JSON.parse(paths)) {
    const answer = await page.goto(address + each);
    const found = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      window: window.innerWidth,
      // What runs out of the card that it is in.
      outside: [...document.querySelectorAll(".card, .install")].filter((card) => card.scrollWidth > card.clientWidth).length,
      // The lines of a digest are of one length: no single character stands below.
      digests: [...document.querySelectorAll(".digest")].map((digest) => [...digest.getClientRects()].map(({ width }) => Math.round(width)).filter((width) => width)),
      // The name and the links of the bar stand side by side.
      isOneRow: [...document.querySelectorAll(".site-header")].every((bar) => bar.querySelector("nav").getBoundingClientRect().top < bar.querySelector(".brand").getBoundingClientRect().bottom),
    }));
    measured.push({ path: each, status: answer.status(), isKnown, width, ...found });
  }
  await context.close();
}
