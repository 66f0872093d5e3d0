// Uses the page of a graph as a person does, with pointer and keys: page.mjs CHROMIUM FILE FIND SCREENSHOT
// Prints one JSON object: what was seen at each step, how long steps took at best in milliseconds, and what the browser complained of.
import { createRequire } from "node:module";
import path from "node:path";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const load = createRequire(path.join(process.cwd(), "package.json"));
const { chromium } = load("playwright-core");
const axe = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
const [executablePath, file, wanted, screenshot] = process.argv.slice(2);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
const complaints = [], seen = {}, milliseconds = {};

const painted = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const said = (page, selector) => page.evaluate((wanted) => [...document.querySelectorAll(wanted)].map((each) => each.innerText.trim()), selector);
const pixels = (page) => page.evaluate(() => {
  const canvas = document.getElementById("page"), data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(data.buffer)).size;
});
async function timed(name, page, act) {
  const start = performance.now();
  await act();
  await painted(page);
  milliseconds[name] = Math.min(milliseconds[name] ?? Infinity, Math.round(performance.now() - start));
}

try {
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(10000);
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => request.url().startsWith("file:") || complaints.push(`asks ${request.url()}`));
    await timed("open", page, () => page.goto(pathToFileURL(file).href));
    seen[`${colorScheme} background`] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    seen[`${colorScheme} colours drawn`] = await pixels(page);
    seen.legend = await said(page, "#legend button");
    seen.all = await said(page, "#said");
    await page.keyboard.press("/");
    await timed("search", page, () => page.keyboard.insertText(wanted));
    seen.found = await said(page, "#tasks button span:last-child");
    await timed("choose by key", page, () => page.keyboard.press("Enter"));
    seen.title = await said(page, "#about h2");
    seen.sections = await said(page, "#about h3");
    seen.about = (await said(page, "#about"))[0];
    seen.address = new URL(page.url()).hash;
    await page.screenshot({ path: `${screenshot}-${colorScheme}-chosen.png` });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    for (const violation of violations) complaints.push(`${colorScheme}: ${violation.id}: ${violation.nodes[0].html} ${violation.nodes[0].any[0]?.message ?? ""}`);
    await page.keyboard.press("Escape");
    seen.afterEscape = await page.isHidden("#about");
    await page.fill("#find", "_PART.scss");
    seen.byFile = await said(page, "#tasks button span:last-child");
    if (seen.byFile.length) {
      await page.click("#tasks button");
      seen.ofFile = await said(page, "#about h3");
      await page.keyboard.press("Escape");
    }
    await page.fill("#find", "");
    await page.focus("#page");
    await page.keyboard.press("0");
    await painted(page);
    const spot = await page.evaluate((name) => {
      const task = byName.get(name), { left, top } = canvas.getBoundingClientRect();
      return [left + view.x + (task.x + task.width / 2) * view.scale, top + view.y + (task.y + HEIGHT / 2) * view.scale];
    }, wanted);
    await timed("click", page, () => page.mouse.click(...spot));
    seen.clicked = await said(page, "#about h2");
    await page.focus("#page");
    await page.keyboard.press("ArrowLeft");
    seen.leftOfIt = await said(page, "#about h2");
    await page.keyboard.press("Escape");
    await page.click("#legend button[data-kind=check]");
    seen.checks = await said(page, "#said");
    await page.click("#legend button[data-kind=check]");
    await page.focus("#page");
    await page.keyboard.press("0");
    await timed("drag", page, async () => { await page.mouse.move(700, 500); await page.mouse.down(); await page.mouse.move(760, 540, { steps: 5 }); await page.mouse.up(); });
    seen.widestName = await page.evaluate(() => { pen.font = FONT; return tasks.every((task) => pen.measureText(task.label).width <= task.width - 28); });
    seen.apart = await page.evaluate(() => !tasks.some((one) => tasks.length < 500 && tasks.some((other) => one !== other && one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + HEIGHT && other.y < one.y + HEIGHT)));
    seen.folds = await page.isVisible("#folds");
    if (seen.folds) {
      const names = () => page.evaluate(() => tasks.map((task) => task.name));
      await page.keyboard.press("Escape");
      seen.drawnFolded = await names();
      seen.stateOfPile = await page.evaluate(() => stateOf(tasks.find(isFolded)));
      await page.fill("#find", "part:7");
      await page.focus("#find");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      seen.chosenPart = await said(page, "#about h2");
      seen.drawnOpened = (await names()).length;
      await page.fill("#find", "");
      await page.evaluate(() => choose(byName.get("pile"), true));
      await page.focus("#page");
      await page.keyboard.press("Enter");
      seen.drawnAgain = (await names()).length;
      seen.ofPile = (await said(page, "#about h3"))[0];
      await page.click("#folds");
      seen.drawnAll = (await names()).length;
    }
    await page.screenshot({ path: `${screenshot}-${colorScheme}.png` });
    await page.setViewportSize({ width: 390, height: 844 });
    await painted(page);
    seen.isNarrowEnough = await page.evaluate(() => document.documentElement.scrollWidth <= 390);
    await context.close();
  }
} catch (error) {
  complaints.push(String(error.stack));
} finally {
  await browser.close();
}
console.log(JSON.stringify({ complaints, seen, milliseconds }));
