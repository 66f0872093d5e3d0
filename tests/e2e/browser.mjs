// Walks through the index as a reader and an author do: browser.mjs CHROMIUM ADDRESS WHEEL SCREENSHOTS PASSES
// PASSES is a JSON list of {name, colorScheme, locale, dir}. Prints one JSON object: problems found, pages seen.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const load = createRequire(path.join(process.cwd(), "package.json"));
const { chromium } = load("playwright-core");
const axe = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
const [executablePath, address, wheel, screenshots, passes] = process.argv.slice(2);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const PASSWORD = "correct horse battery";
const problems = [];
const seen = [];

const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
try {
  for (const pass of JSON.parse(passes)) await walk(pass);
} catch (error) {
  problems.push(String(error.stack));
} finally {
  await browser.close();
}
console.log(JSON.stringify({ problems, seen }));

async function walk({ name, colorScheme, locale, dir, whole }) {
  const context = await browser.newContext({ colorScheme, locale, viewport: { width: 1200, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(10000);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(`${name}: console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`${name}: ${error}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // The browser itself gives up what a page still asks for when it is left.
    if (reason !== "net::ERR_ABORTED") problems.push(`${name}: ${request.url()} failed: ${reason}`);
  });
  page.on("request", (request) => request.url().startsWith(address) || problems.push(`${name}: asks ${request.url()}`));

  const look = async (place) => {
    await page.screenshot({ path: path.join(screenshots, `${name}-${place}.png`) });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    for (const violation of violations) problems.push(`${name}: ${place}: ${violation.id}: ${violation.nodes[0].html} ${violation.nodes[0].any[0]?.message ?? ""}`);
    const found = await page.evaluate(() => document.documentElement.dir);
    if (found !== dir) problems.push(`${name}: ${place}: direction is ${found}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) problems.push(`${name}: ${place}: ${overflow} pixels wider than the window`);
    seen.push(`${name}-${place}`);
  };

  await page.goto(address);
  await look("home");
  await page.keyboard.press("/");
  await page.keyboard.type("amber lantren");
  await page.keyboard.press("Enter");
  await page.waitForURL(/search/);
  await look("search");
  await page.click(".card a");
  await page.waitForURL(/project/);
  await look("project");
  if (whole) await author(page, look, name);
  await context.close();
}

async function author(page, look, name) {
  await page.click('a[href="/account/register/"]');
  await look("register");
  await page.fill("#username", name);
  await page.fill("#email", `${name}@example.org`);
  await page.fill("#password", PASSWORD);
  await page.click("#register button");
  await page.waitForURL(/account\/$/);
  await look("account");
  await page.click('form[action="/account/logout/"] button');
  await page.click('a[href="/account/login/"]');
  await page.goto(`${address}/account/forgot/`);
  await look("forgot");
  await page.goto(`${address}/account/login/`);
  await page.fill("#username", name);
  await page.fill("#password", "not the password");
  await page.click("#login button");
  await page.waitForSelector(".error");
  await look("login");
  await page.fill("#password", PASSWORD);
  await page.click("#login button");
  await page.waitForURL(/account\/$/);
  await page.goto(`${address}/account/tokens/`);
  await page.fill("#description", "laptop");
  await page.click("#make button");
  const token = await page.textContent("#made");
  await look("token");
  const project = await upload(token, name);
  await page.goto(`${address}/manage/${project}/`);
  await page.fill('form[action$="/yank/"] input[name=reason]', "It bites");
  await page.click('form[action$="/yank/"] button');
  await page.waitForSelector("[role=status]");
  await look("yanked");
  await page.goto(`${address}/project/${project}/`);
  if (!(await page.textContent(".notice")).includes("It bites")) problems.push(`${name}: the yank does not show`);
  await look("yanked-project");
}

async function upload(token, name) {
  const content = readFileSync(wheel.replace("NAME", name));
  const project = `blue_${name}`;
  const fields = { ":action": "file_upload", protocol_version: "1", filetype: "bdist_wheel", pyversion: "py3", metadata_version: "2.1",
    name: project, version: "1.0", summary: "Ships come home", description: "# Harbour\n\n*Ships* come [home](https://example.org/).\n\n```python\nimport harbour\n```\n",
    description_content_type: "text/markdown", sha256_digest: createHash("sha256").update(content).digest("hex") };
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append("content", new Blob([content]), `${project}-1.0-py3-none-any.whl`);
  const authorization = `Basic ${Buffer.from(`__token__:${token.trim()}`).toString("base64")}`;
  const response = await fetch(`${address}/legacy/`, { method: "POST", body: form, headers: { authorization } });
  if (!response.ok) problems.push(`${name}: the upload is answered ${response.status} ${await response.text()}`);
  return project.replace("_", "-");
}
