// Opens the built documentation: documentation.mjs CHROMIUM FOLDER PATHS WIDTHS
// PATHS and WIDTHS are JSON lists; the first page is seen in the dark, too. Prints one JSON list.
import { createRequire } from "node:module";
import path from "node:path";

const load = createRequire(path.join(process.cwd(), "package.json"));
const { chromium } = load("playwright-core");
const [executablePath, folder, paths, widths] = process.argv.slice(2);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const measured = [];

const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
try {
  await read("light", JSON.parse(paths));
  await read("dark", JSON.parse(paths).slice(0, 1));
} finally {
  await browser.close();
}
console.log(JSON.stringify(measured));

async function read(colorScheme, pages) {
  const page = await browser.newPage({ colorScheme });
  for (const each of pages) {
    await page.goto(folder + each);
    for (const width of JSON.parse(widths)) {
      await page.setViewportSize({ width, height: 900 });
      const found = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        background: getComputedStyle(document.body).backgroundColor,
        // Commands of the pages for newcomers are read without scrolling sideways.
        cut: [...document.querySelectorAll(".highlight-console pre")].filter((block) => block.scrollWidth > block.clientWidth).length,
        missing: [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src),
      }));
      measured.push({ path: each, colorScheme, width, ...found });
    }
  }
  await page.close();
}
