// A page in a real Chromium that does what it is told, one JSON line each: browser.mjs CHROMIUM. Answers "ok", or what it saw instead.
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

const { chromium } = createRequire(path.join(process.cwd(), "package.json"))("playwright-core");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const browser = await chromium.launch({ executablePath: process.argv[2], headless: true, args: FLAGS });
const page = await browser.newPage();
const EVENTS = /\/__serve__\/events$/;
let release;
const released = new Promise((resolve) => { release = resolve; });
const said = [];
page.on("console", (message) => said.push(message.text()));

const look = () => page.evaluate(() => ({
  text: document.body?.innerText ?? "",
  overlay: document.getElementById("serve-overlay")?.shadowRoot.textContent ?? null,
  color: getComputedStyle(document.body).color,
  mark: window.mark ?? null,
}));

const holds = (wanted, found) =>
  (wanted.text === undefined || found.text.includes(wanted.text)) &&
  (wanted.overlay === undefined || (wanted.overlay === null ? found.overlay === null : found.overlay?.includes(wanted.overlay))) &&
  (wanted.color === undefined || found.color === wanted.color) &&
  (wanted.mark === undefined || found.mark === wanted.mark);

async function wait(wanted) {
  const deadline = Date.now() + 20000;
  let found = null;
  while (Date.now() < deadline) {
    try {
      found = await look();
      if (holds(wanted, found)) return "ok";
    } catch (error) {
      found = String(error);  // the page is just being loaded
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { wanted, found, said };
}

console.log(JSON.stringify("ready"));
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  let answer = "ok";
  if (told.hold) await page.route(EVENTS, async (route) => { await released; await route.continue(); });
  else if (told.release) release();
  else if (told.goto) await page.goto(told.goto);
  else if (told.set) await page.evaluate((mark) => { window.mark = mark; }, told.set);
  else if (told.size) await page.setViewportSize(told.size);
  else if (told.press) await page.keyboard.press(told.press);
  else if (told.find) {
    await page.keyboard.press("/");
    await page.keyboard.insertText(told.find);
    await page.keyboard.press("Enter");
    await page.fill("#find", "");
  } else answer = await wait(told);
  if (told.shot && answer === "ok") await page.screenshot({ path: told.shot });
  console.log(JSON.stringify(answer));
}
await browser.close();
