// What all steps share: finding their libraries, naming files from the checkout, saying what was read, and failing in one sentence.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const MODULES = "node_modules/";
const DIGEST_LENGTH = 12;
export const ENDINGS = [".scss", ".sass", ".css", ".tsx", ".ts", ".jsx", ".js", ".mjs", ".cjs", ".json"];

// What a person did wrong: its text is all that is said of it.
export class Failure extends Error {}

// The libraries are the checkout's own, wherever this file lies; the first one of these that is there.
export function load(...names) {
  const require = createRequire(path.join(process.cwd(), "package.json"));
  for (const name of names) {
    try {
      return require(name);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND" || !error.message.includes(`'${name}'`)) throw error;
    }
  }
  throw new Failure(told("", 0, 0, `npm's package '${names[0]}' is not installed, and this step runs it. Name it in package.json, then run 'doit node:lock'.`));
}

export function write(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const slashed = (name) => name.split(path.sep).join("/");

// Names from the checkout. node_modules may be a link as a whole (a copy of the checkout that shares it); compilers name what they read by its real place.
export function naming() {
  const real = existsSync(MODULES) ? realpathSync(MODULES) + path.sep : "";
  return (file) => {
    const whole = path.resolve(file);
    return real && whole.startsWith(real) ? MODULES + slashed(whole.slice(real.length)) : slashed(path.relative(process.cwd(), whole));
  };
}

export const isPackaged = (name) => name.startsWith(MODULES) || name.includes(`/${MODULES}`);

// What a step read: files that a name found, whose folders decide what it finds, files that nothing else can stand for (`exact`), what it looked for and did
// not find (`absent`), and more folders. What lies outside of the checkout would be nobody else's: a node_modules of the person's own further up, for example.
export function writeReads(file, inputs, { exact = [], absent = [], folders = [] } = {}) {
  const named = naming();
  const names = inputs.map(named);
  const foreign = names.find((name) => name.startsWith("../") || path.isAbsolute(name));
  if (foreign) throw new Failure(told("", 0, 0, `'${path.resolve(foreign)}' is read, which is outside the checkout. Install it with package.json, or copy it here.`));
  const own = names.filter((name) => !isPackaged(name));
  const listed = [...names.flatMap(foldersOf), ...folders.map(named)].filter((name) => !name.startsWith("../"));
  const missing = [...absent.map(named), ...own.filter((name) => !name.includes("/")).flatMap(rivals)];
  const found = { inputs: sorted([...names, ...exact.map(named), ...missing]), folders: sorted(listed).filter((name) => name && name !== ".") };
  write(file, JSON.stringify(found) + "\n");
}

const sorted = (names) => [...new Set(names)].sort();

// The folders whose listings decide what a name finds. An index stands for its folder's name, which another file next to the folder could have.
function foldersOf(name) {
  const folder = path.posix.dirname(name);
  return /^_?index\./.test(path.posix.basename(name)) ? [folder, path.posix.dirname(folder)] : [folder];
}

// The checkout's top is never listed, since anything may come there: what could be found in the place of a file that lies there is named instead.
function rivals(name) {
  const stem = path.posix.parse(name).name.replace(/^_/, "");
  const names = ENDINGS.flatMap((ending) => [`${stem}${ending}`, `_${stem}${ending}`, `${stem}/index${ending}`, `${stem}/_index${ending}`]);
  return names.filter((each) => !existsSync(each));
}

// The places of a name in the folder of each of these files and in those above it, up to the checkout's top, the nearest of the first file first.
export function above(name, files) {
  const folders = new Set();
  for (const file of files) {
    for (let folder = path.posix.dirname(file); !folders.has(folder); folder = path.posix.dirname(folder)) folders.add(folder);
  }
  return [...folders].map((folder) => path.posix.join(folder, name));
}

// What an address stands for; one that is not encoded stands for itself.
export function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function digest(content) {
  return createHash("sha256").update(content).digest("hex").slice(0, DIGEST_LENGTH);
}

// The name that says its content: "css/site.css" → "css/site.0a1b2c3d4e5f.css". The ending of a map is that of what it is of, too.
export function hashed(name, its) {
  const [, stem, ending] = name.match(/^(.*?)((?:\.[^./]+)?\.map|\.[^./]+)?$/s);
  return `${stem}.${its}${ending ?? ""}`;
}

// Places are said as editors read them: FILE:LINE:COLUMN, both counted from 1.
export function told(file, line, column, message) {
  return `error: ${file ? `${[file, line, column].filter(Boolean).join(":")}: ` : ""}${message}`;
}

// The errors of esbuild, each with its place; `original` finds the place in what people wrote.
export function esbuildFailure(error, source, original = (location) => location) {
  if (!error.errors?.length) return error;
  const lines = error.errors.map(({ location, text }) => {
    const message = text.replace(/\.$/, "");
    if (!location) return told(source, 0, 0, message);
    const { file, line, column } = original(location);
    return told(file, line, column + 1, message);
  });
  return new Failure(lines.join("\n"));
}
